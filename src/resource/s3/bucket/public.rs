//! Policies that let everybody in.

use serde_json::{Map, Value};

use crate::explain::Code;

use super::spec::Spec;
use crate::resource::Diagnostic;

/// A policy that S3 refuses as long as the lock against it is on, as it is unless the file says otherwise.
pub fn check(policy: &Value, spec: &Spec) -> Option<Diagnostic> {
    let locks = spec.public_access_block.clone().unwrap_or_default();
    if locks.block_public_policy == Some(false) {
        return None;
    }
    let path = is_public(policy, "policy")?;
    let message = "this makes the bucket public, and with `block_public_policy` AWS refuses such a policy";
    Some(Diagnostic::new(Code::PolicyPublic, path, message).help(
        "name specific principals or, to allow public access: `public_access_block: { block_public_policy: false, \
         restrict_public_buckets: false }`",
    ))
}

/// Whether the document clearly lets everybody in, and where: a statement that allows all principals something without
/// any condition, in a document that forbids nothing. AWS's own definition of public (Amazon S3 User Guide, the meaning
/// of "public") goes further.
fn is_public(document: &Value, path: &str) -> Option<String> {
    let statements = document.get("Statement")?;
    let one = |statement| vec![(format!("{path}.Statement"), statement)];
    let many = |(n, statement)| (format!("{path}.Statement.{n}"), statement);
    let all = statements.as_array().map_or_else(|| one(statements), |all| all.iter().enumerate().map(many).collect());
    if all.iter().any(|(_, statement)| statement["Effect"] != "Allow") {
        return None;
    }
    let everybody = |value: &Value| match value {
        Value::Array(all) => all.iter().any(|one| one == "*"),
        one => one == "*",
    };
    let is_open = |statement: &Value| {
        let principal = &statement["Principal"];
        let condition = &statement["Condition"];
        let is_bare = condition.is_null() || condition.as_object().is_some_and(Map::is_empty);
        (everybody(principal) || everybody(&principal["AWS"])) && is_bare
    };
    all.into_iter().find(|(_, statement)| is_open(statement)).map(|(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_clearly_public_is_called_so() {
        let public = |statements: Value| is_public(&json!({ "Statement": statements }), "policy");
        let allow = |principal: Value| json!({ "Effect": "Allow", "Action": "s3:GetObject", "Principal": principal });
        assert_eq!(public(allow(json!("*"))).as_deref(), Some("policy.Statement"));
        assert_eq!(public(json!([allow(json!({ "AWS": "*" }))])).as_deref(), Some("policy.Statement.0"));
        let second = json!([allow(json!({ "AWS": "123456789012" })), allow(json!({ "AWS": ["123456789012", "*"] }))]);
        assert_eq!(public(second).as_deref(), Some("policy.Statement.1"));
        let mut conditional = allow(json!("*"));
        conditional["Condition"] = json!({});
        assert!(public(conditional.clone()).is_some());
        conditional["Condition"] = json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } });
        assert_eq!(public(conditional), None);
        assert_eq!(public(allow(json!({ "AWS": "123456789012" }))), None);
        assert_eq!(public(allow(json!({ "Service": "*" }))), None);
        assert_eq!(public(json!([{ "Effect": "Deny", "Principal": "*" }])), None);
        // A denial may exclude everyone but the account itself.
        assert_eq!(public(json!([allow(json!("*")), { "Effect": "Deny", "Principal": "*" }])), None);
        assert_eq!(is_public(&json!("text"), "policy"), None);
    }
}
