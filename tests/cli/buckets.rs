//! S3 as AWS answers it, and what becomes of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::fake_aws::{FakeAws, record, refusal};
use crate::program::Folder;
use crate::proxy::Fault;

const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  home:
    type: s3.bucket
    name: physics-2026
    versioning: true
  notes:
    type: s3.object
    bucket: ${home.name}
    key: notes.txt
    content: Bring a pencil.
";

/// The bucket's tags, of which the record says only who owns it.
fn tagging() -> String {
    let applied = record("physics-2026");
    let tags = BTreeMap::from([
        ("cloud101:stack", "lesson"),
        ("cloud101:resource", "home"),
        ("cloud101:applied", &applied),
        ("cloud101:objects", "yes"),
    ]);
    let tag = |(key, value): (&&str, &&str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags.iter().map(tag).collect::<String>())
}

/// The stack's bucket with versioning, in which the object was deleted by hand: its newest version is a delete marker.
fn with_a_deleted_object() -> FakeAws {
    FakeAws::with(|call| {
        let body = |text: &str| Some(Fault::answer(text.to_owned()));
        let name = call.name.as_str();
        match name {
            _ if name.contains("notes.txt") && name.contains("tagging") => {
                refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            }
            _ if name.contains("notes.txt") => refusal(404, "NoSuchKey", "The specified key does not exist."),
            _ if name.contains("?tagging") => Some(Fault::answer(tagging())),
            _ if name.contains("?versioning") => {
                body("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            }
            _ if name.contains("?website") => refusal(404, "NoSuchWebsiteConfiguration", "There is none"),
            _ if name.contains("publicAccessBlock") => body(
                "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                 <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
                 </PublicAccessBlockConfiguration>",
            ),
            _ if name.contains("?versions") || name.contains("versions&") => body(
                "<ListVersionsResult><IsTruncated>false</IsTruncated><DeleteMarker><Key>notes.txt</Key>\
                 <VersionId>m</VersionId><IsLatest>true</IsLatest></DeleteMarker></ListVersionsResult>",
            ),
            _ if name.contains("list-type=2") => {
                body("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            }
            _ if name.contains("ListBuckets") => body(
                "<ListAllMyBucketsResult><Buckets><Bucket><Name>physics-2026</Name></Bucket></Buckets></ListAllMyBucketsResult>",
            ),
            _ => None,
        }
    })
}

#[test]
fn an_object_that_was_deleted_by_hand_is_made_again_and_keeps_no_destroy_from_going_on() {
    let (aws, folder) = (with_a_deleted_object(), Folder::with(STACK));
    let said = folder.run(&aws, &["plan"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("create notes") || said.stdout.contains("+ notes"), "{}", said.stdout);
    let said = folder.run(&aws, &["plan", "--destroy"]);
    assert!(!said.stderr.contains("MethodNotAllowed"), "{}", said.stderr);
    assert!(said.stdout.contains("home") && !said.stdout.contains("notes  s3.object"), "{}", said.stdout);
}

const SETTINGS: &str = "\
stack: lesson
region: us-east-1
resources:
  home:
    type: s3.bucket
    name: physics-2026
    lifecycle_rules: [{ id: old, expire_after_days: 30 }]
    policy:
      Version: \"2012-10-17\"
      Statement:
        - Effect: Allow
          Principal: { CanonicalUser: 1a85ad8fea02b4d948b962948f69972a72da6bed800a7e9ca7d0b43dc61d5869 }
          Action: s3:GetObject
          Resource: arn:aws:s3:::physics-2026/*
";

/// What S3 keeps of the bucket of [`SETTINGS`].
#[derive(Default)]
struct Kept {
    tags: Option<String>,
    lifecycle: Option<String>,
    policy: Option<String>,
    /// How often the rules were asked for since `turns`.
    asked: usize,
    /// Whether the rules show by turns: as they were before, and as they are.
    turns: bool,
}

/// S3 that takes settings, makes an account of a canonical user, and shows rules by turns once that is asked of it.
fn keeping(kept: &Arc<Mutex<Kept>>) -> FakeAws {
    let kept = kept.clone();
    FakeAws::with(move |call| {
        let mut kept = kept.lock().expect("what is kept");
        let (name, body) = (call.name.as_str(), |text: String| Some(Fault::answer(text)));
        let tags = || {
            call.body()
                .split_once("<Tag>")
                .map(|(_, rest)| format!("<Tag>{}", rest.rsplit_once("</Tag>").map_or("", |(tags, _)| tags)) + "</Tag>")
        };
        let is_put = name.starts_with("s3:PUT");
        match name {
            _ if name.contains("ListBuckets") => {
                let bucket = kept.tags.as_ref().map_or("", |_| "<Bucket><Name>physics-2026</Name></Bucket>");
                body(format!("<ListAllMyBucketsResult><Buckets>{bucket}</Buckets></ListAllMyBucketsResult>"))
            }
            _ if !name.contains("physics-2026") => None,
            _ if is_put && (name.contains("?tagging") || !name.contains('?')) => {
                kept.tags = tags();
                body(String::new())
            }
            _ if kept.tags.is_none() => None,
            _ if is_put && name.contains("?lifecycle") => {
                kept.lifecycle = Some(call.body().clone());
                body(String::new())
            }
            _ if is_put && name.contains("?policy") => {
                kept.policy = Some(call.body().clone());
                body(String::new())
            }
            _ if is_put => body(String::new()),
            _ if name.contains("?tagging") => {
                body(format!("<Tagging><TagSet>{}</TagSet></Tagging>", kept.tags.clone().unwrap_or_default()))
            }
            _ if name.contains("?lifecycle") => {
                kept.asked += 1;
                let old = kept.turns && kept.asked % 2 == 1;
                match kept.lifecycle.clone() {
                    Some(rules) if old => body(rules.replace("<Days>30<", "<Days>7<")),
                    Some(rules) => body(rules),
                    None => refusal(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
                }
            }
            _ if name.contains("?policy") => match &kept.policy {
                Some(policy) => {
                    let mut policy: serde_json::Value = serde_json::from_str(policy).expect("a policy");
                    policy["Statement"][0]["Principal"] = serde_json::json!({ "AWS": "arn:aws:iam::111122223333:root" });
                    body(policy.to_string())
                }
                None => refusal(404, "NoSuchBucketPolicy", "The bucket policy does not exist"),
            },
            _ if name.contains("?website") => refusal(404, "NoSuchWebsiteConfiguration", "There is none"),
            _ if name.contains("publicAccessBlock") => body(
                "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                 <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
                 </PublicAccessBlockConfiguration>"
                    .to_owned(),
            ),
            _ => body("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>".to_owned()),
        }
    })
}

#[test]
fn a_canonical_user_that_became_an_account_and_rules_that_show_by_turns_are_not_drift() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let (aws, folder) = (keeping(&kept), Folder::with(SETTINGS));
    let said = folder.run(&aws, &["apply", "--yes"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    kept.lock().expect("what is kept").turns = true;
    kept.lock().expect("what is kept").asked = 0;
    let said = folder.run(&aws, &["plan"]);
    assert!(said.stdout.contains("No changes"), "{}{}", said.stdout, said.stderr);
    // One more rule than anybody has set stays a difference.
    let mut kept = kept.lock().expect("what is kept");
    kept.turns = false;
    kept.lifecycle = kept.lifecycle.take().map(|rules| rules.replace("<Days>30<", "<Days>8<"));
    drop(kept);
    let said = folder.run(&aws, &["plan"]);
    assert!(said.stdout.contains("lifecycle_rules") && said.stdout.contains("drift"), "{}", said.stdout);
}
