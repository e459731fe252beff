//! What to try with what was applied.

use std::collections::BTreeSet;

use crate::aws::command::{self, quoted};
use crate::plan::Plan;
use crate::plan::desired::KnownAttributes;
use crate::plan::handout::cards;
use crate::plan::options::{Options, Selection};
use crate::resource::{Attributes, Place};
use crate::stack::Handout;
use crate::ui::NextStep;

use super::handout::to_a_free_place;
use super::prepare::Prepared;
use super::{Global, StackArgument, command_line, program};

/// What to type next, in groups: the sandbox's environment, what was applied, how to look and how to end.
pub(super) fn all(
    global: &Global,
    stack: &StackArgument,
    prepared: &Prepared,
    plan: &Plan,
    options: &Options,
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
    if let Some(only) = with_a_card(prepared, options, known) {
        let line = command_line(global, "handout", stack, &prepared.session.stack().vars);
        let handout = format!("{line}{only}{}{}", to_a_free_place(), credentials(prepared));
        steps.push(NextStep::new("give each person what is theirs", [handout]));
    }
    let ends = ["show", "destroy"].map(|command| command_line(global, command, stack, &prepared.session.stack().vars));
    steps.push(NextStep::new("look at it again, and remove everything after the class", ends));
    steps
}

/// The option for those who were applied and get a card, after a space; `None`: no card can be written.
fn with_a_card(prepared: &Prepared, options: &Options, known: &KnownAttributes) -> Option<String> {
    let stack = prepared.session.stack();
    let handout = stack.handout.as_ref()?;
    match options.selection() {
        None => Some(String::new()),
        Some(Selection::Only) => only(&options.only, handout),
        // What was not applied may be missing on some cards.
        Some(Selection::Target | Selection::Adopt) => {
            let cards = cards(stack, prepared.session.place(), known, &BTreeSet::new());
            cards.lacking.is_empty().then(String::new)
        }
    }
}

/// `--only` with those of `keys` who get a card.
fn only(keys: &BTreeSet<String>, handout: &Handout) -> Option<String> {
    let keys: Vec<_> = handout.cards.iter().map(|card| card.key.as_str()).filter(|key| keys.contains(*key)).collect();
    (!keys.is_empty()).then(|| format!(" --only {}", keys.join(",")))
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
