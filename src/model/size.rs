//! How much text references may make of a small file.
//!
//! A reference stands for as much as it is replaced by, and sixty thousand of them fit into a stack file. Checked
//! before a string with its references replaced is built.

use serde_json::Value;

use super::reference::{Part, has_reference, parts};
use super::value::strings;

/// The most that one text may have, in bytes: as much as a stack file.
pub const OF_TEXT: usize = 1 << 20;
/// The most that all texts of one resource may have together.
pub const OF_RESOURCE: usize = 2 << 20;
/// The most that all texts of a stack may have together. The largest user data for two thousand machines is as much.
pub const OF_STACK: usize = 32 << 20;

/// How long a text is with its references replaced. `length_of` gives what one is worth; what is not known yet counts as it
/// is written.
pub fn resolved(text: &str, length_of: impl Fn(&str) -> Option<usize>) -> usize {
    if !has_reference(text) {
        return text.len();
    }
    let length = |part: &Part<'_>| match part {
        Part::Text(text) => text.len(),
        Part::Unclosed(range) => range.len(),
        Part::Reference(inside, range) => length_of(inside).unwrap_or(range.len()),
    };
    parts(text).iter().map(length).fold(0, usize::saturating_add)
}

/// What is wrong with a resource whose texts these are, in words that complete "it …"; `None`: it is not too large.
pub fn too_large<'a>(
    spec: &'a Value,
    more: impl IntoIterator<Item = &'a str>,
    length_of: impl Fn(&str) -> Option<usize>,
) -> Option<String> {
    let mut all: usize = 0;
    for text in strings(spec).chain(more) {
        let length = resolved(text, &length_of);
        if length > OF_TEXT {
            return Some(format!(
                "has a string of {} once its references are replaced, {}",
                shown(length),
                at_most(OF_TEXT)
            ));
        }
        all = all.saturating_add(length);
    }
    (all > OF_RESOURCE)
        .then(|| format!("has {} of text once its references are replaced, {}", shown(all), at_most(OF_RESOURCE)))
}

/// "and at most 1 MiB is possible".
pub fn at_most(most: usize) -> String {
    format!("and the limit is {}", shown(most))
}

/// A number of bytes for people: "25.1 GiB", "3 MiB".
pub fn shown(bytes: usize) -> String {
    let (unit, name) = if bytes >= 1 << 30 { (1 << 30, "GiB") } else { (1 << 20, "MiB") };
    // Rounded up, so that what is more than a limit never reads like the limit.
    let tenths = (bytes as u128 * 10).div_ceil(unit);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reference::resolve;

    #[test]
    fn the_length_is_that_of_the_text_that_would_be_made() {
        let value_of = |inside: &str| (inside == "var.a").then(|| "é".repeat(7));
        for text in ["", "plain", "${var.a}", "a ${var.a}${var.a} $${var.a} $$ ${", "$${${var.a}"] {
            let length = resolved(text, |inside| value_of(inside).map(|value| value.len()));
            assert_eq!(length, resolve(text, value_of).len(), "{text}");
        }
        assert_eq!(resolved("${vm.id}!", |_| None), "${vm.id}!".len());
        assert_eq!(resolved(&"${var.a}".repeat(3), |_| Some(usize::MAX)), usize::MAX);
    }

    #[test]
    fn a_size_is_never_said_to_be_less_than_it_is() {
        for (bytes, text) in [
            (1 << 20, "1 MiB"),
            ((1 << 20) + 1, "1.1 MiB"),
            (3 << 19, "1.5 MiB"),
            (27_000_000_000, "25.2 GiB"),
            (usize::MAX, "17179869184 GiB"),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }
}
