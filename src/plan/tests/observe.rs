//! What is read of an account, and what of it may be missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use crate::aws::Context;
use crate::aws::ownership::KEEP;
use crate::aws::{Error, ErrorKind};
use crate::plan::observe::{self, Observation, PlanError, Services, list, may_be_replaced, observe};
use crate::resource::kind::Kind;
use crate::resource::{Address, Attributes, Live, Owned, Registry};
use crate::stack::{ResourceConfig, Stack};
use crate::testing::Account;
use crate::testing::aws::context;
use crate::testing::fake::{World, kind_in, kind_like};
use crate::testing::numbered::{self, address};
use crate::testing::ownership_tags;

/// So many resources of this kind, in a program that knows no other.
fn stack(count: usize, kind: &Arc<dyn Kind>) -> Stack {
    Stack { registry: Registry::empty().with(kind.clone()), ..numbered::stack(&vec![BTreeSet::new(); count], kind) }
}

/// Something that carries the tags of an address.
fn owned(id: &str, stack: &str, address: &str) -> Owned {
    Owned { id: id.into(), name: id.into(), tags: ownership_tags(stack, address, id) }
}

/// Something with this id that is found under this name.
fn live(name: &str, id: &str) -> (String, Live<serde_json::Value>) {
    let attributes = Attributes::from([("id".into(), id.into())]);
    (name.to_owned(), Live::new(id, json!({}), attributes, ownership_tags("cloud101", name, id)))
}

fn found<const N: usize>(all: [(&str, &str); N]) -> std::sync::Mutex<BTreeMap<String, Live<serde_json::Value>>> {
    BTreeMap::from(all.map(|(name, id)| live(name, id))).into()
}

/// What is seen: the ids of what the file names, by address, and of what carries the stack's tags.
fn seen(observation: &Observation) -> (Vec<String>, Vec<&str>) {
    let live = observation.live.iter().map(|(address, live)| format!("{address} {}", live.id)).collect();
    (live, observation.owned.iter().map(|found| found.owned.id.as_str()).collect())
}

async fn look(cx: &Context, stack: &Stack) -> (Observation, Vec<PlanError>) {
    observe::look(cx, stack, PlanError::is_of_a_copy).await
}

fn kinds(errors: &[PlanError]) -> Vec<&str> {
    errors.iter().map(|error| error.kind.as_str()).collect()
}

#[tokio::test]
async fn what_the_file_names_and_what_carries_the_tags_is_seen_and_what_stands_against_the_rest() {
    let mut kept = owned("kept", "cloud101", "gone");
    kept.tags.insert(KEEP.into(), "retain".into());
    let listed = vec![
        owned("id-0", "cloud101", "r0"),
        owned("old", "cloud101", "gone"),
        kept,
        owned("theirs", "other", "r1"),
        Owned { tags: Default::default(), ..owned("untagged", "", "") },
    ];
    let world = World { found: found([("r0", "id-0")]), listed, ..World::default() }.leaked();
    let stack = stack(2, &kind_in("s3.bucket", world));
    let (observation, errors) = look(&context(), &stack).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(seen(&observation), (vec!["r0 id-0".to_owned()], vec!["id-0", "old", "kept"]));
    assert_eq!(*world.reads.lock().unwrap(), ["r0", "r1"]);
    // A read tells it of what it finds, and what is to be kept is not deleted.
    assert_eq!(*world.blocked.lock().unwrap(), ["old"]);
    let said = |n: usize| (observation.owned[n].blocker.is_some(), observation.owned[n].besides.len());
    assert_eq!([said(0), said(1), said(2)], [(false, 0), (true, 1), (false, 0)]);
}

/// Else it would be taken for a second one, and deleted.
#[tokio::test]
async fn what_came_between_a_read_and_a_list_is_read_again() {
    let reads = async |listed: Owned, kind: &str| {
        let late = std::sync::Mutex::new(["r0".to_owned()].into());
        let listed = vec![listed];
        let world = World { found: found([("r0", "id-0")]), late, listed, ..World::default() }.leaked();
        let mut stack = stack(1, &kind_in("s3.bucket", world));
        stack.registry = Registry::empty().with(kind_in(kind, world));
        let (observation, errors) = look(&context(), &stack).await;
        assert!(errors.is_empty(), "{errors:?}");
        (world.reads.lock().unwrap().len(), observation.live.len())
    };
    assert_eq!(reads(owned("id-0", "cloud101", "r0"), "s3.bucket").await, (2, 1));
    assert_eq!(reads(owned("id-0", "cloud101", "r1"), "s3.bucket").await, (1, 0), "of another address");
    assert_eq!(reads(owned("id-0", "cloud101", "r0"), "sns.topic").await, (1, 0), "of another kind");
    let mut kept = owned("id-0", "cloud101", "r0");
    kept.tags.insert(KEEP.into(), "retain".into());
    assert_eq!(reads(kept, "s3.bucket").await, (1, 0), "it was left on purpose");
}

