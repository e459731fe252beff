//! What has another address than before.

use crate::plan::Reason;
use crate::plan::options::{Goal, Options};
use crate::resource::Address;
use crate::testing::{Account, plan, refused, stack};

use super::{actions, step};

fn class(moved: &str, students: &str, topic: &str) -> crate::stack::Stack {
    stack(&format!(
        "rosters: {{ students: [{students}] }}\nmoved: {{ {moved} }}\nresources:\n  \
           {topic}: {{ type: sns.topic }}\n  \
           home: {{ type: s3.bucket, for_each: students, name: 'cloud101-class-${{each.key}}' }}\n  \
           news: {{ type: sns.topic, for_each: students, tags: {{ of: '${{home.name}}' }} }}\n"
    ))
}

#[test]
fn only_the_tags_of_what_moved_change() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let after = class("all: everybody, 'students[ana]': 'students[anna]'", "anna, bo", "everybody");
    let plan = plan(&after, &account);
    let expected = [
        "everybody update",
        "home[\"anna\"] update",
        "home[\"bo\"] none",
        "news[\"anna\"] update",
        "news[\"bo\"] none",
    ];
    assert_eq!(actions(&plan), expected);
    let home = step(&plan, "home[\"anna\"]");
    assert_eq!((home.name.as_str(), home.changes.len()), ("cloud101-class-ana", 0));
    assert_eq!(home.notes, ["it was `home[\"ana\"]`: its tags follow"]);
    assert_eq!(step(&plan, "news[\"anna\"]").name, "cloud101-news-ana");
}

/// Who has worked under the new key has something there, which must not go as a leftover.
#[test]
fn what_was_made_under_both_addresses_is_refused() {
    let mut account = Account::after(&class("", "ana, bo", "all"));
    account.apply(&class("", "anna, bo", "all"));
    let after = class("'students[ana]': 'students[anna]'", "anna, bo", "all");
    let errors = refused(&after, &account, Goal::Apply, &Options::default());
    assert!(!errors.is_empty() && errors[0].error.message.contains("one of both would be deleted"), "{errors:?}");
}

/// The plan that a rename makes without it says what to write.
#[test]
fn a_plan_that_makes_something_again_says_how_to_keep_it() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let orphan = |plan: &crate::plan::Plan| {
        let left = plan.steps.iter().find(|step| step.address == Address::new("all")).expect("it is in the plan");
        left.notes.clone()
    };
    let renamed = plan(&class("", "ana, bo", "everybody"), &account);
    assert_eq!(orphan(&renamed), ["if this is now `everybody`, `moved: { all: everybody }` in the file keeps it"]);
    // One who joins gets a topic as well: which of both it is, is not known.
    let joined = plan(&class("", "ana, bo, carla", "everybody"), &account);
    assert_eq!(orphan(&joined), Vec::<String>::new());
}

#[test]
fn without_it_one_leaves_and_another_joins() {
    let account = Account::after(&class("", "ana, bo", "all"));
    let plan = plan(&class("", "anna, bo", "all"), &account);
    let done: Vec<_> = actions(&plan).into_iter().filter(|action| !action.ends_with(" none")).collect();
    let expected = ["home[\"anna\"] create", "news[\"anna\"] create", "(home[\"ana\"]) keep", "(news[\"ana\"]) keep"];
    assert_eq!(done, expected);
}

#[test]
fn what_the_file_changes_of_what_moved_changes() {
    let account = Account::after(&class("", "ana", "all"));
    let mut after = class("all: everybody", "ana", "everybody");
    after.tags.insert("course".into(), "cloud".into());
    let plan = plan(&after, &account);
    let changes: Vec<_> =
        step(&plan, "everybody").changes.iter().map(|change| (&*change.path, change.reason.clone())).collect();
    assert_eq!(changes, [("tags.course", Reason::File)]);
    assert!(plan.steps.iter().all(|step| step.address != Address::new("all")), "it is in the plan once");
}
