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
    /// How many of these were not even tried: the run was interrupted, or what they need failed.
    untried: usize,
    /// How many of these because what they need failed.
    skipped: usize,
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
            What::Skipped { .. } | What::NotStarted => {
                group.not_done += 1;
                group.untried += 1;
                group.skipped += usize::from(matches!(event.what, What::Skipped { .. }));
            }
        }
        if !matches!(event.what, What::Started | What::Waiting(_)) && group.done + group.not_done == group.all {
            lines.push(ended(&resource, group, subject, event.at.saturating_sub(since), paint));
        }
        lines
    }
}

/// `✓ home: 200 created in 41s`, `✗ home: 37 of 200 created in 41s`, `- home: 200 not started, not created`
fn ended(resource: &str, group: &Group, subject: &Subject, took: Duration, paint: Paint) -> String {
    let (resource, words, took) = (paint.bold(resource), words(subject), duration(took));
    match group.not_done {
        0 => format!("{} {resource}: {} {} in {took}", paint.green("✓"), group.all, words.done),
        _ if group.untried == group.all => {
            let why = if group.skipped == 0 { "not started" } else { "skipped" };
            format!("{} {resource}: {} {why}, {}", paint.yellow("-"), group.all, words.not_done)
        }
        _ => format!("{} {resource}: {} of {} {} in {took}", paint.error("✗"), group.done, group.all, words.done),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Action;
    use crate::plan::schedule::{Part, Task};
    use crate::resource::Address;

    use super::*;

    /// What none of a resource's copies was tried for reads as it does for a single one.
    #[test]
    fn copies_that_were_not_tried_took_no_time() {
        let subject = |step: usize| {
            Arc::new(Subject {
                task: Task { step, part: Part::Put },
                address: Address::copy("function", ["ana", "bo"][step]),
                kind: "lambda.function".to_owned(),
                name: format!("f{step}"),
                action: Action::Create,
                line: None,
            })
        };
        let subjects = [subject(0), subject(1)];
        let said = |whats: [What; 2]| {
            let mut groups = Groups::of(&subjects);
            let events = subjects.iter().zip(whats);
            let events = events.map(|(subject, what)| TaskEvent { subject: subject.clone(), at: Duration::ZERO, what });
            events.flat_map(|event| groups.note(&event, "class.yaml", Paint::PLAIN)).collect::<Vec<_>>()
        };
        let skipped = || What::Skipped { because: Address::new("role") };
        assert_eq!(said([What::NotStarted, What::NotStarted]), ["- function: 2 not started, not created"]);
        assert_eq!(said([skipped(), skipped()]), ["- function: 2 skipped, not created"]);
        let done = || What::Done { took: Duration::ZERO, id: None };
        assert_eq!(said([done(), What::NotStarted]), ["✗ function: 1 of 2 created in 0.0s"]);
    }
}