#[tokio::test]
async fn what_has_been_read_is_not_read_again() {
    let listed = vec![owned("id-0", "cloud101", "r0")];
    let world = World { found: found([("r0", "id-0")]), listed, ..World::default() }.leaked();
    let (observation, _) = look(&context(), &stack(1, &kind_in("s3.bucket", world))).await;
    assert_eq!((seen(&observation).0, world.reads.lock().unwrap().len()), (vec!["r0 id-0".to_owned()], 1));
    // A second one beside it may be the new one: what it is now is read.
    let listed = vec![owned("second", "cloud101", "r0")];
    let world = World { found: found([("r0", "id-0")]), listed, ..World::default() }.leaked();
    let (observation, _) = look(&context(), &stack(1, &kind_in("s3.bucket", world))).await;
    assert_eq!((seen(&observation).0, world.reads.lock().unwrap().len()), (vec!["r0 id-0".to_owned()], 2));
}

#[tokio::test]
async fn what_has_its_name_from_another_is_read_after_it() {
    let chain = |world: &'static World| {
        let mut stack = stack(3, &kind_in("s3.bucket", world));
        stack.resources[1].name = "${r0.id}".into();
        stack.resources[2].name = "${r1.id}-more".into();
        stack
    };
    let all = found([("r0", "id-0"), ("id-0", "id-1"), ("id-1-more", "id-2")]);
    let world = World { found: all, ..World::default() }.leaked();
    let (observation, errors) = look(&context(), &chain(world)).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(*world.reads.lock().unwrap(), ["r0", "id-0", "id-1-more"]);
    assert_eq!(observation.live.keys().cloned().collect::<Vec<_>>(), [address(0), address(1), address(2)]);
    // Where that is not there, the name is not known.
    let world = World::default().leaked();
    let (observation, errors) = look(&context(), &chain(world)).await;
    assert!(errors.is_empty() && observation.live.is_empty(), "{errors:?}");
    assert_eq!(*world.reads.lock().unwrap(), ["r0"]);
}

/// Its tags are all that names it, and they still say where it was.
#[tokio::test]
async fn what_has_no_name_is_looked_for_at_its_earlier_address_too() {
    let read_at = async |is_tagged: bool, formerly: &[&str], late: &[&str]| {
        let late = std::sync::Mutex::new(late.iter().map(|name| (*name).to_owned()).collect());
        let world = World { found: found([("r0", "id-0")]), late, ..World::default() }.leaked();
        let mut stack = stack(1, &kind_like("ec2.volume", world, |info| info.name_is_a_tag = is_tagged));
        stack.resources[0].formerly = formerly.iter().map(|former| Address::parse(former)).collect();
        let (observation, errors) = look(&context(), &stack).await;
        assert!(errors.is_empty(), "{errors:?}");
        let at = world.read_at.lock().unwrap().iter().map(Address::to_string).collect::<Vec<_>>();
        (at.join(" "), observation.live.len())
    };
    assert_eq!(read_at(true, &["former"], &["r0"]).await, ("r0 former".to_owned(), 1));
    assert_eq!(read_at(true, &["former"], &[]).await, ("r0".to_owned(), 1), "it was found at once");
    assert_eq!(read_at(true, &[], &["r0"]).await, ("r0".to_owned(), 0), "it was nowhere else");
    let named = read_at(false, &["former"], &["r0"]).await;
    assert_eq!(named, ("r0".to_owned(), 0), "AWS knows it by its name, whatever its address is");
}

