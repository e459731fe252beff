//! What SNS takes as a subscription's filter policy (Amazon SNS Developer Guide, filter policies).

use std::fmt::Write as _;

use ipnet::IpNet;
use serde_json::{Map, Value};

use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};
use crate::suggest;

use super::spec::Scope;

/// How many keys a filter policy has at most; of nested ones, the outermost count.
const KEYS: usize = 5;
/// How many combinations of values at most: the lengths of all lists, multiplied, each by how deep it lies.
const COMBINATIONS: usize = 150;
/// What may stand in a list in place of a value.
const OPERATORS: [&str; 7] = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"];
/// What may stand within `anything-but`.
const EXCEPTIONS: [&str; 4] = ["equals-ignore-case", "prefix", "suffix", "wildcard"];
/// A list of policies, one of which has to match.
const OR: &str = "$or";

/// What is wrong with `policy`, at `path`.
pub(super) fn check(policy: &Value, scope: Scope, path: &str) -> Vec<Diagnostic> {
    let mut judge = Judge { scope, diagnostics: Vec::new() };
    let Value::Object(keys) = policy else {
        judge.complain(path, "a filter policy is a group of keys".into(), EXAMPLE);
        return judge.diagnostics;
    };
    if keys.len() > KEYS {
        let message = format!("a filter policy can have at most {KEYS} keys, but this one has {}", keys.len());
        judge.complain(path, message, "remove some, or filter in the receiver");
    }
    let combinations = judge.keys(keys, path, 1, 1);
    if combinations > COMBINATIONS {
        let message = format!(
            "a filter policy can have at most {COMBINATIONS} combinations of values, but this one has \
                {combinations}"
        );
        judge.complain(path, message, "the lengths of its lists are multiplied: shorten one, or remove a key");
    }
    judge.diagnostics
}

const EXAMPLE: &str = "for example `{audience: [students]}`: a key, and the list of its values";

struct Judge {
    scope: Scope,
    diagnostics: Vec<Diagnostic>,
}

impl Judge {
    fn complain(&mut self, path: &str, message: String, hint: &str) {
        self.diagnostics.push(Diagnostic::new(Code::FilterPolicy, path, message).help(hint));
    }

    /// Judges the keys at `depth`. Gives the combinations of values so far.
    fn keys(&mut self, keys: &Map<String, Value>, path: &str, depth: usize, before: usize) -> usize {
        let mut combinations = before;
        for (key, value) in keys {
            let mut place = path.to_owned();
            let _ = write!(place, ".{key}");
            match value {
                Value::Object(_) if self.scope == Scope::MessageAttributes => self.complain(
                    &place,
                    format!("`{key}` contains a mapping, but message attributes can't be nested"),
                    "write a list of values, or `filter_policy_scope: MessageBody` to filter by the message itself",
                ),
                Value::Object(inner) if inner.is_empty() => {
                    self.complain(&place, format!("`{key}` is an empty group"), "write a list of values, or remove it");
                }
                Value::Object(inner) => combinations = self.keys(inner, &place, depth + 1, combinations),
                Value::Array(rules) if rules.is_empty() => {
                    self.complain(
                        &place,
                        format!("the list of `{key}` is empty"),
                        "add at least one value, or remove it",
                    );
                }
                Value::Array(all) if key == OR => combinations = self.any(all, &place, depth, combinations),
                Value::Array(rules) => {
                    combinations = combinations.saturating_mul(rules.len()).saturating_mul(depth);
                    for (n, rule) in rules.iter().enumerate() {
                        self.rule(rule, &format!("{place}.{n}"));
                    }
                }
                Value::String(text) if is_unknown(text) => {}
                one => {
                    let hint = format!("write `{key}: [{one}]`");
                    self.complain(&place, format!("`{key}` needs a list of values"), &hint);
                }
            }
        }
        combinations
    }

    fn any(&mut self, all: &[Value], path: &str, depth: usize, before: usize) -> usize {
        let mut sum = 0_usize;
        for (n, one) in all.iter().enumerate() {
            let place = format!("{path}.{n}");
            match one {
                Value::Object(keys) => sum = sum.saturating_add(self.keys(keys, &place, depth, before)),
                _ => self.complain(&place, format!("each of `{OR}` is a group of keys"), EXAMPLE),
            }
        }
        sum
    }

