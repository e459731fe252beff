//! What AWS does and the emulators don't, supplied at the HTTP layer.
//!
//! | behaviour of AWS | emulator | here |
//! |---|---|---|
//! | ModifyInstanceCreditSpecification is kept; a new T3 instance is `unlimited` | Moto answers 500, and always says `standard` | kept by instance |

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// The SDK's own HTTP client with AWS's missing behaviour in front of it.
pub fn client() -> SharedHttpClient {
    let inner = aws_smithy_http_client::Builder::new().build_http();
    SharedHttpClient::new(Shim { inner, credits: Arc::default() })
}

/// CPU credits by instance.
type Credits = Arc<Mutex<HashMap<String, String>>>;

#[derive(Debug)]
struct Shim {
    inner: SharedHttpClient,
    credits: Credits,
}

impl HttpClient for Shim {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, credits: self.credits.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    credits: Credits,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.answer(&request) {
            Some(body) => {
                let status = 200_u16.try_into().expect("a status");
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
            }
            None => self.inner.call(request),
        }
    }
}

impl Connector {
    /// The answer to a call of EC2's that the emulator would get wrong.
    fn answer(&self, request: &HttpRequest) -> Option<String> {
        let form = form(request.body().bytes()?);
        let get = |key: &str| form.get(key).cloned();
        let mut credits = self.credits.lock().expect("no panic while it was locked");
        match get("Action")?.as_str() {
            "ModifyInstanceCreditSpecification" => {
                let id = get("InstanceCreditSpecification.1.InstanceId")?;
                credits.insert(id, get("InstanceCreditSpecification.1.CpuCredits")?);
                Some("<ModifyInstanceCreditSpecificationResponse/>".to_owned())
            }
            "DescribeInstanceCreditSpecifications" => {
                let ids = (1..).map_while(|n| get(&format!("InstanceId.{n}")));
                let item = |id: String| {
                    let credits = credits.get(&id).map_or("unlimited", String::as_str);
                    format!("<item><instanceId>{id}</instanceId><cpuCredits>{credits}</cpuCredits></item>")
                };
                Some(format!(
                    "<DescribeInstanceCreditSpecificationsResponse><instanceCreditSpecificationSet>{}\
                     </instanceCreditSpecificationSet></DescribeInstanceCreditSpecificationsResponse>",
                    ids.map(item).collect::<String>()
                ))
            }
            _ => None,
        }
    }
}

/// The fields of a query-protocol call; the values that matter here need no decoding.
fn form(body: &[u8]) -> HashMap<String, String> {
    let pairs = std::str::from_utf8(body).unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
