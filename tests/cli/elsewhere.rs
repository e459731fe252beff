//! What a destroy says of regions other than the stack's.

use serde_json::Value;

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said, TOPIC_STACK};
use crate::proof::account;
use crate::proxy::{Call, Fault};

const THERE: &str = "eu-central-1";

fn destroy(aws: &FakeAws, options: &[&str]) -> Said {
    Folder::with(TOPIC_STACK).run(aws, &[&["destroy", "--yes"], options].concat())
}

fn denied() -> Option<Fault> {
    refusal(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
}

/// An account that has an instance with the stack's tag, and `tags`, in another region. `state`: the answer of
/// DescribeInstances has it, as if AWS itself picked out those that are there.
fn with_an_instance(tags: &'static [(&str, &str)], is_there: bool) -> FakeAws {
    account(move |call: &Call| match (call.region(), call.name.as_str()) {
        (THERE, "ec2:DescribeTags") => {
            let tag = |(key, value): &(&str, &str)| {
                format!(
                    "<item><resourceId>i-0abc</resourceId><resourceType>instance</resourceType><key>{key}</key>\
                     <value>{value}</value></item>"
                )
            };
            let all: String = [("cloud101:stack", "lesson")].iter().chain(tags).map(tag).collect();
            Some(Fault::answer(format!("<DescribeTagsResponse><tagSet>{all}</tagSet></DescribeTagsResponse>")))
        }
        (THERE, "ec2:DescribeInstances") if is_there => {
            let tag = |(key, value): &(&str, &str)| format!("<item><key>{key}</key><value>{value}</value></item>");
            let all: String = [("cloud101:stack", "lesson")].iter().chain(tags).map(tag).collect();
            Some(Fault::answer(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-0abc</instanceId>\
                 <tagSet>{all}</tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
            )))
        }
        _ => None,
    })
}

