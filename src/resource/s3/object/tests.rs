//! The rules of objects, and which of a bucket's are the stack's.

use super::*;
use crate::testing::aws::{Aws, no, yes};
use serde_json::json;

fn spec(value: serde_json::Value) -> Spec {
    serde_json::from_value(value).expect("a spec")
}

#[test]
fn each_mistake_is_found_at_its_place() {
    let base = tempfile::tempdir().expect("a folder");
    let paths = |value| {
        let diagnostics = Object.check("", &spec(value), &base.path().into());
        diagnostics.into_iter().map(|f| f.path().to_owned()).collect::<Vec<_>>()
    };
    let with = |more: serde_json::Value| {
        let mut value = json!({ "bucket": "bucket", "key": "a" });
        value.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        value
    };
    assert_eq!(paths(with(json!({ "content": "" }))), [""; 0]);
    assert_eq!(paths(with(json!({}))), [""]);
    assert_eq!(paths(with(json!({ "content": "", "source": "x" }))), ["source"]);
    assert_eq!(paths(with(json!({ "source": "absent.txt" }))), ["source"]);
    assert_eq!(paths(with(json!({ "content": "", "storage_class": "COLD" }))), ["storage_class"]);
    assert_eq!(paths(with(json!({ "content": "", "metadata": { "a": "é" } }))), ["metadata.a"]);
    assert_eq!(paths(with(json!({ "content": "", "key": "" }))), ["key"]);
    assert_eq!(paths(with(json!({ "content": "", "key": "a\u{10}b" }))), ["key"]);
    assert_eq!(paths(with(json!({ "content": "", "key": "a\u{FFFE}" }))), ["key"]);
    assert_eq!(paths(with(json!({ "content": "", "cache_control": "für immer" }))), ["cache_control"]);
}

#[test]
fn the_canonical_form_says_what_the_content_is() {
    let value = json!({ "bucket": "b", "key": "a.html", "content": "hi", "metadata": { "Week": "1" } });
    let once = Object.canonical(spec(value), &Base::from("")).expect("canonical");
    assert_eq!(once.content_type.as_deref(), Some("text/html"));
    assert_eq!(
        once.content_sha256.as_deref(),
        Some("8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4")
    );
    assert_eq!(once.metadata, Some(BTreeMap::from([("week".to_owned(), "1".to_owned())])));
    assert_eq!(Object.canonical(once.clone(), &Base::from("")).expect("canonical"), once);
}

#[test]
fn content_that_is_not_known_yet_has_no_known_hash() {
    let value = json!({ "bucket": "b", "key": "a", "content": "\u{1}${vm.ip}" });
    let spec = Object.canonical(spec(value), &Base::from("")).expect("canonical");
    assert!(spec.content_sha256.as_deref().is_some_and(is_unknown));
}

