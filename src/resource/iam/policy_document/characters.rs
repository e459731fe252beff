//! The characters that IAM takes in a policy document.

use serde_json::Value;

use crate::explain::Code;
use crate::model::ENOUGH;
use crate::resource::iam::description::named;
use crate::resource::{Finding, is_unknown};

/// Texts and keys in `value`, at `path`, with characters beyond those of IAM's `policyDocumentType`. JSON writes control
/// characters as `\u….`, so only those beyond U+00FF are too many. (Whether IAM understands these if they are written
/// so is not documented.)
pub(super) fn check(value: &Value, path: &str, findings: &mut Vec<Finding>) {
    if findings.len() > ENOUGH {
        return;
    }
    match value {
        Value::String(text) => findings.extend(judged(text, path)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| check(item, &format!("{path}.{n}"), findings));
        }
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{path}.{key}");
                findings.extend(judged(key, &path).map(Finding::of_key));
                check(value, &path, findings);
            }
        }
        _ => {}
    }
}

fn judged(text: &str, path: &str) -> Option<Finding> {
    let odd = text.chars().find(|c| *c > '\u{ff}').filter(|_| !is_unknown(text))?;
    let hint = match text.starts_with("arn:") {
        true => "in an ARN, `?` matches any one character, and `*` any number of them",
        false => "use plain letters",
    };
    let message = format!("IAM accepts characters up to `ÿ` (U+00FF) in a policy, but this contains {}", named(odd));
    Some(Finding::new(Code::Characters, path, message).hint(hint))
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
        let mut findings = Vec::new();
        check(&document, "document", &mut findings);
        let found: Vec<_> = findings.iter().map(|finding| (finding.path.as_str(), finding.is_key)).collect();
        let key = "document.Statement.0.Condition.StringLike.aws:PrincipalTag/čas";
        assert_eq!(found.len(), 2, "{findings:?}");
        assert!(
            found.contains(&("document.Statement.0.Resource.1", false)) && found.contains(&(key, true)),
            "{found:?}"
        );
        let resource = findings.iter().find(|finding| !finding.is_key).expect("the resource");
        assert!(resource.message.ends_with("`学` (U+5B66)"), "{}", resource.message);
    }
}
