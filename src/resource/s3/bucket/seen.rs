//! Settings that were put, until S3 shows them.

use std::iter;

use futures::future::try_join_all;
use futures::join;
use serde_json::Value;

use super::{AGREEING, DENIED, PROPERTIES, Spec, VISIBLE, read, settings, untyped};
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Context, Error, ErrorKind, Result};
use crate::model::{policy, value};
use crate::resource::Live;

/// Reads until what was put is seen by several looks at once: S3's settings, lifecycle rules above all, take a while,
/// in which it answers now the old ones, now the new ones. What is never seen is left to the next plan to show.
pub async fn read_back(cx: &Context, name: &str, target: &Spec, touches: impl Fn(&str) -> bool) -> Result<Live<Spec>> {
    let put = untyped(target)?;
    let seen = |live: &Value, property: &str| match (&live[property], &put[property]) {
        (live, Value::Null) => live.is_null() || live.as_array().is_some_and(Vec::is_empty) || property == "encryption",
        // AWS rewrites policies, and shows a principal that it does not know yet by an id.
        (live, put) if property == "policy" => policy::same(put, live),
        (live, put) => value::shows(live, put),
    };
    let asks = |property: &str| touches(property) || !put[property].is_null();
    let gone = || Error::unexpected("s3:GetBucketTagging", format!("the bucket `{name}` is gone"));
    let thing = Thing { name: &format!("the bucket `{name}`"), is_known: true, lag: DENIED };
    let look = || async {
        let again = (1..AGREEING).map(|_| settings::settings(cx, name, &touches));
        let (live, again) = join!(read::bucket(cx, name, asks), try_join_all(again));
        let Some(live) = live? else { return Ok(Sight::Missing) };
        let mut all = true;
        for spec in iter::once(&live.spec).chain(&again?) {
            let json = untyped(spec)?;
            all &= PROPERTIES.iter().filter(|property| touches(property)).all(|property| seen(&json, property));
        }
        Ok(if all { Sight::Ready(live) } else { Sight::Unready })
    };
    let result = wait::until_ready(&format!("the new settings of the bucket `{name}`"), VISIBLE, thing, look).await;
    match result {
        Err(error) if error.kind == ErrorKind::TimedOut => read::bucket(cx, name, asks).await?.ok_or_else(gone),
        result => result,
    }
}
