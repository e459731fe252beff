//! How many tasks of a run change something at once. A task that only waits, for AWS or for its service's pace, lets another
//! have its turn: most of a machine's start is waiting.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    static TURN: Arc<Turn>;
}

/// The turn of one task.
struct Turn {
    turns: Arc<Semaphore>,
    state: Mutex<State>,
    /// Held by the one call of the task that waits for its turn: a second one would wait for what the first got.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<OwnedSemaphorePermit>,
    /// How many changing calls of the task are under way: it may do several things side by side.
    calls: usize,
}

impl Turn {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a task that has a turn of `turns`.
pub async fn with_turn<F: Future>(turns: Arc<Semaphore>, held: OwnedSemaphorePermit, task: F) -> F::Output {
    let state = Mutex::new(State { held: Some(held), calls: 0 });
    TURN.scope(Arc::new(Turn { turns, state, asking: tokio::sync::Mutex::default() }), task).await
}

/// Waits for something that is not this task's change. Its turn is free meanwhile, unless it changes something beside
/// the wait.
pub async fn idle<F: Future>(wait: F) -> F::Output {
    // Outside of a run there are no turns.
    let _ = TURN.try_with(|turn| {
        let mut state = turn.state();
        if state.calls == 0 {
            state.held = None;
        }
    });
    wait.await
}

/// A changing call that is under way.
pub struct Changing(Option<Arc<Turn>>);

impl Drop for Changing {
    fn drop(&mut self) {
        if let Some(turn) = &self.0 {
            turn.state().calls -= 1;
        }
    }
}

/// Waits until this task has its turn, and keeps it until the answer is dropped and the task waits for something else.
pub async fn changing() -> Changing {
    let Ok(turn) = TURN.try_with(Arc::clone) else { return Changing(None) };
    loop {
        {
            let mut state = turn.state();
            if state.held.is_some() {
                state.calls += 1;
                break;
            }
        }
        let _asking = turn.asking.lock().await;
        if turn.state().held.is_some() {
            continue;
        }
        // It is never closed.
        let Ok(held) = turn.turns.clone().acquire_owned().await else { return Changing(None) };
        turn.state().held.get_or_insert(held);
    }
    Changing(Some(turn))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_that_wait_let_others_go_on_and_no_more_change_something_at_once() {
        let turns = Arc::new(Semaphore::new(2));
        let [waiting, most_waiting, changing_now, most_changing] = [(); 4].map(|()| AtomicUsize::new(0));
        let count = |now: &AtomicUsize, most: &AtomicUsize| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        };
        let change = async || {
            let _changing = changing().await;
            count(&changing_now, &most_changing);
            tokio::time::sleep(Duration::from_millis(2)).await;
            changing_now.fetch_sub(1, Ordering::SeqCst);
        };
        let task = async |_: usize| {
            let held = turns.clone().acquire_owned().await.unwrap();
            let work = async {
                change().await;
                idle(async {
                    count(&waiting, &most_waiting);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    waiting.fetch_sub(1, Ordering::SeqCst);
                })
                .await;
                // Beside a wait the turn is taken again, and kept for as long as the call takes.
                tokio::join!(change(), idle(tokio::time::sleep(Duration::from_millis(1))));
            };
            with_turn(turns.clone(), held, work).await;
        };
        join_all((0..8).map(task)).await;
        assert_eq!(most_changing.into_inner(), 2);
        assert!(most_waiting.into_inner() > 2);
        assert_eq!(turns.available_permits(), 2);
    }
}
