//! What a role or a policy is for, in words that IAM can keep.

use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};

/// The longest description (API: CreateRole, CreatePolicy).
const LONGEST: usize = 1000;

/// What of `text` IAM refuses in the description of a role (API: CreateRole).
pub(super) fn check(text: Option<&str>) -> Option<Diagnostic> {
    let text = text.filter(|text| !is_unknown(text))?;
    match text.chars().find(|c| !is_taken(*c)) {
        Some(odd) => Some(
            Diagnostic::new(
                Code::Characters,
                "description",
                format!("IAM accepts characters up to `ÿ` (U+00FF) in a description, but this contains {}", named(odd)),
            )
            .help("use plain letters; `-` for a dash, `'` and `\"` for quotes"),
        ),
        None => too_long(text),
    }
}

/// The same of a policy's, in which AWS takes other characters, and gives `?` back in their place.
pub(super) fn check_of_policy(text: Option<&str>) -> Option<Diagnostic> {
    let text = text.filter(|text| !is_unknown(text))?;
    let odd = || {
        text.chars().find(|c| *c > '\u{ff}').map(|odd| {
            let message =
                format!("AWS replaces characters beyond `ÿ` (U+00FF) with `?`, and this contains {}", named(odd));
            let hint = "use plain letters if people will read it in the AWS console";
            Diagnostic::new(Code::Characters, "description", message).help(hint).warning()
        })
    };
    too_long(text).or_else(odd)
}

fn too_long(text: &str) -> Option<Diagnostic> {
    let length = text.chars().count();
    let message = format!("a description has at most {LONGEST} characters, this one has {length}");
    (length > LONGEST).then(|| Diagnostic::new(Code::TooLong, "description", message).help("shorten it"))
}

/// IAM's `roleDescriptionType`.
fn is_taken(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

/// A character that may not be seen, with its number.
pub(super) fn named(c: char) -> String {
    match c.is_control() || c.is_whitespace() {
        true => format!("U+{:04X}", u32::from(c)),
        false => format!("`{c}` (U+{:04X})", u32::from(c)),
    }
}

/// What `live`, the description of a policy as AWS gives it back, stands for: `said`, if it is that with some of its
/// characters garbled. Which characters AWS garbles is not documented; those of ASCII it keeps.
pub(super) fn as_said(said: Option<&str>, live: String) -> String {
    match said.filter(|said| is_garbled(said, &live)) {
        Some(said) => said.to_owned(),
        None => live,
    }
}

fn is_garbled(said: &str, live: &str) -> bool {
    let mut pieces = said.split(|c: char| !c.is_ascii());
    let Some(mut rest) = live.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return false };
    let Some(middle) = rest.strip_suffix(last) else { return false };
    rest = middle;
    let strange = |c: char| c == '?' || !c.is_ascii();
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let Some((gap, after)) = rest.split_once(piece) else { return false };
        if gap.is_empty() || !gap.chars().all(strange) {
            return false;
        }
        rest = after;
    }
    !rest.is_empty() && rest.chars().all(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_described_with_what_iam_takes() {
        for good in ["", "für die Übung", "two\nlines\tand a tab", "¡ÿ~", "\u{1}"] {
            assert_eq!(check(Some(good)), None, "{good:?}");
        }
        for (bad, shown) in [
            ("Kurs – α", "`–` (U+2013)"),
            ("the teacher’s", "`’` (U+2019)"),
            ("č", "`č` (U+010D)"),
            ("no\u{a0}break", "U+00A0"),
            ("\u{7f}", "U+007F"),
        ] {
            let diagnostic = check(Some(bad)).unwrap_or_else(|| panic!("{bad:?}"));
            assert_eq!((diagnostic.code, diagnostic.path()), (Code::Characters, "description"));
            assert!(diagnostic.message.ends_with(shown), "{}", diagnostic.message);
        }
        assert_eq!(check(Some(&"é".repeat(1000))), None);
        assert_eq!(check(Some(&"é".repeat(1001))).map(|diagnostic| diagnostic.code), Some(Code::TooLong));
        assert_eq!(check_of_policy(Some("für die Übung")), None);
        let doubt = check_of_policy(Some("Kurs – α")).expect("a doubt");
        assert_eq!((doubt.code, doubt.is_error()), (Code::Characters, false));
        assert_eq!(check_of_policy(Some(&"é".repeat(1001))).map(|diagnostic| diagnostic.code), Some(Code::TooLong));
    }

    /// AWS gave `??` for `ほげ`.
    #[test]
    fn a_garbled_description_is_the_one_that_was_given() {
        for (said, live) in [
            ("ほげ", "??"),
            ("Zajęcia – 1", "Zaj?cia ? 1"),
            ("für die Übung", "fÃ¼r die Ã\u{9c}bung"),
            ("the teacher’s", "the teacher???s"),
        ] {
            assert_eq!(as_said(Some(said), live.to_owned()), said, "{live}");
        }
        for (said, live) in
            [("ほげ", ""), ("ほげ", "other"), ("Zajęcia", "Zajecia"), ("plain", "pl?in"), ("aęb", "aęc")]
        {
            assert_eq!(as_said(Some(said), live.to_owned()), live, "{said}");
        }
        assert_eq!(as_said(None, "??".into()), "??");
    }
}
