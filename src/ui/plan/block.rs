//! A plan as people get to see it, before it is text or a page: what happens, grouped, in words and without secrets.
//!
//! Every text here has passed the redactor and is free of what a terminal would obey.

use crate::plan::options::Goal;
use crate::plan::{Action, Plan, PropertyChange, Reason, Step, renamed};
use crate::resource::{Address, is_unknown};
use crate::ui::change::{Detail, Form, Line, Sign, changed, created, diff};
use crate::ui::keyless::keyless;
use crate::ui::redact::Redactor;
use crate::ui::terminal::clean;

use super::{upload, why};

/// Resources to which the same happens, in the order in which they are shown: what is lost stands last, next to the
/// summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Group {
    Create,
    Adopt,
    Change,
    Replace,
    Destroy,
    Release,
    Keep,
}

/// What happens to one resource.
#[derive(Debug, Clone)]
pub struct Block {
    /// The step's number in the plan.
    pub step: usize,
    /// Its group.
    pub group: Group,
    /// Its address in the stack.
    pub address: String,
    /// Its kind.
    pub kind: String,
    /// The name that people see.
    pub name: String,
    /// AWS's id, where it says more than the name.
    pub id: Option<String>,
    /// The sign and the word of what is done.
    pub verb: (&'static str, &'static str),
    /// Why, where that isn't plain.
    pub why: Option<String>,
    /// What is lost.
    pub warnings: Vec<String>,
    /// The properties that change.
    pub rows: Vec<Row>,
    /// How many properties more there are, of which the file says nothing.
    pub hidden: usize,
    /// The files behind a changed hash, line by line.
    pub texts: Vec<(String, Vec<Line>)>,
}

/// One property.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its dotted path.
    pub name: String,
    /// Its values.
    pub form: Form,
    /// Why it changes; empty where that is plain.
    pub why: String,
}

impl Block {
    /// The same for any copy: with `${each.key}` in place of its key.
    pub fn own(&self) -> Self {
        let address = Address::parse(&self.address);
        let Some(key) = &address.key else { return self.clone() };
        let own = |text: &str| keyless(text, &address.name, key);
        let line = |line: &Line| Line { text: own(&line.text), ..line.clone() };
        let row = |row: &Row| Row {
            name: row.name.clone(),
            form: match &row.form {
                Form::Beside(value) => Form::Beside(own(value)),
                Form::FromTo(before, after) => Form::FromTo(own(before), own(after)),
                Form::Open(lines) => Form::Open(lines.iter().map(line).collect()),
                Form::Below(lines) => Form::Below(lines.iter().map(line).collect()),
            },
            why: own(&row.why),
        };
        Self {
            address: address.name.clone(),
            name: own(&self.name),
            id: self.id.as_deref().map(own),
            why: self.why.as_deref().map(own),
            warnings: self.warnings.iter().map(|warning| own(warning)).collect(),
            rows: self.rows.iter().map(row).collect(),
            texts: self.texts.iter().map(|(file, text)| (own(file), text.iter().map(line).collect())).collect(),
            ..self.clone()
        }
    }
}

