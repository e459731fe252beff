//! How the modules of `src` stand upon each other: none in a circle, each on its floor. What is in a circle can be read,
//! moved and tested only together.
//!
//! A module is a file. One that names another does so in a `use` or in a path that begins with `crate`, `super` or
//! `self`; what a test names does not count, nor what a module names of those it is in, and they of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cloud101::resource::Registry;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// The modules at the top of `src`, the lowest first. Each may name those before it.
const FLOORS: &[&str] = &[
    "explain",
    "suggest",
    "model",
    "aws",
    "resource",
    "operate",
    "sandbox",
    "stack",
    "format",
    "reference",
    "evidence",
    "doctor",
    "plan",
    "apply",
    "import",
    "prove",
    "session",
    "ui",
    "cli",
];

/// Which other services a service may name. All else in `resource` is what kinds rest on, and names none; only the
/// registry names them all.
const SERVICES: &[(&str, &[&str])] =
    &[("iam", &["ec2", "lambda"]), ("s3", &["iam"]), ("sns", &["iam"]), ("sqs", &["iam"])];
const REGISTRY: &str = "registry";

/// The text of each module of `src` that is not a test, by its path: `stack::load`.
fn modules() -> BTreeMap<String, String> {
    fn walk(folder: &Path, modules: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, modules);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix("src").expect("in src").with_extension("");
                let words = inside.iter().map(|word| word.to_string_lossy().into_owned());
                let name = words.filter(|word| word != "mod").collect::<Vec<_>>().join("::");
                let is_test = |word: &str| word == "tests" || word == "testing" || word.ends_with("_tests");
                if !name.split("::").any(is_test) && !["lib", "core", "main"].contains(&name.as_str()) {
                    modules.insert(name, fs::read_to_string(&path).expect("a text"));
                }
            }
        }
    }
    let mut modules = BTreeMap::new();
    walk(Path::new("src"), &mut modules);
    modules
}

/// The words and signs of a source without comments, texts, and what is compiled for tests alone.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = tokens_and_texts(source);
    tokens.retain(|token| !is_text(token));
    tokens
}

fn is_text(token: &str) -> bool {
    token.starts_with('"') || token.starts_with("r#\"")
}

/// The same with the texts, each in its quotation marks.
fn tokens_and_texts(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let mut escaped = false;
            let ends = |c| {
                let was_escaped = escaped;
                escaped = c == '\\' && !was_escaped;
                c == '"' && !was_escaped
            };
            let end = rest[1..].find(ends);
            end.map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else if rest.starts_with("'\\") {
            rest[3..].find('\'').map_or(rest.len(), |end| end + 4)
        } else if is_word(first) {
            let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
            tokens.push(word);
            word.len()
        } else {
            let sign = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(&rest[..sign]);
            }
            sign
        };
        if is_text(rest) {
            tokens.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&TEST) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        // Up to the end of the item: a semicolon, or the last of its braces.
        let mut depth = 0;
        while at < tokens.len() {
            match tokens[at] {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && matches!(tokens[at - 1], ";" | "}") {
                break;
            }
        }
    }
    kept
}

/// Every path that begins at the crate or beside the module, those in the braces of a `use` one by one.
fn paths<'a>(tokens: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut paths = Vec::new();
    for at in 0..tokens.len() {
        let starts = matches!(tokens[at], "crate" | "super" | "self") && tokens.get(at + 1) == Some(&"::");
        if starts && (at == 0 || tokens[at - 1] != "::") {
            path(tokens, at, &[], &mut paths);
        }
    }
    paths
}

/// Reads a path, or a tree of them, behind `prefix`. The answer is where it ends.
fn path<'a>(tokens: &[&'a str], mut at: usize, prefix: &[&'a str], paths: &mut Vec<Vec<&'a str>>) -> usize {
    let mut words = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while !matches!(tokens.get(at), None | Some(&"}")) {
                    at = path(tokens, at, &words, paths).max(at + 1);
                    while matches!(tokens.get(at), Some(&"," | &"as" | &"_")) {
                        at += if tokens[at] == "as" { 2 } else { 1 };
                    }
                }
                return at + 1;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphanumeric() || c == '_') || *word == "*" => {
                words.push(word);
                at += 1;
            }
            _ => break,
        }
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    paths.push(words);
    at
}

