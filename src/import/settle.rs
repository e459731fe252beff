//! What is written is read as the next command will read it: what a stack can't say becomes a comment, so that one
//! resource keeps no other from being planned.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use crate::explain::Code;
use crate::resource::kind::Kind;
use crate::stack::diagnostics::Diagnostic;
use crate::stack::node::{Entry, Node};
use crate::stack::{Options, load_text, source};

use super::{LeftOut, Page};

/// What is said of files that may not lie there yet.
const OF_FILES: [Code; 6] =
    [Code::FileMissing, Code::FileOutside, Code::NotThatFile, Code::NoCode, Code::BadArchive, Code::Handler];
/// Each time something is left out, so that it comes to an end by itself; a file of so many mistakes is as it is.
const TIMES: usize = 60;

impl Page<'_> {
    /// Leaves out what the stack can't say. `values` are those of the variables.
    pub(super) fn settle(&mut self, values: &BTreeMap<String, String>) {
        for _ in 0..TIMES {
            let text = self.text();
            let vars = values.iter().filter(|(name, _)| self.vars().contains_key(*name));
            let vars = vars.map(|(name, value)| (name.clone(), value.clone())).collect();
            let options = Options { vars, registry: self.registry.clone(), ..Options::default() };
            let path = self.cx.base.folder().join("imported.yaml");
            let Err(diagnostics) = load_text(&text, Path::new(&path), &options) else { return };
            let Ok(root) = source::parse(&text, &mut Vec::new()) else { return };
            let before = self.left_out.len();
            diagnostics.list.iter().for_each(|diagnostic| self.leave_out(&root, diagnostic));
            if self.left_out.len() == before {
                return;
            }
        }
    }

    /// Leaves out what `problem` is about.
    fn leave_out(&mut self, root: &Node, diagnostic: &Diagnostic) {
        if !diagnostic.is_error() || OF_FILES.contains(&diagnostic.code) {
            return;
        }
        let Some(resources) = root.get("resources") else { return };
        let Some(resource) = resources.value.entries().iter().find(|entry| holds(entry, &diagnostic.range())) else {
            return;
        };
        let property = resource.value.entries().iter().find(|entry| holds(entry, &diagnostic.range()));
        let tag = property.filter(|property| property.key == "tags");
        let tag = tag.and_then(|tags| tags.value.entries().iter().find(|entry| holds(entry, &diagnostic.range())));
        let Some(draft) = self.drafts.iter_mut().find(|draft| draft.logical == resource.key) else { return };
        let can_go = |key: &str| !["type", "name", "adopt"].contains(&key) && !is_required(&*draft.kind, key);
        let said = match (property.map(|property| property.key.as_str()), tag) {
            (Some("tags"), Some(tag)) => {
                let tags = draft.said.get_mut("tags").and_then(Value::as_object_mut);
                let is_last = tags.is_some_and(|tags| {
                    tags.shift_remove(&tag.key);
                    tags.is_empty()
                });
                if is_last {
                    draft.said.shift_remove("tags");
                }
                Some(format!("tags.{}", tag.key))
            }
            (Some(key), _) if can_go(key) => draft.said.shift_remove(key).map(|_| key.to_owned()),
            _ => None,
        };
        let one = LeftOut { address: resource.key.clone(), property: said, why: diagnostic.message.clone() };
        let is_known = |other: &LeftOut| other.address == one.address && other.property == one.property;
        if !self.left_out.iter().any(is_known) {
            self.left_out.push(one);
        }
    }
}

fn holds(entry: &Entry, range: &Range<usize>) -> bool {
    entry.key_place.start <= range.start && range.end <= entry.value.span.end.max(entry.key_place.end)
}

/// Whether a stack has to say it.
fn is_required(kind: &dyn Kind, key: &str) -> bool {
    let required = kind.schema().json().get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|name| name == key))
}
