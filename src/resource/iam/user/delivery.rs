//! A console password and an access key, made once and delivered into a file: no call of AWS returns a secret again.
//!
//! The order is: what is no longer wanted goes; a tag says what is about to be made; it is made; the file is on the disk; the
//! tag says what was delivered. Killed in between, the next run finds the tag and what was made since. What is in a file
//! of this computer's is delivered, and only the tag was missing; all else goes, and another is made.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_iam::config::Builder;
use aws_smithy_types::DateTime;

use crate::aws::command::quoted;
use crate::aws::retry::LookFirst;
use crate::aws::{Call, Context, Error, ErrorKind, Result, wait};
use crate::model::credential::HANDED_OUT;
use crate::model::sensitive::Sensitive;
use crate::resource::handed_out::{self, Lines};
use crate::resource::iam::{NEWCOMER, answers, sdk_tags, tags_of};
use crate::resource::others::listed;
use crate::resource::{Live, Tags};

use super::credentials::{access_keys, delete_access_key, delete_password, password};
use super::mark::{AccessKey, ConsolePassword, Credential, Made, Mark, Sorted};
use super::password;
use super::spec::Spec;

/// How many access keys a user can have. No quota raises it (IAM User Guide, "IAM and AWS STS quotas").
const KEYS: usize = 2;
/// How long it is looked for what a call without an answer may have made.
const SHOWN: Duration = Duration::from_secs(5);
/// What a file says of a password, and of an access key.
pub const LABELS_OF_PASSWORD: [&str; 2] = [HANDED_OUT[0], "Password created"];
pub const LABELS_OF_KEY: [&str; 2] = ["Access key ID", HANDED_OUT[1]];

/// One that was made a moment ago.
struct Fresh {
    credential: Credential,
    made: Made,
    lines: Lines,
}

impl Credential {
    async fn sorted(self, cx: &Context, user: &str, mark: Option<&Mark>) -> Result<Sorted> {
        Ok(match self {
            ConsolePassword => Sorted::of_one(mark, password(cx, user).await?),
            AccessKey => Sorted::of(mark, access_keys(cx, user).await?),
        })
    }

    async fn delete(self, cx: &Context, user: &str, made: &Made) -> Result<()> {
        match self {
            ConsolePassword => delete_password(cx, user).await,
            AccessKey => delete_access_key(cx, user, &made.id).await,
        }
    }

    /// The value that only the file of this very one has.
    fn named(self, made: &Made) -> String {
        match self {
            ConsolePassword => date(made.at),
            AccessKey => made.id.clone(),
        }
    }

    /// What is to be known of those of others.
    fn note(self, user: &str, others: &[Made]) -> Option<String> {
        let user = quoted(user);
        match (self, others) {
            (_, []) => None,
            (ConsolePassword, _) => Some(format!(
                "its console password was not set by cloud101, which leaves it as it is: for one in a hand-out delete it \
                 first with `aws iam delete-login-profile --user-name {user}`"
            )),
            (AccessKey, others) => Some(format!(
                "it has an access key that cloud101 did not create, which stays as long as the user does: {}",
                ids(others)
            )),
        }
    }
}

fn ids(all: &[Made]) -> String {
    listed(all.iter().map(|made| made.id.as_str()))
}

pub fn date(seconds: i64) -> String {
    DateTime::from_secs(seconds).to_string()
}

/// Adds to what is there which credentials were delivered, as far as the file or a tag says something of them.
pub async fn look(cx: &Context, live: &mut Live<Spec>, said: &Spec) -> Result<()> {
    for credential in Credential::ALL {
        let (wanted, mark) = (said.delivers(credential), Mark::read(&live.tags, credential.tag()));
        if wanted.is_none() && mark.is_none() {
            continue;
        }
        let wanted = wanted == Some(true);
        let sorted = credential.sorted(cx, &live.id, mark.as_ref()).await?;
        // There can be no second password.
        let is_taken = credential == ConsolePassword && wanted && !sorted.of_others.is_empty();
        live.spec.set_delivered(credential, is_taken || sorted.shows(wanted));
        live.notes.extend(credential.note(&live.id, &sorted.of_others));
    }
    Ok(())
}

