//! `cloud101 man`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use crate::aws::command::quoted;
use crate::ui::Ui;

use super::Cli;
use super::failure::Failure;

/// Write the manual pages, one per command
///
/// To install them for your user: cloud101 man --out ~/.local/share/man/man1, then man cloud101-plan
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder for the pages, created if necessary; without it, print the main page, for man -l -
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let command = Cli::command().disable_help_subcommand(true);
    match &arguments.out {
        Some(folder) => {
            let unwritten = |error| Failure::Missing {
                message: format!("the pages can't be written into `{}`: {error}", folder.display()),
                hint: "choose another folder with --out".to_owned(),
            };
            fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder)).map_err(unwritten)?;
            ui.note(&format!("The pages are in {}; to read one: man {}", folder.display(), example(folder)));
        }
        None => {
            let mut page = Vec::new();
            // A Vec takes all that is written.
            if Man::new(command).render(&mut page).is_ok() {
                ui.result(&String::from_utf8_lossy(&page));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How to read a page that lies in `folder`: man looks for `man1` in the folders of its path.
fn example(folder: &Path) -> String {
    match folder.file_name() {
        Some(name) if name == "man1" => "cloud101-plan".to_owned(),
        _ => quoted(&folder.join("cloud101-plan.1").display().to_string()),
    }
}
