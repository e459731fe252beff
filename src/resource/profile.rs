//! An instance profile as IAM has it, which instances and IAM's own kinds ask for.

use aws_sdk_iam::types::InstanceProfile;

use crate::aws::{Call, Context, Result};

/// The profile as IAM has it.
pub async fn get(cx: &Context, name: &str) -> Result<Option<InstanceProfile>> {
    cx.shared(format!("the instance profile {name}"), async {
        let answer = cx.clients.iam.get_instance_profile().instance_profile_name(name).send().await;
        Ok(answer.call_if_found("iam:GetInstanceProfile")?.and_then(|answer| answer.instance_profile))
    })
    .await
}
