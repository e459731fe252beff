//! The owner of something that was found under a name of the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::aws::ownership::{LastApplied, LifecycleFlags, Ownership};
use crate::model::reference::unknown;
use crate::plan::Action;
use crate::plan::decide::decide;
use crate::plan::observe::Observation;
use crate::plan::options::{Goal, Options};
use crate::plan::owner::{Owner, ours, owner};
use crate::resource::{Address, Attributes, KindInfo, Live, Tags, texts};
use crate::testing::fake::{World, kind, kind_like};
use crate::testing::numbered::{address, stack};
use crate::testing::place;

/// Something with this id and these tags, found under this name for `r0`; `ids`: what else the file names and was found.
fn owner_of(differs: fn(&mut KindInfo), name: &str, tags: Tags, ids: &[(usize, &str)]) -> String {
    let world: &'static World = World::default().leaked();
    let mut stack = stack(&vec![BTreeSet::new(); 3], &kind_like("s3.bucket", world, differs));
    stack.resources[2].kind = kind("sns.topic");
    let ids: BTreeMap<Address, String> = ids.iter().map(|(n, id)| (address(*n), (*id).to_owned())).collect();
    let attributes = Attributes::from([("vpc_id".to_owned(), "vpc-1".to_owned())]);
    let live = Live::new("id", json!({}), attributes, tags);
    match owner(&stack, &ids, &stack.resources[0], name, &live) {
        Owner::Us(ownership) => format!("us, {}", ownership.address),
        Owner::Sibling(theirs) => format!("sibling {}", theirs.address),
        Owner::Stack(stack) => format!("stack {stack}"),
        Owner::Unmanaged => "unmanaged".to_owned(),
    }
}

/// The tags of `address` in a stack, with a record that `binds` it.
fn tags(stack: &str, address: &str, binds: impl FnOnce(&mut LastApplied)) -> Tags {
    let mut applied = LastApplied::default();
    binds(&mut applied);
    Ownership { stack: stack.into(), address: Address::parse(address), applied, keep: Default::default() }.tags()
}

fn bound(stack: &str, to: &str) -> Tags {
    tags(stack, "r0", |applied| applied.bind(to))
}

/// People copy tags, and so do AWS's consoles and backups.
#[test]
fn tags_prove_something_only_of_what_their_record_is_of() {
    let of = |tags: Tags| owner_of(|_| {}, "r0", tags, &[]);
    assert_eq!(of(Tags::new()), "unmanaged");
    assert_eq!(of(bound("cloud101", "r0")), "us, r0");
    assert_eq!(of(bound("cloud101", "another")), "unmanaged");
    assert_eq!(of(tags("cloud101", "r0", |_| {})), "unmanaged", "no record");
    assert_eq!(of(bound("theirs", "r0")), "stack theirs");
    assert_eq!(of(bound("theirs", "another")), "unmanaged");
    // What AWS invents a part of is not known by its name yet.
    let not_known = |tags: Tags| owner_of(|_| {}, &unknown(), tags, &[]);
    assert_eq!(not_known(bound("cloud101", "another")), "us, r0");
    assert_eq!(not_known(bound("theirs", "another")), "stack theirs");
}

#[test]
fn where_the_name_is_a_tag_the_record_is_of_the_id_or_says_nothing() {
    let of = |tags: Tags| owner_of(|info| info.name_is_a_tag = true, "r0", tags, &[]);
    assert_eq!(of(tags("cloud101", "r0", |_| {})), "us, r0");
    assert_eq!(of(bound("cloud101", "id")), "us, r0");
    assert_eq!(of(bound("cloud101", "another")), "unmanaged");
    assert_eq!(of(tags("theirs", "r0", |_| {})), "stack theirs");
}

#[test]
fn a_copy_in_another_network_is_not_the_stacks() {
    let of = |stack: &str, network: Option<&str>| {
        let tags = tags(stack, "r0", |applied| {
            applied.bind("r0");
            network.into_iter().for_each(|network| applied.bind_within(network));
        });
        owner_of(|info| info.name_within = texts(["vpc_id"]), "r0", tags, &[])
    };
    assert_eq!(of("cloud101", Some("vpc-1")), "us, r0");
    assert_eq!(of("cloud101", Some("vpc-2")), "unmanaged");
    assert_eq!(of("cloud101", None), "us, r0", "an earlier version did not record it");
    assert_eq!(of("theirs", Some("vpc-2")), "unmanaged");
}

