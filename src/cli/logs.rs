//! `cloud101 logs`.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::aws::bounds::Listing;
use crate::aws::ownership::Ownership;
use crate::aws::{Context, Result as AwsResult};
use crate::operate::invoke::is_ours;
use crate::operate::logs::{Seen, page};
use crate::resource::lambda::function::logs::{live_group, tags_of};
use crate::ui::Ui;

use super::failure::Failure;
use super::function::{self, not_ours, not_there};
use super::interruption::Interruptions;
use super::{Global, StackOption};

/// How long to wait before looking for more.
const POLL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The function's logical name in the stack, or its name in AWS
    function: String,
    /// Keep running and show new entries, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// How far back to look: 90s, 10m, 2h or 3d
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = since)]
    since: Duration,
    #[command(flatten)]
    stack: StackOption,
}

/// How a look at the log group went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    NoGroup,
    Nothing,
    Something,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    arguments.stack.check_name(&arguments.function, "a function")?;
    let stack = arguments.stack.argument();
    let (prepared, function) = function::find(global, &stack, &arguments.function, ui).await?;
    let cx = prepared.session.cx();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let from = now.saturating_sub(arguments.since).as_millis();
    let mut seen = Seen::since(i64::try_from(from).unwrap_or_default());

    // The log of a function with another owner is not shown.
    let is_ours = is_ours(cx, &function.name).await?;
    if is_ours == Some(false) {
        return Err(not_ours(&prepared, &function, ": its log is not shown"));
    }
    let group = live_group(cx, &function.name).await?;
    // The log of a deleted function may still exist, and show why.
    let is_gone = is_ours.is_none();
    if is_gone && is_of_another(cx, &group).await? {
        return Err(not_there(global, &stack, &prepared, &function.name));
    }
    let look = show_new(cx, &group, &mut seen, ui).await?;
    match look {
        Look::NoGroup if is_gone => return Err(not_there(global, &stack, &prepared, &function.name)),
        Look::Nothing if is_gone => ui.note(&format!(
            "The function {} does not exist, and what remains of its log, in {group}, has nothing from that \
             time; --since 1d looks further back.",
            function.name
        )),
        Look::Something if is_gone => ui.note(&format!(
            "The function {} does not exist; this is what remains of its log, in {group}.",
            function.name
        )),
        Look::NoGroup => {
            ui.note(&format!("{} has not written anything yet: there is no log group {group}.", function.name))
        }
        Look::Nothing if !arguments.follow => ui.note(&format!(
            "{} wrote nothing in that time. New entries take some seconds to appear; --since 1d looks further back.",
            function.name
        )),
        Look::Nothing | Look::Something => {}
    }
    if arguments.follow {
        follow(cx, &group, &mut seen, ui).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether another stack has made the log group. Lambda itself marks none.
async fn is_of_another(cx: &Context, group: &str) -> AwsResult<bool> {
    let ownership = tags_of(cx, group).await?.as_ref().and_then(Ownership::read);
    Ok(ownership.is_some_and(|ownership| ownership.stack != cx.place.stack))
}

/// Shows new entries until a signal arrives or the output is closed.
async fn follow(cx: &Context, group: &str, seen: &mut Seen, ui: &Ui) -> Result<(), Failure> {
    let mut interruptions = Interruptions::listen().map_err(|error| Failure::Missing {
        message: format!("signals can't be waited for: {error}"),
        hint: "remove --follow".to_owned(),
    })?;
    let show = async {
        while ui.has_reader() {
            tokio::time::sleep(POLL).await;
            show_new(cx, group, seen, ui).await?;
        }
        Ok::<_, crate::aws::Error>(())
    };
    tokio::select! {
        ended = show => Ok(ended?),
        () = interruptions.next() => Ok(()),
    }
}

/// Shows what was not shown before, the newest last.
async fn show_new(cx: &Context, group: &str, seen: &mut Seen, ui: &Ui) -> AwsResult<Look> {
    let (mut look, mut next) = (Look::Nothing, None);
    let all = Listing::new();
    loop {
        let page = all.page(page(cx, group, seen.from(), next.clone())).await?;
        let Some(page) = page else { return Ok(Look::NoGroup) };
        for event in seen.fresh(page.events) {
            look = Look::Something;
            ui.written(&event);
        }
        // The token that was asked with leads to the same page again and again.
        let is_last = page.next.is_none() || page.next == next;
        next = page.next;
        if is_last || !ui.has_reader() {
            seen.advance();
            return Ok(look);
        }
    }
}

/// A number and a unit: `10m`.
fn since(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d: 10m".to_owned();
    let (number, seconds) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        Some((at, 'd')) => (&text[..at], 24 * 3600),
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("3d", 259_200)] {
            assert_eq!(since(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "10", "m", "-1m", "10 m", "1ä", "99999999999d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
