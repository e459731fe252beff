//! A bucket's settings, put in the order in which AWS accepts them.

use std::time::Duration;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, CorsConfiguration, LoggingEnabled,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};
use serde_json::Value;

use super::notifications::{self, Notification};
use super::spec::{Encryption, Logging, Spec};
use crate::aws::{Call, Context, ErrorKind, Result, wait};
use crate::resource::s3::{built, settled};

/// For how long AWS may take to act on what it has accepted: a lock against public policies, a new role, a function's
/// permission.
const EFFECT: Duration = Duration::from_secs(30);

/// Puts those properties of `desired` that `touches` names; what it leaves unsaid inside them stays as in `live`.
///
/// One after the other: S3 refuses two changes of one bucket at once. The locks against public access come before
/// the policy, which is right for loosening, and harmless for tightening: a policy that is there stays.
pub async fn settings(
    cx: &Context,
    bucket: &str,
    live: &Spec,
    desired: &Spec,
    touches: impl Fn(&str) -> bool,
) -> Result<()> {
    if touches("public_access_block") {
        settled(|| public_access_block(cx, bucket, live, desired)).await?;
    }
    if touches("object_ownership") {
        settled(|| object_ownership(cx, bucket, desired)).await?;
    }
    if touches("versioning") {
        settled(|| versioning(cx, bucket, desired)).await?;
    }
    if touches("encryption") {
        let wanted = merged_encryption(live, desired, &touches);
        settled(|| encryption(cx, bucket, &wanted)).await?;
    }
    if touches("policy") {
        policy(cx, bucket, desired).await?;
    }
    if touches("lifecycle_rules") {
        settled(|| lifecycle(cx, bucket, desired)).await?;
    }
    if touches("cors_rules") {
        settled(|| cors(cx, bucket, desired)).await?;
    }
    if touches("website") {
        settled(|| website(cx, bucket, desired)).await?;
    }
    if touches("logging") {
        logging(cx, bucket, desired.logging.as_ref()).await?;
    }
    if touches("notifications") {
        notify(cx, bucket, desired.notifications.as_deref().unwrap_or_default()).await?;
    }
    Ok(())
}

async fn public_access_block(cx: &Context, bucket: &str, live: &Spec, desired: &Spec) -> Result<()> {
    let live = live.public_access_block.clone().unwrap_or_default().or(true);
    let wanted = desired.public_access_block.clone().unwrap_or_default();
    let wanted = PublicAccessBlockConfiguration::builder()
        .set_block_public_acls(wanted.block_public_acls.or(live.block_public_acls))
        .set_ignore_public_acls(wanted.ignore_public_acls.or(live.ignore_public_acls))
        .set_block_public_policy(wanted.block_public_policy.or(live.block_public_policy))
        .set_restrict_public_buckets(wanted.restrict_public_buckets.or(live.restrict_public_buckets))
        .build();
    let call = cx.clients.s3.put_public_access_block().bucket(bucket).public_access_block_configuration(wanted);
    call.send().await.call("s3:PutPublicAccessBlock")?;
    Ok(())
}

async fn object_ownership(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let ownership = desired.object_ownership.as_deref().unwrap_or("BucketOwnerEnforced");
    let rule = built(OwnershipControlsRule::builder().object_ownership(ownership.into()).build())?;
    let controls = built(OwnershipControls::builder().rules(rule).build())?;
    let call = cx.clients.s3.put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls);
    call.send().await.call("s3:PutBucketOwnershipControls")?;
    Ok(())
}

async fn versioning(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let status = match desired.versioning {
        Some(true) => BucketVersioningStatus::Enabled,
        _ => BucketVersioningStatus::Suspended,
    };
    let wanted = VersioningConfiguration::builder().status(status).build();
    let call = cx.clients.s3.put_bucket_versioning().bucket(bucket).versioning_configuration(wanted);
    call.send().await.call("s3:PutBucketVersioning")?;
    Ok(())
}

/// What to put: a part that the stack does not say stays as it is, a KMS key only beside KMS.
fn merged_encryption(live: &Spec, desired: &Spec, touches: impl Fn(&str) -> bool) -> Encryption {
    let live = live.encryption.clone().unwrap_or_default();
    let desired = desired.encryption.clone().unwrap_or_default();
    let keep_key = !touches("encryption.kms_key");
    let algorithm = desired.algorithm.or(live.algorithm).unwrap_or_else(|| "AES256".into());
    let is_kms = algorithm.starts_with("aws:kms");
    Encryption {
        kms_key: desired.kms_key.or(live.kms_key.filter(|_| keep_key)).filter(|key| is_kms && !key.is_empty()),
        bucket_key: desired.bucket_key.or(live.bucket_key),
        algorithm: Some(algorithm),
    }
}

