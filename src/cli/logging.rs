//! `-v` and `RUST_LOG`: log lines on standard error, without secrets.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::ui::Ui;

/// Enables log output. `-v` says what cloud101 itself does, `-vv` each call as well; `RUST_LOG` goes
/// before both, but gets nothing that is [`private`]. Without output there is no subscriber: the SDK creates dozens of
/// spans for each call, and each costs time as soon as there is a subscriber.
pub(super) fn start(verbosity: u8, ui: &Ui) {
    if verbosity == 0 && std::env::var_os(EnvFilter::DEFAULT_ENV).is_none() {
        return;
    }
    let level = match verbosity {
        0 => "off",
        1 => "cloud101=debug,cloud101_core=debug",
        _ => "cloud101=trace,cloud101_core=trace,aws_config=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let (lines, colours) = (ui.clone(), ui.stderr_paint().is_on());
    let layer = fmt::layer().with_ansi(colours).with_writer(move || lines.log());
    Registry::default().with(layer.with_filter(filter).with_filter(filter_fn(|line| !private(line)))).init();
}

/// Whether a line may hold a request, an answer or credentials as they are: what libraries say at their finest level,
/// where the SDK and the layers beneath it show all that they send and receive.
fn private(line: &Metadata<'_>) -> bool {
    let own = ["cloud101", "cloud101_core"].contains(&line.target().split("::").next().unwrap_or_default());
    !own && *line.level() > Level::DEBUG
}
