//! What becomes of what the file does not mean, by what its tags and the file say.

use std::collections::BTreeSet;

use crate::aws::ownership::{KEEP, Ownership};
use crate::plan::Action;
use crate::plan::observe::Found;
use crate::plan::options::{Goal, Options};
use crate::plan::orphans::action;
use crate::resource::{KindInfo, Owned, Remains};
use crate::stack::{OnDestroy, ResourceConfig};
use crate::testing::fake::{World, kind, kind_like};
use crate::testing::numbered::stack;
use crate::testing::{Account, ownership_tags, plan};

/// What is done with something of this id and these flags, at an apply and at a destroy. `file`: the file has its address,
/// and says this of it.
fn decided(
    file: Option<&dyn Fn(&mut ResourceConfig)>,
    kind_differs: fn(&mut KindInfo),
    (id, flags): (&str, &str),
) -> [String; 2] {
    let kind = kind_like("ec2.volume", World::default().leaked(), kind_differs);
    let mut stack = stack(&[BTreeSet::new()], &kind);
    file.unwrap_or(&|_| {})(&mut stack.resources[0]);
    let mut tags = ownership_tags("cloud101", if file.is_some() { "r0" } else { "gone" }, "old");
    tags.insert(KEEP.into(), flags.into());
    let ownership = Ownership::read(&tags).unwrap();
    let owned = Owned { id: id.into(), name: "old".into(), tags };
    let found = Found { kind, owned, ownership, blocker: None, besides: Vec::new() };
    [Goal::Apply, Goal::Destroy].map(|goal| match action(&stack, &found, goal, &Options::default()) {
        Ok(None) => "stays".to_owned(),
        Ok(Some(Action::Delete)) => "delete".to_owned(),
        Ok(Some(Action::Release { because })) => format!("release: {because}"),
        Ok(Some(Action::Keep { because })) => format!("keep: {because}"),
        Ok(Some(other)) => panic!("{other:?}"),
        Err(error) => error.message,
    })
}

const ADOPTED: &str = "release: it existed before: adopted";
const RETAINED: &str = "keep: on_destroy: retain at the last apply";

#[test]
fn a_second_one_beside_what_the_file_has_goes_unless_it_is_to_stay() {
    let plain = |_: &mut ResourceConfig| {};
    let protected = |one: &mut ResourceConfig| one.protect = true;
    let deleted = |one: &mut ResourceConfig| one.on_destroy = Some(OnDestroy::Delete);
    let of = |file: &dyn Fn(&mut ResourceConfig), flags| decided(Some(file), |_| {}, ("old", flags));
    assert_eq!(of(&plain, ""), ["delete", "delete"]);
    // The file has the last word on protection, which was on when it was made.
    assert_eq!(of(&plain, "protect"), ["delete", "delete"]);
    assert_eq!(of(&protected, ""), ["delete", "delete"]);
    let refused = "`old` would be deleted, because the file now means another one, and it is protected";
    assert_eq!(of(&protected, "protect"), [refused, "keep: protect: true"]);
    assert_eq!(of(&plain, "retain"), ["stays", RETAINED]);
    assert_eq!(of(&plain, "adopted"), [ADOPTED, ADOPTED]);
    assert_eq!(of(&deleted, "adopted"), ["delete", "delete"]);
    assert_eq!(of(&plain, "adopted retain"), ["stays", ADOPTED]);
    assert_eq!(of(&deleted, "adopted retain"), ["stays", RETAINED]);
    // Something else has its address now.
    let other = |one: &mut ResourceConfig| {
        one.protect = true;
        one.kind = kind("sns.topic");
    };
    let refused = "`old` is protected, and the file no longer has it";
    assert_eq!(of(&other, "protect"), [refused, "keep: protect: true at the last apply"]);
}

#[test]
fn what_the_file_no_longer_has_goes_unless_its_tags_say_otherwise() {
    let of = |flags| decided(None, |_| {}, ("old", flags));
    let protected = ["`old` is protected, and the file no longer has it", "keep: protect: true at the last apply"];
    assert_eq!(of(""), ["delete", "delete"]);
    assert_eq!(of("empty"), ["delete", "delete"]);
    assert_eq!(of("protect"), protected);
    assert_eq!(of("protect retain"), protected);
    assert_eq!(of("retain"), ["release: on_destroy: retain at the last apply", RETAINED]);
    assert_eq!(of("adopted"), [ADOPTED, ADOPTED]);
    // Nothing takes the marks off a version of a layer.
    assert_eq!(decided(None, |info| info.marks_apart = false, ("old", "retain")), [RETAINED, RETAINED]);
    // A disk that its instance left behind was in no file, and goes on costing money.
    let remains = |info: &mut KindInfo| {
        info.remains = Some(Remains { id_prefix: "vol-".into(), said: "delete_with_instance: false".into() });
    };
    let kept = "keep: delete_with_instance: false at the last apply";
    assert_eq!(decided(None, remains, ("vol-1", "retain")), [kept, kept]);
    assert_eq!(decided(None, remains, ("i-1", "retain")), ["release: on_destroy: retain at the last apply", RETAINED]);
    assert_eq!(decided(None, remains, ("vol-1", "")), ["delete", "delete"]);
}

/// What stays in the account loses nothing.
#[test]
fn what_is_lost_is_said_only_of_what_is_deleted() {
    let with = crate::testing::stack("resources: { news: { type: sns.topic }, list: { type: sns.topic } }\n");
    let without = crate::testing::stack("resources: { list: { type: sns.topic } }\n");
    let is_said = |flags: &str| {
        let mut account = Account::after(&with);
        account.tag("news", KEEP, flags).thing("news").live.besides.deleted = vec!["what is in it is lost".to_owned()];
        let plan = plan(&without, &account);
        let news = plan.steps.iter().find(|step| !step.is_declared()).unwrap();
        (news.action == Action::Delete, news.notes.contains(&"what is in it is lost".to_owned()))
    };
    assert_eq!(is_said(""), (true, true));
    assert_eq!(is_said("retain"), (false, false));
}