#[test]
fn under_the_address_of_another_it_is_that_ones_only_if_that_is_it() {
    let of = |address: &str, ids: &[(usize, &str)]| {
        owner_of(|_| {}, "r0", tags("cloud101", address, |applied| applied.bind("r0")), ids)
    };
    assert_eq!(of("r1", &[(0, "id"), (1, "id")]), "sibling r1");
    assert_eq!(of("r1", &[(0, "id"), (1, "another")]), "us, r1", "it was renamed, and the address is another's now");
    assert_eq!(of("r1", &[(0, "id")]), "us, r1");
    assert_eq!(of("r2", &[(0, "id"), (2, "id")]), "us, r2", "of another kind");
    assert_eq!(of("gone", &[(0, "id")]), "us, gone");
    assert_eq!(of("r0", &[(0, "id")]), "us, r0");
}

/// The tags of something that moved to `address`, and is called as it was at `was`.
fn moved(address: &str, was: &str) -> Tags {
    let mut applied = LastApplied::default();
    applied.bind("r0");
    let keep = LifecycleFlags { was: Some(Address::parse(was)), ..LifecycleFlags::default() };
    Ownership { stack: "cloud101".into(), address: Address::parse(address), applied, keep }.tags()
}

/// It is what `r1` is now, though something else was made as `r1` meanwhile.
#[test]
fn what_moved_on_from_a_name_is_not_that_of_who_has_the_name_now() {
    let of = |tags: Tags, ids: &[(usize, &str)]| owner_of(|_| {}, "r0", tags, ids);
    assert_eq!(of(moved("r1", "r0"), &[(0, "id"), (1, "another")]), "sibling r1");
    assert_eq!(of(moved("r1", "r0"), &[(0, "id")]), "sibling r1");
    assert_eq!(of(moved("gone", "r0"), &[(0, "id")]), "us, gone", "the file does not have that address");
    assert_eq!(of(moved("r0", "former"), &[(0, "id")]), "us, r0");
}

#[test]
fn under_a_name_of_one_person_there_is_nothing_of_another() {
    let of = |address: &str, formerly: &[&str]| {
        let mut stack = stack(&[BTreeSet::new()], &kind("s3.bucket"));
        stack.resources[0].address = Address::copy("desk", "ana");
        stack.resources[0].formerly = formerly.iter().map(|former| Address::parse(former)).collect();
        let live = Live::new("id", json!({}), Attributes::new(), tags("cloud101", address, |one| one.bind("r0")));
        let ids = BTreeMap::from([(Address::copy("desk", "ana"), "id".to_owned())]);
        matches!(owner(&stack, &ids, &stack.resources[0], "r0", &live), Owner::Us(_))
    };
    assert!(of("desk[ana]", &[]));
    assert!(!of("desk[bo]", &[]));
    assert!(of("desk[bo]", &["desk[bo]"]), "the file says that it is the same person");
    assert!(of("seat[ana]", &[]), "only the resource has another name");
    assert!(!of("seat[bo]", &[]));
    assert!(of("seat", &[]), "there was one for all");
}

/// Its marks could not be taken off again.
#[test]
fn what_takes_no_tags_is_not_taken_over_from_another_stack() {
    for marks_apart in [true, false] {
        let world: &'static World = World::default().leaked();
        let kind = kind_like("lambda.layer", world, |info| info.marks_apart = marks_apart);
        let mut stack = stack(&[BTreeSet::new()], &kind);
        stack.resources[0].adopt = true;
        let live = Live::new("r0", json!({}), Attributes::new(), bound("theirs", "r0"));
        let observation = Observation { live: [(address(0), live.into())].into(), ..Observation::default() };
        let plan = decide(&stack, &place(), observation, Goal::Apply, &Options::default());
        assert_eq!(plan.is_ok_and(|plan| plan.steps[0].action == Action::Adopt), marks_apart);
    }
}

#[test]
fn those_that_are_the_stacks_are_found_among_all_that_is_there() {
    let mut stack = stack(&vec![BTreeSet::new(); 5], &kind("s3.bucket"));
    // Each has a name of what it refers to, and a copy of the tags is on one of them.
    (stack.resources[3].name, stack.resources[4].name) = ("${r0.id}-log".into(), "${r0.id}-more".into());
    let attributes = || Attributes::from([("id".to_owned(), "first".to_owned())]);
    let live = |n: usize, tags| (address(n), Live::new(format!("r{n}"), json!({}), attributes(), tags).into());
    let all = [
        live(0, bound("cloud101", "r0")),
        live(1, bound("theirs", "r1")),
        live(2, Tags::new()),
        live(3, bound("cloud101", "first-log")),
        live(4, bound("cloud101", "first-log")),
    ];
    assert_eq!(ours(&stack, &place(), &all.into()), BTreeSet::from([address(0), address(3)]));
}
