//! What an object has that no property says. PutObject replaces the object as a whole: what is not sent again is lost,
//! its encryption becomes the bucket's default and its ACL private.

use std::time::SystemTime;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::{Grant, ObjectOwnership, Permission, ServerSideEncryption};
use aws_smithy_types::DateTime;
use futures::try_join;

use crate::aws::{Call, Context, Error, ErrorKind, Result};

/// The group of everybody, and that of everybody with an AWS account.
const PUBLIC: [&str; 2] =
    ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"];

/// What is sent again.
#[derive(Debug, Default)]
pub struct Carried {
    head: Option<HeadObjectOutput>,
    /// Empty where the owner alone has any rights, as without a word.
    grants: Vec<Grant>,
}

/// What the object `key` has at this moment; nothing if it is not there.
pub async fn of(cx: &Context, bucket: &str, key: &str) -> Result<Carried> {
    let head =
        async { cx.clients.s3.head_object().bucket(bucket).key(key).send().await.call_if_found("s3:HeadObject") };
    let (head, grants) = try_join!(head, grants(cx, bucket, key))?;
    Ok(Carried { head, grants })
}

/// The object's ACL, but for one that says no more than every new object's.
async fn grants(cx: &Context, bucket: &str, key: &str) -> Result<Vec<Grant>> {
    let answer = cx.clients.s3.get_object_acl().bucket(bucket).key(key).send().await.call_if_found("s3:GetObjectAcl");
    let answer = match answer {
        Ok(Some(answer)) => answer,
        Ok(None) => return Ok(Vec::new()),
        Err(error) if error.is(&["MethodNotAllowed"]) => return Ok(Vec::new()),
        Err(error) if error.kind == ErrorKind::Denied && has_no_acls(cx, bucket).await => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let owner = answer.owner.and_then(|owner| owner.id);
    let grants = answer.grants.unwrap_or_default();
    let is_owners = |grant: &Grant| {
        let who = grant.grantee.as_ref().and_then(|grantee| grantee.id.as_ref());
        who == owner.as_ref() && grant.permission == Some(Permission::FullControl)
    };
    Ok(if grants.iter().all(is_owners) { Vec::new() } else { grants })
}

/// Whether ACLs mean nothing in the bucket, as far as this user may know.
async fn has_no_acls(cx: &Context, bucket: &str) -> bool {
    let answer = cx.clients.s3.get_bucket_ownership_controls().bucket(bucket).send().await;
    let controls = answer.call("s3:GetBucketOwnershipControls").ok().and_then(|answer| answer.ownership_controls);
    let rules = controls.map(|controls| controls.rules).unwrap_or_default();
    rules.iter().any(|rule| rule.object_ownership == ObjectOwnership::BucketOwnerEnforced)
}

impl Carried {
    /// Makes `call` and has it put everything again.
    pub async fn put(&self, call: PutObjectFluentBuilder) -> Result<PutObjectOutput> {
        const OPERATION: &str = "s3:PutObject";
        let call = self.granted(self.locked(self.encrypted(self.described(call))));
        // Browsers also get what is not a date, such as `0`, which the SDK can't say.
        match self.head.as_ref().and_then(|head| head.expires_string.clone()) {
            None => call.send().await.call(OPERATION),
            Some(expires) => {
                let call = call.customize().mutate_request(move |request| {
                    if let Err(error) = request.headers_mut().try_insert("expires", expires.clone()) {
                        tracing::debug!(%error, "no header");
                    }
                });
                call.send().await.call(OPERATION)
            }
        }
    }

    fn described(&self, call: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        let Some(head) = &self.head else { return call };
        call.set_content_disposition(head.content_disposition.clone())
            .set_content_language(head.content_language.clone())
            .set_content_encoding(head.content_encoding.clone())
            .set_website_redirect_location(head.website_redirect_location.clone())
    }

    fn encrypted(&self, call: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        let Some(head) = &self.head else { return call };
        let is_kms = match head.server_side_encryption {
            Some(ServerSideEncryption::Aes256) => false,
            Some(ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse) => true,
            // Other services' own, which S3 takes from nothing but those.
            _ => return call,
        };
        let bucket_key = head.bucket_key_enabled.filter(|_| is_kms);
        call.set_server_side_encryption(head.server_side_encryption.clone())
            .set_ssekms_key_id(head.ssekms_key_id.clone().filter(|_| is_kms))
            .set_bucket_key_enabled(bucket_key.filter(|on| *on))
    }

    fn locked(&self, call: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        let Some(head) = &self.head else { return call };
        let poll_until =
            head.object_lock_retain_until_date.filter(|poll_until| *poll_until > DateTime::from(SystemTime::now()));
        call.set_object_lock_mode(head.object_lock_mode.clone().filter(|_| poll_until.is_some()))
            .set_object_lock_retain_until_date(poll_until)
            .set_object_lock_legal_hold_status(head.object_lock_legal_hold_status.clone())
            .set_object_lock_event_hold(head.object_lock_event_hold.clone())
            .set_object_lock_event_hold_duration_days(head.object_lock_event_hold_duration_days)
            .set_object_lock_event_hold_duration_years(head.object_lock_event_hold_duration_years)
    }

    fn granted(&self, call: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        let to = |permission: Permission| {
            let to_whom = self.grants.iter().filter(|grant| grant.permission.as_ref() == Some(&permission));
            let all: Vec<_> = to_whom.filter_map(grantee).collect();
            (!all.is_empty()).then(|| all.join(", "))
        };
        call.set_grant_full_control(to(Permission::FullControl))
            .set_grant_read(to(Permission::Read))
            .set_grant_read_acp(to(Permission::ReadAcp))
            .set_grant_write_acp(to(Permission::WriteAcp))
    }

    /// The short name that AWS gives to its content, without quotes.
    pub fn etag(&self) -> Option<&str> {
        Some(self.head.as_ref()?.e_tag()?.trim_matches('"'))
    }

    /// Says of a refusal what the object's ACL may have to do with it.
    pub fn explain(&self, bucket: &str, key: &str, error: Error) -> Error {
        let uri = |grant: &Grant| grant.grantee.as_ref()?.uri.clone();
        let is_public = self.grants.iter().filter_map(uri).any(|uri| PUBLIC.contains(&uri.as_str()));
        if error.kind != ErrorKind::Denied || !is_public {
            return error;
        }
        error.with_hint(format!(
            "the object's ACL makes it public, and the bucket's `block_public_acls` may prevent restoring that; make \
             it private first: `aws s3api put-object-acl --bucket {bucket} --key {key} --acl private`"
        ))
    }
}

/// Who is meant, as the headers of PutObject name them.
fn grantee(grant: &Grant) -> Option<String> {
    let grantee = grant.grantee.as_ref()?;
    let named = |sort: &str, value: &Option<String>| value.as_ref().map(|value| format!("{sort}=\"{value}\""));
    named("uri", &grantee.uri)
        .or_else(|| named("id", &grantee.id))
        .or_else(|| named("emailAddress", &grantee.email_address))
}

#[cfg(test)]
#[path = "carried_tests.rs"]
mod tests;