/// The module that `path` leads to from within `of`.
fn target(modules: &BTreeMap<String, String>, of: &str, path: &[&str]) -> String {
    let mut at: Vec<&str> = if path[0] == "crate" { Vec::new() } else { of.split("::").collect() };
    for word in path {
        match *word {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            word => {
                at.push(word);
                if !modules.contains_key(&at.join("::")) {
                    at.pop();
                    break;
                }
            }
        }
    }
    at.join("::")
}

/// Which module names which, by the path that does.
fn named(modules: &BTreeMap<String, String>) -> BTreeSet<(&str, String)> {
    let mut named = BTreeSet::new();
    for (name, source) in modules {
        for path in paths(&tokens(source)) {
            named.insert((name.as_str(), target(modules, name, &path)));
        }
    }
    named
}

/// The circles among modules that lie beside each other, with all that is in them: first of the files themselves, then of
/// folders.
fn circles(modules: &BTreeMap<String, String>) -> BTreeSet<Vec<String>> {
    let mut edges = BTreeSet::new();
    for (from, to) in named(modules) {
        let holds = |outer: &str, inner: &str| inner == outer || inner.starts_with(&format!("{outer}::"));
        if !modules.contains_key(&to) || holds(&to, from) || holds(from, &to) {
            continue;
        }
        let [one, other]: [Vec<_>; 2] = [from, &to].map(|name| name.split("::").collect());
        let apart = one.iter().zip(&other).position(|(one, other)| one != other).unwrap_or_default();
        edges.insert((one[..=apart].join("::"), other[..=apart].join("::")));
        edges.insert((from.to_owned(), to));
    }
    let mut graph = DiGraph::<&str, ()>::new();
    let names: BTreeSet<&str> = edges.iter().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect();
    let nodes: BTreeMap<&str, _> = names.into_iter().map(|name| (name, graph.add_node(name))).collect();
    for (from, to) in &edges {
        graph.update_edge(nodes[from.as_str()], nodes[to.as_str()], ());
    }
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    let named = circles.map(|circle| {
        let mut names: Vec<_> = circle.into_iter().map(|node| graph[node].to_owned()).collect();
        names.sort_unstable();
        names
    });
    named.collect()
}

#[test]
fn no_modules_name_each_other_in_a_circle() {
    let found = circles(&modules());
    assert!(found.is_empty(), "put what both sides need into a module below them: {found:#?}");
}

/// What is named from the crate on that is on no floor, or not on one below; and what would hide it.
fn arrows_upward(modules: &BTreeMap<String, String>) -> Vec<String> {
    let floor = |name: &str| FLOORS.iter().position(|floor| *floor == name);
    let mut upward = Vec::new();
    for (module, source) in modules {
        let top = module.split("::").next().unwrap_or_default();
        let tokens = tokens(source);
        let Some(own) = floor(top) else {
            upward.push(format!("`{top}` has no floor: give it one in FLOORS"));
            continue;
        };
        if tokens.windows(2).any(|two| two == ["crate", "as"]) {
            upward.push(format!("{module} gives the crate another name"));
        }
        for path in absolute(&tokens, module) {
            let named = path.first().copied().unwrap_or("*");
            let is_below = floor(named).is_some_and(|floor| floor <= own);
            // Samples of tests, which are compiled for tests alone.
            if !is_below && named != "testing" {
                upward.push(format!("{module} names `{}`", path.join("::")));
            }
        }
    }
    upward
}

#[test]
fn each_module_names_only_what_is_below_it() {
    let modules = modules();
    let upward = arrows_upward(&modules);
    assert!(upward.is_empty(), "these name what stands above them: {upward:#?}");
    let is_there = |floor: &&&str| modules.contains_key(**floor);
    assert_eq!(FLOORS.iter().filter(is_there).count(), FLOORS.len(), "a floor that is none");
}

