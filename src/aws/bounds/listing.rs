//! Lists in pages: all pages of one list are one question.

use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use tokio::time::Instant;

use crate::aws::watch::{Watch, say_after};

use super::limits::seconds;

tokio::task_local! {
    static LISTING: Arc<Listing>;
}

/// What the pages of one list have taken so far. A service that has another page for ever comes to an end by this.
#[derive(Debug, Default)]
pub struct Listing {
    spent: Mutex<Duration>,
    /// How long the page that is being asked for was kept back.
    kept_back: Mutex<Duration>,
    pages: AtomicU64,
    bytes: AtomicU64,
    watch: OnceLock<Watch>,
}

impl Listing {
    /// A list of which nothing was asked yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The listing of the page that is being asked for, if it is one of several.
    pub(super) fn current() -> Option<Arc<Self>> {
        LISTING.try_with(Arc::clone).ok()
    }

    /// Asks for one page of it. What is done between the pages does not count.
    pub async fn page<F: Future>(self: &Arc<Self>, ask: F) -> F::Output {
        let began = Instant::now();
        let page = LISTING.scope(self.clone(), ask).await;
        let kept_back = mem::take(&mut *self.kept_back.lock().unwrap_or_else(PoisonError::into_inner));
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += began.elapsed().saturating_sub(kept_back);
        page
    }

    /// Notes that the page that is being asked for was kept back for so long, which is not AWS's time.
    pub(super) fn keep_back(&self, pause: Duration) {
        *self.kept_back.lock().unwrap_or_else(PoisonError::into_inner) += pause;
    }

    /// How long its pages have taken.
    pub(super) fn spent(&self) -> Duration {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pages have come.
    pub(super) fn pages(&self) -> u64 {
        self.pages.load(Ordering::Relaxed)
    }

    /// A page has come. The answer is how many bytes all have together.
    pub(super) fn came(&self, bytes: u64) -> u64 {
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    /// Has a word said if all of it takes longer than `word`.
    pub(super) fn watch(&self, name: &str, word: Duration) {
        self.watch.get_or_init(|| say_after(word, format!("the last page of {name}, for {} s", seconds(word))));
    }
}

/// A paginator whose pages are one question, and so come to an end.
pub trait Bounded<Page> {
    /// All its pages in the time and size of one question.
    fn bounded(self) -> Pages<Page>;
}

impl<Page> Bounded<Page> for PaginationStream<Page> {
    fn bounded(self) -> Pages<Page> {
        Pages { stream: self, listing: Listing::new() }
    }
}

/// The pages of a list.
#[derive(Debug)]
pub struct Pages<Page> {
    stream: PaginationStream<Page>,
    listing: Arc<Listing>,
}

impl<Page> Pages<Page> {
    /// The next page.
    pub async fn next(&mut self) -> Option<Page> {
        self.listing.page(self.stream.next()).await
    }
}