/// The stack's bucket, with these tags besides, and in it an object of the stack and one of others.
fn account(tags: &'static str) -> Aws {
    fn tag(key: &str, value: &str) -> String {
        format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
    }
    let tagging = |tags: String| yes(format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"));
    let ownership_tags = |name: &str| {
        let ownership_tags = crate::testing::ownership_tags("cloud101", "thing", name);
        ownership_tags.iter().map(|(key, value)| tag(key, value)).collect::<String>()
    };
    Aws::with(move |call| match call.name.as_str() {
        name if name.starts_with("s3:GET / ListBuckets") => yes(
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>lesson</Name></Bucket></Buckets></ListAllMyBucketsResult>",
        ),
        name if name.contains("list-type=2") => yes("<ListBucketResult><IsTruncated>false</IsTruncated>\
             <Contents><Key>slides.pdf</Key><ChecksumAlgorithm>SHA256</ChecksumAlgorithm></Contents>\
             <Contents><Key>SLIDES.pdf</Key><ChecksumAlgorithm>SHA256</ChecksumAlgorithm></Contents>\
             <Contents><Key>data.csv</Key><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm></Contents></ListBucketResult>"),
        "s3:GET /lesson/?tagging" | "s3:GET /lesson?tagging" => {
            tagging(ownership_tags("lesson") + &tags.split_whitespace().map(|key| tag(key, "yes")).collect::<String>())
        }
        "s3:GET /lesson/slides.pdf?tagging" => tagging(ownership_tags("lesson/slides.pdf")),
        // A copy under another name brings the tags along.
        "s3:GET /lesson/SLIDES.pdf?tagging" => tagging(ownership_tags("lesson/slides.pdf")),
        name => panic!("{name}"),
    })
}

#[tokio::test]
async fn only_a_bucket_with_objects_of_the_stack_is_searched_for_them() {
    let aws = account("");
    assert_eq!(Object.list(&aws.context()).await.unwrap().owned.len(), 0);
    assert!(!aws.names().iter().any(|name| name.contains("list-type=2")), "{:?}", aws.names());
    let found = Object.list(&account(bucket::tags::OBJECTS).context()).await.unwrap();
    assert_eq!(found.owned.into_iter().map(|one| one.id).collect::<Vec<_>>(), ["lesson/slides.pdf"]);
}

/// A small file is compared before the first call, a large one by S3.
#[tokio::test]
async fn a_file_that_is_no_longer_what_was_planned_is_not_uploaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(folder.path().join("data.csv")).expect("a file");
    let base = Base::from(folder.path());
    for (size, calls) in [(5, 0), (17 * 1024 * 1024, 2)] {
        let aws = Aws::with(|call| match call.name.starts_with("s3:PUT") && !call.name.contains("tagging") {
            true => no(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum."),
            false => yes("<Tagging><TagSet></TagSet></Tagging>"),
        });
        file.set_len(size).expect("a size");
        let value = json!({ "bucket": "lesson", "key": "data.csv", "source": "data.csv" });
        let spec = Object.canonical(spec(value), &base).expect("canonical");
        file.set_len(size + 1).expect("a size");
        let mut cx = aws.context();
        cx.base = base.clone();
        let address = crate::resource::Address::new("object");
        let desired = Desired { address, name: "lesson/data.csv".into(), spec, tags: Tags::new(), replaces: None };
        let error = Object.create(&cx, &desired).await.expect_err("refused");
        assert!(error.message.contains("`data.csv` was changed while this ran"), "{error}");
        assert_eq!(aws.names().len(), calls, "{:?}", aws.names());
    }
}

/// An object whose content has this ETag when it is put again, and what a PutObject gets.
async fn put_over(etag: &'static str, answer: crate::testing::aws::Answer, hash: &'static str) -> Result<()> {
    let headers = [("etag", etag), ("content-length", "1"), ("x-amz-checksum-sha256", hash)];
    let headers: &'static [_] = Box::leak(Box::new(headers));
    let aws = Aws::with(move |call| match call.name.as_str() {
        name if name.starts_with("s3:HEAD") => yes("").with(headers),
        name if name.starts_with("s3:PUT") => answer.clone(),
        name if name.contains("?tagging") => yes("<Tagging><TagSet/></Tagging>"),
        name if name.contains("?acl") => yes("<AccessControlPolicy/>"),
        _ => yes(""),
    });
    let desired = Object
        .canonical(spec(json!({ "bucket": "b", "key": "k", "content": "two" })), &Base::from(""))
        .expect("canonical");
    let live = Live::new("b/k", desired.clone(), Attributes::from([("etag".into(), "seen".into())]), Tags::new());
    let change = Change { target: desired.clone(), paths: ["content_sha256".to_owned()].into() };
    let address = crate::resource::Address::new("page");
    let desired = Desired { address, name: "b/k".into(), spec: desired, tags: Tags::new(), replaces: None };
    let outcome = Object.update(&aws.context(), &desired, &live, &change).await;
    let puts: Vec<_> = aws.calls().into_iter().filter(|call| call.name.starts_with("s3:PUT")).collect();
    assert!(puts.iter().all(|put| put.headers.get("if-match").map(String::as_str) == Some("\"seen\"")), "{puts:?}");
    assert_eq!(puts.is_empty(), etag != "\"seen\"", "{outcome:?}");
    outcome.map(drop)
}

#[tokio::test]
async fn a_content_that_others_edited_since_the_plan_is_not_overwritten() {
    const OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    // The SHA-256 of `two`.
    const TWO: &str = "P8TM/nRYcOLA2Z9x8w/wZWyN7dQcwdfT03aw2+aF4vM=";
    let lost = || no(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    put_over("\"seen\"", yes(""), OTHER).await.expect("no one came between");
    for (etag, answer) in [("\"another\"", yes("")), ("\"seen\"", lost()), ("\"seen\"", no(404, "NoSuchKey", "gone"))] {
        let error = put_over(etag, answer, OTHER).await.expect_err("another came between");
        assert_eq!(error.explained(), Code::Changed, "{error}");
    }
    // An answer was lost, and the next attempt finds what the first one has put.
    put_over("\"seen\"", lost(), TWO).await.expect("it is put");
}
