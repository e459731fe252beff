//! The judge can refuse: for each type of rule and each protocol a request that keeps it, and one that breaks it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::http::Request;
use crate::model::{self, judge, pattern};

/// A request that is signed for a service.
fn request(service: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{service}/aws4_request, …");
    let mut all = vec![("authorization".to_owned(), scope)];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Request { method: method.into(), path: path.into(), headers: all, body: body.as_bytes().to_vec() }
}

fn form(service: &str, body: &str) -> Request {
    request(service, "POST", "/", &[], body)
}

/// A request that the model takes, as that operation with these members.
#[track_caller]
fn taken(request: Request, operation: &str, input: serde_json::Value) {
    let call = judge(&request).unwrap_or_else(|refused| panic!("{refused}")).expect("it is signed");
    assert_eq!((format!("{}:{}", call.service, call.operation), call.input), (operation.to_owned(), input));
}

/// One that it refuses for this reason.
#[track_caller]
fn refused(request: Request, said: &str) {
    let refused = judge(&request).expect_err(said).to_string();
    assert!(refused.contains(said), "{said:?} was expected: {refused}");
}

#[test]
fn the_query_protocol() {
    let role = "Action=CreateRole&Version=2010-05-08&RoleName=a&AssumeRolePolicyDocument=%7B%7D";
    taken(
        form("iam", &format!("{role}&Tags.member.1.Key=course&Tags.member.1.Value=x+y")),
        "iam:CreateRole",
        json!({ "RoleName": "a", "AssumeRolePolicyDocument": "{}", "Tags": [{ "Key": "course", "Value": "x y" }] }),
    );
    taken(
        form("sns", "Action=CreateTopic&Name=t&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true&Tags="),
        "sns:CreateTopic",
        json!({ "Name": "t", "Attributes": { "FifoTopic": "true" }, "Tags": [] }),
    );
    refused(
        form("iam", "Action=CreateRole&RoleName=a"),
        "iam:CreateRole: the model refuses AssumeRolePolicyDocument: it is required",
    );
    refused(form("iam", &format!("{role}&Colour=red")), "Colour: the model has no such member");
    refused(form("iam", &format!("{role}&Tags.1.Key=a")), "Tags.1: the model has no such member");
    refused(
        form("iam", &format!("{role}&Description=caf%C3%A9+%E2%80%93+bar")),
        "Description: `café – bar` does not match the pattern",
    );
    refused(
        form("iam", &format!("{role}&MaxSessionDuration=3599")),
        "MaxSessionDuration: 3599 is not in the range from 3600 to 43200",
    );
    refused(form("iam", &format!("{role}&MaxSessionDuration=long")), "MaxSessionDuration: \"long\" is not a integer");
    refused(
        form("iam", &format!("{}&RoleName={}", role.replace("&RoleName=a", ""), "r".repeat(65))),
        "RoleName: it has 65 characters, which is not in the range from 1 to 64",
    );
    let tags: String = (1..=51).map(|n| format!("&Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v")).collect();
    refused(form("iam", &format!("{role}{tags}")), "Tags: it has 51 elements, which is not in the range to 50");
    refused(form("iam", "Action=MakeRole"), "the model has none that is asked for like this");
}

#[test]
fn the_protocol_of_ec2() {
    let run = "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1";
    taken(
        form(
            "ec2",
            &format!("{run}&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=a&EbsOptimized=true"),
        ),
        "ec2:RunInstances",
        json!({ "MinCount": 1, "MaxCount": 1, "EbsOptimized": true,
            "TagSpecifications": [{ "ResourceType": "instance", "Tags": [{ "Key": "a" }] }] }),
    );
    refused(form("ec2", &run.replace("&MinCount=1", "")), "MinCount: it is required");
    refused(form("ec2", &format!("{run}&InstanceType=t9.huge")), "InstanceType: `t9.huge` is none of the");
    refused(form("ec2", &format!("{run}&Tag.1.Key=a")), "Tag: the model has no such member");
    refused(form("ec2", &format!("{run}&EbsOptimized=perhaps")), "EbsOptimized: \"perhaps\" is not a boolean");
}

