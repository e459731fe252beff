//! What is live, resource by resource.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::plan::Output;
use crate::plan::value::PlanValue;

use super::change::Detail;
use super::each::Each;
use super::paint::Paint;
use super::terminal::clean;
use super::value::{LONG, excerpt, inline, lines as over_lines};

/// A property shows this many lines in short.
const LINES: usize = 8;

/// How a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there, as the file says.
    Ok,
    /// It is there, and a plan would change it.
    Drifted,
    /// It is not there.
    Missing,
    /// Something of its name is there that is not this stack's.
    NotOurs,
    /// It is this stack's, and the file does not name it.
    Extra,
}

/// What an apply would do with something that the file does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Delete it.
    Deleted,
    /// Take its marks off.
    Released,
    /// Leave it, as an earlier file wanted.
    Kept,
    /// Leave it, because its key is no longer in the roster, until it is to be removed.
    Left,
    /// Leave it, until `moved:` in the file says who had its key before.
    Waiting,
    /// Refuse to do anything, because it is protected.
    Refused,
}

impl Fate {
    fn words(self) -> &'static str {
        match self {
            Self::Deleted => "not in the file: an apply deletes it",
            Self::Released => "not in the file: an apply releases it and keeps it in the account",
            Self::Kept => "the file now describes another one: it is retained (on_destroy: retain)",
            Self::Left => "no longer in the roster: an apply keeps it, unless --remove names its key",
            Self::Waiting => "an apply keeps it until `moved:` in the file says who that was: a plan shows the line",
            Self::Refused => "not in the file, but protected: an apply refuses",
        }
    }
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ShowItem {
    /// Its address in the stack.
    pub address: String,
    /// Its kind, for example `s3.bucket`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// AWS's id; absent if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// How it stands.
    pub state: State,
    /// What an apply would do, for what the file does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// What other resources may refer to.
    #[schemars(with = "BTreeMap<String, String>")]
    pub attributes: BTreeMap<String, PlanValue>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Its properties, as they may be shown; absent if nothing is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub properties: Option<PlanValue>,
    /// The properties that the file sets, which are those that people see in short.
    #[serde(skip)]
    pub said: BTreeSet<String>,
}

