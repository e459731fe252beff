//! What stands against a deletion, and what is lost with it.

use crate::aws::ownership::KEEP;
use crate::plan::Action;
use crate::plan::options::{Goal, Options};
use crate::resource::{Contents, DeleteBlocker};
use crate::testing::{Account, addresses, plan, plan_destroy, planned, stack};

use super::{actions, changes, step};

const IMAGE: &str = "ami-0123456789abcdef0";
const INSTANCE: &str =
    "resources:\n  instance: { type: ec2.instance, image: ami-0123456789abcdef0, instance_type: t3.micro }\n";

#[test]
fn destroy_says_what_a_bucket_holds() {
    let with = |more: &str| stack(&format!("resources:\n  bucket: {{ type: s3.bucket, name: data{more} }}\n"));
    let mut account = Account::after(&with(""));
    account.thing("bucket").live.blocker = objects("data", 12);
    let kept = plan_destroy(&with(""), &account);
    let notes = ["it contains 12 objects, so AWS won't delete it: empty it, or add --empty-buckets"];
    assert_eq!((step(&kept, "bucket").empty, &*step(&kept, "bucket").notes), (false, &notes.map(str::to_owned)[..]));
    let options = Options { empty_buckets: true, ..Options::default() };
    let notes = ["it contains 12 objects: all are deleted with it".to_owned()];
    for plan in [
        plan_destroy(&with(", empty_on_destroy: true"), &account),
        planned(&with(""), &account, Goal::Destroy, &options),
    ] {
        assert_eq!((step(&plan, "bucket").empty, &*step(&plan, "bucket").notes), (true, &notes[..]));
    }
    let options = Options { replace: addresses(["bucket"]), ..Options::default() };
    let plan = planned(&with(""), &account, Goal::Apply, &options);
    assert!(step(&plan, "bucket").notes[0].contains("12 objects"), "{:?}", step(&plan, "bucket").notes);
}

/// `count` objects of a bucket.
fn objects(bucket: &str, count: usize) -> Option<DeleteBlocker> {
    let ids = (0..count).map(|n| format!("{bucket}/{n}")).collect();
    Some(DeleteBlocker::Contents(Contents { ids, more: false, one: "object" }))
}

#[test]
fn what_goes_by_itself_is_in_no_buckets_way() {
    let text = "
resources:
  bucket: { type: s3.bucket, name: data }
  page: { type: s3.object, bucket: '${bucket.name}', key: '0', content: hello }
";
    let stack = stack(text);
    let mut account = Account::after(&stack);
    account.thing("bucket").live.blocker = objects("data", 1);
    let notes = |account: &Account| step(&plan_destroy(&stack, account), "bucket").notes.clone();
    assert_eq!(notes(&account), [""; 0]);
    account.thing("bucket").live.blocker = objects("data", 3);
    let expected = "besides what the stack put there it contains 2 objects, so AWS won't delete it: empty it, or add --empty-buckets";
    assert_eq!(notes(&account), [expected]);
    // If the object stays, the bucket can't go.
    account.tag("page", KEEP, "protect");
    let without = crate::testing::stack("resources:\n  bucket: { type: s3.bucket, name: data }\n");
    assert!(step(&plan_destroy(&without, &account), "bucket").notes[0].starts_with("it contains 3 objects"));
}

#[test]
fn a_bucket_that_the_file_no_longer_means_is_emptied_if_it_said_so_or_if_asked() {
    let named =
        |name: &str, more: &str| stack(&format!("resources:\n  bucket: {{ type: s3.bucket, name: {name}{more} }}\n"));
    let mut silent = Account::after(&named("old-data", ""));
    silent.thing("bucket").live.blocker = objects("old-data", 12);
    let mut said = Account::after(&named("old-data", ", empty_on_destroy: true"));
    said.thing("bucket").live.blocker = objects("old-data", 12);
    let asked = Options { empty_buckets: true, ..Options::default() };
    let refused = "it contains 12 objects, so AWS won't delete it: empty it, or add --empty-buckets";
    let deleted = "it contains 12 objects: all are deleted with it";
    let gone = stack("resources:\n  topic: { type: sns.topic }\n");
    for (stack, goal) in [(named("new-data", ""), Goal::Apply), (gone, Goal::Destroy)] {
        let cases = [
            (&silent, Options::default(), refused),
            (&silent, asked.clone(), deleted),
            (&said, Options::default(), deleted),
        ];
        for (account, options, note) in cases {
            let plan = planned(&stack, account, goal, &options);
            let extra = plan.steps.iter().find(|step| !step.is_declared()).unwrap();
            assert_eq!((extra.action.clone(), extra.notes.as_slice()), (Action::Delete, &[note.to_owned()][..]));
            assert_eq!(extra.empty, note == deleted);
        }
    }
}

#[test]
fn that_a_bucket_may_be_emptied_is_marked() {
    let with = |more: &str| stack(&format!("resources:\n  bucket: {{ type: s3.bucket, name: data{more} }}\n"));
    let account = Account::after(&with(""));
    let plan = plan(&with(", empty_on_destroy: true"), &account);
    assert_eq!((actions(&plan), changes(&plan, "bucket")), (vec!["bucket update".to_owned()], vec![]));
    assert!(crate::testing::plan(&with(""), &account).is_empty());
}

/// As the instance says of itself while it has termination protection.
fn lock() -> Option<DeleteBlocker> {
    Some(DeleteBlocker::Lock {
        said: "termination_protection: true",
        unlocks: "termination_protection: false",
        command: "aws ec2 unlock".into(),
    })
}

#[test]
fn a_destroy_says_what_is_locked() {
    let stack = stack(INSTANCE);
    let mut account = Account::after(&stack);
    account.thing("instance").live.blocker = lock();
    account.double("instance", "i-second");
    let plan = plan_destroy(&stack, &account);
    let notes: Vec<_> = plan.steps.iter().flat_map(|step| step.notes.clone()).collect();
    let expected = [
        "the data on its root volume is lost",
        "`termination_protection: true`, so AWS won't delete it: apply `termination_protection: false` first, or run `aws ec2 unlock`",
        "it is locked, so AWS won't delete it; this unlocks it: `aws ec2 unlock`",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn what_is_lost_with_a_disk_is_said() {
    let instance = |image: &str, more: &str| {
        stack(&format!("resources:\n  vm: {{ type: ec2.instance, image: {image}, instance_type: t3.micro{more} }}\n"))
    };
    let disk = ", volumes: [ { device: /dev/sdf, size_gib: 5 } ]";
    let account = Account::after(&instance(IMAGE, disk));
    let notes = |image: &str, more: &str| step(&plan(&instance(image, more), &account), "vm").notes.clone();
    assert_eq!(notes(IMAGE, disk), [""; 0]);
    assert_eq!(notes(IMAGE, ""), ["the data on /dev/sdf is lost"]);
    let replaced = notes("ami-0fedcba9876543210", disk);
    let whole = ["the data on its root volume and on /dev/sdf is lost"];
    assert_eq!(replaced, whole);
    assert_eq!(step(&plan_destroy(&instance(IMAGE, disk), &account), "vm").notes, whole);
}