#[test]
fn rest_with_xml() {
    let tagging = |body: &str| request("s3", "PUT", "/b/?tagging", &[], body);
    let one = "<Tagging><TagSet><Tag><Key>a</Key><Value>&lt;</Value></Tag></TagSet></Tagging>";
    taken(
        tagging(one),
        "s3:PutBucketTagging",
        json!({ "Bucket": "b", "Tagging": { "TagSet": [{ "Key": "a", "Value": "<" }] } }),
    );
    refused(tagging(""), "Tagging: it is required");
    refused(tagging(&one.replace("<Value>&lt;</Value>", "")), "Tagging.TagSet[0].Value: it is required");
    refused(tagging(&one.replace("<Key>a</Key>", "<Key></Key>")), "Tagging.TagSet[0].Key: it has 0 characters");
    refused(tagging(&one.replace("Value>", "Worth>")), "Worth: the model has no such member");
    refused(tagging(&one.replace("Tagging>", "Tags>")), "its root is `Tags`");
    refused(tagging("half a <"), "the body: it is not XML");
    let policy = request("s3", "PUT", "/b?policy", &[], "{}");
    taken(policy, "s3:PutBucketPolicy", json!({ "Bucket": "b", "Policy": "{}" }));
    let delete = |key: &str| {
        let body = format!("<Delete><Object><Key>{key}</Key></Object><Object><Key>k</Key></Object></Delete>");
        request("s3", "POST", "/b?delete", &[], &body)
    };
    taken(
        delete("a b"),
        "s3:DeleteObjects",
        json!({ "Bucket": "b", "Delete": { "Objects": [{ "Key": "a b" }, { "Key": "k" }] } }),
    );
    refused(delete("a\u{10}b"), "XML can't hold '\\u{10}'");
    refused(delete("a&#x10;b"), "XML can't hold '\\u{10}'");
    let put = |headers: &[(&str, &str)]| request("s3", "PUT", "/b/a%20b/c?x-id=PutObject", headers, "body");
    taken(
        put(&[("x-amz-meta-a", "1"), ("content-type", "text/plain")]),
        "s3:PutObject",
        json!({ "Bucket": "b", "Key": "a b/c", "Body": 4, "ContentType": "text/plain", "Metadata": { "a": "1" } }),
    );
    refused(put(&[("x-amz-acl", "everybody")]), "ACL: `everybody` is none of the 7 values of the enum");
    refused(put(&[("x-amz-colour", "red")]), "x-amz-colour: the model has no such header");
    refused(request("s3", "GET", "/b?list-type=2&colour=red", &[], ""), "?colour: the model has no such member");
    let operation = |method, path: &str, headers: &[(&str, &str)]| {
        judge(&request("s3", method, path, headers, "")).unwrap().unwrap().operation
    };
    assert_eq!(operation("GET", "/", &[]), "ListBuckets");
    assert_eq!(operation("GET", "/b?lifecycle", &[]), "GetBucketLifecycleConfiguration");
    assert_eq!(operation("GET", "/b?list-type=2", &[]), "ListObjectsV2");
    assert_eq!(operation("GET", "/b/k?tagging", &[]), "GetObjectTagging");
    assert_eq!(operation("PUT", "/b/k", &[("x-amz-copy-source", "b/j")]), "CopyObject");
    assert_eq!(operation("DELETE", "/b/k?uploadId=u", &[]), "AbortMultipartUpload");
    assert_eq!(operation("HEAD", "/b", &[]), "HeadBucket");
}

