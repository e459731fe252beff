//! `cloud101 invoke`.

use std::fs;
use std::io::{self, Read};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::aws::command::quoted;
use crate::operate::invoke::{invoke, is_ours};
use crate::ui::Ui;

use super::failure::Failure;
use super::function::{self, not_ours, not_there};
use super::{EXIT_FAILURE, Global, StackArgument, StackOption, command_line};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The function's logical name in the stack, or its name in AWS
    function: String,
    /// The event for the function: JSON, @FILE, or - for standard input [default: {}]
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    payload: Option<String>,
    /// Also show the end of the function's log, and the duration and memory of the call
    #[arg(long)]
    tail: bool,
    #[command(flatten)]
    stack: StackOption,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let payload = arguments.payload.as_deref().map(payload).transpose()?;
    arguments.stack.check_name(&arguments.function, "a function")?;
    let stack = arguments.stack.argument();
    let (prepared, function) = function::find(global, &stack, &arguments.function, ui).await?;
    match is_ours(prepared.session.cx(), &function.name).await? {
        Some(true) => {}
        Some(false) => return Err(not_ours(&prepared, &function, " and is not invoked")),
        None => return Err(not_there(global, &stack, &prepared, &function.name)),
    }
    let spinner = ui.spinner(&format!("Waiting for {}", function.name));
    let answer = invoke(prepared.session.cx(), &function.name, payload, arguments.tail).await;
    drop(spinner);
    let answer = answer?;
    let in_file = arguments.stack.stack.iter().map(|file| format!(" --stack {}", quoted(&file.display().to_string())));
    let line = command_line(global, "logs", &StackArgument { stack: None }, &prepared.session.stack().vars);
    let logs = format!("{line} {}{}", quoted(&function.name), in_file.collect::<String>());
    ui.invocation(&function.name, &answer, &logs);
    Ok(if answer.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
}

/// The JSON text that `argument` is or names.
fn payload(argument: &str) -> Result<String, Failure> {
    let unreadable = |what: &str, error: io::Error| Failure::Missing {
        message: format!("the payload can't be read from {what}: {error}"),
        hint: "--payload takes JSON, @FILE, or - for standard input".to_owned(),
    };
    let (text, source) = match argument.strip_prefix('@') {
        Some(path) => (fs::read_to_string(path).map_err(|error| unreadable(path, error))?, format!("the file {path}")),
        None if argument == "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(|error| unreadable("standard input", error))?;
            (text, "standard input".to_owned())
        }
        None => (argument.to_owned(), "--payload".to_owned()),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::usage(
            format!("{source} is not valid JSON: {error}"),
            r#"for example --payload '{"message": "Class begins at nine."}'; a plain string is written '"text"'"#,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_and_stays_as_it_was_written() {
        assert_eq!(payload("{\"a\":  1}").ok().as_deref(), Some("{\"a\":  1}"));
        assert!(matches!(payload("{a: 1}"), Err(Failure::Usage { .. })));
        assert!(matches!(payload("@/nowhere/x.json"), Err(Failure::Missing { .. })));
    }
}
