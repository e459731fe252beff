//! Texts line by line: scripts, code, policies.

use similar::{ChangeTag, TextDiff};

use crate::plan::value::PlanValue;
use crate::ui::terminal::clean;
use crate::ui::value::{inline, key, policy};

use super::line::{Line, Sign};
use super::{Form, is_lines};

/// Lines around a difference.
const CONTEXT: usize = 3;
/// A text of so few lines is shown whole.
const SHORT: usize = 15;

/// Policies and long texts, line by line; a map of them one after the other.
pub fn text_change(before: Option<&PlanValue>, after: Option<&PlanValue>) -> Form {
    let maps = |value: Option<&PlanValue>| value.is_none_or(|value| value.as_object().is_some() && !is_document(value));
    if !maps(before) || !maps(after) {
        return Form::Below(diff(&pretty_or_nothing(before), &pretty_or_nothing(after)));
    }
    let object = |value: Option<&PlanValue>| value.and_then(PlanValue::as_object).cloned().unwrap_or_default();
    let (before, after) = (object(before), object(after));
    let mut names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    names.sort();
    let mut lines = Vec::new();
    for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
        let sign = match (before.get(name), after.get(name)) {
            (None, _) => Sign::Add,
            (_, None) => Sign::Remove,
            _ => Sign::Change,
        };
        lines.push(Line::new(sign, key(name)));
        let texts = (pretty_or_nothing(before.get(name)), pretty_or_nothing(after.get(name)));
        lines.extend(diff(&texts.0, &texts.1).into_iter().map(Line::indented));
    }
    Form::Below(lines)
}

/// A line diff with a few lines around each difference.
pub fn diff(before: &str, after: &str) -> Vec<Line> {
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
            lines.push(Line::new(Sign::Aside, hunk.header().to_string().trim_end()));
        }
        lines.extend(hunk.iter_changes().map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => Sign::Remove,
                ChangeTag::Insert => Sign::Add,
                ChangeTag::Equal => Sign::Same,
            };
            Line::new(sign, change.value().trim_end_matches('\n'))
        }));
    }
    lines
}

/// Whether there are lines to compare: `(sensitive)` and `(known after apply)` have none.
pub fn is_text(value: &PlanValue) -> bool {
    match value {
        PlanValue::String(text) => is_lines(text) || text.trim_start().starts_with('{'),
        PlanValue::Object(_) | PlanValue::Array(_) => true,
        _ => false,
    }
}

/// A policy, or any other JSON, over as many lines as it takes.
pub fn pretty(value: &PlanValue) -> String {
    match policy(value) {
        PlanValue::String(text) => text,
        hidden @ (PlanValue::Unknown | PlanValue::Sensitive(_)) => inline(&hidden),
        other => serde_json::to_string_pretty(&other).unwrap_or_default(),
    }
}

fn pretty_or_nothing(value: Option<&PlanValue>) -> String {
    value.map(pretty).unwrap_or_default()
}

fn is_document(value: &PlanValue) -> bool {
    value.get("Statement").is_some()
}
