//! The connections beneath all calls.

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
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
    use super::*;

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