#[test]
fn what_is_in_another_region_is_named_with_the_command_that_destroys_it() {
    let aws = with_an_instance(&[("cloud101:resource", "vm")], true);
    let said = destroy(&aws, &[]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    for words in ["1 left in eu-central-1", "vm  ec2.instance  i-0abc", "--region eu-central-1 destroy cloud101.yaml`"]
    {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
    assert!(!said.stdout.contains("0 left"), "{}", said.stdout);
    let said = destroy(&aws, &["--json"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    let last: Value = serde_json::from_str(said.stdout.lines().last().unwrap_or_default()).expect("a document");
    assert_eq!((&last["left"], &last["region"]), (&1.into(), &"us-east-1".into()), "{last:#}");
    assert_eq!(last["other_regions"], serde_json::json!([THERE]), "{last:#}");
    assert_eq!(last["resources"][0]["region"], THERE, "{last:#}");
    // A part of the stack may go while the rest stays anywhere.
    assert_eq!(destroy(&aws, &["--target", "topic"]).code, Some(0));
}

#[test]
fn what_is_gone_or_kept_there_is_not_left() {
    // AWS knows the tags of an instance for some time after its end.
    let said = destroy(&with_an_instance(&[("cloud101:resource", "vm")], false), &[]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    let nothing =
        "0 left: nothing in us-east-1, in IAM or in eu-central-1 has the ownership tags of stack lesson any more.\n";
    assert!(said.stdout.contains(nothing), "{}", said.stdout);
    let kept = with_an_instance(&[("cloud101:resource", "vm"), ("cloud101:keep", "retain")], true);
    let said = destroy(&kept, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    for words in
        ["1 kept", "i-0abc  eu-central-1  # on_destroy: retain at the last apply", "0 left: nothing else in us-east-1"]
    {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
}

/// Exit code 0 says what the sentence says, and that names where AWS answered.
#[test]
fn regions_that_may_not_be_asked_are_named_and_not_called_clean() {
    let nothing = "\n0 left where AWS could be asked: nothing in us-east-1 or in IAM has the ownership tags";
    let aws = FakeAws::with(|call| (call.name == "ec2:DescribeRegions").then(denied).flatten());
    let said = destroy(&aws, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout.contains("  other regions\n    ec2:DescribeRegions failed: UnauthorizedOperation"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains(nothing), "{}", said.stdout);

    let aws = account(|call| (call.region() == THERE && call.name == "ec2:DescribeTags").then(denied).flatten());
    let said = destroy(&aws, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("  the tags of EC2 in eu-central-1\n"), "{}", said.stdout);
    assert!(said.stdout.contains(nothing), "{}", said.stdout);
    let said = destroy(&aws, &["--json"]);
    let last: Value = serde_json::from_str(said.stdout.lines().last().unwrap_or_default()).expect("a document");
    assert_eq!((&last["left"], &last["other_regions"]), (&0.into(), &serde_json::json!([])), "{last:#}");
    assert_eq!(last["not_looked_at"][0]["region"], THERE, "{last:#}");
}

/// S3 names buckets of all regions at once, and a topic is found in the list of its region.
#[test]
fn buckets_and_topics_of_another_region_are_found() {
    let tags = |key: &str, value: &str| format!("<{key}>cloud101:stack</{key}><{value}>lesson</{value}>");
    let aws = account(move |call| {
        match (call.region(), call.name.as_str()) {
        (_, name) if name.starts_with("s3:GET / ListBuckets") => Some(Fault::answer(
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>notes</Name><BucketRegion>eu-west-3</BucketRegion></Bucket>\
             </Buckets></ListAllMyBucketsResult>"
                .to_owned(),
        )),
        ("eu-west-3", name) if name.starts_with("s3:GET /notes") => {
            Some(Fault::answer(format!("<Tagging><TagSet><Tag>{}</Tag></TagSet></Tagging>", tags("Key", "Value"))))
        }
        (THERE, "sns:ListTopics") => Some(Fault::answer(
            "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>arn:aws:sns:eu-central-1:123456789012:old</TopicArn></member>\
             </Topics></ListTopicsResult></ListTopicsResponse>"
                .to_owned(),
        )),
        (THERE, "sns:ListTagsForResource") => Some(Fault::answer(format!(
            "<ListTagsForResourceResponse><ListTagsForResourceResult><Tags><member>{}</member></Tags>\
             </ListTagsForResourceResult></ListTagsForResourceResponse>",
            tags("Key", "Value")
        ))),
        _ => None,
    }
    });
    let said = destroy(&aws, &[]);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    let head = "2 left in eu-central-1, eu-west-3, and carry the tag of stack lesson, which is now in us-east-1:\n";
    for words in [head, "s3.bucket  notes  eu-west-3", "sns.topic  old", "eu-central-1\n", "`, then `"] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
}

/// AWS returns the tags of what is gone for a while. What a list of its kind shows, or no longer shows, needs no other
/// question; an instance does.
#[test]
fn tags_of_what_a_list_shows_are_not_asked_for_again() {
    let aws = account(|call| match (call.region(), call.name.as_str()) {
        ("us-east-1", "ec2:DescribeTags") => {
            let tag = |sort: &str, id: &str| {
                format!(
                    "<item><resourceId>{id}</resourceId><resourceType>{sort}</resourceType><key>cloud101:stack</key>\
                     <value>lesson</value></item>"
                )
            };
            let all = tag("security-group", "sg-0abc") + &tag("key-pair", "key-0abc") + &tag("instance", "i-0abc");
            Some(Fault::answer(format!("<DescribeTagsResponse><tagSet>{all}</tagSet></DescribeTagsResponse>")))
        }
        _ => None,
    });
    let said = destroy(&aws, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let count = |name: &str| aws.calls().iter().filter(|call| *call == name).count();
    let [groups, keys, instances, tags] =
        ["DescribeSecurityGroups", "DescribeKeyPairs", "DescribeInstances", "DescribeTags"]
            .map(|name| count(&format!("ec2:{name}")));
    // The lists before and after; one more of instances, whose list is not all that has the tag. The tags of each region.
    assert_eq!((groups, keys, instances, tags), (2, 2, 3, 2));
}
