//! What several commands let a person choose: to be asked or not, to wait or not, to see all or not.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::aws::command::quoted;
use crate::ui::{Detail, Ui};

use super::failure::Failure;
use super::interruption::Interruptions;

/// Whether a person has agreed.
#[derive(Debug, Args)]
pub(super) struct Consent {
    /// Skip the confirmation
    #[arg(long, short, visible_alias = "auto-approve")]
    yes: bool,
}

/// How long a person has.
#[derive(Debug, Args)]
pub(super) struct Patience {
    /// Wait for deletions that take AWS up to 40 minutes (network interfaces of functions) instead of leaving them to a
    /// later run
    #[arg(long)]
    pub(super) wait: bool,
}

/// Where what AWS shows only once goes.
#[derive(Debug, Args)]
pub(super) struct Credentials {
    /// The folder for console passwords and access keys, a file for each user. AWS shows them only once
    #[arg(long, value_name = "FOLDER", default_value = CREDENTIALS)]
    credentials_to: PathBuf,
}

/// The folder where a person names none.
pub(super) const CREDENTIALS: &str = "credentials";

impl Credentials {
    pub(super) fn folder(&self) -> &Path {
        &self.credentials_to
    }
}

/// The option that names this folder, after a space.
pub(super) fn credentials_to(folder: &Path) -> String {
    match folder == Path::new(CREDENTIALS) {
        true => String::new(),
        false => format!(" --credentials-to {}", quoted(&folder.display().to_string())),
    }
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Length {
    /// Show every property and every line of the plan, including defaults and long values
    #[arg(long)]
    full: bool,
}

impl Length {
    pub(super) fn detail(self) -> Detail {
        if self.full { Detail::Full } else { Detail::Short }
    }
}

impl Consent {
    /// Asks, if it must, once what would be done has been shown. `false`: no. Refuses without a terminal.
    pub(super) fn given(&self, question: &str, ui: &Ui) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        if !ui.can_ask() {
            return Err(Failure::usage(
                "there is no terminal to ask for confirmation; nothing was changed",
                "to confirm in advance, run the same command again with --yes",
            ));
        }
        let hint = "run the same command again, or add --yes".to_owned();
        let interruptions = Interruptions::listen().ok();
        let leaving = interruptions.map(|signals| tokio::spawn(signals.instead_of_an_answer(ui.clone())));
        // The answer is read without the runtime's workers, which hear the signal.
        let answer = tokio::task::block_in_place(|| ui.confirm(question));
        leaving.iter().for_each(|task| task.abort());
        let given = answer.map_err(|error| Failure::Missing { message: error.to_string(), hint })?;
        if !given {
            ui.note("Nothing was changed.");
        }
        Ok(given)
    }
}
