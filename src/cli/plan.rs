//! `cloud101 plan`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::plan::decide::{Goal, Options};
use crate::plan::saved::{Made, SavedPlan};
use crate::resource::Address;
use crate::ui::Ui;

use super::failure::Failure;
use super::prepare::prepare;
use super::{EXIT_CHANGES, Global, Selection, StackArgument, saved};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    #[command(flatten)]
    selection: Selection,
    /// Plan what `destroy` would do
    #[arg(long)]
    destroy: bool,
    /// Replace this resource even if nothing requires it; may be repeated
    #[arg(long, value_name = "RESOURCE", conflicts_with = "destroy")]
    replace: Vec<String>,
    /// Plan to delete what is in the buckets that go, too, with all versions
    #[arg(long)]
    empty_buckets: bool,
    /// Save the plan in this file, for `apply FILE` to do just that or nothing; it holds no secrets
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 if there are changes, 0 if not
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let goal = if arguments.destroy { Goal::Destroy } else { Goal::Apply };
    let options = Options {
        targets: arguments.selection.addresses().collect(),
        replace: arguments.replace.iter().map(|text| Address::parse(text)).collect(),
        empty_buckets: arguments.empty_buckets,
    };
    arguments.out.as_deref().map_or(Ok(()), saved::check_out)?;
    let prepared = prepare(global, &arguments.stack, options.named(), ui).await?;
    let (plan, unread) = prepared.plan(goal, &options, ui).await?;
    // A plan that leaves out what could not be read is not the whole truth.
    let out = arguments.out.as_deref().filter(|_| unread.is_empty());
    let next = match out {
        Some(path) => {
            let vars = global.var.iter().cloned().collect();
            let (stack, file, sandbox) = (&prepared.stack, prepared.file.as_str(), global.sandbox);
            let saved = SavedPlan::of(&plan, &Made { stack, file, sandbox, vars: &vars, goal, options: &options });
            saved::write(path, &saved)?;
            saved::command_to_apply(global, path, &saved)
        }
        None => {
            let command = if arguments.destroy { "destroy" } else { "apply" };
            super::command_line(global, command, &arguments.stack, &prepared.stack.vars) + &super::options_of(&options)
        }
    };
    ui.plan(&plan, goal, prepared.view(global, Some(&next)));
    if !unread.is_empty() {
        if arguments.out.is_some() {
            ui.note("Not saved, because the plan leaves out what can't be read");
        }
        return Err(prepared.trouble(unread));
    }
    if let (Some(path), false) = (out, global.json) {
        ui.note(&format!("Saved as {}", path.display()));
    }
    let changes = arguments.detailed_exitcode && !plan.is_empty();
    Ok(if changes { ExitCode::from(EXIT_CHANGES) } else { ExitCode::SUCCESS })
}