/// A call for each is worth it only where it goes, and of many at once it is asked for those that do.
#[tokio::test]
async fn what_is_in_something_is_asked_for_at_once_only_if_a_few_of_its_kind_go() {
    let unasked = async |count: usize, all_goes: bool| {
        let all: BTreeMap<_, _> = (0..count).map(|n| live(&format!("r{n}"), &format!("id-{n}"))).collect();
        let world = World { found: all.into(), ..World::default() }.leaked();
        let cx = if all_goes { context().for_what_goes() } else { context() };
        look(&cx, &stack(count, &kind_in("s3.bucket", world))).await.0.unasked.len()
    };
    assert_eq!([unasked(2, true).await, unasked(3, true).await, unasked(4, true).await], [0, 0, 4]);
    assert_eq!([unasked(3, false).await, unasked(4, false).await], [3, 4]);
}

/// What AWS says is in it then stands in the plan.
#[tokio::test]
async fn what_is_in_those_that_go_is_asked_once() {
    let all: BTreeMap<_, _> = (0..4).map(|n| live(&format!("r{n}"), &format!("id-{n}"))).collect();
    let listed = (0..4).map(|n| owned(&format!("id-{n}"), "cloud101", &format!("r{n}"))).collect();
    let world = World { found: all.into(), listed, ..World::default() }.leaked();
    let stack = stack(4, &kind_in("s3.bucket", world));
    let (mut observation, _) = look(&context(), &stack).await;
    let goes =
        |declared: &ResourceConfig, live: &Live<serde_json::Value>| declared.address == address(1) && live.id == "id-1";
    for _ in 0..2 {
        observation.ask_what_is_in(&context(), &stack, goes).await;
    }
    assert_eq!(*world.blocked.lock().unwrap(), ["id-1"]);
    let blocked = observation.live.iter().filter(|(_, live)| live.blocker.is_some());
    assert_eq!(blocked.map(|(address, _)| address.clone()).collect::<Vec<_>>(), [address(1)]);
}

#[test]
fn only_what_the_file_says_and_what_is_another_there_may_be_a_replacement() {
    let text = |image: &str, more: &str| {
        crate::testing::stack(&format!(
            "resources:\n  vm: {{ type: ec2.instance, image: {image}, instance_type: t3.micro{more} }}\n"
        ))
    };
    const IMAGE: &str = "ami-0123456789abcdef0";
    let before = text(IMAGE, ", key_name: lab");
    let there = Account::after(&before).observe(&before);
    let may = |stack: &Stack| {
        let vm = Address::new("vm");
        may_be_replaced(stack.get(&vm).unwrap(), &there.live[&vm])
    };
    assert!(!may(&before));
    assert!(may(&text("ami-0fedcba9876543210", ", key_name: lab")));
    assert!(!may(&text(IMAGE, "")), "what the file leaves open is as it is");
}

#[tokio::test]
async fn what_can_not_be_read_is_an_error_with_its_place() {
    let fails = ["r1".to_owned()].into();
    let world = World { found: found([("r0", "id-0")]), fails, ..World::default() }.leaked();
    let stack = stack(2, &kind_in("s3.bucket", world));
    let (observation, errors) = look(&context(), &stack).await;
    let places: Vec<_> = errors.iter().map(|error| (error.address.clone(), error.line)).collect();
    assert_eq!((places, observation.live.len()), (vec![(Some(address(1)), Some(2))], 1));
    assert!(observe(&context(), &stack).await.is_err_and(|errors| errors.len() == 1));
}

/// Resources with these addresses and names, each after the one before it.
fn named(all: &[(&str, &str)], kind: &Arc<dyn Kind>) -> Stack {
    let one = |(n, (address, name)): (usize, &(&str, &str))| ResourceConfig {
        address: Address::parse(address),
        formerly: Vec::new(),
        is_named_by_address: true,
        kind: kind.clone(),
        name: (*name).to_owned(),
        spec: json!({}).into(),
        tags: BTreeMap::new(),
        depends_on: all[..n].last().map(|(before, _)| Address::parse(before)).into_iter().collect(),
        adopt: false,
        on_destroy: None,
        protect: false,
        ignore_drift: BTreeSet::new(),
        line: n + 1,
    };
    let resources = all.iter().enumerate().map(one).collect();
    Stack { resources, registry: Registry::empty().with(kind.clone()), ..Stack::without_resources("cloud101") }
}

/// What a destroy can do without.
fn is_of_one(error: &PlanError, _: &Stack) -> bool {
    error.address.is_some()
}

