//! A bucket's settings, asked for side by side.

use std::pin::Pin;

use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::types::{BucketVersioningStatus, TransitionDefaultMinimumObjectSize};
use futures::try_join;
use serde_json::Value;

use super::cors::CorsRule;
use super::lifecycle::{self, LifecycleRule};
use super::spec::{Encryption, Logging, PublicAccessBlock, Spec};
use super::website::Website;
use super::{name, notifications};
use crate::aws::{Call, Context, Error, Result};

/// What S3 answers; `None` for a setting that is not there.
pub(super) fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() && !error.is(&["NoSuchBucket"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What `ask` gets, if it is to be asked. Boxed, because ten such futures in one are too much for a thread's stack.
async fn when<T>(asked: bool, ask: Pin<Box<impl Future<Output = Result<T>>>>) -> Result<Option<T>> {
    if asked { ask.await.map(Some) } else { Ok(None) }
}

/// The settings of the bucket `name` that `asks` names.
pub(super) async fn settings(cx: &Context, name: &str, asks: impl Fn(&str) -> bool) -> Result<Spec> {
    let s3 = &cx.clients.s3;
    let versioning = Box::pin(async {
        let answer = s3.get_bucket_versioning().bucket(name).send().await.call("s3:GetBucketVersioning")?;
        Ok(answer.status == Some(BucketVersioningStatus::Enabled))
    });
    let encryption = Box::pin(async {
        let answer = s3.get_bucket_encryption().bucket(name).send().await.call("s3:GetBucketEncryption");
        Ok(found(answer)?.map(encryption).unwrap_or_default())
    });
    let access = Box::pin(async {
        let answer = s3.get_public_access_block().bucket(name).send().await.call("s3:GetPublicAccessBlock");
        let block = found(answer)?.and_then(|answer| answer.public_access_block_configuration);
        Ok(block.map(|block| PublicAccessBlock {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        }))
    });
    let ownership = Box::pin(async {
        let answer = s3.get_bucket_ownership_controls().bucket(name).send().await;
        let controls = found(answer.call("s3:GetBucketOwnershipControls"))?.and_then(|a| a.ownership_controls);
        let rule = controls.and_then(|controls| controls.rules.into_iter().next());
        // Buckets from before there were ownership controls have none, which means the writer owns.
        Ok(rule.map_or("ObjectWriter".to_owned(), |rule| rule.object_ownership.as_str().to_owned()))
    });
    let policy = Box::pin(async {
        let answer = s3.get_bucket_policy().bucket(name).send().await.call("s3:GetBucketPolicy");
        let text = found(answer)?.and_then(|answer| answer.policy);
        Ok(text.and_then(|text| serde_json::from_str::<Value>(&text).ok()))
    });
    let lifecycle = Box::pin(async {
        let answer = s3.get_bucket_lifecycle_configuration().bucket(name).send().await;
        let answer = found(answer.call("s3:GetBucketLifecycleConfiguration"))?;
        let (rules, smallest) =
            answer.map(|answer| (answer.rules, answer.transition_default_minimum_object_size)).unwrap_or_default();
        let smallest = smallest.unwrap_or(TransitionDefaultMinimumObjectSize::AllStorageClasses128K);
        let rules = rules.into_iter().flatten().map(LifecycleRule::from_sdk).collect();
        Ok((lifecycle::canonical(rules), smallest.as_str().to_owned()))
    });
    let cors = Box::pin(async {
        let answer = s3.get_bucket_cors().bucket(name).send().await.call("s3:GetBucketCors");
        let rules = found(answer)?.and_then(|answer| answer.cors_rules);
        Ok(rules.into_iter().flatten().map(CorsRule::from_sdk).collect::<Vec<_>>())
    });
    let website = Box::pin(async {
        let answer = s3.get_bucket_website().bucket(name).send().await.call("s3:GetBucketWebsite");
        Ok(found(answer)?.map(Website::from_sdk))
    });
    let logging = Box::pin(async {
        let answer = s3.get_bucket_logging().bucket(name).send().await.call("s3:GetBucketLogging");
        let logging = found(answer)?.and_then(|answer| answer.logging_enabled);
        Ok(logging.map(|l| Logging { target_bucket: l.target_bucket, target_prefix: Some(l.target_prefix) }))
    });
    let reported = Box::pin(async {
        let answer = s3.get_bucket_notification_configuration().bucket(name).send().await;
        let Some(answer) = found(answer.call("s3:GetBucketNotificationConfiguration"))? else {
            return Ok((Vec::new(), false));
        };
        let event_bridge = answer.event_bridge_configuration.is_some();
        let (lambdas, topics) = (answer.lambda_function_configurations, answer.topic_configurations);
        let reported = notifications::from_sdk(lambdas, topics, answer.queue_configurations);
        Ok::<_, Error>((reported, event_bridge))
    });
    let (versioning, encryption, access, ownership, policy, lifecycle, cors, website, logging, reported) = try_join!(
        when(asks("versioning"), versioning),
        when(asks("encryption"), encryption),
        when(asks("public_access_block"), access),
        when(asks("object_ownership"), ownership),
        when(asks("policy"), policy),
        when(asks("lifecycle_rules") || asks("transition_default_minimum_object_size"), lifecycle),
        when(asks("cors_rules"), cors),
        when(asks("website"), website),
        when(asks("logging"), logging),
        when(asks("notifications") || asks("event_bridge"), reported),
    )?;
    let (lifecycle, smallest) = lifecycle.unzip();
    let (reported, event_bridge) = reported.unzip();
    Ok(Spec {
        namespace: Some(if name::account_region(name).is_some() { "account" } else { "global" }.to_owned()),
        versioning,
        encryption: encryption.map(Encryption::or_default),
        public_access_block: access.map(|access| access.unwrap_or_default().or(false)),
        object_ownership: ownership,
        policy: policy.flatten(),
        lifecycle_rules: lifecycle,
        transition_default_minimum_object_size: smallest,
        cors_rules: cors,
        website: website.flatten(),
        logging: logging.flatten(),
        notifications: reported,
        event_bridge,
        empty_on_destroy: None,
    })
}

fn encryption(answer: GetBucketEncryptionOutput) -> Encryption {
    let rule = answer.server_side_encryption_configuration.and_then(|all| all.rules.into_iter().next());
    let bucket_key = rule.as_ref().and_then(|rule| rule.bucket_key_enabled);
    let by_default = rule.and_then(|rule| rule.apply_server_side_encryption_by_default);
    Encryption {
        algorithm: by_default.as_ref().map(|default| default.sse_algorithm.as_str().to_owned()),
        kms_key: by_default.and_then(|default| default.kms_master_key_id),
        bucket_key,
    }
}

impl Encryption {
    /// With AWS's defaults filled in.
    fn or_default(self) -> Self {
        Self {
            algorithm: self.algorithm.or(Some("AES256".into())),
            kms_key: self.kms_key,
            bucket_key: self.bucket_key.or(Some(false)),
        }
    }
}
