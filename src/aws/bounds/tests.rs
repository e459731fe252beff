//! The limits against answers that don't end, or don't come.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};

use super::around;
use crate::aws::context::Clients;
use crate::aws::wait::{ProgressSink, with_progress};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, logs};
use crate::testing::aws::{Aws, yes};

/// What answers in AWS's place.
#[derive(Debug, Clone, Copy)]
enum Evil {
    /// Nothing.
    Silent,
    /// An answer of which a byte comes every few milliseconds, for ever.
    Drip,
    /// One that goes on for ever as fast as it is taken.
    Endless,
    /// One that says that it is very large.
    Giant,
    /// One that breaks off.
    Truncated,
    /// "Yes" to a question of which it has taken so many pieces, pausing after each; after that it takes no more.
    Takes(usize),
}

#[derive(Debug, Clone)]
struct Answers {
    evil: Evil,
    attempts: Arc<AtomicU64>,
}

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let evil = self.evil;
        self.attempts.fetch_add(1, Ordering::Relaxed);
        HttpConnectorFuture::new(async move {
            let answer = match evil {
                Evil::Silent => pending().await,
                Evil::Drip | Evil::Endless | Evil::Truncated => {
                    SdkBody::from_body_1_x(Stream { evil, sent: 0, nap: None })
                }
                Evil::Giant => SdkBody::from_body_1_x(Stream { evil: Evil::Endless, sent: 0, nap: None }),
                Evil::Takes(most) => {
                    taken(request, most).await;
                    SdkBody::empty()
                }
            };
            let mut response = HttpResponse::new(200.try_into().expect("a status"), answer);
            if matches!(evil, Evil::Giant) {
                response.headers_mut().insert("content-length", "3000000000");
            }
            Ok(response)
        })
    }
}

/// Takes a question piece by piece, with a pause after each.
async fn taken(mut request: HttpRequest, most: usize) {
    let mut body = std::mem::replace(request.body_mut(), SdkBody::taken());
    let mut count = 0;
    while poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.is_some() {
        count += 1;
        if count > most {
            pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

struct Stream {
    evil: Evil,
    sent: usize,
    nap: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = |text: &'static [u8]| Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text)))));
        self.sent += 1;
        match self.evil {
            Evil::Endless => piece(&[b' '; 65_536]),
            Evil::Truncated if self.sent > 1 => Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into()))),
            Evil::Drip => {
                let nap = self.nap.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(5))));
                std::task::ready!(nap.as_mut().poll(cx));
                self.nap = None;
                piece(b"<")
            }
            _ => piece(b"<"),
        }
    }
}

/// A context in which questions may take `read`, and how many attempts were made.
fn context(evil: Evil, read: Duration) -> (Context, Arc<AtomicU64>) {
    let attempts = Arc::<AtomicU64>::default();
    let answers = SharedHttpConnector::new(Answers { evil, attempts: attempts.clone() });
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "secret",
            None,
            None,
            "test",
        )))
        .retry_config(RetryConfig::standard().with_max_attempts(8).with_initial_backoff(Duration::from_millis(1)))
        .http_client(around(http_client_fn(move |_, _| answers.clone())))
        .build();
    let clients = Clients::new(&config, true, |_| Some("http://127.0.0.1:9".to_owned())).reading_within(read);
    (Context::new(clients, crate::testing::place(), "."), attempts)
}

async fn topics(cx: &Context) -> Error {
    cx.clients.sns.list_topics().send().await.call("sns:ListTopics").expect_err("no good answer")
}

const READ: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_service_that_is_silent_is_given_up_after_some_attempts_and_then_sooner() {
    let (cx, attempts) = context(Evil::Silent, READ);
    let error = topics(&cx).await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Unreachable, "no answer within 0.6 s"));
    let made = attempts.load(Ordering::Relaxed);
    assert!((2..8).contains(&made), "{made} attempts");
    // A caller that asks it again has less time; for other services it has as much.
    assert_eq!(topics(&cx).await.message, "no answer within 0.1 s");
    let other = cx.clients.iam.get_role().role_name("lesson").send().await.call("iam:GetRole").unwrap_err();
    assert_eq!(other.message, "no answer within 0.6 s");
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_given_up() {
    let error = topics(&context(Evil::Drip, READ).0).await;
    assert!(error.message.starts_with("the answer was not complete within 0.6 s: "), "{error}");
    assert!(error.advice().is_some());
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_once_whether_it_says_so_or_not() {
    for evil in [Evil::Endless, Evil::Giant] {
        let (cx, attempts) = context(evil, Duration::from_secs(60));
        let error = topics(&cx).await;
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Unreachable, "the answer is larger than 32 MiB"));
        assert_eq!(attempts.load(Ordering::Relaxed), 1, "{evil:?}");
        // An object may have more, but not any number of bytes.
        let call = cx.clients.s3.get_object().bucket("lesson").key("notes.txt").send().await;
        assert_eq!(call.call("s3:GetObject").unwrap_err().message, "the answer is larger than 64 MiB");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let (cx, attempts) = context(Evil::Truncated, Duration::from_secs(60));
    assert_eq!(topics(&cx).await.kind, ErrorKind::Unreachable);
    assert_eq!(attempts.load(Ordering::Relaxed), 8);
}

