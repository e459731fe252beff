use super::*;
use crate::testing::aws::{Asked, Aws, no, yes};

fn tagging() -> String {
    let tag = |(key, value): (&String, &String)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    format!("<Tagging><TagSet>{}</TagSet></Tagging>", ownership_tags().iter().map(tag).collect::<String>())
}

fn ownership_tags() -> Tags {
    crate::testing::ownership_tags("cloud101", "cloud101", "lesson")
}

fn is_create(call: &Asked) -> bool {
    call.name.starts_with("s3:PUT /lesson") && !call.name.contains("tagging")
}

fn desired() -> Desired<Spec> {
    Desired {
        address: crate::resource::Address::new("cloud101"),
        name: "lesson".into(),
        spec: Spec::default(),
        tags: ownership_tags(),
        replaces: None,
    }
}

#[tokio::test]
async fn where_a_bucket_can_not_be_made_with_tags_it_gets_them_at_once() {
    let (mut made, mut tagged) = (false, false);
    let aws = Aws::with(move |call| match call.name.contains("tagging") {
        _ if is_create(call) && call.body.contains("<Tags>") => {
            no(400, "UnsupportedArgument", "The request contained an unsupported argument.")
        }
        _ if is_create(call) => {
            made = true;
            yes("")
        }
        true if call.name.starts_with("s3:PUT") => {
            tagged = true;
            yes("")
        }
        true if tagged => yes(tagging()),
        true if made => no(404, "NoSuchTagSet", "The TagSet does not exist"),
        true => no(404, "NoSuchBucket", "The specified bucket does not exist"),
        false => panic!("{}", call.name),
    });
    assert!(make(&aws.context(), &desired(), "the bucket `lesson`").await.unwrap());
    let calls = aws.calls();
    assert_eq!(calls.iter().filter(|call| is_create(call)).count(), 2, "{calls:?}");
    assert!(calls.iter().any(|call| call.name.starts_with("s3:PUT") && call.body.contains("cloud101:stack")));
}

#[tokio::test]
async fn a_bucket_whose_tags_show_late_is_the_one_that_was_just_made() {
    let (mut made, mut asked) = (false, 0);
    let aws = Aws::with(move |call| match call.name.contains("tagging") {
        _ if is_create(call) => {
            made = true;
            yes("")
        }
        true if !made => no(404, "NoSuchBucket", "The specified bucket does not exist"),
        true => {
            asked += 1;
            match asked {
                1 => no(404, "NoSuchTagSet", "The TagSet does not exist"),
                _ => yes(tagging()),
            }
        }
        false if call.name.contains("versions") => yes("<ListVersionsResult/>"),
        false if call.name.contains("website") => no(404, "NoSuchWebsiteConfiguration", "There is none"),
        false => panic!("{}", call.name),
    });
    let live = Bucket.create(&aws.context(), &desired()).await.unwrap();
    assert_eq!(live.id, "lesson");
}

/// What a creation comes to where S3 says that the bucket is one's own already, and its tags are these.
async fn owned(tags: String) -> Result<Live<Spec>> {
    let aws = Aws::with(move |call| match call.name.contains("tagging") {
        _ if is_create(call) => no(409, "BucketAlreadyOwnedByYou", "You already own it."),
        true => yes(tags.clone()),
        false => panic!("{}", call.name),
    });
    Bucket.create(&aws.context(), &desired()).await
}

#[tokio::test]
async fn a_bucket_that_came_meanwhile_is_the_stacks_only_by_its_tags() {
    assert_eq!(owned(tagging()).await.unwrap().id, "lesson");
    let error = owned("<Tagging><TagSet></TagSet></Tagging>".into()).await.unwrap_err();
    assert!(error.message.contains("the bucket `lesson`"), "{error}");
}

/// A plan of an apply saves the call; a destroy asks in the same round.
#[tokio::test]
async fn what_is_in_a_bucket_is_asked_only_of_one_that_goes() {
    let account = || {
        Aws::with(|call| match call.name.as_str() {
            name if name.contains("tagging") => yes(tagging()),
            name if name.contains("versions") => {
                yes("<ListVersionsResult><Name>lesson</Name><IsTruncated>false</IsTruncated><Version><Key>a.txt</Key>\
                 <VersionId>null</VersionId><IsLatest>true</IsLatest></Version></ListVersionsResult>")
            }
            name if name.contains("publicAccessBlock") => no(404, "NoSuchPublicAccessBlockConfiguration", ""),
            name => panic!("{name}"),
        })
    };
    for goes in [false, true] {
        let aws = account();
        let cx = if goes { aws.context().for_what_goes() } else { aws.context() };
        let live = Bucket.read(&cx, &[desired()]).await.remove(0).unwrap().expect("a bucket");
        assert_eq!(live.blocker.is_some(), goes, "{:?}", live.blocker);
        assert_eq!(aws.names().iter().any(|name| name.contains("versions")), goes, "{:?}", aws.names());
    }
}
