//! A class of ten, whose run is killed at any change: the next run finishes it, and leaves what an undisturbed one leaves.
//!
//! Every change that the engine makes is tried in each part of a class's life: 10 students with three resources each, of
//! which one needs the other two. What a change is inside of a kind is in memory here, in two
//! halves each; that each real kind survives a kill at each of *its* calls, `tests/sandbox/chaos/one_call.rs` shows with one
//! of each, and `ten` there with the program itself, killed, for a bucket, a role and a topic of each of ten. A copy is to a
//! kind what any resource is, so the two together stand for any kind with any roster.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::aws::Context;
use crate::plan::Plan;
use crate::plan::options::{Goal, Leavers, Options};
use crate::resource::kind::Kind;
use crate::resource::{Registry, Tags};
use crate::session::{Error, Session};
use crate::stack::{Stack, load, load_text};
use crate::testing::aws::context;
use crate::testing::mortal::{Account, Spec, Thing};

const STUDENTS: [&str; 10] = ["ana", "bo", "cy", "dan", "eva", "fay", "gil", "hal", "ida", "jo"];

/// What becomes of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Apply,
    Change,
    Replace,
    /// Two leave, and what is theirs goes; two others come.
    Leave,
    Destroy,
}

impl Part {
    const ALL: [Self; 5] = [Self::Apply, Self::Change, Self::Replace, Self::Leave, Self::Destroy];

    /// The file of this part: who is in the class, and what each gets.
    fn stack(self, registry: &Registry) -> Stack {
        let (text, size) = match self {
            Self::Change => ("second", 1),
            Self::Replace => ("first", 2),
            _ => ("first", 1),
        };
        let students = match self {
            Self::Leave => [&STUDENTS[2..], &["kim", "lou"][..]].concat(),
            _ => STUDENTS.into(),
        };
        let own = format!("for_each: students, text: {text}, size: {size}");
        let file = format!(
            "stack: cloud101\nregion: us-east-1\nrosters: {{ students: [{}] }}\nresources:\n  \
             home: {{ type: class.home, {own}, name: 'home-${{each.key}}' }}\n  \
             news: {{ type: class.home, text: {text} }}\n  \
             role: {{ type: class.role, {own} }}\n  \
             machine: {{ type: class.machine, {own}, tags: {{ of: '${{home.name}}' }}, \
             needs: ['${{home.name}}', '${{role.name}}', '${{news.name}}'] }}\n",
            students.join(", ")
        );
        let options = load::Options { registry: registry.clone(), ..load::Options::default() };
        let stack = load_text(&file, Path::new("stacks/cloud101.yaml"), &options);
        stack.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}"))
    }

    fn goal(self) -> Goal {
        if self == Self::Destroy { Goal::Destroy } else { Goal::Apply }
    }

    fn options(self) -> Options {
        let remove =
            if self == Self::Leave { STUDENTS[..2].iter().map(|key| (*key).to_owned()).collect() } else { [].into() };
        Options { leavers: Leavers { remove, ..Leavers::default() }, ..Options::default() }
    }
}

/// The class of a test: one account, in which each case begins with what was there before it.
struct Class {
    account: Account,
    cx: Context,
    stacks: Vec<(Part, Arc<Stack>)>,
}

impl Class {
    fn new() -> Self {
        Self::with(|account| account.numbered("class.machine"))
    }

    /// In an account that has something of others, whose names are like the class's.
    fn with(machine: impl FnOnce(&Account) -> Arc<dyn Kind>) -> Self {
        let account = Account::default();
        let kinds = [account.named("class.home"), account.named("class.role"), machine(&account)];
        let registry = kinds.into_iter().fold(Registry::empty(), |registry, kind| registry.with(kind));
        let theirs = |kind: &str, name: &str| Thing {
            kind: kind.to_owned(),
            name: name.to_owned(),
            spec: Spec::default(),
            tags: Tags::from([("team".to_owned(), "others".to_owned())]),
        };
        account.add("home-zoe", theirs("class.home", "home-zoe"));
        account.add("n-others", theirs("class.machine", "cloud101-machine-ana"));
        let stacks = Part::ALL.map(|part| (part, Arc::new(part.stack(&registry)))).into();
        Self { account, cx: context(), stacks }
    }

