//! The forms in which a secret may come back that no [reading](super::readings) takes away.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use serde_json::Value;

/// From this length on, the encoded form of a secret is looked for: a shorter one is in many other texts.
const TELLING: usize = 6;

/// The secret itself, and as a part of anything in base64: as it is, and as JSON writes it, with and without letters
/// beyond ASCII.
pub fn forms(text: &str) -> Vec<String> {
    let json = escaped(text);
    let ascii: String = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect();
    let mut plain = vec![text.to_owned(), json, ascii];
    plain.dedup();
    let encoded: Vec<_> = plain.iter().flat_map(|text| base64(text)).filter(|form| form.len() >= TELLING).collect();
    plain.truncate(1);
    plain.extend(encoded);
    plain
}

/// As it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// `\u00fc`; two of them beyond the first 65,536 characters.
fn escape(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// As a part of a longer text in base64: three forms, by the place at which it stands, without the characters that its
/// neighbours have a share in. Each also in the alphabet for URLs.
fn base64(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [&[0; 3][..before], text.as_bytes()].concat();
        let whole = BASE64_STANDARD_NO_PAD.encode(&bytes);
        let own = whole.get((before * 8).div_ceil(6)..bytes.len() * 8 / 6).unwrap_or_default();
        forms.extend([own.to_owned(), own.replace('+', "-").replace('/', "_")]);
    }
    forms.dedup();
    forms
}
