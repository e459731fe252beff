//! A plan as text, in the words and signs that people know from Terraform.

mod block;
mod copies;
mod notes;
mod profile;
mod upload;
mod why;

use crate::plan::options::{Goal, Selection};
use crate::plan::value::{PlanValue, UNKNOWN};
use crate::plan::{Action, Counts, Output, Plan, Reason};
use crate::stack::Diagnostics;

use super::change::{Detail, Form, Line, Sign};
use super::paint::Paint;
use super::redact::Redactor;
use super::terminal::clean;

pub use block::{Block, Group, Row, empties, groups, name, symbol};
pub use notes::notes;
pub use profile::{found, lines};
pub use why::DRIFT;

/// Names of properties, and values with a comment after them, are padded to at most these widths.
const NAMES: usize = 48;
const VALUES: usize = 60;
const INDENT: &str = "      ";
/// Before a command, in a line of its own.
pub const TO_DO_THIS: &str = "To do this:";

/// What the text of a plan needs besides the plan.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Whether the account is the sandbox's.
    pub sandbox: bool,
    /// What to type next if there is something to do, for example `cloud101 apply`; `None`: nothing is said.
    pub next: Option<&'a str>,
    /// How much is shown.
    pub detail: Detail,
    /// What is probably a mistake in the stack file, for documents and pages. A reader of the text has read it before.
    pub warnings: Option<&'a Diagnostics>,
}

/// The whole plan: where, each resource that changes, notes, and last of all how many of what.
pub fn plan(plan: &Plan, goal: Goal, view: View<'_>, redactor: &Redactor, paint: Paint) -> String {
    let mut blocks = vec![place(plan, view.sandbox, paint)];
    blocks.extend(plan.account_profile.as_ref().map(|profile| profile::section(profile, redactor, paint)));
    let groups = groups(plan, goal, view.detail, redactor);
    for (group, members) in &groups {
        if groups.len() > 1 {
            blocks.push(paint.bold(&format!("{} ({})", group.title(), members.len())));
        }
        match view.detail {
            Detail::Full => blocks.extend(members.iter().map(|one| block(one, paint))),
            Detail::Short => blocks.extend(copies::together(&copies_of(members, paint), paint)),
        }
    }
    blocks.extend(noted(&notes(plan, redactor), paint));
    if plan.is_empty() && goal == Goal::Apply {
        let known: Vec<_> = plan.outputs.iter().filter(|output| output.value != PlanValue::Unknown).cloned().collect();
        blocks.extend(outputs(&known, paint));
    }
    blocks.extend(aside(plan, view, paint));
    blocks.push(paint.bold(&summary(plan, goal)));
    blocks.join("\n\n") + "\n"
}

fn copies_of(blocks: &[Block], paint: Paint) -> Vec<copies::Member> {
    let member = |one: &Block| {
        let [head, id, below] = parts(one, paint);
        copies::Member {
            address: one.address.clone(),
            block: format!("{head}{id}{below}"),
            without_id: head + &below,
            warns: !one.warnings.is_empty(),
            rows: one.rows.iter().map(|row| row.name.clone()).collect(),
        }
    };
    blocks.iter().map(member).collect()
}

/// Blocks that are shown as one.
#[derive(Debug)]
pub struct Shown {
    /// The first of them; with `${each.key}` in place of its key, if they are several.
    pub block: Block,
    /// The keys of the copies that it is for; empty for a single one.
    pub keys: Vec<String>,
    /// The steps that it is for.
    pub steps: Vec<usize>,
}

