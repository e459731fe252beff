//! Maps by key, and lists by element: only what differs in them.

use serde_json::Value;

use crate::model::sensitive::SENSITIVE;
use crate::plan::same::same;
use crate::plan::value::{Object, PlanValue};
use crate::resource::schema::Property;
use crate::ui::value::{inline, key, lines as over_lines};

use super::line::{Line, Sign, signed};
use super::{Form, arrow};

/// The keys of a map that come, go or change.
pub fn map_change(before: &Object, after: &Object) -> Vec<Line> {
    let mut names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    names.sort();
    let width = names.iter().map(|name| key(name).chars().count()).max().unwrap_or_default();
    let pad = |name: &str| format!("{:width$}", key(name));
    let mut lines = Vec::new();
    let mut hidden = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (None, Some(new)) => {
                let mut new = over_lines(new);
                if let Some(first) = new.first_mut() {
                    first.insert_str(0, &format!("{} = ", pad(name)));
                }
                lines.extend(signed(new, Sign::Add));
            }
            (Some(_), None) => lines.push(Line::new(Sign::Remove, key(name))),
            (Some(PlanValue::Sensitive(_)), Some(PlanValue::Sensitive(_))) => hidden.push(name),
            (Some(b), Some(a)) if b != a => {
                lines.push(Line::new(Sign::Change, format!("{} = {} → {}", pad(name), inline(b), inline(a))));
            }
            _ => {}
        }
    }
    // Whether two hidden values differ must not be visible; if nothing else does, these must.
    let sign = if lines.is_empty() { Sign::Change } else { Sign::Same };
    lines.extend(hidden.into_iter().map(|name| Line::new(sign, format!("{} = {SENSITIVE}", pad(name)))));
    lines
}

/// The elements of a list that come, go or change.
pub fn list_change(before: &[PlanValue], after: &[PlanValue], property: Option<Property<'_>>) -> Form {
    let alike = |desired: &PlanValue, live: &PlanValue| match property {
        Some(property) => same(property, &Value::Array(vec![desired.shown()]), &Value::Array(vec![live.shown()])),
        None => desired == live,
    };
    let mut gone: Vec<&PlanValue> = before.iter().collect();
    let mut new = Vec::new();
    for desired in after {
        match gone.iter().position(|live| alike(desired, live)) {
            Some(found) => drop(gone.remove(found)),
            None => new.push(desired),
        }
    }
    if gone.is_empty() && new.is_empty() || before.is_empty() || after.is_empty() {
        let list = |items: &[PlanValue]| items.iter().cloned().collect::<PlanValue>();
        let (before, after) = (list(before), list(after));
        return arrow(Some(&before), Some(&after));
    }
    let kept = before.len() - gone.len();
    let changed = paired(&mut gone, &mut new, property);
    let elements = |values: Vec<&PlanValue>, sign| {
        values.into_iter().flat_map(|value| signed(over_lines(value), sign)).collect::<Vec<_>>()
    };
    let mut lines = [changed, elements(gone, Sign::Remove), elements(new, Sign::Add)].concat();
    if kept > 0 {
        lines.push(Line::new(Sign::Aside, format!("{kept} unchanged")).indented());
    }
    Form::Below(lines)
}

/// Elements that are identified by a property and are on both sides: what in them changes. What the new one does not
/// say is left alone, and is not a change.
fn paired(gone: &mut Vec<&PlanValue>, new: &mut Vec<&PlanValue>, property: Option<Property<'_>>) -> Vec<Line> {
    let Some(name) = property.and_then(|property| property.annotation("x-key")?.as_str()) else { return Vec::new() };
    let mut lines = Vec::new();
    new.retain(|desired| {
        let same = |live: &&PlanValue| live.get(name).is_some() && live.get(name) == desired.get(name);
        let Some(live) = gone.iter().position(same).map(|found| gone.remove(found)) else { return true };
        let differs = |(key, value): &(&String, &PlanValue)| live.get(key.as_str()) != Some(*value);
        let shown = |value: Option<&PlanValue>| value.map_or_else(|| "(none)".to_owned(), inline);
        let parts = desired.as_object().into_iter().flatten().filter(differs);
        let parts = parts.map(|(key, value)| format!("{key} {} → {}", shown(live.get(key)), inline(value)));
        let which = inline(desired.get(name).unwrap_or(&PlanValue::Null));
        lines.push(Line::new(Sign::Change, format!("{which}: {}", parts.collect::<Vec<_>>().join(", "))));
        false
    });
    lines
}
