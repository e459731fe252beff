//! `cloud101 output`.

use std::process::ExitCode;

use clap::Args;

use crate::aws::command::quoted;
use crate::plan::Output;
use crate::plan::desired::KnownAttributes;
use crate::plan::owner::ours;
use crate::plan::value::PlanValue;
use crate::resource::Address;
use crate::stack::Stack;
use crate::ui::Ui;
use crate::ui::outputs::{clash, variable};

use super::copies::name_hint;
use super::failure::Failure;
use super::{Global, StackOption, command_line, prepare};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The output to print, as its value alone: "$(cloud101 output function)"; without it, all outputs
    name: Option<String>,
    /// Print lines for a shell: eval "$(cloud101 output --env)" sets C101_FUNCTION and so on
    #[arg(long)]
    env: bool,
    #[command(flatten)]
    stack: StackOption,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Failure> {
    if arguments.env && global.json {
        return Err(Failure::usage("--env and --json can't be used together", "remove one of them"));
    }
    arguments.name.as_deref().map_or(Ok(()), |name| arguments.stack.check_name(name, "an output"))?;
    let argument = arguments.stack.argument();
    let (stack, file) = prepare::stack(global, &argument, ui)?;
    if let Some(name) = &arguments.name {
        check(&stack, &file, name)?;
    } else if stack.outputs.is_empty() && !global.json {
        ui.note(&format!("{file} has no outputs; declare useful values under `outputs:`, such as a bucket's name"));
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.env {
        let asked = |name: &&str| arguments.name.as_ref().is_none_or(|asked| is_asked(asked, name));
        apart(&stack, asked)?;
    }
    let prepared = prepare::connect(global, stack, file, ui).await?;
    let observation = prepared.observe(ui).await?;
    let ours = ours(prepared.session.stack(), prepared.session.place(), &observation.live);
    let live = observation.live.iter().filter(|(address, _)| ours.contains(address));
    let mut outputs = prepared.session.outputs(&KnownAttributes::of_live(live));
    outputs.retain(|output| arguments.name.as_ref().is_none_or(|name| is_asked(name, &output.name)));
    if arguments.name.is_some() || arguments.env {
        let apply = command_line(global, "apply", &argument, &prepared.session.stack().vars);
        known(&outputs, &apply)?;
    }
    match (&arguments.name, outputs.as_slice()) {
        _ if arguments.env => ui.exports(&outputs),
        (Some(name), [only]) if !global.json => {
            let value = public(name, only)?;
            ui.result(&format!("{value}\n"));
            if value.is_empty() {
                ui.note(&format!("{name} is empty, as is the public address of a stopped instance, for example."));
            }
        }
        _ => ui.outputs(prepared.session.place(), &outputs, &observation.unseen),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether `asked` is the output `name`, or stands for all of its copies.
fn is_asked(asked: &str, name: &str) -> bool {
    asked == name || Address::parse(asked).includes(&Address::parse(name))
}

/// Whether the file has an output of this name.
fn check(stack: &Stack, file: &str, name: &str) -> Result<(), Failure> {
    let names = || stack.outputs.iter().map(|(name, _)| name.as_str());
    if names().any(|other| is_asked(name, other)) {
        return Ok(());
    }
    let all: Vec<_> = names().map(Address::parse).collect();
    let hint = match all.is_empty() {
        true => "it has none: declare useful values under `outputs:`; --stack names another file".to_owned(),
        false => name_hint(&all.iter().collect::<Vec<_>>(), name),
    };
    Err(Failure::usage(format!("{file} has no output `{name}`"), hint))
}

/// Refuses if two outputs would be one variable of a shell.
fn apart(stack: &Stack, is_asked: impl Fn(&&str) -> bool) -> Result<(), Failure> {
    let names = stack.outputs.iter().map(|(name, _)| name.as_str()).filter(is_asked);
    let Some((one, other)) = clash(names) else { return Ok(()) };
    let message = format!("the outputs `{one}` and `{other}` would both set the shell variable `{}`", variable(one));
    let hint =
        format!("rename one of them, or ask for one value: the same command with `{}` in place of --env", quoted(one));
    Err(Failure::usage(message, hint))
}

/// Refuses if a value has still to come. `apply` is the command that brings it.
fn known(outputs: &[Output], apply: &str) -> Result<(), Failure> {
    let unknown: Vec<_> = outputs
        .iter()
        .filter(|output| output.value == PlanValue::Unknown)
        .map(|output| format!("`{}`", output.name))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let (verb, what) = if unknown.len() == 1 { ("is", "it names") } else { ("are", "they name") };
    let message = format!("{} {verb} not known, because what {what} does not exist", unknown.join(", "));
    Err(Failure::Missing { message, hint: format!("create it: `{apply}`") })
}

/// The value, if it may be shown.
fn public<'a>(name: &str, output: &'a Output) -> Result<&'a str, Failure> {
    match output.value.as_str() {
        Some(value) => Ok(value),
        None => Err(Failure::Missing {
            message: format!("`{name}` contains a secret variable, and cloud101 does not show secrets"),
            hint: "ask the person who set the variable".to_owned(),
        }),
    }
}
