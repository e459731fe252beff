//! Calls of services that speak AWS's JSON and of which cloud101 makes few, without the SDK's client for each, which takes
//! a minute and more to compile. The SDK's own runtime signs, sends and repeats them, as it does for its clients.

use std::fmt;
use std::marker::PhantomData;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{
    DisableClockSkewCorrection, ServiceClockSkewClassifier, ServiceClockSkewInterceptor,
};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_async::future::pagination_stream::fn_stream::FnStream;
use aws_smithy_json::protocol::aws_json_rpc::AwsJsonRpcProtocol;
use aws_smithy_runtime::client::defaults::{DefaultPluginParams, default_plugins};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::orchestrator::{AuthSchemeAndEndpointOrchestrationV2, invoke};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output, OutputOrError};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, Metadata, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugins, StaticRuntimePlugin};
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};
use aws_smithy_schema::protocol::ClientProtocolInner;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::endpoint_config::{EndpointUrl, UseDualStack, UseFips};
use aws_types::region::SigningRegion;
use aws_types::request_id::apply_request_id;
use aws_types::service_config::ServiceConfigKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::region::partition_of;

/// What is to be known of a service, from AWS's model of it.
#[derive(Debug)]
pub struct Service {
    /// Its `sdkId`: `SSM`.
    pub id: &'static str,
    /// The same as in `AWS_ENDPOINT_URL_…`.
    pub endpoint_variable: &'static str,
    /// What its addresses begin with, and signatures name it: `ssm`.
    pub name: &'static str,
    /// What `x-amz-target` begins with: `AmazonSSM`.
    pub target: &'static str,
    /// Its version of AWS's JSON: `1.1`.
    pub json: &'static str,
    /// The member that takes to the next page of a list: `NextToken`.
    pub page_token: &'static str,
    /// Partitions in which its plain addresses are those for FIPS, by their names in ARNs.
    pub plain_fips: &'static [&'static str],
}

/// Parameters of AWS's and of one's own. Other services are described beside the kind that calls them.
pub const SSM: Service = Service {
    id: "SSM",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
    name: "ssm",
    target: "AmazonSSM",
    json: "1.1",
    page_token: "NextToken",
    plain_fips: &["aws-us-gov"],
};

/// The calls of one service. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    service: &'static Service,
    plugins: RuntimePlugins,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("service", &self.service.id).finish_non_exhaustive()
    }
}

impl Client {
    /// The calls of `service` as `config` says, with `interceptor` around each. The configuration must have a region.
    pub fn new(service: &'static Service, config: &SdkConfig, interceptor: impl Intercept + 'static) -> Self {
        let region = config.region().map(AsRef::as_ref).unwrap_or_default();
        let defaults = DefaultPluginParams::new()
            .with_retry_partition_name(format!("{}-{region}", service.name))
            .with_behavior_version(config.behavior_version().unwrap_or_else(BehaviorVersion::latest))
            .with_is_aws_sdk(true);
        let own = StaticRuntimePlugin::new()
            .with_config(settings(service, config).freeze())
            .with_runtime_components(components(service, config, interceptor));
        let plugins = RuntimePlugins::new().with_client_plugins(default_plugins(defaults)).with_client_plugin(own);
        Self { service, plugins }
    }

    /// Calls `operation` with `input`, whose members have AWS's names, and reads the answer as a `T`.
    pub async fn ask<T>(
        &self,
        operation: &'static str,
        input: serde_json::Value,
    ) -> Result<T, SdkError<ErrorMetadata, HttpResponse>>
    where
        T: DeserializeOwned + fmt::Debug + Send + Sync + 'static,
    {
        let mut layer = Layer::new(operation);
        layer.store_put(Metadata::new(operation, self.service.id));
        layer.store_put(SharedRequestSerializer::new(Question { service: self.service, operation }));
        layer.store_put(SharedResponseDeserializer::new(Answer::<T>(PhantomData)));
        let this = StaticRuntimePlugin::new().with_config(layer.freeze());
        let plugins = self.plugins.clone().with_operation_plugin(this);
        // Boxed, as the runtime's futures are large.
        let answer = Box::pin(invoke(self.service.id, operation, Input::erase(input), &plugins)).await;
        let answer =
            answer.map_err(|error| error.map_service_error(|error| error.downcast().expect("from `Answer`")))?;
        Ok(answer.downcast().expect("from `Answer`"))
    }

    /// A list in pages: `operation` is called again with the token of each answer, until one has none.
    pub fn pages<T>(
        &self,
        operation: &'static str,
        mut input: serde_json::Value,
    ) -> PaginationStream<Result<T, SdkError<ErrorMetadata, HttpResponse>>>
    where
        T: DeserializeOwned + fmt::Debug + Send + Sync + 'static,
    {
        let client = self.clone();
        PaginationStream::new(FnStream::new(move |send| {
            Box::pin(async move {
                loop {
                    let page = client.ask::<Page<T>>(operation, input.clone()).await;
                    let token = page.as_ref().ok().and_then(|page| page.token.clone());
                    let is_over = send.send(page.map(|page| page.content)).await.is_err();
                    match token.filter(|token| !token.is_empty() && !is_over) {
                        Some(token) => input[client.service.page_token] = token.into(),
                        None => break,
                    }
                }
            })
        }))
    }
}

