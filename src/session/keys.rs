//! Whom a person names by a key: who has copies, and who left.

use std::collections::BTreeSet;

use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::resource::Address;
use crate::stack::Stack;
use crate::suggest;

use super::{Error, Instead, Session};

impl Session {
    /// Whether the rosters have the keys that `options` choose, and no longer have those to be removed: whom a `when:` leaves
    /// out has lost something and is still there.
    pub(super) async fn check_keys(&self, goal: Goal, options: &Options) -> Result<(), Error> {
        let stack = &*self.stack;
        let has_copy = |key: &String| stack.resources.iter().any(|one| one.address.key.as_ref() == Some(key));
        let is_left_out = |key: &String| {
            let mut copies = stack.for_each.keys().map(|name| Address::copy(name, key));
            copies.any(|address| stack.left_out(&address).is_some())
        };
        if let Some(key) = options.only.iter().find(|key| !has_copy(key) && !is_left_out(key)) {
            let instead = instead(stack, goal, key);
            // A guess is only as good as what the account has.
            if let Instead::Nearest(_) | Instead::Keys(_) = instead
                && let Some(left) = self.left(key).await
            {
                return Err(left);
            }
            return Err(Error::NoKey { key: key.clone(), instead });
        }
        match options.leavers.remove.iter().find(|key| has_copy(key) && !is_left_out(key)) {
            Some(key) => Err(Error::NotLeft(key.clone())),
            None => Ok(()),
        }
    }

    /// That the one with this key is no longer in a roster and still has something; `None`: the account has nothing of that
    /// kind, or does not say.
    pub async fn left(&self, key: &str) -> Option<Error> {
        let owned = self.observe().await.ok()?.owned;
        let theirs = owned.iter().map(|found| &found.ownership.address);
        let theirs = theirs.filter(|address| address.key.as_deref() == Some(key));
        let rosters: Vec<_> = theirs.filter_map(|address| self.stack.left(address)).collect();
        let roster = rosters.first()?.name.clone();
        Some(Error::StillThere { key: key.to_owned(), roster, count: rosters.len() })
    }

    /// Those who are to be removed and have nothing in the account, beside others who have something: the same
    /// command again has to go on with these.
    ///
    /// # Errors
    /// It has nothing for any of them, or someone else has left a roster and has something: it may be a mistyped key.
    pub(super) fn check_leavers(&self, observation: &Observation, options: &Options) -> Result<Vec<String>, Error> {
        let stack = &*self.stack;
        let remove = &options.leavers.remove;
        let (mut left, mut named) = (BTreeSet::new(), BTreeSet::new());
        for address in observation.owned.iter().map(|found| &found.ownership.address) {
            let Some(key) = &address.key else { continue };
            let has_left = stack.left(address).is_some();
            if remove.contains(key) && (has_left || stack.left_out(address).is_some()) {
                named.insert(key.clone());
            } else if has_left {
                left.insert(key.clone());
            }
        }
        let nothing_for: Vec<_> = remove.difference(&named).cloned().collect();
        let (others, left): (Vec<_>, Vec<_>) = (named.into_iter().collect(), left.into_iter().collect());
        match nothing_for.is_empty() || !others.is_empty() && left.is_empty() {
            true => Ok(nothing_for),
            false => {
                let is_it = |key: &&str| nothing_for.iter().any(|typed| typed.eq_ignore_ascii_case(key));
                let staying = keys(stack).find(is_it).map(str::to_owned);
                Err(Error::NoLeaver { nothing_for, others, left, staying })
            }
        }
    }
}

/// What `--only` could have meant by a key that no copy has.
fn instead(stack: &Stack, goal: Goal, key: &str) -> Instead {
    let mut names = stack.resources.iter().map(|declared| &declared.address.name);
    if names.any(|name| name == key) {
        return Instead::Resource;
    }
    if stack.rosters.is_empty() {
        return Instead::NoRoster;
    }
    if let Some(now) = stack.renamed(key).next().and_then(|address| address.key.clone()) {
        return Instead::Renamed(now);
    }
    let all: BTreeSet<_> = keys(stack).collect();
    // Whom a destroy names instead would lose all that is theirs: the key beside may be another person's.
    let nearest = match goal {
        Goal::Destroy => suggest::same_key(key, all.iter().copied()),
        Goal::Apply => {
            suggest::same_key(key, all.iter().copied()).or_else(|| suggest::closest(key, all.iter().copied()))
        }
    };
    match nearest {
        Some(nearest) => Instead::Nearest(nearest.to_owned()),
        None => Instead::Keys(all.into_iter().map(str::to_owned).collect()),
    }
}

/// The keys of the copies of a stack, once for each.
fn keys(stack: &Stack) -> impl Iterator<Item = &str> {
    stack.resources.iter().filter_map(|declared| declared.address.key.as_deref())
}
