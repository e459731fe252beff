//! What becomes of a machine whose disks differ from the file.

use nonempty::NonEmpty;
use serde_json::json;

use crate::aws::ownership::KEEP;
use crate::plan::Action;
use crate::plan::options::{Goal, Options};
use crate::resource::Besides;
use crate::testing::{Account, addresses, plan, plan_destroy, planned, stack};

use super::{IMAGE, KEY, actions, class, step};

#[test]
fn a_disk_that_shrinks_replaces_and_one_that_grows_does_not() {
    let with = |size: u32| stack(&format!("{}    root_volume: {{ size_gib: {size} }}\n", class(KEY, "one", IMAGE)));
    let account = Account::after(&with(16));
    let because = NonEmpty::new("root_volume.size_gib".to_owned());
    assert_eq!(step(&plan(&with(8), &account), "instance").action, Action::Replace { create_first: true, because });
    assert_eq!(step(&plan(&with(32), &account), "instance").action, Action::Update);
}

/// A disk was grown by hand, the evening before class: the file still says what it said, and no one asked for another
/// machine.
#[test]
fn a_disk_that_was_grown_by_hand_replaces_nothing_but_on_demand() {
    let disk = |size: u32| format!("    volumes: [{{ device: /dev/sdf, size_gib: {size}, encrypted: true }}]\n");
    let with = |root: u32, data: u32| {
        stack(&format!("{}    root_volume: {{ size_gib: {root} }}\n{}", class(KEY, "one", IMAGE), disk(data)))
    };
    let stack = with(8, 5);
    let mut account = Account::after(&stack);
    account.drift("instance", "root_volume.size_gib", json!(16));
    let live = json!([{ "device": "/dev/sdf", "size_gib": 9, "type": "gp3", "iops": 3000, "encrypted": true,
                       "delete_with_instance": true }]);
    account.drift("instance", "volumes", live);
    let left = plan(&stack, &account);
    assert!(left.is_empty(), "{:?}", actions(&left));
    let notes = &step(&left, "instance").notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("`root_volume.size_gib` was changed by hand"), "{notes:?}");
    assert!(notes[0].contains("the root volume has 16 GiB, but the file says 8"), "{notes:?}");
    assert!(notes[1].contains("/dev/sdf has 9 GiB, but the file says 5"), "{notes:?}");
    assert!(notes.iter().all(|note| note.contains("`--replace instance`")), "{notes:?}");

    // A file that says a little more, and still less than is there, does not ask for another machine either.
    let more = plan(&with(10, 5), &account);
    assert_eq!(step(&more, "instance").action, Action::Update);
    let options = Options { replace: addresses(["instance"]), ..Options::default() };
    let asked = planned(&stack, &account, Goal::Apply, &options);
    let because = NonEmpty::new("root_volume.size_gib".to_owned());
    assert_eq!(step(&asked, "instance").action, Action::Replace { create_first: true, because });
    // What the file itself makes smaller is, however much more AWS says of it.
    let mut with_more = Account::after(&stack);
    let live = json!([{ "device": "/dev/sdf", "size_gib": 5, "type": "gp3", "iops": 3000, "encrypted": true,
                       "delete_with_instance": true }]);
    with_more.drift("instance", "volumes", live);
    for account in [Account::after(&stack), with_more] {
        let smaller = plan(&with(8, 4), &account);
        let because = NonEmpty::new("volumes".to_owned());
        assert_eq!(step(&smaller, "instance").action, Action::Replace { create_first: true, because });
    }
    // What is replaced for another reason becomes all that the file says.
    let image =
        format!("{}    root_volume: {{ size_gib: 8 }}\n{}", class(KEY, "one", "ami-0fedcba9876543210"), disk(5));
    let replaced = plan(&crate::testing::stack(&image), &account);
    let replaced = step(&replaced, "instance");
    assert!(replaced.changes.iter().any(|change| change.path == "root_volume.size_gib"), "{:?}", replaced.changes);
    assert!(!replaced.notes.iter().any(|note| note.contains("changed by hand")), "{:?}", replaced.notes);
}

#[test]
fn a_disk_that_was_put_in_place_of_an_encrypted_one_by_hand_replaces_nothing() {
    let text =
        format!("{}    volumes: [{{ device: /dev/sdf, size_gib: 5, encrypted: true }}]\n", class(KEY, "one", IMAGE));
    let stack = stack(&text);
    let mut account = Account::after(&stack);
    let live = json!([{ "device": "/dev/sdf", "size_gib": 5, "type": "gp3", "encrypted": false,
                       "delete_with_instance": true }]);
    account.drift("instance", "volumes", live);
    let plan = plan(&stack, &account);
    assert!(plan.is_empty(), "{:?}", actions(&plan));
    assert!(step(&plan, "instance").notes[0].contains("/dev/sdf is not encrypted, unlike in the file"));
}

#[test]
fn what_is_said_of_disks_is_said_of_what_becomes_of_their_instance() {
    let before = stack(&class(KEY, "one", IMAGE));
    let mut account = Account::after(&before);
    let [kept, deleted, replaced, changed] =
        ["kept", "deleted", "replaced", "changed"].map(|word| vec![word.to_owned()]);
    account.thing("instance").live.besides = Besides { kept, deleted, replaced, changed, ..Besides::default() };
    let notes = |plan: &crate::plan::Plan| step(plan, "instance").notes.clone();
    assert_eq!(notes(&plan(&before, &account)), ["kept"]);
    assert_eq!(notes(&plan_destroy(&before, &account)), ["deleted"]);
    account.thing("instance").live.unmarked = true;
    let update = plan(&before, &account);
    assert!(step(&update, "instance").loses_data && notes(&update) == ["kept", "changed"], "{:?}", notes(&update));
    account.thing("instance").live.unmarked = false;
    assert_eq!(notes(&plan(&stack(&class(KEY, "one", "ami-0fedcba9876543210")), &account)), ["replaced"]);
    // Under another address the old one is found by a list alone, and the same is said of it.
    let renamed = stack(&class(KEY, "one", IMAGE).replace("  instance:", "  machine:"));
    let plan = plan(&renamed, &account);
    assert_eq!(actions(&plan), ["key none", "group none", "machine create", "(instance) delete"]);
    assert_eq!(plan.steps[3].notes[0], "deleted");
}

#[test]
fn a_disk_whose_instance_the_file_no_longer_has_is_kept_and_a_plan_is_empty() {
    let before = stack(&class(KEY, "one", IMAGE));
    let mut account = Account::after(&before);
    let after = stack(&format!("resources:\n  key: {{ type: ec2.key_pair, public_key: {KEY} }}\n"));
    account.delete("group").tag("instance", KEEP, "retain");
    account.thing("instance").live.id = "vol-1".to_owned();
    let plan = plan(&after, &account);
    assert_eq!(actions(&plan), ["key none", "(instance) keep"]);
    assert!(plan.is_empty());
    assert_eq!(plan.steps[1].action, Action::Keep { because: "delete_with_instance: false at the last apply".into() });
}
