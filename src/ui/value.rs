//! Values as people read them: strings in quotes, lists and maps on one line where they fit.

use serde_json::Value;

use crate::plan::value::{PlanValue, UNKNOWN};

use super::terminal::escaped;

/// Lists and maps longer than this are shown over several lines.
pub const WIDTH: usize = 60;
/// A string on one line is cut if it has more characters than this.
pub const LONG: usize = 200;

/// On one line, whatever its length.
pub fn inline(value: &PlanValue) -> String {
    match value {
        PlanValue::Unknown => UNKNOWN.to_owned(),
        PlanValue::Sensitive(hidden) => hidden.to_string(),
        PlanValue::Array(items) if !items.is_empty() => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        PlanValue::Object(object) if !object.is_empty() => {
            let pairs = object.iter().map(|(name, value)| format!("{}: {}", key(name), inline(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => quoted(other),
    }
}

/// On one line if it fits, else with one element a line.
pub fn lines(value: &PlanValue) -> Vec<String> {
    let line = inline(value);
    let children: Vec<(String, &PlanValue)> = match value {
        PlanValue::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        PlanValue::Object(object) => object.iter().map(|(name, value)| (format!("{}: ", key(name)), value)).collect(),
        _ => return vec![line],
    };
    if line.chars().count() <= WIDTH {
        return vec![line];
    }
    let (open, close) = if value.as_array().is_some() { ("[", "]") } else { ("{", "}") };
    let mut all = vec![open.to_owned()];
    for (prefix, child) in children {
        let mut inner = lines(child);
        if let Some(first) = inner.first_mut() {
            first.insert_str(0, &prefix);
        }
        if let Some(last) = inner.last_mut() {
            last.push(',');
        }
        all.extend(inner.into_iter().map(|line| format!("  {line}")));
    }
    all.push(close.to_owned());
    all
}

/// A string on one line; a long one is cut, and says so.
pub fn excerpt(text: &str) -> String {
    if text.chars().count() <= LONG {
        return inline(&text.into());
    }
    let start: String = text.chars().take(LONG / 2).collect();
    format!("{}… ({} characters, --full)", quoted(&start.into()).trim_end_matches('"'), text.chars().count())
}

/// As JSON, with escapes for what a terminal would obey.
fn quoted(value: &PlanValue) -> String {
    escaped(&value.shown().to_string())
}

/// A map's key, in quotes only where it needs them.
pub fn key(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { quoted(&PlanValue::from(name)) }
}

/// An IAM policy in the form that reads best: the usual order of keys, lists of one string as that string. Two that
/// differ only in that are the same text.
pub fn policy(document: &PlanValue) -> PlanValue {
    const ORDER: [&str; 12] = [
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    match document {
        PlanValue::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner) if inner.is_object() => policy(&inner.into()),
            _ => document.clone(),
        },
        PlanValue::Array(items) => match items.as_slice() {
            [PlanValue::String(only)] => PlanValue::String(only.clone()),
            _ => items.iter().map(policy).collect(),
        },
        PlanValue::Object(object) => {
            let mut pairs: Vec<_> = object.iter().collect();
            let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
            pairs.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
            pairs.into_iter().map(|(key, value)| (key.clone(), policy(value))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_values_stand_on_one_line() {
        assert_eq!(inline(&json!(["a", 1, true, null]).into()), r#"["a", 1, true, null]"#);
        assert_eq!(inline(&json!({"name": "x", "a b": []}).into()), r#"{ name: "x", "a b": [] }"#);
        assert_eq!(inline(&PlanValue::Unknown), "(known after apply)");
        assert_eq!(inline(&json!("a\u{1b}[31m\n").into()), r#""a\u001b[31m\n""#);
        assert_eq!(inline(&json!("a\u{9b}31m \u{202e}x").into()), r#""a\u009b31m \u202ex""#);
        assert_eq!(key("\u{9b}"), r#""\u009b""#);
    }

    #[test]
    fn long_strings_are_cut() {
        let cut = format!("\"{}… (300 characters, --full)", "x".repeat(100));
        assert_eq!((excerpt("short"), excerpt(&"x".repeat(300))), ("\"short\"".to_owned(), cut));
    }

    #[test]
    fn policies_that_mean_the_same_are_the_same_text() {
        let a = json!({"Statement": [{"Action": ["s3:*"], "Effect": "Allow"}], "Version": "2012-10-17"});
        let b = json!(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#);
        assert_eq!(policy(&a.into()).shown().to_string(), policy(&b.into()).shown().to_string());
    }
}
