//! A bucket's settings, put in the order in which AWS accepts them.

use std::time::Duration;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, CorsConfiguration,
    EventBridgeConfiguration, LoggingEnabled, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};
use tokio::time::Instant;

use super::notifications;
use super::settings::found;
use super::spec::{Encryption, Logging, Spec};
use crate::aws::{Call, Context, ErrorKind, Result, wait};
use crate::resource::s3::{built, settled};

/// For how long AWS may take to act on what it has accepted: a lock against public policies, a function's permission.
const EFFECT: Duration = Duration::from_secs(30);

/// For how long a policy may name a principal that S3 does not know yet.
const PRINCIPAL: Duration = Duration::from_secs(90);

/// Puts those properties of `desired` that `touches` names; what it leaves unsaid inside them stays as in `live`.
///
/// One after the other: S3 refuses two changes of one bucket at once. The locks against public access come before
/// the policy, which is right for loosening, and harmless for tightening: a policy that is there stays.
pub async fn settings(
    cx: &Context,
    bucket: &str,
    live: &Spec,
    target: &Spec,
    touches: impl Fn(&str) -> bool,
) -> Result<()> {
    if touches("public_access_block") {
        settled(|| public_access_block(cx, bucket, live, target)).await?;
    }
    if touches("object_ownership") {
        settled(|| object_ownership(cx, bucket, target)).await?;
    }
    if touches("versioning") {
        settled(|| versioning(cx, bucket, target)).await?;
    }
    if touches("encryption") {
        let desired = merged_encryption(live, target, &touches);
        settled(|| encryption(cx, bucket, &desired)).await?;
    }
    if touches("policy") {
        policy(cx, bucket, target).await?;
    }
    if touches("lifecycle_rules") || touches("transition_default_minimum_object_size") {
        settled(|| lifecycle(cx, bucket, target, &touches)).await?;
    }
    if touches("cors_rules") {
        settled(|| cors(cx, bucket, target)).await?;
    }
    if touches("website") {
        settled(|| website(cx, bucket, target)).await?;
    }
    if touches("logging") {
        logging(cx, bucket, target.logging.as_ref()).await?;
    }
    if touches("notifications") || touches("event_bridge") {
        notify(cx, bucket, target, &touches).await?;
    }
    Ok(())
}

async fn public_access_block(cx: &Context, bucket: &str, live: &Spec, target: &Spec) -> Result<()> {
    let live = live.public_access_block.clone().unwrap_or_default().or(true);
    let desired = target.public_access_block.clone().unwrap_or_default();
    let desired = PublicAccessBlockConfiguration::builder()
        .set_block_public_acls(desired.block_public_acls.or(live.block_public_acls))
        .set_ignore_public_acls(desired.ignore_public_acls.or(live.ignore_public_acls))
        .set_block_public_policy(desired.block_public_policy.or(live.block_public_policy))
        .set_restrict_public_buckets(desired.restrict_public_buckets.or(live.restrict_public_buckets))
        .build();
    let call = cx.clients.s3.put_public_access_block().bucket(bucket).public_access_block_configuration(desired);
    call.send().await.call("s3:PutPublicAccessBlock")?;
    Ok(())
}

async fn object_ownership(cx: &Context, bucket: &str, target: &Spec) -> Result<()> {
    let ownership = target.object_ownership.as_deref().unwrap_or("BucketOwnerEnforced");
    let rule = built(OwnershipControlsRule::builder().object_ownership(ownership.into()).build())?;
    let controls = built(OwnershipControls::builder().rules(rule).build())?;
    let call = cx.clients.s3.put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls);
    call.send().await.call("s3:PutBucketOwnershipControls")?;
    Ok(())
}

async fn versioning(cx: &Context, bucket: &str, target: &Spec) -> Result<()> {
    let status = match target.versioning {
        Some(true) => BucketVersioningStatus::Enabled,
        _ => BucketVersioningStatus::Suspended,
    };
    let desired = VersioningConfiguration::builder().status(status).build();
    let call = cx.clients.s3.put_bucket_versioning().bucket(bucket).versioning_configuration(desired);
    call.send().await.call("s3:PutBucketVersioning")?;
    Ok(())
}

