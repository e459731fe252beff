//! One call for what several ask at the same time, each for one thing: the state of ten machines that start is one answer
//! of EC2's.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::task;
use tokio::time::Instant;

use super::Result;
use super::turn::idle;

/// How long after a call the next one of the same type begins, where several ask. What is awaited takes seconds.
const APART: Duration = Duration::from_millis(250);

/// What is asked, by the type of the answer and a word.
#[derive(Debug, Default)]
pub struct Together(Mutex<HashMap<(TypeId, &'static str), Arc<Sort>>>);

#[derive(Debug, Default)]
struct Sort(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The call that is not made yet.
    next: Option<Arc<Batch>>,
    /// When the last one began, and who had asked.
    last: Option<(Instant, HashSet<Asker>)>,
}

/// A task; none outside of a runtime's tasks, as a plan is.
type Asker = Option<task::Id>;

struct Batch {
    keys: Mutex<BTreeSet<String>>,
    askers: Mutex<HashSet<Asker>>,
    answer: OnceCell<Result<Arc<dyn Any + Send + Sync>>>,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// When the next call may begin. A caller that asks alone never waits.
    fn due(&self, asker: Asker) -> Option<Instant> {
        let (began, askers) = self.last.as_ref()?;
        let is_alone = askers.len() == 1 && askers.contains(&asker);
        (!is_alone).then_some(*began + APART)
    }
}

impl Together {
    /// What AWS answers of `key`, from a call that begins after this one: `ask` gets all keys that wait for it. An error is
    /// everybody's.
    pub async fn get<V, F>(
        &self,
        sort: &'static str,
        key: &str,
        ask: impl FnOnce(Vec<String>) -> F + Send,
    ) -> Result<Option<V>>
    where
        V: Clone + Send + Sync + 'static,
        F: Future<Output = Result<BTreeMap<String, V>>> + Send,
    {
        let sort = locked(&self.0).entry((TypeId::of::<V>(), sort)).or_default().clone();
        let asker = task::try_id();
        let batch = {
            let mut state = locked(&sort.0);
            let empty =
                || Arc::new(Batch { keys: Mutex::default(), askers: Mutex::default(), answer: OnceCell::new() });
            let batch = state.next.get_or_insert_with(empty).clone();
            locked(&batch.keys).insert(key.to_owned());
            locked(&batch.askers).insert(asker);
            batch
        };
        // The first one asks; if that one is given up, another does.
        let answer = batch.answer.get_or_init(|| async {
            let due = locked(&sort.0).due(asker);
            if let Some(due) = due {
                tokio::time::sleep_until(due).await;
            }
            // What the same task asks side by side is here after that.
            task::yield_now().await;
            let keys = {
                let mut state = locked(&sort.0);
                let keys = locked(&batch.keys).clone();
                state.next.take_if(|next| Arc::ptr_eq(next, &batch));
                state.last = Some((Instant::now(), locked(&batch.askers).clone()));
                keys
            };
            let asked = Box::pin(ask(keys.into_iter().collect()));
            asked.await.map(|found| Arc::new(found) as Arc<dyn Any + Send + Sync>)
        });
        let found = idle(answer).await.clone()?;
        // The type is part of the key, so it always fits.
        Ok(found.downcast_ref::<BTreeMap<String, V>>().and_then(|found| found.get(key).cloned()))
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    /// Asks for each key at once; what was found, and how many keys each call had.
    async fn asked(together: &Together, keys: &[usize]) -> (Vec<Option<usize>>, Vec<usize>) {
        let calls = Mutex::new(Vec::new());
        let one = |key: &usize| {
            let (calls, key) = (&calls, key.to_string());
            async move {
                let ask = |keys: Vec<String>| {
                    locked(calls).push(keys.len());
                    let found = keys.into_iter().filter(|key| key != "3").map(|key| (key.clone(), key.len()));
                    let found = found.collect();
                    async move {
                        tokio::task::yield_now().await;
                        Ok(found)
                    }
                };
                together.get("numbers", &key, ask).await.unwrap()
            }
        };
        let found = join_all(keys.iter().map(one)).await;
        (found, calls.into_inner().unwrap())
    }

    #[tokio::test]
    async fn those_who_ask_at_once_are_answered_by_one_call() {
        let together = Together::default();
        let began = Instant::now();
        let (found, calls) = asked(&together, &[1, 2, 3, 40]).await;
        assert_eq!((found, calls.as_slice()), (vec![Some(1), Some(1), None, Some(2)], &[4][..]));
        let (_, calls) = asked(&together, &[1, 2]).await;
        assert_eq!(calls, [2], "the next one asks again");
        assert!(began.elapsed() < APART, "a caller that asks alone is not kept waiting");
    }

    #[tokio::test]
    async fn tasks_that_ask_one_after_the_other_wait_for_each_other() {
        let together = Arc::new(Together::default());
        let calls = Arc::new(Mutex::new(0));
        let began = Instant::now();
        let tasks = (0..6).map(|n| {
            let (together, calls) = (together.clone(), calls.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20 * n)).await;
                let ask = |keys: Vec<String>| async move {
                    *locked(&calls) += 1;
                    Ok(keys.into_iter().map(|key| (key, n)).collect::<BTreeMap<_, _>>())
                };
                together.get("numbers", "the same", ask).await.unwrap().unwrap()
            })
        });
        join_all(tasks.collect::<Vec<_>>()).await.into_iter().for_each(|answer| assert!(answer.is_ok()));
        // The first at once, and the others with the next.
        assert_eq!(*locked(&calls), 2);
        assert!(began.elapsed() >= APART);
    }

    #[tokio::test]
    async fn an_error_is_everybodys_and_no_answer_of_the_next() {
        let together = Together::default();
        let fail = |_: Vec<String>| async { Err::<BTreeMap<String, u8>, _>(crate::aws::Error::refused("no")) };
        let (one, other) = tokio::join!(together.get("bytes", "a", fail), together.get("bytes", "b", fail));
        assert!(one.is_err() && other.is_err());
        let works = |_: Vec<String>| async { Ok(BTreeMap::from([("a".to_owned(), 7u8)])) };
        assert_eq!(together.get("bytes", "a", works).await.unwrap(), Some(7));
    }
}
