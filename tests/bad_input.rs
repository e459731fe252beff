//! Files with mistakes: each gets every problem with its place and what to do, and never a panic.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cloud101::explain::Code;
use cloud101::resource::Registry;
use cloud101::stack::{Diagnostics, Options, Stack, load, load_text};
use cloud101::ui::diagnostics::{SCREENFUL, render};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The bad stacks by name: the files, and the wrong examples of `cloud101 explain`.
fn corpus() -> Vec<(String, Diagnostics)> {
    // Relative, so that no message holds the path of a computer.
    let entries = Path::new("tests/bad_input").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let files = files.iter().map(|path| (name(path), diagnostics(path)));
    let example = |code: &Code| {
        let path = Path::new("tests/bad_input/lesson/lesson.yaml");
        let mut diagnostics = all(load_text(code.page().wrong()?, path, &options()))?;
        diagnostics.file = "lesson.yaml".to_owned();
        Some((code.to_string(), diagnostics))
    };
    files.chain(Code::ALL.iter().filter_map(example)).collect()
}

/// What is wrong, be it only probably.
fn all(loaded: Result<Stack, Diagnostics>) -> Option<Diagnostics> {
    loaded.map_or_else(Some, |stack| stack.warnings)
}

/// The problems of a file, under its bare name.
fn diagnostics(path: &Path) -> Diagnostics {
    let Some(mut diagnostics) = all(load(path, &options())) else {
        panic!("{} has no problems", path.display());
    };
    diagnostics.file = path.file_name().unwrap().to_string_lossy().into_owned();
    diagnostics
}

/// What a person reads, without the path of this computer.
fn reported(diagnostics: &Diagnostics) -> String {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap().display().to_string();
    render(diagnostics, false, 100, usize::MAX).replace(&here, "/home/teacher")
}

fn check(diagnostics: &Diagnostics) {
    assert!(!diagnostics.list.is_empty());
    for diagnostic in &diagnostics.list {
        let (start, end) = diagnostics.position(diagnostic).unwrap();
        assert!(start.line > 0 && start.column > 0 && start <= end, "{diagnostic:?}");
        let help = diagnostic.help.as_deref().unwrap_or_default();
        assert!(!diagnostic.message.is_empty() && !help.is_empty(), "{diagnostic:?}");
    }
    for colour in [false, true] {
        let text = render(diagnostics, colour, 100, usize::MAX);
        // One for each problem, and the last line's.
        assert!(text.matches("help").count() > diagnostics.list.len(), "{text}");
        for diagnostic in diagnostics.list.iter().filter(|diagnostic| diagnostics.text_of(diagnostic).is_some()) {
            let (at, _) = diagnostics.position(diagnostic).unwrap();
            let place = format!("{}:{}:{}", diagnostics.file_of(diagnostic), at.line, at.column);
            assert!(text.contains(&place), "{place} in {text}");
        }
    }
}

/// The schemas of the types are made once for all tests.
fn options() -> Options {
    static REGISTRY: std::sync::LazyLock<Registry> = std::sync::LazyLock::new(Registry::builtin);
    Options { registry: REGISTRY.clone(), ..Options::default() }
}

#[test]
fn every_file_gets_places_and_help() {
    for (_, diagnostics) in corpus() {
        check(&diagnostics);
    }
}

#[test]
fn what_people_read() {
    for (name, diagnostics) in corpus() {
        insta::assert_snapshot!(name, reported(&diagnostics));
    }
}

#[test]
fn every_code_is_in_the_corpus() {
    let corpus = corpus();
    assert!(corpus.len() >= 120, "{}", corpus.len());
    let seen: BTreeSet<_> = corpus.iter().flat_map(|(_, diagnostics)| &diagnostics.list).map(|one| one.code).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| code.is_of_a_stack() && !seen.contains(code)).collect();
    // The code of a file that is not there: see below.
    assert_eq!(missing, [&Code::Unreadable]);
}

/// The style of CONTRIBUTING.md, as far as a machine can tell.
#[test]
fn messages_are_in_one_style() {
    const NAMES: [&str; 7] = ["AWS ", "EC2 ", "IAM ", "ONEZONE_IA ", "SES ", "SNS ", "STANDARD_IA "];
    for (name, diagnostics) in corpus() {
        for diagnostic in &diagnostics.list {
            let message = &diagnostic.message;
            let first = message.chars().next().unwrap_or('.');
            let begins = first.is_lowercase() || first == '`' || first == '-' || first.is_ascii_digit();
            assert!(begins || NAMES.iter().any(|name| message.starts_with(name)), "{name}: {message}");
            assert!(!message.ends_with(['.', '!', ':']) && message.chars().count() <= 200, "{name}: {message}");
            let help = diagnostic.help.as_deref().unwrap_or_default();
            assert!(!help.trim().is_empty() && help.chars().count() <= 700, "{name}: {help}");
            assert!(
                diagnostic.labels().own.as_ref().is_none_or(|label| !label.ends_with('.')),
                "{name}: {:?}",
                diagnostic.labels().own
            );
            assert!(!message.contains("Please"), "{name}: {message}");
        }
    }
}

