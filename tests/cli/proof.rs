//! What people and programs read after `destroy --prove`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said, TOPIC_STACK, without_times};
use crate::proxy::{Call, Fault};

const REGIONS: [(&str, &str); 3] =
    [("eu-central-1", "opt-in-not-required"), ("us-east-1", "opt-in-not-required"), ("ap-east-1", "not-opted-in")];

/// An empty account with [`REGIONS`], in which `rule` decides the rest.
pub fn account(rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> FakeAws {
    FakeAws::with(move |call| match call.name.as_str() {
        "ec2:DescribeRegions" => {
            let item = |(name, status)| {
                format!("<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>")
            };
            let items: String = REGIONS.into_iter().map(item).collect();
            Some(Fault::answer(format!(
                "<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
            )))
        }
        _ => rule(call),
    })
}

fn prove(aws: &FakeAws, options: &[&str]) -> Said {
    Folder::with(TOPIC_STACK).run(aws, &[&["destroy", "--yes", "--prove"], options].concat())
}

#[test]
fn nothing_left_is_shown_by_what_was_asked() {
    let said = prove(&account(|_| None), &[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_snapshot!(without_times(&said.stdout));
}

/// Exit code 1: whether anything is left there is not known.
#[test]
fn what_may_not_be_asked_is_not_proven() {
    let aws = account(|call| match call.name.as_str() {
        "ec2:DescribeSnapshots" => {
            refusal(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
        }
        _ => None,
    });
    let said = prove(&aws, &[]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert_snapshot!(without_times(&said.stdout));

    let said = prove(&aws, &["--json"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let last: Value = serde_json::from_str(said.stdout.lines().last().unwrap_or_default()).expect("a document");
    assert_eq!(
        (&last["event"], &last["proven"], &last["left"]),
        (&"proof".into(), &false.into(), &0.into()),
        "{last:#}"
    );
    assert_eq!(last["not_looked_at"].as_array().map(Vec::len), Some(2), "{last:#}");
    assert_eq!(last["not_enabled"], serde_json::json!(["ap-east-1"]), "{last:#}");
}

#[test]
fn without_the_list_of_regions_only_its_own_is_looked_at() {
    let aws = FakeAws::with(|call| match call.name.as_str() {
        "ec2:DescribeRegions" => {
            refusal(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
        }
        _ => None,
    });
    let said = prove(&aws, &[]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stdout.contains("Not proven: "), "{}", said.stdout);
    assert!(said.stdout.contains("ec2:DescribeRegions failed: UnauthorizedOperation"), "{}", said.stdout);
}

/// A topic that AWS does not delete although it says so.
#[test]
fn what_is_left_is_shown_with_its_command() {
    let kept = FakeAws::for_a_topic();
    let folder = Folder::with(TOPIC_STACK);
    assert_eq!(folder.run(&kept, &["apply", "--yes"]).code, Some(0));
    let said = folder.run(&kept, &["destroy", "--yes", "--prove", "--target", "topic"]);
    assert_eq!(said.code, Some(64), "a proof is about the whole stack: {}", said.stderr);

    let tags = "<member><Key>cloud101:stack</Key><Value>lesson</Value></member>\
                <member><Key>cloud101:resource</Key><Value>topic</Value></member>";
    let topic = "arn:aws:sns:us-east-1:123456789012:lesson-topic";
    let aws = FakeAws::with(move |call| match call.name.as_str() {
        "sns:ListTopics" => Some(Fault::answer(format!(
            "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>{topic}</TopicArn></member></Topics>\
             </ListTopicsResult></ListTopicsResponse>"
        ))),
        "sns:ListTagsForResource" => Some(Fault::answer(format!(
            "<ListTagsForResourceResponse><ListTagsForResourceResult><Tags>{tags}</Tags></ListTagsForResourceResult>\
             </ListTagsForResourceResponse>"
        ))),
        _ => None,
    });
    let said = prove(&aws, &[]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let (_, left) = said.stdout.rsplit_once("\n\n").expect("an empty line");
    assert_snapshot!(left);
}

/// A destroy and its proof say the same of what carries the stack's tag and is of no kind.
#[test]
fn what_of_ec2_carries_the_tag_is_left_for_a_destroy_and_its_proof_alike() {
    for (sort, id, remove) in [
        ("elastic-ip", "eipalloc-1", "aws ec2 release-address --allocation-id eipalloc-1"),
        ("image", "ami-1", "aws ec2 deregister-image --image-id ami-1"),
        ("internet-gateway", "igw-1", "aws ec2 delete-internet-gateway --internet-gateway-id igw-1"),
        ("carrier-gateway", "cagw-1", "aws ec2 delete-tags --resources cagw-1"),
    ] {
        let aws = account(move |call| match call.name.as_str() {
            "ec2:DescribeTags" | "ec2:DescribeAddresses" if call.region() != "us-east-1" => None,
            "ec2:DescribeTags" => {
                let tag = |key: &str, value: &str| {
                    format!(
                        "<item><resourceId>{id}</resourceId><resourceType>{sort}</resourceType><key>{key}</key>\
                         <value>{value}</value></item>"
                    )
                };
                let tags = tag("cloud101:stack", "lesson") + &tag("cloud101:resource", "vm");
                Some(Fault::answer(format!("<DescribeTagsResponse><tagSet>{tags}</tagSet></DescribeTagsResponse>")))
            }
            "ec2:DescribeAddresses" if sort == "elastic-ip" => Some(Fault::answer(format!(
                "<DescribeAddressesResponse><addressesSet><item><allocationId>{id}</allocationId><tagSet>\
                 <item><key>cloud101:stack</key><value>lesson</value></item></tagSet></item></addressesSet>\
                 </DescribeAddressesResponse>"
            ))),
            _ => None,
        });
        for options in [&["destroy", "--yes"][..], &["destroy", "--yes", "--prove"]] {
            let said = Folder::with(TOPIC_STACK).run(&aws, options);
            assert_eq!(said.code, Some(1), "{sort} {options:?}: {}{}", said.stdout, said.stderr);
            assert!(said.stdout.contains(remove), "{sort} {options:?}: {}{}", said.stdout, said.stderr);
        }
    }
}
