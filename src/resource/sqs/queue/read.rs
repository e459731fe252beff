//! A queue as it is.

use tokio::try_join;

use super::attributes::{messages, read};
use super::spec::Spec;
use super::{attributes_of, calls};
use crate::aws::{Context, Result};
use crate::resource::{Besides, Live};

/// The queue with this URL, or `None`.
pub(super) async fn queue(cx: &Context, url: &str) -> Result<Option<Live<Spec>>> {
    let (Some(given), Some(tags)) = try_join!(calls::attributes(cx, url), calls::tags(cx, url))? else {
        return Ok(None);
    };
    let attributes = attributes_of(&cx.place, calls::name_in(url), Some(url));
    let mut live = Live::new(url, read(&given), attributes, tags);
    let lost: Vec<_> = lost(messages(&given)).into_iter().collect();
    live.besides = Besides { deleted: lost.clone(), replaced: lost, ..Besides::default() };
    Ok(Some(live))
}

/// What goes with a queue that has so many messages.
pub(super) fn lost(messages: u64) -> Option<String> {
    match messages {
        0 => None,
        1 => Some("about 1 message in it is lost".to_owned()),
        many => Some(format!("about {many} messages in it are lost")),
    }
}