/// What of `blocks` is shown as one: copies of one resource to which the same happens. A property that is another one for
/// some of them says so.
pub fn together(blocks: Vec<Block>) -> Vec<Shown> {
    let groups = copies::groups(&copies_of(&blocks, Paint::PLAIN), Paint::PLAIN);
    let steps: Vec<_> = blocks.iter().map(|block| block.step).collect();
    let mut blocks: Vec<_> = blocks.into_iter().map(Some).collect();
    let shown = |group: copies::Together| {
        let first = blocks.get_mut(*group.members.first()?)?.take()?;
        let mut block = if group.keys.is_empty() { first } else { Block { id: None, ..first.own() } };
        let others = group.members.iter().skip(1).filter(|_| group.differ);
        let others: Vec<_> = others.filter_map(|member| Some(blocks.get(*member)?.as_ref()?.own())).collect();
        for (number, row) in block.rows.iter_mut().enumerate() {
            if others.iter().any(|other| other.rows.get(number).is_none_or(|other| other.form != row.form)) {
                let separator = if row.why.is_empty() { "" } else { "; " };
                row.why += &format!("{separator}differs from copy to copy");
            }
        }
        let steps = group.members.iter().map(|member| steps[*member]).collect();
        Some(Shown { block, keys: group.keys, steps })
    };
    groups.into_iter().filter_map(shown).collect()
}

/// Which stack, account and region.
pub fn place(plan: &Plan, sandbox: bool, paint: Paint) -> String {
    let place = &plan.place;
    let mut parts = vec![format!("account {}", place.account), place.region.clone()];
    parts.extend(plan.account_profile.as_ref().map(|profile| profile.title.to_owned()));
    if sandbox {
        parts.push("sandbox".to_owned());
    }
    format!("Stack {} {}", paint.bold(&place.stack), paint.dim(&format!("· {}", parts.join(" · "))))
}

/// One resource.
fn block(block: &Block, paint: Paint) -> String {
    parts(block, paint).concat()
}

/// The same in parts: its first line, AWS's id at the end of it, and all that is below.
fn parts(block: &Block, paint: Paint) -> [String; 3] {
    let colour = |text: &str| match block.group {
        Group::Create => paint.green(text),
        Group::Destroy | Group::Replace => paint.red(text),
        Group::Change | Group::Adopt | Group::Release => paint.yellow(text),
        Group::Keep => text.to_owned(),
    };
    let (symbol, verb) = block.verb;
    let head = format!(
        "{} {}  {}  {}",
        colour(&format!("{symbol:>3} {verb}")),
        paint.bold(&block.address),
        paint.dim(&block.kind),
        block.name
    );
    let id = block.id.as_ref().map(|id| format!("  {}", paint.dim(id)));
    let why = block.why.iter().map(|why| paint.dim(&format!("# {why}")));
    let warnings = block.warnings.iter().map(|warning| paint.red(&format!("! {warning}")));
    let below = why.chain(warnings).chain(properties(block, paint));
    let below = below.map(|line| format!("\n{}", format!("{INDENT}{line}").trim_end())).collect();
    [head, id.unwrap_or_default(), below]
}

fn properties(block: &Block, paint: Paint) -> Vec<String> {
    let fresh = block.group == Group::Create;
    let equals = if fresh { " = " } else { "  " };
    let values: Vec<_> = block.rows.iter().map(|row| beside(&row.form)).collect();
    let rows = || block.rows.iter().zip(&values);
    let width = |columns: &mut dyn Iterator<Item = &String>, most: usize| {
        columns.map(|text| text.chars().count()).filter(|width| *width <= most).max().unwrap_or_default()
    };
    let can_ignore = |(_, value): &(&Row, &Option<String>)| fresh || value.is_some();
    let names = width(&mut rows().filter(can_ignore).map(|(row, _)| &row.name), NAMES);
    let commented = rows().filter(|(row, _)| !row.why.is_empty()).filter_map(|(_, value)| value.as_ref());
    let wide = width(&mut commented.into_iter(), VALUES);
    let comment =
        |why: &str| if why.is_empty() { String::new() } else { format!("  {}", paint.dim(&format!("# {why}"))) };
    let mut lines = Vec::new();
    for (Row { name, form, why }, value) in rows() {
        let why = comment(why);
        match (form, value) {
            (Form::Open(open), _) => {
                let (head, rest) =
                    open.split_first().map_or((String::new(), open.as_slice()), |(first, rest)| (first.plain(), rest));
                lines.push(format!("{name:names$}{equals}{head}{why}"));
                lines.extend(rest.iter().map(|line| line.painted(paint)));
            }
            (Form::Below(below), _) => {
                let head = if fresh { format!("{name:names$} =") } else { name.clone() };
                lines.push(format!("{head}{why}"));
                lines.extend(below.iter().map(|line| format!("  {}", line.painted(paint))));
            }
            (_, value) => {
                let value = value.as_deref().unwrap_or_default();
                lines.push(format!(
                    "{name:names$}{equals}{}",
                    if why.is_empty() { value.to_owned() } else { format!("{value:wide$}{why}") }
                ));
            }
        }
    }
    if block.hidden > 0 {
        let rest = format!("… {} more properties (--full)", block.hidden);
        lines.push(Line::new(Sign::Aside, rest).painted(paint));
    }
    for (file, text) in &block.texts {
        lines.push(format!("{file}:"));
        lines.extend(text.iter().map(|line| format!("  {}", line.painted(paint))));
    }
    lines
}

