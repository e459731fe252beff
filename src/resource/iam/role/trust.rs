//! Who may assume a role: the short form `assumed_by` and IAM's own.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::explain::Code;
use crate::model::policy::same;
use crate::resource::{Diagnostic, is_unknown};

use super::Spec;
use super::known;
use super::policy_document::{self, Usage};

/// One string, or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Reads [`OneOrMany`] as a list.
pub fn one_or_many<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Option::<OneOrMany>::deserialize(input)?.map(|value| match value {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    }))
}

/// The document of a spec, in whichever form it says it.
pub fn document(spec: &Spec) -> Option<Value> {
    spec.assumed_by.as_deref().map(for_services).or_else(|| spec.trust_policy.clone())
}

fn for_services(services: &[String]) -> Value {
    let services = match services {
        [one] => json!(one),
        many => json!(many),
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": services }, "Action": "sts:AssumeRole" }],
    })
}

/// A live document as (`assumed_by`, `trust_policy`). The short form is used only if it is wanted and expresses
/// everything: a trust that goes beyond services is returned in full, so that it shows as drift.
pub fn reported(document: Option<Value>, short: bool) -> (Option<Vec<String>>, Option<Value>) {
    match document.as_ref().filter(|_| short).and_then(services) {
        Some(services) => (Some(services), None),
        None => (None, document),
    }
}

/// The services of a document that says no more than `assumed_by` can.
fn services(document: &Value) -> Option<Vec<String>> {
    let statement = match document.get("Statement")? {
        Value::Array(statements) => statements.first()?,
        one => one,
    };
    let services = OneOrMany::deserialize(statement.get("Principal")?.get("Service")?).ok()?;
    let services = match services {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    same(document, &for_services(&services)).then_some(services)
}

/// How long a trust policy may be, white space not counted, unless AWS raised the account's quota.
const SIZE: usize = 2048;
/// How long with the highest quota.
const LARGEST: usize = 4096;

fn check_size(document: &Value, path: &str) -> Option<Diagnostic> {
    let size = policy_document::size(document).filter(|size| *size > SIZE)?;
    let diagnostic = |message: String| {
        let hint = "name an account instead of its users, or a group's role that they assume first";
        Diagnostic::new(Code::TooLong, path, message).help(hint)
    };
    Some(match size > LARGEST {
        true => diagnostic(format!("a trust policy has at most {LARGEST} characters, this one has {size}")),
        false => diagnostic(format!(
            "a trust policy has at most {SIZE} characters unless AWS raised the account's quota, this one has {size}"
        ))
        .warning(),
    })
}

/// Exactly one of the two forms, and that one sound.
pub fn check(assumed_by: Option<&[String]>, trust_policy: Option<&Value>) -> Vec<Diagnostic> {
    match (assumed_by, trust_policy) {
        (None, None) => {
            vec![Diagnostic::new(Code::Incomplete, "", "a role needs `assumed_by`: the service that can assume it").help(
            "add `assumed_by: lambda.amazonaws.com` for a function, `assumed_by: ec2.amazonaws.com` for an instance",
        )]
        }
        (Some(_), Some(_)) => {
            vec![
                Diagnostic::new(
                    Code::Conflicting,
                    "trust_policy",
                    "use either `assumed_by` or `trust_policy`, not both",
                )
                .help("remove one of them"),
            ]
        }
        (None, Some(document)) => {
            let mut diagnostics = policy_document::check(document, Usage::Trust, "trust_policy");
            diagnostics.extend(check_size(document, "trust_policy"));
            diagnostics
        }
        (Some([]), None) => {
            vec![
                Diagnostic::new(Code::Incomplete, "assumed_by", "no principal could assume this role")
                    .help("for example `assumed_by: lambda.amazonaws.com`"),
            ]
        }
        (Some(services), None) => {
            let place = |n| if services.len() == 1 { "assumed_by".to_owned() } else { format!("assumed_by.{n}") };
            let judged = services.iter().enumerate().filter_map(|(n, service)| check_service(&place(n), service));
            judged.chain(check_size(&for_services(services), "assumed_by")).collect()
        }
    }
}

fn check_service(path: &str, service: &str) -> Option<Diagnostic> {
    let stem = service.strip_suffix(".cn").unwrap_or(service).strip_suffix(".amazonaws.com");
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if is_unknown(service) || stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(word)) {
        return known::doubt_of_principal(service).map(|diagnostic| diagnostic.at(path));
    }
    let diagnostic = Diagnostic::new(Code::PolicyPrincipal, path, format!("`{service}` is not a service's name"));
    let lower = service.to_ascii_lowercase();
    Some(if service.starts_with("arn:") || service.bytes().all(|b| b.is_ascii_digit()) {
        diagnostic.help("`assumed_by` takes services; for accounts, roles and users write a `trust_policy`")
    } else if !lower.is_empty() && lower.chars().all(|c| word(c) && c != '.') {
        diagnostic.help(format!("did you mean `{lower}.amazonaws.com`?"))
    } else {
        diagnostic.help("for example `lambda.amazonaws.com` or `ec2.amazonaws.com`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(services: &[&str]) -> Vec<String> {
        services.iter().map(|service| (*service).to_owned()).collect()
    }

    #[test]
    fn the_short_form_survives_the_long_one() {
        for services in [words(&["lambda.amazonaws.com"]), words(&["ec2.amazonaws.com", "lambda.amazonaws.com"])] {
            assert_eq!(reported(Some(for_services(&services)), true), (Some(services.clone()), None));
            assert_eq!(reported(Some(for_services(&services)), false), (None, Some(for_services(&services))));
        }
    }

    #[test]
    fn a_trust_that_says_more_is_reported_in_full() {
        let mut more = for_services(&words(&["lambda.amazonaws.com"]));
        more["Statement"][0]["Principal"]["AWS"] = json!("123456789012");
        assert_eq!(reported(Some(more.clone()), true), (None, Some(more)));
    }

    #[test]
    fn a_trust_policy_has_a_length() {
        let trust = |users: usize| {
            let users: Vec<_> = (0..users).map(|n| format!("arn:aws:iam::123456789012:user/student-{n:03}")).collect();
            json!({ "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": { "AWS": users }, "Action": "sts:AssumeRole",
            }] })
        };
        let found =
            |users| check(None, Some(&trust(users))).into_iter().map(|one| (one.code, one.is_error())).collect();
        let all: [Vec<_>; 3] = [found(40), found(60), found(100)];
        assert_eq!(all, [vec![], vec![(Code::TooLong, false)], vec![(Code::TooLong, true)]]);
    }

    #[test]
    fn a_service_that_is_not_known_is_doubted() {
        let diagnostics = check(Some(&words(&["lamda.amazonaws.com"])), None);
        assert_eq!((diagnostics.len(), diagnostics[0].is_error(), diagnostics[0].path()), (1, false, "assumed_by"));
        assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `lambda.amazonaws.com`?"));
    }

    #[test]
    fn a_bare_word_becomes_a_hint() {
        let diagnostics = check(Some(&words(&["Lambda"])), None);
        assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `lambda.amazonaws.com`?"));
        assert_eq!(check(Some(&words(&["ec2.amazonaws.com.cn"])), None), []);
    }
}
