//! What a user logs in and signs with. AWS deletes no user who has any.

use aws_sdk_iam::types::{AccessKeyMetadata, StatusType};

use crate::aws::{Bounded, Call, Context, Error, Result, wait};
use crate::resource::Held;
use crate::resource::iam::NEWCOMER;
use crate::resource::others::listed;

use super::mark::Made;

/// The credentials of a user, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Whether the user can log in to the console.
    has_password: bool,
    access_keys: Vec<String>,
    certificates: Vec<String>,
    ssh_keys: Vec<String>,
    /// User names and passwords for Git, for Cassandra, and keys for Bedrock.
    of_services: Vec<String>,
    /// Serial numbers.
    mfa_devices: Vec<String>,
}

impl Credentials {
    /// What there is of a user; nothing of one who is not there.
    pub async fn of(cx: &Context, user: &str) -> Result<Self> {
        let (password, access_keys, certificates, ssh_keys, of_services, mfa_devices) = tokio::try_join!(
            password(cx, user),
            access_keys(cx, user),
            certificates(cx, user),
            ssh_keys(cx, user),
            of_services(cx, user),
            mfa_devices(cx, user)
        )?;
        let has_password = password.is_some();
        let access_keys = access_keys.into_iter().map(|key| key.id).collect();
        Ok(Self { has_password, access_keys, certificates, ssh_keys, of_services, mfa_devices })
    }

    /// The names by which [`Held`] compares them.
    pub fn held(self) -> Held {
        let Self { has_password, access_keys, certificates, ssh_keys, of_services, mfa_devices } = self;
        let password = has_password.then(|| "console password".to_owned());
        let named = |sort: &str, ids: Vec<String>| ids.into_iter().map(move |id| format!("{sort} {id}")).collect();
        let all: [Vec<String>; 5] = [
            named("access key", access_keys),
            named("certificate", certificates),
            named("SSH key", ssh_keys),
            named("service", of_services),
            named("MFA device", mfa_devices),
        ];
        Held::all(["credential", "credentials"], password.into_iter().chain(all.into_iter().flatten()))
    }

