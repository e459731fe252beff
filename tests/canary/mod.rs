//! Values that no one may get to see. They are really used by the runs of the program in the tests, and everything that
//! a run says is searched for them, in whatever form they come.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD as STANDARD_ENGINE;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

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
/// The value that [`SECRET`] had before it was rotated, with what each language writes in its own way.
pub const OLD_SECRET: &str = "Schl\u{fc}ssel'9<x>\u{1f511}&\"q\"";
/// The same of [`PLAIN_SECRET`].
pub const OLD_PLAIN_SECRET: &str = "Drossel/acht+5=6";
/// A line of the private key in [`private_key`].
pub const KEY_LINE: &str = "b3BlbnNzaCcanaryKEYMATERIALktdjEAAAAABG5vbmU";

/// The email address of the student whom a Learner Lab's session names.
pub const STUDENT: &str = "kanarie.ana@example.edu";

const ALL: [&str; 8] = [SECRET_KEY, TOKEN, SECRET, PLAIN_SECRET, OLD_SECRET, OLD_PLAIN_SECRET, KEY_LINE, STUDENT];

/// What S3 calls an object whose whole content is one of them: its MD5.
const ETAGS: [(&str, &str); 4] = [
    (SECRET, "20900673856b2e326f204492d24f90aa"),
    (PLAIN_SECRET, "91f16422ccad67d150999f3eb2267533"),
    (OLD_SECRET, "d136093348a5bddf03d37ceb612d9c06"),
    (OLD_PLAIN_SECRET, "593cd7f5e19b6dbb2942494816e43a1f"),
];

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
    let around = |text: &str, at: usize| {
        let from = text.floor_char_boundary(at.saturating_sub(100));
        let to = text.ceil_char_boundary((at + 140).min(text.len()));
        text[from..to].to_owned()
    };
    let hashes = ALL.iter().flat_map(|canary| hashes(canary).into_iter().map(move |hash| (*canary, hash)));
    let etags = ETAGS.iter().map(|(canary, etag)| (*canary, (*etag).to_owned()));
    let small = said.to_lowercase();
    let hash = hashes.chain(etags).find_map(|(canary, hash)| Some((canary, small.find(&hash.to_lowercase())?)));
    if let Some((canary, at)) = hash {
        return Some((canary, around(&small, at)));
    }
    readings(said).into_iter().find_map(|text| {
        let (canary, at) = ALL.iter().find_map(|canary| Some((*canary, text.find(canary)?)))?;
        Some((canary, around(&text, at)))
    })
}

/// Its SHA-256, as programs write it.
fn hashes(canary: &str) -> [String; 2] {
    let digest = Sha256::digest(canary.as_bytes());
    [digest.iter().map(|byte| format!("{byte:02x}")).collect(), STANDARD_ENGINE.encode(digest)]
}

/// What a text says if it, or parts of it, were written in another form.
fn readings(text: &str) -> Vec<String> {
    let url = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut latest = vec![
        // A value that was broken into lines.
        text.split_whitespace().collect(),
        url(&text.replace('+', " ")),
        url(text),
        text.replace("'\\''", "'").replace("'\"'\"'", "'"),
        text.to_owned(),
    ];
    latest.dedup();
    let mut all = vec![from_base64(text), from_base64(&url(text))];
    // Twice: programs quote each other.
    for _ in 0..2 {
        let decoded = |text: &String| {
            let unquoted = text.contains('\\').then(|| unquoted(text));
            unquoted.into_iter().chain(text.contains('&').then(|| from_xml(text)))
        };
        let next = latest.iter().flat_map(decoded).collect();
        all.append(&mut latest);
        latest = next;
    }
    all.append(&mut latest);
    all
}

/// Without the backslashes of a string in JSON, Python and the like.
fn unquoted(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    // The half of a character that JSON writes in two.
    let mut half = None;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = [("u", 4), ("x", 2), ("U", 8)].into_iter().find_map(|(letter, count)| {
            let number = u32::from_str_radix(after.strip_prefix(letter)?.get(..count)?, 16).ok()?;
            Some((number, 1 + count))
        });
        let next = after.chars().next();
        let length = match (digits, next) {
            (Some((number, length)), _) => {
                match (half.take(), number) {
                    (_, 0xd800..0xdc00) => half = Some(number - 0xd800),
                    (Some(high), 0xdc00..0xe000) => {
                        plain.extend(char::from_u32(0x10000 + (high << 10) + (number - 0xdc00)));
                    }
                    (_, number) => plain.extend(char::from_u32(number)),
                }
                length
            }
            (None, Some(next)) => {
                plain.push(if next == 'n' { '\n' } else { next });
                next.len_utf8()
            }
            (None, None) => 0,
        };
        rest = &after[length..];
    }
    plain + rest
}

fn from_xml(text: &str) -> String {
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let text = names.into_iter().fold(text.to_owned(), |text, (form, c)| text.replace(form, c));
    let mut parts = text.split("&#");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let decoded = part.split_once(';').and_then(|(number, rest)| {
            let number = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            Some((char::from_u32(number.ok()?)?, rest))
        });
        match decoded {
            Some((c, rest)) => plain.extend([c.to_string(), rest.to_owned()]),
            None => plain.extend(["&#", part]),
        }
    }
    plain
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
            // One letter alone is not a byte.
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
                hashes(canary).join(" "),
                text,
            ];
            for form in forms {
                assert_eq!(found(&form).map(|(canary, _)| canary), Some(canary), "{form}");
            }
        }
        for form in [
            r#"Schl\u00fcssel'9<x>\ud83d\udd11&\"q\""#,
            r#"Schl\u00FCssel\u00279\u003Cx\u003E\uD83D\uDD11\u0026\u0022q\u0022"#,
            r#"'Schl\xfcssel\'9<x>\U0001f511&"q"'"#,
            "Schl\u{fc}ssel'\\''9<x>\u{1f511}&\"q\"",
            "Schl&#xfc;ssel&#x27;9&lt;x&gt;&#128273;&amp;&quot;q&quot;",
            "Schl&amp;#252;ssel&amp;#39;9&amp;lt;x&amp;gt;\u{1f511}&amp;amp;&amp;quot;q&amp;quot;",
            "Schl%c3%bcssel%279%3cx%3e%f0%9f%94%91%26%22q%22",
        ] {
            assert_eq!(found(form).map(|(canary, _)| canary), Some(OLD_SECRET), "{form}");
        }
        assert!(ETAGS.iter().all(|(canary, etag)| found(etag).is_some_and(|(found, _)| found == *canary)));
        let wrapped = TOKEN.split_at(20);
        assert!(found(&format!("{}\n    {}", wrapped.0, wrapped.1)).is_some());
        assert!(found("Plan: 1 to add, 0 to change, 0 to destroy. (sensitive) AKIAIOSFODNN7EXAMPLE").is_none());
    }
}
