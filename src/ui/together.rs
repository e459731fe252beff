//! Copies of one resource with which the same is done in a run: they are one line, that counts. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::apply::{Subject, TaskEvent, What};

use super::event::{self, duration, words};
use super::keyless::cause;
use super::paint::Paint;
use super::terminal::clean;

/// The resource, and what is done.
pub type Name = (String, &'static str);

/// Copies with which the same is done.
#[derive(Debug, Default)]
pub struct Group {
    /// How many there are.
    pub all: usize,
    /// How many are done.
    pub done: usize,
    /// How many went wrong or were not tried.
    pub not_done: usize,
    /// When the first began.
    pub since: Option<Duration>,
    waits: bool,
}

/// All of a run; what has no copies, or only one, is in none.
#[derive(Debug, Default)]
pub struct Groups {
    by_name: HashMap<Name, Group>,
    /// What went wrong and was said.
    causes: HashSet<String>,
}

/// The name of the group in which a task would be.
fn name(subject: &Subject) -> Option<Name> {
    subject.address.key.as_ref().map(|_| (subject.address.name.clone(), words(subject).doing))
}

impl Groups {
    /// Of all that is to be done.
    pub fn of(subjects: &[Arc<Subject>]) -> Self {
        let mut by_name: HashMap<Name, Group> = HashMap::new();
        subjects.iter().filter_map(|subject| name(subject)).for_each(|name| by_name.entry(name).or_default().all += 1);
        by_name.retain(|_, group| group.all > 1);
        Self { by_name, causes: HashSet::new() }
    }

    /// The group of a task.
    pub fn get(&self, subject: &Subject) -> Option<(Name, &Group)> {
        let name = name(subject)?;
        let group = self.by_name.get(&name)?;
        Some((name, group))
    }

    /// Takes note of what happened. The answer is what to say of it, in lines that stay: of copies that they begin, each
    /// cause of a failure once, and how they ended. `file` is the stack file as the person named it.
    pub fn note(&mut self, event: &TaskEvent, file: &str, paint: Paint) -> Vec<String> {
        let subject = &*event.subject;
        let name = name(subject).filter(|name| self.by_name.contains_key(name));
        let Some((name, group)) = name.and_then(|name| Some((name.clone(), self.by_name.get_mut(&name)?))) else {
            return vec![event::line(event, file, paint)];
        };
        let resource = clean(&name.0);
        let is_first = group.since.is_none();
        let since = *group.since.get_or_insert(event.at);
        let mut lines = Vec::new();
        match &event.what {
            What::Started if is_first => {
                lines.push(format!("{} {resource}: {} {}", paint.dim("…"), name.1, group.all));
            }
            What::Waiting(Some(_)) if !group.waits => {
                group.waits = true;
                lines.push(event::line(event, file, paint));
            }
            What::Started | What::Waiting(_) => {}
            What::Done { .. } => group.done += 1,
            What::Failed(error) => {
                group.not_done += 1;
                let cause = cause(Some(&subject.address), error);
                if self.causes.insert(format!("{}{:?}", cause, cause.hint)) {
                    lines.push(event::line(event, file, paint));
                }
            }
            // The end of the run says why.
            What::Skipped { .. } | What::NotStarted => group.not_done += 1,
        }
        if !matches!(event.what, What::Started | What::Waiting(_)) && group.done + group.not_done == group.all {
            lines.push(ended(&resource, group, subject, event.at.saturating_sub(since), paint));
        }
        lines
    }
}

/// `✓ home: 200 created in 41s`, `✗ home: 37 of 200 created in 41s`
fn ended(resource: &str, group: &Group, subject: &Subject, took: Duration, paint: Paint) -> String {
    let (resource, words, took) = (paint.bold(resource), words(subject), duration(took));
    match group.not_done {
        0 => format!("{} {resource}: {} {} in {took}", paint.green("✓"), group.all, words.done),
        _ => format!("{} {resource}: {} of {} {} in {took}", paint.error("✗"), group.done, group.all, words.done),
    }
}
