//! Where a kind's examples alone don't say what the walk needs.

use anyhow::{Context as _, Result};
use cloud101::aws::Context;
use serde_json::{Value, json};

/// Values that only the account knows, in place of the examples.
pub async fn values(cx: &Context, kind: &str, path: &str) -> Result<Option<Vec<Value>>> {
    Ok(match (kind, path) {
        ("ec2.instance", "subnet_id") => Some(vec![json!(subnets(cx).await?.last().context("no subnet")?)]),
        ("lambda.function", "vpc") => {
            let subnets = subnets(cx).await?;
            Some(vec![json!({ "subnet_ids": subnets, "security_group_ids": ["sg-0123456789abcdef0"] })])
        }
        ("ec2.security_group", "vpc_id") => {
            let answer = cx.clients.ec2.create_vpc().cidr_block("10.1.0.0/16").send().await?;
            Some(vec![json!(answer.vpc().and_then(|vpc| vpc.vpc_id()).context("no VPC")?)])
        }
        ("ec2.volume", "snapshot_id") => {
            let zone = "us-east-1a";
            let disk = cx.clients.ec2.create_volume().size(1).availability_zone(zone).send().await?;
            let disk = disk.volume_id().context("no volume")?;
            let snapshot = cx.clients.ec2.create_snapshot().volume_id(disk).send().await?;
            cx.clients.ec2.delete_volume().volume_id(disk).send().await?;
            Some(vec![json!(snapshot.snapshot_id().context("no snapshot")?)])
        }
        // It is that of the instance, and only an instance in it can have the volume.
        ("ec2.volume", "availability_zone") => Some(Vec::new()),
        // The example stack has what the example says; it is taken away.
        ("ec2.volume", "instance") => Some(vec![json!("")]),
        // No emulator has a registry, and none reports where code came from.
        ("lambda.function", "code_s3" | "image_uri" | "image_config") | ("lambda.layer", "code_s3") => Some(Vec::new()),
        // It says what destroy may do; there is nothing to compare in the account.
        ("s3.bucket", "empty_on_destroy") => Some(Vec::new()),
        // MiniStack takes the header and forgets it.
        ("s3.bucket", "transition_default_minimum_object_size") => Some(Vec::new()),
        _ => None,
    })
}

/// Whether [`values`] asks the account, or there is nothing to compare.
pub fn is_of_the_account(kind: &str, path: &str) -> bool {
    let own = [
        ("ec2.instance", "subnet_id"),
        ("lambda.function", "vpc"),
        ("lambda.function", "code_s3"),
        ("lambda.layer", "code_s3"),
        ("lambda.function", "image_uri"),
        ("lambda.function", "image_config"),
        ("ec2.security_group", "vpc_id"),
        ("ec2.volume", "snapshot_id"),
        ("ec2.volume", "availability_zone"),
        ("ec2.volume", "instance"),
        ("s3.bucket", "empty_on_destroy"),
        ("s3.bucket", "transition_default_minimum_object_size"),
    ];
    own.contains(&(kind, path))
}

async fn subnets(cx: &Context) -> Result<Vec<String>> {
    let answer = cx.clients.ec2.describe_subnets().send().await?;
    Ok(answer.subnets().iter().filter_map(|subnet| subnet.subnet_id.clone()).collect())
}

/// What must be said besides when `path` is set: another value, or nothing where only one of two may be there.
pub fn companions(kind: &str, path: &str) -> Vec<(&'static str, Option<Value>)> {
    match (kind, path) {
        ("ses.identity", "domain") => vec![("email", None)],
        ("ses.identity", "email") => vec![("domain", None)],
        ("s3.object", "source") => vec![("content", None)],
        ("s3.object", "content") => vec![("source", None)],
        ("ec2.instance", "user_data_file") => vec![("user_data", None)],
        ("ec2.instance", "user_data") => vec![("user_data_file", None)],
        // Without an instance it needs a zone, which is the one that it has.
        ("ec2.volume", "instance") => vec![("device", None), ("availability_zone", Some(json!("us-east-1a")))],
        ("iam.role", "trust_policy") => vec![("assumed_by", None)],
        ("s3.bucket", "namespace") => {
            vec![("name", Some(json!("${stack.name}-${aws.account_id}-${aws.region}-an")))]
        }
        ("sns.topic", "content_based_deduplication") => {
            vec![("name", Some(json!("example-topic.fifo"))), ("fifo", Some(json!(true)))]
        }
        ("sns.topic", "fifo") => vec![("name", Some(json!("example-topic.fifo")))],
        // The dead-letter queue of the example is a standard one.
        ("sqs.queue", "fifo") => vec![("name", Some(json!("example-queue.fifo"))), ("dead_letter", None)],
        ("sqs.queue", "content_based_deduplication" | "deduplication_scope" | "fifo_throughput_limit") => vec![
            ("name", Some(json!("example-queue.fifo"))),
            ("fifo", Some(json!(true))),
            ("deduplication_scope", Some(json!("messageGroup"))),
            ("dead_letter", None),
        ],
        ("sqs.queue", "kms_data_key_reuse_seconds") => vec![("kms_key", Some(json!("alias/aws/sqs")))],
        _ => Vec::new(),
    }
}

/// Whether AWS lets the value only grow, so nothing puts the base stack's smaller one back by hand.
pub fn only_grows(kind: &str, path: &str) -> bool {
    matches!((kind, path), ("ec2.instance", "root_volume.size_gib") | ("ec2.volume", "size_gib"))
}

/// Whether a change of `changed` is what setting `path` brings about: the property itself, what is inside it, or
/// what the kind computes from it.
pub fn concerns(path: &str, changed: &str) -> bool {
    let inside = |path: &str| changed.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    inside(path)
        || match path {
            "code" => inside("code_sha256"),
            "kms_key" => inside("sqs_managed_sse"),
            "kms_data_key_reuse_seconds" => ["kms_key", "sqs_managed_sse"].into_iter().any(inside),
            "instance" => ["device", "availability_zone"].into_iter().any(inside),
            "user_data_file" => inside("user_data"),
            "content" | "source" => ["content", "source", "content_sha256"].into_iter().any(inside),
            "assumed_by" => inside("trust_policy"),
            "trust_policy" => inside("assumed_by"),
            _ => false,
        }
}
