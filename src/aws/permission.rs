//! Which permission an API call takes, where IAM calls it otherwise.

/// The action to allow in a policy for `operation` (Service Authorization Reference, AWS Lambda and Amazon S3).
pub fn of(operation: &str) -> &str {
    match operation {
        "lambda:Invoke" => "lambda:InvokeFunction",
        "s3:CreateBucket" => "s3:CreateBucket and s3:TagResource",
        "s3:DeleteBucketCors" | "s3:PutBucketCors" => "s3:PutBucketCORS",
        "s3:DeleteBucketLifecycle" | "s3:PutBucketLifecycleConfiguration" => "s3:PutLifecycleConfiguration",
        "s3:DeleteBucketTagging" => "s3:PutBucketTagging",
        "s3:DeleteObjects" => "s3:DeleteObject and s3:DeleteObjectVersion",
        "s3:GetBucketCors" => "s3:GetBucketCORS",
        "s3:GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "s3:GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "s3:GetBucketNotificationConfiguration" => "s3:GetBucketNotification",
        "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "s3:HeadBucket" | "s3:ListObjectsV2" => "s3:ListBucket",
        "s3:HeadObject" => "s3:GetObject",
        "s3:ListBuckets" => "s3:ListAllMyBuckets",
        "s3:ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "s3:ListObjectVersions" => "s3:ListBucketVersions",
        "s3:PutBucketEncryption" => "s3:PutEncryptionConfiguration",
        "s3:PutBucketNotificationConfiguration" => "s3:PutBucketNotification",
        "s3:PutObject" => "s3:PutObject and s3:PutObjectTagging",
        "s3:PutPublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        same => same,
    }
}
