//! `-v` and `RUST_LOG`: log lines on standard error, without secrets.

use tracing_subscriber::EnvFilter;

use crate::ui::Ui;

/// From now on log lines are told. `-v` says what cloud101 itself does, `-vv` each call as well; `RUST_LOG` goes
/// before both.
pub(super) fn start(verbosity: u8, ui: &Ui) {
    // Wire-level logs of the SDK would hold credentials and request bodies, so no level of ours asks for them.
    let level = match verbosity {
        0 => "off",
        1 => "cloud101=debug",
        _ => "cloud101=trace,aws_config=debug,aws_smithy_runtime::client::retries=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let ui = ui.clone();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ui.stderr_paint().is_on())
        .with_writer(move || ui.log())
        .init();
}
