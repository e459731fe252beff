//! `cloud101 import`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Args};

use crate::aws::command::quoted;
use crate::import::{Imported, LeftOut};
use crate::resource::Registry;
use crate::resource::kind::Kind;
use crate::session::{Import, Session, Skipped, Which};
use crate::stack::words::{STACK_NAME_HINT, is_stack_name};
use crate::stack::{SHORTEST_SECRET, Stack};
use crate::suggest;
use crate::ui::json::ImportDocument;
use crate::ui::{NextStep, Ui};

use super::failure::Failure;
use super::{Global, StackArgument, command_line, new_files, prepare};

/// The name of a stack that is given none.
const STACK: &str = "imported";

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["id", "all"])))]
#[command(override_usage = "cloud101 import [OPTIONS] <KIND> <ID|--all>")]
pub(super) struct Arguments {
    /// The resource type, for example s3.bucket
    kind: String,
    /// The name or id of a live resource in AWS
    id: Option<String>,
    /// All resources of the type in the account and region, except those that AWS manages itself
    #[arg(long)]
    all: bool,
    /// Write to this new file instead, with code and contents in files next to it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The name of the new stack
    #[arg(long, value_name = "NAME", default_value = STACK, value_parser = stack_name)]
    stack: String,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let stack = Stack::without_resources(&arguments.stack);
    let registry = stack.registry.clone();
    let kind = kind(&registry, &arguments.kind)?;
    let target = prepare::target(global, None, ui).await?;
    let line = |command: &str| command_line(global, command, &StackArgument { stack: None }, &BTreeMap::new());
    let session = Session::connect(stack, target).await;
    let session = session.map_err(|error| Failure::of(error, &arguments.stack, line, ui))?;
    let which = arguments.id.as_deref().map_or(Which::All, Which::Id);
    let spinner = ui.spinner("Reading the account");
    let answer = session.import(kind, which, arguments.out.is_some()).await;
    drop(spinner);
    let Import { imported, skipped } = answer.map_err(|error| Failure::of(error, &arguments.stack, line, ui))?;
    skipped.iter().for_each(|one| ui.note(&why_not(one)));
    let Some(imported) = imported else {
        let message = format!("none of {} {} can be written", skipped.len(), kind.name());
        return Err(Failure::Missing { message, hint: "the lines above give the reason for each".to_owned() });
    };
    // The stack says variables in place of the values. One that is like a word of YAML must not spoil it: only the
    // messages afterwards hide them.
    let written = match &arguments.out {
        Some(path) => save(path, &imported, ui),
        None => {
            show(&imported, ui);
            Ok(())
        }
    };
    ui.publish(public(&imported, arguments));
    ui.hide(imported.values.values().filter(|value| value.chars().count() >= SHORTEST_SECRET));
    written?;
    for LeftOut { address, property, why } in &imported.left_out {
        let what = property.as_ref().map(|property| format!("`{property}` of ")).unwrap_or_default();
        ui.note(&format!("{what}`{address}` is only a comment, because a stack can't express it: {why}"));
    }
    if !imported.values.is_empty() {
        let vars: Vec<_> = imported.values.keys().map(|name| format!("--var {name}=…")).collect();
        ui.note(&format!(
            "Values that may be secret are left to variables. Set each one ({}), or remove it from the file together \
             with the whole property that uses it, such as `environment`: AWS keeps the current value.",
            vars.join(" ")
        ));
    }
    let next = next_steps(global, arguments, &**kind, &imported);
    if !next.is_empty() {
        ui.next_steps(&next);
    }
    Ok(ExitCode::SUCCESS)
}

/// What is in the file for all to see, and in the commands to type next.
fn public(imported: &Imported, arguments: &Arguments) -> Vec<String> {
    let resources = imported.resources.iter().flat_map(|(name, kind, id)| [name.clone(), kind.clone(), id.clone()]);
    let out = arguments.out.iter().map(|path| path.display().to_string());
    resources.chain(imported.values.keys().cloned()).chain(out).chain([arguments.stack.clone()]).collect()
}

