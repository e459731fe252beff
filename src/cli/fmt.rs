//! `cloud101 fmt`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use similar::TextDiff;

use crate::format::{Unformatted, format};
use crate::stack::{find, source};
use crate::ui::Ui;
use crate::ui::json::FmtDocument;

use super::failure::Failure;
use super::{EXIT_FAILURE, StackArgument, out_file};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    /// Change nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    check: bool,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let missing = |error: find::NotFound| Failure::Missing { message: error.message, hint: error.hint };
    let path = find::find(arguments.stack.stack.as_deref()).map_err(missing)?;
    let file = path.display().to_string();
    let text = source::read(&path)?;
    let laid_out = format(&text, &file).map_err(|unformatted| match unformatted {
        Unformatted::Wrong(diagnostics) => Failure::Diagnostics(diagnostics),
        Unformatted::Changed => Failure::Missing {
            message: format!("`{file}` can't be formatted without changing what it means"),
            hint: "the usual cause is a string that keeps its trailing empty lines (`|+` or `>+`): write `|` if they \
                   have no meaning, or format the file by hand"
                .to_owned(),
        },
    })?;
    let changed = laid_out != text;
    if ui.is_json() {
        ui.json(&FmtDocument::of(&file, changed));
    }
    if arguments.check {
        if changed && !ui.is_json() {
            let diff = TextDiff::from_lines(&text, &laid_out);
            let title = format!("{file}, formatted");
            ui.result(&diff.unified_diff().context_radius(2).header(&file, &title).to_string());
        }
        return Ok(if changed { ExitCode::from(EXIT_FAILURE) } else { ExitCode::SUCCESS });
    }
    if changed {
        replace(&path, &laid_out).map_err(|error| Failure::Missing {
            message: format!("`{file}` can't be written: {error}"),
            hint: "it is unchanged; can you write to its folder?".to_owned(),
        })?;
    }
    if !ui.is_json() {
        ui.note(&format!("{file}: {}", if changed { "laid out" } else { "nothing to do" }));
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts `text` in the place of the file, whole or not at all. Where the path is a link, it stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    out_file::replace(&path, text, Some(permissions))
}
