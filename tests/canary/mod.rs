//! Values that nobody may get to see. They are really used by the runs of the program in the tests, and everything that
//! a run says is searched for them, in whatever form they come.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// The secret half of the credentials.
pub const SECRET_KEY: &str = "wJalrXUtnFEMIcanaryKEYbPxRfiCYEXAMPLE0001";
/// Their session token.
pub const TOKEN: &str = "FwoGZXIvYXdzEcanaryTOKENbPxRfiCYEXAMPLE0002";
/// The value of the variable [`VARIABLE`], with characters that JSON, XML and URLs write in other ways.
pub const SECRET: &str = "Kanarie\"<&'>\\+/vogel 7?";
/// A secret variable, for the vars of a stack file.
pub const VARIABLE: &str = r#"canary: { secret: true, default: "Kanarie\"<&'>\\+/vogel 7?" }"#;
/// A secret in letters that tags allow.
pub const PLAIN_SECRET: &str = "Kolibri/zwei=3+4";
/// The same for the vars of a stack file.
pub const PLAIN_VARIABLE: &str = "plain_canary: { secret: true, default: Kolibri/zwei=3+4 }";
/// A line of the private key in [`private_key`].
pub const KEY_LINE: &str = "b3BlbnNzaCcanaryKEYMATERIALktdjEAAAAABG5vbmU";

const ALL: [&str; 5] = [SECRET_KEY, TOKEN, SECRET, PLAIN_SECRET, KEY_LINE];

/// A file with a private key.
pub fn private_key() -> String {
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_LINE}\n-----END OPENSSH PRIVATE KEY-----\n")
}

/// Fails if `said` holds a canary.
pub fn check(what: &str, said: &str) {
    if let Some((canary, form)) = found(said) {
        panic!("{what} shows {canary}: …{form}…");
    }
}

/// The first canary in a text, and what stands around it.
fn found(said: &str) -> Option<(&'static str, String)> {
    readings(said).into_iter().find_map(|text| {
        let (canary, at) = ALL.iter().find_map(|canary| Some((*canary, text.find(canary)?)))?;
        let from = text.floor_char_boundary(at.saturating_sub(100));
        let to = text.ceil_char_boundary(at + canary.len() + 100);
        Some((canary, text[from..to].to_owned()))
    })
}

/// What a text says if it, or parts of it, were written in another form.
fn readings(text: &str) -> Vec<String> {
    let unquoted =
        |text: &str| text.replace("\\\"", "\"").replace("\\'", "'").replace("\\n", "\n").replace("\\\\", "\\");
    let xml = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    let xml = xml.into_iter().fold(text.to_owned(), |text, (form, c)| text.replace(form, c));
    let url = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (once, encoded) = (unquoted(text), url(text));
    vec![
        from_base64(text),
        from_base64(&encoded),
        unquoted(&once),
        unquoted(&xml),
        url(&text.replace('+', " ")),
        // A value that was broken into lines.
        text.split_whitespace().collect(),
        text.to_owned(),
        once,
        encoded,
        xml,
    ]
}

/// Everything that might be base64, decoded from each place at which it may begin.
fn from_base64(text: &str) -> String {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, config);
    let text = text.replace('-', "+").replace('_', "/");
    let mut found = String::new();
    for run in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/').filter(|run| run.len() > 12) {
        for start in 0..4 {
            let run = &run[start..];
            // One letter alone is no byte.
            let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
            if let Ok(bytes) = engine.decode(run) {
                found.push_str(&String::from_utf8_lossy(&bytes));
                found.push('\n');
            }
        }
    }
    found
}

/// The check itself: a canary is found in every form in which it may come, and nothing else is.
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_in_every_form() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
        for canary in ALL {
            let text = format!("#!/bin/sh\nlogin {canary}\nexit");
            let json = serde_json::Value::from(text.clone()).to_string();
            let url = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            let forms = [
                format!("{text:?}"),
                serde_json::Value::from(json.clone()).to_string(),
                json,
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
                url.replace("%20", "+"),
                url,
                format!("UserData={}&Version=2", BASE64_STANDARD.encode(&text)),
                utf8_percent_encode(&BASE64_STANDARD.encode(&text), NON_ALPHANUMERIC).to_string(),
                format!("x{}", BASE64_URL_SAFE_NO_PAD.encode(&text)),
                text,
            ];
            for form in forms {
                assert_eq!(found(&form).map(|(canary, _)| canary), Some(canary), "{form}");
            }
        }
        let wrapped = TOKEN.split_at(20);
        assert!(found(&format!("{}\n    {}", wrapped.0, wrapped.1)).is_some());
        assert!(found("Plan: 1 to add, 0 to change, 0 to destroy. (sensitive) AKIAIOSFODNN7EXAMPLE").is_none());
    }
}
