//! What `cloud101 stop` stopped stays so until `cloud101 start`.

use crate::aws::command::quoted;
use crate::aws::ownership::STOPPED;
use crate::resource::Live;
use crate::stack::ResourceConfig;

use super::{PropertyChange, Reason};

/// What a note has of the command that starts it again, for the command line to fill in.
pub const START: &str = "`cloud101 start";

/// Takes out of `changes` the one that would start `live` again, if nothing but `cloud101 stop` has made it differ from the
/// file. The answer: the property, which an update for another reason has to leave alone too, and what a plan says of it.
pub fn leave<V>(
    declared: &ResourceConfig,
    live: &Live<V>,
    changes: &mut Vec<PropertyChange>,
) -> Option<(String, String)> {
    let since = live.tags.get(STOPPED)?;
    let property = declared.kind.info().stopped_by.as_deref()?;
    let is_the_stop = |change: &PropertyChange| change.path == property && change.reason == Reason::Drift;
    let number = changes.iter().position(is_the_stop)?;
    changes.remove(number);
    let target = declared.address.key.as_ref().map(|_| format!(" --target {}", quoted(&declared.address.to_string())));
    let target = target.unwrap_or_default();
    let note = format!("stopped by `cloud101 stop` ({since}): it stays so until {START}{target}`");
    Some((property.to_owned(), note))
}
