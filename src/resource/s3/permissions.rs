//! What the calls of S3's kinds need: an action for each call of a kind, and what AWS checks besides.

use crate::resource::permission::{Allowed, Fence, Purpose};

/// Of `s3.bucket`.
pub fn bucket() -> Vec<Allowed> {
    vec![
        Fence::see().allows(["s3:GetBucketTagging", "s3:ListAllMyBuckets"]),
        see_buckets_of_the_class().allows([
            "s3:GetBucketAbac",
            "s3:GetBucketCORS",
            "s3:GetBucketLogging",
            "s3:GetBucketNotification",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetBucketWebsite",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListBucketVersions",
        ]),
        Fence::buckets_of_the_class().allows([
            "s3:AbortMultipartUpload",
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:DeleteBucketPolicy",
            "s3:DeleteBucketWebsite",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:PutBucketCORS",
            "s3:PutBucketLogging",
            "s3:PutBucketNotification",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutBucketWebsite",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:TagResource",
        ]),
    ]
}

/// Of `s3.object`.
pub fn object() -> Vec<Allowed> {
    vec![
        see_buckets_of_the_class().allows([
            "s3:GetBucketOwnershipControls",
            "s3:GetObject",
            "s3:GetObjectAcl",
            "s3:GetObjectTagging",
            "s3:GetObjectVersionTagging",
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListObjectAnnotations",
        ]),
        Fence::buckets_of_the_class().allows(["s3:PutObject", "s3:PutObjectTagging"]),
    ]
}

fn see_buckets_of_the_class() -> Fence {
    Fence::of("SeeBucketsOfTheClass", Purpose::Look).on(["arn:aws:s3:::cloud101*"])
}
