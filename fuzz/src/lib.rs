//! What is fuzzed. Each target takes any bytes and panics if something that must hold does not.
//!
//! The bodies stand here once: `cargo fuzz` runs them, and `tests/fuzz_seeds.rs` replays the seeds with them.

use std::collections::BTreeSet;
use std::path::Path;

use cloud101::model::policy;
use cloud101::model::policy_form::normal;
use cloud101::model::reference::{Part, has_reference, parts, resolve};
use cloud101::model::value::strings;
use cloud101::plan::saved::read;
use cloud101::resource::{Address, is_unknown};
use cloud101::stack::roster::{from_csv, is_column, is_key};
use cloud101::stack::{Diagnostics, Options, Stack, load_text, source};
use cloud101::ui::diagnostics::render;
use serde_json::Value;

/// A body.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its seeds' folder, too.
pub const TARGETS: [(&str, Target); 5] =
    [("load", load), ("plan", plan), ("policy", policy), ("reference", reference), ("roster", roster)];

/// A stack file: it loads and is sound, or every problem has its place and can be reported.
pub fn load(data: &[u8]) {
    // A folder that is not there, so that no file on this computer has a part in it.
    let path = Path::new("/nowhere/stack.yaml");
    let text = match source::text_of("stack.yaml", data.to_vec()) {
        Ok(text) => text,
        Err(diagnostics) => return reported(&diagnostics),
    };
    match load_text(&text, path, &Options::default()) {
        Ok(stack) => sound(&stack),
        Err(diagnostics) => reported(&diagnostics),
    }
}

fn sound(stack: &Stack) {
    let all: BTreeSet<&Address> = stack.resources.iter().map(|declared| &declared.address).collect();
    assert_eq!(all.len(), stack.resources.len(), "two resources at one address");
    let order = stack.in_order();
    assert_eq!(order.len(), all.len(), "a resource has no place in the order");
    let mut before = BTreeSet::new();
    for declared in order {
        assert!(declared.depends_on.is_subset(&before), "{} comes before what it needs", declared.address);
        before.insert(declared.address.clone());
        let tags = declared.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
        for text in strings(&declared.spec).chain(tags).chain([declared.name.as_str()]) {
            assert!(!is_unknown(text), "a file can't say that a value is not known yet: {text:?}");
            assert!(text.chars().all(|c| !c.is_control() || "\t\n\r".contains(c)), "{text:?}");
        }
    }
}

fn reported(diagnostics: &Diagnostics) {
    assert!(!diagnostics.list.is_empty());
    for diagnostic in &diagnostics.list {
        let source = diagnostics.text_of(diagnostic).expect("there is a text");
        for range in diagnostic.labels().also.iter().map(|(range, _)| range).chain([&diagnostic.range()]) {
            assert!(source.get(range.clone()).is_some(), "{range:?} is not a place in the text: {diagnostic:?}");
        }
        assert!(
            !diagnostic.message.is_empty() && diagnostic.help.as_ref().is_some_and(|help| !help.is_empty()),
            "{diagnostic:?}"
        );
    }
    let json = serde_json::to_string(&cloud101::ui::json::ErrorEvent::of_diagnostics(diagnostics))
        .expect("it can be reported to a program");
    assert!(!json.contains("null"), "{json}");
    let coloured = render(diagnostics, true, 80, usize::MAX);
    let plain = render(diagnostics, false, 80, usize::MAX);
    assert!(plain.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'), "{plain:?}");
    let one_line = |text: &str| !text.contains('\n');
    assert!(
        diagnostics
            .list
            .iter()
            .all(|diagnostic| one_line(&diagnostic.message) && diagnostic.help.as_deref().is_none_or(one_line)),
        "{diagnostics:?}"
    );
    assert!(coloured.len() >= plain.len());
}

/// A saved plan, as `apply` reads it: something else, refused with a reason, or one that is what it was saved as.
pub fn plan(data: &[u8]) {
    match read(data) {
        Ok(None) => {}
        Err(reason) => assert!(!reason.to_string().is_empty()),
        Ok(Some(plan)) => {
            let again = read(plan.text().as_bytes()).ok().flatten().expect("what is saved can be read");
            assert_eq!(again.text(), plan.text());
            assert_eq!(plan.differences(&again), [""; 0]);
        }
    }
}

/// A roster's CSV file: members with keys of their own and a value for each column, or problems that can be reported.
pub fn roster(data: &[u8]) {
    match from_csv("students", "roster.csv", data) {
        Ok(roster) => {
            let keys: BTreeSet<_> = roster.members.iter().map(|member| &member.key).collect();
            assert!(!keys.is_empty() && keys.len() == roster.members.len(), "a key twice, or none");
            assert!(keys.iter().all(|key| is_key(key)) && roster.columns.iter().all(|column| is_column(column)));
            for member in &roster.members {
                assert!(roster.columns.iter().all(|column| member.values.contains_key(column)), "{member:?}");
                let is_text = |value: &String| value.chars().all(|c| !c.is_control() || "\t\n\r".contains(c));
                assert!(member.values.values().all(is_text), "{member:?}");
            }
        }
        Err(mistakes) => reported(&Diagnostics::new("stack.yaml", "", mistakes.list)),
    }
}

/// `${…}` in any text.
pub fn reference(data: &[u8]) {
    let text = &*String::from_utf8_lossy(data);
    let mut end = 0;
    let mut count = 0;
    for part in parts(text) {
        match part {
            Part::Text(piece) => assert!(!piece.is_empty() && text.contains(piece)),
            Part::Reference(inside, range) => {
                assert_eq!(text[range.clone()], format!("${{{inside}}}"));
                assert!(range.start >= end, "references overlap");
                (end, count) = (range.end, count + 1);
            }
            Part::Unclosed(range) => assert!(text[range.clone()].starts_with("${") && range.end == text.len()),
        }
    }
    assert_eq!(has_reference(text), count > 0);
    if text.contains('\u{1}') {
        return;
    }
    // What is not known makes the whole not known, and nothing else does.
    assert_eq!(is_unknown(&resolve(text, |_| None)), count > 0);
    // Every text can be said: `${` as `$${`.
    let literal = text.replace("${", "$${");
    assert!(!has_reference(&literal), "{literal:?}");
    assert_eq!(resolve(&literal, |_| None), text);
    // A value is taken as it is, even if it looks like a reference.
    if !text.contains("$${") {
        assert_eq!(resolve(text, |inside| Some(format!("${{{inside}}}"))), text);
    }
    let address = Address::parse(text);
    assert_eq!(Address::parse(&address.to_string()), address);
}

/// Two policy documents, one JSON value after the other.
pub fn policy(data: &[u8]) {
    let mut values = serde_json::Deserializer::from_slice(data).into_iter::<Value>().map_while(Result::ok);
    let Some(a) = values.next() else { return };
    let b = values.next().unwrap_or(Value::Null);
    for one in [&a, &b] {
        let form = normal(one);
        assert_eq!(normal(&form).to_string(), form.to_string(), "the normal form has another");
        assert!(policy::same(one, one) && policy::same(&form, one) && policy::same(one, &form), "{one}");
        assert!(policy::same(one, &reversed(one)), "the order of keys means something: {one}");
        if one.is_object() {
            assert!(policy::same(one, &Value::String(one.to_string())), "as text it is another: {one}");
        }
    }
    assert_eq!(policy::same(&a, &b), policy::same(&b, &a));
    // The marks in tags hold a hash of this text.
    let written = |document| normal(document).to_string();
    assert_eq!(policy::same(&a, &b), written(&a) == written(&b));
}

/// With the keys of every map the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(object) => object.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect(),
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}
