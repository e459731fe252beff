//! One property that changes, in the form that shows the difference best.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::plan::same::same;
use crate::plan::shown::SENSITIVE;
use crate::resource::schema::Property;

use super::paint::Paint;
use super::terminal::clean;
use super::value::{WIDTH, excerpt, first, inline, key, policy};

/// New text shows this many lines, a new policy a few more.
const TEXT_LINES: usize = 8;
const POLICY_LINES: usize = 24;
/// Lines around a difference.
const CONTEXT: usize = 3;
/// A text of so few lines is shown whole.
const SHORT: usize = 15;

/// How a property is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Beside its name.
    Beside(String),
    /// It starts beside its name and goes on below: a list, a map.
    Open(Vec<String>),
    /// Below its name: text, differences.
    Below(Vec<String>),
}

/// A value that is new, of a property whose `text` is many lines or not.
pub fn created(value: &Value, text: bool) -> Form {
    match value {
        Value::String(content) if is_lines(content) => Form::Below(first(split(content), TEXT_LINES)),
        Value::Object(_) | Value::Array(_) if text => {
            let mut lines = split(&pretty(value));
            match lines.as_slice() {
                [_] => Form::Beside(lines.remove(0)),
                _ => Form::Open(first(lines, POLICY_LINES)),
            }
        }
        value => {
            let mut lines = excerpt(value);
            if lines.len() == 1 { Form::Beside(lines.remove(0)) } else { Form::Open(lines) }
        }
    }
}

/// A value that becomes another. `None`: nothing. `kept`: it is listed for another reason than a difference, so that
/// equal values are equal; otherwise the difference is in what is hidden.
pub fn changed(
    before: Option<&Value>,
    after: Option<&Value>,
    property: Option<Property<'_>>,
    text: bool,
    kept: bool,
    paint: Paint,
) -> Form {
    if kept && before == after {
        let line = after.map(inline).unwrap_or_default();
        return Form::Beside(if line.chars().count() <= WIDTH { line } else { "as it is".to_owned() });
    }
    let form = match (before, after) {
        _ if text && [before, after].into_iter().flatten().any(is_text) => text_change(before, after, paint),
        (Some(Value::String(b)), Some(Value::String(a))) if is_lines(b) || is_lines(a) => {
            Form::Below(diff(b, a, paint))
        }
        (Some(Value::Object(b)), Some(Value::Object(a))) => Form::Below(map_change(b, a, paint)),
        (Some(Value::Array(b)), Some(Value::Array(a))) => list_change(b, a, property, paint),
        _ => arrow(before, after, paint),
    };
    match form {
        Form::Below(lines) if lines.is_empty() => Form::Beside("differs in what is not shown".to_owned()),
        form => form,
    }
}

/// `before → after`, or one below the other if that is long.
fn arrow(before: Option<&Value>, after: Option<&Value>, paint: Paint) -> Form {
    let shown = |value: Option<&Value>| value.map_or_else(|| "(none)".to_owned(), inline);
    let (b, a) = (shown(before), shown(after));
    if b.chars().count() + a.chars().count() <= WIDTH + 30 {
        return Form::Beside(format!("{b} → {a}"));
    }
    let side =
        |value: Option<&Value>, sign| value.map(|value| signed(&excerpt_whole(value), sign, paint)).unwrap_or_default();
    Form::Below([side(before, '-'), side(after, '+')].concat())
}

/// A change shows everything, only lists over several lines.
fn excerpt_whole(value: &Value) -> Vec<String> {
    super::value::lines(value)
}