/// Modules of `resource` that name a service which they may not name.
fn strange_services(modules: &BTreeMap<String, String>) -> Vec<String> {
    let part = |name: &str| name.strip_prefix("resource::").and_then(|rest| rest.split("::").next()).map(str::to_owned);
    let has_a_kind = |source: &str| {
        let tokens = tokens(source);
        tokens.windows(3).any(|three| three == ["impl", "Resource", "for"])
    };
    let with_kinds = modules.iter().filter(|(_, source)| has_a_kind(source));
    let services: BTreeSet<String> = with_kinds.filter_map(|(name, _)| part(name)).collect();
    let mut strange = Vec::new();
    for (module, source) in modules.iter().filter(|(name, _)| *name == "resource" || name.starts_with("resource::")) {
        let own = part(module).unwrap_or_default();
        let allowed = SERVICES.iter().find(|(service, _)| *service == own).map(|(_, may)| *may).unwrap_or_default();
        for path in absolute(&tokens(source), module) {
            let Some(named) = part(&path.join("::")).filter(|named| services.contains(named) && *named != own) else {
                continue;
            };
            if own != REGISTRY && !allowed.contains(&named.as_str()) {
                strange.push(format!("{module} names `{}`", path.join("::")));
            }
        }
    }
    strange
}

#[test]
fn a_service_names_only_those_that_it_may_and_what_kinds_rest_on_names_none() {
    let strange = strange_services(&modules());
    assert!(strange.is_empty(), "put what both need below them, or allow it in SERVICES: {strange:#?}");
}

#[test]
fn a_name_of_what_is_above_is_found_in_every_form() {
    let upward = |text: &str| {
        let modules = [
            ("resource::ec2::disk", text),
            ("resource::ec2", "impl Resource for Disk {}"),
            ("ui", ""),
            ("resource", ""),
        ];
        let modules = modules.map(|(name, text)| (name.to_owned(), text.to_owned()));
        arrows_upward(&BTreeMap::from(modules))
    };
    for names in [
        "use crate::ui::Ui;",
        "use crate::{aws, ui::{self, Ui}};",
        "pub(crate) use super::super::super::ui as shown;",
        "fn f(ui: &crate::ui::Ui) {}",
        "fn f() { crate::ui::show() }",
        "use self::super::super::super::{stack::Stack as Read, aws::Context};",
        "use crate::*;",
        "use crate::{self as all};",
        "use crate as all;",
        "use crate::unheard_of::Thing;",
    ] {
        assert!(!upward(names).is_empty(), "{names}");
    }
    for below in [
        "use crate::aws::Context;",
        "use super::super::Diagnostic;",
        "// use crate::ui::Ui;",
        "#[cfg(test)]\nuse crate::ui::Ui;",
    ] {
        assert_eq!(upward(below), [""; 0], "{below}");
    }
}

#[test]
fn a_service_that_is_named_and_may_not_be_is_found_in_every_form() {
    let strange = |module: &str, text: &str| {
        let kind = "impl Resource for Thing {}";
        let mut modules: BTreeMap<String, String> = ["ec2", "iam", "s3", "lambda"]
            .map(|service| (format!("resource::{service}::thing"), kind.to_owned()))
            .into();
        modules.insert(module.to_owned(), text.to_owned());
        !strange_services(&modules).is_empty()
    };
    for names in [
        "use crate::resource::s3::thing;",
        "use super::super::s3::thing::Thing;",
        "use crate::resource::{Diagnostic, s3::thing::{self, Thing}};",
        "fn f() { crate::resource::s3::thing::make() }",
        "use super::super::s3;",
    ] {
        assert!(strange("resource::ec2::other", names), "{names}");
    }
    assert!(strange("resource::held", "use crate::resource::ec2::thing::Thing;"));
    assert!(strange("resource", "fn f() { self::ec2::thing::make() }"));
    assert!(!strange("resource::registry", "use super::{ec2, s3::thing};"));
    assert!(!strange("resource::s3::other", "use crate::resource::iam::thing::Thing;"));
    assert!(!strange("resource::ec2::other", "use super::thing::Thing; use crate::resource::held::Held;"));
}

