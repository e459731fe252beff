//! The files of `plan --out FILE`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::aws::command::quoted;
use crate::plan::saved::file::SIZE_LIMIT;
use crate::plan::saved::{SavedPlan, read};

use super::failure::Failure;
use super::out_file::OutFile;
use super::{Global, StackArgument, command_line};

/// The plan that was saved at `path`; `None`: that is something else, such as a stack, or nothing.
pub(super) fn open(path: &Path) -> Result<Option<SavedPlan>, Failure> {
    // A pipe can be read only once, and the stack may come through it.
    if !path.metadata().is_ok_and(|data| data.is_file()) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let limit = SIZE_LIMIT as u64 + 1;
    if File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).is_err() {
        return Ok(None);
    }
    read(&bytes).map_err(|error| Failure::Missing {
        message: format!("the saved plan `{}` {error}", path.display()),
        hint: format!("make a new one with `cloud101 plan --out {}`", quoted(&path.display().to_string())),
    })
}

/// What `plan --out` writes. A damaged plan, and one of another version, may go.
pub(super) const OUT: OutFile = OutFile {
    option: "--out",
    example: "class.plan",
    what: "a saved plan",
    is_one: |path| !matches!(open(path), Ok(None)),
};

/// The command line that carries out the plan saved at `path`. Only its secret variables have to be given again.
pub(super) fn command_to_apply(global: &Global, path: &Path, plan: &SavedPlan) -> String {
    let secret = plan.missing_secrets(&BTreeMap::new());
    let var = global.var.iter().filter(|(name, _)| secret.contains(&name.as_str())).cloned().collect();
    let global = Global { var, ..global.clone() };
    command_line(&global, "apply", &StackArgument { stack: Some(path.to_owned()) }, &BTreeMap::new())
}
