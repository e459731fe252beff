//! The characters that IAM takes in a policy document.

use serde_json::Value;

use crate::explain::Code;
use crate::model::ENOUGH;
use crate::resource::iam::description::named;
use crate::resource::{Diagnostic, is_unknown};

/// Texts and keys in `value`, at `path`, with characters beyond those of IAM's `policyDocumentType`. JSON writes control
/// characters as `\u….`, so only those beyond U+00FF are too many. (Whether IAM understands these if they are written
/// so is not documented.)
pub(super) fn check(value: &Value, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    if diagnostics.len() > ENOUGH {
        return;
    }
    match value {
        Value::String(text) => diagnostics.extend(judged(text, path)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| check(item, &format!("{path}.{n}"), diagnostics));
        }
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{path}.{key}");
                diagnostics.extend(judged(key, &path).map(Diagnostic::of_key));
                check(value, &path, diagnostics);
            }
        }
        _ => {}
    }
}

fn judged(text: &str, path: &str) -> Option<Diagnostic> {
    let odd = text.chars().find(|c| *c > '\u{ff}').filter(|_| !is_unknown(text))?;
    let hint = match text.starts_with("arn:") {
        true => "in an ARN, `?` matches any one character, and `*` any number of them",
        false => "use plain letters",
    };
    let message = format!("IAM accepts characters up to `ÿ` (U+00FF) in a policy, but this contains {}", named(odd));
    Some(Diagnostic::new(Code::Characters, path, message).help(hint))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_of_a_policy_is_judged_and_every_key() {
        let document = json!({ "Statement": [{
            "Sid": "für1",
            "Resource": ["arn:aws:s3:::b/ÿ/*", "arn:aws:s3:::b/学生/*", "\u{1}–"],
            "Condition": { "StringLike": { "aws:PrincipalTag/čas": "a\u{7}b" } },
        }] });
        let mut diagnostics = Vec::new();
        check(&document, "document", &mut diagnostics);
        let found: Vec<_> = diagnostics.iter().map(|diagnostic| (diagnostic.path(), diagnostic.is_key())).collect();
        let key = "document.Statement.0.Condition.StringLike.aws:PrincipalTag/čas";
        assert_eq!(found.len(), 2, "{diagnostics:?}");
        assert!(
            found.contains(&("document.Statement.0.Resource.1", false)) && found.contains(&(key, true)),
            "{found:?}"
        );
        let resource = diagnostics.iter().find(|diagnostic| !diagnostic.is_key()).expect("the resource");
        assert!(resource.message.ends_with("`学` (U+5B66)"), "{}", resource.message);
    }
}
