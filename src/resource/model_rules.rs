//! What AWS's own models say of a property's value: how long a text may be, how large a number, of which characters.
//!
//! `model_rules.json` is made from the models by `tests/models`, which compares the two: each property with the member of
//! a request that it becomes, and the rules that the model has for it. What a kind says of a property itself is said
//! better, so these come after it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use fancy_regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::explain::Code;

use super::{Diagnostic, is_unknown};

/// The rules of a property, which becomes `member`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rule {
    /// `service:Operation.Member.Part`.
    pub member: String,
    /// The smallest number, or the fewest characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number, or the most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What the whole text must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// How many elements the list may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_elements: Option<usize>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

/// By kind and property: `vpc.subnet_ids[]` is an element of a list, `environment{key}` a key of a map.
pub type Rules = BTreeMap<String, BTreeMap<String, Rule>>;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| serde_json::from_str(include_str!("model_rules.json")).unwrap_or_default());

/// What `spec` breaks of the rules, but for the properties of which something is `found` already.
pub fn check(kind: &str, spec: &Value, found: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (property, rule) in RULES.get(kind).into_iter().flatten() {
        let mut broken = Vec::new();
        rule.visit(spec, property, String::new(), &mut broken);
        let is_new = |one: &Diagnostic| !found.iter().any(|found| touches(found.path(), one.path()));
        diagnostics.extend(broken.into_iter().filter(is_new));
    }
    diagnostics
}

/// Whether one of two paths leads through the other.
fn touches(one: &str, other: &str) -> bool {
    let leads =
        |from: &str, to: &str| to.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    leads(one, other) || leads(other, one)
}

impl Rule {
    /// Goes to each value that `property` means, which is at `path` already.
    fn visit(&self, value: &Value, property: &str, path: String, broken: &mut Vec<Diagnostic>) {
        let (part, rest) = property.split_once('.').unwrap_or((property, ""));
        let name = part.trim_end_matches("[]").trim_end_matches("{key}").trim_end_matches("{value}");
        let Some(value) = value.get(name) else { return };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let mut go_on = |value: &Value, path: String| match rest.is_empty() {
            true => broken.extend(self.diagnostic(value, path)),
            false => self.visit(value, rest, path, broken),
        };
        match (&part[name.len()..], value) {
            ("", value) => go_on(value, path),
            ("[]", Value::Array(all)) => {
                all.iter().enumerate().for_each(|(n, one)| go_on(one, format!("{path}.{n}")));
                if rest.is_empty() {
                    broken.extend(self.too_many(all.len(), &path));
                }
            }
            ("{key}", Value::Object(map)) => {
                let keys =
                    map.keys().filter_map(|key| self.diagnostic(&Value::from(key.as_str()), format!("{path}.{key}")));
                broken.extend(keys.map(Diagnostic::of_key));
            }
            ("{value}", Value::Object(map)) => map.iter().for_each(|(key, one)| go_on(one, format!("{path}.{key}"))),
            _ => {}
        }
    }

