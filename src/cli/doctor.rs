//! `cloud101 doctor`.

use std::process::ExitCode;

use clap::Args;

use crate::doctor::{Check, account, account_profile, is_sound, permissions, programs};
use crate::resource::Registry;
use crate::stack::Stack;
use crate::ui::Ui;

use super::failure::Failure;
use super::{EXIT_FAILURE, Global, StackArgument, command_line, prepare};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    stack: StackArgument,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    let (stack, of_stack) = stack(global, &arguments.stack, ui);
    let spinner = ui.spinner("Looking");
    let mut checks = programs::check(global.sandbox).await;
    checks.push(of_stack);
    checks.extend(of_account(global, stack.as_ref(), ui).await);
    drop(spinner);
    ui.examination(&checks);
    Ok(if is_sound(&checks) { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILURE) })
}

/// The stack, if it can be loaded, and what is to be said of its file.
fn stack(global: &Global, argument: &StackArgument, ui: &Ui) -> (Option<Stack>, Check) {
    const WHAT: &str = "stack file";
    match prepare::stack(global, argument, ui) {
        Ok((stack, file)) => {
            let warnings = stack.warnings.as_ref().map(|warnings| format!(", warnings: {}", warnings.counts().1));
            let warnings = warnings.unwrap_or_default();
            let found = format!("{file}: stack {}, resources: {}{warnings}", stack.name, stack.resources.len());
            (Some(stack), Check::right(WHAT, found))
        }
        Err(Failure::Diagnostics(diagnostics)) => {
            let first = diagnostics.list.first();
            let (file, first) = first.map_or(("", ""), |first| (diagnostics.file_of(first), first.message.as_str()));
            let validate = command_line(global, "validate", argument, &Default::default());
            (None, Check::wrong(WHAT, format!("{file}: {first}"), format!("`{validate}` shows them all")))
        }
        Err(Failure::Missing { message, hint } | Failure::Usage { message, hint }) if argument.stack.is_some() => {
            (None, Check::wrong(WHAT, message, hint))
        }
        Err(Failure::Missing { message, hint } | Failure::Usage { message, hint }) => {
            (None, Check::unknown(WHAT, message).remedy(hint))
        }
        Err(_) => (None, Check::unknown(WHAT, "could not be read")),
    }
}

/// All that takes a connection.
async fn of_account(global: &Global, stack: Option<&Stack>, ui: &Ui) -> Vec<Check> {
    let region = || stack.and_then(|stack| stack.region.clone());
    let target = match prepare::target(global, region(), ui).await {
        Ok(target) => target,
        Err(error) => return vec![Check::wrong("endpoint", error.to_string(), error.hint())],
    };
    let caller = target.caller().await;
    let mut checks = account::caller(&caller, global.sandbox);
    checks.extend(stack.and_then(|stack| account::account(stack, &caller)));
    let Ok(identity) = &caller.identity else {
        let without = |check| Check::unknown(check, "not checked: this requires an answer from AWS");
        checks.extend(["permissions", "default VPC"].map(without));
        return checks;
    };
    let (name, base) = stack.map_or(("cloud101", ".".into()), |stack| (stack.name.as_str(), stack.base.clone()));
    match target.connect(name, None, base).await {
        Ok(mut cx) => {
            if let Some(stack) = stack.filter(|_| global.sandbox) {
                match prepare::rehearsed(&cx, stack).await {
                    Ok(profile) => cx.account_profile = profile.or(cx.account_profile),
                    Err(error) => checks.push(Check::failed("profile", &error)),
                }
            }
            checks.extend(account_profile::check(&cx, stack, global.sandbox).await);
            if cx.account_profile.is_some_and(|profile| !profile.has_region(&cx.place.region)) {
                return checks;
            }
            let may = async {
                match (global.sandbox, cx.account_profile) {
                    (true, _) => Check::unknown("permissions", "not checked: the sandbox allows everything"),
                    (_, Some(profile)) => {
                        Check::unknown("permissions", format!("not checked: {} has its own rules", profile.one))
                    }
                    (false, None) => permissions::check(&cx, &Registry::builtin(), identity).await,
                }
            };
            let sessions = async {
                match stack.filter(|_| !global.sandbox) {
                    Some(stack) => account::sessions(&cx, stack).await,
                    None => None,
                }
            };
            let (may, network, email, sessions) =
                tokio::join!(may, account::network(&cx, stack), account::email(&cx, stack), sessions);
            checks.extend([may, network].into_iter().chain(email).chain(sessions));
        }
        Err(error) => checks.push(Check::failed("connection", &error)),
    }
    checks
}
