//! Every operation that was recorded: through what its answers are played, or why nothing here asks it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{FIXTURES, RECORDINGS, Source};

/// How the answers of an operation are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A resource of this kind is imported and planned.
    Imported(&'static str),
    /// The list that finds everything of this kind has all of it.
    Listed(&'static str),
    /// As answers of this other operation, which has the same shape.
    As(&'static str),
    /// Another look, which says what it is to find.
    Looked(&'static str),
    /// cloud101 never asks this.
    Unasked(&'static str),
}

use How::{As, Imported, Listed, Looked, Unasked};

/// By the name that botocore gives to the service, as the recordings do.
pub const OPERATIONS: [(&str, How); 53] = [
    ("budgets.DescribeBudgets", Unasked("no kind has to do with budgets")),
    ("ec2.DescribeAddresses", Imported("ec2.elastic_ip")),
    ("ec2.DescribeIamInstanceProfileAssociations", Looked("whose instance loses a profile that goes")),
    ("ec2.DescribeImages", Looked("the device from which a new instance boots")),
    ("ec2.DescribeInstanceAttribute", Imported("ec2.instance")),
    ("ec2.DescribeInstances", Imported("ec2.instance")),
    ("ec2.DescribeKeyPairs", Imported("ec2.key_pair")),
    ("ec2.DescribeNetworkInterfaces", Looked("who holds a security group that goes, and what is left after a destroy")),
    ("ec2.DescribeSecurityGroups", Imported("ec2.security_group")),
    ("ec2.DescribeSnapshots", Looked("what is left after a destroy")),
    ("ec2.DescribeSubnets", Unasked("the file names a subnet, and AWS judges it")),
    ("ec2.DescribeVolumes", Imported("ec2.instance")),
    ("ec2.DescribeVpcs", Imported("ec2.security_group")),
    ("email.GetEmailIdentity", Imported("ses.identity")),
    ("email.ListEmailIdentities", Listed("ses.identity")),
    ("iam.GetPolicy", Imported("iam.policy")),
    ("iam.GetPolicyVersion", Imported("iam.policy")),
    ("iam.GetRole", Imported("iam.role")),
    ("iam.ListAttachedRolePolicies", Imported("iam.role")),
    ("iam.ListInstanceProfiles", Listed("iam.instance_profile")),
    ("iam.ListPolicies", Listed("iam.policy")),
    ("iam.ListRolePolicies", Imported("iam.role")),
    ("iam.ListRoles", Listed("iam.role")),
    ("lambda.GetFunction", Imported("lambda.function")),
    ("lambda.GetFunctionConfiguration", As("lambda.GetFunction")),
    ("lambda.GetFunctionUrlConfig", Imported("lambda.function")),
    ("lambda.GetPolicy", Imported("lambda.function")),
    ("lambda.ListEventSourceMappings", Looked("what sends to a function that goes")),
    ("lambda.ListFunctions", Listed("lambda.function")),
    ("lambda.ListLayerVersions", Looked("which versions of a layer are the stack's, and what the newest is")),
    ("lambda.ListTags", Unasked("GetFunction returns the tags as well")),
    ("logs.DescribeLogGroups", Imported("lambda.function")),
    ("s3.GetBucketEncryption", Imported("s3.bucket")),
    ("s3.GetBucketLifecycleConfiguration", Imported("s3.bucket")),
    ("s3.GetBucketLocation", Unasked("HeadBucket returns the region as well")),
    ("s3.GetBucketLogging", Imported("s3.bucket")),
    ("s3.GetBucketNotificationConfiguration", Imported("s3.bucket")),
    ("s3.GetBucketOwnershipControls", Imported("s3.bucket")),
    ("s3.GetBucketPolicy", Imported("s3.bucket")),
    ("s3.GetBucketTagging", Imported("s3.bucket")),
    ("s3.GetBucketVersioning", Imported("s3.bucket")),
    ("s3.GetBucketWebsite", Imported("s3.bucket")),
    ("s3.GetPublicAccessBlock", Imported("s3.bucket")),
    ("s3.HeadObject", Imported("s3.object")),
    ("s3.ListObjectVersions", Looked("what is in a bucket that goes")),
    ("scheduler.GetSchedule", Unasked("no kind has to do with schedules")),
    ("servicequotas.ListAWSDefaultServiceQuotas", Unasked("no kind has to do with quotas")),
    ("servicequotas.ListServiceQuotas", Unasked("no kind has to do with quotas")),
    ("sns.GetTopicAttributes", Imported("sns.topic")),
    ("sns.ListSubscriptionsByTopic", Imported("sns.topic")),
    ("sns.ListTagsForResource", Imported("sns.topic")),
    ("sns.ListTopics", Listed("sns.topic")),
    ("sqs.GetQueueAttributes", Imported("sqs.queue")),
];

/// The part of `docs/aws-models.md` about them.
pub fn section() -> String {
    let mut lines = String::new();
    for (operation, how) in OPERATIONS {
        let how = match how {
            Imported(kind) => format!("`{kind}` is imported from it and planned"),
            Listed(kind) => format!("`import {kind} --all` finds all that is in it"),
            As(other) => format!("has the shape of `{other}`, and is played as such"),
            Looked(what) => format!("{what} is read from it"),
            Unasked(why) => format!("cloud101 does not ask this: {why}"),
        };
        writeln!(lines, "| `{operation}` | {how} |").expect("text");
    }
    format!(
        "\n## Recorded answers\n\n\
         What AWS answered in real accounts is played over the wire, and so are answers of our own in `tests/models/fixtures`. \
         What is imported passes `validate`, and a plan changes nothing of it but tags.\n\n\
         | operation | how it is played |\n|---|---|\n{lines}"
    )
}

/// The operations that a source should be asked for, and that have not been `asked`.
pub fn not_played(source: &Source, asked: &BTreeSet<String>) -> Vec<String> {
    let is_missing = |(operation, how): &&(&str, How)| {
        let is_played = match how {
            Unasked(_) => true,
            As(other) => asked.contains(*other),
            _ => asked.contains(*operation),
        };
        !is_played && source.of(operation).next().is_some()
    };
    OPERATIONS.iter().filter(is_missing).map(|(operation, _)| (*operation).to_owned()).collect()
}

#[test]
fn every_operation_that_was_recorded_is_accounted_for() {
    let known: BTreeSet<_> = OPERATIONS.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(known.len(), OPERATIONS.len(), "one is there twice");
    match Source::read("recordings", RECORDINGS) {
        Some(recordings) => assert_eq!(recordings.operations(), known),
        None => println!("{RECORDINGS} is not there: the fixtures alone are compared"),
    }
    let fixtures = Source::read("fixtures", FIXTURES).expect("the fixtures");
    let called = calls(Path::new("src"));
    for (operation, how) in OPERATIONS {
        let name = operation.replacen("email.", "ses.", 1).replacen('.', ":", 1);
        let is_asked = !matches!(how, Unasked(_));
        assert_eq!(called.contains(&name), is_asked, "{operation} is {how:?}");
        // Where the recordings are absent, the fixtures are played.
        assert_eq!(fixtures.of(operation).next().is_some(), is_asked, "{operation} is {how:?}");
    }
}

/// The operations that the code calls: `.call("ec2:RunInstances")`.
fn calls(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(calls(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text: String = fs::read_to_string(&path).expect("text").split_whitespace().collect();
            for start in [".call(\"", ".call_if_found(\"", ".all(\"", ".all_if_found(\"", "OPERATION:&str=\""] {
                let names = text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }
    found
}
