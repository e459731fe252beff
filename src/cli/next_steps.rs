//! What to try with what was applied.

use std::collections::BTreeSet;

use crate::aws::command::{self, quoted};
use crate::plan::Plan;
use crate::plan::desired::KnownAttributes;
use crate::resource::{Attributes, Place};
use crate::ui::NextStep;

use super::prepare::Prepared;
use super::{Global, StackArgument, command_line, program};

/// What to type next, in groups: the sandbox's environment, what was applied, how to look and how to end.
pub(super) fn all(
    global: &Global,
    stack: &StackArgument,
    prepared: &Prepared,
    plan: &Plan,
    known: &KnownAttributes,
) -> Vec<NextStep> {
    let place = prepared.session.place();
    let mut steps = Vec::new();
    if global.sandbox {
        let env = format!("eval \"$({} sandbox env)\"", quoted(&program()));
        steps.push(NextStep::new("let every AWS tool in this shell talk to the sandbox", [env]));
    }
    let mut seen = BTreeSet::new();
    let mut commands = Vec::new();
    for step in &plan.steps {
        let Some(attributes) = known.attributes(&step.address) else { continue };
        // One of each type is enough to see how it goes.
        for template in step.kind.info().to_try.iter().filter(|template| seen.insert(&***template)) {
            commands.extend(filled_in(template, attributes, place).map(|command| command + &aws_options(global)));
        }
    }
    if !commands.is_empty() {
        steps.push(NextStep::new("use the resources", commands));
    }
    if prepared.session.stack().handout.is_some() {
        let handout = command_line(global, "handout", stack, &prepared.session.stack().vars) + &credentials(prepared);
        steps.push(NextStep::new("give each person what is theirs", [handout]));
    }
    let ends = ["show", "destroy"].map(|command| command_line(global, command, stack, &prepared.session.stack().vars));
    steps.push(NextStep::new("look at it again, and remove everything after the class", ends));
    steps
}

/// The option that puts the credentials onto the cards, after a space, where there are cards and files for them.
fn credentials(prepared: &Prepared) -> String {
    let folder = prepared.session.cx().credentials_to.as_deref();
    match folder.filter(|folder| folder.is_dir() && prepared.session.hands_out_credentials()) {
        Some(folder) => format!(" --credentials {}", quoted(&folder.display().to_string())),
        None => String::new(),
    }
}

/// The command with `{region}` and `{attribute}` in their places; `None` if one of them is not known.
fn filled_in(template: &str, attributes: &Attributes, place: &Place) -> Option<String> {
    command::filled_in(template, |name| {
        let value = if name == "region" { Some(&place.region) } else { attributes.get(name) };
        value.filter(|value| !value.is_empty() && !crate::resource::is_unknown(value)).cloned()
    })
}

/// The options with which the AWS CLI uses the same account.
fn aws_options(global: &Global) -> String {
    let options = [("--profile", &global.profile), ("--endpoint-url", &global.endpoint_url)];
    options.iter().flat_map(|(option, value)| value.iter().map(move |v| format!(" {option} {}", quoted(v)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_given_only_if_it_can_be_typed() {
        let place = Place {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-east-1".into(),
            stack: "cloud101".into(),
        };
        let attributes: Attributes = [("name", "cloud101"), ("id", "")].map(|(k, v)| (k.into(), v.into())).into();
        let command = |template| filled_in(template, &attributes, &place);
        assert_eq!(command("a --name {name} --region {region} b").unwrap(), "a --name cloud101 --region us-east-1 b");
        assert_eq!(command("a {id}"), None);
        assert_eq!(command("a {arn}"), None);
    }
}
