//! What AWS checks and the sandbox does not: a rehearsal that went well says nothing of it.

use serde_json::Value;

/// Something that AWS refuses, or waits for, and the sandbox does not. `tests/sandbox/acceptance/unchecked.rs` has the
/// sandbox take each of them: a row goes when an emulator has learnt it.
#[derive(Debug, Clone, Copy)]
pub struct Unchecked {
    /// What the test calls it.
    pub id: &'static str,
    /// The kind of resource that it is about.
    pub kind: &'static str,
    /// The property that it is about; empty: resources that are recreated, whatever their properties.
    pub property: &'static str,
    /// Whether it matters for this value of the property; of none for `null`.
    matters: fn(&Value) -> bool,
    /// What is not checked: completes "not checked here: …".
    pub what: &'static str,
}

impl Unchecked {
    /// Whether it matters for a resource of `kind` with these properties, of which `is_new` says which are made or
    /// changed; of the empty name whether the resource is.
    pub fn matters(&self, kind: &str, spec: &Value, is_new: impl Fn(&str) -> bool) -> bool {
        let value = if self.property.is_empty() { spec } else { spec.get(self.property).unwrap_or(&Value::Null) };
        self.kind == kind && is_new(self.property) && (self.matters)(value)
    }
}

/// All of it. AWS's code for a refusal, or the page that says so, stands beside each.
pub const UNCHECKED: &[Unchecked] = &[
    // BucketAlreadyExists (API: CreateBucket).
    Unchecked {
        id: "bucket_name",
        kind: "s3.bucket",
        property: "",
        matters: |spec| spec.get("namespace").is_none_or(|namespace| namespace != "account"),
        what: "whether another AWS customer has the name",
    },
    // AccessDenied (Amazon S3, "Blocking public access": the account's settings count beside the bucket's).
    Unchecked {
        id: "account_block",
        kind: "s3.bucket",
        property: "public_access_block",
        matters: |block| block.get("block_public_policy") == Some(&Value::Bool(false)),
        what: "whether the account as a whole forbids public buckets",
    },
    // AccessDenied, of any call.
    Unchecked {
        id: "rights",
        kind: "iam.role",
        property: "",
        matters: |_| true,
        what: "whether its policies allow the actions used (in the sandbox everything is allowed)",
    },
    // MalformedPolicyDocument: Invalid principal in policy (API: CreateRole).
    Unchecked {
        id: "principal",
        kind: "iam.role",
        property: "trust_policy",
        matters: |policy| !policy.is_null(),
        what: "whether the roles and users that its trust policy names exist",
    },
    // InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.
    Unchecked {
        id: "function_role",
        kind: "lambda.function",
        property: "role",
        matters: |role| !role.is_null(),
        what: "whether Lambda may assume its role",
    },
    // InvalidParameterValueException: … decreases account's UnreservedConcurrentExecution below its minimum value.
    Unchecked {
        id: "concurrency",
        kind: "lambda.function",
        property: "reserved_concurrency",
        matters: |limit| !limit.is_null(),
        what: "whether the account has that much concurrency left",
    },
    // InvalidParameterValueException: The provided execution role does not have permissions to call SendMessage on SQS.
    Unchecked {
        id: "dead_letters",
        kind: "lambda.function",
        property: "dead_letter_arn",
        matters: |arn| arn.as_str().is_some_and(|arn| !arn.is_empty()),
        what: "whether the target of `dead_letter_arn` exists, and its role may send to it",
    },
    // VcpuLimitExceeded, InsufficientInstanceCapacity, Unsupported (API: RunInstances).
    Unchecked {
        id: "machines",
        kind: "ec2.instance",
        property: "instance_type",
        matters: |_| true,
        what: "whether the region has that type, and the account's quota allows one more",
    },
    // InvalidKeyPair.NotFound (API: RunInstances).
    Unchecked {
        id: "key",
        kind: "ec2.instance",
        property: "key_name",
        matters: |name| name.as_str().is_some_and(|name| !name.is_empty()),
        what: "whether the key pair exists",
    },
    // DependencyViolation (API: DeleteSecurityGroup).
    Unchecked {
        id: "group_in_use",
        kind: "ec2.security_group",
        property: "",
        matters: |_| true,
        what: "whether something still uses it when it is deleted",
    },
    // AddressLimitExceeded (API: AllocateAddress).
    Unchecked {
        id: "addresses",
        kind: "ec2.elastic_ip",
        property: "",
        matters: |_| true,
        what: "whether the account's quota, five in a region, allows one more",
    },
    // PendingConfirmation (Amazon SNS, "Email notifications").
    Unchecked {
        id: "confirmation",
        kind: "sns.topic",
        property: "subscriptions",
        matters: |all| all.as_array().into_iter().flatten().any(is_by_mail),
        what: "whether people confirm their subscription, which each must do through a link in an email",
    },
    // MessageRejected: Email address is not verified (Amazon SES, "Creating and verifying identities" and "Moving out of
    // the sandbox").
    Unchecked {
        id: "verified",
        kind: "ses.identity",
        property: "",
        matters: |_| true,
        what: "whether it is verified and, in an account that is new to Amazon SES, whether its recipients are",
    },
];

fn is_by_mail(subscription: &Value) -> bool {
    subscription["protocol"].as_str().is_some_and(|protocol| protocol.starts_with("email"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::resource::registry;

    #[test]
    fn each_is_about_a_property_that_there_is_and_has_a_name_of_its_own() {
        let mut ids = BTreeSet::new();
        for row in UNCHECKED {
            let kind = registry::find(row.kind).unwrap_or_else(|| panic!("{row:?}"));
            assert!(row.property.is_empty() || kind.schema().at(row.property).is_some(), "{row:?}");
            assert!(ids.insert(row.id) && row.what.starts_with("whether ") && row.what.len() < 100, "{row:?}");
        }
    }

    #[test]
    fn it_matters_where_it_is_new_and_of_that_sort() {
        let said = |kind: &str, spec: Value, new: &[&str]| {
            let rows = UNCHECKED.iter().filter(|row| row.matters(kind, &spec, |path| new.contains(&path)));
            rows.map(|row| row.id).collect::<Vec<_>>()
        };
        let public = json!({ "public_access_block": { "block_public_policy": false } });
        assert_eq!(said("s3.bucket", public.clone(), &["", "public_access_block"]), ["bucket_name", "account_block"]);
        assert_eq!(said("s3.bucket", public.clone(), &["public_access_block"]), ["account_block"]);
        assert_eq!(said("s3.bucket", public, &["versioning"]), [""; 0]);
        assert_eq!(said("s3.bucket", json!({ "namespace": "account" }), &[""]), [""; 0]);
        let topic = |protocol| json!({ "subscriptions": [{ "protocol": protocol, "endpoint": "x" }] });
        assert_eq!(said("sns.topic", topic("email"), &["", "subscriptions"]), ["confirmation"]);
        assert_eq!(said("sns.topic", topic("sqs"), &["", "subscriptions"]), [""; 0]);
    }
}
