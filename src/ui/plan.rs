//! A plan as text, in the words and signs that people know from Terraform.

use crate::plan::decide::Goal;
use crate::plan::{Action, Counts, Output, Plan, PropertyChange, Reason, Step};
use crate::resource::is_unknown;

use super::change::{Form, changed, created, diff};
use super::paint::Paint;
use super::redact::Redactor;
use super::terminal::clean;

/// Names of properties are padded to at most this width.
const NAMES: usize = 48;
const INDENT: &str = "      ";

/// What the text of a plan needs besides the plan.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Whether the account is the sandbox's.
    pub sandbox: bool,
    /// What to type next if there is something to do, for example `cloud101 apply`; `None`: nothing is said.
    pub next: Option<&'a str>,
}

/// The whole plan: where, each resource that changes, notes, and how many of what.
pub fn plan(plan: &Plan, goal: Goal, view: View<'_>, redactor: &Redactor, paint: Paint) -> String {
    let mut blocks = vec![place(plan, view.sandbox, paint)];
    let mut listed: Vec<&Step> = plan.steps.iter().filter(|step| step.action != Action::None).collect();
    if goal == Goal::Destroy {
        listed.reverse();
    }
    blocks.extend(listed.iter().map(|step| block(plan, step, goal, redactor, paint)));
    blocks.extend(notes(plan, paint));
    if plan.is_empty() && goal == Goal::Apply {
        let known: Vec<_> = plan.outputs.iter().filter(|output| output.value.is_some()).cloned().collect();
        blocks.extend(outputs(&known, paint));
    }
    blocks.push(last_lines(plan, goal, paint));
    if let (Some(next), false) = (view.next, plan.is_empty()) {
        blocks.push(format!("{} {}", paint.dim("To do this:"), paint.help(next)));
    }
    blocks.join("\n\n") + "\n"
}

/// Which stack, account and region.
pub fn place(plan: &Plan, sandbox: bool, paint: Paint) -> String {
    let place = &plan.place;
    let mut parts = vec![format!("account {}", place.account), place.region.clone()];
    if sandbox {
        parts.push("sandbox".to_owned());
    }
    format!("Stack {} {}", paint.bold(&place.stack), paint.dim(&format!("· {}", parts.join(" · "))))
}

/// One resource.
fn block(plan: &Plan, step: &Step, goal: Goal, redactor: &Redactor, paint: Paint) -> String {
    let (symbol, verb) = symbol(&step.action);
    let colour = |text: &str| match step.action {
        Action::Create => paint.green(text),
        Action::Delete | Action::Replace { .. } => paint.red(text),
        Action::Adopt | Action::Update | Action::Release { .. } => paint.yellow(text),
        Action::None | Action::Keep { .. } => text.to_owned(),
    };
    let name = if is_unknown(&step.name) { crate::plan::shown::UNKNOWN } else { &step.name };
    let mut header = format!(
        "{} {}  {}  {}",
        colour(&format!("{symbol:>3} {verb}")),
        paint.bold(&clean(&step.address.to_string())),
        paint.dim(step.kind.name()),
        clean(name)
    );
    if let Some(id) = step.id.as_deref().filter(|id| shows_id(step, id)) {
        header.push_str(&format!("  {}", paint.dim(&clean(id))));
    }
    let mut lines = vec![header];
    lines.extend(
        because(plan, step, goal)
            .into_iter()
            .map(|text| format!("{INDENT}{}", paint.dim(&format!("# {}", clean(&text))))),
    );
    if deletes(step) {
        let emptied = empties(step).then(|| "everything in it is deleted too, and can't be brought back".to_owned());
        let warnings = step.notes.iter().cloned().chain(emptied);
        lines.extend(warnings.map(|text| format!("{INDENT}{}", paint.red(&format!("! {}", clean(&text))))));
    }
    lines.extend(
        properties(step, redactor, paint).into_iter().map(|line| format!("{INDENT}{line}").trim_end().to_owned()),
    );
    lines.join("\n")
}