impl Group {
    /// `None`: nothing happens.
    fn of(action: &Action) -> Option<Self> {
        match action {
            Action::None => None,
            Action::Create => Some(Self::Create),
            Action::Adopt => Some(Self::Adopt),
            Action::Update => Some(Self::Change),
            Action::Replace { .. } => Some(Self::Replace),
            Action::Delete => Some(Self::Destroy),
            Action::Release { .. } => Some(Self::Release),
            Action::Keep { .. } => Some(Self::Keep),
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Adopt => "Adopt",
            Self::Change => "Change",
            Self::Replace => "Replace",
            Self::Destroy => "Destroy",
            Self::Release => "Release",
            Self::Keep => "Keep",
        }
    }
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

/// Whether what it contains is deleted with it.
pub fn empties(step: &Step) -> bool {
    deletes(step) && step.empty && step.kind.info().emptied_by.is_some()
}

/// What happens, by groups; inside of a group in the order in which it happens.
pub fn groups(plan: &Plan, goal: Goal, detail: Detail, redactor: &Redactor) -> Vec<(Group, Vec<Block>)> {
    let mut blocks: Vec<Block> = plan
        .steps
        .iter()
        .enumerate()
        .filter_map(|(number, step)| {
            let group = Group::of(&step.action)?;
            Some(block(plan, (number, step), group, detail, redactor))
        })
        .collect();
    if goal == Goal::Destroy {
        blocks.reverse();
    }
    blocks.sort_by_key(|block| block.group);
    let mut groups: Vec<(Group, Vec<Block>)> = Vec::new();
    for block in blocks {
        match groups.last_mut() {
            Some((group, blocks)) if *group == block.group => blocks.push(block),
            _ => groups.push((block.group, vec![block])),
        }
    }
    groups
}

/// The name of a resource; AWS may yet have to invent it.
pub fn name(step: &Step) -> &str {
    if is_unknown(&step.name) { crate::plan::value::UNKNOWN } else { &step.name }
}

fn block(plan: &Plan, (number, step): (usize, &Step), group: Group, detail: Detail, redactor: &Redactor) -> Block {
    let shown = |text: &str| clean(&redactor.text(text));
    let emptied = empties(step).then(|| "everything in it is deleted too, and can't be recovered".to_owned());
    let lost = step.notes.iter().filter(|note| is_warning(step, note)).cloned().chain(emptied);
    let (rows, hidden) = rows(step, detail, redactor);
    let text = |(before, after): (&str, &str)| detail.cut_diff(diff(&redactor.text(before), &redactor.text(after)));
    Block {
        step: number,
        group,
        address: shown(&step.address.to_string()),
        kind: step.kind.name().to_owned(),
        name: shown(name(step)),
        id: step.id().filter(|id| shows_id(step, id)).map(shown),
        verb: symbol(&step.action),
        why: why::step(plan, step).map(|why| shown(&why)),
        warnings: lost.map(|warning| shown(&warning)).collect(),
        rows,
        hidden,
        texts: step.texts.iter().map(|one| (shown(&one.file), text((&one.before, &one.after)))).collect(),
    }
}

fn deletes(step: &Step) -> bool {
    matches!(step.action, Action::Delete | Action::Replace { .. })
}

/// Whether a note is about what is lost, or would be. What a resource was before is not.
pub fn is_warning(step: &Step, note: &str) -> bool {
    let warns = deletes(step) || step.loses_data || step.stays_for.is_some();
    warns && renamed::earlier(note).is_none()
}

/// The id says something more than the name, or it is about to vanish.
fn shows_id(step: &Step, id: &str) -> bool {
    let parting = matches!(step.action, Action::Delete | Action::Release { .. } | Action::Replace { .. });
    id != step.name && (parting || !id.contains(&step.name))
}

/// The properties that are shown, and how many are not.
fn rows(step: &Step, detail: Detail, redactor: &Redactor) -> (Vec<Row>, usize) {
    // What the file says, and what changes although it doesn't.
    let reported = |change: &&PropertyChange| {
        change.said || !(step.action == Action::Create || change.reason.is_about_ownership())
    };
    let unreported = step.changes.iter().filter(|change| !reported(change)).count();
    // One property more says as much as the line that would stand for it.
    let all = detail == Detail::Full || unreported == 1;
    let shown = step.changes.iter().filter(|change| all || reported(change));
    let rows = shown.map(|change| row(step, change, detail, redactor));
    let local = step.local.iter().map(|change| local_row(step, change, detail, redactor));
    (rows.chain(local).collect(), if all { 0 } else { unreported })
}

/// Where something comes from; and how much is uploaded, with the names of the files where everything is shown.
fn local_row(step: &Step, change: &PropertyChange, detail: Detail, redactor: &Redactor) -> Row {
    let change = redactor.change(change);
    let upload = step.upload.as_ref().filter(|upload| upload.property == change.path);
    let form = change.after.as_ref().map(|after| created(after, change.text, detail));
    let form = match (form.unwrap_or(Form::Below(Vec::new())), upload) {
        (Form::Beside(value), Some(upload)) if detail == Detail::Full && !upload.files.is_empty() => {
            let shown = |text: &str| clean(&redactor.text(text));
            let value = Line::new(Sign::Plain, value);
            Form::Open([vec![value], upload::files(upload, &shown)].concat())
        }
        (form, _) => form,
    };
    Row { name: clean(&redactor.text(&change.path)), form, why: upload.map(upload::summary).unwrap_or_default() }
}

fn row(step: &Step, change: &PropertyChange, detail: Detail, redactor: &Redactor) -> Row {
    let change = redactor.change(change);
    let form = match &change.after {
        Some(after) if step.action == Action::Create => created(after, change.text, detail),
        after => {
            let property = step.kind.schema().at(&change.path);
            let kept = change.reason.is_about_ownership()
                || matches!(
                    change.reason,
                    Reason::Replaced(_)
                        | Reason::Remade(_)
                        | Reason::MadeSince(_)
                        | Reason::Renewed(_)
                        | Reason::Requested
                );
            changed(change.before.as_ref(), after.as_ref(), property, change.text, kept, detail)
        }
    };
    let shown = |text: &str| clean(&redactor.text(text));
    Row { name: shown(&change.path), form, why: shown(&why::property(step, &change)) }
}