async fn encryption(cx: &Context, bucket: &str, wanted: &Encryption) -> Result<()> {
    let s3 = &cx.clients.s3;
    // The call replaces the rule; which kinds of encryption it blocks is not cloud101's and goes along.
    let before = s3.get_bucket_encryption().bucket(bucket).send().await.call("s3:GetBucketEncryption");
    let before = match before {
        Err(error) if !error.is_not_found() || error.is(&["NoSuchBucket"]) => return Err(error),
        before => before.ok().and_then(|answer| answer.server_side_encryption_configuration),
    };
    let blocked = before.and_then(|before| before.rules.into_iter().next()?.blocked_encryption_types);
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(wanted.algorithm.as_deref().unwrap_or("AES256").into())
        .set_kms_master_key_id(wanted.kms_key.clone());
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(built(by_default.build())?)
        .set_bucket_key_enabled(wanted.bucket_key)
        .set_blocked_encryption_types(blocked);
    let wanted = built(ServerSideEncryptionConfiguration::builder().rules(rule.build()).build())?;
    let call = s3.put_bucket_encryption().bucket(bucket).server_side_encryption_configuration(wanted);
    call.send().await.call("s3:PutBucketEncryption")?;
    Ok(())
}

async fn policy(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    let Some(policy) = &desired.policy else {
        let delete = || async { s3.delete_bucket_policy().bucket(bucket).send().await.call("s3:DeleteBucketPolicy") };
        settled(delete).await?;
        return Ok(());
    };
    let locks = desired.public_access_block.clone().unwrap_or_default().or(true);
    let is_open = locks.block_public_policy == Some(false);
    let text = policy.to_string();
    let put = || async { s3.put_bucket_policy().bucket(bucket).policy(&text).send().await.call("s3:PutBucketPolicy") };
    // A lock that was just opened still holds for seconds, and a role that was just made is unknown.
    let passing = |error: &crate::aws::Error| {
        (error.kind == ErrorKind::Denied && is_open && !error.message.contains("identity-based policy"))
            || (error.is(&["MalformedPolicy"]) && error.message.to_lowercase().contains("principal"))
    };
    let result = wait::while_failing("S3 to accept the bucket's policy", EFFECT, passing, || settled(put)).await;
    result.map(drop).map_err(|error| match error.kind {
        ErrorKind::Denied if error.message.contains("BlockPublicPolicy") && is_open => error.with_hint(
            "the account itself blocks public policies: S3 console, Block Public Access settings for this account",
        ),
        ErrorKind::Denied if error.message.contains("BlockPublicPolicy") => error.with_hint(
            "the policy makes the bucket public; if that is meant: \
             `public_access_block: { block_public_policy: false, restrict_public_buckets: false }`",
        ),
        _ => error,
    })
}

async fn lifecycle(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    let rules = desired.lifecycle_rules.as_deref().unwrap_or_default();
    if rules.is_empty() {
        s3.delete_bucket_lifecycle().bucket(bucket).send().await.call("s3:DeleteBucketLifecycle")?;
        return Ok(());
    }
    let rules = rules.iter().map(|rule| rule.to_sdk()).collect::<Result<Vec<_>>>()?;
    let wanted = built(BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())?;
    let call = s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(wanted);
    call.send().await.call("s3:PutBucketLifecycleConfiguration")?;
    Ok(())
}

