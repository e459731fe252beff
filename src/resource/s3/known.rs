//! Words of which AWS knows a fixed list.

use crate::explain::Code;
use crate::model::Location;
use crate::resource::{Diagnostic, is_unknown};
use crate::suggest;

/// An error if `value` is none of `known`, with the one that was probably meant.
pub fn check(path: impl Into<Location>, value: &str, known: &[&str]) -> Option<Diagnostic> {
    if is_unknown(value) || known.contains(&value) {
        return None;
    }
    let diagnostic = Diagnostic::new(Code::NotAChoice, path, format!("`{value}` is not a value that S3 accepts here"));
    Some(match suggest::alike(value, known) {
        Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
        None => diagnostic.help(format!("use one of: {}", suggest::list(known))),
    })
}

/// The same where AWS adds words from time to time: what is not known here is probably a mistake.
pub fn doubt(path: impl Into<Location>, value: &str, known: &[&str]) -> Option<Diagnostic> {
    check(path, value, known).map(Diagnostic::warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_gets_the_word_that_was_meant() {
        let hint = |value| check("x", value, &["STANDARD_IA", "GLACIER"]).and_then(|diagnostic| diagnostic.help);
        assert_eq!(hint("GLACIER"), None);
        assert_eq!(hint("glacier").as_deref(), Some("did you mean `GLACIER`?"));
        assert_eq!(hint("tape").as_deref(), Some("use one of: `STANDARD_IA`, `GLACIER`"));
        assert!(doubt("x", "GLACIAL", &["GLACIER"]).is_some_and(|diagnostic| !diagnostic.is_error()));
    }
}
