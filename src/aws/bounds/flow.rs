//! What moves during one attempt of a call.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::limits::SLOWEST;

/// A body is handed on in pieces of this size, in bytes, to see that it moves.
const PIECE: usize = 64 * 1024;

/// How many bytes have moved, and when the last did.
#[derive(Debug)]
pub(super) struct Flow {
    began: Instant,
    moved: AtomicU64,
    received: AtomicU64,
    last: AtomicU64,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), moved: AtomicU64::new(0), received: AtomicU64::new(0), last: AtomicU64::new(0) }
    }

    /// Bytes of the question have left.
    fn sent(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// Bytes of the answer have come.
    pub(super) fn came(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        self.sent(bytes);
    }

    /// How many bytes of the answer have come.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// When something moved last.
    pub(super) fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// The time in which a transfer moved, as far as it moved fast enough.
    pub(super) fn credit(&self) -> Duration {
        let enough = Duration::from_millis(self.moved.load(Ordering::Relaxed).saturating_mul(1000) / SLOWEST);
        enough.min(self.last() - self.began)
    }
}

/// Reports the sent bytes of a body to `flow`.
pub(super) fn follow(request: &mut HttpRequest, flow: &Arc<Flow>) {
    // What fits into one packet or two leaves at once.
    if request.body().content_length().is_some_and(|length| length <= PIECE as u64) {
        return;
    }
    let body = std::mem::replace(request.body_mut(), SdkBody::taken());
    *request.body_mut() = SdkBody::from_body_1_x(Followed { body, rest: Bytes::new(), flow: flow.clone() });
}

struct Followed {
    body: SdkBody,
    rest: Bytes,
    flow: Arc<Flow>,
}

impl Body for Followed {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        while self.rest.is_empty() {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)).transpose()? else {
                return Poll::Ready(None);
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let size = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(size);
        self.flow.sent(size);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        let (of_body, rest) = (Body::size_hint(&self.body), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
