//! What AWS does when a security group is to be deleted that something uses, and Moto does not: it refuses. And what a
//! function in a VPC leaves for a while: Lambda's network interfaces. Besides, it counts calls.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

const REFUSED: &str = "<Response><Errors><Error><Code>DependencyViolation</Code><Message>resource has a dependent \
                       object</Message></Error></Errors><RequestID>0f6d</RequestID></Response>";

/// For how long security groups are in use.
#[derive(Debug, Clone, Copy)]
pub enum InUse {
    /// Not at all.
    Never,
    /// For as long as the test goes on.
    Always,
    /// By Lambda, and for so long after the first question.
    ByLambda(Duration),
}

/// The wire of one run.
#[derive(Debug, Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    in_use: InUse,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    first_refusal: Option<Instant>,
    calls: Vec<String>,
}

impl Wire {
    pub fn new(in_use: InUse) -> Self {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        Self { inner, in_use, state: Arc::default() }
    }

    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// How many calls there were that contain `text`: the action of a query, or method and path.
    pub fn calls(&self, text: &str) -> usize {
        let state = self.state.lock().expect("no panic while it was locked");
        state.calls.iter().filter(|call| call.contains(text)).count()
    }

    /// The answer that AWS would give and Moto does not.
    fn answer(&self, action: &str) -> Option<(u16, String)> {
        let mut state = self.state.lock().expect("no panic while it was locked");
        let since = *state.first_refusal.get_or_insert_with(Instant::now);
        let is_used = match self.in_use {
            InUse::Never => false,
            InUse::Always => true,
            InUse::ByLambda(limit) => since.elapsed() < limit,
        };
        match (action, self.in_use) {
            ("DeleteSecurityGroup", _) if is_used => Some((400, REFUSED.to_owned())),
            ("DescribeNetworkInterfaces", InUse::ByLambda(_)) if is_used => Some((200, interfaces())),
            _ => None,
        }
    }
}

/// DescribeNetworkInterfaces as AWS answers it for a group of a function that was just deleted.
fn interfaces() -> String {
    let item = "<networkInterfaceId>eni-0abc</networkInterfaceId><status>in-use</status><interfaceType>lambda</interfaceType>\
                <description>AWS Lambda VPC ENI-class-0a1b</description><requesterManaged>true</requesterManaged>\
                <attachment><attachmentId>ela-attach-0abc</attachmentId><status>attached</status></attachment>";
    format!(
        "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>{item}</item></networkInterfaceSet>\
         </DescribeNetworkInterfacesResponse>"
    )
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
        let name = action(&request).unwrap_or_else(|| format!("{} {}", request.method(), request.uri()));
        self.wire.state.lock().expect("no panic while it was locked").calls.push(name.clone());
        match ["DeleteSecurityGroup", "DescribeNetworkInterfaces"].contains(&name.as_str()) {
            true => match self.wire.answer(&name) {
                Some((status, body)) => {
                    let status = status.try_into().expect("a status");
                    HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
                }
                None => self.inner.call(request),
            },
            false => self.inner.call(request),
        }
    }
}

/// The action of a query-protocol call.
fn action(request: &HttpRequest) -> Option<String> {
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == "Action").map(|(_, value)| value.to_owned())
}
