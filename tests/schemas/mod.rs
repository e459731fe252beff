//! Whatever `--json` says fits the schemas in `docs/reference/`, and holds no key that they don't name.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::LazyLock;

use cloud101::ui::json::document_schemas;
use jsonschema::Validator;
use serde_json::{Value, json};

static VALIDATORS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
    let validator = |(name, schema): (&'static str, Value)| {
        let validator = jsonschema::validator_for(&closed(schema)).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.trim_end_matches(".schema.json"), validator)
    };
    document_schemas().into_iter().map(validator).collect()
});

/// Commands that say events. All others say one document, and have a schema of their name.
const EVENTS: &[&str] = &["apply", "adopt", "destroy", "logs", "start", "stop"];

/// Fails if `command` was to answer in JSON, and a line that it said is not a document of its schema.
pub fn check(command: &Command, said: &str) {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    // A schema is not a document.
    if words.iter().any(|word| word == "--json") && !words.iter().any(|word| word == "schema") {
        let is_command = |word: &&str| EVENTS.contains(word) || VALIDATORS.iter().any(|(name, _)| name == word);
        let name = words.iter().map(|word| &**word).find(is_command);
        for line in said.lines() {
            check_line(name.unwrap_or_default(), line).unwrap_or_else(|error| panic!("{command:?}: {error}\n{line}"));
        }
    }
}

/// `line` is what `command` said. Errors and notes of all commands are events.
pub fn check_line(command: &str, line: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let is_event = document.get("event").is_some() || EVENTS.contains(&command);
    // A saved plan that is shown is a plan.
    let command = if command == "show" && document.get("resource_changes").is_some() { "plan" } else { command };
    let schema = if is_event { "events" } else { command };
    let validator = VALIDATORS.iter().find(|(name, _)| *name == schema);
    let (_, validator) = validator.ok_or_else(|| format!("it is not known what `{command}` says"))?;
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// The same schema that allows no other keys. Readers are asked to ignore those; what says them has to name them.
fn closed(mut schema: Value) -> Value {
    let mut parts = BTreeSet::new();
    find_parts(&schema, &mut parts);
    close(&mut schema, false, &parts);
    schema
}

/// The definitions that are only a part of an object, whose other keys stand beside the reference.
fn find_parts(schema: &Value, parts: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| find_parts(item, parts)),
        Value::Object(object) => {
            if let (Some(Value::String(of)), true) = (object.get("$ref"), object.contains_key("properties")) {
                parts.extend(of.strip_prefix("#/$defs/").map(str::to_owned));
            }
            object.values().for_each(|value| find_parts(value, parts));
        }
        _ => {}
    }
}

fn close(schema: &mut Value, is_part: bool, parts: &BTreeSet<String>) {
    let Value::Object(object) = schema else { return };
    let has_keys = object.contains_key("properties");
    for (word, value) in object.iter_mut() {
        match (word.as_str(), value) {
            ("oneOf" | "anyOf" | "allOf", Value::Array(choices)) => {
                choices.iter_mut().for_each(|choice| close(choice, is_part || has_keys, parts));
            }
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| close(property, false, parts));
            }
            ("$defs", Value::Object(definitions)) => {
                definitions.iter_mut().for_each(|(name, part)| close(part, parts.contains(name), parts));
            }
            (_, value) => close(value, false, parts),
        }
    }
    if has_keys && !is_part {
        object.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
}