#[test]
fn rest_with_json() {
    let create = |rest: &str| {
        let body = format!(
            r#"{{"FunctionName":"f","Role":"arn:aws:iam::123456789012:role/r","Code":{{"ZipFile":"UEsDBA=="}}{rest}}}"#
        );
        request("lambda", "POST", "/2015-03-31/functions", &[], &body)
    };
    taken(
        create(r#","MemorySize":128"#),
        "lambda:CreateFunction",
        json!({ "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": { "ZipFile": 4 }, "MemorySize": 128 }),
    );
    refused(create(r#","MemorySize":127"#), "MemorySize: 127 is not in the range from 128");
    refused(create(r#","Runtime":"python1""#), "Runtime: `python1` is none of the");
    refused(create(r#","Timeout":"3""#), "Timeout: \"3\" is not a integer");
    refused(
        create(r#","Environment":{"Variables":{"1A":"x"}}"#),
        "Environment.Variables (key): `1A` does not match the pattern",
    );
    refused(create(r#","Layers":"x""#), "Layers: it is not a list");
    refused(create(r#","Colour":1"#), "Colour: the model has no such member");
    refused(request("lambda", "POST", "/2015-03-31/functions", &[], "{}"), "Role: it is required");
    taken(
        request(
            "lambda",
            "DELETE",
            "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af?tagKeys=a&tagKeys=b",
            &[],
            "",
        ),
        "lambda:UntagResource",
        json!({ "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "TagKeys": ["a", "b"] }),
    );
    taken(
        request("ses", "GET", "/v2/email/identities/ana%40example.edu", &[], ""),
        "sesv2:GetEmailIdentity",
        json!({ "EmailIdentity": "ana@example.edu" }),
    );
}

#[test]
fn plain_json() {
    let logs = |body| request("logs", "POST", "/", &[("x-amz-target", "Logs_20140328.PutRetentionPolicy")], body);
    taken(
        logs(r#"{"logGroupName":"/a","retentionInDays":7}"#),
        "logs:PutRetentionPolicy",
        json!({ "logGroupName": "/a", "retentionInDays": 7 }),
    );
    refused(logs(r#"{"logGroupName":"/a b","retentionInDays":7}"#), "logGroupName: `/a b` does not match the pattern");
    refused(logs(r#"{"logGroupName":"/a"}"#), "retentionInDays: it is required");
    refused(logs("["), "the body: it is not a JSON object");
}

#[test]
fn what_is_not_signed_is_not_judged_and_what_has_no_model_is_refused() {
    let unsigned = Request { method: "GET".into(), path: "/latest".into(), headers: Vec::new(), body: Vec::new() };
    assert!(judge(&unsigned).unwrap().is_none());
    refused(form("weather", "Action=Rain"), "botocore has no model of it");
}

/// Patterns that can't be used here: too large a repetition, of a parameter that cloud101 does not send.
const UNUSABLE: [&str; 1] = ["^.{1,100000}$"];

/// Every other one of the services that cloud101 calls is used.
#[test]
fn the_patterns_can_be_used() {
    let services =
        ["ec2", "iam", "lambda", "logs", "resourcegroupstaggingapi", "s3", "sesv2", "sns", "sqs", "ssm", "sts"];
    let shapes = services.into_iter().flat_map(|service| model::model(service).expect(service).shapes.values());
    let patterns: BTreeSet<_> = shapes.filter_map(|shape| shape.pattern.as_deref()).collect();
    let unusable: Vec<_> = patterns.iter().copied().filter(|pattern| !pattern::is_usable(pattern)).collect();
    println!("{} patterns, of which these can't be used: {unusable:?}", patterns.len());
    assert!(patterns.len() > 150, "{}", patterns.len());
    assert_eq!(unusable, UNUSABLE);
    for (pattern, yes, no) in [
        (r"[\w+=,.@-]+", "a-b_c", "ä"),
        (r"[\w-_]*", "a-b", "a.b"),
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "ÿ\n", "–"),
        (r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", "1a", "12"),
        (r"[^:*]*", "a", "a:b"),
        (r"^[0-9]+$", "12", "1a"),
    ] {
        assert_eq!(
            (pattern::matches(pattern, yes), pattern::matches(pattern, no)),
            (Some(true), Some(false)),
            "{pattern}"
        );
    }
}
