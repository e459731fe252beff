//! What goes on while a sandbox starts, and what it does not show, in words.

use std::collections::BTreeMap;

use crate::sandbox::{Loss, Progress};

use super::paint::Paint;
use super::{Ui, json};

impl Ui {
    /// What the sandbox did not check and AWS does, by kind; with JSON an event `note` for each.
    pub fn unchecked(&self, all: &BTreeMap<&str, Vec<&'static str>>) {
        if self.is_json() {
            for (kind, what) in all {
                let note = format!("{kind}: the sandbox, unlike AWS, does not check {}", what.join("; "));
                self.event(json::Event::Note { note });
            }
        } else if !all.is_empty() {
            self.message(&unchecked(all, self.stderr_paint()));
        }
    }
}

/// A line for each kind.
fn unchecked(all: &BTreeMap<&str, Vec<&'static str>>, paint: Paint) -> String {
    let head = paint.yellow("Checked by AWS, but not in the sandbox:");
    let line = |(kind, what): (&&str, &Vec<&str>)| format!("  {kind}: {}\n", what.join("; "));
    format!("\n{head}\n{}", all.iter().map(line).collect::<String>())
}

/// One line for people.
pub(super) fn line(progress: &Progress) -> String {
    match progress {
        Progress::Waiting => "Another cloud101 is starting the sandbox: waiting for it…".to_owned(),
        Progress::Installing { with } => format!("Installing the sandbox's emulators with {with} (only once)…"),
        Progress::Lost(loss) => format!("{}; the contents of the sandbox are lost.", why(loss)),
        Progress::Starting => "Starting the sandbox…".to_owned(),
    }
}

fn why(loss: &Loss) -> String {
    match loss {
        Loss::Ended(emulators) => match emulators.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice() {
            [one] => format!("One of the sandbox's emulators had stopped ({one}); restarting both"),
            names => format!("The sandbox's emulators had stopped ({})", names.join(", ")),
        },
        Loss::Silent => "The sandbox's emulators did not answer; restarting them".to_owned(),
        Loss::OtherVersion => "The sandbox was started by another version of cloud101; restarting it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::sandbox::Emulator;

    use super::*;

    #[test]
    fn each_kind_has_a_line() {
        let all = BTreeMap::from([("iam.role", vec!["whether a"]), ("s3.bucket", vec!["whether b", "whether c"])]);
        insta::assert_snapshot!(unchecked(&all, Paint::PLAIN), @r"

        Checked by AWS, but not in the sandbox:
          iam.role: whether a
          s3.bucket: whether b; whether c
        ");
    }

    #[test]
    fn a_loss_is_said_with_its_reason() {
        let said = |loss| line(&Progress::Lost(loss));
        assert_eq!(
            said(Loss::Ended(Emulator::ALL.to_vec())),
            "The sandbox's emulators had stopped (MiniStack, Moto); the contents of the sandbox are lost."
        );
        assert_eq!(
            said(Loss::Ended(vec![Emulator::Moto])),
            "One of the sandbox's emulators had stopped (Moto); restarting both; the contents of the sandbox are lost."
        );
        for loss in [Loss::Silent, Loss::OtherVersion] {
            assert!(said(loss).ends_with("; the contents of the sandbox are lost."));
        }
    }
}
