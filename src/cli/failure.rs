//! Everything that can end a command, and how it is reported.

use std::process::ExitCode;

use crate::aws;
use crate::aws::command::quoted;
use crate::plan::observe::PlanError;
use crate::sandbox;
use crate::session::{self, Instead};
use crate::stack::diagnostics::Diagnostics;
use crate::suggest;
use crate::ui::Ui;

use super::{EXIT_FAILURE, EXIT_USAGE};

/// Why a command could not do what was asked.
pub(super) enum Failure {
    /// The stack file is wrong.
    Diagnostics(Diagnostics),
    /// AWS or the account does not allow the plan.
    PlanError { troubles: Vec<PlanError>, file: String },
    /// A call that belongs to no resource.
    Aws(aws::Error),
    /// The sandbox.
    Sandbox(sandbox::Error),
    /// The command line makes no sense; the hint says what to type.
    Usage { message: String, hint: String },
    /// A saved plan is not carried out, because it is not what would be done now; the hint says what to type.
    Outdated { file: String, reasons: Vec<String>, hint: String },
    /// There is no stack file or no saved plan that can be used, or no answer to a question.
    Missing { message: String, hint: String },
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        Self::Aws(error)
    }
}

impl From<sandbox::Error> for Failure {
    fn from(error: sandbox::Error) -> Self {
        Self::Sandbox(error)
    }
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// What a session says of the stack in `file`. `line` is the command line of another command for it. Which lists were not
    /// seen is printed at once.
    pub(super) fn of(error: session::Error, file: &str, line: impl Fn(&str) -> String, ui: &Ui) -> Self {
        match error {
            session::Error::Stack(diagnostics) => Self::Diagnostics(diagnostics),
            session::Error::Aws(error) => Self::Aws(error),
            session::Error::Account { troubles, unseen } => {
                ui.unseen(&unseen);
                Self::PlanError { troubles, file: file.to_owned() }
            }
            session::Error::OutOfScope { option, address } => Self::usage(
                format!("{option} {} names a resource that --target or --only excludes", quoted(&address.to_string())),
                format!("add --target {}, or remove one of the options", quoted(&address.to_string())),
            ),
            session::Error::NothingToRenew(_) => Self::usage(
                error.to_string(),
                "--renew is for users with `console_password: true` or `access_key: true`",
            ),
            session::Error::NoKey { ref key, ref instead } => {
                let hint = match instead {
                    Instead::Resource => format!("write `--target {}`", quoted(key)),
                    Instead::NoRoster => "leave out --only; --target chooses single resources".to_owned(),
                    Instead::Renamed(now) => {
                        format!("`moved:` in {file} says that `{key}` is now `{now}`: write `--only {now}`")
                    }
                    Instead::Nearest(near) => format!("did you mean `--only {near}`?"),
                    Instead::Keys(keys) => format!("--only takes keys of the rosters: {}", suggest::list(keys)),
                };
                Self::usage(error.to_string(), hint)
            }
            session::Error::StillThere { ref key, count, .. } => {
                let them = if count == 1 { "it" } else { "them" };
                let hint = format!("`{} --remove {}` deletes {them}", line("apply"), quoted(key));
                Self::usage(error.to_string(), hint)
            }
            session::Error::NotLeft(ref key) => {
                let destroy = format!("{} --only {}", line("destroy"), quoted(key));
                let hint =
                    format!("take it out of the roster first; for one who stays, `{destroy}` deletes what there is");
                Self::usage(error.to_string(), hint)
            }
            session::Error::NoLeaver { ref nothing_for, ref others, ref left, ref staying } => {
                let hint = leaver_hint(nothing_for, others, left, staying.as_deref());
                Self::usage(error.to_string(), hint)
            }
            session::Error::NoResource(address) => {
                Self::usage(format!("{file} has no resource `{address}`"), format!("`{}` lists them", line("show")))
            }
            session::Error::NothingThere { ref kind, ref unseen, .. } => {
                ui.unseen(unseen);
                let hint = format!("`{} {kind} --all` shows those that exist", line("import"));
                Self::Missing { message: error.to_string(), hint }
            }
            session::Error::NothingOfKind { is_global, .. } => {
                let hint = match is_global {
                    true => "choose another account with --profile",
                    false => "choose another region with --region",
                };
                Self::Missing { message: error.to_string(), hint: hint.to_owned() }
            }
        }
    }

    /// Whether the question was not answered.
    pub(super) fn is_for_want_of_an_answer(&self) -> bool {
        let unreachable = |error: &aws::Error| error.kind == aws::ErrorKind::Unreachable;
        match self {
            Self::Aws(error) => unreachable(error),
            Self::PlanError { troubles, .. } => troubles.iter().any(|trouble| unreachable(&trouble.error)),
            _ => false,
        }
    }

    /// Reports it, and returns the exit code.
    pub(super) fn tell(self, ui: &Ui) -> ExitCode {
        match self {
            Self::Diagnostics(diagnostics) => ui.diagnostics(&diagnostics),
            Self::PlanError { troubles, file } => ui.trouble(&troubles, &file),
            Self::Aws(error) => ui.error(&error),
            Self::Sandbox(error) => ui.failure(&error, Some(&error.hint())),
            Self::Outdated { file, reasons, hint } => ui.outdated(&file, &reasons, &hint),
            Self::Missing { message, hint } => ui.failure(message, Some(&hint)),
            Self::Usage { message, hint } => {
                ui.failure(message, Some(&hint));
                return ExitCode::from(EXIT_USAGE);
            }
        }
        ExitCode::from(EXIT_FAILURE)
    }
}

/// Whom `--remove` can name, where the account has nothing for some whom it names.
fn leaver_hint(nothing_for: &[String], others: &[String], left: &[String], staying: Option<&str>) -> String {
    let mut words = Vec::new();
    let near = nothing_for.iter().find_map(|key| suggest::closest(key, left.iter().map(String::as_str)));
    match (near, staying) {
        (_, Some(key)) if !left.iter().any(|one| one == key) => {
            words.push(format!("did you mean `{key}`? It is still in a roster: take it out first"));
        }
        (Some(near), _) => words.push(format!("did you mean `{near}`, who is no longer in the roster?")),
        (None, _) if !left.is_empty() => {
            words.push(format!("who is no longer in the roster and still has something: {}", suggest::list(left)));
        }
        (None, _) => {}
    }
    if !others.is_empty() {
        words.push(format!("the account has something for the others: `--remove {}`", others.join(",")));
    }
    if words.is_empty() {
        words.push("everybody who left is gone already: run the same command without --remove".to_owned());
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_removed_is_said() {
        let all = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let hint = |others: &[&str], left: &[&str]| leaver_hint(&all(&["zed"]), &all(others), &all(left), None);
        assert_eq!(hint(&[], &["ana", "zeb"]), "did you mean `zeb`, who is no longer in the roster?");
        assert_eq!(hint(&[], &["ana", "bo"]), "who is no longer in the roster and still has something: `ana`, `bo`");
        assert_eq!(hint(&["ana"], &[]), "the account has something for the others: `--remove ana`");
        assert_eq!(hint(&[], &[]), "everybody who left is gone already: run the same command without --remove");
        // One who is still there, in other capitals.
        let staying = leaver_hint(&all(&["S03"]), &[], &[], Some("s03"));
        assert_eq!(staying, "did you mean `s03`? It is still in a roster: take it out first");
    }
}
