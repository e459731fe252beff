//! IAM policy documents compared by what they mean.
//!
//! AWS answers a document in a form of its own, and with a canonical user as the account that it is. None of that is a
//! change.

use serde_json::Value;

use super::policy_form::normal;
use super::principal;

/// Whether two documents allow and deny the same.
pub fn same(a: &Value, b: &Value) -> bool {
    let (a, b) = (normal(a), normal(b));
    a == b || principal::same_as_resolved(&a, &b) || principal::same_as_resolved(&b, &a)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn with(statement: Value) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statement })
    }

    #[test]
    fn what_aws_rewrites_means_the_same() {
        let pairs = [
            (
                json!({ "Effect": "Allow", "Action": "s3:GetObject" }),
                json!([{ "Action": ["S3:getobject"], "Effect": "Allow" }]),
            ),
            (json!({ "Principal": "*" }), json!({ "Principal": { "AWS": ["*"] } })),
            (
                json!({ "Principal": { "AWS": "123456789012" } }),
                json!({ "Principal": { "AWS": ["arn:aws:iam::123456789012:root"] } }),
            ),
            (json!({ "Resource": ["b", "a", "b"] }), json!({ "Resource": ["a", "b"] })),
            (
                json!({ "Condition": { "Bool": { "aws:SecureTransport": false } } }),
                json!({ "Condition": { "Bool": { "AWS:SecureTransport": ["false"] } } }),
            ),
            (
                json!({ "Condition": { "NumericLessThan": { "s3:max-keys": 10 } } }),
                json!({ "Condition": { "NumericLessThan": { "s3:max-keys": "10" } } }),
            ),
            (json!({ "Sid": "", "Effect": "Deny" }), json!({ "Effect": "Deny" })),
        ];
        for (a, b) in pairs {
            assert!(same(&with(a.clone()), &with(b.clone())), "{a} and {b}");
        }
        let text = with(json!({ "Effect": "Allow" }));
        assert!(same(&text, &Value::String(text.to_string())));
        assert!(same(&json!({ "Statement": [] }), &json!({ "Version": "2008-10-17", "Statement": [] })));
    }

    #[test]
    fn what_differs_is_distinguished() {
        let pairs = [
            (json!({ "Resource": "arn:aws:s3:::a" }), json!({ "Resource": "arn:aws:s3:::A" })),
            (json!({ "Action": "s3:*" }), json!({ "NotAction": "s3:*" })),
            (json!({ "Sid": "One" }), json!({ "Sid": "Two" })),
            (json!({ "Principal": { "AWS": "*" } }), json!({ "Principal": { "Service": "*" } })),
            (
                json!({ "Principal": { "AWS": "arn:aws:iam::123456789012:root" } }),
                json!({ "Principal": { "AWS": "arn:aws:iam::123456789012:user/root" } }),
            ),
            (
                json!({ "Condition": { "StringEquals": { "aws:x": "a" } } }),
                json!({ "Condition": { "StringLike": { "aws:x": "a" } } }),
            ),
        ];
        for (a, b) in pairs {
            assert!(!same(&with(a.clone()), &with(b.clone())), "{a} and {b}");
        }
        assert!(!same(&json!({ "Version": "2012-10-17" }), &json!({})));
    }

    const ACTIONS: [&str; 5] = ["s3:GetObject", "s3:*", "sns:Publish", "ec2:Describe*", "*"];
    const RESOURCES: [&str; 4] = ["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:sns:us-east-1:123456789012:t"];
    const ACCOUNTS: [&str; 3] = ["123456789012", "210987654321", "*"];

    fn some_of(from: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
        proptest::sample::subsequence(from, 1..=from.len())
    }

    fn statements() -> impl Strategy<Value = Vec<Value>> {
        let one = (any::<bool>(), some_of(&ACTIONS), some_of(&RESOURCES), some_of(&ACCOUNTS), any::<bool>()).prop_map(
            |(allow, actions, resources, accounts, secure)| {
                json!({
                    "Effect": if allow { "Allow" } else { "Deny" },
                    "Action": actions,
                    "Resource": resources,
                    "Principal": { "AWS": accounts },
                    "Condition": { "Bool": { "aws:SecureTransport": secure } },
                })
            },
        );
        prop::collection::vec(one, 1..4)
    }

    /// The same document as another hand would write it; `seed` chooses how.
    fn disguised(value: &Value, seed: &mut u64) -> Value {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let at = (*seed >> 33) as usize;
        match value {
            Value::Object(object) => {
                let mut entries: Vec<_> =
                    object.iter().map(|(key, value)| (key.clone(), disguised(value, seed))).collect();
                let length = entries.len();
                entries.rotate_left(at % length.max(1));
                Value::Object(entries.into_iter().collect())
            }
            Value::Array(items) if items.len() == 1 && at.is_multiple_of(2) => disguised(&items[0], seed),
            Value::Array(items) => {
                let mut items: Vec<_> = items.iter().map(|item| disguised(item, seed)).collect();
                let length = items.len();
                items.rotate_left(at % length.max(1));
                Value::Array(items)
            }
            Value::Bool(value) if at.is_multiple_of(2) => Value::String(value.to_string()),
            Value::String(text) if text.starts_with(char::is_numeric) && text.len() == 12 && at.is_multiple_of(2) => {
                Value::String(format!("arn:aws:iam::{text}:root"))
            }
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn another_hand_means_the_same(statements in statements(), mut seed in any::<u64>()) {
            let document = with(Value::Array(statements));
            let other = disguised(&document, &mut seed);
            prop_assert!(same(&document, &other), "{} and {}", document, other);
        }

        #[test]
        fn the_normal_form_is_its_own_normal_form(statements in statements()) {
            let once = normal(&with(Value::Array(statements)));
            prop_assert_eq!(normal(&once).to_string(), once.to_string());
        }

        #[test]
        fn a_change_in_one_statement_is_seen(statements in statements(), at in any::<prop::sample::Index>(), effect in any::<bool>()) {
            let mut changed = statements.clone();
            let statement = &mut changed[at.index(statements.len())];
            if effect {
                statement["Effect"] = json!(if statement["Effect"] == "Allow" { "Deny" } else { "Allow" });
            } else {
                statement["Action"] = json!(["iam:PassRole"]);
            }
            prop_assert_eq!(same(&with(json!(statements)), &with(json!(changed))), same_multiset(&statements, &changed));
        }
    }

    /// Whether a change happens to give back the same statements in another order.
    fn same_multiset(a: &[Value], b: &[Value]) -> bool {
        let texts = |items: &[Value]| {
            let mut texts: Vec<_> = items.iter().map(Value::to_string).collect();
            texts.sort();
            texts
        };
        texts(a) == texts(b)
    }
}
