//! Users with a console password and an access key, whose run is ended before or after any change, or loses an answer: the
//! next run leaves one key and one password, and both are in a hand-out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::apply::Summary;
use crate::plan::Plan;
use crate::plan::options::{Goal, Options};
use crate::resource::iam::user::User;
use crate::resource::{Address, Erased, Registry};
use crate::session::{Error, Session};
use crate::stack::{Stack, load, load_text};
use crate::testing::addresses;
use crate::testing::iam::{Fault, Iam, now};

const USER: &str = "cloud101-ana";
const BOTH: &str = "console_password: true, access_key: true";
const KEY: &str = "cloud101:access-key";

fn stack(properties: &str) -> Arc<Stack> {
    let registry = Registry::empty().with(Erased::shared(User));
    let text =
        format!("stack: cloud101\nregion: us-east-1\nresources: {{ ana: {{ type: iam.user, {properties} }} }}\n");
    let options = load::Options { registry, ..load::Options::default() };
    let stack = load_text(&text, Path::new("stacks/cloud101.yaml"), &options);
    Arc::new(stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")))
}

/// One account, and the folder of one computer.
struct Class {
    iam: Iam,
    folder: TempDir,
}

impl Class {
    fn new() -> Self {
        Self { iam: Iam::default(), folder: tempfile::tempdir().unwrap() }
    }

    /// The same account, on another computer.
    fn elsewhere(&self) -> Self {
        Self { iam: self.iam.clone(), folder: tempfile::tempdir().unwrap() }
    }

    fn session(&self, properties: &str) -> Session {
        Session::new(self.iam.aws().context(), stack(properties)).with_credentials_to(self.folder.path())
    }

    async fn plan(&self, properties: &str, goal: Goal, options: &Options) -> Plan {
        self.iam.begin(None);
        let planned = self.session(properties).plan(goal, options).await;
        planned.unwrap_or_else(|error| panic!("{error}")).plan
    }

    /// Plans, and carries that out with a fault; `None`: it was ended.
    async fn run(&self, part: &Part, fault: Option<(usize, Fault)>) -> Option<Summary> {
        let plan = Arc::new(self.plan(part.properties, part.goal, &part.options).await);
        self.carry_out(part.properties, &plan, fault).await
    }

    async fn carry_out(&self, properties: &str, plan: &Arc<Plan>, fault: Option<(usize, Fault)>) -> Option<Summary> {
        self.iam.begin(fault);
        let (events, _happened) = unbounded_channel();
        let session = self.session(properties);
        let summary = tokio::select! {
            biased;
            () = self.iam.ended() => return None,
            summary = session.apply(plan, events, CancellationToken::new()) => summary,
        };
        Some(summary)
    }

    async fn completes(&self, part: &Part) {
        let summary = self.run(part, None).await.expect("nothing ends it");
        assert!(summary.is_complete(), "{:?}", summary.failed);
    }

    /// A plan has nothing more to do, and says so of what it asks without changing anything.
    async fn is_settled(&self, properties: &str) {
        let plan = self.plan(properties, Goal::Apply, &Options::default()).await;
        assert!(plan.is_empty(), "{:?}", plan.changes().map(|step| &step.changes).collect::<Vec<_>>());
        assert_eq!(self.iam.changes(), 0, "a plan changed something");
    }

    /// What has been handed out here, by the names of the files.
    fn hand_outs(&self) -> Vec<(String, String)> {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let mut texts: Vec<_> = files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect();
        texts.sort();
        texts
    }
}

/// A part of a user's life.
struct Part {
    name: &'static str,
    /// What the file says before, and what it says then.
    before: Option<&'static str>,
    properties: &'static str,
    goal: Goal,
    options: Options,
}

impl Part {
    fn all() -> [Self; 5] {
        let part = |name, before, properties| Self {
            name,
            before,
            properties,
            goal: Goal::Apply,
            options: Options::default(),
        };
        let renew = Options { renew: addresses(["ana"]), ..Options::default() };
        [
            part("a new user", None, BOTH),
            part("one that gets them later", Some("groups: []"), BOTH),
            Self { options: renew, ..part("a lost hand-out", Some(BOTH), BOTH) },
            part("one that has them no more", Some(BOTH), "console_password: false, access_key: false"),
            Self { goal: Goal::Destroy, ..part("one that goes", Some(BOTH), BOTH) },
        ]
    }

    /// What must be so after it, whatever happened: `folders` are those of all computers.
    fn holds(&self, iam: &Iam, folders: &[&Class], case: &str) {
        if self.goal == Goal::Destroy {
            assert!(!iam.has(USER), "{case}");
            return;
        }
        let user = iam.user(USER);
        let has = usize::from(self.properties == BOTH);
        assert_eq!((user.keys.len(), usize::from(user.password.is_some())), (has, has), "{case}: {user:?}");
        let texts: Vec<_> = folders.iter().flat_map(|class| class.hand_outs()).map(|(_, text)| text).collect();
        for key in &user.keys {
            let both = format!("Access key ID\n  {}\n\nSecret access key\n  {}\n", key.id, key.secret);
            assert!(texts.iter().any(|text| text.contains(&both)), "{case}: no hand-out has {key:?}: {texts:?}");
            assert!(user.tags[KEY].starts_with(&format!("{} ", key.id)), "{case}: {:?}", user.tags);
        }
        if let Some(password) = &user.password {
            let line = format!("\n  {}\n", password.secret);
            assert!(texts.iter().any(|text| text.contains(&line)), "{case}: no hand-out has the password: {texts:?}");
        }
        // Nothing that was secret is anywhere else.
        for secret in user.keys.iter().chain(&user.password).map(|one| &one.secret) {
            assert!(user.tags.values().all(|value| !value.contains(secret)), "{case}");
        }
    }
}

/// Tries each change of a part with `fault`; the answer: how many there are.
async fn spoilt(part: &Part, fault: Fault) -> usize {
    for change in 0.. {
        let (class, case) = (Class::new(), format!("{}, {fault:?} at {change}", part.name));
        if let Some(properties) = part.before {
            class.completes(&Part { properties, goal: Goal::Apply, options: Options::default(), ..same(part) }).await;
        }
        match class.run(part, Some((change, fault))).await {
            Some(summary) if class.iam.changes() <= change => {
                assert!(summary.is_complete());
                return change;
            }
            Some(summary) => {
                assert_eq!(fault, Fault::AnswerLost, "{case}: it was not ended");
                // The SDK would make other calls again: here it does not.
                if !summary.is_complete() {
                    class.completes(&Part { options: Options::default(), ..same(part) }).await;
                }
                part.holds(&class.iam, &[&class], &case);
            }
            None => {
                // The next run is on this computer, or on another, which has none of the files.
                for next in [None, Some(class.elsewhere())] {
                    let here = next.as_ref().unwrap_or(&class);
                    here.completes(&Part { options: Options::default(), ..same(part) }).await;
                    part.holds(&class.iam, &[&class, here], &case);
                }
            }
        }
        if part.goal == Goal::Apply {
            class.is_settled(part.properties).await;
        }
    }
    unreachable!("some run comes to its end")
}

fn same(part: &Part) -> Part {
    Part { options: part.options.clone(), ..*part }
}

#[tokio::test]
async fn a_run_that_ends_anywhere_leaves_no_credential_without_a_hand_out() {
    for part in Part::all() {
        for fault in [Fault::EndsBefore, Fault::EndsAfter] {
            let changes = spoilt(&part, fault).await;
            assert!(changes >= 3, "{} has only {changes} changes", part.name);
        }
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_no_credential_without_a_hand_out() {
    for part in Part::all() {
        spoilt(&part, Fault::AnswerLost).await;
    }
}

/// What a call without an answer has created goes, and another is created, in the same run.
#[tokio::test]
async fn a_lost_secret_does_not_stop_the_run() {
    let part = &Part::all()[0];
    for change in [2, 3] {
        let class = Class::new();
        let summary = class.run(part, Some((change, Fault::AnswerLost))).await.unwrap();
        assert!(summary.is_complete(), "{:?}", summary.failed);
        part.holds(&class.iam, &[&class], "a lost secret");
        class.is_settled(BOTH).await;
    }
}

/// The other computer begins while nothing is left of the first one's files.
#[tokio::test]
async fn a_key_whose_hand_out_is_on_another_computer_is_created_again() {
    let part = &Part::all()[0];
    // CreateUser, the mark, the password, the key; then the file, and the mark that says so.
    let class = Class::new();
    assert!(class.run(part, Some((4, Fault::EndsBefore))).await.is_none());
    let first = class.iam.user(USER).keys;
    assert_eq!((first.len(), class.hand_outs().len()), (1, 1), "the file was written");
    let other = class.elsewhere();
    other.completes(part).await;
    let second = class.iam.user(USER).keys;
    assert!(second.len() == 1 && second != first);
    assert_eq!(other.hand_outs().len(), 1);

    // Here it is found.
    let class = Class::new();
    assert!(class.run(part, Some((4, Fault::EndsBefore))).await.is_none());
    let first = class.iam.user(USER).keys;
    class.completes(part).await;
    assert_eq!((class.iam.user(USER).keys, class.hand_outs().len()), (first, 1));
    class.is_settled(BOTH).await;
}

#[tokio::test]
async fn a_key_that_iam_shows_late_goes_with_the_next_run() {
    let part = &Part::all()[0];
    let class = Class::new();
    class.iam.hide_next();
    assert!(class.run(part, Some((3, Fault::EndsAfter))).await.is_none());
    class.completes(part).await;
    assert_eq!(class.iam.user(USER).keys.len(), 2, "the first is not in lists yet");
    class.iam.show();
    let plan = class.plan(BOTH, Goal::Apply, &Options::default()).await;
    assert_eq!(plan.changes().count(), 1);
    let before = class.hand_outs();
    class.completes(part).await;
    part.holds(&class.iam, &[&class], "shown late");
    assert_eq!(class.hand_outs(), before, "the second key stays");
    class.is_settled(BOTH).await;
}

#[tokio::test]
async fn keys_of_others_are_named_and_kept() {
    let class = Class::new();
    let part = &Part::all()[0];
    class.completes(&Part { properties: "access_key: false", ..same(part) }).await;
    let theirs = class.iam.add_key(USER, now() - 3600);
    class.iam.change(USER, |user| {
        let key = user.keys[0].clone();
        user.password = Some(key);
    });
    let plan = class.plan(BOTH, Goal::Apply, &Options::default()).await;
    let notes = plan.steps[0].notes.join("\n");
    assert!(
        notes.contains(&format!(
            "an access key that cloud101 did not create, which stays as long as the user does: {theirs}"
        )),
        "{notes}"
    );
    assert!(notes.contains("aws iam delete-login-profile --user-name cloud101-ana"), "{notes}");
    class.completes(part).await;
    let user = class.iam.user(USER);
    assert_eq!((user.keys.len(), &user.keys[0].id), (2, &theirs));
    assert!(user.tags[KEY].ends_with(&format!(" {theirs}")), "{:?}", user.tags);
    let [(_, text)] = &class.hand_outs()[..] else { panic!("one file") };
    assert!(text.contains("Secret access key") && !text.contains("Password"), "{text}");
    class.is_settled(BOTH).await;
    // What the file no longer wants is cloud101's own.
    class.completes(&Part { properties: "console_password: false, access_key: false", ..same(part) }).await;
    let user = class.iam.user(USER);
    assert_eq!((user.keys.len(), &user.keys[0].id, user.password.is_some()), (1, &theirs, true));

    // With two of theirs there is no room, which is said before anything is changed.
    class.iam.add_key(USER, now() - 60);
    let before = class.iam.user(USER);
    let summary = class.run(&Part { properties: "access_key: true", ..same(part) }, None).await.unwrap();
    let (_, error) = &summary.failed[0];
    assert!(error.message.contains("already has 2 access keys that cloud101 did not create"), "{error}");
    assert!(error.hint.as_ref().is_some_and(|hint| hint.contains(&format!("--access-key-id {theirs}"))), "{error:?}");
    assert_eq!(class.iam.user(USER).keys, before.keys);
    assert!(!class.iam.user(USER).tags.contains_key(KEY));
}

#[tokio::test]
async fn a_key_that_was_deleted_by_hand_is_drift_and_a_lost_hand_out_is_renewed_on_request() {
    let (class, part) = (Class::new(), &Part::all()[0]);
    class.completes(part).await;
    class.iam.change(USER, |user| user.keys.clear());
    let plan = class.plan(BOTH, Goal::Apply, &Options::default()).await;
    let paths: Vec<_> = plan.changes().flat_map(|step| &step.changes).map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["access_key"]);
    assert!(plan.steps[0].notes.iter().any(|note| note.starts_with("AWS shows the access key only once")));
    class.completes(part).await;
    let names: Vec<_> = class.hand_outs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["cloud101-ana-2.txt", "cloud101-ana.txt"]);

    let before = class.iam.user(USER);
    class.completes(&Part::all()[2]).await;
    let after = class.iam.user(USER);
    assert!(after.keys != before.keys && after.password != before.password);
    part.holds(&class.iam, &[&class], "renewed");
    class.is_settled(BOTH).await;

    let renew = Options { renew: addresses(["ana"]), ..Options::default() };
    let refused = class.session("groups: []").plan(Goal::Apply, &renew).await.err();
    assert!(matches!(&refused, Some(Error::NothingToRenew(address)) if *address == Address::new("ana")), "{refused:?}");
}

/// A user of a roster, with a card.
fn with_card() -> Session {
    let registry = Registry::empty().with(Erased::shared(User));
    let text = format!(
        "stack: cloud101\nregion: us-east-1\nrosters: {{ students: [ana] }}\n\
         resources: {{ user: {{ type: iam.user, for_each: students, {BOTH} }} }}\n\
         handout: {{ for_each: students, lines: {{ Name: '${{user.name}}' }} }}\n"
    );
    let options = load::Options { registry, ..load::Options::default() };
    let stack = load_text(&text, Path::new("stacks/cloud101.yaml"), &options);
    Session::new(Iam::default().aws().context(), stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")))
}

/// What a hand-out can say is asked of AWS at that moment: a key that was rotated or switched off, a password that was set again.
#[tokio::test]
async fn a_hand_out_has_only_what_is_in_use() {
    use crate::resource::handed_out::{self, Useless};
    let iam = Iam::default();
    let folder = tempfile::tempdir().unwrap();
    let session = |iam: &Iam| {
        let session = with_card();
        Session { cx: iam.aws().context(), ..session }.with_credentials_to(folder.path())
    };
    let none = session(&iam).handout(&Default::default(), true).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (none.cards.ready.len(), none.cards.lacking.len(), none.holders.len()),
        (0, 1, 0),
        "who is not there has none"
    );
    let planned = session(&iam).plan(Goal::Apply, &Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let summary = session(&iam).apply(&Arc::new(planned.plan), unbounded_channel().0, CancellationToken::new()).await;
    assert!(summary.is_complete(), "{:?}", summary.failed);
    let name = "cloud101-user-ana";
    let found = async || {
        let handed_out = session(&iam).handout(&Default::default(), true).await;
        let handed_out = handed_out.unwrap_or_else(|error| panic!("{error}"));
        let [holder] = handed_out.holders.as_slice() else { panic!("one holder") };
        assert_eq!(holder.id, name);
        let title = handed_out::title(name, "123456789012");
        let found =
            handed_out::read(folder.path(), name, &title, &holder.in_use, |property| holder.wanted.contains(property));
        let values: Vec<_> = found.lines.into_iter().map(|(_, value)| value.into_revealed()).collect();
        (values, found.useless)
    };
    let user = iam.user(name);
    let (key, password) = (user.keys[0].clone(), user.password.clone().unwrap());
    let (values, useless) = found().await;
    assert!(values.contains(&key.secret) && values.contains(&password.secret) && useless.is_empty(), "{values:?}");
    // Without being asked for, nothing is.
    assert!(
        session(&iam).handout(&Default::default(), false).await.is_ok_and(|handed_out| handed_out.holders.is_empty())
    );

    iam.change(name, |user| user.inactive = [user.keys[0].id.clone()].into());
    let (values, useless) = found().await;
    assert!(!values.contains(&key.secret) && values.contains(&password.secret), "{values:?}");
    assert_eq!(useless, [("access_key", Useless::Inactive)]);
    // By hand, another is in its place; and another password.
    iam.change(name, |user| {
        user.keys.clear();
        user.password = Some(crate::testing::iam::Credential { at: password.at + 86_400, ..password.clone() });
    });
    iam.add_key(name, now());
    let (values, useless) = found().await;
    assert!(values.is_empty(), "{values:?}");
    assert_eq!(useless, [("console_password", Useless::Gone), ("access_key", Useless::Gone)]);
}

#[tokio::test]
async fn nothing_is_changed_where_the_hand_out_could_not_be_written() {
    let (class, part) = (Class::new(), &Part::all()[0]);
    let file = class.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let plan = Arc::new(class.plan(BOTH, Goal::Apply, &Options::default()).await);
    class.iam.begin(None);
    for session in
        [class.session(BOTH).with_credentials_to(&file), Session::new(class.iam.aws().context(), stack(BOTH))]
    {
        let summary = session.apply(&plan, unbounded_channel().0, CancellationToken::new()).await;
        assert_eq!(summary.failed.len(), 1);
        assert_eq!(class.iam.changes(), 0);
    }
    assert!(!class.iam.has(USER));
    // What can't be handed out at last is taken back.
    class.completes(&Part { properties: "groups: []", ..same(part) }).await;
    for number in 1..1000 {
        let name = if number == 1 { format!("{USER}.txt") } else { format!("{USER}-{number}.txt") };
        fs::write(class.folder.path().join(name), "").unwrap();
    }
    let summary = class.run(part, None).await.unwrap();
    assert!(summary.failed[0].1.message.contains("can't be written"), "{:?}", summary.failed);
    let user = class.iam.user(USER);
    assert!(user.keys.is_empty() && user.password.is_none());
}

#[tokio::test]
async fn what_a_user_got_since_the_plan_is_not_ended_by_its_deletion() {
    let (class, part) = (Class::new(), &Part::all()[0]);
    class.completes(part).await;
    let plan = Arc::new(class.plan(BOTH, Goal::Destroy, &Options::default()).await);
    let notes = plan.steps[0].notes.join("\n");
    assert!(notes.contains("its console password and 1 access key end with it"), "{notes}");
    class.iam.change(USER, |user| user.mfa_devices.push("arn:aws:iam::123456789012:mfa/ana".to_owned()));
    let summary = class.carry_out(BOTH, &plan, None).await.unwrap();
    let (_, error) = &summary.failed[0];
    assert!(error.message.ends_with("1 credential came to it since, and would be lost"), "{error}");
    let user = class.iam.user(USER);
    assert_eq!((user.keys.len(), user.mfa_devices.len()), (1, 1));
    class.completes(&Part { goal: Goal::Destroy, ..same(part) }).await;
    assert!(!class.iam.has(USER));
}
