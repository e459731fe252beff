//! Each rule of plans, broken on purpose.

use nonempty::NonEmpty;
use serde_json::json;

use crate::aws::ownership::LifecycleFlags;
use crate::model::reference::resolve;
use crate::plan::lint::{Rule, ready, violations};
use crate::plan::owner::NOT_OURS;
use crate::plan::{Action, Origin, Plan, PropertyChange, Reason, Step};
use crate::resource::{Address, Tags};
use crate::testing::{Account, ownership_tags, plan, plan_destroy, stack};

use super::{IMAGE, KEY, class};

/// A machine in a group: everything is new, is as the file says, is another image, or goes.
fn new() -> Plan {
    plan(&stack(&class(KEY, "one", IMAGE)), &Account::default())
}

fn unchanged() -> Plan {
    let stack = stack(&class(KEY, "one", IMAGE));
    plan(&stack, &Account::after(&stack))
}

fn replacing() -> Plan {
    let account = Account::after(&stack(&class(KEY, "one", IMAGE)));
    plan(&stack(&class(KEY, "one", "ami-0fedcba9876543210")), &account)
}

fn going() -> Plan {
    let stack = stack(&class(KEY, "one", IMAGE));
    plan_destroy(&stack, &Account::after(&stack))
}

fn of<'a>(plan: &'a mut Plan, address: &str) -> &'a mut Step {
    plan.steps.iter_mut().find(|step| step.address == Address::parse(address)).unwrap()
}

/// The rules that the plan breaks once `spoil` has been at the step of `address`, each with the step's address.
fn broken(mut plan: Plan, address: &str, spoil: impl FnOnce(&mut Step)) -> Vec<(Rule, String)> {
    assert_eq!(violations(&plan), [], "it is sound before");
    spoil(of(&mut plan, address));
    violations(&plan).iter().map(|one| (one.rule, plan.steps[one.step].address.to_string())).collect()
}

fn only(rule: Rule, address: &str) -> [(Rule, String); 1] {
    [(rule, address.to_owned())]
}

fn change(path: &str, replaces: bool) -> PropertyChange {
    let (before, after, reason) = (None, Some("x".into()), Reason::File);
    PropertyChange { path: path.to_owned(), before, after, reason, replaces, text: false, said: true }
}

#[test]
fn what_does_not_carry_the_stacks_tags_is_not_touched() {
    for tags in [Tags::new(), ownership_tags("theirs", "key", "cloud101-key")] {
        let untag = |step: &mut Step| step.prior.as_mut().unwrap().tags = Some(tags.clone().into());
        assert_eq!(broken(going(), "key", untag), only(Rule::Owned, "key"), "{tags:?}");
        assert_eq!(broken(replacing(), "instance", untag), only(Rule::Owned, "instance"));
        assert_eq!(broken(unchanged(), "key", untag), [], "what nothing is done with may be anybody's");
        let release = |step: &mut Step| {
            untag(step);
            step.action = Action::Release { because: "adopted".to_owned() };
        };
        assert_eq!(broken(going(), "key", release), only(Rule::Owned, "key"));
    }
}

#[test]
fn what_stays_keeps_what_it_depends_on() {
    let keep = |step: &mut Step| step.action = Action::Keep { because: "protect: true".to_owned() };
    assert_eq!(broken(going(), "instance", keep), only(Rule::Kept, "instance"));
    let delete = |step: &mut Step| step.action = Action::Delete;
    assert_eq!(broken(unchanged(), "group", delete), only(Rule::Kept, "instance"));
    let outlived = |step: &mut Step| {
        keep(step);
        step.outlives = step.depends_on.clone();
    };
    assert_eq!(broken(going(), "instance", outlived), [], "it outlives what goes");
    let theirs = |step: &mut Step| step.action = Action::Keep { because: NOT_OURS.to_owned() };
    assert_eq!(broken(going(), "instance", theirs), [], "what is not the stack's needs nothing of it");
}