/// The sign and the word of an action.
pub fn symbol(action: &Action) -> (&'static str, &'static str) {
    match action {
        Action::None => ("", "keep"),
        Action::Create => ("+", "create"),
        Action::Adopt => (">", "adopt"),
        Action::Update => ("~", "update"),
        Action::Replace { create_first: false, .. } => ("-/+", "replace"),
        Action::Replace { create_first: true, .. } => ("+/-", "replace"),
        Action::Delete => ("-", "delete"),
        Action::Release { .. } => ("<", "release"),
        Action::Keep { .. } => ("=", "keep"),
    }
}

fn deletes(step: &Step) -> bool {
    matches!(step.action, Action::Delete | Action::Replace { .. })
}

/// Whether what it contains is deleted with it.
pub fn empties(step: &Step) -> bool {
    deletes(step) && step.empty && step.kind.schema().at("empty_on_destroy").is_some()
}

/// The id says something more than the name, or it is about to vanish.
fn shows_id(step: &Step, id: &str) -> bool {
    let parting = matches!(step.action, Action::Delete | Action::Release { .. } | Action::Replace { .. });
    id != step.name && (parting || !id.contains(&step.name))
}

/// Why the whole resource is treated so, where that isn't plain.
fn because(plan: &Plan, step: &Step, goal: Goal) -> Option<String> {
    match &step.action {
        Action::Adopt if step.changes.is_empty() => Some("it exists already: the stack takes it over as it is".into()),
        Action::Adopt => Some("it exists already: the stack takes it over and changes this".into()),
        Action::Update if step.changes.is_empty() => Some("only cloud101's own tags on it change".into()),
        Action::Replace { create_first, because } => {
            let order = if *create_first {
                "the new one is made before the old one goes"
            } else {
                "the old one is deleted first"
            };
            let asked = because.iter().all(|path| path == "--replace");
            let why = if asked {
                "asked for with --replace".to_owned()
            } else {
                format!("AWS can't change {} in place", because.join(" and "))
            };
            Some(format!("{why}: {order}"))
        }
        Action::Release { because } => Some(format!("stays in the account and is no longer the stack's ({because})")),
        Action::Keep { because } => Some(format!("not deleted ({because})")),
        Action::Delete if step.line.is_none() => {
            let second = |other: &&Step| {
                other.line.is_some() && other.address == step.address && other.kind.name() == step.kind.name()
            };
            Some(match (plan.steps.iter().find(second), goal) {
                (Some(_), _) => "a second one, left over from a replacement or another name".into(),
                (None, _) => "the file no longer has it".into(),
            })
        }
        _ => None,
    }
}