    fn session(&self, part: Part) -> Session {
        let stack = self.stacks.iter().find(|(other, _)| *other == part).map(|(_, stack)| stack.clone());
        Session::new(self.cx.clone(), stack.expect("each part has a stack"))
    }

    async fn plan(&self, part: Part) -> Plan {
        let planned = match self.session(part).plan(part.goal(), &part.options()).await {
            // Everybody who left is gone, which is said with what to do then.
            Err(Error::NoLeaver { others, left, .. }) if others.is_empty() && left.is_empty() => {
                self.session(part).plan(part.goal(), &Options::default()).await
            }
            planned => planned,
        };
        planned.unwrap_or_else(|error| panic!("{error}")).plan
    }

    /// Carries out a part. The answer: whether it came to its end.
    async fn run(&self, part: Part, end: Option<usize>) -> bool {
        self.account.begin(None);
        let plan = Arc::new(self.plan(part).await);
        self.carry_out(part, &plan, end).await
    }

    /// The same of a plan that is made.
    async fn carry_out(&self, part: Part, plan: &Arc<Plan>, end: Option<usize>) -> bool {
        self.account.begin(end);
        let (events, _happened) = unbounded_channel();
        let session = self.session(part);
        let summary = tokio::select! {
            biased;
            () = self.account.ended() => return false,
            summary = session.apply(plan, events, CancellationToken::new()) => summary,
        };
        assert!(summary.is_complete(), "{part:?}: {:?}", summary.failed);
        true
    }

    /// A plan has nothing more to do.
    async fn is_settled(&self, part: Part) {
        self.account.begin(None);
        let plan = self.plan(part).await;
        assert!(plan.is_empty(), "{:?}", plan.changes().map(|step| (&step.address, &step.action)).collect::<Vec<_>>());
        assert_eq!(self.account.changes(), 0, "a plan changed something");
    }
}

/// Kills `part` right after each of its changes. Right before one the account is as right after the one before it, and
/// the next run sees nothing but the account. The answer: how many changes there are.
async fn killed_everywhere(part: Part) -> usize {
    let class = Class::new();
    if part != Part::Apply {
        assert!(class.run(Part::Apply, None).await);
    }
    class.account.begin(None);
    let (before, plan) = (class.account.all(), Arc::new(class.plan(part).await));
    assert!(class.carry_out(part, &plan, None).await);
    let (changes, expected) = (class.account.changes(), class.account.things());
    // And so it is wherever the account is the same.
    class.is_settled(part).await;
    for change in 0..changes {
        class.account.put_back(before.clone());
        assert!(!class.carry_out(part, &plan, Some(change)).await, "{part:?} ended before its change {change}");
        assert!(class.run(part, None).await);
        let there = class.account.things();
        assert!(there == expected, "{part:?} killed after {change} left {there:#?}\ninstead of {expected:#?}");
    }
    changes
}

#[tokio::test]
async fn a_class_of_ten_killed_at_any_change_is_finished_by_the_next_run() {
    // Each creation is two changes, and so is an update with new tags; 31 things: 10 times 3, and one for all.
    for (part, least) in
        [(Part::Apply, 62), (Part::Change, 31), (Part::Replace, 90), (Part::Leave, 18), (Part::Destroy, 31)]
    {
        let changes = killed_everywhere(part).await;
        assert!(changes >= least, "{part:?} has only {changes} changes");
    }
}

/// The proof can fail: a kind whose tags come with a second call leaves what no run finds again.
#[tokio::test]
async fn what_is_made_without_its_tags_is_noticed() {
    let class = Class::with(|account| account.numbered_with_late_tags("class.machine"));
    let before = class.account.all();
    assert!(class.run(Part::Apply, None).await);
    let (changes, expected) = (class.account.changes(), class.account.things());
    let mut left_behind = 0;
    for change in 0..changes {
        class.account.put_back(before.clone());
        assert!(!class.run(Part::Apply, Some(change)).await);
        assert!(class.run(Part::Apply, None).await);
        left_behind += usize::from(class.account.things() != expected);
    }
    // After each of ten machines' first calls.
    assert!(left_behind >= STUDENTS.len(), "{left_behind} of {changes}");
}
