//! The properties of `s3.bucket`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cors::CorsRule;
use super::lifecycle::LifecycleRule;
use super::notifications::Notification;
use super::website::Website;

/// The properties of `s3.bucket`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The scope in which the bucket's name is unique: `global`, among all AWS customers, or `account`, in your
    /// account, so it can't be taken by another. Then the name is `PREFIX-${aws.account_id}-${aws.region}-an`; AWS
    /// accepts no other form. AWS's default: `global`.
    #[schemars(extend("x-replace" = true, "x-default" = "global", "enum" = ["global", "account"], "examples" = ["account"]))]
    pub namespace: Option<String>,
    /// Whether overwritten and deleted objects are kept as earlier versions. Turning it off later suspends it:
    /// existing versions are kept. AWS's default: off.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub versioning: Option<bool>,
    /// How new objects are encrypted at rest. AWS's default: keys managed by Amazon S3.
    #[schemars(extend("examples" = [{ "algorithm": "aws:kms", "kms_key": "alias/aws/s3", "bucket_key": true }]))]
    pub encryption: Option<Encryption>,
    /// Settings that keep the bucket private, regardless of its policy and its objects' ACLs. All four are on unless
    /// turned off here; cloud101 turns them back on if they were turned off elsewhere.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns an uploaded object, and whether ACLs apply (API: PutBucketOwnershipControls):
    /// `BucketOwnerEnforced` (ACLs are off), `BucketOwnerPreferred` or `ObjectWriter`.
    #[schemars(extend(
        "x-default" = "BucketOwnerEnforced",
        "enum" = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"],
        "examples" = ["BucketOwnerPreferred"],
    ))]
    pub object_ownership: Option<String>,
    /// Who can do what with the bucket and its objects, as an IAM policy document. A policy that makes it public
    /// also needs `block_public_policy` and `restrict_public_buckets` of `public_access_block` off. AWS's default:
    /// none.
    #[schemars(extend("x-policy" = true, "examples" = [{
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "OnlyEncryptedConnections",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
                "arn:aws:s3:::${stack.name}-${aws.account_id}",
                "arn:aws:s3:::${stack.name}-${aws.account_id}/*",
            ],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }],
    }]))]
    pub policy: Option<Value>,
    /// What happens to objects as they age. If set, the list is complete: other rules are removed. The order has no
    /// meaning.
    #[schemars(extend("x-exact" = true, "x-default" = [], "examples" = [[
        { "id": "tidy", "prefix": "tmp/", "expire_after_days": 7, "abort_multipart_after_days": 1 },
        { "id": "archive", "prefix": "homework/", "transitions": [{ "days": 90, "storage_class": "GLACIER_IR" }] },
    ]]))]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// The size below which objects are not moved to cheaper storage, unless a rule sets its own size:
    /// `all_storage_classes_128K`: below 128 KB; `varies_by_storage_class`: the same, except that objects of any size
    /// are moved to the S3 Glacier classes. Only with `lifecycle_rules`.
    #[schemars(extend(
        "x-default" = "all_storage_classes_128K",
        "enum" = ["all_storage_classes_128K", "varies_by_storage_class"],
        "examples" = ["varies_by_storage_class"],
    ))]
    pub transition_default_minimum_object_size: Option<String>,
    /// Which web pages of other origins may read the bucket from a browser; the first rule that matches applies.
    /// If set, the list is complete.
    #[schemars(extend("x-exact" = true, "x-default" = [], "examples" = [[
        { "allowed_origins": ["https://www.example.edu"], "allowed_methods": ["GET"], "max_age_seconds": 3600 },
    ]]))]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// Serves the objects as a web site. They must be public to be visible: see `policy` and `public_access_block`.
    #[schemars(extend("x-whole" = true, "examples" = [
        { "index_document": "index.html", "error_document": "404.html" },
    ]))]
    pub website: Option<Website>,
    /// Records each request to the bucket in another bucket, whose policy must allow
    /// `logging.s3.amazonaws.com` to put objects there. AWS's default: off.
    #[schemars(extend("x-whole" = true, "examples" = [{ "target_bucket": "${logs.name}", "target_prefix": "log/" }]))]
    pub logging: Option<Logging>,
    /// Who is notified of new and deleted objects. If set, the list is complete: others are removed. Amazon S3 accepts
    /// a function, topic or queue only once its own permissions allow `s3.amazonaws.com`; write the bucket's ARN there
    /// in full (`arn:aws:s3:::the-name`), because a reference in both directions would be a cycle.
    #[schemars(extend("x-set" = true, "x-default" = [], "examples" = [[
        { "sns": "${topic.arn}", "events": ["s3:ObjectCreated:*"], "prefix": "homework/" },
    ]]))]
    pub notifications: Option<Vec<Notification>>,
    /// Whether Amazon EventBridge receives all events of the bucket; its rules define what happens with them. AWS's
    /// default: false.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub event_bridge: Option<bool>,
    /// Whether the objects in the bucket, including all versions, are deleted together with it: by destroy, by a
    /// replacement, and when it is removed from the file or renamed. Without it AWS refuses to delete a
    /// bucket that is not empty. `--empty-buckets` does the same for a single run.
    #[schemars(extend("x-local" = true, "examples" = [true]))]
    pub empty_on_destroy: Option<bool>,
}

/// How new objects are encrypted (API: PutBucketEncryption).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// `AES256`: keys that Amazon S3 manages; `aws:kms`: a key in AWS KMS; `aws:kms:dsse`: the same, in two layers.
    /// `aws:fsx` and `aws:backup` are used by those services, and can't be set.
    #[schemars(extend(
        "x-default" = "AES256",
        "enum" = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup"],
        "examples" = ["aws:kms"],
    ))]
    pub algorithm: Option<String>,
    /// The KMS key: its ARN, its id or `alias/…`; only with `aws:kms`. AWS's default there: its own key `aws/s3`.
    pub kms_key: Option<String>,
    /// Whether one key for the bucket saves most calls to KMS, and their price. AWS's default: false.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub bucket_key: Option<bool>,
}

/// The four locks against public access (API: PutPublicAccessBlock).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// Whether new public ACLs are refused.
    #[schemars(extend("x-default" = true, "examples" = [false]))]
    pub block_public_acls: Option<bool>,
    /// Whether public ACLs are ignored.
    #[schemars(extend("x-default" = true, "examples" = [false]))]
    pub ignore_public_acls: Option<bool>,
    /// Whether a policy that makes the bucket public is refused.
    #[schemars(extend("x-default" = true, "examples" = [false]))]
    pub block_public_policy: Option<bool>,
    /// Whether only AWS services and this account have access, even if the policy is public.
    #[schemars(extend("x-default" = true, "examples" = [false]))]
    pub restrict_public_buckets: Option<bool>,
}

impl PublicAccessBlock {
    /// The same with what is not said filled in.
    pub fn or(self, unsaid: bool) -> Self {
        let fill = |lock: Option<bool>| lock.or(Some(unsaid));
        Self {
            block_public_acls: fill(self.block_public_acls),
            ignore_public_acls: fill(self.ignore_public_acls),
            block_public_policy: fill(self.block_public_policy),
            restrict_public_buckets: fill(self.restrict_public_buckets),
        }
    }
}

/// Where requests are recorded (API: PutBucketLogging).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// The name of the bucket that receives the records; in the same region.
    pub target_bucket: String,
    /// The prefix of the records' keys. AWS's default: nothing.
    pub target_prefix: Option<String>,
}