/// What is to be done about one credential.
struct Task {
    credential: Credential,
    mark: Option<Mark>,
    /// What goes.
    going: Vec<Made>,
    /// What is in a file, and was not yet marked so.
    found: Option<Made>,
    /// What is of others.
    before: Vec<Made>,
    is_wanted: bool,
    is_made: bool,
}

impl Task {
    /// `planned`: the tags that the plan saw, and whether it saw that the credential was delivered. What has been delivered
    /// since is not made again, nor what a list did not show to the plan.
    async fn of(
        cx: &Context,
        user: &str,
        credential: Credential,
        is_wanted: bool,
        (planned, was_delivered, now): (&Tags, bool, &Tags),
    ) -> Result<Self> {
        let read = |tags| Mark::read(tags, credential.tag());
        let mark = read(now);
        let mut sorted = credential.sorted(cx, user, mark.as_ref()).await?;
        let is_filed = |made: &Made| {
            let title = handed_out::title(user, &cx.place.account);
            let says = |folder: &Path| handed_out::says(folder, user, &title, &credential.named(made));
            cx.credentials_to.as_deref().is_some_and(says)
        };
        let filed = sorted.lost.iter().position(is_filed).filter(|_| is_wanted && sorted.handed_out.is_none());
        let found = filed.map(|at| sorted.lost.remove(at));
        let delivered = sorted.handed_out.is_some();
        let is_same =
            read(planned).and_then(|mark| mark.handed_out) == mark.as_ref().and_then(|m| m.handed_out.clone());
        // A change is asked for and nothing is missing: it is to be another one.
        let renews = is_wanted && delivered && was_delivered && is_same && sorted.lost.is_empty();
        let mut going = sorted.lost;
        if !is_wanted || renews {
            going.extend(sorted.handed_out);
        }
        let is_there = found.is_some() || delivered && !renews;
        let is_free = credential == AccessKey || sorted.of_others.is_empty();
        let is_made = is_wanted && !is_there && is_free;
        Ok(Self { credential, mark, going, found, before: sorted.of_others, is_wanted, is_made })
    }

    /// Refuses what AWS would refuse.
    fn check(&self, user: &str) -> Result<()> {
        if !self.is_made || self.credential != AccessKey || self.before.len() < KEYS {
            return Ok(());
        }
        let message = format!(
            "the user `{user}` already has {KEYS} access keys that cloud101 did not create, which is as many as AWS allows: {}",
            ids(&self.before)
        );
        let user = quoted(user);
        let command = format!("aws iam delete-access-key --user-name {user} --access-key-id {}", self.before[0].id);
        Err(Error { kind: ErrorKind::Quota, ..Error::refused(message) }.with_hint(format!(
            "delete one that is no longer used, for example `{command}`, then run the same command again"
        )))
    }
}

/// Brings the credentials that `touches` names to what `target` says. `planned`: what the plan saw; `None`: no user.
pub async fn settle(
    cx: &Context,
    user: &str,
    target: &Spec,
    planned: Option<&Live<Spec>>,
    touches: impl Fn(&str) -> bool,
) -> Result<()> {
    let touched: Vec<_> = Credential::ALL.into_iter().filter(|credential| touches(credential.property())).collect();
    if touched.is_empty() {
        return Ok(());
    }
    let now = wait::poll_until(&format!("IAM to show the user `{user}`"), NEWCOMER, || async {
        Ok(answers::user(cx, user).await?.map(|user| tags_of(user.tags)))
    })
    .await?;
    let mut tasks = Vec::new();
    for credential in touched {
        let is_wanted = target.delivers(credential) == Some(true);
        let none = Tags::new();
        let tags = planned.map_or(&none, |live| &live.tags);
        let was_delivered = planned.is_some_and(|live| live.spec.delivers(credential) == Some(true));
        let task = Task::of(cx, user, credential, is_wanted, (tags, was_delivered, &now)).await?;
        task.check(user)?;
        tasks.push(task);
    }
    let folder = match tasks.iter().any(|task| task.is_made) {
        true => Some(handed_out::folder(cx)?),
        false => None,
    };
    for task in &tasks {
        for made in &task.going {
            task.credential.delete(cx, user, made).await?;
        }
    }
    let found = |task: &Task| {
        let mark = task.mark.clone()?.handed_out(task.found.as_ref()?);
        Some((task.credential.tag().to_owned(), mark.text()))
    };
    mark(cx, user, tasks.iter().filter_map(found).collect()).await?;
    let unwanted = tasks.iter().filter(|task| !task.is_wanted && task.mark.is_some());
    unmark(cx, user, unwanted.map(|task| task.credential.tag().to_owned()).collect()).await?;
    match folder {
        Some(folder) => make(cx, user, folder, tasks.iter().filter(|task| task.is_made).collect()).await,
        None => Ok(()),
    }
}