/// What only a session may do, and the modules that do it for one. All of it is `pub(crate)`.
const BEHIND_THE_DOOR: &[(&str, &[&str])] = &[
    ("plan::observe::observe", &["session"]),
    ("plan::observe::look", &["session"]),
    ("plan::decide::decide", &["session"]),
    ("plan::ahead::preflight", &["session"]),
    ("plan::others::ask", &["session"]),
    ("plan::others::settle", &["session"]),
    ("plan::schedule::schedule", &["apply", "plan::lint"]),
    ("apply::run", &["session"]),
];

/// Every path of the module `of` from the crate on, whichever way it is written.
fn absolute<'a>(tokens: &[&'a str], of: &'a str) -> BTreeSet<Vec<&'a str>> {
    let from_the_crate = |path: Vec<&'a str>| {
        let mut at: Vec<_> = of.split("::").collect();
        for word in path {
            match word {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                word => at.push(word),
            }
        }
        at
    };
    paths(tokens).into_iter().map(from_the_crate).collect()
}

/// Whether a module names the item, by a path of its own or by one of a module that it is in, as far as a `use` has no `as`
/// and no `*` for these.
fn names(tokens: &[&str], of: &str, item: &str) -> bool {
    let words: Vec<_> = item.split("::").collect();
    let (name, module) = words.split_last().expect("a word");
    let last = module.last().expect("a module");
    let paths = absolute(tokens, of);
    let by_module = tokens.windows(3).any(|three| three == [*last, "::", *name]);
    let has_the_module = (1..=module.len()).any(|length| paths.contains(&module[..length]));
    paths.contains(&words) || by_module && has_the_module
}

#[test]
fn only_a_session_observes_decides_and_carries_out() {
    for (item, allowed) in BEHIND_THE_DOOR {
        let (own, _) = item.rsplit_once("::").expect("a path");
        let is_allowed = |module: &str| {
            module == own || allowed.iter().any(|one| module == *one || module.starts_with(&format!("{one}::")))
        };
        for (module, source) in modules().iter().filter(|(module, _)| !is_allowed(module)) {
            assert!(!names(&tokens(source), module, item), "{module} names {item}: go through `session::Session`");
        }
        let door = &modules()[allowed[0]];
        assert!(names(&tokens(door), allowed[0], item), "{} does not name {item} any more", allowed[0]);
    }
}

/// The names of kinds, and of what only some kinds have, that modules outside of `resource` have in texts of their own. What
/// is said of a kind stands in its [`KindInfo`](cloud101::resource::KindInfo). Templates for new stacks may name kinds.
fn named_kinds<'a>(registry: &Registry, modules: &'a BTreeMap<String, String>) -> Vec<(&'a str, &'a str)> {
    let mut words = BTreeSet::new();
    for kind in registry.all() {
        let info = kind.info();
        let only_here = [&info.emptied_by, &info.network, &info.tagged_as].into_iter().flatten();
        words.extend([kind.name()].into_iter().chain(only_here.map(|word| &**word)).map(str::to_owned));
    }
    let is_outside = |module: &str| {
        let holds = |outer: &str| module == outer || module.starts_with(&format!("{outer}::"));
        !["resource", "cli::init"].into_iter().any(holds)
    };
    let outside = modules.iter().filter(|(module, _)| is_outside(module));
    let named = outside.flat_map(|(module, source)| {
        let texts = tokens_and_texts(source).into_iter().filter(|token| is_text(token));
        texts.map(move |text| (module.as_str(), text))
    });
    named.filter(|(_, text)| words.contains(text.trim_start_matches("r#").trim_matches(['"', '#']))).collect()
}

#[test]
fn no_module_but_a_kind_names_a_kind() {
    let (registry, modules) = (Registry::builtin(), modules());
    let named = named_kinds(&registry, &modules);
    assert!(named.is_empty(), "ask the kind, by its `KindInfo`: {named:#?}");
    let naming = [
        ("plan::orphans", "fn f(kind: &str) -> bool { kind == \"ec2.instance\" }"),
        ("ui::plan", "const EMPTY: &str = r#\"empty_on_destroy\"#;"),
        ("plan::other", "// \"ec2.instance\"\n#[cfg(test)] mod tests { const A: &str = \"ec2.instance\"; }"),
        ("resource::s3::bucket", "const KIND: &str = \"s3.bucket\";"),
    ];
    let naming = naming.map(|(module, source)| (module.to_owned(), source.to_owned())).into();
    let found: Vec<_> = named_kinds(&registry, &naming).into_iter().map(|(module, _)| module).collect();
    assert_eq!(found, ["plan::orphans", "ui::plan"]);
}

