//! A usage error, reported like every other error.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::ui::{Options, Ui};

use super::{EXIT_FAILURE, EXIT_USAGE};

/// Reports clap's message and returns the exit code. Help and the version come as "errors" too, and are none.
pub(super) fn tell(mut error: clap::Error) -> ExitCode {
    hide_variable(&mut error);
    if error.use_stderr() && wants_json() {
        let (message, hint) = message_and_hint(&error.render().to_string());
        Ui::new(Options { json: true, ..Options::default() }).failure(message, Some(&hint));
        return ExitCode::from(EXIT_USAGE);
    }
    match error.print() {
        _ if error.use_stderr() => ExitCode::from(EXIT_USAGE),
        Err(unwritten) if unwritten.kind() != ErrorKind::BrokenPipe => ExitCode::from(EXIT_FAILURE),
        _ => ExitCode::SUCCESS,
    }
}

/// What stands after `--var` may be a secret, also where it makes no sense.
fn hide_variable(error: &mut clap::Error) {
    let of_a_variable =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(name)) if name.starts_with("--var "));
    if of_a_variable && error.get(ContextKind::InvalidValue).is_some() {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}

/// Whether the command line, of which nothing else is known, asks for JSON.
fn wants_json() -> bool {
    std::env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json")
}

/// The first paragraph, and the others on one line.
fn message_and_hint(text: &str) -> (String, String) {
    let (message, hint) = text.trim().split_once("\n\n").unwrap_or((text.trim(), "cloud101 --help"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (words(message.strip_prefix("error: ").unwrap_or(message)), words(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_says_what_is_wrong() {
        let text = "error: unexpected argument '--sandbx' found\n\n  tip: a similar argument exists: '--sandbox'\n\n\
                    Usage: cloud101 plan [STACK]\n";
        let (message, hint) = message_and_hint(text);
        assert_eq!(message, "unexpected argument '--sandbx' found");
        assert_eq!(hint, "tip: a similar argument exists: '--sandbox' Usage: cloud101 plan [STACK]");
        assert_eq!(message_and_hint("error: no\n").1, "cloud101 --help");
    }
}
