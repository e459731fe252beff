//! Copies of those whom a `when:` leaves out now.

use std::collections::BTreeSet;

use crate::aws::ownership::KEEP;
use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::{Action, Plan};
use crate::resource::Address;
use crate::stack::Stack;
use crate::testing::{Account, addresses, plan, planned, refused, stack};

use super::actions;

const ALL: [&str; 5] = ["ana", "bo", "cy", "dan", "eva"];

/// A topic for each, and another one for those with a GPU.
fn class(with: &[&str]) -> Stack {
    let member = |key: &&str| format!("{key}: {{ gpu: '{}' }}", if with.contains(key) { "yes" } else { "no" });
    stack(&format!(
        "rosters: {{ students: {{ {} }} }}\nresources:\n  desk: {{ type: sns.topic, for_each: students }}\n  \
         gpu: {{ type: sns.topic, for_each: students, when: '${{each.gpu}} == yes' }}\n",
        ALL.iter().map(member).collect::<Vec<_>>().join(", ")
    ))
}

fn done(plan: &Plan) -> Vec<String> {
    actions(plan).into_iter().filter(|action| !action.ends_with(" none")).collect()
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn who_is_left_out_loses_it_and_the_plan_says_why() {
    let plan = plan(&class(&ALL[1..]), &Account::after(&class(&ALL)));
    assert_eq!(done(&plan), ["(gpu[\"ana\"]) delete"]);
    let why = plan.steps.iter().find_map(|step| step.why.as_deref());
    assert_eq!(why, Some("`when:` no longer holds for this member"));
    // One who left the roster, and is named, goes because of that.
    let left = stack(
        "rosters: { students: { bo: {gpu: yes} } }\nresources: { desk: { type: sns.topic, for_each: students } }\n",
    );
    let leavers = Leavers { remove: keys(&["ana"]), ..Leavers::default() };
    let plan = planned(&left, &Account::after(&class(&ALL)), Goal::Apply, &Options { leavers, ..Options::default() });
    let why = plan.steps.iter().filter(|step| step.action == Action::Delete).find_map(|step| step.why.as_deref());
    assert_eq!(why, Some("no longer in the roster `students`"));
}

/// A slip in a condition must not take from a class what it has.
#[test]
fn a_condition_that_leaves_many_out_is_refused_unless_they_are_named() {
    let account = Account::after(&class(&ALL));
    let few = class(&ALL[2..]);
    let errors = refused(&few, &account, Goal::Apply, &Options::default());
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(
        error.error.message,
        "`when:` of `gpu` no longer holds for 2 of 5 who have one, which is more than a quarter: it, or the column in the \
         roster, may be mistyped"
    );
    assert_eq!(error.line, few.get(&Address::copy("gpu", "cy")).map(|declared| declared.line), "that of `gpu`");
    assert_eq!(
        error.error.hint.as_deref(),
        Some(
            "look at `when:` of `gpu` and at the roster; if they are all to go, add --even-if-many, or name them: --remove \
             ana,bo"
        )
    );
    let with = |leavers| planned(&few, &account, Goal::Apply, &Options { leavers, ..Options::default() });
    let both = ["(gpu[\"ana\"]) delete", "(gpu[\"bo\"]) delete"];
    assert_eq!(done(&with(Leavers { even_if_many: true, ..Leavers::default() })), both);
    assert_eq!(done(&with(Leavers { remove: keys(&["ana", "bo"]), ..Leavers::default() })), both);
    // One who is not named is one of five, and not too many.
    assert_eq!(done(&with(Leavers { remove: keys(&["ana"]), ..Leavers::default() })), both);
    // What stays is not counted: it stays with every run.
    let mut kept = Account::after(&class(&ALL));
    kept.tag("gpu[ana]", KEEP, "retain");
    let kept = plan(&few, &kept);
    assert_eq!(done(&kept), ["(gpu[\"ana\"]) release", "(gpu[\"bo\"]) delete"]);
    // A destroy takes them in any case.
    assert_eq!(planned(&few, &account, Goal::Destroy, &Options::default()).counts().destroy, 10);
}

#[test]
fn a_key_means_what_it_has_lost_too() {
    let account = Account::after(&class(&ALL));
    let few = class(&ALL[2..]);
    let of = |goal, only: &[&str]| {
        let options = Options { only: keys(only), ..Options::default() };
        done(&planned(&few, &account, goal, &options))
    };
    assert_eq!(of(Goal::Apply, &["ana"]), ["(gpu[\"ana\"]) delete"]);
    assert_eq!(of(Goal::Destroy, &["ana"]), ["desk[\"ana\"] delete", "(gpu[\"ana\"]) delete"]);
    assert_eq!(of(Goal::Destroy, &["cy"]), ["desk[\"cy\"] delete", "gpu[\"cy\"] delete"]);
    let target = Options { targets: addresses(["gpu"]), ..Options::default() };
    assert_eq!(planned(&few, &account, Goal::Destroy, &target).counts().destroy, 5);
}

/// Those who have no copy of anything are not everybody.
#[test]
fn a_key_without_any_copy_means_no_one_else() {
    let gpu = |ana: &str| {
        stack(&format!(
            "rosters: {{ students: {{ ana: {{ gpu: '{ana}' }}, bo: {{ gpu: 'yes' }} }} }}\n\
             resources: {{ gpu: {{ type: sns.topic, for_each: students, when: '${{each.gpu}} == yes' }} }}\n"
        ))
    };
    let options = Options { only: keys(&["ana"]), ..Options::default() };
    for goal in [Goal::Apply, Goal::Destroy] {
        let plan = planned(&gpu("no"), &Account::after(&gpu("yes")), goal, &options);
        assert_eq!(done(&plan), ["(gpu[\"ana\"]) delete"], "{goal:?}");
    }
}
