//! S3 that has not settled yet.

use serde_json::json;

use super::super::{AGREEING, Bucket};
use super::*;
use crate::resource::{Address, Base, Resource};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

fn desired(spec: Value) -> Desired<Spec> {
    let spec = Bucket.canonical(serde_json::from_value(spec).unwrap(), &Base::from("")).unwrap();
    let spec = Spec { public_access_block: None, ..spec };
    Desired { address: Address::new("bucket"), name: "lesson".into(), spec, tags: Tags::new(), replaces: None }
}

/// The bucket `lesson`, of which the last apply set `recorded`; what it has of a setting is what `answer` says of the
/// how manieth question.
fn account(recorded: &'static str, answer: impl Fn(&str, usize) -> Option<Answer> + Send + 'static) -> Aws {
    let mut asked = std::collections::BTreeMap::<String, usize>::new();
    Aws::with(move |call: &Asked| {
        let setting = call.name.split('?').nth(1).unwrap_or_default().split(['&', ' ', '=']).next().unwrap_or_default();
        let count = asked.entry(format!("{} {setting}", &call.name[..6])).or_default();
        *count += 1;
        if let Some(answer) = answer(setting, *count) {
            return answer;
        }
        match setting {
            _ if call.name.starts_with("s3:PUT") => yes(""),
            "tagging" => yes(tagging(recorded, "")),
            "versions" => yes("<ListVersionsResult/>"),
            "website" => no(404, "NoSuchWebsiteConfiguration", "There is none"),
            _ => panic!("{}", call.name),
        }
    })
}

fn tagging(recorded: &str, more: &str) -> String {
    let mut ownership_tags = crate::testing::ownership_tags("cloud101", "bucket", "lesson");
    let mut applied = crate::aws::ownership::LastApplied::read(&ownership_tags);
    applied.insert(recorded, &json!("whatever"), false);
    let ownership = crate::aws::ownership::Ownership {
        applied,
        ..crate::aws::ownership::Ownership::read(&ownership_tags).unwrap()
    };
    ownership_tags.extend(ownership.tags());
    let tag = |(key, value): (&String, &String)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    format!("<Tagging><TagSet>{}{more}</TagSet></Tagging>", ownership_tags.iter().map(tag).collect::<String>())
}

fn rules(days: i32) -> Answer {
    yes(format!(
        "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
         <Expiration><Days>{days}</Days></Expiration></Rule></LifecycleConfiguration>"
    ))
}

async fn read(aws: &Aws, desired: &Desired<Spec>) -> Live<Spec> {
    Bucket.read(&aws.context(), std::slice::from_ref(desired)).await.remove(0).unwrap().unwrap()
}

fn days(live: &Live<Spec>) -> Option<i32> {
    live.spec.lifecycle_rules.as_ref()?.first()?.expire_after_days
}

fn kept(days: i32) -> Desired<Spec> {
    desired(json!({ "lifecycle_rules": [{ "id": "old", "expire_after_days": days }] }))
}

#[tokio::test]
async fn old_and_new_by_turns_is_not_drift() {
    let alternating =
        |setting: &str, n: usize| (setting == "lifecycle").then(|| rules(if n % 2 == 1 { 7 } else { 30 }));
    let aws = account("lifecycle_rules", alternating);
    assert_eq!(days(&read(&aws, &kept(30)).await), Some(30));
    // What stays is drift, after a second at most.
    let aws = account("lifecycle_rules", |setting, _| (setting == "lifecycle").then(|| rules(7)));
    assert_eq!(days(&read(&aws, &kept(30)).await), Some(7));
    assert_eq!(aws.names().iter().filter(|name| name.contains("lifecycle")).count(), 1 + PAUSES.len());
}

#[tokio::test]
async fn nothing_is_asked_twice_that_is_as_desired_or_was_not_set() {
    for (recorded, live) in [("lifecycle_rules", 30), ("versioning", 7)] {
        let aws = account(recorded, move |setting, _| match setting {
            "lifecycle" => Some(rules(live)),
            "versioning" => Some(yes("<VersioningConfiguration/>")),
            _ => None,
        });
        assert_eq!(days(&read(&aws, &kept(30)).await), Some(live));
        assert_eq!(
            aws.names().iter().filter(|name| name.contains("lifecycle")).count(),
            if live == 30 { 1 } else { 2 }
        );
    }
}

#[tokio::test]
async fn tags_that_show_late_are_asked_for_again() {
    let late = |setting: &str, n: usize| {
        let more = if n > 2 { "<Tag><Key>course</Key><Value>x</Value></Tag>" } else { "" };
        (setting == "tagging").then(|| yes(tagging("versioning", more)))
    };
    let desired =
        Desired { tags: Tags::from([("course".into(), "x".into())]), ..desired(json!({ "versioning": false })) };
    let aws = account("versioning", move |setting, n| match setting {
        "versioning" => Some(yes("<VersioningConfiguration/>")),
        setting => late(setting, n),
    });
    assert_eq!(read(&aws, &desired).await.tags.get("course").map(String::as_str), Some("x"));
}

#[tokio::test]
async fn an_apply_ends_when_several_looks_at_once_show_what_it_put() {
    // Old, new, old, new, new, old, and new from there on.
    let aws = account("lifecycle_rules", |setting, n| {
        (setting == "lifecycle").then(|| rules(if [1, 3, 6].contains(&n) { 7 } else { 30 }))
    });
    let cx = aws.context();
    let live = super::super::read_back(&cx, "lesson", &kept(30).spec, |name| name == "lifecycle_rules").await.unwrap();
    assert_eq!(days(&live), Some(30));
    assert_eq!(aws.names().iter().filter(|name| name.contains("lifecycle")).count(), 6 + AGREEING);
}

const ROLE: &str = "AROAQ7SSZBKHRKPWRZUN6";
const ARN: &str = "arn:aws:iam::123456789012:role/teacher";

fn policy(who: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": who }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lesson/*" }] })
}

#[tokio::test]
async fn a_principal_that_settles_is_awaited_and_a_deleted_one_is_said() {
    let shows = |poll_until: usize| {
        move |setting: &str, n: usize| {
            (setting == "policy").then(|| yes(policy(if n <= poll_until { ROLE } else { ARN }).to_string()))
        }
    };
    let desired = desired(json!({ "policy": policy(ARN) }));
    for recorded in ["policy", "versioning"] {
        let recorded_then = move |setting: &str, n| match setting {
            "versioning" => Some(yes("<VersioningConfiguration/>")),
            setting => shows(4)(setting, n),
        };
        let live = read(&account(recorded, recorded_then), &desired).await;
        assert!(policy::same(live.spec.policy.as_ref().unwrap(), &policy(ARN)) && live.notes.is_empty(), "{live:?}");
    }
    let live = read(&account("policy", shows(usize::MAX)), &desired).await;
    assert!(
        live.notes.len() == 1 && live.notes[0].contains("is the id of a role that was deleted"),
        "{:?}",
        live.notes
    );
    // Of an id that the file itself names there is nothing to wait for.
    let meant = Desired { spec: Spec { policy: Some(policy(ROLE)), ..Spec::default() }, ..desired };
    let aws = account("policy", shows(usize::MAX));
    assert!(read(&aws, &meant).await.notes.is_empty());
    assert_eq!(aws.names().iter().filter(|name| name.contains("policy")).count(), 1);
}
