//! What S3 replaces whole is read whole and sent again.

use serde_json::json;

use super::super::Bucket;
use super::*;
use crate::resource::{Base, Resource};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

#[test]
fn a_kms_key_stays_only_beside_kms() {
    let spec = |algorithm: Option<&str>, kms_key: Option<&str>| Spec {
        encryption: Some(Encryption {
            algorithm: algorithm.map(str::to_owned),
            kms_key: kms_key.map(str::to_owned),
            bucket_key: None,
        }),
        ..Spec::default()
    };
    let live = spec(Some("aws:kms"), Some("alias/class"));
    let key = |target: &Spec, path: &str| merged_encryption(&live, target, |p| p == path).kms_key;
    assert_eq!(key(&spec(None, None), "encryption.bucket_key").as_deref(), Some("alias/class"));
    assert_eq!(key(&spec(None, None), "encryption.kms_key"), None);
    assert_eq!(key(&spec(Some("AES256"), None), "encryption.algorithm"), None);
}

/// The call that puts `property` of `desired` to a bucket that answers this to its reading.
async fn put(property: &str, target: serde_json::Value, live: Answer) -> Asked {
    let aws = Aws::with(move |call: &Asked| match call.name.starts_with("s3:GET") {
        true => live.clone(),
        false => yes(""),
    });
    let target = Bucket.canonical(serde_json::from_value(target).unwrap(), &Base::from("")).unwrap();
    let touches = |path: &str| path == property;
    settings(&aws.context(), "lesson", &Spec::default(), &target, touches).await.unwrap();
    aws.calls().into_iter().find(|call| !call.name.starts_with("s3:GET")).unwrap()
}

const SMALLEST: &str = "x-amz-transition-default-minimum-object-size";
const VARIES: &[(&str, &str)] = &[(SMALLEST, "varies_by_storage_class")];

fn rules() -> Answer {
    yes("<LifecycleConfiguration><Rule><ID>by hand</ID><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status>\
         <Expiration><Days>7</Days></Expiration></Rule></LifecycleConfiguration>")
    .with(VARIES)
}

#[tokio::test]
async fn a_change_of_the_rules_keeps_the_smallest_size_and_the_reverse() {
    let rule = json!([{ "id": "old", "expire_after_days": 40 }]);
    let put_rules = put("lifecycle_rules", json!({ "lifecycle_rules": rule }), rules()).await;
    assert_eq!(put_rules.headers[SMALLEST], "varies_by_storage_class");
    assert!(put_rules.body.contains("<Days>40</Days>") && !put_rules.body.contains("by hand"), "{}", put_rules.body);
    let size = json!({ "transition_default_minimum_object_size": "all_storage_classes_128K" });
    let put_size = put("transition_default_minimum_object_size", size, rules()).await;
    assert_eq!(put_size.headers[SMALLEST], "all_storage_classes_128K");
    assert!(put_size.body.contains("by hand"), "{}", put_size.body);
    // A bucket that has none yet.
    let none = no(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
    let first = put("lifecycle_rules", json!({ "lifecycle_rules": rule }), none).await;
    assert!(!first.headers.contains_key(SMALLEST));
}

#[tokio::test]
async fn a_change_of_logging_keeps_who_may_read_it_and_how_its_keys_are_made() {
    let live = yes(
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>old/</TargetPrefix>\
         <TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
         <URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI></Grantee><Permission>READ</Permission></Grant>\
         </TargetGrants><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource>\
         </PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>",
    );
    let target = json!({ "logging": { "target_bucket": "logs", "target_prefix": "new/" } });
    let put = put("logging", target, live).await;
    for kept in ["<TargetPrefix>new/", "<PartitionDateSource>EventTime", "AuthenticatedUsers", "<Permission>READ"] {
        assert!(put.body.contains(kept), "{kept}: {}", put.body);
    }
}

fn notifications() -> Answer {
    yes(
        "<NotificationConfiguration><TopicConfiguration><Id>made-up</Id><Topic>arn:aws:sns:us-east-1:123456789012:t</Topic>\
         <Event>s3:ObjectCreated:*</Event></TopicConfiguration><EventBridgeConfiguration/></NotificationConfiguration>",
    )
}

#[tokio::test]
async fn a_change_of_the_notifications_keeps_event_bridge_and_the_names_that_aws_made_up() {
    let all = json!([
        { "sns": "arn:aws:sns:us-east-1:123456789012:t", "events": ["s3:ObjectCreated:*"] },
        { "sqs": "arn:aws:sqs:us-east-1:123456789012:q", "events": ["s3:ObjectRemoved:*"] },
    ]);
    let put_all = put("notifications", json!({ "notifications": all }), notifications()).await;
    for kept in ["<EventBridgeConfiguration", "<Id>made-up</Id>", ":q</Queue>"] {
        assert!(put_all.body.contains(kept), "{kept}: {}", put_all.body);
    }
    let off = put("event_bridge", json!({ "event_bridge": false }), notifications()).await;
    assert!(off.body.contains("made-up") && !off.body.contains("EventBridge"), "{}", off.body);
    let on = put("event_bridge", json!({ "event_bridge": true }), yes("<NotificationConfiguration/>")).await;
    assert!(on.body.contains("<EventBridgeConfiguration"), "{}", on.body);
}

#[tokio::test]
async fn a_change_of_the_encryption_keeps_what_is_blocked() {
    let live = yes(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
         </ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType>\
         </BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>",
    );
    let put = put("encryption", json!({ "encryption": { "algorithm": "aws:kms" } }), live).await;
    assert!(put.body.contains("SSE-C") && put.body.contains("aws:kms"), "{}", put.body);
}

#[tokio::test]
async fn a_policy_for_a_role_that_is_new_is_put_until_s3_knows_it() {
    let mut puts = 0;
    let aws = Aws::with(move |_| {
        puts += 1;
        match puts {
            1..=3 => no(400, "MalformedPolicy", "Invalid principal in policy"),
            _ => yes(""),
        }
    });
    let statement = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/new" },
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lesson/*" });
    let target = Spec { policy: Some(json!({ "Statement": [statement] })), ..Spec::default() };
    settings(&aws.context(), "lesson", &Spec::default(), &target, |path| path == "policy").await.unwrap();
    assert_eq!(aws.calls().len(), 4);
    let wrong = Aws::with(|_| no(400, "MalformedPolicy", "Policy has invalid resource"));
    settings(&wrong.context(), "lesson", &Spec::default(), &target, |path| path == "policy").await.unwrap_err();
    assert_eq!(wrong.calls().len(), 1);
}

#[tokio::test]
async fn logs_that_would_leave_the_region_are_not_a_matter_of_permissions() {
    let aws = Aws::with(|call: &Asked| match call.name.starts_with("s3:PUT") {
        true => no(403, "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed."),
        false => yes("<BucketLoggingStatus/>"),
    });
    let target: Spec = serde_json::from_value(json!({ "logging": { "target_bucket": "logs" } })).unwrap();
    let error =
        settings(&aws.context(), "lesson", &Spec::default(), &target, |path| path == "logging").await.unwrap_err();
    assert!(error.hint.is_some_and(|hint| hint.contains("in the same region")));
}
