//! The HTTP client that the SDK would take by itself, but for when it reads the computer's root certificates: once an
//! address needs them, which none of a sandbox does, and not for each client that is made.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Where the address of a proxy for HTTP may be, which may need TLS itself.
const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// The client that the SDK would take by itself.
pub fn usual_client() -> SharedHttpClient {
    let secure = client(|builder| builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build());
    let by_tls = |name: &&str| std::env::var(name).is_ok_and(|proxy| proxy.starts_with("https:"));
    match PROXIES.iter().any(by_tls) {
        true => secure,
        false => SharedHttpClient::new(ByScheme { plain: client(ConnectorBuilder::build_http), secure }),
    }
}

fn client(finish: fn(ConnectorBuilder) -> Connector) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        finish(connector)
    })
}

/// One client for addresses without TLS and one for all others. It has no `validate_base_client_config`: the SDK's own
/// makes a connector for each client that is made, and throws it away.
#[derive(Debug)]
struct ByScheme {
    plain: SharedHttpClient,
    secure: SharedHttpClient,
}

impl HttpClient for ByScheme {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connectors {
            plain: self.plain.http_connector(settings, components),
            secure: self.secure.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.plain.connector_metadata()
    }
}

#[derive(Debug)]
struct Connectors {
    plain: SharedHttpConnector,
    secure: SharedHttpClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Connectors {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match request.uri().starts_with("http:") {
            true => self.plain.call(request),
            false => self.secure.http_connector(&self.settings, &self.components).call(request),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::http_client_fn;

    use super::*;
    use crate::testing::aws::{Aws, yes};

    #[tokio::test]
    async fn roots_are_read_for_the_first_address_that_needs_them() {
        let secured = Arc::new(AtomicUsize::new(0));
        let counting = secured.clone();
        let aws = || SharedHttpConnector::new(Aws::with(|_| yes("<GetCallerIdentityResponse/>")));
        let (plain, secure) = (aws(), aws());
        let secure = http_client_fn(move |_, _| {
            counting.fetch_add(1, Ordering::Relaxed);
            secure.clone()
        });
        let client = SharedHttpClient::new(ByScheme { plain: http_client_fn(move |_, _| plain.clone()), secure });
        for (scheme, expected) in [("http", 0), ("https", 1)] {
            let credentials = Credentials::new("key", "secret", None, None, "test");
            let config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .endpoint_url(format!("{scheme}://aws.example.edu"))
                .http_client(client.clone())
                .build();
            aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
            assert_eq!(secured.load(Ordering::Relaxed), expected, "{scheme}");
        }
    }
}