fn map_change(
    before: &serde_json::Map<String, Value>,
    after: &serde_json::Map<String, Value>,
    paint: Paint,
) -> Vec<String> {
    let mut names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    names.sort();
    let width = names.iter().map(|name| key(name).chars().count()).max().unwrap_or_default();
    let pad = |name: &str| format!("{:width$}", key(name));
    let mut lines = Vec::new();
    let mut hidden = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (None, Some(new)) => lines.extend(signed_first(format!("{} = ", pad(name)), excerpt(new), '+', paint)),
            (Some(_), None) => lines.push(sign('-', &key(name), paint)),
            (Some(b), Some(a)) if b == SENSITIVE && a == SENSITIVE => hidden.push(name),
            (Some(b), Some(a)) if b != a => {
                lines.push(sign('~', &format!("{} = {} → {}", pad(name), inline(b), inline(a)), paint));
            }
            _ => {}
        }
    }
    // Of two hidden values nobody may see whether they differ; if nothing else does, these must.
    let mark = if lines.is_empty() { '~' } else { ' ' };
    lines.extend(hidden.into_iter().map(|name| sign(mark, &format!("{} = {SENSITIVE}", pad(name)), paint)));
    lines
}

fn list_change(before: &[Value], after: &[Value], property: Option<Property<'_>>, paint: Paint) -> Form {
    let alike = |wanted: &Value, live: &Value| match property {
        Some(property) => same(property, &Value::Array(vec![wanted.clone()]), &Value::Array(vec![live.clone()])),
        None => wanted == live,
    };
    let mut gone: Vec<&Value> = before.iter().collect();
    let mut new = Vec::new();
    for wanted in after {
        match gone.iter().position(|live| alike(wanted, live)) {
            Some(found) => drop(gone.remove(found)),
            None => new.push(wanted),
        }
    }
    if gone.is_empty() && new.is_empty() || before.is_empty() || after.is_empty() {
        let (before, after) = (Value::from(before), Value::from(after));
        return arrow(Some(&before), Some(&after), paint);
    }
    let kept = before.len() - gone.len();
    let changed = paired(&mut gone, &mut new, property, paint);
    let elements = |values: Vec<&Value>, sign| {
        values.into_iter().flat_map(|value| signed(&excerpt_whole(value), sign, paint)).collect::<Vec<_>>()
    };
    let mut lines = [changed, elements(gone, '-'), elements(new, '+')].concat();
    if kept > 0 {
        lines.push(paint.dim(&format!("  {kept} unchanged")));
    }
    Form::Below(lines)
}

/// Elements that are told apart by a property and are on both sides: what in them changes. What the new one does not
/// say is left alone, and is no change.
fn paired(gone: &mut Vec<&Value>, new: &mut Vec<&Value>, property: Option<Property<'_>>, paint: Paint) -> Vec<String> {
    let Some(name) = property.and_then(|property| property.mark("x-key")?.as_str()) else { return Vec::new() };
    let mut lines = Vec::new();
    new.retain(|wanted| {
        let same = |live: &&Value| live.get(name).is_some() && live.get(name) == wanted.get(name);
        let Some(live) = gone.iter().position(same).map(|found| gone.remove(found)) else { return true };
        let differs = |(key, value): &(&String, &Value)| live.get(key.as_str()) != Some(*value);
        let shown = |value: Option<&Value>| value.map_or_else(|| "(none)".to_owned(), inline);
        let parts = wanted.as_object().into_iter().flatten().filter(differs);
        let parts = parts.map(|(key, value)| format!("{key} {} → {}", shown(live.get(key)), inline(value)));
        let which = inline(wanted.get(name).unwrap_or(&Value::Null));
        lines.push(sign('~', &format!("{which}: {}", parts.collect::<Vec<_>>().join(", ")), paint));
        false
    });
    lines
}

/// Policies and long texts, line by line; a map of them one after the other.
fn text_change(before: Option<&Value>, after: Option<&Value>, paint: Paint) -> Form {
    let maps = |value: Option<&Value>| value.is_none_or(|value| value.is_object() && !is_document(value));
    if !maps(before) || !maps(after) {
        return Form::Below(diff(&pretty_or_nothing(before), &pretty_or_nothing(after), paint));
    }
    let empty = serde_json::Map::new();
    let object = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (object(before), object(after));
    let mut names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    names.sort();
    let mut lines = Vec::new();
    for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
        let mark = match (before.get(name), after.get(name)) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        lines.push(sign(mark, &key(name), paint));
        let texts = (pretty_or_nothing(before.get(name)), pretty_or_nothing(after.get(name)));
        lines.extend(diff(&texts.0, &texts.1, paint).into_iter().map(|line| format!("  {line}")));
    }
    Form::Below(lines)
}

