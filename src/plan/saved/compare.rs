//! Whether a saved plan still holds: what it was made of and what it came to, against what is so now.
//!
//! The questions are in the order in which they can be asked: before the stack is loaded, before AWS is asked, and when
//! the plan is made again. Each difference is a line for a person.

use std::collections::BTreeMap;

use crate::plan::options::Goal;
use crate::plan::{Action, Reason};
use crate::resource::Place;
use crate::stack::Stack;

use super::{SavedChange, SavedPlan, SavedStep};

impl SavedPlan {
    /// The secret variables that the plan was made with and that are not among `given`: the file does not hold them.
    pub fn missing_secrets(&self, given: &BTreeMap<String, String>) -> Vec<&str> {
        self.secret_vars.iter().filter(|name| !given.contains_key(*name)).map(String::as_str).collect()
    }

    /// The variables that the plan was made with: its own, and from `given` those that are secret.
    ///
    /// # Errors
    /// Others are given, or other values.
    pub fn vars(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<String>> {
        let differs = |(name, value): (&String, &String)| match self.vars.get(name) {
            Some(then) if then == value => None,
            Some(_) => Some(format!("`--var {name}=…` had another value")),
            None if self.secret_vars.contains(name) => None,
            None => Some(format!("`--var {name}=…` was not given")),
        };
        let differences: Vec<_> = given.iter().filter_map(differs).collect();
        let all = self.vars.iter().chain(given).map(|(name, value)| (name.clone(), value.clone()));
        if differences.is_empty() { Ok(all.collect()) } else { Err(differences) }
    }

    /// Whether `stack` comes from the same text.
    pub fn matches(&self, stack: &Stack) -> bool {
        self.stack_file_sha256 == stack.sha256
    }

    /// How `place` is another one.
    pub fn elsewhere(&self, place: &Place) -> Vec<String> {
        let pairs = [("account", &self.account, &place.account), ("region", &self.region, &place.region)];
        let differ = pairs.into_iter().filter(|(_, then, now)| then != now);
        differ.map(|(what, then, now)| format!("it is for the {what} {then}, and this is {now}")).collect()
    }

    /// How the plan made now, `now`, differs; none: it is the same in all that was saved.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        if self == now {
            return Vec::new();
        }
        if self.changes().next().is_some() && now.changes().next().is_none() {
            return vec![match self.goal {
                Goal::Apply => "there is nothing left to do: the account matches the stack".to_owned(),
                Goal::Destroy => "there is nothing left to delete".to_owned(),
            }];
        }
        let mut differences = Vec::new();
        let mut left: Vec<_> = self.steps.iter().collect();
        for step in &now.steps {
            let same = |then: &&SavedStep| {
                (&then.address, &then.kind, then.in_file) == (&step.address, &step.kind, step.in_file)
            };
            let then = left.iter().position(same).map(|at| left.remove(at));
            match then {
                Some(then) => differences.extend(then.differences(step)),
                None => {
                    differences.push(format!("{}: would now be {}, and is not in the plan", step.address, step.done()))
                }
            }
        }
        let gone = left
            .iter()
            .map(|then| format!("{}: is {} in the plan, but there is nothing to do now", then.address, then.done()));
        differences.extend(gone);
        if differences.is_empty() {
            differences.push("the file was changed by hand".to_owned());
        }
        differences
    }

    fn changes(&self) -> impl Iterator<Item = &SavedStep> {
        self.steps.iter().filter(|step| !matches!(step.action, Action::None | Action::Keep { .. }))
    }
}

impl SavedStep {
    /// How the step made now differs: in what is done, else in what is set, else in what was there.
    fn differences(&self, now: &Self) -> Vec<String> {
        let line = |what: String| format!("{}: {what}", self.address);
        if self == now {
            return Vec::new();
        }
        if (&self.action, self.empty) != (&now.action, now.empty) {
            return vec![line(match self.done() == now.done() {
                true => format!("would now be {} in a different way", now.done()),
                false => format!("is {} in the plan, but would now be {}", self.done(), now.done()),
            })];
        }
        let mut differences = Vec::new();
        for change in &now.changes {
            match self.changes.iter().find(|then| then.path == change.path) {
                None => differences.push(line(format!("`{}` changes, too{}", change.path, change.because()))),
                Some(then) if then.after != change.after => {
                    differences.push(line(format!("`{}` now gets a different value", change.path)));
                }
                Some(then) if (&then.reason, then.replaces) != (&change.reason, change.replaces) => {
                    differences.push(line(format!("`{}` now changes for a different reason", change.path)));
                }
                Some(_) => {}
            }
        }
        let still = |then: &&SavedChange| !now.changes.iter().any(|change| change.path == then.path);
        let gone = self.changes.iter().filter(still);
        differences.extend(gone.map(|then| line(format!("`{}` no longer changes", then.path))));
        if differences.is_empty() {
            differences.push(line("was changed in the account since".to_owned()));
        }
        differences
    }

    fn done(&self) -> &'static str {
        match self.action {
            Action::None => "left as it is",
            Action::Create => "created",
            Action::Adopt => "adopted",
            Action::Update => "updated",
            Action::Replace { .. } => "replaced",
            Action::Delete => "deleted",
            Action::Release { .. } => "released",
            Action::Keep { .. } => "kept",
        }
    }
}

impl SavedChange {
    fn because(&self) -> &'static str {
        match self.reason {
            Reason::Drift => ": it was changed in the account",
            _ => "",
        }
    }
}