#[test]
fn a_circle_is_found_in_every_form_in_which_a_module_is_named() {
    let of = |a: &str, b: &str| {
        let modules = BTreeMap::from([
            ("m".to_owned(), String::new()),
            ("n".to_owned(), String::new()),
            ("m::a".to_owned(), a.to_owned()),
            ("n::b".to_owned(), b.to_owned()),
        ]);
        !circles(&modules).is_empty()
    };
    let back = "fn f() { crate::m::a::g() }";
    for names in [
        "use crate::n::b;",
        "use crate::{x, n::{y as z, b::{C, D}}};",
        "pub use super::super::n::b::*;",
        "fn f(b: crate::n::b::B) {}",
        // An item of the folder itself: a circle of folders.
        "use crate::n::c;",
        "const A: char = '\"'; fn f() { crate::n::b::g() }",
    ] {
        assert!(of(names, back), "{names}");
    }
    let folders = BTreeMap::from([
        ("m".to_owned(), String::new()),
        ("m::a".to_owned(), "use crate::n::b;".to_owned()),
        ("m::c".to_owned(), String::new()),
        ("n".to_owned(), String::new()),
        ("n::b".to_owned(), String::new()),
        ("n::d".to_owned(), "use crate::m::c;".to_owned()),
    ]);
    assert_eq!(circles(&folders), [vec!["m".to_owned(), "n".to_owned()]].into(), "a circle of folders");
    for none in [
        "// use crate::n::b;",
        "const A: &str = \"crate::n::b::C\";",
        "#[cfg(test)]\nmod tests { use crate::n::b; }",
        "#[cfg(test)]\nuse crate::n::b;",
        "use super::b;",
    ] {
        assert!(!of(none, back), "{none}");
    }
}

/// The commands of the program, as they stand in a text. `ssh` is another program, too.
const COMMANDS: &[&str] = &[
    "plan",
    "apply",
    "destroy",
    "adopt",
    "import",
    "show",
    "validate",
    "output",
    "handout",
    "invoke",
    "logs",
    "connect",
    "stop",
    "start",
    "doctor",
    "graph",
    "init",
    "fmt",
    "schema",
    "sandbox",
    "explain",
    "completions",
    "man",
];

/// Commands in backticks that can't be typed as they stand there: without the program in front, or with a gap for a key.
fn half_commands(modules: &BTreeMap<String, String>) -> Vec<(&str, String)> {
    let is_half = |code: &&str| {
        let (first, rest) = code.split_once(' ').unwrap_or((code, ""));
        COMMANDS.contains(&first) && !rest.trim().is_empty() || first == "cloud101" && rest.contains(['…', '\n'])
    };
    let all = modules.iter().flat_map(|(module, source)| {
        let texts = tokens_and_texts(source).into_iter().filter(|token| is_text(token));
        texts.flat_map(|text| text.split('`').skip(1).step_by(2)).map(move |code| (module.as_str(), code))
    });
    all.filter(|(_, code)| is_half(code)).map(|(module, code)| (module, code.to_owned())).collect()
}

#[test]
fn a_command_in_a_message_can_be_typed_as_it_stands() {
    let modules = modules();
    let half = half_commands(&modules);
    assert!(half.is_empty(), "begin with `cloud101`, or with the command line of this run: {half:#?}");
    let texts = [
        ("a", "fn f() -> &str { \"or use `destroy --only KEY`\" }"),
        ("b", "fn f() -> &str { \"type `cloud101 apply --renew …`\" }"),
        ("c", "fn f() -> &str { \"`cloud101 show` lists them, and `apply` creates them\" } // `plan --out FILE`"),
    ];
    let texts = texts.map(|(module, source)| (module.to_owned(), source.to_owned())).into();
    assert_eq!(half_commands(&texts).into_iter().map(|(module, _)| module).collect::<Vec<_>>(), ["a", "b"]);
}
