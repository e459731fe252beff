//! A plan says which files of this computer an apply uploads.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, refusal};
use crate::program::Folder;

const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: code
    role: arn:aws:iam::123456789012:role/lambda
  notes:
    type: s3.object
    bucket: lesson-data
    key: notes.txt
    source: notes.txt
";

fn folder() -> Folder {
    let folder = Folder::with(STACK);
    folder.write("code/index.py", "def handler(event, context):\n    return event\n");
    folder.write("code/lib/words.txt", &"word\n".repeat(900));
    // A name may hold what a terminal would obey.
    folder.write("code/a\u{1b}[2J.py", "");
    folder.write("notes.txt", "Bring a pencil.\n");
    folder
}

fn plan(folder: &Folder, arguments: &[&str]) -> String {
    let said = folder.run(&FakeAws::empty(), &[&["plan"], arguments].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    said.stdout
}

#[test]
fn a_plan_says_how_much_is_uploaded_and_in_full_each_file() {
    let folder = folder();
    let lines = |text: String| {
        let of_uploads = |line: &&str| ["code ", ".py", "words", "source "].iter().any(|word| line.contains(word));
        text.lines().filter(of_uploads).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(lines(plan(&folder, &[])), @r#"
    code        = "code"  # 3 files, 4.5 KB
    source = "notes.txt"  # 16 B
    "#);
    assert_snapshot!(lines(plan(&folder, &["--full"])), @r#"
    code        = "code"  # 3 files, 4.5 KB
      a�[2J.py       0 B
      index.py       46 B
      lib/words.txt  4.5 KB
    source         = "notes.txt"  # 16 B
    "#);
    plan(&folder, &["--html", "plan.html"]);
    let page = std::fs::read_to_string(folder.folder.path().join("plan.html")).expect("a page");
    assert!(page.contains("3 files, 4.5 KB") && page.contains("lib/words.txt"), "{page}");
    assert!(!page.contains('\u{1b}'));
}

#[test]
fn programs_get_the_same() {
    let document: Value = serde_json::from_str(&plan(&folder(), &["--json"])).expect("JSON");
    let uploads: Vec<_> =
        document["resource_changes"].as_array().expect("a list").iter().map(|it| &it["upload"]).collect();
    let file = |name: &str, bytes: u32| json!({ "name": name, "bytes": bytes });
    let files = [file("a\u{1b}[2J.py", 0), file("index.py", 46), file("lib/words.txt", 4500)];
    assert_eq!(uploads[0], &json!({ "property": "code", "count": 3, "bytes": 4546, "files": files }));
    assert_eq!(uploads[1], &json!({ "property": "source", "count": 1, "bytes": 16, "files": [] }));
}

/// Of a secret path, its end would stand in the list.
#[test]
fn a_secret_path_is_not_in_the_list() {
    let folder = folder();
    let vars = "vars: { code: { default: code/index.py, secret: true } }\n";
    folder.write("cloud101.yaml", &(STACK.replace("code: code", "code: ${var.code}") + vars));
    let document: Value = serde_json::from_str(&plan(&folder, &["--json"])).expect("JSON");
    assert_eq!(document["resource_changes"][0]["upload"]["files"], json!([]));
}

/// A plan that is saved into the folder of the code, and a comment in the stack file there, change nothing of it.
#[test]
fn a_stack_beside_its_code_can_be_planned_saved_and_applied() {
    let (function, _) = STACK.split_once("  notes:").expect("the object");
    let folder = Folder::with(&function.replace("code: code", "code: ."));
    folder.write("notes.txt", "Bring a pencil.\n");
    let aws = FakeAws::with(|call| {
        let makes = call.name.contains("POST") && call.name.contains("/functions");
        makes.then(|| refusal(403, "AccessDeniedException", "not here")).flatten()
    });
    let planned = folder.run(&aws, &["plan", "--out", "class.plan", "--full"]).stdout;
    assert!(planned.contains("\".\"  # 2 files, 62 B") && !planned.contains("cloud101.yaml"), "{planned}");
    let said = folder.run(&aws, &["apply", "class.plan"]);
    assert!(said.stderr.contains("not here"), "it was carried out: {}", said.stderr);
}