async fn cors(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    let rules = desired.cors_rules.as_deref().unwrap_or_default();
    if rules.is_empty() {
        s3.delete_bucket_cors().bucket(bucket).send().await.call("s3:DeleteBucketCors")?;
        return Ok(());
    }
    let rules = rules.iter().map(|rule| rule.to_sdk()).collect::<Result<Vec<_>>>()?;
    let wanted = built(CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
    s3.put_bucket_cors().bucket(bucket).cors_configuration(wanted).send().await.call("s3:PutBucketCors")?;
    Ok(())
}

async fn website(cx: &Context, bucket: &str, desired: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    match &desired.website {
        None => {
            s3.delete_bucket_website().bucket(bucket).send().await.call("s3:DeleteBucketWebsite")?;
        }
        Some(site) => {
            let site = site.to_sdk()?;
            let call = s3.put_bucket_website().bucket(bucket).website_configuration(site);
            call.send().await.call("s3:PutBucketWebsite")?;
        }
    }
    Ok(())
}

async fn logging(cx: &Context, bucket: &str, wanted: Option<&Logging>) -> Result<()> {
    let enabled = wanted.map(|logging| {
        let prefix = logging.target_prefix.clone().unwrap_or_default();
        built(LoggingEnabled::builder().target_bucket(&logging.target_bucket).target_prefix(prefix).build())
    });
    let status = BucketLoggingStatus::builder().set_logging_enabled(enabled.transpose()?).build();
    let put = || async {
        let call = cx.clients.s3.put_bucket_logging().bucket(bucket).bucket_logging_status(status.clone());
        call.send().await.call("s3:PutBucketLogging")
    };
    // The target may be so new that S3 does not see it yet.
    let passing = |error: &crate::aws::Error| error.is(&["InvalidTargetBucketForLogging"]);
    let result =
        wait::while_failing("S3 to know the logs' bucket", Duration::from_secs(10), passing, || settled(put)).await;
    result.map(drop).map_err(|error| match &error.code {
        Some(code) if code == "InvalidTargetBucketForLogging" => {
            error.with_hint("the target must be a bucket of your own in the same region, and its policy must let `logging.s3.amazonaws.com` put objects there")
        }
        _ => error,
    })
}

async fn notify(cx: &Context, bucket: &str, wanted: &[Notification]) -> Result<()> {
    let s3 = &cx.clients.s3;
    let before = s3.get_bucket_notification_configuration().bucket(bucket).send().await;
    let event_bridge = before.call("s3:GetBucketNotificationConfiguration")?.event_bridge_configuration;
    let all = notifications::to_sdk(wanted, event_bridge)?;
    let put = || async {
        let call = s3.put_bucket_notification_configuration().bucket(bucket).notification_configuration(all.clone());
        call.send().await.call("s3:PutBucketNotificationConfiguration")
    };
    // AWS tries each receiver, and a permission that was just given takes a while to hold.
    let refused = |error: &crate::aws::Error| error.message.contains("Unable to validate the following destination");
    let result = wait::while_failing("the receivers to let S3 in", EFFECT, refused, || settled(put)).await;
    result.map(drop).map_err(|error| if refused(&error) { error.with_hint(receiver_hint(bucket)) } else { error })
}

fn receiver_hint(bucket: &str) -> String {
    format!(
        "each receiver must let S3 in. A function: `permissions: [{{ principal: s3.amazonaws.com, source_arn: \
         \"arn:aws:s3:::{bucket}\" }}]`; a topic or queue: a statement in its policy that allows the service \
         `s3.amazonaws.com` to publish or send, and a `depends_on` where nothing else orders the two"
    )
}

/// Whether `live` has what `desired` says: a part that is left out matches anything, and lists have as many elements,
/// in any order.
pub fn shows(live: &Value, desired: &Value) -> bool {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            desired.iter().all(|(key, value)| value.is_null() || live.get(key).is_some_and(|live| shows(live, value)))
        }
        (Value::Array(live), Value::Array(desired)) => {
            live.len() == desired.len() && desired.iter().all(|wanted| live.iter().any(|live| shows(live, wanted)))
        }
        _ => live == desired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_matches_anything() {
        assert!(shows(&json!([{ "id": "made up", "sns": "a" }]), &json!([{ "id": null, "sns": "a" }])));
        assert!(!shows(&json!([{ "sns": "a" }, { "sns": "b" }]), &json!([{ "sns": "a" }])));
        assert!(!shows(&json!(null), &json!("x")));
    }

    #[test]
    fn a_kms_key_stays_only_beside_kms() {
        let spec = |algorithm: Option<&str>, kms_key: Option<&str>| Spec {
            encryption: Some(Encryption {
                algorithm: algorithm.map(str::to_owned),
                kms_key: kms_key.map(str::to_owned),
                bucket_key: None,
            }),
            ..Spec::default()
        };
        let live = spec(Some("aws:kms"), Some("alias/class"));
        let key = |desired: &Spec, path: &str| merged_encryption(&live, desired, |p| p == path).kms_key;
        assert_eq!(key(&spec(None, None), "encryption.bucket_key").as_deref(), Some("alias/class"));
        assert_eq!(key(&spec(None, None), "encryption.kms_key"), None);
        assert_eq!(key(&spec(Some("AES256"), None), "encryption.algorithm"), None);
    }
}
