//! The files of `plan --out FILE`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::aws::command::quoted;
use crate::plan::saved::file::SIZE_LIMIT;
use crate::plan::saved::{SavedPlan, Unreadable, read};

use super::failure::Failure;
use super::out_file::OutFile;
use super::{Global, StackArgument, command_line};

/// The plan that was saved at `path`; `None`: that is something else, such as a stack, or nothing.
pub(super) fn open(global: &Global, path: &Path) -> Result<Option<SavedPlan>, Failure> {
    at(path).map_err(|error| {
        // For which stack it was, is not known.
        let plan = command_line(global, "plan", &StackArgument { stack: None }, &BTreeMap::new());
        Failure::Missing {
            message: format!("the saved plan `{}` {error}", path.display()),
            hint: format!("make a new one with `{plan} --out {}`", quoted(&path.display().to_string())),
        }
    })
}

/// The same, without what to type.
fn at(path: &Path) -> Result<Option<SavedPlan>, Unreadable> {
    // A pipe can be read only once, and the stack may come through it.
    if !path.metadata().is_ok_and(|data| data.is_file()) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let limit = SIZE_LIMIT as u64 + 1;
    if File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).is_err() {
        return Ok(None);
    }
    read(&bytes)
}

/// What `plan --out` writes. A damaged plan, and one of another version, may go.
pub(super) const OUT: OutFile = OutFile {
    option: "--out",
    example: "class.plan",
    what: "a saved plan",
    is_one: |path| !matches!(at(path), Ok(None)),
};

/// The command line that carries out the plan saved at `path`. Only its secret variables have to be given again.
pub(super) fn command_to_apply(global: &Global, path: &Path, plan: &SavedPlan) -> String {
    let secret = plan.missing_secrets(&BTreeMap::new());
    let var = global.var.iter().filter(|(name, _)| secret.contains(&name.as_str())).cloned().collect();
    let global = Global { var, ..global.clone() };
    command_line(&global, "apply", &StackArgument { stack: Some(path.to_owned()) }, &BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::Cli;

    use super::*;

    #[test]
    fn a_new_plan_is_made_where_the_damaged_one_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("class.plan");
        std::fs::write(&path, "{\n  \"cloud101_plan\": 2,\n  \"version\": \"9.8.7\"\n}\n").expect("a file");
        let words = ["cloud101", "--sandbox", "--region", "eu-west-1", "apply", "class.plan"];
        let global = Cli::try_parse_from(words).expect("a command line").global;
        let Err(Failure::Missing { hint, .. }) = open(&global, &path) else { panic!("it is of another version") };
        let again = format!(" --sandbox --region eu-west-1 plan --out {}`", quoted(&path.display().to_string()));
        assert!(hint.ends_with(&again), "{hint}");
    }
}
