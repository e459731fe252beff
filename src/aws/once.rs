//! Calls that make one more thing each time: they are made again only when a look has shown that the last one made nothing.

use std::future::Future;
use std::time::Duration;

use super::error::{Error, Result};
use super::wait;

/// A call that makes something new each time. It has no other attempts by the SDK; see
/// [`LookFirst`](super::retry::LookFirst).
#[derive(Debug, Clone, Copy)]
pub struct Once<'a> {
    /// Completes "waiting for …": "EC2 to allocate the address".
    pub made: &'a str,
    /// The same: "EC2 to show the new address".
    pub shown: &'a str,
    /// For how long it is called again after no answer.
    pub asking: Duration,
    /// For how long it is looked, after each call without an answer, whether the thing is there.
    pub looking: Duration,
}

impl Once<'_> {
    /// What `make` makes, or what `look` finds of what a call without an answer has made. It also looks after an error that
    /// is `doubtful`.
    pub async fn make<T, Make, Look>(
        &self,
        doubtful: impl Fn(&Error) -> bool,
        mut make: impl FnMut() -> Make,
        look: impl Fn() -> Look,
    ) -> Result<T>
    where
        Make: Future<Output = Result<T>>,
        Look: Future<Output = Result<Option<T>>>,
    {
        let (doubtful, look) = (&doubtful, &look);
        let attempt = move || {
            let making = make();
            async move {
                match making.await {
                    Err(error) if error.may_have_worked() || doubtful(&error) => {
                        wait::poll_until(self.shown, self.looking, look).await.map_err(|_| error)
                    }
                    answer => answer,
                }
            }
        };
        wait::retry_while(self.made, self.asking, Error::may_have_worked, attempt).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::aws::ErrorKind;

    fn lost() -> Error {
        Error { kind: ErrorKind::Unreachable, ..Error::refused("no answer") }
    }

    /// What comes of a call with these answers, the last for ever, and how often it is made. After `works` calls it is there.
    async fn made(answers: &[Result<u8>], works: Option<usize>) -> (Result<u8, String>, usize) {
        let calls = Cell::new(0);
        let make = || {
            let answer = answers[calls.get().min(answers.len() - 1)].clone();
            calls.set(calls.get() + 1);
            std::future::ready(answer)
        };
        let look = || std::future::ready(Ok(works.filter(|works| calls.get() >= *works).map(|_| 7)));
        let (asking, looking) = (Duration::from_secs(30), Duration::from_secs(5));
        let once = Once { made: "it to be made", shown: "it to be seen", asking, looking };
        let clock = wait::clock::Clock::default();
        let result = clock.run(once.make(|error| error.kind == ErrorKind::Quota, make, look)).await;
        (result.map_err(|error| error.message), calls.get())
    }

    #[tokio::test]
    async fn it_is_looked_for_before_it_is_made_again() {
        assert_eq!(made(&[Ok(1)], None).await, (Ok(1), 1));
        assert_eq!(made(&[Err(lost())], Some(1)).await, (Ok(7), 1), "it was made, and the answer lost");
        assert_eq!(made(&[Err(lost()), Ok(2)], None).await, (Ok(2), 2), "it was not made");
        let (result, calls) = made(&[Err(lost())], None).await;
        assert!(result.is_err() && calls > 2, "{calls}");
    }

    #[tokio::test]
    async fn a_refusal_is_final_and_a_doubtful_one_is_looked_into() {
        assert_eq!(made(&[Err(Error::refused("no"))], Some(1)).await, (Err("no".to_owned()), 1));
        let full = Error { kind: ErrorKind::Quota, ..Error::refused("five are enough") };
        assert_eq!(made(&[Err(full.clone())], Some(1)).await, (Ok(7), 1));
        assert_eq!(made(&[Err(full)], None).await, (Err("five are enough".to_owned()), 1));
    }
}