    /// What a plan says of a user who goes: `its console password and 2 access keys end with it`.
    pub fn note(&self) -> Option<String> {
        let count = |all: &[String], one: &str, several: &str| match all.len() {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {several}")),
        };
        let parts = [
            self.has_password.then(|| "console password".to_owned()),
            count(&self.access_keys, "access key", "access keys"),
            count(&self.certificates, "signing certificate", "signing certificates"),
            count(&self.ssh_keys, "SSH public key", "SSH public keys"),
            count(&self.of_services, "service-specific credential", "service-specific credentials"),
            count(&self.mfa_devices, "MFA device", "MFA devices"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let is_one = matches!(parts.as_slice(), [one] if self.has_password || one.starts_with("1 "));
        let end = if is_one { "ends" } else { "end" };
        let all = listed(parts.iter().map(String::as_str));
        (!parts.is_empty()).then(|| format!("its {all} {end} with it"))
    }

    /// Ends them all. What opens something goes before what guards it: the second factor is last.
    pub async fn end(&self, cx: &Context, user: &str) -> Result<()> {
        let iam = &cx.clients.iam;
        if self.has_password {
            delete_password(cx, user).await?;
        }
        for key in &self.access_keys {
            delete_access_key(cx, user, key).await?;
        }
        for certificate in &self.certificates {
            let call = iam.delete_signing_certificate().user_name(user).certificate_id(certificate);
            call.send().await.call_if_found("iam:DeleteSigningCertificate")?;
        }
        for key in &self.ssh_keys {
            let call = iam.delete_ssh_public_key().user_name(user).ssh_public_key_id(key);
            call.send().await.call_if_found("iam:DeleteSSHPublicKey")?;
        }
        for credential in &self.of_services {
            let call =
                iam.delete_service_specific_credential().user_name(user).service_specific_credential_id(credential);
            call.send().await.call_if_found("iam:DeleteServiceSpecificCredential")?;
        }
        for device in &self.mfa_devices {
            let call = iam.deactivate_mfa_device().user_name(user).serial_number(device);
            call.send().await.call_if_found("iam:DeactivateMFADevice")?;
            if is_virtual(device) {
                let call = iam.delete_virtual_mfa_device().serial_number(device);
                call.send().await.call_if_found("iam:DeleteVirtualMFADevice")?;
            }
        }
        Ok(())
    }
}

/// DeleteLoginProfile. A password that was set a moment ago can't be deleted for some seconds.
pub async fn delete_password(cx: &Context, user: &str) -> Result<()> {
    let passing = |error: &Error| error.is(&["EntityTemporarilyUnmodifiable"]);
    let attempt = || async {
        let call = cx.clients.iam.delete_login_profile().user_name(user);
        call.send().await.call_if_found("iam:DeleteLoginProfile").map(drop)
    };
    wait::retry_while("IAM to let the password go", NEWCOMER, passing, attempt).await
}

/// DeleteAccessKey.
pub async fn delete_access_key(cx: &Context, user: &str, key: &str) -> Result<()> {
    let call = cx.clients.iam.delete_access_key().user_name(user).access_key_id(key);
    call.send().await.call_if_found("iam:DeleteAccessKey").map(drop)
}

/// A virtual device is a resource of the account, which would be left; others are things that people keep.
fn is_virtual(serial_number: &str) -> bool {
    serial_number.starts_with("arn:") && serial_number.contains(":mfa/")
}

/// The console password, if there is one.
pub async fn password(cx: &Context, user: &str) -> Result<Option<Made>> {
    cx.shared(format!("the password of the user {user}"), async {
        let answer = cx.clients.iam.get_login_profile().user_name(user).send().await;
        let profile = answer.call_if_found("iam:GetLoginProfile")?.and_then(|answer| answer.login_profile);
        Ok(profile.map(|profile| Made { id: profile.create_date.secs().to_string(), at: profile.create_date.secs() }))
    })
    .await
}

/// The access keys, active or not.
pub async fn access_keys(cx: &Context, user: &str) -> Result<Vec<Made>> {
    let keys = access_keys_by_status(cx, user).await?;
    Ok(keys.into_iter().map(|(key, _)| key).collect())
}

/// The access keys, each with whether it is active.
pub async fn access_keys_by_status(cx: &Context, user: &str) -> Result<Vec<(Made, bool)>> {
    cx.shared(format!("access keys of the user {user}"), async {
        let list = cx.clients.iam.list_access_keys().user_name(user).into_paginator().send().bounded();
        let keys = list.all_if_found("iam:ListAccessKeys", |page| page.access_key_metadata).await?;
        let key = |one: AccessKeyMetadata| {
            let at = one.create_date.map_or(0, |date| date.secs());
            let is_active = one.status.is_none_or(|status| status == StatusType::Active);
            Some((Made { id: one.access_key_id?, at }, is_active))
        };
        Ok(keys.unwrap_or_default().into_iter().filter_map(key).collect())
    })
    .await
}

async fn certificates(cx: &Context, user: &str) -> Result<Vec<String>> {
    cx.shared(format!("signing certificates of the user {user}"), async {
        let list = cx.clients.iam.list_signing_certificates().user_name(user).into_paginator().send().bounded();
        let all = list.all_if_found("iam:ListSigningCertificates", |page| page.certificates).await?;
        Ok(all.unwrap_or_default().into_iter().map(|one| one.certificate_id).collect())
    })
    .await
}

async fn ssh_keys(cx: &Context, user: &str) -> Result<Vec<String>> {
    cx.shared(format!("SSH keys of the user {user}"), async {
        let list = cx.clients.iam.list_ssh_public_keys().user_name(user).into_paginator().send().bounded();
        let keys = list.all_if_found("iam:ListSSHPublicKeys", |page| page.ssh_public_keys.unwrap_or_default()).await?;
        Ok(keys.unwrap_or_default().into_iter().map(|key| key.ssh_public_key_id).collect())
    })
    .await
}

/// Where AWS does not support such credentials there are none (API: ServiceNotSupportedException).
async fn of_services(cx: &Context, user: &str) -> Result<Vec<String>> {
    cx.shared(format!("credentials for services of the user {user}"), async {
        let answer = cx.clients.iam.list_service_specific_credentials().user_name(user).send().await;
        let all = match answer.call_if_found("iam:ListServiceSpecificCredentials") {
            Err(error) if error.is(&["NotSupportedService"]) => None,
            answer => answer?,
        };
        let all = all.and_then(|all| all.service_specific_credentials).unwrap_or_default();
        Ok(all.into_iter().map(|one| one.service_specific_credential_id).collect())
    })
    .await
}

async fn mfa_devices(cx: &Context, user: &str) -> Result<Vec<String>> {
    cx.shared(format!("MFA devices of the user {user}"), async {
        let list = cx.clients.iam.list_mfa_devices().user_name(user).into_paginator().send().bounded();
        let devices = list.all_if_found("iam:ListMFADevices", |page| page.mfa_devices).await?;
        Ok(devices.unwrap_or_default().into_iter().map(|device| device.serial_number).collect())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_what_ends() {
        let some = |n: usize| vec![String::new(); n];
        let note = |one: Credentials| one.note();
        assert_eq!(note(Credentials::default()), None);
        let password = Credentials { has_password: true, ..Credentials::default() };
        assert_eq!(note(password.clone()).as_deref(), Some("its console password ends with it"));
        let key = Credentials { access_keys: some(1), ..Credentials::default() };
        assert_eq!(note(key).as_deref(), Some("its 1 access key ends with it"));
        let keys = Credentials { access_keys: some(2), mfa_devices: some(1), ..password };
        assert_eq!(note(keys).as_deref(), Some("its console password, 2 access keys and 1 MFA device end with it"));
    }

    #[test]
    fn a_virtual_device_is_distinguished_from_one_that_people_keep() {
        assert!(is_virtual("arn:aws:iam::123456789012:mfa/ana"));
        assert!(!is_virtual("GAHT12345678") && !is_virtual("arn:aws:iam::123456789012:u2f/user/ana/key-AB12"));
    }
}
