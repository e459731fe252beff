//! How an instance's metadata service answers: as AWS reports it, in the call that launches, and changed.

use std::time::Duration;

use aws_sdk_ec2::types::{
    HttpTokensState, InstanceMetadataEndpointState, InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse,
    InstanceMetadataTagsState,
};

use crate::aws::{Call, Context, Error, Result, wait};

use super::find;
use super::spec::{HttpTokens, MetadataOptions, Switch};

/// How long new metadata options take.
const APPLIED: Duration = Duration::from_secs(120);

/// How it answers now, in the stack's words.
pub fn reported(options: &InstanceMetadataOptionsResponse) -> MetadataOptions {
    let switch = |on: Option<&str>| match on {
        Some("enabled") => Some(Switch::Enabled),
        Some("disabled") => Some(Switch::Disabled),
        _ => None,
    };
    MetadataOptions {
        http_tokens: match options.http_tokens().map(|tokens| tokens.as_str()) {
            Some("required") => Some(HttpTokens::Required),
            Some("optional") => Some(HttpTokens::Optional),
            _ => None,
        },
        http_put_response_hop_limit: options.http_put_response_hop_limit(),
        http_endpoint: switch(options.http_endpoint().map(|endpoint| endpoint.as_str())),
        instance_metadata_tags: switch(options.instance_metadata_tags().map(|tags| tags.as_str())),
    }
}

/// Where there is no service, how it would answer is nothing that could be set, and no difference.
pub fn as_asked_if_disabled(mut there: MetadataOptions, asked: Option<&MetadataOptions>) -> MetadataOptions {
    if there.http_endpoint == Some(Switch::Disabled) {
        let asked = asked.cloned().unwrap_or_default();
        there.http_tokens = asked.http_tokens.or(Some(HttpTokens::Required));
        there.http_put_response_hop_limit = asked.http_put_response_hop_limit.or(there.http_put_response_hop_limit);
        there.instance_metadata_tags = asked.instance_metadata_tags.or(there.instance_metadata_tags);
    }
    there
}

/// Where there is to be no service, AWS takes nothing else.
pub fn request(options: &MetadataOptions) -> InstanceMetadataOptionsRequest {
    if options.http_endpoint == Some(Switch::Disabled) {
        let endpoint = InstanceMetadataEndpointState::Disabled;
        return InstanceMetadataOptionsRequest::builder().http_endpoint(endpoint).build();
    }
    InstanceMetadataOptionsRequest::builder()
        .set_http_tokens(options.http_tokens.map(|tokens| HttpTokensState::from(tokens.as_str())))
        .set_http_put_response_hop_limit(options.http_put_response_hop_limit)
        .set_http_endpoint(options.http_endpoint.map(|on| InstanceMetadataEndpointState::from(on.as_str())))
        .set_instance_metadata_tags(
            options.instance_metadata_tags.map(|on| InstanceMetadataTagsState::from(on.as_str())),
        )
        .build()
}

/// Sets all of them; what the stack does not say stays as it is. Where there is to be no service, AWS takes nothing else.
pub async fn set(cx: &Context, id: &str, target: MetadataOptions, live: MetadataOptions) -> Result<()> {
    let tokens = target.http_tokens.or(live.http_tokens);
    let endpoint = target.http_endpoint.or(live.http_endpoint);
    let tags = target.instance_metadata_tags.or(live.instance_metadata_tags);
    let mut call = (cx.clients.ec2.modify_instance_metadata_options())
        .instance_id(id)
        .set_http_endpoint(endpoint.map(|on| InstanceMetadataEndpointState::from(on.as_str())));
    if endpoint != Some(Switch::Disabled) {
        call = call
            .set_http_tokens(tokens.map(|tokens| HttpTokensState::from(tokens.as_str())))
            .set_http_put_response_hop_limit(target.http_put_response_hop_limit.or(live.http_put_response_hop_limit))
            .set_instance_metadata_tags(tags.map(|on| InstanceMetadataTagsState::from(on.as_str())));
    }
    let mut answer = call.clone().send().await.call("ec2:ModifyInstanceMetadataOptions");
    // Where they don't exist yet, they can't be turned off either.
    let has_no_tags =
        |error: &Error| error.is(&["UnsupportedOperation"]) && error.message.contains("InstanceMetadataTags");
    if tags != Some(Switch::Enabled) && answer.as_ref().is_err_and(has_no_tags) {
        answer = call.set_instance_metadata_tags(None).send().await.call("ec2:ModifyInstanceMetadataOptions");
    }
    answer.map_err(|error| match is_enforced(&error) {
        true => error.with_hint(TOKENS_ENFORCED),
        false => error,
    })?;
    wait::poll_until(&format!("{id} to take its metadata options"), APPLIED, || async {
        let instance = find::by_id(cx, id).await?;
        let state = instance.as_ref().and_then(|instance| instance.metadata_options()?.state());
        Ok(state.is_none_or(|state| state.as_str() == "applied").then_some(()))
    })
    .await
}

/// What to do where an account or its organisation allows IMDSv2 only.
pub const TOKENS_ENFORCED: &str = "this account does not allow instances with `http_tokens: optional` (httpTokensEnforced): remove it, or write `required`";

/// Whether AWS refuses `http_tokens: optional` for the account's sake.
pub fn is_enforced(error: &Error) -> bool {
    error.message.to_ascii_lowercase().contains("httptokensenforced")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::spec::spec;
    use super::*;

    #[test]
    fn a_metadata_service_that_is_off_differs_in_nothing_else() {
        let options = |tokens, hops, endpoint| MetadataOptions {
            http_tokens: Some(tokens),
            http_put_response_hop_limit: hops,
            http_endpoint: Some(endpoint),
            instance_metadata_tags: None,
        };
        let there = options(HttpTokens::Optional, Some(1), Switch::Disabled);
        let asked = options(HttpTokens::Required, Some(3), Switch::Disabled);
        assert_eq!(as_asked_if_disabled(there.clone(), Some(&asked)), asked);
        assert_eq!(as_asked_if_disabled(there.clone(), None).http_tokens, Some(HttpTokens::Required));
        let on = MetadataOptions { http_endpoint: Some(Switch::Enabled), ..there };
        assert_eq!(as_asked_if_disabled(on.clone(), Some(&asked)), on);
    }

    #[test]
    fn a_metadata_service_that_is_off_from_the_start_gets_nothing_else() {
        let options = |more| spec(json!({ "metadata_options": more })).metadata_options.unwrap();
        let off = request(&options(json!({ "http_endpoint": "disabled", "http_tokens": "required" })));
        assert_eq!((off.http_tokens, off.http_endpoint), (None, Some(InstanceMetadataEndpointState::Disabled)));
        let on = request(&options(json!({ "http_tokens": "required" })));
        assert_eq!(on.http_tokens, Some(HttpTokensState::Required));
    }
}
