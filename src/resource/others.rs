//! What others have to do with something of the stack's that goes: who holds it, and what of theirs goes or stays.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::aws::ownership::LastApplied;
use crate::aws::{Error, ErrorKind};
use crate::suggest;

use super::{Address, Held, Live};

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

    /// The ids of what is of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &String> {
        self.0.iter().filter(move |(other, _)| other == kind).map(|(_, id)| id)
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
    /// What was in it; `None`: nothing that anybody could put there, or it could not be asked. Not for a saved plan: there
    /// may be secrets in the names.
    #[serde(skip)]
    pub held: Option<Held>,
    /// What ends with it: see [`Resource::along`](super::Resource::along).
    #[serde(skip)]
    pub along: Option<Held>,
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
    pub kind: String,
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
        let message = format!("{what} is in use outside this stack, by {}, which would lose it", self.names());
        let commands: Vec<_> = self.holders.iter().map(|holder| holder.command.as_str()).collect();
        let hint = format!("remove it from there, then run the same command again:\n{}", commands.join("\n"));
        Err(Error { kind: ErrorKind::InUse, ..Error::refused(message) }.with_hint(hint))
    }
}

/// `a, b and 3 more`.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    suggest::some(&names.into_iter().collect::<Vec<_>>(), NAMED, NAMED)
}

/// The buckets, not known to be the stack's, that the policy `property` lets send something here, by the ARN that its
/// conditions name. Nothing where a secret is in it.
pub fn sending_buckets(going: &Going<'_>, property: &str) -> Vec<String> {
    let Some(live) = going.live.filter(|live| !LastApplied::read(&live.tags).hides(property)) else {
        return Vec::new();
    };
    let statements = match &live.spec[property]["Statement"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let conditions =
        statements.into_iter().flat_map(|statement| statement["Condition"].as_object().into_iter().flatten());
    let pairs = conditions.flat_map(|(_, pairs)| pairs.as_object().into_iter().flatten());
    let sources = pairs.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")).map(|(_, value)| value);
    let names = sources.flat_map(crate::model::value::strings).filter_map(|arn| {
        let (_, name) = arn.split_once(":s3:::")?;
        Some(name.split('/').next().unwrap_or_default().to_owned())
    });
    let foreign = names.filter(|name| !name.contains(['*', '?']) && !going.own.has("s3.bucket", name));
    foreign.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What is there and the file does not say.
#[derive(Debug, Clone, PartialEq)]
pub enum Unsaid<'a> {
    /// These values.
    Known(Vec<&'a Value>),
    /// So many more than the file has. A secret was set there, which may be another one by now or stand in the file no
    /// more: so it is not known which of them belong to the stack, and none may be named.
    Hidden(usize),
}

/// The values in the list `property` of `live` that `said` does not have, identified by `key`; nothing if the file
/// refers to what is not known.
pub fn unsaid<'a>(going: &Going<'a>, property: &str, key: impl Fn(&Value) -> Option<String>) -> Unsaid<'a> {
    let list = |of: Option<&'a Value>| of.and_then(|of| of[property].as_array()).into_iter().flatten();
    let said: BTreeSet<_> = list(going.said).filter_map(&key).collect();
    if said.iter().any(|said| super::is_unknown(said)) {
        return Unsaid::Known(Vec::new());
    }
    let live = list(going.live.map(|live| &live.spec));
    if going.live.is_some_and(|live| LastApplied::read(&live.tags).hides(property)) {
        return Unsaid::Hidden(live.count().saturating_sub(list(going.said).count()));
    }
    Unsaid::Known(live.filter(|one| key(one).is_some_and(|key| !said.contains(&key))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::Tags;

    #[test]
    fn buckets_of_others_that_send_something_here_are_named() {
        let source = |arn: Value| json!({ "Condition": { "ArnLike": { "aws:SourceArn": arn } } });
        let policy = json!({ "Statement": [
            source(json!("arn:aws:s3:::theirs")),
            source(json!(["arn:aws:s3:::ours", "arn:aws:s3:::theirs/*", "arn:aws:s3:::more", "arn:aws:s3:::any-*"])),
            { "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } } },
            {},
        ] });
        let live = Live::new("t", json!({ "policy": policy }), Default::default(), Tags::new());
        let own: Own = [("s3.bucket".to_owned(), "ours".to_owned())].into_iter().collect();
        let going = Going { id: "t", live: Some(&live), said: None, own: &own };
        assert_eq!(sending_buckets(&going, "policy"), ["more", "theirs"]);
        assert_eq!(sending_buckets(&going, "nothing"), [""; 0]);
    }

    #[test]
    fn where_a_secret_was_set_nothing_is_named() {
        let tags = |secret: bool| {
            let mut applied = LastApplied::default();
            applied.insert("subscriptions", &json!("any"), secret);
            let ownership = crate::aws::ownership::Ownership {
                stack: "s".into(),
                address: Address::new("t"),
                applied,
                keep: Default::default(),
            };
            ownership.tags()
        };
        let live =
            |tags: Tags| Live::new("t", json!({ "subscriptions": ["old", "by hand"] }), Default::default(), tags);
        let own = Own::default();
        let unsaid = |live: &Live<Value>, said: Value| {
            let going = Going { id: "t", live: Some(live), said: Some(&said), own: &own };
            match unsaid(&going, "subscriptions", |one| Some(one.to_string())) {
                Unsaid::Known(all) => all.into_iter().map(Value::to_string).collect(),
                Unsaid::Hidden(more) => vec![format!("{more} more")],
            }
        };
        let (public, secret) = (live(tags(false)), live(tags(true)));
        assert_eq!(unsaid(&public, json!({ "subscriptions": ["old"] })), ["\"by hand\""]);
        assert_eq!(unsaid(&secret, json!({ "subscriptions": ["new"] })), ["1 more"]);
        assert_eq!(unsaid(&secret, json!({ "subscriptions": ["new", "other"] })), ["0 more"]);
        assert_eq!(unsaid(&secret, json!({})), ["2 more"], "the file has it no more");
    }

    #[test]
    fn holders_are_named_each_with_its_command() {
        let holder = |n| Holder { who: format!("the user u{n}"), command: format!("aws iam detach {n}") };
        let with = |count| Others { holders: (0..count).map(holder).collect(), ..Others::default() };
        assert!(with(0).refuse("the policy `p`").is_ok());
        let error = with(2).refuse("the policy `p`").expect_err("held");
        assert_eq!(
            error.message,
            "the policy `p` is in use outside this stack, by the user u0 and the user u1, which would lose it"
        );
        assert!(error.hint.is_some_and(|hint| hint.ends_with("again:\naws iam detach 0\naws iam detach 1")));
        assert!(with(9).names().ends_with("the user u5 and 3 more"), "{}", with(9).names());
    }
}