/// One page of a list.
#[derive(Debug, Deserialize)]
struct Page<T> {
    #[serde(flatten)]
    content: T,
    #[serde(rename = "NextToken", alias = "nextToken")]
    token: Option<String>,
}

fn settings(service: &'static Service, config: &SdkConfig) -> Layer {
    let mut layer = Layer::new(service.id);
    layer.store_or_unset(config.region().cloned());
    layer.store_or_unset(config.region().cloned().map(SigningRegion::from));
    layer.store_put(SigningName::from_static(service.name));
    layer.store_or_unset(config.use_fips().map(UseFips));
    layer.store_or_unset(config.use_dual_stack().map(UseDualStack));
    layer.store_or_unset(own_url(service, config).map(EndpointUrl));
    layer.store_or_unset(config.retry_config().cloned());
    layer.store_or_unset(config.timeout_config().cloned());
    layer.store_or_unset(config.stalled_stream_protection());
    layer.store_or_unset(config.app_name().cloned());
    layer.store_or_unset(config.disable_clock_skew_correction().map(DisableClockSkewCorrection::from));
    layer.store_put(ApiMetadata::new(service.name, env!("CARGO_PKG_VERSION")));
    layer.store_put(AuthSchemeAndEndpointOrchestrationV2);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SensitiveOutput);
    let mut signing_options = SigningOptions::default();
    signing_options.double_uri_encode = true;
    signing_options.normalize_uri_path = true;
    layer.store_put(SigV4OperationSigningConfig { signing_options, ..SigV4OperationSigningConfig::default() });
    layer
}

fn components(
    service: &'static Service,
    config: &SdkConfig,
    interceptor: impl Intercept + 'static,
) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new(service.id)
        .with_http_client(config.http_client())
        .with_sleep_impl(config.sleep_impl())
        .with_time_source(Some(config.time_source().unwrap_or_default()))
        .with_identity_cache(config.identity_cache())
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri(url(service, config))))
        .with_interceptor(SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()))
        .with_interceptor(SharedInterceptor::permanent(StalledStreamProtectionInterceptor::default()))
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(SharedInterceptor::permanent(RecursionDetectionInterceptor::new()))
        .with_interceptor(interceptor)
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components
}

/// An address of the person's own for the service: from the program, the environment or the profile.
fn own_url(service: &Service, config: &SdkConfig) -> Option<String> {
    let of_service = || {
        let key =
            ServiceConfigKey::builder().service_id(service.id).env(service.endpoint_variable).profile("endpoint_url");
        config.service_config()?.load_config(key.build().ok()?)
    };
    let for_all = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() { for_all() } else { of_service().or_else(for_all) }
}

/// Where the service answers, by the rules of AWS's endpoints.
fn url(service: &Service, config: &SdkConfig) -> String {
    if let Some(own) = own_url(service, config) {
        return own;
    }
    let region = config.region().map(AsRef::as_ref).unwrap_or_default();
    let is_dual_stack = config.use_dual_stack().unwrap_or_default();
    let partition = partition_of(region);
    let is_plain = !is_dual_stack && service.plain_fips.contains(&partition.name);
    let fips = if config.use_fips().unwrap_or_default() && !is_plain { "-fips" } else { "" };
    let suffix = if is_dual_stack { partition.dual_stack_suffix } else { partition.dns_suffix };
    format!("https://{}{fips}.{region}.{suffix}", service.name)
}

#[derive(Debug)]
struct Question {
    service: &'static Service,
    operation: &'static str,
}

impl SerializeRequest for Question {
    fn serialize_input(&self, input: Input, cfg: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        // The address is the same for all operations, but the runtime wants to hear of each what it depends on.
        cfg.interceptor_state().store_put(EndpointResolverParams::new(()));
        let input: serde_json::Value = input.downcast().map_err(|_| "the input is not JSON")?;
        let body = input.to_string();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method("POST")?;
        request.set_uri("/")?;
        let headers = request.headers_mut();
        headers.insert("content-type", format!("application/x-amz-json-{}", self.service.json));
        headers.insert("content-length", body.len().to_string());
        headers.insert("x-amz-target", format!("{}.{}", self.service.target, self.operation));
        *request.body_mut() = SdkBody::from(body);
        Ok(request)
    }
}

#[derive(Debug)]
struct Answer<T>(PhantomData<fn() -> T>);

impl<T> DeserializeResponse for Answer<T>
where
    T: DeserializeOwned + fmt::Debug + Send + Sync + 'static,
{
    fn deserialize_nonstreaming(&self, response: &HttpResponse) -> OutputOrError {
        if !response.status().is_success() {
            return Err(refusal(response));
        }
        let body = response.body().bytes().unwrap_or_default();
        // Some operations answer with nothing.
        let body = if body.is_empty() { b"{}" } else { body };
        let answer: T = serde_json::from_slice(body).map_err(OrchestratorError::other)?;
        Ok(Output::erase(answer))
    }
}

fn refusal(response: &HttpResponse) -> OrchestratorError<Error> {
    match AwsJsonRpcProtocol::aws_json_1_1().parse_error_metadata(response, &ConfigBag::base()) {
        Ok(metadata) => {
            let metadata = apply_request_id(metadata, response.headers()).build();
            OrchestratorError::operation(Error::erase(metadata))
        }
        Err(error) => OrchestratorError::other(error),
    }
}

#[cfg(test)]
mod tests;
