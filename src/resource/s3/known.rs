//! Words of which AWS knows a fixed list.

use crate::explain::Code;
use crate::resource::{Finding, is_unknown};
use crate::suggest;

/// A finding if `value` is none of `known`, with the one that was probably meant.
pub fn check(path: impl Into<String>, value: &str, known: &[&str]) -> Option<Finding> {
    if is_unknown(value) || known.contains(&value) {
        return None;
    }
    let finding = Finding::new(Code::NotAChoice, path, format!("`{value}` is not a value that S3 accepts here"));
    Some(match suggest::alike(value, known) {
        Some(nearest) => finding.hint(format!("did you mean `{nearest}`?")),
        None => finding.hint(format!("use one of: {}", suggest::list(known))),
    })
}

/// The same where AWS adds words from time to time: what is not known here is probably a mistake.
pub fn doubt(path: impl Into<String>, value: &str, known: &[&str]) -> Option<Finding> {
    check(path, value, known).map(Finding::warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_gets_the_word_that_was_meant() {
        let hint = |value| check("x", value, &["STANDARD_IA", "GLACIER"]).and_then(|finding| finding.hint);
        assert_eq!(hint("GLACIER"), None);
        assert_eq!(hint("glacier").as_deref(), Some("did you mean `GLACIER`?"));
        assert_eq!(hint("tape").as_deref(), Some("use one of: `STANDARD_IA`, `GLACIER`"));
        assert!(doubt("x", "GLACIAL", &["GLACIER"]).is_some_and(|finding| !finding.is_error()));
    }
}
