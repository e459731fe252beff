//! What is called left, and what is not.

use crate::aws::ownership;
use crate::aws::{Error, ErrorKind, Result};
use crate::evidence::left_behind::{BIN, DISK, INSTANCE, INTERFACE, LOG_GROUP, SNAPSHOT, SUBSCRIPTION};
use crate::evidence::{Evidence, Question, Seen, Thing};

use super::*;

/// What the account shows, as tests put it together.
#[derive(Default)]
struct World {
    answers: Vec<(Question, Result<Seen>)>,
    known: Baseline,
}

fn question(what: &'static str, region: &str) -> Question {
    Question {
        what: what.to_owned(),
        asked: "some:Call".to_owned(),
        region: (!region.is_empty()).then(|| region.to_owned()),
    }
}

fn thing(id: &str) -> Thing {
    Thing { id: id.to_owned(), name: id.to_owned(), ..Thing::default() }
}

fn marked(id: &str, stack: &str) -> Thing {
    let tags = [(ownership::STACK, stack), (ownership::RESOURCE, "thing")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    Thing { tags: tags.into(), ..thing(id) }
}

fn denied() -> Error {
    Error { kind: ErrorKind::Denied, ..Error::unexpected("sns:ListTopics", "no") }
}

impl World {
    fn new() -> Self {
        Self { known: Baseline { stack: "class".to_owned(), ..Baseline::default() }, ..Self::default() }
    }

    fn shows(mut self, what: &'static str, region: &str, things: impl IntoIterator<Item = Thing>) -> Self {
        let things: Vec<_> = things.into_iter().collect();
        let seen = Seen { count: Some(things.len()), things, unread: Vec::new() };
        self.answers.push((question(what, region), Ok(seen)));
        self
    }

    fn refuses(mut self, what: &'static str, region: &str, error: Error) -> Self {
        self.answers.push((question(what, region), Err(error)));
        self
    }

    fn knows(mut self, change: impl FnOnce(&mut Baseline)) -> Self {
        change(&mut self.known);
        self
    }

    fn verdict(self) -> Verdict {
        verdict(Evidence { answers: self.answers, ..Evidence::default() }, &self.known)
    }
}

fn ids(all: &[Leftover]) -> Vec<&str> {
    all.iter().map(|one| one.id.as_str()).collect()
}

#[test]
fn the_mark_says_who_owns_it_wherever_it_is() {
    let verdict = World::new()
        .shows("sns.topic", "us-east-1", [marked("ours", "class"), marked("theirs", "class-2"), thing("unmarked")])
        .shows("sns.topic", "eu-central-1", [marked("far", "class")])
        .shows("iam.role", "", [marked("role", "class")])
        .verdict();
    assert_eq!(ids(&verdict.left), ["role", "ours", "far"]);
    assert_eq!(verdict.left[2].region.as_deref(), Some("eu-central-1"));
    let numbers: Vec<_> = verdict.rows.iter().map(|row| (row.what.as_str(), row.regions, row.seen, row.own)).collect();
    assert_eq!(numbers, [("sns.topic", Some(2), Some(4), 2), ("iam.role", None, Some(1), 1)]);
    assert!(!verdict.is_proven());
}

#[test]
fn what_aws_merely_still_lists_is_not_left() {
    let going = |id, word: &str| Thing { going: Some(word.to_owned()), ..marked(id, "class") };
    let of = |instance: &str, id| Thing { part_of: Some(instance.to_owned()), ..marked(id, "class") };
    let verdict = World::new()
        .shows(INSTANCE, "us-east-1", [going("i-old", "terminated")])
        .shows(DISK, "us-east-1", [going("vol-old", "deleting"), of("i-old", "vol-detaching")])
        .shows(INTERFACE, "us-east-1", [of("i-old", "eni-old")])
        .verdict();
    assert_eq!(ids(&verdict.left), [""; 0]);
    assert_eq!(ids(&verdict.going), ["i-old", "vol-old", "vol-detaching", "eni-old"]);
    assert!(verdict.is_proven());
}

/// AWS returns no tags there, so only a destroy that began with the disk knows who owned it.
#[test]
fn a_disk_in_the_recycle_bin_is_on_its_way_out() {
    let kept = |id| Thing { going: Some("the Recycle Bin keeps it".to_owned()), ..thing(id) };
    let verdict = World::new()
        .knows(|known| known.disks = ["vol-ours".to_owned()].into())
        .shows(BIN, "us-east-1", [kept("vol-ours"), kept("vol-other")])
        .verdict();
    assert_eq!((ids(&verdict.going), ids(&verdict.unclear)), (vec!["vol-ours"], vec!["vol-other"]));
    assert!(verdict.is_proven());
}

#[test]
fn what_an_instance_has_goes_or_stays_with_it() {
    let part = |id| Thing { part_of: Some("i-1".to_owned()), ..marked(id, "class") };
    let account = || {
        World::new()
            .shows(INSTANCE, "us-east-1", [marked("i-1", "class")])
            .shows(DISK, "us-east-1", [part("vol-1")])
            .shows(INTERFACE, "us-east-1", [part("eni-1")])
    };
    assert_eq!(ids(&account().verdict().left), ["i-1"]);
    let keep =
        |known: &mut Baseline| drop(known.kept.insert((INSTANCE.into(), "i-1".into()), "on_destroy: retain".into()));
    let kept = account().knows(keep).verdict();
    assert_eq!((ids(&kept.left), ids(&kept.kept)), (vec![], vec!["i-1"]));
    // Of an instance of another owner, a disk with the mark is still the stack's.
    let foreign = World::new().shows(INSTANCE, "us-east-1", [thing("i-1")]).shows(DISK, "us-east-1", [part("vol-1")]);
    assert_eq!(ids(&foreign.verdict().left), ["vol-1"]);
}

#[test]
fn what_carries_no_mark_is_known_by_what_it_came_from() {
    let from = |id, from: &str| Thing { from: vec![from.to_owned()], ..thing(id) };
    let verdict = World::new()
        .knows(|known| known.functions = ["agent".to_owned()].into())
        .knows(|known| known.disks = ["vol-1".to_owned()].into())
        .shows("lambda.function", "eu-west-1", [Thing { name: "forgotten".into(), ..marked("forgotten", "class") }])
        .shows(INSTANCE, "us-east-1", [Thing { going: Some("terminated".into()), ..marked("i-1", "class") }])
        .shows(DISK, "us-east-1", [thing("vol-2")])
        .shows(SNAPSHOT, "us-east-1", [from("snap-1", "vol-1"), from("snap-2", "vol-2"), from("snap-3", "i-1")])
        .shows(INTERFACE, "us-east-1", [from("eni-1", "sg-own")])
        .shows(LOG_GROUP, "eu-west-1", [from("a", "agent"), from("f", "forgotten"), from("o", "other")])
        .verdict();
    // In the order in which they can be removed.
    assert_eq!(ids(&verdict.left), ["eni-1", "snap-1", "snap-3", "forgotten", "a", "f"]);
    assert_eq!(ids(&verdict.unclear), [""; 0]);
}

#[test]
fn a_snapshot_of_a_disk_that_is_gone_is_a_doubt_and_not_a_leftover() {
    let snapshot = |id, stack: Option<&str>| Thing {
        from: vec!["vol-gone".to_owned()],
        ..stack.map_or_else(|| thing(id), |stack| marked(id, stack))
    };
    let all = [snapshot("snap-1", None), snapshot("snap-2", Some("other"))];
    let verdict = World::new().shows(DISK, "us-east-1", []).shows(SNAPSHOT, "us-east-1", all.clone()).verdict();
    assert_eq!((ids(&verdict.left), ids(&verdict.unclear)), (vec![], vec!["snap-1"]));
    assert!(verdict.is_proven());
    // Where the disks may not be listed, nothing says that one is gone.
    let verdict = World::new().refuses(DISK, "us-east-1", denied()).shows(SNAPSHOT, "us-east-1", all).verdict();
    assert_eq!(ids(&verdict.unclear), [""; 0]);
    assert!(!verdict.is_proven());
}

#[test]
fn what_the_plan_keeps_is_kept_and_elsewhere_the_mark_says_it() {
    let retained = |id| {
        let mut thing = marked(id, "class");
        thing.tags.insert(ownership::KEEP.to_owned(), "retain".to_owned());
        thing
    };
    let verdict = World::new()
        .knows(|known| drop(known.kept.insert(("s3.bucket".into(), "homework".into()), "on_destroy: retain".into())))
        .knows(|known| known.deleted = [("s3.bucket".into(), "no-longer-kept".into())].into())
        .shows("s3.bucket", "us-east-1", [marked("homework", "class"), retained("no-longer-kept")])
        .shows("s3.bucket", "eu-west-1", [retained("elsewhere")])
        .verdict();
    assert_eq!(ids(&verdict.kept), ["homework", "elsewhere"]);
    assert_eq!(ids(&verdict.left), ["no-longer-kept"]);
}

#[test]
fn what_may_not_be_asked_is_never_clean() {
    let unread = Seen { count: Some(3), unread: vec![("locked".to_owned(), denied())], ..Seen::default() };
    let mut world = World::new().refuses("sns.topic", "us-east-1", denied());
    world.answers.push((question("s3.bucket", "us-east-1"), Ok(unread)));
    let verdict = world.verdict();
    assert!(verdict.left.is_empty() && !verdict.is_proven());
    let unseen: Vec<_> = verdict.unseen.iter().map(|(asked, name, _)| (asked.what.as_str(), name.as_deref())).collect();
    assert_eq!(unseen, [("sns.topic", None), ("s3.bucket", Some("locked"))]);
}

#[test]
fn a_service_without_an_address_is_absent_only_where_others_answer() {
    let nowhere = || {
        let message = "failed to lookup address information: Name or service not known";
        Error { kind: ErrorKind::Unreachable, ..Error::unexpected("ses:ListEmailIdentities", message) }
    };
    let there = World::new().shows("sns.topic", "ap-east-2", []).refuses("ses.identity", "ap-east-2", nowhere());
    let verdict = there.verdict();
    assert_eq!(verdict.absent, [question("ses.identity", "ap-east-2")]);
    assert!(verdict.is_proven());
    // Without a network nothing answers.
    let verdict = World::new().refuses("ses.identity", "ap-east-2", nowhere()).verdict();
    assert!(verdict.absent.is_empty() && !verdict.is_proven());
}

/// A tag that was taken off, and a copy of all of them.
#[test]
fn what_carries_the_stacks_tag_alone_is_left_and_may_be_a_copy() {
    let tag = |id, stack: &str| Thing {
        tags: [(ownership::STACK.to_owned(), stack.to_owned())].into(),
        remove: format!("remove {id}"),
        untag: format!("untag {id}"),
        ..thing(id)
    };
    let copy = Thing { doubtful: true, untag: "untag copy".into(), ..marked("copy", "class") };
    let part = Thing { part_of: Some("i-1".into()), ..marked("vol-1", "class") };
    let of_copy = Thing { from: vec!["i-1".into()], ..thing("snap-1") };
    let verdict = World::new()
        .knows(|known| drop(known.kept.insert(("sns.topic".into(), "topic".into()), "not this stack's".into())))
        .shows("sns.topic", "us-east-1", [tag("topic", "class"), copy, tag("theirs", "another")])
        .shows(INSTANCE, "us-east-1", [tag("i-1", "class")])
        .shows(DISK, "us-east-1", [part])
        .shows(SNAPSHOT, "us-east-1", [of_copy])
        .verdict();
    // The disk goes with its instance, and nothing says that a copy's snapshot is the stack's.
    assert_eq!(ids(&verdict.left), ["i-1", "topic", "copy"]);
    assert!(verdict.left.iter().all(|one| one.why == DOUBT && one.untag.is_some()), "{:?}", verdict.left);
    assert!(verdict.kept.is_empty() && !verdict.is_proven());
}

#[test]
fn a_log_group_is_kept_or_not_as_its_function_is() {
    let group = |function: &str| Thing { from: vec![function.to_owned()], ..thing(function) };
    let ours = |function: &str| Thing { from: vec![function.to_owned()], ..marked(function, "class") };
    let all = || ["agent", "before", "stays", "adopted"].map(group).into_iter().chain([ours("marked")]);
    let verdict = World::new()
        .knows(|known| {
            known.functions = ["agent", "before", "stays", "adopted", "marked"].map(str::to_owned).into();
            known.of_others = ["adopted".to_owned()].into();
            known.kept.insert((FUNCTION.into(), "stays".into()), "on_destroy: retain".into());
        })
        .shows(LOG_GROUP, "us-east-1", all())
        .verdict();
    assert_eq!(ids(&verdict.left), ["agent", "before", "marked"]);
    assert_eq!(ids(&verdict.kept), ["stays"]);
    assert_eq!(verdict.kept[0].why, "the function stays stays: on_destroy: retain");
}

/// Attached by hand, it outlives the instance and costs money.
#[test]
fn a_disk_that_was_attached_by_hand_is_a_doubt() {
    let known = |known: &mut Baseline| known.attached = ["vol-1".to_owned()].into();
    let snapshot = Thing { from: vec!["vol-1".into()], ..thing("snap-1") };
    let verdict = World::new()
        .knows(known)
        .shows(DISK, "us-east-1", [thing("vol-1"), thing("vol-2")])
        .shows(SNAPSHOT, "us-east-1", [snapshot])
        .verdict();
    assert_eq!((ids(&verdict.left), ids(&verdict.unclear)), (vec![], vec!["vol-1"]));
}

/// They receive nothing and cost nothing, and AWS drops them when it comes to it.
#[test]
fn the_subscriptions_of_a_topic_that_was_the_stacks_are_on_their_way_out() {
    let topic = |name: &str| format!("arn:aws:sns:us-east-1:123456789012:{name}");
    let of = |id: &str, name: &str| {
        let going = Some("its topic is gone".to_owned());
        Thing { from: vec![topic(name)], going, ..thing(id) }
    };
    let world = World::new().knows(|known| known.topics.extend([topic("class-topic")]));
    let verdict = world.shows(SUBSCRIPTION, "us-east-1", [of("ours", "class-topic"), of("theirs", "other")]).verdict();
    assert_eq!(verdict.going.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["ours"]);
    assert!(verdict.is_proven() && verdict.unclear.is_empty());
}
