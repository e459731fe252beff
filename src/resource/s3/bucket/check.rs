//! What can be seen to be wrong with a bucket without AWS.

use aws_sdk_s3::types::ObjectOwnership;

use crate::explain::Code;

use super::spec::{Encryption, Spec};
use super::{lifecycle_check, name, notifications, policy_check, public};
use crate::resource::Diagnostic;
use crate::resource::iam::policy_document::{self, Usage};
use crate::resource::s3::known;

/// The last two are other services' own, which an import may find.
const ALGORITHMS: [&str; 5] = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup"];
/// How many CORS rules a bucket has at most (API: PutBucketCors).
const CORS_RULES: usize = 100;
/// The size of a bucket policy in characters (API: PutBucketPolicy).
const POLICY_LIMIT: usize = 20 * 1024;

/// Everything that is wrong with the bucket `name`.
pub fn check(bucket: &str, spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<_> = name::check_namespace(bucket, spec.namespace.as_deref())
        .or_else(|| name::check("name", bucket))
        .into_iter()
        .collect();
    if let Some(ownership) = &spec.object_ownership {
        diagnostics.extend(known::check("object_ownership", ownership, ObjectOwnership::values()));
    }
    if let Some(encryption) = &spec.encryption {
        check_encryption(encryption, &mut diagnostics);
    }
    let own: Vec<_> = spec.policy.iter().flat_map(|policy| policy_check::check(policy, bucket)).collect();
    let general = spec.policy.iter().flat_map(|policy| policy_document::check(policy, Usage::Resource, "policy"));
    // What S3 refuses need not be doubted besides.
    let is_doubled =
        |doubt: &Diagnostic| !doubt.is_error() && own.iter().any(|diagnostic| diagnostic.path() == doubt.path());
    diagnostics.extend(general.filter(|diagnostic| !is_doubled(diagnostic)));
    if spec.policy.as_ref().is_some_and(|policy| policy.to_string().len() > POLICY_LIMIT) {
        diagnostics.push(Diagnostic::new(Code::TooLong, "policy", "a bucket policy has at most 20 KB"));
    }
    diagnostics.extend(spec.policy.as_ref().and_then(|policy| public::check(policy, spec)));
    diagnostics.extend(own);
    diagnostics.extend(lifecycle_check::check(spec.lifecycle_rules.as_deref().unwrap_or_default()));
    let has_rules = spec.lifecycle_rules.as_ref().is_some_and(|rules| !rules.is_empty());
    if spec.transition_default_minimum_object_size.is_some() && !has_rules {
        diagnostics.push(
            Diagnostic::new(
                Code::Incomplete,
                "transition_default_minimum_object_size",
                "AWS accepts this size only together with lifecycle rules, and there are none",
            )
            .help("add `lifecycle_rules`, or remove it"),
        );
    }
    if spec.cors_rules.as_ref().is_some_and(|rules| rules.len() > CORS_RULES) {
        let message = format!("a bucket has at most {CORS_RULES} CORS rules");
        diagnostics.push(
            Diagnostic::new(Code::OutOfRange, "cors_rules", message)
                .help("combine the origins of several rules into one"),
        );
    }
    for (n, rule) in spec.cors_rules.iter().flatten().enumerate() {
        diagnostics.extend(rule.check(&format!("cors_rules.{n}")));
    }
    diagnostics.extend(spec.website.iter().flat_map(|website| website.check()));
    if let Some(logging) = &spec.logging {
        diagnostics.extend(name::check("logging.target_bucket", &logging.target_bucket));
    }
    for (n, notification) in spec.notifications.iter().flatten().enumerate() {
        diagnostics.extend(notification.check(&format!("notifications.{n}")));
    }
    diagnostics.extend(notifications::check_overlap(spec.notifications.as_deref().unwrap_or_default()));
    diagnostics
}

fn check_encryption(encryption: &Encryption, diagnostics: &mut Vec<Diagnostic>) {
    let algorithm = encryption.algorithm.as_deref().unwrap_or("AES256");
    diagnostics.extend(known::check("encryption.algorithm", algorithm, &ALGORITHMS));
    if encryption.kms_key.is_some() && algorithm == "AES256" {
        diagnostics.push(
            Diagnostic::new(Code::Incomplete, "encryption.kms_key", "a KMS key needs a KMS algorithm")
                .help("add `algorithm: aws:kms` to `encryption`"),
        );
    }
    if encryption.bucket_key == Some(true) && algorithm == "aws:kms:dsse" {
        diagnostics.push(
            Diagnostic::new(
                Code::Conflicting,
                "encryption.bucket_key",
                "dual-layer encryption (`aws:kms:dsse`) does not support bucket keys",
            )
            .help("remove `bucket_key`, or use `algorithm: aws:kms`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::s3::bucket::Bucket;
    use crate::resource::{Base, Resource};
    use serde_json::json;

    fn spec(value: serde_json::Value) -> Spec {
        serde_json::from_value(value).expect("a spec")
    }

    #[test]
    fn each_mistake_is_found_at_its_place() {
        let paths = |value| check("bucket", &spec(value)).into_iter().map(|f| f.path().to_owned()).collect::<Vec<_>>();
        assert_eq!(paths(json!({})), [""; 0]);
        assert_eq!(paths(json!({ "encryption": { "kms_key": "alias/a" } })), ["encryption.kms_key"]);
        assert_eq!(paths(json!({ "encryption": { "algorithm": "AES265" } })), ["encryption.algorithm"]);
        assert_eq!(paths(json!({ "object_ownership": "Me" })), ["object_ownership"]);
        assert_eq!(paths(json!({ "website": {} })), ["website"]);
        assert_eq!(paths(json!({ "logging": { "target_bucket": "A" } })), ["logging.target_bucket"]);
        let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" });
        let policy = json!({ "Statement": [statement] });
        assert_eq!(paths(json!({ "policy": policy })), ["policy.Statement.0"]);
        let locked = json!({ "policy": policy, "public_access_block": { "restrict_public_buckets": false } });
        assert_eq!(paths(locked), ["policy.Statement.0"]);
        let open = json!({ "policy": policy, "public_access_block": { "block_public_policy": false } });
        assert_eq!(paths(open), [""; 0]);
        let cors = json!({ "cors_rules": [{ "allowed_origins": ["*"], "allowed_methods": ["PATCH"] }] });
        assert_eq!(paths(cors), ["cors_rules.0.allowed_methods.0"]);
    }

    #[test]
    fn a_canonical_spec_stays_as_it_is_and_is_private() {
        let rich = spec(json!({
            "lifecycle_rules": [{ "id": "b", "expire_after_days": 1 }, { "id": "a", "expire_after_days": 1 }],
            "cors_rules": [{ "allowed_origins": ["*"], "allowed_methods": ["PUT", "GET"] }],
            "notifications": [{ "sns": "arn:aws:sns:::t", "events": ["s3:ObjectCreated:*"] }],
            "logging": { "target_bucket": "logs" },
            "public_access_block": { "block_public_policy": false },
        }));
        let once = Bucket.canonical(rich, &Base::from("")).expect("canonical");
        assert_eq!(Bucket.canonical(once.clone(), &Base::from("")).expect("canonical"), once);
        let locks = once.public_access_block.expect("locks");
        assert_eq!((locks.block_public_policy, locks.block_public_acls), (Some(false), Some(true)));
    }
}
