//! `cloud101 plan`.

use std::process::ExitCode;

use clap::Args;

use crate::aws::command::quoted;
use crate::plan::decide::{Goal, Options};
use crate::ui::Ui;

use super::failure::Failure;
use super::prepare::prepare;
use super::{EXIT_CHANGES, Global, Selection, StackArgument};

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
    /// Exit with 2 if there are changes, 0 if not
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let goal = if arguments.destroy { Goal::Destroy } else { Goal::Apply };
    let options = Options {
        targets: arguments.selection.addresses().collect(),
        replace: arguments.replace.iter().map(|text| crate::resource::Address::parse(text)).collect(),
        empty_buckets: false,
    };
    let named = options.targets.iter().chain(&options.replace);
    let prepared = prepare(global, &arguments.stack, named, ui).await?;
    let (plan, unread) = match goal {
        Goal::Apply => (prepared.plan_to_apply(&options, ui).await?, Vec::new()),
        Goal::Destroy => prepared.plan_to_destroy(&options, ui).await?,
    };
    let command = if arguments.destroy { "destroy" } else { "apply" };
    let mut next = super::command_line(global, command, &arguments.stack);
    for (option, addresses) in [("--target", &options.targets), ("--replace", &options.replace)] {
        next.extend(addresses.iter().map(|address| format!(" {option} {}", quoted(&address.to_string()))));
    }
    ui.plan(&plan, goal, prepared.view(global, Some(&next)));
    if !unread.is_empty() {
        return Err(prepared.trouble(unread));
    }
    let changes = arguments.detailed_exitcode && !plan.is_empty();
    Ok(if changes { ExitCode::from(EXIT_CHANGES) } else { ExitCode::SUCCESS })
}
