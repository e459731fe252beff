//! Two resources that AWS would take for one.

use std::collections::HashMap;

use serde_json::Value;

use crate::explain::Code;
use crate::model::reference::is_unknown;
use crate::resource::Place;

use super::diagnostics::Diagnostic;
use super::resources::{Draft, spec};
use super::values::Values;

/// Finds them among `drafts`.
pub fn check(drafts: &[Draft<'_>], values: &Values, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    // Only the attributes' names matter here.
    let nowhere =
        Place { partition: "aws".into(), account: "0".repeat(12), region: "us-east-1".into(), stack: "s".into() };
    for draft in drafts {
        let Some(kind) = draft.kind.as_deref() else { continue };
        let spec = spec(&draft.entry.value, &|text| values.resolve(text));
        let resolved = draft.resolved_name(values);
        // The account and the region are the same for all, whichever they are.
        let resolved =
            if is_unknown(&resolved) { draft.name_but_for_the_place().unwrap_or(resolved) } else { resolved };
        let name = kind.identity(&resolved, &spec);
        // A kind without attributes known from its name gets an id that AWS invents.
        let invented = kind.name_is_a_tag() || kind.computed_attributes(&nowhere, &name, &spec).is_empty();
        if is_unknown(&name) || invented {
            continue;
        }
        let own_name = draft.entry.value.get("name").filter(|_| kind.has_name());
        let place = own_name.map_or(&draft.entry.key_place, |entry| &entry.value.place).clone();
        // If AWS identifies resources by more than their name. What is not known yet is as the file has it.
        let within: Vec<_> = kind.name_within().iter().map(|name| spec.get(&**name).map(Value::to_string)).collect();
        let key = if kind.info().names_clash_without_case { name.to_lowercase() } else { name.clone() };
        let this = (draft, name.clone(), place.clone());
        if let Some((first, other, first_place)) = seen.insert((kind.name(), key, within), this) {
            let message = match other == name {
                true => format!("`{}` and `{}` are both the {} `{name}`", first.address, draft.address, kind.name()),
                false => format!(
                    "AWS does not create a {} `{name}` when `{other}` exists: they differ only in case",
                    kind.name()
                ),
            };
            let are_copies = first.name() == draft.name();
            let hint = match kind.has_name() {
                _ if are_copies => "add `${each.key}` to what names them, such as `name:`",
                true => "give them different names, or remove one",
                false => "remove one",
            };
            if are_copies && diagnostics.iter().any(|other| other.code == Code::NameTwice && other.range() == place) {
                continue;
            }
            let diagnostic = Diagnostic::new(Code::NameTwice, place, message).help(hint);
            diagnostics.push(if are_copies { diagnostic } else { diagnostic.also(first_place, "first") });
        }
    }
}