/// What to type next. Without a file of its own the text is to be pasted into a stack: then only resources that an apply
/// can't find are reported.
fn next_steps(global: &Global, arguments: &Arguments, kind: &dyn Kind, imported: &Imported) -> Vec<NextStep> {
    let var = imported.values.keys().map(|name| (name.clone(), String::new())).collect();
    let global = Global { var, ..global.clone() };
    let stack = StackArgument { stack: arguments.out.clone() };
    let line = |command: &str| command_line(&global, command, &stack, &BTreeMap::new());
    let to_adopt = imported.resources.iter().filter(|_| kind.name_is_a_tag());
    let adopt: Vec<_> = to_adopt.map(|(name, _, id)| line(&format!("adopt {name} {id}"))).collect();
    let mut steps = Vec::new();
    if !adopt.is_empty() {
        let why = match arguments.out {
            Some(_) => {
                "adopt the resources that an apply can't find before the first apply, which would otherwise \
                create duplicates"
            }
            None => {
                "save this as a stack file; then adopt the resources that an apply can't find, before the first \
                apply"
            }
        };
        steps.push(NextStep::new(why, adopt));
    }
    if arguments.out.is_some() {
        let why = match arguments.stack == STACK {
            true => "check that only the ownership tags change; a second file with `stack: imported` is the same stack",
            false => "check that only the ownership tags change",
        };
        steps.push(NextStep::new(why, [line("plan")]));
    }
    steps
}

fn kind<'a>(registry: &'a Registry, name: &str) -> Result<&'a Arc<dyn Kind>, Failure> {
    registry.find(name).ok_or_else(|| {
        let names: Vec<_> = registry.all().map(|kind| kind.name()).collect();
        let hint = suggest::hint(name, names, "the types are");
        Failure::usage(format!("there is no resource type `{name}`"), hint)
    })
}

fn stack_name(text: &str) -> Result<String, String> {
    if is_stack_name(text) { Ok(text.to_owned()) } else { Err(STACK_NAME_HINT.to_owned()) }
}

/// Why one was left out.
fn why_not(skipped: &Skipped) -> String {
    match skipped {
        Skipped::OfStack { id, stack } => {
            format!("`{id}` belongs to the stack `{stack}`: skipped; name it by its id to import it")
        }
        Skipped::OfProgramme { id, title } => {
            format!("`{id}` belongs to {title} itself, which has it in each account: skipped")
        }
        Skipped::Unread { id, error } => {
            let hint = error.hint.iter().map(|hint| format!("; {hint}")).collect::<String>();
            format!("Skipped: {id}: {error}{hint}")
        }
    }
}

fn save(path: &Path, imported: &Imported, ui: &Ui) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = vec![(path.to_owned(), imported.yaml.clone().into_bytes())];
    files.extend(imported.files.iter().map(|(name, bytes)| (folder.join(name), bytes.clone())));
    new_files::write_private(&files)?;
    let names: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    if ui.is_json() {
        let missing = imported.missing.iter().map(|missing| folder.join(&missing.file).display().to_string());
        ui.json(&ImportDocument::written(imported, names, missing.collect()));
    } else {
        ui.note(&format!("Written: {}", names.join(", ")));
        for missing in &imported.missing {
            let file = folder.join(&missing.file).display().to_string();
            let command: Vec<_> = missing.command.iter().chain([&file]).map(|word| quoted(word)).collect();
            ui.note(&format!("Not written, it is too large: {file}. Fetch it: `{}`", command.join(" ")));
        }
    }
    Ok(())
}

fn show(imported: &Imported, ui: &Ui) {
    let fetched = imported.files.iter().map(|(name, _)| name.as_str());
    let names: Vec<_> = fetched.chain(imported.missing.iter().map(|missing| missing.file.as_str())).collect();
    if ui.is_json() {
        return ui.json(&ImportDocument::shown(imported, names.into_iter().map(str::to_owned).collect()));
    }
    ui.result(&imported.yaml);
    if !names.is_empty() {
        ui.note(&format!("Not written: {}. With --out FILE they are saved next to the stack file", names.join(", ")));
    }
}
