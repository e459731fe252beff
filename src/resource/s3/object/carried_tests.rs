//! A change puts the object again with all it has.

use serde_json::json;

use super::super::{Object, Spec, live};
use crate::resource::{Address, Base, Change, Desired, Resource, Tags};
use crate::testing::aws::{Answer, Asked, Aws, no, yes};

const HEAD: &[(&str, &str)] = &[
    ("content-length", "2"),
    ("content-type", "text/plain"),
    ("cache-control", "no-cache"),
    ("content-disposition", "attachment; filename=a.txt"),
    ("content-language", "de"),
    ("content-encoding", "gzip"),
    ("expires", "0"),
    ("x-amz-website-redirect-location", "/y"),
    ("x-amz-storage-class", "STANDARD_IA"),
    ("x-amz-server-side-encryption", "aws:kms"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:123456789012:key/k"),
    ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
    ("x-amz-meta-course", "physics"),
    ("x-amz-object-lock-legal-hold", "ON"),
    ("x-amz-object-lock-mode", "GOVERNANCE"),
    ("x-amz-object-lock-retain-until-date", "2999-01-01T00:00:00.000Z"),
];
const PRIVATE: &str = r#"<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>owner</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"#;
const PUBLIC: &str = r#"<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>"#;

fn acl(grants: &str) -> Answer {
    yes(format!(
        "<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
    ))
}

/// A bucket whose object has these headers and answers this when it is asked for its ACL.
fn account(head: &'static [(&'static str, &'static str)], acl: Answer) -> Aws {
    Aws::with(move |call: &Asked| match call.name.as_str() {
        name if name.starts_with("s3:HEAD") => yes("").with(head),
        name if name.contains("?acl") => acl.clone(),
        name if name.contains("ownershipControls") => yes(
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
        ),
        name if name.contains("?tagging") => {
            yes("<Tagging><TagSet><Tag><Key>course</Key><Value>x</Value></Tag></TagSet></Tagging>")
        }
        name if name.contains("annotation") => {
            yes("<ListObjectAnnotationsOutput><Annotations><AnnotationEntry><AnnotationName>note</AnnotationName>\
             <LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></AnnotationEntry></Annotations>\
             </ListObjectAnnotationsOutput>")
        }
        _ => yes(""),
    })
}

fn desired() -> Desired<Spec> {
    let spec = serde_json::from_value(json!({ "bucket": "lesson", "key": "a.txt", "content": "new" })).unwrap();
    let spec = Object.canonical(spec, &Base::from("")).unwrap();
    Desired { address: Address::new("notes"), name: "lesson/a.txt".into(), spec, tags: Tags::new(), replaces: None }
}

/// The PutObject by which the content changes.
async fn put(aws: &Aws) -> Asked {
    let (cx, desired) = (aws.context(), desired());
    let before = live::read(&cx, &desired.spec).await.unwrap().unwrap();
    let change = Change { target: desired.spec.clone(), paths: ["content_sha256".to_owned()].into() };
    Object.update(&cx, &desired, &before, &change).await.unwrap();
    let puts = |call: &Asked| call.name.starts_with("s3:PUT /lesson/a.txt");
    aws.calls().into_iter().find(puts).unwrap()
}

#[tokio::test]
async fn what_no_property_says_is_sent_again() {
    let aws = account(HEAD, acl(&format!("{PRIVATE}{PUBLIC}")));
    let put = put(&aws).await;
    for (name, value) in HEAD.iter().filter(|(name, _)| *name != "content-length") {
        let sent = put.headers.get(*name).map(String::as_str).unwrap_or_default();
        assert_eq!(sent.replace(".000Z", "Z"), value.replace(".000Z", "Z"), "{name}");
    }
    assert_eq!(put.headers["x-amz-grant-full-control"], "id=\"owner\"");
    assert_eq!(put.headers["x-amz-grant-read"], "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"");
    assert_eq!(put.headers["x-amz-tagging"], "course=x");
}

#[tokio::test]
async fn what_is_no_more_than_every_object_has_is_not_sent() {
    const PLAIN: &[(&str, &str)] = &[
        ("content-length", "2"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        ("x-amz-object-lock-retain-until-date", "2020-01-01T00:00:00.000Z"),
        ("x-amz-storage-class", "FSX_ONTAP"),
    ];
    // Where ACLs are off, a user who may not read them misses nothing.
    let denied = no(403, "AccessDenied", "User is not authorized to perform: s3:GetObjectAcl");
    for answer in [acl(PRIVATE), denied] {
        let put = put(&account(PLAIN, answer)).await;
        let unsent = ["x-amz-grant-full-control", "x-amz-object-lock-mode", "x-amz-storage-class", "expires"];
        assert!(unsent.iter().all(|name| !put.headers.contains_key(*name)), "{:?}", put.headers);
        assert_eq!(put.headers["x-amz-server-side-encryption"], "AES256");
    }
}

#[tokio::test]
async fn a_plan_says_that_annotations_are_lost_and_asks_only_where_something_changes() {
    let aws = account(HEAD, acl(PRIVATE));
    let live = live::read(&aws.context(), &desired().spec).await.unwrap().unwrap();
    assert_eq!(live.besides.changed, ["its annotation `note` is lost: the whole object is uploaded again"]);
    let asks = |aws: &Aws| aws.names().iter().any(|name| name.contains("annotation"));
    assert!(asks(&aws));
    let aws = account(HEAD, acl(PRIVATE));
    let unsaid = Spec { bucket: "lesson".into(), key: "a.txt".into(), ..Spec::default() };
    let live = live::read(&aws.context(), &unsaid).await.unwrap().unwrap();
    assert!(live.besides.changed.is_empty() && !asks(&aws));
}
