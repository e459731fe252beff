//! YAML as a person would write it: in the order that it is given, with blocks for texts of several lines and quotes
//! only where they are needed.

use serde_json::Value;

/// How far each level is indented.
const STEP: &str = "  ";

/// Appends `key: value`, indented to `level`.
pub fn entry(out: &mut String, level: usize, key: &str, value: &Value) {
    out.push_str(&STEP.repeat(level));
    pair(out, level, key, value);
}

/// The same where the line has begun already.
fn pair(out: &mut String, level: usize, key: &str, value: &Value) {
    out.push_str(&scalar(key));
    out.push(':');
    match value {
        Value::Object(object) if !object.is_empty() => {
            out.push('\n');
            object.iter().for_each(|(key, value)| entry(out, level + 1, key, value));
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            items.iter().for_each(|item| element(out, level + 1, item));
        }
        Value::String(text) => match block(text, level + 1) {
            Some(block) => out.push_str(&format!(" {block}")),
            None => out.push_str(&format!(" {}\n", scalar(text))),
        },
        other => out.push_str(&format!(" {other}\n")),
    }
}

/// One element of a list. The first key of a group stands behind the hyphen.
fn element(out: &mut String, level: usize, item: &Value) {
    out.push_str(&STEP.repeat(level));
    out.push_str("- ");
    match item {
        Value::Object(object) if !object.is_empty() => {
            for (n, (key, value)) in object.iter().enumerate() {
                if n > 0 {
                    out.push_str(&STEP.repeat(level + 1));
                }
                pair(out, level + 1, key, value);
            }
        }
        Value::String(text) => match block(text, level + 1) {
            Some(block) => out.push_str(&block),
            None => out.push_str(&format!("{}\n", scalar(text))),
        },
        // JSON is YAML.
        other => out.push_str(&format!("{other}\n")),
    }
}

/// A text of several lines as a block; `None` if it is none, or a block could not hold it as it is.
fn block(text: &str, level: usize) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let plain = |line: &str| !line.ends_with([' ', '\t']) && !line.chars().any(is_special);
    let fits = body.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body.split('\n').all(plain);
    if !fits {
        return None;
    }
    let mut block = if text.ends_with('\n') { "|\n".to_owned() } else { "|-\n".to_owned() };
    for line in body.split('\n') {
        if !line.is_empty() {
            block.push_str(&STEP.repeat(level));
            block.push_str(line);
        }
        block.push('\n');
    }
    Some(block)
}

/// Appends a comment of one line, indented to `level`. What could end the line is written as an escape.
pub fn comment(out: &mut String, level: usize, text: &str) {
    out.push_str(&STEP.repeat(level));
    out.push_str("# ");
    for c in text.chars() {
        if is_special(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out.push('\n');
}

/// What YAML takes for a line's end, or does not allow as it is.
fn is_special(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text on one line, in quotes if YAML would read it as something else.
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_special(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether YAML of whatever version reads it as this very text.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_range = text.contains('/') && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$') || is_range;
    let fine = |c: char| c.is_ascii_alphanumeric() || " _-./:@+*(){}$=,;'!?".contains(c);
    begins
        && text.chars().all(fine)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !words.contains(&text.to_ascii_lowercase().as_str())
        && text != "<<"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn document(value: &Value) -> String {
        let mut out = String::new();
        entry(&mut out, 0, "key", value);
        out
    }

    #[test]
    fn it_looks_as_a_person_would_write_it() {
        let value = json!({
            "name": "hello",
            "ports": [22, "22"],
            "rules": [{"cidr": "192.0.2.0/24", "who": {"a": "yes"}}, {"empty": []}],
            "script": "#!/bin/sh\necho \"hi\"\n\nexit 0\n",
            "topic": "${topic.arn}",
            "arn": "arn:aws:iam::123456789012:role/a",
            "colon": "a: b",
        });
        insta::assert_snapshot!(document(&value), @r#"
        key:
          name: hello
          ports:
            - 22
            - "22"
          rules:
            - cidr: 192.0.2.0/24
              who:
                a: "yes"
            - empty: []
          script: |
            #!/bin/sh
            echo "hi"

            exit 0
          topic: ${topic.arn}
          arn: arn:aws:iam::123456789012:role/a
          colon: "a: b"
        "#);
    }

    fn values() -> impl Strategy<Value = Value> {
        let text =
            prop_oneof!["\\PC{0,12}", "[a-z:#' -]{0,8}\n[ a-z\t]{0,6}\n?", "(yes|0x1f|1_0|~|12:30|-|\\$\\{a\\})"];
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::btree_map("\\PC{1,8}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in values()) {
            let text = document(&value);
            let read: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            prop_assert_eq!(&read["key"], &value, "{}", text);
        }
    }
}
