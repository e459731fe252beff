//! `apply FILE` with a saved plan, and what is asked before it is carried out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use crate::aws::command::quoted;
use crate::plan::options::Goal;
use crate::plan::saved::{Made, SavedPlan};
use crate::session::Planned;
use crate::ui::Ui;

use super::choices::{Credentials, Length, Patience};
use super::failure::Failure;
use super::{Global, StackArgument, command_line, options_of, prepare, run};

/// What a person chooses besides what is in the plan.
pub(super) struct Choices<'a> {
    pub credentials: &'a Credentials,
    pub length: Length,
    pub patience: &'a Patience,
}

/// Carries out the plan saved at `path`, if what would be done now is what it says.
pub(super) async fn carry_out(
    global: &Global,
    path: &Path,
    saved: &SavedPlan,
    choices: &Choices<'_>,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let file = path.display().to_string();
    let vars = variables(global, &file, saved)?;
    let global = &Global { var: vars.clone().into_iter().collect(), ..global.clone() };
    check_here(global, &file, saved)?;
    let argument = StackArgument { stack: Some(saved.stack_file.clone().into()) };
    let again = || make_again(global, &file, saved, &argument);

    let (stack, name) = prepare::stack(global, &argument, ui)?;
    if !saved.matches(&stack) {
        return Err(outdated(&file, vec![format!("{} was changed since", saved.stack_file)], again()));
    }
    ui.warnings(stack.warnings.as_ref());
    let prepared = prepare::connect(global, stack, name, ui).await?;
    let prepared = prepared.patient(choices.patience).handing_out(choices.credentials);
    let elsewhere = saved.elsewhere(prepared.session.place());
    if !elsewhere.is_empty() {
        return Err(outdated(&file, elsewhere, "choose the right one with --profile and --region"));
    }
    let options = saved.options();
    let Planned { plan, unplanned, .. } = prepared.plan(saved.goal, &options, ui).await?;
    if !unplanned.is_empty() {
        return Err(prepared.trouble(unplanned));
    }
    let (stack, sandbox, goal) = (prepared.session.stack(), global.sandbox, saved.goal);
    let hide = &|text: &str| ui.redacted(text);
    let made = Made { stack, file: &prepared.file, sandbox, vars: &vars, goal, options: &options, hide };
    let differences = saved.differences(&SavedPlan::of(&plan, &made));
    if !differences.is_empty() {
        return Err(outdated(&file, differences, again()));
    }
    ui.planned(&plan, goal, prepared.view(global, None, choices.length));
    run::can_hand_out(&prepared, &plan, ui)?;
    match goal {
        Goal::Apply => run::to_apply(global, &argument, &prepared, plan, &options, ui).await,
        Goal::Destroy => {
            let scope = run::scope(&options);
            run::to_destroy(global, &prepared, plan, &options, unplanned, scope, ui).await
        }
    }
}

/// The variables that the plan was made with. Those that are secret must be given again, and no others may be.
fn variables(global: &Global, file: &str, saved: &SavedPlan) -> Result<BTreeMap<String, String>, Failure> {
    let given = global.var.iter().cloned().collect();
    let missing = saved.missing_secrets(&given);
    if !missing.is_empty() {
        let vars: Vec<_> = missing.iter().map(|name| format!("--var {name}=…")).collect();
        return Err(Failure::Missing {
            message: format!("`{file}` was made with {}, which is secret and not in the file", vars.join(" ")),
            hint: format!("set it again: add {}", vars.join(" ")),
        });
    }
    let hint = "remove that: values that are not secret are in the file";
    saved.vars(&given).map_err(|reasons| outdated(file, reasons, hint))
}

/// What can be seen before the stack is loaded.
fn check_here(global: &Global, file: &str, saved: &SavedPlan) -> Result<(), Failure> {
    let (reason, hint) = match (saved.sandbox, global.sandbox) {
        (true, false) => ("it is for the sandbox".to_owned(), "add --sandbox"),
        (false, true) => ("it is for AWS, not for the sandbox".to_owned(), "remove --sandbox"),
        _ if Path::new(&saved.stack_file).is_file() => return Ok(()),
        _ => {
            let reason = format!("the stack file `{}`, for which it was made, is not here", saved.stack_file);
            (reason, "change to the folder where the plan was made")
        }
    };
    Err(outdated(file, vec![reason], hint))
}

fn outdated(file: &str, reasons: Vec<String>, hint: impl Into<String>) -> Failure {
    Failure::Outdated { file: file.to_owned(), reasons, hint: hint.into() }
}

/// How to make a plan for the same end.
fn make_again(global: &Global, file: &str, saved: &SavedPlan, stack: &StackArgument) -> String {
    let plan = command_line(global, "plan", stack, &BTreeMap::new());
    let destroy = if saved.goal == Goal::Destroy { " --destroy" } else { "" };
    let options = options_of(&saved.options());
    format!("review what would be done now, and save that: {plan}{destroy}{options} --out {}", quoted(file))
}
