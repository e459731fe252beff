//! What could not be looked at after a destroy.

use std::collections::BTreeMap;

use crate::aws::Error;

use super::paint::Paint;
use super::plan_errors::help;
use super::terminal::clean;

/// A list of `all`, each with its cause, the same cause only once; empty if there is none.
pub fn unseen(all: impl IntoIterator<Item = (String, Error)>, paint: Paint) -> String {
    let mut causes: BTreeMap<String, (Vec<String>, Option<String>)> = BTreeMap::new();
    for (what, mut cause) in all {
        let advice = cause.advice();
        cause.request_id = None;
        causes.entry(cause.to_string()).or_insert_with(|| (Vec::new(), advice)).0.push(what);
    }
    if causes.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", paint.yellow("Not read, so nothing is known about it:"));
    for (cause, (questions, advice)) in causes {
        text.push_str(&format!("  {}\n    {}\n", clean(&questions.join(", ")), clean(&cause)));
        text.extend(advice.map(|advice| format!("  {}", help(&advice, paint))));
    }
    text
}
