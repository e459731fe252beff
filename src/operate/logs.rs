//! What a function has written: the events of its log group.

use std::collections::BTreeSet;

use crate::aws::error::cut_at;
use crate::aws::logs::{self, FilteredLogEvent};
use crate::aws::{Context, Result};

/// How much of one event is shown, in bytes: AWS takes no larger one.
const EVENT: usize = 1024 * 1024;
/// How much later than others an event may come to be seen, in milliseconds.
const LATE: i64 = 10_000;

/// Something that was written, mostly one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When, in milliseconds since 1970 (UTC).
    pub time: i64,
    /// Its id in the log group.
    pub id: String,
    /// The log stream, which is one running copy of the function.
    pub stream: String,
    /// What.
    pub text: String,
}

/// Some events, the oldest first.
#[derive(Debug, Default)]
pub struct Page {
    /// The events.
    pub events: Vec<Event>,
    /// What to ask for the next page with; `None`: this is the last one.
    pub next: Option<String>,
}

/// Events of `group` since `from`, in milliseconds since 1970 (API: FilterLogEvents); `None`: there is no such group.
pub async fn page(cx: &Context, group: &str, from: i64, next: Option<String>) -> Result<Option<Page>> {
    let Some(answer) = logs::events(cx, group, from, next).await? else { return Ok(None) };
    let event = |event: FilteredLogEvent| {
        let FilteredLogEvent { timestamp: time, log_stream_name: stream, .. } = event;
        let text = cut_at(EVENT, event.message);
        // Emulators give no ids.
        let id = event.event_id.unwrap_or_else(|| format!("{time} {stream} {text}"));
        Event { time, id, stream, text }
    };
    let mut events: Vec<_> = answer.events.into_iter().map(event).collect();
    events.sort_by_key(|event| event.time);
    Ok(Some(Page { events, next: answer.next_token }))
}

/// Remembers what was seen, so that a group can be polled and each event is shown once.
#[derive(Debug)]
pub struct Seen {
    from: i64,
    seen: BTreeSet<(i64, String)>,
}

impl Seen {
    /// Nothing yet. `from` is where to begin, in milliseconds since 1970.
    pub fn since(from: i64) -> Self {
        Self { from, seen: BTreeSet::new() }
    }

    /// Where to ask from.
    pub fn from(&self) -> i64 {
        self.from
    }

    /// Those of `events` that were not seen before.
    pub fn fresh(&mut self, events: Vec<Event>) -> Vec<Event> {
        events.into_iter().filter(|event| self.seen.insert((event.time, event.id.clone()))).collect()
    }

    /// Forgets what is so old that it is not asked for again. Not between the pages of one answer.
    pub fn advance(&mut self) {
        if let Some((newest, _)) = self.seen.last() {
            self.from = self.from.max(newest.saturating_sub(LATE));
            self.seen = self.seen.split_off(&(self.from, String::new()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, id: &str) -> Event {
        Event { time, id: id.into(), stream: String::new(), text: String::new() }
    }

    #[test]
    fn each_event_is_reported_once_also_one_that_comes_late() {
        let mut seen = Seen::since(1_000);
        let (a, b) = (event(2_000, "a"), event(30_000, "b"));
        assert_eq!(seen.fresh(vec![a.clone(), b.clone()]), [a.clone(), b.clone()]);
        seen.advance();
        assert_eq!(seen.from(), 20_000);
        let late = event(25_000, "late");
        assert_eq!(seen.fresh(vec![late.clone(), b.clone()]), std::slice::from_ref(&late));
        seen.advance();
        assert_eq!((seen.from(), seen.fresh(vec![late, b])), (20_000, vec![]));
    }
}
