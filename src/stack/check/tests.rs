use super::*;
use crate::stack::{shape, source};
use serde_json::json;

/// The problems of `text` against `properties`: the text underlined, the message, the hint.
fn complaints(properties: Value, text: &str) -> Vec<(String, String, String)> {
    let schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let validator = validator(&schema).unwrap();
    let node = source::parse(text, &mut Vec::new()).unwrap();
    let subject = Subject { text, node: &node, key: 0..1, title: "`it`".into(), schema: &schema };
    let instance = node.to_json(&|text| crate::model::reference::resolve(text, |_| None));
    let diagnostics = subject.diagnostics(&validator, &instance).into_iter();
    diagnostics.map(|p| (text[p.range()].to_owned(), p.message, p.help.unwrap_or_default())).collect()
}

fn check(properties: Value, text: &str, place: &str, message: &str, hint: &str) {
    let found = complaints(properties, text);
    let [(found_place, found_message, found_hint)] = found.as_slice() else { panic!("{text}: {found:?}") };
    assert_eq!((found_place.as_str(), found_message.as_str()), (place, message), "{text}");
    assert!(found_hint.contains(hint), "{text}: {found_hint}");
}

/// Goes to each schema in `schema`.
fn each_schema(schema: &Value, see: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    let Value::Object(keywords) = schema else { return };
    see(keywords);
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(named)) => named.values().for_each(|schema| each_schema(schema, see)),
            ("allOf" | "anyOf" | "oneOf", Value::Array(forms)) => forms.iter().for_each(|form| each_schema(form, see)),
            ("items" | "additionalProperties" | "propertyNames", schema) => each_schema(schema, see),
            _ => {}
        }
    }
}

#[test]
fn every_schema_means_the_same_in_both_drafts() {
    const SAME: &str = "additionalProperties allOf anyOf const default description enum examples exclusiveMaximum \
                        exclusiveMinimum format items maximum maxItems maxLength minimum minItems minLength oneOf pattern \
                        properties propertyNames readOnly required title type uniqueItems";
    let registry = crate::resource::Registry::builtin();
    let shapes = shape::Shapes::new(&registry);
    let of_kinds = registry.all().map(|kind| shape::of_kind(&**kind));
    let mut seen = 0;
    for schema in of_kinds.chain([shape::file(), shapes.of(None).clone()]) {
        assert!(jsonschema::draft202012::meta::validate(&schema).is_ok(), "{schema:#}");
        assert!(validator(&schema).is_some_and(|validator| !validator.is_valid(&json!([]))), "{schema:#}");
        each_schema(&schema, &mut |keywords| {
            seen += 1;
            for (keyword, value) in keywords.iter().filter(|(keyword, _)| !keyword.starts_with("x-")) {
                assert!(SAME.split_whitespace().any(|same| same == keyword), "`{keyword}` in {keywords:#?}");
                assert!(keyword != "items" || value.is_object(), "{keywords:#?}");
            }
        });
    }
    assert!(seen > 400, "only {seen}");
}

#[test]
fn numbers() {
    let memory = json!({ "memory_mib": { "type": "integer", "minimum": 128.0, "maximum": 10240 } });
    let wrong = "`memory_mib` must be a whole number, not a string";
    for (text, place, message, hint) in [
        ("memory_mib: 1", "1", "`memory_mib` is out of range", "from 128 to 10240"),
        ("memory_mib: 256MB", "256MB", wrong, "only the number: 256"),
        ("memory_mib: '256'", "'256'", wrong, "without quotes: 256"),
        ("memory_mib: 1_000", "1_000", wrong, "write 1000"),
        ("memory_mib: 010", "010", wrong, "write 10"),
        ("memory_mib: lots", "lots", wrong, "write a whole number"),
        ("memory_mib: 256.5", "256.5", "`memory_mib` must be a whole number, not `256.5`", "decimal point"),
        ("memory_mb: 256", "memory_mb", "`it` has no property `memory_mb`", "did you mean `memory_mib`?"),
        (
            "memory_mib: ${a.b}",
            "${a.b}",
            "`memory_mib` must be a whole number, and a reference yields a string",
            "write the value itself",
        ),
    ] {
        check(memory.clone(), text, place, message, hint);
    }
}

#[test]
fn a_misspelt_key_is_not_missing_too() {
    let file = json!({ "type": "object", "additionalProperties": false, "required": ["stack"], "properties": {
        "stack": { "type": "string" },
    } });
    let properties = json!({ "inside": file });
    let unknown = "`inside` has no property `stak`";
    check(properties.clone(), "inside: {stak: x}", "stak", unknown, "did you mean `stack`?");
    assert_eq!(complaints(properties, "inside: {region: x}").len(), 2);
}

#[test]
fn deep_places() {
    let volume = json!({ "type": "object", "additionalProperties": false, "properties": {
        "size_gib": { "type": "integer" }, "iops": { "type": "integer" },
    } });
    let properties = json!({ "root_volume": volume, "volumes": { "type": "array", "items": volume } });
    let text = "root_volume:\n  size_gib: big";
    check(properties.clone(), text, "big", "`size_gib` must be a whole number, not a string", "whole number");
    let text = "volumes:\n  - iops: 3\n  - iops: [3]";
    check(properties.clone(), text, "[3]", "`iops` must be a whole number, not a list", "remove the brackets: 3");
    let volume = "`root_volume` must be a group of keys, not a string";
    check(properties.clone(), "root_volume:\n  iops:3", "iops:3", volume, "add a space after the colon: `iops: 3`");
    check(properties, "iops: 3", "iops", "`it` has no property `iops`", "inside `root_volume:`");
}

#[test]
fn one_of_several_forms() {
    let properties = json!({
        "assumed_by": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] },
        "color": { "oneOf": [{ "const": "red" }, { "type": "string", "enum": ["green", "blue"] }] },
        "source": { "anyOf": [
            { "type": "object", "additionalProperties": false, "required": ["type", "file"], "properties": {
                "type": { "const": "file" }, "file": { "type": "string" },
            } },
            { "type": "object", "additionalProperties": false, "required": ["type", "url"], "properties": {
                "type": { "const": "web" }, "url": { "type": "string" },
            } },
        ] },
    });
    for (text, place, message, hint) in [
        ("assumed_by: 3", "3", "`assumed_by` must be a string or a list, not `3`", "\"3\""),
        ("assumed_by: [a, 3]", "3", "an element of `assumed_by` must be a string, not `3`", "\"3\""),
        ("color: gren", "gren", "`color` can't be `gren`", "did you mean `green`?"),
        ("color: ${a.b}", "${a.b}", "`color` can't be a reference: it must be one of a fixed set of words", "`red`"),
        ("source: {type: web, urll: x, url: y}", "urll", "`source` has no property `urll`", "`url`"),
        ("source: {type: file}", "{type: file}", "`source` needs `file`", "add `file: …`"),
    ] {
        check(properties.clone(), text, place, message, hint);
    }
}

#[test]
fn what_is_not_known_yet_is_not_measured() {
    let name = json!({ "name": { "type": "string", "pattern": "^[a-z]*$", "maxLength": 3 } });
    assert_eq!(complaints(name.clone(), "name: ${topic.name}-x"), []);
    check(name, "name: abcd", "abcd", "`name` can have at most 3 characters", "another value");
}