/// A document of each schema.
fn samples() -> Vec<(&'static str, Value)> {
    let topic = json!({ "address": "a", "type": "sns.topic", "depends_on": [] });
    let plan = json!({
        "format_version": "1.0", "stack": "a", "account": "123456789012", "region": "us-east-1", "goal": "apply",
        "resource_changes": [], "resource_drift": [], "outputs": {},
        "summary": { "add": 0, "change": 0, "adopt": 0, "destroy": 0, "release": 0 },
    });
    let show = json!({
        "format_version": "1.0", "stack": "a", "account": "123456789012", "region": "us-east-1", "sandbox": false,
        "resources": [], "outputs": { "a": null },
    });
    let sandbox = json!({
        "format_version": "1.0", "started_at": 1, "emulators": [], "environment": { "A": "b" }, "unset": ["C"],
    });
    let check = json!({ "check": "clock", "verdict": "right", "found": "it is" });
    vec![
        ("plan", plan),
        ("show", show),
        (
            "output",
            json!({ "format_version": "1.0", "stack": "a", "outputs": { "b": { "value": null, "sensitive": false } } }),
        ),
        (
            "handout",
            json!({
                "format_version": "1.0", "stack": "a", "files": ["handout.html"], "cards": ["ana"],
                "lacking": [{ "key": "bo", "missing": ["home[\"bo\"]"], "empty": [] }],
            }),
        ),
        ("apply", json!({ "format_version": "1.0", "event": "note", "note": "x" })),
        ("invoke", json!({ "format_version": "1.0", "function": "a", "payload": { "any": ["thing"] } })),
        (
            "validate",
            json!({ "format_version": "1.0", "valid": true, "file": "a.yaml", "stack": "a", "resources": 1, "warnings": [] }),
        ),
        ("doctor", json!({ "format_version": "1.0", "sound": true, "checks": [check] })),
        ("graph", json!({ "format_version": "1.0", "stack": "a", "resources": [topic] })),
        ("explain", json!({ "format_version": "1.0", "codes": [{ "code": "C101-0101", "title": "a" }] })),
        ("import", json!({ "format_version": "1.0", "yaml": "stack: a", "missing_files": [], "resources": [] })),
        ("init", json!({ "format_version": "1.0", "files": ["a.yaml"] })),
        ("fmt", json!({ "format_version": "1.0", "file": "a.yaml", "changed": false })),
        ("sandbox", sandbox),
    ]
}

#[test]
fn the_check_sees_what_does_not_fit() {
    let samples = samples();
    assert_eq!(samples.len(), VALIDATORS.len());
    for (command, sample) in &samples {
        let fits = |document: &Value| check_line(command, &document.to_string());
        assert_eq!(fits(sample), Ok(()), "{command}");
        let keys: Vec<_> = sample.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        for key in keys {
            let (mut without, mut wrong) = (sample.clone(), sample.clone());
            without.as_object_mut().expect("an object").remove(&key);
            wrong[&key] = json!({ "colour": [null] });
            let may_be_absent = ["payload", "yaml", "environment", "unset"].contains(&key.as_str());
            assert_eq!(fits(&without).is_ok(), may_be_absent, "{command} without {key}");
            assert_eq!(fits(&wrong).is_ok(), key == "payload", "{command} with another {key}");
        }
        let (mut more, mut newer) = (sample.clone(), sample.clone());
        more["colour"] = json!("blue");
        newer["format_version"] = json!("2.0");
        assert!(fits(&more).is_err() && fits(&newer).is_err(), "{command}");
    }
    for (command, bad) in [
        ("plan", samples[1].1.to_string()),
        ("apply", samples[1].1.to_string()),
        ("apply", r#"{"format_version":"1.0","event":"rumour","note":"x"}"#.to_owned()),
        ("apply", r#"{"format_version":"1.0","event":"started","at_seconds":0.1}"#.to_owned()),
        ("doctor", samples[7].1.to_string().replace("found", "finds")),
        ("doctor", samples[7].1.to_string().replace("\"found\"", "\"colour\":1,\"found\"")),
        ("graph", samples[8].1.to_string().replace("\"type\"", "\"colour\":1,\"type\"")),
        ("show", "no JSON".to_owned()),
        ("gossip", samples[0].1.to_string()),
    ] {
        assert!(check_line(command, &bad).is_err(), "{command}: {bad}");
    }
    assert_eq!(check_line("output", &samples[4].1.to_string()), Ok(()));
}