#[tokio::test]
async fn a_mistake_in_what_one_copy_is_keeps_no_other_from_being_read() {
    let large = "x".repeat(2 << 20);
    for address in ["home[bo]", "data"] {
        let read = async |can_be_missing: fn(&PlanError, &Stack) -> bool| {
            let world = World { found: found([("lab-ana", "id-ana")]), ..World::default() }.leaked();
            let stack = named(&[("home[ana]", "lab-ana"), (address, &large)], &kind_in("s3.bucket", world));
            let (observation, errors) = observe::look(&context(), &stack, can_be_missing).await;
            assert_eq!(errors.len(), 1);
            let reads = world.reads.lock().unwrap().len();
            (observation.live.len(), reads)
        };
        // A resource without copies keeps an apply from beginning, and not a destroy.
        let of_apply = if address == "data" { (0, 0) } else { (1, 1) };
        assert_eq!((address, read(PlanError::is_of_a_copy).await), (address, of_apply));
        assert_eq!((address, read(is_of_one).await), (address, (1, 1)));
    }
}

#[tokio::test]
async fn one_that_can_not_be_read_keeps_none_from_being_read_that_has_its_name_from_another() {
    let all = [("denied", "denied"), ("data", "data"), ("notes", "${data.id}-notes")];
    let there = || found([("data", "id-1"), ("id-1-notes", "id-2")]);
    let world = World { found: there(), fails: ["denied".to_owned()].into(), ..World::default() }.leaked();
    let stack = named(&all, &kind_in("s3.bucket", world));
    let (observation, errors) = observe::look(&context(), &stack, is_of_one).await;
    assert_eq!((errors.len(), observation.live.len(), observation.unlooked.len()), (1, 2, 0));
}

#[tokio::test]
async fn what_has_its_name_from_one_that_can_not_be_read_is_known_not_to_be_looked_for() {
    let all = [("home[bo]", "lab-bo"), ("notes[bo]", "${home[\"bo\"].id}-notes"), ("more", "more")];
    let world =
        World { found: found([("more", "id")]), fails: ["lab-bo".to_owned()].into(), ..World::default() }.leaked();
    let (observation, errors) = look(&context(), &named(&all, &kind_in("s3.bucket", world))).await;
    assert_eq!((errors.len(), observation.live.len()), (1, 1));
    assert_eq!(observation.unlooked, [Address::parse("notes[bo]")].into());
}

/// A list brings what the file named once: where it has no use for the service, a plan can do without.
#[tokio::test]
async fn a_list_of_what_the_file_does_not_name_may_be_missing() {
    let of = |kind: ErrorKind| Error { kind, ..Error::refused("no") };
    let look_with = async |own: Option<ErrorKind>, other: Option<ErrorKind>| {
        let own = World { no_list: own.map(of), ..World::default() }.leaked();
        let other = World { no_list: other.map(of), ..World::default() }.leaked();
        let mut stack = stack(1, &kind_in("s3.bucket", own));
        stack.registry = stack.registry.with(kind_in("sns.topic", other));
        let (observation, errors) = look(&context(), &stack).await;
        let all = observe(&context(), &stack).await.map_err(|errors| errors.len());
        let all = all.map(|observation| observation.unseen.len());
        ((kinds(&observation.unseen).join(" "), kinds(&errors).join(" ")), all)
    };
    let said = |unseen: &str, errors: &str| (unseen.to_owned(), errors.to_owned());
    let denied = || Some(ErrorKind::Other);
    assert_eq!(look_with(None, None).await, (said("", ""), Ok(0)));
    assert_eq!(look_with(None, denied()).await, (said("sns.topic", ""), Ok(1)));
    assert_eq!(look_with(denied(), None).await, (said("", "s3.bucket"), Err(1)));
    // Where AWS answers nothing at all, that is said as it is.
    assert_eq!(look_with(denied(), denied()).await, (said("", "s3.bucket sns.topic"), Err(2)));
    assert_eq!(look_with(None, Some(ErrorKind::Expired)).await, (said("", "sns.topic"), Err(1)));
}

#[tokio::test]
async fn lists_are_given_kind_by_kind() {
    let bucket = World { listed: vec![owned("mine", "cloud101", "r0")], ..World::default() }.leaked();
    let topic = World { no_list: Some(Error::refused("no")), ..World::default() }.leaked();
    let registry = Registry::empty().with(kind_in("s3.bucket", bucket)).with(kind_in("sns.topic", topic));
    let lists = list(&context(), &registry, &Services::default()).await;
    let said: Vec<_> =
        lists.iter().map(|one| one.as_ref().map(|listed| listed.found.len()).map_err(|error| &*error.kind)).collect();
    assert_eq!(said, [Ok(1), Err("sns.topic")]);
}
