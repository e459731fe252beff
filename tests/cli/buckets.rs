//! S3 as AWS answers it, and what becomes of it.

use std::collections::BTreeMap;

use crate::fake_aws::{Answer, FakeAws, record, refusal};
use crate::program::Folder;

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

/// The bucket's tags, of which the record says only whose it is.
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

/// The stack's bucket with versioning, in which somebody has deleted the object: its newest version is a delete marker.
fn with_a_deleted_object() -> FakeAws {
    FakeAws::with(|call| {
        let body = |text: &str| Some(Answer::Body(text.to_owned()));
        let name = call.name.as_str();
        match name {
            _ if name.contains("notes.txt") && name.contains("tagging") => {
                refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            }
            _ if name.contains("notes.txt") => refusal(404, "NoSuchKey", "The specified key does not exist."),
            _ if name.contains("?tagging") => Some(Answer::Body(tagging())),
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
fn an_object_that_somebody_deleted_is_made_again_and_keeps_no_destroy_from_going_on() {
    let (aws, folder) = (with_a_deleted_object(), Folder::with(STACK));
    let said = folder.run(&aws, &["plan"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("create notes") || said.stdout.contains("+ notes"), "{}", said.stdout);
    let said = folder.run(&aws, &["plan", "--destroy"]);
    assert!(!said.stderr.contains("MethodNotAllowed"), "{}", said.stderr);
    assert!(said.stdout.contains("home") && !said.stdout.contains("notes  s3.object"), "{}", said.stdout);
}
