//! What of this computer a step uploads.

use crate::model::value::{at, strings};
use crate::resource::Diagnostic;
use crate::stack::{ResourceConfig, Stack};

use super::snapshot::local;
use super::{Action, Step};

/// Fills in what `step` uploads, and the property that names it: what is made, and what is changed in a hash of its
/// content.
///
/// # Errors
/// It can't be read, or is no longer what the plan is made with.
pub fn fill(stack: &Stack, declared: &ResourceConfig, step: &mut Step) -> Result<(), Diagnostic> {
    let Some(desired) = step.desired().filter(|_| is_uploaded(step)) else { return Ok(()) };
    let Some(mut upload) = declared.kind.upload(&desired.spec, &stack.base)? else { return Ok(()) };
    // The names would tell the end of a path that is secret.
    let path = at(&declared.spec, &upload.property).into_iter().flat_map(strings);
    if path.into_iter().any(|template| stack.is_secret(template)) {
        upload.files.clear();
    }
    if step.action != Action::Create {
        step.local = local(stack, declared, desired);
        step.local.retain(|change| change.path == upload.property);
    }
    step.upload = Some(upload);
    Ok(())
}

fn is_uploaded(step: &Step) -> bool {
    let schema = step.kind.schema();
    let is_hash = |path: &str| schema.at(path).is_some_and(|property| property.has("readOnly"));
    match step.action {
        Action::Create | Action::Replace { .. } => true,
        Action::Adopt | Action::Update => {
            step.changes.iter().any(|change| is_hash(&change.path) && !change.reason.is_about_ownership())
        }
        Action::None | Action::Delete | Action::Release { .. } | Action::Keep { .. } => false,
    }
}
