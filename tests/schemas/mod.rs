//! Whatever `--json` says fits the schemas in `docs/reference/`.

use std::process::Command;
use std::sync::LazyLock;

use cloud101::reference::document_schemas;
use jsonschema::Validator;
use serde_json::Value;

static VALIDATORS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
    let validator = |(name, schema): (&'static str, Value)| {
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.trim_end_matches(".schema.json"), validator)
    };
    document_schemas().into_iter().map(validator).collect()
});

/// Commands that say one document, and have a schema of their name.
const DOCUMENTS: &[&str] = &["plan", "show", "validate", "sandbox"];
/// Commands that say events.
const EVENTS: &[&str] = &["apply", "adopt", "destroy", "logs", "start", "stop"];
/// Commands whose documents have no schema yet, and say their version.
const WITHOUT_SCHEMA: &[&str] = &["output", "invoke", "doctor", "graph", "explain", "import", "init", "fmt"];

/// Fails if `command` was to answer in JSON, and a line that it said is not a document of its schema.
pub fn check(command: &Command, said: &str) {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    if words.iter().any(|word| word == "--json") {
        let is_command = |word: &&str| [DOCUMENTS, EVENTS, WITHOUT_SCHEMA].iter().any(|all| all.contains(word));
        let name = words.iter().map(|word| &**word).find(is_command);
        for line in said.lines() {
            check_line(name.unwrap_or_default(), line).unwrap_or_else(|error| panic!("{command:?}: {error}\n{line}"));
        }
    }
}

/// `line` is what `command` said. Errors and notes of all commands are events.
fn check_line(command: &str, line: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let schema = match command {
        _ if document.get("event").is_some() || EVENTS.contains(&command) => "events",
        command if DOCUMENTS.contains(&command) => command,
        command if WITHOUT_SCHEMA.contains(&command) => {
            let version = document["format_version"].as_str().ok_or("it has no `format_version`")?;
            return if version.starts_with("1.") { Ok(()) } else { Err(format!("the version is {version}")) };
        }
        command => return Err(format!("it is not known what `{command}` says")),
    };
    let (_, validator) = VALIDATORS.iter().find(|(name, _)| *name == schema).ok_or("there is no schema")?;
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

#[test]
fn the_check_sees_what_does_not_fit() {
    let good = r#"{"format_version":"1.0","valid":true,"file":"a.yaml","stack":"a","resources":1}"#;
    assert_eq!(check_line("validate", good), Ok(()));
    let summary = r#"{"format_version":"1.0","event":"note","note":"x"}"#;
    assert_eq!(check_line("output", summary), Ok(()));
    assert_eq!(check_line("output", r#"{"format_version":"1.0","outputs":{}}"#), Ok(()));
    for (command, bad) in [
        ("validate", good.replace("1.0", "2.0")),
        ("validate", good.replace("true", "1")),
        ("validate", good.replace("\"valid\":true,", "")),
        ("plan", good.to_owned()),
        ("apply", good.to_owned()),
        ("apply", summary.replace("\"note\":\"x\"", "\"text\":\"x\"")),
        ("apply", summary.replace("\"event\":\"note\"", "\"event\":\"rumour\"")),
        ("apply", r#"{"format_version":"1.0","event":"started","at_seconds":0.1}"#.to_owned()),
        ("show", "no JSON".to_owned()),
        ("output", r#"{"outputs":{}}"#.to_owned()),
        ("output", r#"{"format_version":"2.0","outputs":{}}"#.to_owned()),
        ("gossip", good.to_owned()),
    ] {
        assert!(check_line(command, &bad).is_err(), "{command}: {bad}");
    }
}