/// A line diff with a few lines around each difference.
pub fn diff(before: &str, after: &str, paint: Paint) -> Vec<String> {
    let end =
        |text: &str| if text.is_empty() { String::new() } else { format!("{}\n", clean(text.trim_end_matches('\n'))) };
    let (before, after) = (end(before), end(after));
    let short = before.lines().count().max(after.lines().count()) <= SHORT;
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut unified = diff.unified_diff();
    let hunks: Vec<_> = unified.context_radius(if short { SHORT } else { CONTEXT }).iter_hunks().collect();
    let mut lines = Vec::new();
    for hunk in &hunks {
        if hunks.len() > 1 {
            lines.push(paint.dim(hunk.header().to_string().trim_end()));
        }
        lines.extend(hunk.iter_changes().map(|change| {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            sign(mark, change.value().trim_end_matches('\n'), paint)
        }));
    }
    lines
}

/// A line with its sign, in the sign's colour.
pub fn sign(sign: char, line: &str, paint: Paint) -> String {
    let line = format!("{sign} {line}");
    let line = line.trim_end();
    match sign {
        '+' => paint.green(line),
        '-' => paint.red(line),
        '~' => paint.yellow(line),
        _ => line.to_owned(),
    }
}

fn signed(lines: &[String], mark: char, paint: Paint) -> Vec<String> {
    lines.iter().map(|line| sign(mark, line, paint)).collect()
}

fn signed_first(prefix: String, mut lines: Vec<String>, mark: char, paint: Paint) -> Vec<String> {
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &prefix);
    }
    signed(&lines, mark, paint)
}

fn is_document(value: &Value) -> bool {
    value.get("Statement").is_some()
}

/// Whether there are lines to compare: `(sensitive)` and `(known after apply)` have none.
fn is_text(value: &Value) -> bool {
    match value {
        Value::String(text) => is_lines(text) || text.trim_start().starts_with('{'),
        Value::Object(_) | Value::Array(_) => true,
        _ => false,
    }
}

fn is_lines(text: &str) -> bool {
    text.trim_end().contains('\n')
}

fn split(text: &str) -> Vec<String> {
    clean(text.trim_end()).lines().map(str::to_owned).collect()
}

fn pretty(value: &Value) -> String {
    match policy(value) {
        Value::String(text) => text,
        other => serde_json::to_string_pretty(&other).unwrap_or_default(),
    }
}