#[test]
fn a_terminal_gets_a_screenful() {
    let text = std::fs::read_to_string("tests/bad_input/small.yaml").unwrap();
    let diagnostics = load_text(&text, Path::new("tests/bad_input/small.yaml"), &options()).err().unwrap();
    let shown = render(&diagnostics, false, 100, SCREENFUL);
    assert_eq!(shown.matches("error[C101-").count(), SCREENFUL);
    assert!(shown.contains(&format!("and {} more", diagnostics.list.len() - SCREENFUL)), "{shown}");
    assert!(shown.contains(&format!("has {} problems", diagnostics.list.len())), "{shown}");
}

#[test]
fn a_file_of_ten_megabytes_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.yaml");
    std::fs::write(&path, "stack: class # and so on\n".repeat(420_000)).unwrap();
    let diagnostics = diagnostics(&path);
    check(&diagnostics);
    insta::assert_snapshot!("ten_megabytes", reported(&diagnostics));
}

#[test]
fn deep_nesting_is_refused_without_a_stack_overflow() {
    let lines: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n % 300))).collect();
    for text in [
        format!("stack: {}", "[".repeat(500_000)),
        format!("stack: {}", "{a: ".repeat(100_000)),
        format!("{}x", "- ".repeat(300_000)),
        format!("{}x", "? ".repeat(300_000)),
        (0..900).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
        lines,
    ] {
        let diagnostics = load_text(&text, Path::new("deep.yaml"), &options()).err().unwrap();
        check(&diagnostics);
    }
}

#[test]
fn variables_that_are_not_there_and_those_without_a_value_are_reported() {
    let text = "stack: class\nvars: {sender: {secret: true}, course: cloud101}\nresources: {}\n";
    let vars = BTreeMap::from([("cours".to_owned(), "x".to_owned())]);
    let options = Options { vars, ..options() };
    let diagnostics = load_text(text, Path::new("class.yaml"), &options).err().unwrap();
    insta::assert_snapshot!("vars", reported(&diagnostics));
}

#[test]
fn a_file_that_is_not_there_is_reported() {
    let diagnostics = load(Path::new("nowhere/class.yaml"), &options()).err().unwrap();
    assert_eq!(diagnostics.list[0].code, Code::Unreadable);
    insta::assert_snapshot!("not_there", reported(&diagnostics));
}

const GOOD: &str = r#"stack: class
region: us-east-1
account: "123456789012"
tags: { course: cloud101 }
vars:
  sender: teacher@example.edu
  secret: { default: hidden, secret: true, description: "é – ü" }
resources:
  topic: &topic
    type: sns.topic
    display_name: Class of ${stack.name}
    policy:
      Version: "2012-10-17"
      Statement: [{ Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: "${other.arn}" }]
    subscriptions:
      - protocol: email
        endpoint: ${var.sender}
  other:
    <<: *topic
    policy:
      Statement: { Effect: Allow, Principal: { AWS: "123456789012" }, Action: "sns:Publish", Resource: "*" }
    depends_on: []
    display_name: |
      two
      lines $${not}
    on_destroy: retain
outputs:
  arn: ${topic.arn} in ${aws.region}
"#;

#[test]
fn the_stack_to_be_spoilt_is_good() {
    if let Err(diagnostics) = load_text(GOOD, Path::new("good.yaml"), &options()) {
        panic!("{}", render(&diagnostics, false, 100, usize::MAX));
    }
}

/// The least that fits a schema.
fn sample(schema: &Value) -> Value {
    let forms = ["oneOf", "anyOf"].iter().find_map(|forms| schema[*forms].as_array());
    if let Some(forms) = forms {
        return sample(&forms[0]);
    }
    match (schema.get("const"), schema["enum"].as_array(), schema["type"].as_str()) {
        (Some(only), _, _) => only.clone(),
        (_, Some(words), _) => words[0].clone(),
        (_, _, Some("object")) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required.map(|name| (name.to_owned(), sample(&schema["properties"][name]))).collect()
        }
        (_, _, Some("array")) => json!([]),
        (_, _, Some("integer" | "number")) => json!(1),
        (_, _, Some("boolean")) => json!(true),
        _ => json!("x"),
    }
}

