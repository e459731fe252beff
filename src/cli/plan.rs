//! `cloud101 plan`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::saved::{Made, SavedPlan};
use crate::resource::Address;
use crate::session::Planned;
use crate::ui::{PAGE_BEGINS, Ui};

use super::choices::Length;
use super::failure::Failure;
use super::out_file::OutFile;
use super::prepare::prepare;
use super::{EXIT_CHANGES, Global, Leaving, Selection, StackArgument, saved_file};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    leaving: Leaving,
    /// Plan what `destroy` would do
    #[arg(long)]
    destroy: bool,
    /// Replace this resource even if nothing requires it; may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = super::arguments::address, conflicts_with = "destroy")]
    replace: Vec<String>,
    /// Create the credentials of this user again, whose hand-out was lost, and end the ones there are; may be repeated
    #[arg(long, value_name = "RESOURCE", value_parser = super::arguments::address, conflicts_with = "destroy")]
    renew: Vec<String>,
    /// Plan to also delete the contents of buckets that are deleted, including all versions
    #[arg(long)]
    empty_buckets: bool,
    /// Save the plan to this file, for `apply FILE` to apply exactly or refuse; it contains no secrets
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the plan as a page for a browser, with the dependency graph; it contains no secrets
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    length: Length,
    /// Exit with 2 if there are changes, 0 if not
    #[arg(long)]
    detailed_exitcode: bool,
}

/// What `plan --html` writes. An older page may go.
const HTML: OutFile = OutFile { option: "--html", example: "plan.html", what: "a plan's page", is_one: is_page };

/// Whether a file begins as one of cloud101's pages does.
fn is_page(path: &Path) -> bool {
    let mut start = vec![0; PAGE_BEGINS.len()];
    let is_file = path.metadata().is_ok_and(|data| data.is_file());
    is_file
        && File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == PAGE_BEGINS.as_bytes()
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let goal = if arguments.destroy { Goal::Destroy } else { Goal::Apply };
    let options = Options {
        targets: arguments.selection.addresses().collect(),
        only: arguments.selection.keys(),
        leavers: arguments.leaving.leavers(),
        replace: arguments.replace.iter().map(|text| Address::parse(text)).collect(),
        renew: arguments.renew.iter().map(|text| Address::parse(text)).collect(),
        empty_buckets: arguments.empty_buckets,
        ..Options::default()
    };
    if arguments.destroy && options.leavers != Leavers::default() {
        let message = "--remove and --remove-absent can't be used with --destroy, which removes everything";
        return Err(Failure::usage(message, "remove one of the options"));
    }
    arguments.out.as_deref().map_or(Ok(()), |path| saved_file::OUT.check(path))?;
    arguments.html.as_deref().map_or(Ok(()), |path| HTML.check(path))?;
    let prepared = prepare(global, &arguments.stack, options.named(), ui).await?;
    let Planned { plan, unplanned, .. } = prepared.plan(goal, &options, ui).await?;
    // A plan that leaves out what could not be read is not the whole truth.
    let out = arguments.out.as_deref().filter(|_| unplanned.is_empty());
    let next = match out {
        Some(path) => {
            let vars = global.var.iter().cloned().collect();
            let (stack, file, sandbox) = (prepared.session.stack(), prepared.file.as_str(), global.sandbox);
            let hide = &|text: &str| ui.redacted(text);
            let made = Made { stack, file, sandbox, vars: &vars, goal, options: &options, hide };
            let saved = SavedPlan::of(&plan, &made);
            saved_file::OUT.write(path, &saved.text())?;
            saved_file::command_to_apply(global, path, &saved)
        }
        None => {
            let command = if arguments.destroy { "destroy" } else { "apply" };
            super::command_line(global, command, &arguments.stack, &prepared.session.stack().vars)
                + &super::options_of(&options)
        }
    };
    let view = prepared.view(global, Some(&next), arguments.length);
    let html = arguments.html.as_deref().filter(|_| unplanned.is_empty());
    if let Some(path) = html {
        HTML.write(path, &ui.page(&plan, goal, prepared.session.stack(), view))?;
    }
    ui.plan(&plan, goal, view);
    if !unplanned.is_empty() {
        if arguments.out.is_some() || arguments.html.is_some() {
            ui.note("Not saved, because the plan is incomplete: see what is wrong below");
        }
        return Err(prepared.trouble(unplanned));
    }
    for path in out.into_iter().chain(html).filter(|_| !global.json) {
        ui.note(&format!("Saved as {}", path.display()));
    }
    let changes = arguments.detailed_exitcode && !plan.is_empty();
    Ok(if changes { ExitCode::from(EXIT_CHANGES) } else { ExitCode::SUCCESS })
}
