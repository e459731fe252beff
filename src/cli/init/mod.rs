//! `cloud101 init`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::aws::command::quoted;
use crate::ui::json::InitDocument;
use crate::ui::{NextStep, Ui};

use super::failure::Failure;
use super::{new_files, program};

/// The stack file's name, under which the other commands find it.
const STACK: &str = "cloud101.yaml";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The template to start from
    #[arg(long, value_enum, default_value_t = Template::Lesson)]
    template: Template,
    /// Where to write it [default: the current folder]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// A stack to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// A whole class: a bucket, a topic, a function with its role, a virtual machine
    Lesson,
    /// A bucket with a file in it
    Bucket,
    /// A function in Python, with its role
    Function,
    /// A virtual machine that one can log in to
    Instance,
    /// A virtual machine with JupyterLab, and a bucket for its data
    Notebook,
}

impl Template {
    /// The files, by their paths in the folder.
    fn files(self) -> Vec<(&'static str, &'static str)> {
        let agent = ("email_agent/index.py", include_str!("../../../stacks/email_agent/index.py"));
        let hello = ("hello/index.py", include_str!("hello/index.py"));
        match self {
            Self::Lesson => vec![(STACK, include_str!("../../../stacks/cloud101.yaml")), agent],
            Self::Bucket => vec![(STACK, include_str!("bucket.yaml"))],
            Self::Function => vec![(STACK, include_str!("function.yaml")), hello],
            Self::Instance => vec![(STACK, include_str!("instance.yaml"))],
            Self::Notebook => vec![(STACK, include_str!("notebook.yaml"))],
        }
    }
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let folder = arguments.folder.as_deref().unwrap_or(Path::new(""));
    let files = arguments.template.files().into_iter();
    let files: Vec<_> = files.map(|(path, text)| (folder.join(path), text.as_bytes().to_vec())).collect();
    new_files::write(&files)?;
    let names: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    if ui.is_json() {
        ui.json(&InitDocument::of(names));
        return Ok(ExitCode::SUCCESS);
    }
    ui.result(&format!("Written: {}\n", names.join(", ")));
    let (program, stack) = (quoted(&program()), quoted(&folder.join(STACK).display().to_string()));
    ui.next_steps(&[
        NextStep::new(
            "read it and adapt it; two files with the same `stack:` are one stack, so give it a unique name",
            [format!("less {stack}")],
        ),
        NextStep::new(
            "rehearse on this computer, without an account or costs",
            [format!("{program} --sandbox apply {stack}")],
        ),
        NextStep::new("see what it would do in your account", [format!("{program} plan {stack}")]),
    ]);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;
    use crate::stack::{Options, load};
    use crate::testing::{Account, plan};

    #[test]
    fn every_template_is_a_sound_commented_stack_that_settles() {
        for template in Template::value_variants() {
            let folder = tempfile::tempdir().expect("a folder");
            let files = template.files().into_iter();
            let files: Vec<_> = files.map(|(path, text)| (folder.path().join(path), text.into())).collect();
            assert!(new_files::write(&files).is_ok(), "{template:?}");
            let stack = load(&folder.path().join(STACK), &Options::default());
            let mut stack = stack.unwrap_or_else(|problems| {
                panic!("{}", crate::ui::diagnostics::render(&problems, false, 100, usize::MAX))
            });
            let text = template.files()[0].1;
            let comments = text.matches('#').count();
            assert!(comments >= stack.resources.len() + 3, "{template:?} has only {comments} comments");
            // The account on paper belongs to the tests' stack.
            stack.name = "cloud101".to_owned();
            let made = plan(&stack, &Account::default());
            assert_eq!(made.counts().add, stack.resources.len(), "{template:?}");
            let again = plan(&stack, &Account::after(&stack));
            assert!(again.steps.iter().all(|step| step.action == Action::None), "{template:?}");
        }
    }

    #[test]
    fn what_is_there_is_never_overwritten_and_nothing_else_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("hello")).expect("a folder");
        std::fs::write(folder.path().join("hello/index.py"), "mine").expect("a file");
        let files = Template::Function.files().into_iter();
        let files: Vec<_> = files.map(|(path, text)| (folder.path().join(path), text.into())).collect();
        assert!(new_files::write(&files).is_err());
        assert!(!folder.path().join(STACK).exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("hello/index.py")).expect("a file"), "mine");
    }
}
