//! The connections beneath all calls.

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The client that the SDK would take by itself, but for its cryptography: `ring` in place of `aws-lc`, which takes half a
/// minute to compile. It has no key exchange that withstands quantum computers; AWS's services need none.
///
/// The authorities that this computer trusts are read when the first call over TLS is made. That takes a sixth of the
/// processor time of a plan, and a sandbox has no TLS.
pub fn usual_client() -> SharedHttpClient {
    let plain = Builder::new().build_with_connector_fn(|settings, components| {
        connector(settings.cloned(), components.and_then(RuntimeComponents::sleep_impl)).build_http()
    });
    let secure = Builder::new().build_with_connector_fn(|settings, components| {
        secure(settings.cloned(), components.and_then(RuntimeComponents::sleep_impl))
    });
    SharedHttpClient::new(ByHost { plain, secure })
}

/// A connector for one use.
pub fn usual_connector() -> SharedHttpConnector {
    SharedHttpConnector::new(secure(None, None))
}

fn secure(settings: Option<HttpConnectorSettings>, sleep: Option<SharedAsyncSleep>) -> Connector {
    connector(settings, sleep).tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
}

fn connector(
    settings: Option<HttpConnectorSettings>,
    sleep: Option<SharedAsyncSleep>,
) -> aws_smithy_http_client::ConnectorBuilder {
    let mut connector = Connector::builder();
    connector.set_connector_settings(settings);
    connector.set_sleep_impl(sleep);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector
}

/// Without TLS to this computer, unless the address asks for it. To all others there may be a proxy that does.
#[derive(Debug, Clone)]
struct ByHost {
    plain: SharedHttpClient,
    secure: SharedHttpClient,
}

impl HttpClient for ByHost {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (client, settings, components) = (self.clone(), settings.clone(), components.clone());
        SharedHttpConnector::new(Chosen { client, settings, components })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.secure.connector_metadata()
    }
}

#[derive(Debug)]
struct Chosen {
    client: ByHost,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Chosen {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Each client keeps its connectors, with their connections.
        let client = if is_here(request.uri()) { &self.client.plain } else { &self.client.secure };
        client.http_connector(&self.settings, &self.components).call(request)
    }
}

/// Whether a location is on this computer, and without TLS.
fn is_here(location: &str) -> bool {
    let host = location.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', ':']).next());
    matches!(host, Some("127.0.0.1" | "localhost"))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::box_error::BoxError;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::config_bag::ConfigBag;

    use super::*;

    /// Answers everything, or is never to be asked for anything.
    #[derive(Debug, Clone, Copy)]
    struct Stub {
        is_asked: bool,
    }

    impl HttpClient for Stub {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            assert!(self.is_asked);
            SharedHttpConnector::new(*self)
        }

        fn validate_base_client_config(&self, _: &RuntimeComponentsBuilder, _: &ConfigBag) -> Result<(), BoxError> {
            assert!(self.is_asked);
            Ok(())
        }
    }

    impl HttpConnector for Stub {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
                          </GetCallerIdentityResult></GetCallerIdentityResponse>";
            HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(answer))))
        }
    }

    #[tokio::test]
    async fn what_tls_needs_is_not_made_for_a_sandbox() {
        for (url, is_here) in [("http://127.0.0.1:4566", true), ("https://sts.example.edu", false)] {
            let [plain, secure] = [is_here, !is_here].map(|is_asked| SharedHttpClient::new(Stub { is_asked }));
            let config = aws_sdk_sts::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_sts::config::Region::new("us-east-1"))
                .credentials_provider(aws_credential_types::Credentials::new(
                    "AKIDEXAMPLE",
                    "secret",
                    None,
                    None,
                    "test",
                ))
                .endpoint_url(url)
                .http_client(ByHost { plain, secure })
                .build();
            let caller = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.expect("an answer");
            assert_eq!(caller.account(), Some("123456789012"), "{url}");
        }
    }

    #[test]
    fn only_this_computer_is_asked_without_tls() {
        for here in ["http://127.0.0.1:4566/", "http://localhost", "http://localhost/bucket?tagging"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "https://127.0.0.1:4566/",
            "https://sts.us-east-1.amazonaws.com/",
            "http://localhost.example.edu/",
            "http://127.0.0.1.example.edu/",
            "http://169.254.169.254/latest",
            "http://127.0.0.1@example.edu/",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