/// What stands beside a property's name on one line.
fn beside(form: &Form) -> Option<String> {
    match form {
        Form::Beside(value) => Some(value.clone()),
        Form::FromTo(before, after) => Some(format!("{before} → {after}")),
        Form::Open(_) | Form::Below(_) => None,
    }
}

/// What a person should know, whatever happens to the resource.
fn noted(notes: &[(String, String)], paint: Paint) -> Option<String> {
    let lines: Vec<_> = notes.iter().map(|(address, note)| format!("  {}: {note}", paint.bold(address))).collect();
    (!lines.is_empty()).then(|| format!("Notes:\n{}", lines.join("\n")))
}

/// The stack's outputs; `None` if it has none.
pub fn outputs(outputs: &[Output], paint: Paint) -> Option<String> {
    let width = outputs.iter().map(|output| output.name.chars().count()).max()?;
    let line = |output: &Output| {
        let value = output.shown().map_or_else(|| paint.dim(UNKNOWN), |value| clean(&value));
        format!("  {:width$} = {value}", output.name)
    };
    Some(format!("Outputs:\n{}", outputs.iter().map(line).collect::<Vec<_>>().join("\n")))
}

/// What a word means, how many resources stay as they are, and what to type next.
fn aside(plan: &Plan, view: View<'_>, paint: Paint) -> Option<String> {
    if plan.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    if drifts(plan) {
        lines.push(paint.dim(&format!("# {DRIFT}")));
    }
    let unchanged = unchanged(plan);
    if unchanged > 0 {
        lines.push(paint.dim(&format!("{unchanged} unchanged")));
    }
    lines.extend(view.next.map(|next| format!("{} {}", paint.dim(TO_DO_THIS), paint.help(next))));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Whether anything was changed behind the stack's back.
pub fn drifts(plan: &Plan) -> bool {
    plan.changes().flat_map(|step| &step.changes).any(|change| change.reason == Reason::Drift)
}

/// How many resources stay as they are.
pub fn unchanged(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| step.action == Action::None).count()
}

/// The last line: how many of what, or that there is nothing to do.
pub fn summary(plan: &Plan, goal: Goal) -> String {
    match goal {
        Goal::Apply if plan.is_empty() && !plan.unplanned.is_empty() => {
            "No changes in the resources that could be planned.".to_owned()
        }
        Goal::Apply if plan.is_empty() && plan.selection.is_some() => {
            let named = match plan.selection {
                Some(Selection::Only) => "that --only names",
                Some(Selection::Adopt) => "that are adopted",
                _ => "that --target names",
            };
            format!("No changes in the resources {named}. The rest of the stack was not compared.")
        }
        Goal::Apply if plan.is_empty() => "No changes. The account matches the stack.".to_owned(),
        Goal::Destroy if plan.is_empty() => "Nothing to destroy.".to_owned(),
        _ => counted(plan.counts()),
    }
}

/// `Plan: 3 to add, 1 to change, 0 to destroy.`
pub fn counted(counts: Counts) -> String {
    let Counts { add, change, adopt, destroy, release } = counts;
    let release = if release > 0 { format!(", {release} to release") } else { String::new() };
    let changed = change - adopt;
    let adopt = if adopt > 0 { format!(", {adopt} to adopt") } else { String::new() };
    format!("Plan: {add} to add, {changed} to change, {destroy} to destroy{adopt}{release}.")
}
