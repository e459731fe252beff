//! An HTTP client that makes every call take longer, counts the calls, and finds out which of them waited for others.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// What a call to a near region takes on the way.
pub const DELAY: Duration = Duration::from_millis(50);

/// One call that was answered or is under way.
#[derive(Debug, Clone)]
pub struct Call {
    /// For people: the action, or the method and the path.
    pub name: String,
    /// 1 for a call that waited for no other; else one more than the highest among those answered before it started.
    pub round: usize,
    /// From the wire's beginning.
    pub start: Duration,
    /// From the wire's beginning; `None`: it is under way.
    pub end: Option<Duration>,
}

/// The wire of one command.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    began: Instant,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Wire {
    pub fn new() -> Self {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        Self { inner, began: Instant::now(), calls: Arc::default() }
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// The calls so far, and a new beginning.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().expect("no panic while it was locked")
    }

    /// Notes that a call starts; the answer is its number.
    fn start(&self, name: String) -> usize {
        let mut calls = self.lock();
        let answered = calls.iter().filter(|call| call.end.is_some()).map(|call| call.round).max();
        let round = 1 + answered.unwrap_or(0);
        calls.push(Call { name, round, start: self.began.elapsed(), end: None });
        calls.len() - 1
    }

    fn end(&self, number: usize) {
        if let Some(call) = self.lock().get_mut(number) {
            call.end = Some(self.began.elapsed());
        }
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
        let number = self.wire.start(name(&request));
        let (inner, wire) = (self.inner.clone(), self.wire.clone());
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(DELAY).await;
            let answer = inner.call(request).await;
            wire.end(number);
            answer
        })
    }
}

/// The action of a query or JSON call; for REST the method and the path.
fn name(request: &HttpRequest) -> String {
    let body = request.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    match action.or(target) {
        Some(action) => action.to_owned(),
        None => {
            let after_host = request.uri().split_once("://").and_then(|(_, rest)| rest.split_once('/'));
            format!("{} /{}", request.method(), after_host.map_or("", |(_, path)| path))
        }
    }
}
