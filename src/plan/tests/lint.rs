//! Each rule of plans, broken on purpose.

use nonempty::NonEmpty;
use serde_json::json;

use crate::model::reference::resolve;
use crate::plan::lint::{Rule, ready, violations};
use crate::plan::{Action, Plan, PropertyChange, Reason, Step};
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
        let untag = |step: &mut Step| *step.prior.as_mut().unwrap().tags.reveal_mut() = tags.clone();
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
}

/// What the schedule is made of is left out of it, as a fault in the schedule would.
#[test]
fn a_plan_that_can_not_be_put_in_order_is_found() {
    // Each needs the other, so that one of the two waits gives way.
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
    let idle = |step: &mut Step| step.changes.push(change("public_key", false));
    assert_eq!(broken(unchanged(), "key", idle), only(Rule::Reasoned, "key"));
    assert_eq!(broken(going(), "key", idle), only(Rule::Reasoned, "key"));
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

/// The volume goes after its instance, so that what the instance's address is written into can't go after the volume.
#[test]
fn an_order_that_gives_way_to_what_outlives_another_is_no_fault() {
    let text = "resources:
  vm: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }
  page: { type: s3.object, bucket: lesson-files, key: a.txt, content: 'at ${vm.availability_zone}' }
  ip: { type: ec2.elastic_ip, instance: '${vm.id}', depends_on: [page] }
";
    let stack = stack(text);
    assert_eq!(ready(&plan_destroy(&stack, &Account::after(&stack))), []);
}
