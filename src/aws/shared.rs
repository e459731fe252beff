//! Answers that several questions of one look at the account have in common.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Result;

/// Each question by the type of its answer and its words, with the answer or the place where it will be.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>);

impl Answers {
    /// The answer to `question`, for which `ask` is awaited only the first time. A caller that asks while it is under
    /// way waits for the same answer. An error is an answer.
    pub async fn get<T>(&self, question: String, ask: impl Future<Output = Result<T>>) -> Result<T>
    where
        T: Clone + Send + Sync + 'static,
    {
        self.place::<T>(question).get_or_init(|| ask).await.clone()
    }

    fn place<T: Send + Sync + 'static>(&self, question: String) -> Arc<OnceCell<Result<T>>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place =
            places.entry((TypeId::of::<T>(), question)).or_insert_with(|| Arc::new(OnceCell::<Result<T>>::new()));
        // The type is part of the key, so it always fits.
        place.clone().downcast().unwrap_or_default()
    }
}

/// The answers that looks have in common which are made within the same moment.
#[derive(Debug)]
pub struct Moment {
    lasts: Duration,
    now: Mutex<(Instant, Arc<Answers>)>,
}

impl Moment {
    /// Moments that end after `lasts`.
    pub fn of(lasts: Duration) -> Self {
        Self { lasts, now: Mutex::new((Instant::now(), Arc::default())) }
    }

    /// Those of the moment that is now.
    pub fn answers(&self) -> Arc<Answers> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.0.elapsed() > self.lasts {
            *now = (Instant::now(), Arc::default());
        }
        now.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_question_is_asked_once_even_side_by_side() {
        let (answers, asked) = (Answers::default(), AtomicUsize::new(0));
        let ask = |question: &str| {
            answers.get(question.to_owned(), async {
                tokio::task::yield_now().await;
                Ok(asked.fetch_add(1, Ordering::SeqCst))
            })
        };
        let (first, second, other) = tokio::join!(ask("a"), ask("a"), ask("b"));
        let (first, second, other) = (first.unwrap(), second.unwrap(), other.unwrap());
        assert!(first == second && first != other);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_asked_in_one_moment_is_asked_again_in_the_next() {
        for (lasts, asks) in [(Duration::from_secs(3600), 1), (Duration::ZERO, 3)] {
            let (moment, asked) = (Moment::of(lasts), AtomicUsize::new(0));
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let ask = async { Ok(asked.fetch_add(1, Ordering::SeqCst)) };
                moment.answers().get("functions".to_owned(), ask).await.unwrap();
            }
            assert_eq!(asked.into_inner(), asks, "{lasts:?}");
        }
    }
}