fn properties(step: &Step, redactor: &Redactor, paint: Paint) -> Vec<String> {
    let fresh = step.action == Action::Create;
    let forcing = match &step.action {
        Action::Replace { because, .. } => Some(because.as_slice()),
        _ => None,
    };
    let forms: Vec<(String, Form, String)> = step
        .changes
        .iter()
        .map(|change| {
            let change = redactor.change(change);
            let form = match &change.after {
                Some(after) if fresh => created(after, change.text),
                after => {
                    let property = step.kind.schema().at(&change.path);
                    let kept = change.reason.is_about_marks() || matches!(change.reason, Reason::Replaced(_));
                    changed(change.before.as_ref(), after.as_ref(), property, change.text, kept, paint)
                }
            };
            let comment = comment(&change, forcing);
            (clean(&change.path), form, comment)
        })
        .collect();
    let beside = forms.iter().filter(|(_, form, _)| fresh || matches!(form, Form::Beside(_)));
    let width = beside.map(|(name, ..)| name.chars().count()).max().unwrap_or_default().min(NAMES);
    let mut lines = Vec::new();
    for (name, form, comment) in forms {
        let comment =
            if comment.is_empty() { comment } else { format!("  {}", paint.dim(&format!("# {}", clean(&comment)))) };
        let equals = if fresh { " = " } else { "  " };
        match form {
            Form::Beside(value) => lines.push(format!("{name:width$}{equals}{value}{comment}")),
            Form::Open(mut open) => {
                let head = if open.is_empty() { String::new() } else { open.remove(0) };
                lines.push(format!("{name:width$}{equals}{head}{comment}"));
                lines.extend(open);
            }
            Form::Below(below) => {
                let head = if fresh { format!("{name:width$} =") } else { name };
                lines.push(format!("{head}{comment}"));
                lines.extend(below.into_iter().map(|line| format!("  {line}")));
            }
        }
    }
    for text in &step.texts {
        lines.push(format!("{}:", clean(&text.file)));
        let diff = diff(&redactor.text(&text.before), &redactor.text(&text.after), paint);
        lines.extend(diff.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Why a property changes, where it is not simply what the file says now.
fn comment(change: &PropertyChange, forcing: Option<&[String]>) -> String {
    let why = match &change.reason {
        Reason::File => None,
        Reason::Drift => Some("drift: changed outside this stack, or left undone by a failed run".to_owned()),
        Reason::TakenOut => Some("taken out of the file: back to AWS's default".to_owned()),
        Reason::Recorded => Some("from now on kept by the stack".to_owned()),
        Reason::Forgotten => {
            Some("taken out of the file: AWS's default already, no longer kept by the stack".to_owned())
        }
        Reason::Replaced(address) => Some(format!("replaced with {address}")),
    };
    let forces =
        forcing.is_some_and(|paths| change.replaces || paths.iter().any(|path| change.path.starts_with(path.as_str())));
    let forces = forces.then(|| "forces replacement".to_owned());
    why.into_iter().chain(forces).collect::<Vec<_>>().join("; ")
}

/// What a person should know, whatever happens to the resource.
fn notes(plan: &Plan, paint: Paint) -> Option<String> {
    let noted = plan.steps.iter().filter(|step| !deletes(step));
    let lines: Vec<_> = noted
        .flat_map(|step| {
            step.notes
                .iter()
                .map(|note| format!("  {}: {}", paint.bold(&clean(&step.address.to_string())), clean(note)))
        })
        .collect();
    (!lines.is_empty()).then(|| format!("Notes:\n{}", lines.join("\n")))
}

/// The stack's outputs; `None` if it has none.
pub fn outputs(outputs: &[Output], paint: Paint) -> Option<String> {
    let width = outputs.iter().map(|output| output.name.chars().count()).max()?;
    let line = |output: &Output| {
        let value = output.value.as_deref().map_or_else(|| paint.dim(crate::plan::shown::UNKNOWN), clean);
        format!("  {:width$} = {value}", output.name)
    };
    Some(format!("Outputs:\n{}", outputs.iter().map(line).collect::<Vec<_>>().join("\n")))
}

fn last_lines(plan: &Plan, goal: Goal, paint: Paint) -> String {
    let unchanged = plan.steps.iter().filter(|step| step.action == Action::None).count();
    match goal {
        Goal::Apply if plan.is_empty() && plan.left_out.is_some() => {
            paint.bold("No changes in what --target names. The rest of the stack was not compared.")
        }
        Goal::Apply if plan.is_empty() => paint.bold("No changes. The account matches the stack."),
        Goal::Destroy if plan.is_empty() => paint.bold("Nothing to destroy."),
        _ if unchanged == 0 => paint.bold(&counted(plan.counts())),
        _ => format!("{}\n{}", paint.dim(&format!("{unchanged} unchanged")), paint.bold(&counted(plan.counts()))),
    }
}

/// `Plan: 3 to add, 1 to change, 0 to destroy.`
pub fn counted(counts: Counts) -> String {
    let Counts { add, change, destroy, release } = counts;
    let release = if release > 0 { format!(", {release} to release") } else { String::new() };
    format!("Plan: {add} to add, {change} to change, {destroy} to destroy{release}.")
}