/// The least that fits a schema, with each of its parts in turn replaced by `bad`.
fn spoilt_once(schema: &Value, bad: &Value) -> Vec<Value> {
    let mut all = vec![bad.clone()];
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        for inner in spoilt_once(inner, bad) {
            let mut whole = sample(schema);
            whole[name] = inner;
            all.push(whole);
        }
    }
    if let Some(items) = schema.get("items") {
        all.extend(spoilt_once(items, bad).into_iter().map(|item| json!([item])));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        all.extend(spoilt_once(values, bad).into_iter().map(|value| json!({ "key": value })));
    }
    for form in ["oneOf", "anyOf"].iter().filter_map(|forms| schema[*forms].as_array()).flatten() {
        all.extend(spoilt_once(form, bad));
    }
    all
}

#[test]
fn the_shape_of_every_property_is_judged_before_its_type_has_to_be() {
    let bad = [
        json!(256.0),
        json!(1e300),
        json!(-1),
        json!(70_000),
        json!(99_999_999_999_i64),
        json!(-99_999_999_999_i64),
        json!(u64::MAX),
        json!("x"),
        json!(true),
        json!([]),
        json!([1.0]),
        json!(["x"]),
        json!({}),
        json!({ "key": 1.0 }),
    ];
    let mut count = 0;
    for kind in Registry::builtin().all() {
        for bad in &bad {
            for mut resource in spoilt_once(kind.schema().json(), bad).into_iter().filter(Value::is_object) {
                resource["type"] = kind.name().into();
                let text = json!({ "stack": "class", "region": "us-east-1", "resources": { "it": resource } });
                let text = text.to_string();
                count += 1;
                if let Err(diagnostics) = load_text(&text, Path::new("spoilt.yaml"), &options()) {
                    let said = diagnostics.to_string();
                    assert!(!said.contains("it does not match"), "{text}\n{said}");
                }
            }
        }
    }
    assert!(count > 2_000, "{count}");
}

/// One way to spoil a text.
#[derive(Debug, Clone)]
enum Spoil {
    Truncate(usize),
    Remove(usize, usize),
    Swap(usize, usize),
    Insert(usize, String),
    Repeat(usize, usize),
}

fn spoilt(text: &str, spoils: &[Spoil]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for spoil in spoils {
        let length = chars.len().max(1);
        match spoil {
            Spoil::Truncate(at) => chars.truncate(at % length),
            Spoil::Remove(at, count) => {
                let at = (at % length).min(chars.len());
                chars.drain(at..(at + count).min(chars.len()));
            }
            Spoil::Swap(a, b) if !chars.is_empty() => chars.swap(a % length, b % length),
            Spoil::Swap(..) => {}
            Spoil::Insert(at, piece) => {
                let at = (at % length).min(chars.len());
                chars.splice(at..at, piece.chars());
            }
            Spoil::Repeat(at, count) => {
                let at = (at % length).min(chars.len());
                let piece: Vec<_> = chars[at..(at + count).min(chars.len())].to_vec();
                chars.splice(at..at, piece);
            }
        }
    }
    chars.into_iter().collect()
}

fn any_spoil() -> impl Strategy<Value = Spoil> {
    let pieces = [
        "${",
        "}",
        "\n",
        "  ",
        "\t",
        "- ",
        ": ",
        "&a ",
        "*a",
        "!x ",
        "|",
        ">",
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "#",
        "?",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\r",
        "\u{0}",
        "\u{feff}",
        "é",
        "<<: ",
        "~",
        "\\x",
        ",",
        "@",
        "`",
        "\u{2028}",
        "type",
        "🙂",
    ];
    prop_oneof![
        any::<usize>().prop_map(Spoil::Truncate),
        (any::<usize>(), 1..30usize).prop_map(|(at, count)| Spoil::Remove(at, count)),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Spoil::Swap(a, b)),
        (any::<usize>(), prop::sample::select(pieces.to_vec()))
            .prop_map(|(at, piece)| Spoil::Insert(at, piece.to_owned())),
        (any::<usize>(), 1..60usize).prop_map(|(at, count)| Spoil::Repeat(at, count)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_stack_loads_or_gets_problems_with_places(spoils in prop::collection::vec(any_spoil(), 1..12)) {
        let text = spoilt(GOOD, &spoils);
        if let Err(diagnostics) = load_text(&text, Path::new("spoilt.yaml"), &options()) {
            check(&diagnostics);
        }
    }

    #[test]
    fn any_text_gets_problems_with_places(text in any::<String>()) {
        if let Err(diagnostics) = load_text(&text, Path::new("any.yaml"), &options()) {
            check(&diagnostics);
        }
    }
}
