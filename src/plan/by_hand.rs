//! What was changed by hand and can't go back without a loss, such as a disk that was grown: it is left alone, and
//! said.
//!
//! No one asked for the machine to be replaced: the file says what it said before. What the file itself changed is
//! another matter, and so is `--replace`.

use serde_json::{Map, Value};

use crate::aws::command::quoted;
use crate::aws::ownership::{LastApplied, Since};
use crate::model::value::{at, set};
use crate::resource::schema::Property;
use crate::resource::{Address, DeleteBlocker, Desired, Live};
use crate::stack::ResourceConfig;

use super::same::normal;
use super::{PropertyChange, Reason};

/// What the file is taken to say, so that what is stuck there does not count as a difference, and a note for each.
pub fn tolerated(
    declared: &ResourceConfig,
    desired: &Desired<Value>,
    live: &Live<Value>,
    applied: &LastApplied,
) -> (Value, Vec<String>) {
    let (schema, mut spec, mut notes) = (declared.kind.schema(), desired.spec.clone(), Vec::new());
    for stuck in declared.kind.stuck(&live.spec, &desired.spec) {
        let values = (schema.at(&stuck.path), at(&desired.spec, &stuck.path), at(&live.spec, &stuck.path));
        let (Some(property), Some(desired), Some(there)) = values else { continue };
        // Where the record has what is there, the file has said so until now.
        let there = as_far_as_said(property, desired, there);
        if applied.since(&stuck.path, &normal(property, &there)) != Since::Same {
            set(&mut spec, &stuck.path, Some(stuck.instead));
            notes.push(about(&declared.address, &stuck.path, &stuck.what));
        }
    }
    (spec, notes)
}

/// Takes out of `changes` those that were made by hand and that only another resource takes back, if something in this
/// one would be lost with it; a note for each.
pub fn leave(declared: &ResourceConfig, live: &Live<Value>, changes: &mut Vec<PropertyChange>) -> Vec<String> {
    let loses_data = !live.besides.replaced.is_empty()
        || matches!(live.blocker, Some(DeleteBlocker::Contents(_)))
        || declared.kind.data_loss(&live.spec, None).is_some();
    let mut notes = Vec::new();
    changes.retain(|change| {
        let is_left = loses_data && change.replaces && change.reason == Reason::Drift;
        if is_left {
            notes.push(about(&declared.address, &change.path, "it differs from the file"));
        }
        !is_left
    });
    notes
}

/// What is there, with no more in it than the file says: the record knows nothing else.
fn as_far_as_said(property: Property<'_>, desired: &Value, there: &Value) -> Value {
    match (property.annotation("x-key").and_then(Value::as_str), desired, there) {
        (Some(key), Value::Array(desired), Value::Array(there)) => {
            let same = |desired: &Value| there.iter().find(|there| there.get(key) == desired.get(key));
            desired.iter().filter_map(|desired| Some(parts_of(same(desired)?, desired))).collect()
        }
        _ => there.clone(),
    }
}

fn parts_of(there: &Value, desired: &Value) -> Value {
    let (Some(there), Some(desired)) = (there.as_object(), desired.as_object()) else { return there.clone() };
    let parts = desired.keys().filter_map(|key| Some((key.clone(), there.get(key)?.clone())));
    Value::Object(parts.collect::<Map<_, _>>())
}

fn about(address: &Address, path: &str, what: &str) -> String {
    let address = quoted(&address.to_string());
    format!(
        "`{path}` was changed by hand and is ignored ({what}): it can't be reverted without losing data. Write the current \
         value in the file, or replace the resource with `--replace {address}`"
    )
}
