//! The same request for many resources, made concurrently.

use std::future::Future;

use futures::StreamExt;
use futures::stream;

/// How many calls of one kind are under way at once; enough to hide the latency, few enough not to be throttled.
const AT_ONCE: usize = 24;

/// Up to so many of a kind are asked for one by one. More are read by pages where AWS has pages, and of those that a list
/// does not show nothing is asked: a page costs a call and a round, which from four on are fewer than those that it saves,
/// since what is asked of one, such as a role, takes two to four calls.
pub const FEW: usize = 3;

/// The answers to `ask` for each item, in the items' order. Not before its turn comes is anything made for an item.
pub async fn concurrently<I, T, F, Fut>(items: I, mut ask: F) -> Vec<T>
where
    I: IntoIterator<IntoIter: Send>,
    F: FnMut(I::Item) -> Fut + Send,
    Fut: Future<Output = T>,
{
    let mut items = items.into_iter();
    // Without its type: a closure that takes a reference would not be taken for one that takes any, as `Send` wants it.
    let next: Box<dyn FnMut() -> Option<Fut> + Send + '_> = Box::new(move || items.next().map(&mut ask));
    stream::iter(std::iter::from_fn(next)).buffered(AT_ONCE).collect().await
}

/// The same, where the first error is the result.
pub async fn try_side_by_side<I, T, E, F, Fut>(items: I, ask: F) -> Result<Vec<T>, E>
where
    I: IntoIterator<IntoIter: Send>,
    F: FnMut(I::Item) -> Fut + Send,
    Fut: Future<Output = Result<T, E>>,
{
    concurrently(items, ask).await.into_iter().collect()
}