    fn rule(&mut self, rule: &Value, path: &str) {
        let operator = match rule {
            Value::Object(operator) => operator,
            Value::Array(_) => {
                return self.complain(
                    path,
                    "a value is text, a number, true, false, null, or an operator".into(),
                    "write the values in one list",
                );
            }
            _ => return,
        };
        let mut entries = operator.iter();
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            let hint = "for example `{prefix: week}`; put each operator in its own braces";
            return self.complain(path, format!("there must be one operator here, not {}", operator.len()), hint);
        };
        let place = format!("{path}.{name}");
        let is_unknown_text = value.as_str().is_some_and(is_unknown);
        match name.as_str() {
            _ if is_unknown_text => {}
            "exists" if !value.is_boolean() => {
                self.complain(&place, "`exists` is true or false".into(), "write `exists: true` or `exists: false`");
            }
            "prefix" | "suffix" | "equals-ignore-case" if !value.is_string() => {
                self.complain(
                    &place,
                    format!("`{name}` needs a string"),
                    "write a string, in quotes if it is a number",
                );
            }
            "exists" | "prefix" | "suffix" | "equals-ignore-case" => {}
            "cidr" => self.cidr(value, &place),
            "numeric" => self.numeric(value, &place),
            "anything-but" => self.anything_but(value, &place),
            _ => {
                let hint = suggest::hint(name, OPERATORS, "operators are");
                self.diagnostics.push(
                    Diagnostic::new(Code::FilterPolicy, place, format!("SNS has no operator `{name}`"))
                        .of_key()
                        .help(hint),
                );
            }
        }
    }

    fn anything_but(&mut self, value: &Value, path: &str) {
        let is_value = |value: &Value| value.is_string() || value.is_number();
        let fits = match value {
            Value::Array(values) => !values.is_empty() && values.iter().all(is_value),
            Value::Object(operator) => {
                operator.len() == 1
                    && operator.iter().all(|(name, value)| EXCEPTIONS.contains(&name.as_str()) && !value.is_object())
            }
            one => is_value(one),
        };
        if !fits {
            let hint = "for example `anything-but: [draft, test]` or `anything-but: {prefix: test-}`";
            self.complain(path, "`anything-but` takes values, a list of them, or `prefix`".into(), hint);
        }
    }

    fn cidr(&mut self, value: &Value, path: &str) {
        let network = value.as_str().and_then(|text| text.parse::<IpNet>().ok());
        match network {
            Some(network) if network.addr() == network.network() => {}
            Some(network) => {
                let hint = format!("write `{}`", network.trunc());
                self.complain(path, "this is an address in a network, not the network itself".into(), &hint);
            }
            None => self.complain(path, "`cidr` is a network".into(), "for example `cidr: 198.51.100.0/24`"),
        }
    }

    fn numeric(&mut self, value: &Value, path: &str) {
        let parts = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let word = |n: usize| parts.get(n).and_then(Value::as_str).unwrap_or_default();
        let number = |n: usize| parts.get(n).and_then(Value::as_f64);
        let fits = match (parts.len(), number(1), number(3)) {
            (2, Some(_), _) => ["<", "<=", "=", ">", ">="].contains(&word(0)),
            (4, Some(bottom), Some(top)) => {
                [">", ">="].contains(&word(0)) && ["<", "<="].contains(&word(2)) && bottom < top
            }
            _ => false,
        };
        if !fits {
            let hint = "for example `numeric: [\">=\", 10]` or, from the smaller to the larger, `numeric: [\">\", 0, \"<=\", 150]`";
            self.complain(path, "`numeric` needs a comparison and a number, or two pairs of them".into(), hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(policy: Value, scope: Scope) -> Vec<String> {
        let diagnostics = check(&policy, scope, "f");
        assert!(
            diagnostics.iter().all(|diagnostic| diagnostic.code == Code::FilterPolicy && diagnostic.help.is_some())
        );
        diagnostics.into_iter().map(|diagnostic| diagnostic.path().to_owned()).collect()
    }

    #[test]
    fn what_the_guide_shows_is_taken() {
        for policy in [
            json!({ "store": ["example_corp"], "event": [{ "anything-but": "order_cancelled" }] }),
            json!({ "interests": ["rugby", "football", null, true, 7] }),
            json!({ "price": [{ "numeric": [">=", 100] }, { "numeric": [">", 0, "<=", 150.5] }] }),
            json!({ "key": [{ "exists": false }], "ip": [{ "cidr": "10.0.0.0/24" }, { "cidr": "2001:db8::/32" }] }),
            json!({ "a": [{ "prefix": "bas" }, { "suffix": "ball" }, { "equals-ignore-case": "tennis" }] }),
            json!({ "a": [{ "anything-but": ["x", "y"] }], "b": [{ "anything-but": { "prefix": "order-" } }] }),
            json!({ "source": ["aws.cloudwatch"], "$or": [{ "m": ["CPU"] }, { "n": ["EC2", "ES"] }] }),
            json!({ "a": ["\u{1}${x.y}"], "b": "\u{1}${x.y}" }),
        ] {
            assert_eq!(paths(policy.clone(), Scope::MessageAttributes), [""; 0], "{policy}");
        }
        let nested = json!({ "Records": { "s3": { "object": { "key": [{ "prefix": "week1/" }] } } } });
        assert_eq!(paths(nested.clone(), Scope::MessageBody), [""; 0]);
        assert_eq!(paths(nested, Scope::MessageAttributes), ["f.Records"]);
    }

    #[test]
    fn what_sns_refuses_has_its_place() {
        for (policy, place) in [
            (json!(["a"]), "f"),
            (json!({ "a": "x" }), "f.a"),
            (json!({ "a": 7 }), "f.a"),
            (json!({ "a": [] }), "f.a"),
            (json!({ "a": [["x"]] }), "f.a.0"),
            (json!({ "a": [{ "prefix": "x", "suffix": "y" }] }), "f.a.0"),
            (json!({ "a": [{}] }), "f.a.0"),
            (json!({ "a": [{ "prefix": 7 }] }), "f.a.0.prefix"),
            (json!({ "a": [{ "exists": "yes" }] }), "f.a.0.exists"),
            (json!({ "a": [{ "begins-with": "x" }] }), "f.a.0.begins-with"),
            (json!({ "a": [{ "anything-but": [] }] }), "f.a.0.anything-but"),
            (json!({ "a": [{ "anything-but": { "exists": true } }] }), "f.a.0.anything-but"),
            (json!({ "a": [{ "cidr": "10.0.0.0" }] }), "f.a.0.cidr"),
            (json!({ "a": [{ "cidr": "10.0.0.1/24" }] }), "f.a.0.cidr"),
            (json!({ "a": [{ "numeric": [] }] }), "f.a.0.numeric"),
            (json!({ "a": [{ "numeric": ["==", 1] }] }), "f.a.0.numeric"),
            (json!({ "a": [{ "numeric": ["<", 1, ">", 0] }] }), "f.a.0.numeric"),
            (json!({ "a": [{ "numeric": [">", 5, "<", 5] }] }), "f.a.0.numeric"),
            (json!({ "a": [{ "numeric": [">", "5"] }] }), "f.a.0.numeric"),
            (json!({ "$or": [["x"]] }), "f.$or.0"),
            (json!({ "a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1] }), "f"),
        ] {
            assert_eq!(paths(policy.clone(), Scope::MessageAttributes), [place], "{policy}");
        }
        assert_eq!(paths(json!({ "a": {} }), Scope::MessageBody), ["f.a"]);
    }

    /// The guide's example: 4 values three deep and 3 values two deep are 4 × 3 × 3 × 2 = 72.
    #[test]
    fn combinations_are_counted_as_sns_counts_them() {
        let values = |n: usize| (0..n).collect::<Vec<_>>();
        let flat = |n: usize| json!({ "a": values(10), "b": values(n) });
        assert_eq!(paths(flat(15), Scope::MessageAttributes), [""; 0]);
        assert_eq!(paths(flat(16), Scope::MessageAttributes), ["f"]);
        let nested = |n: usize| json!({ "a": { "b": { "c": values(4) } }, "d": { "e": values(n) } });
        assert_eq!(paths(nested(6), Scope::MessageBody), [""; 0], "144");
        assert_eq!(paths(nested(7), Scope::MessageBody), ["f"], "168");
        let either = |n: usize| json!({ "a": values(10), "$or": [{ "b": values(n) }, { "c": values(5) }] });
        assert_eq!(paths(either(10), Scope::MessageAttributes), [""; 0], "150");
        assert_eq!(paths(either(11), Scope::MessageAttributes), ["f"], "160");
    }
}