/// Makes what is missing, and delivers it in one file. What could be made is delivered if another could not.
async fn make(cx: &Context, user: &str, folder: &Path, tasks: Vec<&Task>) -> Result<()> {
    let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let began = i64::try_from(began).unwrap_or(i64::MAX);
    let marks: Vec<_> = tasks.iter().map(|task| (task.credential, Mark::pending(began, &task.before))).collect();
    let tag = |(credential, mark): &(Credential, Mark)| (credential.tag().to_owned(), mark.text());
    mark(cx, user, marks.iter().map(tag).collect()).await?;
    let mut fresh = Vec::new();
    let mut failure = None;
    for (credential, mark) in &marks {
        match one(cx, user, *credential, mark).await {
            Ok(one) => fresh.push(one),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if !fresh.is_empty() {
        let mut lines: Lines = vec![("Sign in at", sign_in(cx).into()), ("User name", user.to_owned().into())];
        lines.extend(fresh.iter_mut().flat_map(|fresh| std::mem::take(&mut fresh.lines)));
        let title = handed_out::title(user, &cx.place.account);
        if let Err(error) = handed_out::write(folder, user, &title, &lines) {
            for Fresh { credential, made, .. } in &fresh {
                // The tag says that it is lost, for the next run.
                if let Err(error) = credential.delete(cx, user, made).await {
                    tracing::debug!(%error, "what could not be delivered could not be deleted");
                }
            }
            return Err(handed_out::unwritable(folder, &error));
        }
        let delivered = |fresh: &Fresh| {
            let (_, mark) = marks.iter().find(|(credential, _)| *credential == fresh.credential)?;
            Some((fresh.credential.tag().to_owned(), mark.clone().handed_out(&fresh.made).text()))
        };
        mark(cx, user, fresh.iter().filter_map(delivered).collect()).await?;
    }
    failure.map_or(Ok(()), Err)
}

/// The page where a user of the account signs in (IAM User Guide, "How IAM users sign in to AWS").
fn sign_in(cx: &Context) -> String {
    let domain = match cx.place.partition.as_str() {
        "aws-cn" => "signin.amazonaws.cn",
        "aws-us-gov" => "signin.amazonaws-us-gov.com",
        _ => "signin.aws.amazon.com",
    };
    format!("https://{}.{domain}/console", cx.place.account)
}

/// Makes one. A call without an answer may have made something, which goes before the next: its secret is lost.
async fn one(cx: &Context, user: &str, credential: Credential, mark: &Mark) -> Result<Fresh> {
    let is_free = AtomicBool::new(true);
    let attempt = || async {
        let answer = match credential {
            ConsolePassword => login_profile(cx, user).await,
            AccessKey => access_key(cx, user).await,
        };
        if let Err(error) = &answer {
            let is_doubtful = error.may_have_worked() || matches!(error.kind, ErrorKind::Exists | ErrorKind::Quota);
            let room = is_doubtful && sweep(cx, user, credential, mark, error.may_have_worked()).await?;
            is_free.store(room, Ordering::Relaxed);
        }
        answer
    };
    // A new user may not be known everywhere, and an old password not yet be forgotten.
    let passing = |error: &Error| match error.kind {
        ErrorKind::Exists | ErrorKind::Quota => is_free.load(Ordering::Relaxed),
        _ => error.may_have_worked() || error.is_not_found() || error.is(&["EntityTemporarilyUnmodifiable"]),
    };
    wait::retry_while(&format!("IAM to create the {}", words(credential)), NEWCOMER, passing, attempt).await
}

fn words(credential: Credential) -> &'static str {
    match credential {
        ConsolePassword => "console password",
        AccessKey => "access key",
    }
}

/// Takes away what a lost call made, which IAM may show a moment later: whether it is waited for. Whether there is nothing
/// of others in the way.
async fn sweep(cx: &Context, user: &str, credential: Credential, mark: &Mark, waits: bool) -> Result<bool> {
    let look = || async {
        let sorted = credential.sorted(cx, user, Some(mark)).await?;
        Ok((!waits || !sorted.lost.is_empty()).then_some(sorted))
    };
    let sorted = match wait::poll_until("IAM to show what was created", SHOWN, look).await {
        Ok(sorted) => sorted,
        Err(error) if error.kind == ErrorKind::TimedOut => return Ok(true),
        Err(error) => return Err(error),
    };
    for made in &sorted.lost {
        credential.delete(cx, user, made).await?;
    }
    let room = if credential == AccessKey { KEYS } else { 1 };
    Ok(sorted.of_others.len() < room)
}

async fn login_profile(cx: &Context, user: &str) -> Result<Fresh> {
    let password = password::new(cx).await?;
    let call = cx.clients.iam.create_login_profile().user_name(user).password(password.reveal());
    let alone = Builder::default().retry_classifier(LookFirst);
    let call = call.password_reset_required(true).customize().config_override(alone);
    let answer = call.send().await.call("iam:CreateLoginProfile")?;
    let profile =
        answer.login_profile.ok_or_else(|| Error::unexpected("iam:CreateLoginProfile", "no login profile"))?;
    let at = profile.create_date.secs();
    let made = Made { id: at.to_string(), at };
    let [label, created] = LABELS_OF_PASSWORD;
    let lines = vec![(label, password), (created, date(at).into())];
    Ok(Fresh { credential: ConsolePassword, made, lines })
}

async fn access_key(cx: &Context, user: &str) -> Result<Fresh> {
    // One in 64 begins with what a spreadsheet takes for a formula, and a table of hand-outs could not hold it as it is.
    loop {
        let fresh = any_access_key(cx, user).await?;
        let is_formula = |(_, value): &(&str, Sensitive<String>)| value.reveal().starts_with('+');
        if !fresh.lines.iter().any(is_formula) {
            return Ok(fresh);
        }
        delete_access_key(cx, user, &fresh.made.id).await?;
    }
}

async fn any_access_key(cx: &Context, user: &str) -> Result<Fresh> {
    let alone = Builder::default().retry_classifier(LookFirst);
    let call = cx.clients.iam.create_access_key().user_name(user).customize().config_override(alone);
    let answer = call.send().await.call("iam:CreateAccessKey")?;
    let key = answer.access_key.ok_or_else(|| Error::unexpected("iam:CreateAccessKey", "no access key"))?;
    let at = key.create_date.map_or(0, |date| date.secs());
    let [id, secret] = LABELS_OF_KEY;
    let lines = vec![(id, key.access_key_id.clone().into()), (secret, key.secret_access_key.into())];
    Ok(Fresh { credential: AccessKey, made: Made { id: key.access_key_id, at }, lines })
}

/// Sets tags, if there are any to set. A new user may not be known everywhere.
async fn mark(cx: &Context, user: &str, tags: Tags) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let tags = sdk_tags(&tags)?;
    let attempt = || async {
        let call = cx.clients.iam.tag_user().user_name(user).set_tags(Some(tags.clone()));
        call.send().await.call("iam:TagUser").map(drop)
    };
    wait::retry_while(&format!("IAM to know the user `{user}`"), NEWCOMER, Error::is_not_found, attempt).await
}

async fn unmark(cx: &Context, user: &str, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let call = cx.clients.iam.untag_user().user_name(user).set_tag_keys(Some(keys));
    call.send().await.call_if_found("iam:UntagUser").map(drop)
}
