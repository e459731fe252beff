//! `cloud101 init`.

mod roster;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::aws::command::quoted;
use crate::ui::json::InitDocument;
use crate::ui::{NextStep, Ui};

use super::failure::Failure;
use super::{new_files, program};

use roster::ROSTER;

/// The stack file's name, under which the other commands find it.
const STACK: &str = "cloud101.yaml";
/// How many students the template of a class has, unless `--roster` says it.
const STUDENTS: u16 = 5;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The template to start from [default: lesson]
    #[arg(long, value_enum)]
    template: Option<Template>,
    /// Make a roster of N members with opaque ids, class.csv; alone, or for the template `class`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    roster: Option<u16>,
    /// Where to write it [default: the current folder]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// A stack to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// A whole lesson: a bucket, a topic, a function with its role, a virtual machine
    Lesson,
    /// A class from a roster: a bucket, a function and a virtual machine for each student
    Class,
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
    /// The files, by their paths in the folder. A class has so many `students`.
    fn files(self, students: u16) -> Vec<(&'static str, String)> {
        let agent = ("email_agent/index.py", include_str!("../../../stacks/email_agent/index.py").to_owned());
        let hello = ("hello/index.py", include_str!("hello/index.py").to_owned());
        let stack = |text: &str| (STACK, text.to_owned());
        match self {
            Self::Lesson => vec![stack(include_str!("../../../stacks/cloud101.yaml")), agent],
            Self::Class => vec![stack(include_str!("class.yaml")), (ROSTER, roster::csv(students)), hello],
            Self::Bucket => vec![stack(include_str!("bucket.yaml"))],
            Self::Function => vec![stack(include_str!("function.yaml")), hello],
            Self::Instance => vec![stack(include_str!("instance.yaml"))],
            Self::Notebook => vec![stack(include_str!("notebook.yaml"))],
        }
    }
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let files = match (arguments.template, arguments.roster) {
        (Some(Template::Class), students) => Template::Class.files(students.unwrap_or(STUDENTS)),
        (None, Some(members)) => vec![(ROSTER, roster::csv(members))],
        (template, None) => template.unwrap_or(Template::Lesson).files(STUDENTS),
        (Some(_), Some(_)) => {
            let hint = "write `--template class --roster N`, or `--roster N` alone for a file beside a stack of yours";
            return Err(Failure::usage("this template has no roster", hint));
        }
    };
    let folder = arguments.folder.as_deref().unwrap_or(Path::new(""));
    let files: Vec<_> = files.into_iter().map(|(path, text)| (folder.join(path), text.into_bytes())).collect();
    new_files::write(&files)?;
    let names: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    if ui.is_json() {
        ui.json(&InitDocument::of(names));
        return Ok(ExitCode::SUCCESS);
    }
    ui.result(&format!("Written: {}\n", names.join(", ")));
    let is_roster = arguments.template.is_none() && arguments.roster.is_some();
    let steps = if is_roster { for_a_roster(&names[0]) } else { for_a_stack(arguments.template, folder) };
    ui.next_steps(&steps);
    Ok(ExitCode::SUCCESS)
}

fn for_a_roster(file: &str) -> Vec<NextStep> {
    vec![
        NextStep::new("name it in a stack file beside it", [format!("rosters: {{ students: {ROSTER} }}")]),
        NextStep::new("give each member a copy of a resource", ["for_each: students".to_owned()]),
        NextStep::new("keep who is who to yourself: no name belongs in it", [format!("less {}", quoted(file))]),
    ]
}

fn for_a_stack(template: Option<Template>, folder: &Path) -> Vec<NextStep> {
    let (program, stack) = (quoted(&program()), quoted(&folder.join(STACK).display().to_string()));
    let mut steps = vec![
        NextStep::new(
            "read it and adapt it; two files with the same `stack:` are one stack, so give it a unique name",
            [format!("less {stack}")],
        ),
        NextStep::new(
            "rehearse on this computer, without an account or costs",
            [format!("{program} --sandbox apply {stack}")],
        ),
        NextStep::new("see what it would do in your account", [format!("{program} plan {stack}")]),
    ];
    if template == Some(Template::Class) {
        let roster = quoted(&folder.join(ROSTER).display().to_string());
        steps.insert(1, NextStep::new("write a line for each student into the roster", [format!("less {roster}")]));
    }
    steps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::Action;
    use crate::stack::{Options, load};
    use crate::testing::{Account, plan};

    #[test]
    fn every_template_is_a_sound_commented_stack_that_settles() {
        for template in Template::value_variants() {
            let folder = tempfile::tempdir().expect("a folder");
            let files = template.files(STUDENTS).into_iter();
            let files: Vec<_> = files.map(|(path, text)| (folder.path().join(path), text.into())).collect();
            assert!(new_files::write(&files).is_ok(), "{template:?}");
            let stack = load(&folder.path().join(STACK), &Options::default());
            let mut stack = stack.unwrap_or_else(|diagnostics| {
                panic!("{}", crate::ui::diagnostics::render(&diagnostics, false, 100, usize::MAX))
            });
            let comments = template.files(STUDENTS)[0].1.matches('#').count();
            let names: BTreeSet<_> = stack.resources.iter().map(|declared| &declared.address.name).collect();
            assert!(comments >= names.len() + 3, "{template:?} has only {comments} comments");
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
        let files = Template::Function.files(STUDENTS).into_iter();
        let files: Vec<_> = files.map(|(path, text)| (folder.path().join(path), text.into())).collect();
        assert!(new_files::write(&files).is_err());
        assert!(!folder.path().join(STACK).exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("hello/index.py")).expect("a file"), "mine");
    }
}
