//! What a plan says of others who have to do with what it takes away.

use std::collections::BTreeSet;

use nonempty::NonEmpty;

use crate::aws::Error;
use crate::plan::Action;
use crate::plan::options::{Goal, Options};
use crate::plan::others::{UNKNOWN, ask, settle};
use crate::plan::owner::NOT_OURS;
use crate::resource::Address;
use crate::resource::others::{Beside, Holder, Others};
use crate::resource::{Contents, DeleteBlocker};
use crate::testing::aws::context;
use crate::testing::fake::{World, kind_in};
use crate::testing::numbered;
use crate::testing::{Account, addresses, plan_destroy, planned, stack};

use super::{actions, step};

const POLICY: &str = "
resources:
  policy:
    type: iam.policy
    document: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] }
";

fn held() -> Others {
    let holder = |who: &str| Holder { who: who.into(), command: format!("aws free '{who}'") };
    Others { holders: ["the user ana", "the role lab"].map(holder).to_vec(), ..Others::default() }
}

#[test]
fn holders_are_named_and_what_could_not_be_asked_is_said() {
    let stack = stack(POLICY);
    let account = Account::after(&stack);
    let notes = |answer| {
        let mut plan = plan_destroy(&stack, &account);
        let unknown = settle(&stack, Goal::Destroy, &mut plan, vec![(0, answer)]).unwrap();
        plan.tell_unknown(UNKNOWN, unknown);
        step(&plan, "policy").notes.clone()
    };
    assert_eq!(
        notes(Ok(held())),
        ["the user ana and the role lab, outside this stack, would lose it: it is not deleted while they use it"]
    );
    assert_eq!(notes(Ok(Others { notes: vec!["x goes".into()], ..Others::default() })), ["x goes"]);
    assert_eq!(notes(Err(Error::refused("no"))), ["whether others use it could not be determined: no"]);
}

#[test]
fn many_that_could_not_be_asked_are_one_note() {
    let stack = stack("rosters: { all: 3 }\nresources: { topic: { type: sns.topic, for_each: all } }\n");
    let mut plan = plan_destroy(&stack, &Account::after(&stack));
    let answers = ["no answer in 30 s", "no", "no"].map(|why| Err(Error::refused(why)));
    let unknown = settle(&stack, Goal::Destroy, &mut plan, answers.into_iter().enumerate().collect()).unwrap();
    plan.tell_unknown(UNKNOWN, unknown);
    let notes: Vec<_> = plan.steps.iter().flat_map(|step| &step.notes).collect();
    let expected =
        "whether others use it, and the same of 2 more, could not be determined; the first reason: no answer in 30 s";
    assert_eq!(notes, [expected]);
}

#[test]
fn a_replacement_that_must_begin_with_deleting_is_refused_under_holders() {
    let stack = stack(POLICY);
    let options = Options { replace: addresses(["policy"]), ..Options::default() };
    let mut plan = planned(&stack, &Account::after(&stack), Goal::Apply, &options);
    let errors = settle(&stack, Goal::Apply, &mut plan, vec![(0, Ok(held()))]).unwrap_err();
    let error = &errors[0].error;
    assert!(error.message.contains("the user ana and the role lab, outside this stack, would lose it"), "{error}");
    assert!(error.hint.as_ref().is_some_and(|hint| hint.ends_with("aws free 'the user ana'\naws free 'the role lab'")));
}

/// Such as an old role that the file no longer names: outside of a target, or to be kept.
#[test]
fn what_the_stack_has_and_leaves_keeps_what_it_holds() {
    let stack = stack(POLICY);
    let beside = Beside { address: Address::new("former"), kind: "iam.role".to_owned(), id: "old".into() };
    let others = || Others { beside: vec![beside.clone()], ..Others::default() };
    for (targets, which) in
        [(addresses(["policy"]), "--target excludes"), (Default::default(), "is kept in the account")]
    {
        let options = Options { targets, ..Options::default() };
        let mut plan = planned(&stack, &Account::after(&stack), Goal::Destroy, &options);
        settle(&stack, Goal::Destroy, &mut plan, vec![(0, Ok(others()))]).unwrap();
        assert_eq!(actions(&plan), ["policy keep"]);
        assert_eq!(step(&plan, "policy").notes, [format!("`former`, which {which}, still uses it")]);
    }
}