fn pretty_or_nothing(value: Option<&Value>) -> String {
    value.map(pretty).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn below(before: Value, after: Value, text: bool) -> String {
        match changed(Some(&before), Some(&after), None, text, false, Paint::PLAIN) {
            Form::Beside(line) => line,
            Form::Open(lines) | Form::Below(lines) => lines.join("\n"),
        }
    }

    #[test]
    fn scalars_stand_side_by_side_until_they_are_long() {
        insta::assert_snapshot!(below(json!(128), json!(256), false), @"128 → 256");
        insta::assert_snapshot!(below(json!("x".repeat(60)), json!("y".repeat(60)), false), @r#"
        - "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        + "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
        "#);
    }

    #[test]
    fn maps_are_shown_by_key() {
        let before = json!({"A": "1", "B": "2", "C": "3", "SECRET": "(sensitive)"});
        let after = json!({"B": "2", "C": "4", "LONGER": "5", "SECRET": "(sensitive)"});
        insta::assert_snapshot!(below(before, after, false), @r#"
        - A
        ~ C      = "3" → "4"
        + LONGER = "5"
          SECRET = (sensitive)
        "#);
        insta::assert_snapshot!(below(json!({"P": "(sensitive)"}), json!({"P": "(sensitive)", "Q": 1}), false), @r#"
        + Q = 1
          P = (sensitive)
        "#);
    }

    #[test]
    fn lists_are_shown_by_element_unless_only_their_order_differs() {
        insta::assert_snapshot!(below(json!(["a", "b", "c"]), json!(["b", "d", "c"]), false), @r#"
        - "a"
        + "d"
          2 unchanged
        "#);
        insta::assert_snapshot!(below(json!(["a", "b"]), json!(["b", "a"]), false), @r#"["a", "b"] → ["b", "a"]"#);
        insta::assert_snapshot!(below(json!([]), json!(["b", "a"]), false), @r#"[] → ["b", "a"]"#);
    }

    #[test]
    fn of_elements_with_a_key_only_what_changes_is_shown() {
        let schema = crate::resource::schema::Schema::from(json!({"properties": {"disks": {"x-key": "device"}}}));
        let before = json!([
            {"device": "/dev/sdf", "size_gib": 5, "iops": 3000, "encrypted": false},
            {"device": "/dev/sdg", "size_gib": 5, "iops": 3000},
            {"device": "/dev/sdh", "size_gib": 5},
        ]);
        let after = json!([{"device": "/dev/sdf", "size_gib": 8}, {"device": "/dev/sdg", "size_gib": 5}, {"device": "/dev/sdi", "size_gib": 1}]);
        let Form::Below(lines) = changed(Some(&before), Some(&after), schema.at("disks"), false, false, Paint::PLAIN)
        else {
            panic!("not below")
        };
        insta::assert_snapshot!(lines.join("\n"), @r#"
        ~ "/dev/sdf": size_gib 5 → 8
        - { device: "/dev/sdh", size_gib: 5 }
        + { device: "/dev/sdi", size_gib: 1 }
          1 unchanged
        "#);
    }

    #[test]
    fn policies_are_compared_line_by_line_whatever_their_form() {
        let before = json!({"Statement": [{"Action": ["sns:Publish"], "Resource": "*", "Effect": "Allow"}], "Version": "2012-10-17"});
        let after = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:us-east-1:123456789012:cloud101"}]});
        insta::assert_snapshot!(below(before, after, true), @r#"
          {
            "Version": "2012-10-17",
            "Statement": [
              {
                "Effect": "Allow",
                "Action": "sns:Publish",
        -       "Resource": "*"
        +       "Resource": "arn:aws:sns:us-east-1:123456789012:cloud101"
              }
            ]
          }
        "#);
    }

    #[test]
    fn a_map_of_policies_is_compared_one_by_one() {
        let statement = |action: &str| json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
        let before = json!({"mail": statement("ses:SendEmail"), "same": statement("s3:GetObject")});
        let after = json!({"mail": statement("ses:*"), "same": statement("s3:GetObject")});
        insta::assert_snapshot!(below(before, after, true), @r#"
        ~ mail
            {
              "Statement": {
                "Effect": "Allow",
          -     "Action": "ses:SendEmail",
          +     "Action": "ses:*",
                "Resource": "*"
              }
            }
        "#);
    }

    #[test]
    fn distant_differences_of_a_text_are_apart() {
        let text = |first: &str, last: &str| {
            let middle: Vec<_> = (1..20).map(|n| format!("line {n}")).collect();
            json!(format!("{first}\n{}\n{last}\n", middle.join("\n")))
        };
        insta::assert_snapshot!(below(text("#!/bin/sh", "exit"), text("#!/bin/bash", "exit 0"), true), @r#"
        @@ -1,4 +1,4 @@
        - #!/bin/sh
        + #!/bin/bash
          line 1
          line 2
          line 3
        @@ -18,4 +18,4 @@
          line 17
          line 18
          line 19
        - exit
        + exit 0
        "#);
    }

    #[test]
    fn what_is_hidden_stays_hidden() {
        insta::assert_snapshot!(below(json!("(sensitive)"), json!("(sensitive)"), true), @"(sensitive) → (sensitive)");
        let hidden = json!({"mail": {"Statement": "(sensitive)"}});
        insta::assert_snapshot!(below(hidden.clone(), hidden, true), @"differs in what is not shown");
        insta::assert_snapshot!(below(json!("old"), json!("(known after apply)"), true), @r#""old" → (known after apply)"#);
    }
}
