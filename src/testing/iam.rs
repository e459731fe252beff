//! IAM in memory, as far as users and their credentials go: it shows a secret once, allows two keys and one password, and
//! can end a run right before or right after any change, or lose the answer to one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use tokio::sync::Notify;

use crate::model::Tags;

use super::aws::{Answer, Asked, Aws, no, yes};

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The run ends, and IAM never got the call.
    EndsBefore,
    /// The run ends right after IAM has carried it out.
    EndsAfter,
    /// IAM carries it out, and the answer is lost.
    AnswerLost,
}

/// A key or a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// A key's id.
    pub id: String,
    /// The secret half, or the password.
    pub secret: String,
    /// When it was made, in seconds since 1970.
    pub at: i64,
}

/// A user.
#[derive(Debug, Clone, Default)]
pub struct User {
    pub tags: Tags,
    pub keys: Vec<Credential>,
    /// The ids of those that were switched off.
    pub inactive: BTreeSet<String>,
    pub password: Option<Credential>,
    /// Serial numbers.
    pub mfa_devices: Vec<String>,
    path: String,
    id: String,
}

#[derive(Default)]
struct State {
    users: BTreeMap<String, User>,
    /// How many changes there were, and at which one what happens.
    changes: usize,
    fault: Option<(usize, Fault)>,
    has_ended: bool,
    made: i64,
    /// Ids of keys that the list does not show yet.
    unseen: BTreeSet<String>,
    hides_next: bool,
}

/// The account.
#[derive(Clone, Default)]
pub struct Iam {
    state: Arc<Mutex<State>>,
    end: Arc<Notify>,
}

impl Iam {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// AWS with this account.
    pub fn aws(&self) -> Aws {
        let iam = self.clone();
        Aws::with(move |asked| iam.answer(asked))
    }

    /// A user; fails if there is none.
    pub fn user(&self, name: &str) -> User {
        self.state().users.get(name).cloned().unwrap_or_else(|| panic!("there is no user {name}"))
    }

    /// Whether there is one.
    pub fn has(&self, name: &str) -> bool {
        self.state().users.contains_key(name)
    }

    /// Another run begins, in which this happens at the change with this number.
    pub fn begin(&self, fault: Option<(usize, Fault)>) {
        let mut state = self.state();
        (state.changes, state.fault, state.has_ended) = (0, fault, false);
    }

    /// How many changes the run has made.
    pub fn changes(&self) -> usize {
        self.state().changes
    }

    /// Until the run has ended by a fault.
    pub async fn ended(&self) {
        self.end.notified().await;
    }

    /// The next key is not in lists until [`show`](Self::show).
    pub fn hide_next(&self) {
        self.state().hides_next = true;
    }

    /// Lists show everything.
    pub fn show(&self) {
        self.state().unseen.clear();
    }

    /// A key is created by hand.
    pub fn add_key(&self, user: &str, at: i64) -> String {
        let mut state = self.state();
        let key = state.key();
        let id = key.id.clone();
        state.users.entry(user.to_owned()).or_default().keys.push(Credential { at, ..key });
        id
    }

    /// Changes a user by hand.
    pub fn change(&self, user: &str, change: impl FnOnce(&mut User)) {
        change(self.state().users.entry(user.to_owned()).or_default());
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let operation = asked.name.trim_start_matches("iam:");
        let mut state = self.state();
        let is_change = !operation.starts_with("Get") && !operation.starts_with("List");
        let fault = state.fault.filter(|(at, _)| is_change && *at == state.changes).map(|(_, fault)| fault);
        state.changes += usize::from(is_change);
        if state.has_ended || fault == Some(Fault::EndsBefore) {
            state.has_ended = true;
            self.end.notify_one();
            return yes("").never();
        }
        let answer = state.carry_out(operation, asked);
        match fault {
            Some(Fault::EndsAfter) => {
                state.has_ended = true;
                self.end.notify_one();
                answer.never()
            }
            Some(Fault::AnswerLost) => answer.lost(),
            _ => answer,
        }
    }
}

/// Now, by AWS's clock.
pub fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|now| now.as_secs());
    i64::try_from(now.unwrap_or_default()).unwrap_or_default()
}

impl State {
    /// No two are made in the same second.
    fn key(&mut self) -> Credential {
        self.made += 1;
        let (id, secret) = (format!("AKIAIOSFODNN7EXA{:04}", self.made), format!("secret/of+{:04}", self.made));
        Credential { id, secret, at: now() + self.made }
    }