#[test]
fn what_others_have_put_under_a_key_stays_in_a_buckets_way_unless_it_is_emptied() {
    let text = |more: &str| {
        format!(
            "resources:\n  another: {{ type: s3.bucket, name: another, empty_on_destroy: true }}\n  \
             bucket: {{ type: s3.bucket, name: data{more} }}\n  \
             page: {{ type: s3.object, bucket: '${{bucket.name}}', key: a, content: hello }}\n"
        )
    };
    let notes = |more: &str| {
        let stack = stack(&text(more));
        let mut account = Account::after(&stack);
        let ids = vec!["data/a".to_owned(); 3];
        account.thing("bucket").live.blocker =
            Some(DeleteBlocker::Contents(Contents { ids, more: false, one: "object" }));
        let ids = vec!["another/a".to_owned()];
        account.thing("another").live.blocker =
            Some(DeleteBlocker::Contents(Contents { ids, more: false, one: "object" }));
        let mut plan = plan_destroy(&stack, &account);
        let page = plan.steps.iter().position(|step| step.kind.name() == "s3.object").unwrap();
        let others = Others { stays: Some("2 versions of others".into()), ..Others::default() };
        settle(&stack, Goal::Destroy, &mut plan, vec![(page, Ok(others))]).unwrap();
        (step(&plan, "page").notes.concat(), step(&plan, "bucket").notes.concat())
    };
    let (page, bucket) = notes("");
    assert_eq!(page, "2 versions of others");
    assert!(bucket.contains("it also contains 2 versions of others, so AWS won't delete it"), "{bucket}");
    assert_eq!(notes(", empty_on_destroy: true"), (String::new(), String::new()));
}

/// What it has found to be another's, and what stays although the file no longer has it, is asked like others.
#[tokio::test]
async fn what_goes_is_asked_about_and_what_is_the_stacks_is_not_another() {
    let world = World::default().leaked();
    let kind = kind_in("s3.bucket", world);
    let stack = numbered::stack(&vec![BTreeSet::new(); 7], &kind);
    let keep = |because: &str| Action::Keep { because: because.to_owned() };
    let release = || Action::Release { because: "adopted".to_owned() };
    let replace = Action::Replace { create_first: true, because: NonEmpty::new("--replace".to_owned()) };
    let declared =
        [Action::Delete, keep("protect: true"), keep(NOT_OURS), release(), Action::None, replace, Action::Delete];
    let orphans = [Action::Delete, keep("retain"), release()];
    let declared = declared.into_iter().enumerate().map(|(n, action)| numbered::step(n, action, true, &kind));
    let orphans = orphans.into_iter().enumerate().map(|(n, action)| numbered::step(n + 7, action, false, &kind));
    let mut plan = numbered::plan(&stack, declared.chain(orphans).collect());
    plan.steps[6].stays_for = Some(Address::new("r4"));
    world.held.lock().unwrap().insert("r0".into(), vec!["guest".into()]);
    let answers = ask(&context(), &stack, &plan).await;
    let held = |others: Result<Others, Error>| others.unwrap().held.is_some();
    let answers: Vec<_> = answers.into_iter().map(|(index, others)| (index, held(others))).collect();
    assert_eq!(answers, [(0, true), (5, false), (7, false)], "what is in them is asked as well");
    let own = ["r0", "r1", "r3", "r4", "r5", "r6", "r7"].map(str::to_owned).to_vec();
    let expected = ["r0", "r5", "r7"].map(|id| (id.to_owned(), own.clone()));
    assert_eq!(*world.others.lock().unwrap(), expected);

    // What AWS is asked of each depends on how many go, not on how many change.
    assert_eq!(*world.crowds.lock().unwrap(), [3; 3]);

    plan.steps.retain(|step| !matches!(step.action, Action::Delete | Action::Replace { .. }));
    assert!(ask(&context(), &stack, &plan).await.is_empty());
    assert_eq!(world.others.lock().unwrap().len(), 3, "a plan that takes nothing away asks nothing");
}