/// It has not switched over to the new one yet.
#[test]
fn what_stays_may_keep_a_second_one_of_what_it_depends_on() {
    let mut plan = going();
    of(&mut plan, "instance").action = Action::Keep { because: "protect: true".to_owned() };
    let mut second = of(&mut plan, "group").clone();
    second.origin = Origin::Orphan;
    plan.steps.push(second);
    let mut with = |address: &str, action: Action| {
        let second = plan.steps.last_mut().unwrap();
        (second.address, second.action) = (Address::parse(address), action);
        violations(&plan).iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    let keep = Action::Keep { because: "instance still uses it".to_owned() };
    assert_eq!(with("group", keep.clone()), []);
    assert_eq!(with("group", Action::Delete), [Rule::Kept], "it goes as well");
    assert_eq!(with("key", keep), [Rule::Kept], "it is another thing's");
}

/// What the schedule is made of is left out of it, as a fault in the schedule would.
#[test]
fn a_plan_that_can_not_be_put_in_order_is_found() {
    // Each needs the other, so one of the two waits gives way.
    let circle = |step: &mut Step| step.depends_on.extend([Address::parse("instance")]);
    assert_eq!(broken(new(), "group", circle), only(Rule::Ordered, "instance"), "the last of them gives way");
    assert_eq!(broken(going(), "group", circle).len(), 1);
}

#[test]
fn whatever_is_done_has_a_reason() {
    let update = |step: &mut Step| step.action = Action::Update;
    assert_eq!(broken(unchanged(), "key", update), only(Rule::Reasoned, "key"));
    let in_place = |step: &mut Step| {
        step.action = Action::Update;
        step.changes.push(change("public_key", true));
    };
    assert_eq!(broken(unchanged(), "key", in_place), only(Rule::Reasoned, "key"));
    let unfounded = |step: &mut Step| {
        step.action = Action::Replace { create_first: false, because: NonEmpty::new("public_key".to_owned()) };
    };
    assert_eq!(broken(unchanged(), "key", unfounded), only(Rule::Reasoned, "key"));
    let because = |why: &'static str, changed: &'static str| {
        broken(unchanged(), "key", |step| {
            step.action = Action::Replace { create_first: false, because: NonEmpty::new(why.to_owned()) };
            step.changes.push(change(changed, true));
        })
    };
    assert_eq!(because("public_key", "public_key"), []);
    assert_eq!(because("public_key", "name"), only(Rule::Reasoned, "key"));
    assert_eq!(because("disk", "disk.size"), [], "a part of it does");
    assert_eq!(because("disk.size", "disk"), [], "the whole does");
    let idle = |step: &mut Step| step.changes.push(change("public_key", false));
    assert_eq!(broken(unchanged(), "key", idle), only(Rule::Reasoned, "key"));
    assert_eq!(broken(going(), "key", idle), only(Rule::Reasoned, "key"));
    // That its tags are to say something else is one.
    let bucket = |more: &str| stack(&format!("resources:\n  bucket: {{ type: s3.bucket, name: data{more} }}\n"));
    let update = plan(&bucket(", empty_on_destroy: true"), &Account::after(&bucket("")));
    let same_flags = |step: &mut Step| step.planned.as_mut().unwrap().keep = LifecycleFlags::default();
    assert_eq!(broken(update, "bucket", same_flags), only(Rule::Reasoned, "bucket"));
}

#[test]
fn what_is_not_known_is_brought_by_something_that_is_put_there_before() {
    // The machine needs the group's id.
    let idle = |step: &mut Step| {
        step.action = Action::None;
        step.changes.clear();
    };
    assert_eq!(broken(new(), "group", idle), only(Rule::KnownAttributes, "instance"));
    let independent = |step: &mut Step| step.depends_on.clear();
    assert_eq!(broken(new(), "instance", independent), only(Rule::KnownAttributes, "instance"));
    let without_source = |step: &mut Step| step.planned.as_mut().unwrap().source = None;
    assert_eq!(broken(new(), "instance", without_source), only(Rule::KnownAttributes, "instance"));
    assert_eq!(broken(new(), "key", without_source), [], "all of it is known");
    let open_tag = stack(&format!(
        "{}  topic: {{ type: sns.topic, tags: {{ at: '${{instance.id}}' }} }}\n",
        class(KEY, "one", IMAGE)
    ));
    assert_eq!(
        broken(plan(&open_tag, &Account::default()), "topic", without_source),
        only(Rule::KnownAttributes, "topic")
    );
    let unheard_of = |step: &mut Step| {
        let planned = step.planned.as_mut().unwrap();
        planned.desired.reveal_mut().spec["image"] = json!(resolve("${nothing.id}", |_| None));
    };
    assert_eq!(broken(unchanged(), "instance", |_| {}), []);
    assert_eq!(broken(new(), "key", unheard_of), only(Rule::KnownAttributes, "key"));
}

#[test]
fn nothing_is_deleted_before_aws_was_asked_for_what_takes_its_place() {
    let policy = |about: &str| {
        let document = "{ Statement: [{ Effect: Allow, Action: 's3:*', Resource: '*' }] }";
        stack(&format!("resources:\n  policy: {{ type: iam.policy, description: {about}, document: {document} }}\n"))
    };
    let mut plan = plan(&policy("two"), &Account::after(&policy("one")));
    let ready = |plan: &Plan| ready(plan).iter().map(|one| (one.rule, one.step)).collect::<Vec<_>>();
    assert!(matches!(plan.steps[0].action, Action::Replace { create_first: false, .. }), "{plan:?}");
    assert_eq!(ready(&plan), [(Rule::Possible, 0)]);
    plan.steps.iter_mut().for_each(|step| step.is_checked = true);
    assert_eq!(ready(&plan), []);
}

/// It fails alone when its turn comes, with the reason, and keeps nothing else from being done.
#[test]
fn an_attribute_that_something_does_not_have_is_not_the_plans_fault() {
    let text = |function: &str| {
        stack(&format!(
            "resources:\n  page: {{ type: s3.object, bucket: lesson-files, key: a.txt, content: one }}\n{function}"
        ))
    };
    let topic = "  topic: { type: sns.topic, display_name: 'version ${page.version_id}' }\n";
    let mut account = Account::after(&text(""));
    account.thing("page").live.attributes.remove("version_id");
    let plan = plan(&text(topic), &account);
    assert!(plan.steps.iter().any(|step| step.action == Action::Create), "{plan:?}");
    assert_eq!(ready(&plan), []);
}

/// The volume goes after its instance, so what the instance's address is written into can't go after the volume.
#[test]
fn an_order_that_gives_way_to_what_outlives_another_is_not_a_fault() {
    let text = "resources:
  vm: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }
  page: { type: s3.object, bucket: lesson-files, key: a.txt, content: 'at ${vm.availability_zone}' }
  ip: { type: ec2.elastic_ip, instance: '${vm.id}', depends_on: [page] }
";
    let stack = stack(text);
    assert_eq!(ready(&plan_destroy(&stack, &Account::after(&stack))), []);
}
