//! An HTTP client that spoils one changing call of a run, and counts them.
//!
//! It also supplies what Moto lacks and the recovery relies on: RunInstances with a known ClientToken answers as it did
//! the first time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio_util::sync::CancellationToken;

/// What happens to the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// AWS carries it out, and the process ends before the answer. To be killed before a call is, for AWS, the same
    /// as to be killed after the one before it.
    Killed,
    /// AWS carries it out, the answer is lost, and the SDK tries again.
    AnswerLost,
    /// AWS says that there are too many requests; the SDK tries again.
    Throttled,
}

/// The answers to RunInstances by ClientToken: AWS keeps them, whichever process asks.
pub type Tokens = Arc<Mutex<HashMap<String, String>>>;

/// The wire of one run.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    spoil: Option<(usize, Spoil)>,
    changing_calls: Arc<AtomicUsize>,
    tokens: Tokens,
    killed: CancellationToken,
}

impl Wire {
    /// Spoils the changing call number `spoil.0`, from 0; `None` spoils nothing.
    pub fn new(spoil: Option<(usize, Spoil)>, tokens: Tokens) -> Self {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        Self { inner, spoil, changing_calls: Arc::default(), tokens, killed: CancellationToken::new() }
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// How many changing calls there were.
    pub fn changing_calls(&self) -> usize {
        self.changing_calls.load(Ordering::SeqCst)
    }

    /// Ends when the process is to end.
    pub async fn killed(&self) {
        self.killed.cancelled().await;
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, wire: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let spoil = if is_changing(&request) {
            let number = self.wire.changing_calls.fetch_add(1, Ordering::SeqCst);
            self.wire.spoil.filter(|(chosen, _)| *chosen == number).map(|(_, spoil)| spoil)
        } else {
            None
        };
        let wire = self.wire.clone();
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match spoil {
                None => carry_out(&wire, &inner, request).await,
                Some(Spoil::Killed) => {
                    carry_out(&wire, &inner, request).await?;
                    end(&wire).await
                }
                Some(Spoil::AnswerLost) => {
                    carry_out(&wire, &inner, request).await?;
                    Err(ConnectorError::io("the connection was closed before the answer".into()))
                }
                Some(Spoil::Throttled) => Ok(response(503, "<Error><Code>SlowDown</Code></Error>")),
            }
        })
    }
}

async fn end(wire: &Wire) -> Result<HttpResponse, ConnectorError> {
    wire.killed.cancel();
    std::future::pending().await
}

async fn carry_out(
    wire: &Wire,
    inner: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let token = field(&request, "ClientToken").filter(|_| field(&request, "Action").as_deref() == Some("RunInstances"));
    let Some(token) = token else { return inner.call(request).await };
    let known = wire.tokens.lock().expect("no panic while it was locked").get(&token).cloned();
    if let Some(answer) = known {
        return Ok(response(200, &answer));
    }
    let answer = inner.call(request).await?;
    let status = answer.status().as_u16();
    let body = aws_smithy_types::byte_stream::ByteStream::new(answer.into_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?.to_vec();
    let text = String::from_utf8_lossy(&body).into_owned();
    if status == 200 {
        wire.tokens.lock().expect("no panic while it was locked").insert(token, text.clone());
    }
    Ok(response(status, &text))
}

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body))
}

/// A field of a query-protocol call.
fn field(request: &HttpRequest, name: &str) -> Option<String> {
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
}

/// Whether a call changes anything.
fn is_changing(request: &HttpRequest) -> bool {
    const READS: [&str; 3] = ["Get", "List", "Describe"];
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    match field(request, "Action").or(target.map(str::to_owned)) {
        Some(action) => !READS.iter().any(|read| action.starts_with(read)),
        None => !["GET", "HEAD"].contains(&request.method()),
    }
}
