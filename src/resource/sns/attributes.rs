//! A topic's attributes, as SNS keeps them: by name.

use std::collections::HashMap;

use crate::aws::{Call, Context, Result};

/// GetTopicAttributes, or `None`.
pub(super) async fn attributes(cx: &Context, arn: &str) -> Result<Option<HashMap<String, String>>> {
    let answer = cx.clients.sns.get_topic_attributes().topic_arn(arn).send().await;
    Ok(answer.call_if_found("sns:GetTopicAttributes")?.map(|answer| answer.attributes.unwrap_or_default()))
}

/// SetTopicAttributes of one.
pub(super) async fn set(cx: &Context, arn: &str, name: &str, value: &str) -> Result<()> {
    let call = cx.clients.sns.set_topic_attributes().topic_arn(arn).attribute_name(name).attribute_value(value);
    call.send().await.call("sns:SetTopicAttributes")?;
    Ok(())
}