/// What to put: a part that the stack does not say stays as it is, a KMS key only beside KMS.
fn merged_encryption(live: &Spec, target: &Spec, touches: impl Fn(&str) -> bool) -> Encryption {
    let live = live.encryption.clone().unwrap_or_default();
    let target = target.encryption.clone().unwrap_or_default();
    let keep_key = !touches("encryption.kms_key");
    let algorithm = target.algorithm.or(live.algorithm).unwrap_or_else(|| "AES256".into());
    let is_kms = algorithm.starts_with("aws:kms");
    Encryption {
        kms_key: target.kms_key.or(live.kms_key.filter(|_| keep_key)).filter(|key| is_kms && !key.is_empty()),
        bucket_key: target.bucket_key.or(live.bucket_key),
        algorithm: Some(algorithm),
    }
}

async fn encryption(cx: &Context, bucket: &str, desired: &Encryption) -> Result<()> {
    let s3 = &cx.clients.s3;
    // The call replaces the rule; which kinds of encryption it blocks is not cloud101's and goes along.
    let before = found(s3.get_bucket_encryption().bucket(bucket).send().await.call("s3:GetBucketEncryption"))?;
    let before = before.and_then(|answer| answer.server_side_encryption_configuration);
    let blocked = before.and_then(|before| before.rules.into_iter().next()?.blocked_encryption_types);
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(desired.algorithm.as_deref().unwrap_or("AES256").into())
        .set_kms_master_key_id(desired.kms_key.clone());
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(built(by_default.build())?)
        .set_bucket_key_enabled(desired.bucket_key)
        .set_blocked_encryption_types(blocked);
    let desired = built(ServerSideEncryptionConfiguration::builder().rules(rule.build()).build())?;
    let call = s3.put_bucket_encryption().bucket(bucket).server_side_encryption_configuration(desired);
    call.send().await.call("s3:PutBucketEncryption")?;
    Ok(())
}

async fn policy(cx: &Context, bucket: &str, target: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    let Some(policy) = &target.policy else {
        let delete = || async { s3.delete_bucket_policy().bucket(bucket).send().await.call("s3:DeleteBucketPolicy") };
        settled(delete).await?;
        return Ok(());
    };
    let locks = target.public_access_block.clone().unwrap_or_default().or(true);
    let is_open = locks.block_public_policy == Some(false);
    let text = policy.to_string();
    let put = || async { s3.put_bucket_policy().bucket(bucket).policy(&text).send().await.call("s3:PutBucketPolicy") };
    // A lock that was just opened still holds for seconds, and a role that was just made is unknown.
    let since = Instant::now();
    let passing = |error: &crate::aws::Error| {
        let is_locked = error.kind == ErrorKind::Denied && is_open && !error.message.contains("identity-based policy");
        (is_locked && since.elapsed() < EFFECT)
            || (error.is(&["MalformedPolicy"]) && error.message.to_lowercase().contains("principal"))
    };
    let result = wait::retry_while("S3 to accept the bucket's policy", PRINCIPAL, passing, || settled(put)).await;
    result.map(drop).map_err(|error| match error.kind {
        ErrorKind::Denied if error.message.contains("BlockPublicPolicy") && is_open => error
            .with_hint("the account blocks public policies: S3 console, Block Public Access settings for this account"),
        ErrorKind::Denied if error.message.contains("BlockPublicPolicy") => error.with_hint(
            "the policy makes the bucket public; to allow this: \
             `public_access_block: { block_public_policy: false, restrict_public_buckets: false }`",
        ),
        _ => error,
    })
}

/// The call replaces the rules and, where it does not name it, sets the smallest size back to AWS's default.
async fn lifecycle(cx: &Context, bucket: &str, target: &Spec, touches: impl Fn(&str) -> bool) -> Result<()> {
    const SMALLEST: &str = "transition_default_minimum_object_size";
    let s3 = &cx.clients.s3;
    let before = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let before = found(before.call("s3:GetBucketLifecycleConfiguration"))?;
    let (live, smallest) =
        before.map(|before| (before.rules, before.transition_default_minimum_object_size)).unwrap_or_default();
    let rules = match touches("lifecycle_rules") {
        true => target.lifecycle_rules.iter().flatten().map(|rule| rule.to_sdk()).collect::<Result<Vec<_>>>()?,
        false => live.unwrap_or_default(),
    };
    if rules.is_empty() {
        s3.delete_bucket_lifecycle().bucket(bucket).send().await.call("s3:DeleteBucketLifecycle")?;
        return Ok(());
    }
    let said = target.transition_default_minimum_object_size.as_deref().map(Into::into);
    let smallest = said.or(smallest.filter(|_| !touches(SMALLEST)));
    let desired = built(BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())?;
    let call = s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(desired);
    let call = call.set_transition_default_minimum_object_size(smallest);
    call.send().await.call("s3:PutBucketLifecycleConfiguration")?;
    Ok(())
}

