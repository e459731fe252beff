//! Tags that are put on a resource and taken away, whichever service keeps them.

use std::future::Future;

use aws_smithy_types::error::operation::BuildError;

use crate::model::Tags;

use super::error::{Error, Result};

/// Tags as an SDK wants them, each made by `build`.
pub fn each<T>(tags: &Tags, build: impl Fn(&str, &str) -> std::result::Result<T, BuildError>) -> Result<Vec<T>> {
    let all = tags.iter().map(|(key, value)| build(key, value));
    all.collect::<std::result::Result<_, _>>().map_err(|error| Error::refused(error.to_string()))
}

/// Has `put` add the tags in `set`, and `take` remove those in `remove`, where there are any. Of these, what differs by
/// capitals alone from one that is set goes first: IAM takes such keys of a role for one, and taken away afterwards the new
/// tag would go with the old one.
pub async fn change<Put, Take>(
    set: &Tags,
    remove: &[String],
    put: impl FnOnce() -> Put,
    take: impl Fn(Vec<String>) -> Take,
) -> Result<()>
where
    Put: Future<Output = Result<()>>,
    Take: Future<Output = Result<()>>,
{
    let (before, after) = renamed(set, remove);
    if !before.is_empty() {
        take(before).await?;
    }
    if !set.is_empty() {
        put().await?;
    }
    if !after.is_empty() {
        take(after).await?;
    }
    Ok(())
}

fn renamed(set: &Tags, remove: &[String]) -> (Vec<String>, Vec<String>) {
    let new: Vec<_> = set.keys().map(|key| key.to_lowercase()).collect();
    remove.iter().cloned().partition(|key| new.contains(&key.to_lowercase()))
}

/// The tags after `set` and `remove`, for what knows its tags only as a whole; `None` if nothing changes.
pub fn merged(tags: &Tags, set: &Tags, remove: &[String]) -> Option<Tags> {
    let mut merged = tags.clone();
    merged.extend(set.clone());
    merged.retain(|key, _| set.contains_key(key) || !remove.contains(key));
    (merged != *tags).then_some(merged)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The calls of a change, in their order.
    async fn calls(set: &[&str], remove: &[&str]) -> Vec<String> {
        let calls = Mutex::new(Vec::new());
        let set = set.iter().map(|key| ((*key).to_owned(), "new".to_owned())).collect();
        let remove: Vec<_> = remove.iter().map(|key| (*key).to_owned()).collect();
        let note = |call: String| {
            calls.lock().unwrap().push(call);
            std::future::ready(Ok(()))
        };
        change(&set, &remove, || note("put".into()), |keys| note(format!("take {}", keys.join(",")))).await.unwrap();
        calls.into_inner().unwrap()
    }

    #[tokio::test]
    async fn what_there_is_to_do_takes_a_call_and_nothing_else_does() {
        assert_eq!(calls(&["course"], &["room"]).await, ["put", "take room"]);
        assert_eq!(calls(&["course"], &[]).await, ["put"]);
        assert_eq!(calls(&[], &["room", "seat"]).await, ["take room,seat"]);
        assert_eq!(calls(&[], &[]).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_tag_whose_capitals_change_goes_before_it_comes() {
        assert_eq!(
            calls(&["Course", "cloud101:stack"], &["course", "room"]).await,
            ["take course", "put", "take room"]
        );
    }

    #[test]
    fn retagging_keeps_what_is_not_named() {
        let tags = Tags::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        let set = Tags::from([("c".into(), "3".into())]);
        let after = merged(&tags, &set, &["b".into()]);
        assert_eq!(after, Some(Tags::from([("a".into(), "1".into()), ("c".into(), "3".into())])));
        assert_eq!(merged(&tags, &Tags::new(), &[]), None);
    }
}