    fn carry_out(&mut self, operation: &str, asked: &Asked) -> Answer {
        let name = said(asked, "UserName").to_owned();
        let found = |result: &str| {
            yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
        };
        let missing = |what: &str| no(404, "NoSuchEntity", &format!("The {what} for {name} cannot be found."));
        if operation == "CreateUser" {
            if self.users.contains_key(&name) {
                return no(409, "EntityAlreadyExists", &format!("User with name {name} already exists."));
            }
            self.made += 1;
            let (path, id) = (said(asked, "Path").to_owned(), format!("AIDA{:04}", self.made));
            self.users.insert(name.clone(), User { tags: tags(asked), path, id, ..User::default() });
        }
        if operation == "ListUsers" {
            let users: String = self.users.iter().map(|(name, user)| member(&shown(name, user))).collect();
            return found(&format!("<Users>{users}</Users>"));
        }
        if operation == "GetAccountPasswordPolicy" {
            return missing("Password Policy");
        }
        let made = self.key();
        let Some(user) = self.users.get_mut(&name) else { return missing("user") };
        match operation {
            "CreateUser" | "GetUser" => found(&format!("<User>{}</User>", shown(&name, user))),
            "TagUser" => {
                user.tags.extend(tags(asked));
                found("")
            }
            "UntagUser" => {
                let keys: Vec<_> = listed(asked, "TagKeys.member.").map(|(_, key)| key.to_owned()).collect();
                user.tags.retain(|key, _| !keys.contains(key));
                found("")
            }
            "ListAccessKeys" => {
                let seen = user.keys.iter().filter(|key| !self.unseen.contains(&key.id));
                let key = |key: &Credential| {
                    let (id, date) = (&key.id, DateTime::from_secs(key.at));
                    let status = if user.inactive.contains(id) { "Inactive" } else { "Active" };
                    member(&format!(
                        "<AccessKeyId>{id}</AccessKeyId><Status>{status}</Status><CreateDate>{date}</CreateDate>"
                    ))
                };
                found(&format!("<AccessKeyMetadata>{}</AccessKeyMetadata>", seen.map(key).collect::<String>()))
            }
            "CreateAccessKey" if user.keys.len() > 1 => {
                no(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
            }
            "CreateAccessKey" => {
                if std::mem::take(&mut self.hides_next) {
                    self.unseen.insert(made.id.clone());
                }
                user.keys.push(made.clone());
                let Credential { id, secret, at } = made;
                found(&format!(
                    "<AccessKey><UserName>{name}</UserName><AccessKeyId>{id}</AccessKeyId><Status>Active</Status>\
                     <SecretAccessKey>{secret}</SecretAccessKey><CreateDate>{}</CreateDate></AccessKey>",
                    DateTime::from_secs(at)
                ))
            }
            "DeleteAccessKey" => {
                let (id, before) = (said(asked, "AccessKeyId").to_owned(), user.keys.len());
                user.keys.retain(|key| key.id != id);
                if user.keys.len() < before { found("") } else { missing("access key") }
            }
            "GetLoginProfile" | "CreateLoginProfile" => {
                if operation == "CreateLoginProfile" {
                    if user.password.is_some() {
                        return no(409, "EntityAlreadyExists", "Login Profile for user already exists.");
                    }
                    assert_eq!(said(asked, "PasswordResetRequired"), "true");
                    user.password = Some(Credential { secret: said(asked, "Password").to_owned(), ..made });
                }
                let Some(password) = &user.password else { return missing("login profile") };
                let date = DateTime::from_secs(password.at);
                let profile = format!("<UserName>{name}</UserName><CreateDate>{date}</CreateDate>");
                found(&format!("<LoginProfile>{profile}</LoginProfile>"))
            }
            "DeleteLoginProfile" if user.password.take().is_none() => missing("login profile"),
            "ListMFADevices" => {
                let device = |number: &String| {
                    let date = DateTime::from_secs(0);
                    member(&format!(
                        "<UserName>{name}</UserName><SerialNumber>{number}</SerialNumber><EnableDate>{date}</EnableDate>"
                    ))
                };
                found(&format!("<MFADevices>{}</MFADevices>", user.mfa_devices.iter().map(device).collect::<String>()))
            }
            "DeactivateMFADevice" => {
                user.mfa_devices.retain(|device| device != said(asked, "SerialNumber"));
                found("")
            }
            "DeleteUser" if !user.keys.is_empty() || user.password.is_some() || !user.mfa_devices.is_empty() => {
                no(409, "DeleteConflict", "Cannot delete entity, must remove its credentials first.")
            }
            "DeleteUser" => {
                self.users.remove(&name);
                found("")
            }
            _ => found(""),
        }
    }
}

fn member(what: &str) -> String {
    format!("<member>{what}</member>")
}

fn shown(name: &str, user: &User) -> String {
    let tag = |(key, value): (&String, &String)| member(&format!("<Key>{key}</Key><Value>{value}</Value>"));
    let tags: String = user.tags.iter().map(tag).collect();
    let User { path, id, .. } = user;
    format!(
        "<Path>{path}</Path><UserName>{name}</UserName><UserId>{id}</UserId><Arn>arn:aws:iam::123456789012:user{path}{name}\
         </Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Tags>{tags}</Tags>"
    )
}

/// What a call says in a field.
fn said<'a>(asked: &'a Asked, field: &str) -> &'a str {
    asked.body.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('=')).unwrap_or_default()
}

/// The fields whose names begin so, and what they say.
fn listed<'a>(asked: &'a Asked, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    asked.body.split('&').filter_map(move |pair| pair.strip_prefix(prefix)?.split_once('='))
}

fn tags(asked: &Asked) -> Tags {
    let key = |(field, key): (&str, &str)| {
        let number = field.strip_suffix(".Key")?;
        Some((key.to_owned(), said(asked, &format!("Tags.member.{number}.Value")).to_owned()))
    };
    listed(asked, "Tags.member.").filter_map(key).collect()
}
