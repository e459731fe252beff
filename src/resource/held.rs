//! What is in something and goes when it is deleted, or when a list of it is set: objects, subscribers, disks. Others may
//! have put it there since a plan was made, which is compared with what there was then.

use std::collections::BTreeMap;
use std::fmt;

/// What was in something at one moment.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What one is called, and several: `disk`, `disks`.
    pub words: [&'static str; 2],
    /// Each by a unique name, as often as it counts. They may hold secrets: they are compared, and
    /// nothing else.
    names: BTreeMap<String, usize>,
    /// In order, names behind this one were not looked at.
    poll_until: Option<String>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.names.values().sum::<usize>(), self.words[1])
    }
}

impl Held {
    /// All there is.
    pub fn all(words: [&'static str; 2], names: impl IntoIterator<Item = String>) -> Self {
        let mut all = BTreeMap::new();
        names.into_iter().for_each(|name| *all.entry(name).or_default() += 1);
        Self { words, names: all, poll_until: None }
    }

    /// The first there are, in the order of their bytes; `more`: there are others.
    pub fn first(words: [&'static str; 2], names: impl IntoIterator<Item = String>, more: bool) -> Self {
        let all = Self::all(words, names);
        let poll_until = all.names.keys().next_back().filter(|_| more).cloned();
        Self { poll_until, ..all }
    }

    /// The same with what `other` has more of.
    pub fn with(mut self, other: &Self) -> Self {
        for (name, count) in &other.names {
            let own = self.names.entry(name.clone()).or_default();
            *own = (*own).max(*count);
        }
        self
    }

    /// How many there are that were not there `then`, as far as was looked then.
    pub fn newcomers(&self, then: &Self) -> usize {
        let is_known = |name: &String| then.poll_until.as_ref().is_none_or(|poll_until| name <= poll_until);
        let new = |(name, count): (&String, &usize)| count.saturating_sub(then.names.get(name).copied().unwrap_or(0));
        self.names.iter().filter(|(name, _)| is_known(name)).map(new).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 2] = ["object", "objects"];

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_what_came_counts_and_as_often_as_it_is_there() {
        let held = |all: &[&str]| Held::all(WORDS, names(all));
        assert_eq!(held(&["a"]).newcomers(&held(&["a", "b"])), 0);
        assert_eq!(held(&["a", "a", "c"]).newcomers(&held(&["a", "b"])), 2);
        assert_eq!(held(&["a", "a", "c"]).newcomers(&held(&["a", "b"]).with(&held(&["a", "a"]))), 1);
    }

    #[test]
    fn behind_the_first_page_nothing_is_compared() {
        let then = Held::first(WORDS, names(&["b", "d"]), true);
        let now = Held::first(WORDS, names(&["a", "c", "e"]), true);
        assert_eq!(now.newcomers(&then), 2, "`e` may have been there");
        let all = Held::first(WORDS, names(&["b", "d"]), false);
        assert_eq!(now.newcomers(&all), 3);
    }
}