    fn diagnostic(&self, value: &Value, path: String) -> Option<Diagnostic> {
        match value {
            Value::Number(number) => {
                let number = number.as_i64()?;
                let is_outside = self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max);
                let message = || format!("{number} is out of range: AWS allows {}", self.range());
                is_outside.then(|| self.put(Code::OutOfRange, path, message()))
            }
            Value::String(text) if !is_unknown(text) => self.of_text(text, path),
            _ => None,
        }
    }

    fn of_text(&self, text: &str, path: String) -> Option<Diagnostic> {
        let length = text.chars().count();
        let count = i64::try_from(length).unwrap_or(i64::MAX);
        let is_outside = self.min.is_some_and(|min| count < min) || self.max.is_some_and(|max| count > max);
        if is_outside {
            let characters = if length == 1 { "character" } else { "characters" };
            let message = format!("this has {length} {characters}: AWS allows {}", self.range());
            return Some(self.put(Code::TooLong, path, message));
        }
        let pattern = self.compiled.get_or_init(|| Regex::new(&format!(r"\A(?:{})\z", self.pattern.as_ref()?)).ok());
        let pattern = pattern.as_ref()?;
        let takes = |text: &str| pattern.is_match(text).unwrap_or(true);
        if takes(text) {
            return None;
        }
        // A character is to blame if the text would do with a plain one in its place.
        let to_blame = text.chars().find(|c| !c.is_ascii_alphanumeric() && takes(&text.replace(*c, "a")));
        Some(match to_blame {
            Some(c) => {
                let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
                self.put(Code::Characters, path, format!("AWS does not accept the character `{shown}` here"))
            }
            None => self.put(Code::Characters, path, "this does not have the form that AWS requires here".to_owned()),
        })
    }

    fn too_many(&self, length: usize, path: &str) -> Option<Diagnostic> {
        let most = self.most_elements.filter(|most| length > *most)?;
        let message = format!("this has {length} elements: AWS allows at most {most}");
        Some(self.put(Code::TooLong, path.to_owned(), message))
    }

    /// With where the rule comes from.
    fn put(&self, code: Code, path: String, message: String) -> Diagnostic {
        let (operation, member) = self.member.split_once('.').unwrap_or((&self.member, ""));
        let pattern = self.pattern.as_ref().filter(|_| code == Code::Characters);
        let pattern = pattern.map(|pattern| format!(", and it must match `{pattern}`")).unwrap_or_default();
        Diagnostic::new(code, path, message).help(format!("it is sent as `{member}` of {operation}{pattern}"))
    }

    fn range(&self) -> String {
        match (self.min.filter(|min| *min != 0), self.max) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("{min} or more"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(rule: Rule, property: &str, spec: &Value) -> Vec<(Code, String, String)> {
        let mut broken = Vec::new();
        rule.visit(spec, property, String::new(), &mut broken);
        broken
            .into_iter()
            .map(|diagnostic| (diagnostic.code, diagnostic.path().to_owned(), diagnostic.message))
            .collect()
    }

    fn rule(pattern: &str) -> Rule {
        let member = "iam:CreateRole.Description".to_owned();
        Rule { member, min: Some(1), max: Some(8), pattern: Some(pattern.to_owned()), ..Rule::default() }
    }

    #[test]
    fn each_rule_has_its_complaint_at_its_value() {
        let spec =
            json!({ "a": [{ "b": "abc" }, { "b": "a–c" }, { "b": "abcdefghi" }, { "b": "" }, { "b": "a c\n" }] });
        let said = said(rule("[a-z]+"), "a[].b", &spec);
        let short: Vec<_> = said.iter().map(|(_, path, message)| format!("{path}: {message}")).collect();
        assert_eq!(
            short,
            [
                "a.1.b: AWS does not accept the character `–` here",
                "a.2.b: this has 9 characters: AWS allows 1 to 8",
                "a.3.b: this has 0 characters: AWS allows 1 to 8",
                "a.4.b: this does not have the form that AWS requires here",
            ]
        );
    }

    #[test]
    fn numbers_keys_and_lists_have_rules_too() {
        let seconds = Rule { min: Some(0), max: Some(86_400), ..Rule::default() };
        let found = said(seconds, "cors.max_age", &json!({ "cors": { "max_age": 86_401 } }));
        assert_eq!(found[0].2, "86401 is out of range: AWS allows at most 86400");
        let found = said(rule("[a-z]+"), "map{key}", &json!({ "map": { "ok": "–", "A": "x" } }));
        assert_eq!((found.len(), found[0].1.as_str()), (1, "map.A"));
        let few = Rule { most_elements: Some(2), ..Rule::default() };
        let found = said(few, "ids[]", &json!({ "ids": ["a", "b", "c"] }));
        assert_eq!(found[0], (Code::TooLong, "ids".into(), "this has 3 elements: AWS allows at most 2".into()));
    }

    #[test]
    fn what_a_kind_has_found_is_not_said_again() {
        let spec = json!({ "description": "a–c" });
        assert_eq!(check("iam.role", &spec, &[]).len(), 1);
        let found = Diagnostic::new(Code::Characters, "description", "it has a dash");
        assert!(check("iam.role", &spec, &[found]).is_empty());
        assert!(check("iam.role", &json!({ "description": crate::model::reference::unknown() }), &[]).is_empty());
    }

    #[test]
    fn every_pattern_can_be_used() {
        assert!(RULES.len() > 4, "the rules are not read");
        for rule in RULES.values().flat_map(BTreeMap::values) {
            if let Some(pattern) = &rule.pattern {
                assert!(Regex::new(pattern).is_ok(), "{}: {pattern}", rule.member);
            }
        }
    }
}
