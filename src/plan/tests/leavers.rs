//! Copies of those who join and leave a roster.

use std::collections::BTreeSet;

use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::{Action, Plan};
use crate::resource::Address;
use crate::stack::Stack;
use crate::testing::{Account, addresses, plan, plan_destroy, planned, refused, stack};

use super::{actions, step};

/// A bucket and a topic for each, and a topic for all.
fn class(keys: &str) -> Stack {
    stack(&format!(
        "rosters: {{ students: [{keys}] }}\n\
         resources:\n  \
           all: {{ type: sns.topic }}\n  \
           home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n  \
           news: {{ type: sns.topic, for_each: students, tags: {{ of: '${{home.name}}', to: '${{all.name}}' }} }}\n"
    ))
}

fn keys<const N: usize>(keys: [&str; N]) -> BTreeSet<String> {
    keys.into_iter().map(str::to_owned).collect()
}

fn leaving(stack: &Stack, account: &Account, leavers: Leavers) -> Plan {
    planned(stack, account, Goal::Apply, &Options { leavers, ..Options::default() })
}

/// What is done, without what stays as it is; what the file does not name in parentheses.
fn done(plan: &Plan) -> Vec<String> {
    actions(plan).into_iter().filter(|action| !action.ends_with(" none")).collect()
}

#[test]
fn each_member_gets_a_copy_that_needs_the_others_of_the_same_key() {
    let plan = plan(&class("ana, bo"), &Account::default());
    let expected =
        ["all create", "home[\"ana\"] create", "home[\"bo\"] create", "news[\"ana\"] create", "news[\"bo\"] create"];
    assert_eq!(done(&plan), expected);
    assert_eq!(step(&plan, "home[\"ana\"]").name, "cloud101-class-ana");
    assert_eq!(step(&plan, "news[\"bo\"]").name, "cloud101-news-bo", "the key ends a name that the file does not say");
    assert_eq!(step(&plan, "news[\"bo\"]").depends_on, addresses(["all", "home[bo]"]));
}

#[test]
fn who_joins_is_made_and_who_leaves_is_kept() {
    let account = Account::after(&class("ana, bo"));
    let plan = plan(&class("ana, carla"), &account);
    let expected = ["home[\"carla\"] create", "news[\"carla\"] create", "(home[\"bo\"]) keep", "(news[\"bo\"]) keep"];
    assert_eq!(done(&plan), expected);
    let left = plan.steps.iter().find(|step| step.address == Address::copy("home", "bo")).expect("it is in the plan");
    let Action::Keep { because } = &left.action else { panic!("it is kept") };
    assert_eq!(because, "no longer in the roster `students`: kept until --remove names it");
}

#[test]
fn only_those_who_are_named_go() {
    let account = Account::after(&class("ana, bo, carla, dora"));
    let remove = |keys| Leavers { remove: keys, ..Leavers::default() };
    let plan = leaving(&class("ana, dora"), &account, remove(keys(["bo", "ana", "zoe"])));
    let expected =
        ["(home[\"bo\"]) delete", "(home[\"carla\"]) keep", "(news[\"bo\"]) delete", "(news[\"carla\"]) keep"];
    assert_eq!(done(&plan), expected, "those in the roster stay, named or not");
}

#[test]
fn all_who_left_go_unless_the_roster_looks_truncated() {
    let account = Account::after(&class("ana, bo, carla, dora"));
    let absent = |even_if_many| Leavers { remove_absent: true, even_if_many, ..Leavers::default() };
    // One of four is a quarter, and not more.
    let plan = leaving(&class("ana, bo, carla"), &account, absent(false));
    assert_eq!(done(&plan), ["(home[\"dora\"]) delete", "(news[\"dora\"]) delete"]);

    let options = |even_if_many| Options { leavers: absent(even_if_many), ..Options::default() };
    let few = class("ana, bo");
    let errors = refused(&few, &account, Goal::Apply, &options(false));
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(
        error.error.message,
        "2 of 4 who have something are no longer in the roster `students`, which is more than a quarter: it may be truncated"
    );
    assert_eq!(
        error.error.hint.as_deref(),
        Some(
            "look whether the roster is complete; if they are all to go, add --even-if-many, or name them in place of \
             --remove-absent: --remove carla,dora"
        )
    );
    // It points at the resource of which they have copies.
    assert_eq!(error.line, few.resources.iter().find(|one| one.address.name == "home").map(|one| one.line));
    // Nor does a roster of many others, who have nothing yet, make few of those who left.
    let others: Vec<_> = (0..20).map(|n| format!("new-{n}")).collect();
    assert_eq!(refused(&class(&others.join(", ")), &account, Goal::Apply, &options(false)).len(), 1);
    let plan = planned(&few, &account, Goal::Apply, &options(true));
    assert_eq!(done(&plan).len(), 4);
    assert!(plan.steps.iter().filter(|step| step.is_change()).all(|step| step.action == Action::Delete));
}