async fn cors(cx: &Context, bucket: &str, target: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    let rules = target.cors_rules.as_deref().unwrap_or_default();
    if rules.is_empty() {
        s3.delete_bucket_cors().bucket(bucket).send().await.call("s3:DeleteBucketCors")?;
        return Ok(());
    }
    let rules = rules.iter().map(|rule| rule.to_sdk()).collect::<Result<Vec<_>>>()?;
    let desired = built(CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
    s3.put_bucket_cors().bucket(bucket).cors_configuration(desired).send().await.call("s3:PutBucketCors")?;
    Ok(())
}

async fn website(cx: &Context, bucket: &str, target: &Spec) -> Result<()> {
    let s3 = &cx.clients.s3;
    match &target.website {
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

async fn logging(cx: &Context, bucket: &str, desired: Option<&Logging>) -> Result<()> {
    let mut before = None;
    if desired.is_some() {
        // The call replaces everything: who may read the records and how their keys are made goes along.
        let answer = cx.clients.s3.get_bucket_logging().bucket(bucket).send().await.call("s3:GetBucketLogging");
        before = found(answer)?.and_then(|answer| answer.logging_enabled);
    }
    let (grants, format) = before.map(|b| (b.target_grants, b.target_object_key_format)).unwrap_or_default();
    let enabled = desired.map(|logging| {
        let prefix = logging.target_prefix.clone().unwrap_or_default();
        let enabled = LoggingEnabled::builder().target_bucket(&logging.target_bucket).target_prefix(prefix);
        built(enabled.set_target_grants(grants).set_target_object_key_format(format).build())
    });
    let status = BucketLoggingStatus::builder().set_logging_enabled(enabled.transpose()?).build();
    let put = || async {
        let call = cx.clients.s3.put_bucket_logging().bucket(bucket).bucket_logging_status(status.clone());
        call.send().await.call("s3:PutBucketLogging")
    };
    // The target may be so new that S3 does not see it yet.
    let passing = |error: &crate::aws::Error| error.is(&["InvalidTargetBucketForLogging"]);
    let result =
        wait::retry_while("S3 to know the logs' bucket", Duration::from_secs(10), passing, || settled(put)).await;
    result.map(drop).map_err(|error| match &error.code {
        // AWS spells it so.
        Some(code) if ["InvalidTargetBucketForLogging", "CrossLocationLoggingProhibitted"].contains(&code.as_str()) => {
            error.with_hint(
                "the target must be your own bucket in the same region, and its policy must allow \
                `logging.s3.amazonaws.com` to put objects there",
            )
        }
        _ => error,
    })
}

/// The call replaces everything: what is not touched goes along, and so do the names that AWS has made up.
async fn notify(cx: &Context, bucket: &str, target: &Spec, touches: impl Fn(&str) -> bool) -> Result<()> {
    let s3 = &cx.clients.s3;
    let before = s3.get_bucket_notification_configuration().bucket(bucket).send().await;
    let before = before.call("s3:GetBucketNotificationConfiguration")?;
    let event_bridge = match touches("event_bridge") {
        true => (target.event_bridge == Some(true)).then(|| EventBridgeConfiguration::builder().build()),
        false => before.event_bridge_configuration,
    };
    let (lambdas, topics) = (before.lambda_function_configurations, before.topic_configurations);
    let live = notifications::from_sdk(lambdas, topics, before.queue_configurations);
    let desired = match touches("notifications") {
        true => notifications::with_ids(target.notifications.clone().unwrap_or_default(), &live),
        false => live,
    };
    let all = notifications::to_sdk(&desired, event_bridge)?;
    let put = || async {
        let call = s3.put_bucket_notification_configuration().bucket(bucket).notification_configuration(all.clone());
        call.send().await.call("s3:PutBucketNotificationConfiguration")
    };
    // AWS tries each receiver, and a permission that was just given takes a while to hold.
    let refused = |error: &crate::aws::Error| error.message.contains("Unable to validate the following destination");
    let result = wait::retry_while("the receivers to allow S3", EFFECT, refused, || settled(put)).await;
    result.map(drop).map_err(|error| if refused(&error) { error.with_hint(receiver_hint(bucket)) } else { error })
}

fn receiver_hint(bucket: &str) -> String {
    format!(
        "each receiver must allow S3. A function: `permissions: [{{ principal: s3.amazonaws.com, source_arn: \
         \"arn:aws:s3:::{bucket}\" }}]`; a topic or queue: a statement in its policy that allows the service \
         `s3.amazonaws.com` to publish or send, and a `depends_on` if nothing else orders the two"
    )
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
