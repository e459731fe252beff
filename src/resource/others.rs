//! What others have to do with something of the stack's that goes: who holds it, and what of theirs goes or stays.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::aws::{Error, ErrorKind};

use super::{Address, Live};

/// How many are named; of the rest only the number is said.
const NAMED: usize = 6;

/// Something that a plan deletes.
#[derive(Debug, Clone, Copy)]
pub struct Going<'a> {
    /// See [`Live::id`].
    pub id: &'a str,
    /// What it is; `None`: only a list found it.
    pub live: Option<&'a Live<Value>>,
    /// What the file says of it, resolved; `None`: nothing.
    pub said: Option<&'a Value>,
    /// What the plan knows to be the stack's.
    pub own: &'a Own,
}

/// What is known to be the stack's, by kind and [`Live::id`]. Of everything else its tags are asked.
#[derive(Debug, Clone, Default)]
pub struct Own(BTreeSet<(String, String)>);

impl Own {
    /// Whether it is known to be the stack's.
    pub fn has(&self, kind: &str, id: &str) -> bool {
        self.0.contains(&(kind.to_owned(), id.to_owned()))
    }
}

impl FromIterator<(String, String)> for Own {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

/// What others have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Others {
    /// Those who would lose it: it is not deleted as long as there are any.
    pub holders: Vec<Holder>,
    /// The stack's own that hold it, and of which the plan says nothing.
    pub beside: Vec<Beside>,
    /// What of others there is in it and stays, unless what contains it goes with all that is in it.
    pub stays: Option<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// Something that is not the stack's and would lose what goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// `the user ana`.
    pub who: String,
    /// The command that takes it away from there.
    pub command: String,
}

/// Something that is the stack's and holds what goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// Its place in the stack, as its mark says.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// See [`Live::id`].
    pub id: String,
}

impl Others {
    /// The names of the holders, as far as they are few.
    pub fn names(&self) -> String {
        listed(self.holders.iter().map(|holder| holder.who.as_str()))
    }

    /// Refuses to delete `what` under its holders.
    ///
    /// # Errors
    /// If there are any, with the commands that take it away from them.
    pub fn refuse(&self, what: &str) -> Result<(), Error> {
        if self.holders.is_empty() {
            return Ok(());
        }
        let message = format!("{what} is in use by {}, not this stack's, which would lose it", self.names());
        let commands: Vec<_> = self.holders.iter().map(|holder| holder.command.as_str()).collect();
        let hint = format!("take it away from there, then run the same command again:\n{}", commands.join("\n"));
        Err(Error { kind: ErrorKind::InUse, ..Error::refused(message) }.with_hint(hint))
    }
}

/// `a, b and 3 more`.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] if names.len() <= NAMED => format!("{} and {last}", rest.join(", ")),
        all => format!("{} and {} more", all[..NAMED].join(", "), all.len() - NAMED),
    }
}

/// The values in the list `property` of `live` that `said` does not have, as `key` tells them apart; nothing if the file
/// refers to what is not known.
pub fn unsaid<'a>(going: &Going<'a>, property: &str, key: impl Fn(&Value) -> Option<String>) -> Vec<&'a Value> {
    let list = |of: Option<&'a Value>| of.and_then(|of| of[property].as_array()).into_iter().flatten();
    let said: BTreeSet<_> = list(going.said).filter_map(&key).collect();
    if said.iter().any(|said| super::is_unknown(said)) {
        return Vec::new();
    }
    let live = list(going.live.map(|live| &live.spec));
    live.filter(|one| key(one).is_some_and(|key| !said.contains(&key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_named_each_with_its_command() {
        let holder = |n| Holder { who: format!("the user u{n}"), command: format!("aws iam detach {n}") };
        let with = |count| Others { holders: (0..count).map(holder).collect(), ..Others::default() };
        assert!(with(0).refuse("the policy `p`").is_ok());
        let error = with(2).refuse("the policy `p`").expect_err("held");
        assert_eq!(
            error.message,
            "the policy `p` is in use by the user u0 and the user u1, not this stack's, which would lose it"
        );
        assert!(error.hint.is_some_and(|hint| hint.ends_with("again:\naws iam detach 0\naws iam detach 1")));
        assert!(with(9).names().ends_with("the user u5 and 3 more"), "{}", with(9).names());
    }
}
