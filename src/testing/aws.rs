//! AWS for one test: every call of a kind's clients is answered by a function of the test. What AWS's models would refuse
//! fails the test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;

use crate::aws::Context;
use crate::aws::bounds::around;
use crate::aws::context::Clients;

use super::http::{self, Request};
use super::model;

/// A call.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `sns:Subscribe`; for services that speak REST `lambda:GET /2015-03-31/functions`.
    pub name: String,
    /// The body, without its percent signs.
    pub body: String,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// What a call gets.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    code: Option<&'static str>,
    body: String,
    headers: &'static [(&'static str, &'static str)],
    arrives: Arrives,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrives {
    Whole,
    /// The connection breaks first.
    Not,
    /// Nothing ever comes, as for a program that is killed.
    Never,
}

impl Answer {
    /// The same, which is lost on the way: the connection breaks.
    pub fn lost(self) -> Self {
        Self { arrives: Arrives::Not, ..self }
    }

    /// The same, which never comes.
    pub fn never(self) -> Self {
        Self { arrives: Arrives::Never, ..self }
    }

    /// The same with these headers.
    pub fn with(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }
}

/// Status 200.
pub fn yes(body: impl Into<String>) -> Answer {
    Answer { status: 200, code: None, body: body.into(), headers: &[], arrives: Arrives::Whole }
}

/// An error of AWS.
pub fn no(status: u16, code: &'static str, message: &str) -> Answer {
    Answer { status, code: Some(code), body: message.to_owned(), headers: &[], arrives: Arrives::Whole }
}

type Rule = dyn FnMut(&Asked) -> Answer + Send;

/// The account.
#[derive(Clone)]
pub struct Aws {
    rule: Arc<Mutex<Rule>>,
    calls: Arc<Mutex<Vec<Asked>>>,
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").finish_non_exhaustive()
    }
}

/// A context whose clients have nothing to ask: a call fails the test.
pub fn context() -> Context {
    Aws::with(|asked| panic!("nothing was to be asked: {}", asked.name)).context()
}

impl Aws {
    /// One in which `rule` answers each call.
    pub fn with(rule: impl FnMut(&Asked) -> Answer + Send + 'static) -> Self {
        Self { rule: Arc::new(Mutex::new(rule)), calls: Arc::default() }
    }

    /// A context whose clients ask it, without retries.
    pub fn context(&self) -> Context {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(around(SharedHttpClient::new(self.clone())))
            .build();
        let endpoint = |service: &str| Some(format!("http://{}", service.trim_end_matches("v2")));
        Context::new(Clients::new(&config, true, endpoint), super::place(), std::path::PathBuf::from("."))
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Asked> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names of the calls so far.
    pub fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.name).collect()
    }

    fn answer(&self, request: &HttpRequest) -> (Arrives, HttpResponse) {
        let (_, path) = request.uri().trim_start_matches("http://").split_once('/').unwrap_or_default();
        let request = on_the_wire(path, request);
        // Fails the test, which is in the middle of the call.
        if let Err(refused) = model::judge(&request) {
            panic!("{refused}");
        }
        let asked = Asked::of(&request);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
        let answer = (self.rule.lock().unwrap_or_else(PoisonError::into_inner))(&asked);
        let status = answer.status.try_into().expect("a status");
        let mut response = match answer.code {
            None => HttpResponse::new(status, SdkBody::from(answer.body)),
            Some(code) => {
                let error = http::error(&request, code, &answer.body, None);
                let mut response = HttpResponse::new(status, SdkBody::from(error));
                response.headers_mut().insert("x-amzn-errortype", code);
                response
            }
        };
        for (name, value) in answer.headers {
            response.headers_mut().insert(*name, *value);
        }
        (answer.arrives, response)
    }
}

/// The request as it goes over the wire.
fn on_the_wire(path: &str, request: &HttpRequest) -> Request {
    let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = request.body().bytes().unwrap_or_default().to_vec();
    Request { method: request.method().to_owned(), path: format!("/{path}"), headers, body }
}

impl Asked {
    fn of(request: &Request) -> Self {
        let body = String::from_utf8_lossy(&request.body).replace('+', " ");
        let body = percent_decode_str(&body).decode_utf8_lossy().into_owned();
        let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        Self { name: request.name(), body, headers }
    }
}

impl HttpClient for Aws {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.answer(&request) {
            (Arrives::Whole, response) => HttpConnectorFuture::ready(Ok(response)),
            (Arrives::Not, _) => HttpConnectorFuture::ready(Err(ConnectorError::io("the connection broke".into()))),
            (Arrives::Never, _) => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}