#[tokio::test]
async fn a_list_with_another_page_for_ever_comes_to_an_end() {
    let mut number = 0;
    let aws = Aws::with(move |_| {
        number += 1;
        yes(format!(
            "<ListTopicsResponse><ListTopicsResult><NextToken>{number}</NextToken></ListTopicsResult></ListTopicsResponse>"
        ))
    });
    let clients = aws.context().clients.reading_within(READ);
    let mut pages = clients.sns.list_topics().into_paginator().send().bounded();
    let error = loop {
        match pages.next().await.expect("another page").call("sns:ListTopics") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.message.starts_with("the list was not complete within 0.6 s: "), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("CLOUD101_READ_LIMIT")));
    assert!(pages.next().await.is_none_or(|page| page.is_err()));
}

#[tokio::test]
async fn the_pages_of_a_list_are_not_larger_than_a_list_may_be_together() {
    let page = format!(
        "<ListTopicsResponse><!--{}--><ListTopicsResult><NextToken>more</NextToken></ListTopicsResult></ListTopicsResponse>",
        "x".repeat(1024 * 1024)
    );
    let aws = Aws::with(move |_| yes(page.clone()));
    let clients = aws.context().clients.reading_within(Duration::from_secs(2));
    let mut pages = clients.sns.list_topics().into_paginator().stop_on_duplicate_token(false).send().bounded();
    let mut count = 0;
    let error = loop {
        match pages.next().await.expect("another page").call("sns:ListTopics") {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(
        error.message.starts_with("the list is larger than 8 MiB") || error.message.contains("was not complete"),
        "{error}"
    );
    assert!(count < 8, "{count}");
}

/// How an object of 8 MiB is put where the other side takes so many pieces.
async fn put(pieces: usize) -> Result<(), Error> {
    let (cx, _) = context(Evil::Takes(pieces), Duration::from_millis(300));
    let body = ByteStream::from(vec![b'x'; 8 * 1024 * 1024]);
    let call = cx.clients.s3.put_object().bucket("lesson").key("film.mp4").body(body);
    call.send().await.call("s3:PutObject").map(drop)
}

#[tokio::test]
async fn an_upload_takes_as_long_as_it_needs_while_it_moves_and_no_longer() {
    // 128 pieces with a pause after each take longer than the 0.75 s that a call may take that does not move.
    put(usize::MAX).await.unwrap();
    let error = put(3).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.message.starts_with("no answer"), "{error}");
}

#[tokio::test]
async fn a_word_is_said_of_a_question_and_of_a_list_that_take_long() {
    let (sender, mut words) = tokio::sync::mpsc::unbounded_channel();
    let listener: ProgressSink = Arc::new(move |what| drop(sender.send(what.map(str::to_owned))));
    let (cx, _) = context(Evil::Silent, READ);
    with_progress(listener.clone(), topics(&cx)).await;
    assert_eq!(words.recv().await.flatten().as_deref(), Some("an answer of sns:ListTopics, for 0.1 s"));
    assert_eq!(words.recv().await, Some(None));
    assert!(with_progress(listener, logs::groups(&cx, "/")).await.is_err());
    assert_eq!(words.recv().await.flatten().as_deref(), Some("the last page of logs:DescribeLogGroups, for 0.1 s"));
}

/// One list that is not bounded would be one that may never end.
#[test]
fn every_list_in_pages_is_bounded() {
    fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }
    let mut seen = 0;
    for path in sources(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let text = std::fs::read_to_string(&path).expect("a source");
        let text: String = text.split_whitespace().collect();
        let lists: Vec<_> = text.match_indices(".into_paginator()").collect();
        seen += lists.len();
        for (at, _) in lists.into_iter().filter(|_| !path.ends_with("aws/bounds/tests.rs")) {
            assert!(text[at..].starts_with(".into_paginator().send().bounded()"), "{}", path.display());
        }
    }
    assert!(seen > 30, "{seen}");
}

/// The pages of a list that waits for its service's pace are not given up because of that.
#[tokio::test]
async fn what_a_page_was_kept_back_is_no_time_of_the_list() {
    const LONG: Duration = Duration::from_millis(200);
    let listing = super::Listing::new();
    let page = || async {
        let began = tokio::time::Instant::now();
        tokio::time::sleep(LONG).await;
        // However late a busy machine wakes it.
        super::Listing::current().expect("a page").keep_back(began.elapsed());
    };
    listing.page(page()).await;
    listing.page(page()).await;
    assert!(listing.spent() < LONG, "{:?}", listing.spent());
    listing.page(tokio::time::sleep(LONG)).await;
    assert!(listing.spent() >= LONG, "{:?}", listing.spent());
}
