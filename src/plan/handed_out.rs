//! What a plan creates that AWS shows once: an apply hands it out in files, for which it needs a folder before its first call.

use serde_json::Value;

use crate::resource::Text;
use crate::resource::others::listed;

use super::options::RENEW_OPTION;
use super::value::PlanValue;
use super::{Action, Plan, PropertyChange, Reason, Step};

impl Step {
    /// The properties for which it creates something that AWS shows once.
    pub fn hands_out(&self) -> Vec<&str> {
        let Some(desired) = self.desired() else { return Vec::new() };
        let is_changed = |property: &str| {
            let changes = self.changes.iter().filter(|change| !change.reason.is_about_ownership());
            changes.map(|change| &change.path).any(|path| path == property)
        };
        let is_created = |property: &&str| match self.action {
            Action::Create | Action::Replace { .. } => true,
            Action::Adopt | Action::Update => is_changed(property),
            _ => false,
        };
        let all = self.kind.handed_out().iter().map(|property| &**property);
        all.filter(|property| desired.spec.get(property) == Some(&Value::Bool(true))).filter(is_created).collect()
    }
}

impl Plan {
    /// The steps that hand something out.
    pub fn hand_outs(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !step.hands_out().is_empty())
    }
}

/// Has all that the file hands out of this resource be created again, and what there is go: its hand-out is lost.
pub fn renew(handed_out: &[Text], desired: &Value, changes: &mut Vec<PropertyChange>) {
    for property in handed_out.iter().filter(|property| desired.get(&***property) == Some(&Value::Bool(true))) {
        let is_made = |change: &PropertyChange| change.path == **property && !change.reason.is_about_ownership();
        if changes.iter().any(is_made) {
            continue;
        }
        changes.retain(|change| change.path != **property);
        let (path, value) = (property.to_string(), Some(PlanValue::from(Value::Bool(true))));
        let (before, after, reason) = (value.clone(), value, Reason::Requested);
        changes.push(PropertyChange { path, before, after, reason, replaces: false, text: false, said: true });
    }
}

/// Says it, and where it goes.
pub fn tell(steps: &mut [Step]) {
    for step in steps {
        let words: Vec<_> = step.hands_out().into_iter().map(|property| property.replace('_', " ")).collect();
        if words.is_empty() {
            continue;
        }
        let renewed = step.changes.iter().any(|change| change.reason == Reason::Requested);
        let ended = if renewed { format!("; what was handed out before ends ({RENEW_OPTION})") } else { String::new() };
        step.notes.push(format!(
            "AWS shows the {} only once: apply writes what each user gets to a file, see --credentials-to{ended}",
            listed(words.iter().map(String::as_str))
        ));
    }
}