/// The answer of `show`.
#[derive(Debug)]
pub struct Show<'a> {
    /// The stack's name.
    pub stack: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-east-1`.
    pub region: String,
    /// Whether it is the sandbox.
    pub sandbox: bool,
    /// Every resource, in the order of the file.
    pub resources: Each<'a, ShowItem>,
    /// The stack's outputs.
    pub outputs: Vec<Output>,
}

/// Blocks of resources, then the outputs. In full these have also the properties that the file leaves to AWS, and all of
/// what is long.
pub fn show(show: &Show<'_>, detail: Detail, paint: Paint) -> String {
    let mut parts = vec![format!("account {}", show.account), show.region.clone()];
    if show.sandbox {
        parts.push("sandbox".to_owned());
    }
    let place = format!("Stack {} {}", paint.bold(&show.stack), paint.dim(&format!("· {}", parts.join(" · "))));
    let mut blocks = vec![place];
    let mut states = Vec::new();
    for item in show.resources.iter() {
        states.push(item.state);
        blocks.push(block(&item, detail, paint));
    }
    blocks.extend(super::plan::outputs(&show.outputs, paint));
    blocks.push(paint.bold(&summary(&states)));
    blocks.join("\n\n") + "\n"
}

fn block(item: &ShowItem, detail: Detail, paint: Paint) -> String {
    let (symbol, word) = match item.state {
        State::Ok => (paint.green("✓"), String::new()),
        State::Drifted => (paint.yellow("~"), paint.yellow("  differs from the file: a plan shows how")),
        State::Missing => (paint.red("✗"), paint.red("  does not exist: an apply creates it")),
        State::NotOurs => (paint.red("!"), paint.red("  not this stack's: `adopt: true` would adopt it")),
        State::Extra => {
            let fate = item.fate.map(|fate| paint.yellow(&format!("  {}", fate.words())));
            (paint.yellow("-"), fate.unwrap_or_default())
        }
    };
    let mut lines = vec![format!(
        "{symbol} {}  {}  {}{word}",
        paint.bold(&clean(&item.address)),
        paint.dim(&item.kind),
        clean(&item.name)
    )];
    // The name is in the line above.
    let is_name = |value: &PlanValue| value.as_str() == Some(item.name.as_str());
    let attributes = item.attributes.iter().filter(|(key, value)| *key != "name" || !is_name(value));
    let attributes = attributes.filter(|(_, value)| !is_empty(value));
    let is_said = |id: &str| item.attributes.values().any(|value| value.as_str() == Some(id));
    let id = item.id.iter().filter(|id| **id != item.name && !is_said(id));
    let id = id.map(|id| ("id".to_owned(), vec![clean(id)]));
    let properties = item.properties.as_ref().and_then(PlanValue::as_object).into_iter().flatten();
    let properties =
        properties.filter(|(key, value)| !is_empty(value) && (detail == Detail::Full || item.said.contains(*key)));
    // What is an attribute too was just said.
    let properties = properties.filter(|(key, _)| !item.attributes.contains_key(*key));
    let mut rows: Vec<(String, Vec<String>)> = id.collect();
    rows.extend(attributes.map(|(key, value)| (key.clone(), vec![text(value)])));
    rows.extend(properties.map(|(key, value)| (key.clone(), shown(value, detail))));
    let width = rows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default().min(32);
    for (key, value) in rows {
        match value.as_slice() {
            [line] => lines.push(format!("    {}  {line}", paint.dim(&format!("{key:width$}")))),
            several => {
                lines.push(format!("    {}", paint.dim(&key)));
                lines.extend(several.iter().map(|line| format!("      {line}")));
            }
        }
    }
    lines.extend(item.notes.iter().map(|note| format!("    {} {}", paint.yellow("note:"), clean(note))));
    lines.join("\n")
}

/// An attribute, which is a text.
fn text(value: &PlanValue) -> String {
    value.as_str().map_or_else(|| inline(value), clean)
}

/// The lines of a value; in short the first of them, and how many more there are.
fn shown(value: &PlanValue, detail: Detail) -> Vec<String> {
    let mut lines = match value {
        PlanValue::String(text) if text.contains('\n') => clean(text.trim_end()).lines().map(str::to_owned).collect(),
        PlanValue::String(text) if detail == Detail::Short && text.chars().count() > LONG => vec![excerpt(text)],
        PlanValue::String(text) => vec![clean(text)],
        other => over_lines(other),
    };
    // One line more says as much as the sentence that would stand for it.
    if detail == Detail::Short && lines.len() > LINES + 1 {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("… {more} more lines (--full)"));
    }
    lines
}

fn is_empty(value: &PlanValue) -> bool {
    match value {
        PlanValue::Null => true,
        PlanValue::String(text) => text.is_empty(),
        PlanValue::Array(items) => items.is_empty(),
        PlanValue::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn summary(states: &[State]) -> String {
    let count = |state| states.iter().filter(|one| **one == state).count();
    let words = [
        (State::Ok, "as the file says"),
        (State::Drifted, "different"),
        (State::Missing, "not there"),
        (State::NotOurs, "not this stack's"),
        (State::Extra, "not in the file"),
    ];
    let parts: Vec<_> = words
        .into_iter()
        .map(|(state, word)| (count(state), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() { "The stack has no resources.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::as_shown;

    fn item(address: &str, state: State, attributes: &[(&str, &str)]) -> ShowItem {
        ShowItem {
            address: address.into(),
            kind: "lambda.function".into(),
            name: "cloud101".into(),
            id: (state != State::Missing).then(|| "cloud101".into()),
            line: Some(4),
            state,
            fate: None,
            attributes: attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            notes: Vec::new(),
            properties: None,
            said: BTreeSet::new(),
        }
    }

    #[test]
    fn every_state_is_reported() {
        let mut first = item(
            "function",
            State::Ok,
            &[("arn", "arn:aws:lambda:us-east-1:123456789012:function:cloud101"), ("name", "cloud101")],
        );
        first.notes.push("its runtime ends in June".into());
        let mut second = item("other", State::Drifted, &[("function_url", "https://x.example.edu/")]);
        second.properties = Some(as_shown(
            &json!({"memory_mib": 128, "environment": {"TOPIC_ARN": "(sensitive)"}, "layers": ["x".repeat(40), "y".repeat(40)], "tracing": "PassThrough", "description": ""}),
        ));
        second.said = ["memory_mib", "environment", "layers"].map(str::to_owned).into();
        let document = Show {
            stack: "cloud101".into(),
            account: "123456789012".into(),
            region: "us-east-1".into(),
            sandbox: true,
            resources: vec![
                first,
                second,
                item("third", State::Missing, &[]),
                item("taken", State::NotOurs, &[]),
                ShowItem { fate: Some(Fate::Deleted), ..item("old", State::Extra, &[]) },
                ShowItem { fate: Some(Fate::Released), ..item("adopted", State::Extra, &[]) },
                ShowItem { fate: Some(Fate::Kept), ..item("bucket", State::Extra, &[]) },
                ShowItem { fate: Some(Fate::Waiting), ..item("desk[\"ana\"]", State::Extra, &[]) },
                ShowItem { fate: Some(Fate::Refused), ..item("role", State::Extra, &[]) },
            ]
            .into(),
            outputs: vec![
                Output { name: "function".into(), value: "arn:x".into() },
                Output { name: "url".into(), value: PlanValue::Unknown },
            ],
        };
        insta::assert_snapshot!(show(&document, Detail::Short, Paint::PLAIN), @r#"
        Stack cloud101 · account 123456789012 · us-east-1 · sandbox

        ✓ function  lambda.function  cloud101
            arn  arn:aws:lambda:us-east-1:123456789012:function:cloud101
            note: its runtime ends in June

        ~ other  lambda.function  cloud101  differs from the file: a plan shows how
            function_url  https://x.example.edu/
            memory_mib    128
            environment   { TOPIC_ARN: (sensitive) }
            layers
              [
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
              ]

        ✗ third  lambda.function  cloud101  does not exist: an apply creates it

        ! taken  lambda.function  cloud101  not this stack's: `adopt: true` would adopt it

        - old  lambda.function  cloud101  not in the file: an apply deletes it

        - adopted  lambda.function  cloud101  not in the file: an apply releases it and keeps it in the account

        - bucket  lambda.function  cloud101  the file now describes another one: it is retained (on_destroy: retain)

        - desk["ana"]  lambda.function  cloud101  an apply keeps it until `moved:` in the file says who that was: a plan shows the line

        - role  lambda.function  cloud101  not in the file, but protected: an apply refuses

        Outputs:
          function = arn:x
          url      = (known after apply)

        1 as the file says, 1 different, 1 not there, 1 not this stack's, 5 not in the file.
        "#);
        let all = show(&document, Detail::Full, Paint::PLAIN);
        assert!(all.contains("tracing") && !all.contains("description"), "{all}");
    }

    #[test]
    fn what_is_long_is_whole_in_full() {
        let text = "x".repeat(300);
        let script: String = (1..=20).map(|n| format!("echo {n}\n")).collect();
        let list: Vec<_> = (0..40).map(|n| format!("element number {n}")).collect();
        let ends = |value: &Value, detail| shown(&value.clone().into(), detail).last().cloned().unwrap_or_default();
        for (value, cut, whole) in [
            (json!(text), format!("\"{}… (300 characters, --full)", "x".repeat(100)), text.as_str()),
            (json!(script), "… 12 more lines (--full)".to_owned(), "echo 20"),
            (json!(list), "… 34 more lines (--full)".to_owned(), "]"),
        ] {
            assert_eq!(ends(&value, Detail::Short), cut);
            assert_eq!(ends(&value, Detail::Full), whole);
        }
        assert_eq!(
            (shown(&json!(script).into(), Detail::Full).len(), shown(&json!(list).into(), Detail::Full).len()),
            (20, 42)
        );
    }
}
