//! An HTTP client that keeps each call's limits.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use tokio::time::{Instant, sleep_until, timeout};

use crate::aws::pace::{Paces, is_refusal};
use crate::aws::turn::{changing, idle};

use super::flow::{Flow, follow};
use super::limits::{self, Limits};
use super::question::{GivenUp, Question};
use super::transport::usual_connector;

/// `client`, with limits for each call that passes, and each service's pace.
pub fn around(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Careful(client, Arc::default()))
}

/// The bytes at `location`, an address for one use that is not a call of the SDK; `None`: they can't be had. In `limit`
/// it has to begin, and to go on fast enough. The location itself is a credential, and is in no error.
pub async fn fetch(name: &str, location: &str, limit: Duration) -> Result<Option<Vec<u8>>, GivenUp> {
    let mut request = HttpRequest::new(SdkBody::empty());
    let connector = usual_connector();
    if request.set_uri(location).is_err() {
        return Ok(None);
    }
    let limits = Limits { answer: limits::CODE, ..Limits::of("GetObject", limit) };
    let question = Question::new(name.to_owned(), limits, Arc::default());
    match carried(&question, &connector, request).await {
        Ok(answer) if answer.status().is_success() => Ok(answer.body().bytes().map(<[u8]>::to_vec)),
        Ok(_) => Ok(None),
        Err(error) => match error.into_source().downcast::<GivenUp>() {
            Ok(given_up) => Err(*given_up),
            Err(_) => Ok(None),
        },
    }
}

/// No attempt is kept back for longer: it is signed already. AWS takes a signature for five minutes, and credentials are
/// renewed in time ([`KEPT_AT_MOST`]).
const KEPT_BACK: Duration = Duration::from_secs(120);
/// How long an attempt waits for its task's turn: those that have theirs may take long, with uploads.
const TURN: Duration = Duration::from_secs(10);
/// How long after its signature an attempt goes out at most. Credentials must be good for that long.
pub const KEPT_AT_MOST: Duration = KEPT_BACK.saturating_add(TURN);

#[derive(Debug)]
struct Careful<T>(T, Arc<Paces>);

impl HttpClient for Careful<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Careful(self.0.http_connector(settings, components), self.1.clone()))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.0, components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.0, components, cfg)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for Careful<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, paces) = (self.0.clone(), self.1.clone());
        let question = request.extension::<Arc<Question>>().cloned();
        HttpConnectorFuture::new(async move {
            // A question of the SDK itself, on the way to credentials.
            let own = || {
                let limits = Limits::of("GetCredentials", limits::read_limit());
                Arc::new(Question::new("credentials".to_owned(), limits, Arc::default()))
            };
            let question = question.unwrap_or_else(own);
            in_turn(&question, &paces, &connector, request).await
        })
    }
}

/// One attempt, when its service's pace lets it go and its task has its turn.
async fn in_turn(
    question: &Question,
    paces: &Paces,
    connector: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let kept_back = Instant::now();
    // By the scope of the signature: `Credential=AKID/20260101/us-east-1/iam/aws4_request`.
    let region = request.headers().get("authorization").and_then(|value| value.split('/').nth(2));
    let region = region.unwrap_or_default().to_owned();
    let only_asks = question.only_asks();
    let pause = paces.wait(&region, &question.name, only_asks).min(KEPT_BACK);
    if !pause.is_zero() {
        question.paced();
        idle(tokio::time::sleep(pause)).await;
        question.goes_on();
    }
    let _turn = if only_asks { None } else { timeout(TURN, changing()).await.ok() };
    question.keep_back(kept_back.elapsed());
    let answer = carried(question, connector, request).await;
    if let Ok(answer) = &answer {
        let kind = answer.headers().get("x-amzn-errortype");
        let is_refused = is_refusal(answer.status().as_u16(), kind, answer.body().bytes().unwrap_or_default());
        paces.answered(&region, &question.name, only_asks, is_refused);
    }
    answer
}

/// One attempt: the whole answer, in memory.
async fn carried(
    question: &Question,
    connector: &SharedHttpConnector,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let flow = Arc::new(Flow::new());
    // The answer to a HEAD announces what does not come.
    let has_body = request.method() != "HEAD";
    follow(&mut request, &flow);
    // Of a list that is to end here the next page may come at once.
    if let Some((why, true)) = question.verdict(&flow) {
        return Err(ConnectorError::other(Box::new(why), None));
    }
    let mut answer = pin!(async {
        let answer = connector.call(request).await?;
        flow.came(0);
        if has_body { collected(question, &flow, answer).await } else { Ok(answer) }
    });
    let ended = loop {
        tokio::select! {
            // What has come in time is taken, however late it is looked at.
            biased;
            ended = &mut answer => break ended,
            () = sleep_until(question.next_check(&flow)) => match question.verdict(&flow) {
                Some((why, true)) => break Err(ConnectorError::other(Box::new(why), None)),
                Some((why, false)) => break Err(ConnectorError::timeout(Box::new(why))),
                None => {}
            },
        }
    };
    question.note(&flow, ended.is_ok() || flow.received() > 0);
    ended
}

async fn collected(question: &Question, flow: &Flow, mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let given_up = |why: GivenUp| ConnectorError::other(Box::new(why), None);
    let most = question.most();
    let announced = answer.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(given_up(GivenUp::too_large(most)));
    }
    let mut body = ByteStream::new(std::mem::replace(answer.body_mut(), SdkBody::taken()));
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| ConnectorError::io(error.into()))?;
        flow.came(piece.len());
        if (bytes.len() + piece.len()) as u64 > most {
            return Err(given_up(GivenUp::too_large(most)));
        }
        bytes.extend_from_slice(&piece);
    }
    question.came(bytes.len() as u64).map_err(given_up)?;
    *answer.body_mut() = SdkBody::from(bytes);
    Ok(answer)
}