#[test]
fn a_resource_that_is_no_longer_for_each_or_gone_is_not_a_leaver() {
    let account = Account::after(&class("ana"));
    let without = stack("rosters: { students: [ana] }\nresources: { all: { type: sns.topic } }\n");
    assert_eq!(done(&plan(&without, &account)), ["(home[\"ana\"]) delete", "(news[\"ana\"]) delete"]);
    // What the class no longer gets goes for those, too, who are kept because they left: not one of them is meant.
    let account = Account::after(&class("ana, bo, cy"));
    let text = "rosters: { students: [ana, cy] }\nresources:\n  all: { type: sns.topic }\n  \
                home: { type: s3.bucket, for_each: students, name: 'cloud101-class-${each.key}' }\n";
    let all_news = ["(news[\"ana\"]) delete", "(news[\"bo\"]) delete", "(news[\"cy\"]) delete"];
    assert_eq!(done(&plan(&stack(text), &account)), [&["(home[\"bo\"]) keep"], &all_news[..]].concat());
    // Another name of a resource is another resource, as without copies.
    let renamed = text.replace("home:", "house:").replace("cloud101-class-", "cloud101-house-");
    let goes = done(&plan(&stack(&renamed), &account)).into_iter().filter(|one| one.ends_with("delete")).count();
    assert_eq!(goes, 6);
}

#[test]
fn a_destroy_takes_those_who_left_too() {
    let account = Account::after(&class("ana, bo"));
    let plan = plan_destroy(&class("ana"), &account);
    assert_eq!(plan.counts().destroy, 5, "{:?}", actions(&plan));
}

#[test]
fn a_name_without_a_key_means_all_copies_and_a_key_all_that_is_for_it() {
    let (stack, account) = (class("ana, bo"), Account::default());
    let of = |options: Options| planned(&stack, &account, Goal::Apply, &options);
    let targets = of(Options { targets: addresses(["home"]), ..Options::default() });
    assert_eq!(done(&targets), ["home[\"ana\"] create", "home[\"bo\"] create"]);
    let one = of(Options { targets: [Address::copy("home", "bo")].into(), ..Options::default() });
    assert_eq!(done(&one), ["home[\"bo\"] create"]);
    let only = of(Options { only: keys(["bo"]), ..Options::default() });
    assert_eq!(done(&only), ["all create", "home[\"bo\"] create", "news[\"bo\"] create"]);
    let replace = Options { replace: addresses(["home"]), ..Options::default() };
    let replaced = planned(&stack, &Account::after(&stack), Goal::Apply, &replace);
    assert_eq!(done(&replaced), ["home[\"ana\"] replace", "home[\"bo\"] replace"]);
}

#[test]
fn a_destroy_of_a_name_takes_the_copies_of_those_who_left_too() {
    let account = Account::after(&class("ana, bo"));
    let options = Options { targets: addresses(["home"]), ..Options::default() };
    let plan = planned(&class("ana"), &account, Goal::Destroy, &options);
    let homes = plan.steps.iter().filter(|step| step.address.name == "home" && step.action == Action::Delete);
    assert_eq!(homes.count(), 2, "{:?}", actions(&plan));
    let one = Options { targets: addresses(["home[ana]"]), ..Options::default() };
    let plan = planned(&class("ana"), &account, Goal::Destroy, &one);
    assert!(plan.steps.iter().all(|step| step.address.key.as_deref() != Some("bo")), "{:?}", actions(&plan));
}
