//! What an account of a teaching programme has from the start, made in the sandbox: a stack with `profile:` is rehearsed there.

use crate::aws::{Call, Context, ErrorKind, Result};
use crate::model::account_profile::AccountProfile;

/// The public half of the key pair. No one has the other, as no one can log in to an emulated instance.
const PUBLIC_KEY: &[u8] = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/// Who may take the role: all services that a stack can give one to.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}}]}"#;

/// Makes the role, the instance profile with the role in it, and the key pair, unless they are there. `cx` is a sandbox's.
///
/// # Errors
/// The emulators do not make them.
pub async fn furnish(cx: &Context, profile: &AccountProfile) -> Result<()> {
    let iam = &cx.clients.iam;
    let (role, instance_profile, key) = (profile.role.value, profile.instance_profile.value, profile.key_pair.value);
    // What is made last: with it all is there.
    let there = iam.get_instance_profile().instance_profile_name(instance_profile).send().await;
    let there = there.call_if_found("iam:GetInstanceProfile")?.and_then(|answer| answer.instance_profile);
    if there.is_some_and(|there| !there.roles.is_empty()) {
        return Ok(());
    }
    let there = cx.in_region(key.region);
    let call = there.clients.ec2.import_key_pair().key_name(key.name).public_key_material(PUBLIC_KEY.into());
    is_there(call.send().await.call("ec2:ImportKeyPair"))?;
    let call = iam.create_role().role_name(role).assume_role_policy_document(TRUST);
    is_there(call.send().await.call("iam:CreateRole"))?;
    let call = iam.create_instance_profile().instance_profile_name(instance_profile);
    is_there(call.send().await.call("iam:CreateInstanceProfile"))?;
    let call = iam.add_role_to_instance_profile().instance_profile_name(instance_profile).role_name(role);
    is_there(call.send().await.call("iam:AddRoleToInstanceProfile"))
}

/// Another command may make the same at the same moment; an instance profile has room for one role.
fn is_there<T>(made: Result<T>) -> Result<()> {
    match made {
        Err(error) if !matches!(error.kind, ErrorKind::Exists | ErrorKind::Quota) => Err(error),
        _ => Ok(()),
    }
}
