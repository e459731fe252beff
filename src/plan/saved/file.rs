//! The file's text: what is written, and what is read back, which may be anything.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::SavedPlan;

/// The form of the files that this cloud101 writes.
pub const FORMAT: u32 = 2;
/// This cloud101.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The largest file that is read, in bytes. The largest stack there can be takes a third of it.
pub const SIZE_LIMIT: usize = 64 << 20;

/// The key that no stack has.
const KEY: &str = "cloud101_plan";
/// The longest version that is repeated to a person.
const VERSION_LIMIT: usize = 32;

/// Why a saved plan can't be used. Completes "the saved plan `class.plan` …".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Nothing that was saved is so large.
    #[error("is larger than any plan")]
    TooLarge,
    /// It is not what was written.
    #[error("is damaged at line {line}, column {column}")]
    Damaged {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Another cloud101 saved it.
    #[error("was saved by cloud101 {0}, and this is {VERSION}")]
    OtherVersion(String),
    /// It has an earlier or a later form.
    #[error("has form {0} of saved plans, and this cloud101 reads form {FORMAT}")]
    OtherForm(u32),
}

/// What all forms of the file have in common.
#[derive(Deserialize)]
struct Head {
    cloud101_plan: u32,
    version: String,
}

impl SavedPlan {
    /// The text of the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The saved plan that a file with these contents is; `None`: it is something else, such as a stack. One byte more than
/// [`SIZE_LIMIT`] is enough to see that it is too large.
///
/// # Errors
/// It is a saved plan, and can't be used.
pub fn read(bytes: &[u8]) -> Result<Option<SavedPlan>, Unreadable> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if !is_saved_plan(bytes) {
        return Ok(None);
    }
    if bytes.len() > SIZE_LIMIT {
        return Err(Unreadable::TooLarge);
    }
    let damaged = |error: serde_json::Error| Unreadable::Damaged { line: error.line(), column: error.column() };
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.cloud101_plan != FORMAT && head.version == VERSION {
        return Err(Unreadable::OtherForm(head.cloud101_plan));
    }
    if head.cloud101_plan != FORMAT || head.version != VERSION {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
        let version = Some(head.version).filter(|text| text.len() <= VERSION_LIMIT && text.chars().all(plain));
        return Err(Unreadable::OtherVersion(version.unwrap_or_else(|| "of another version".to_owned())));
    }
    serde_json::from_slice(bytes).map(Some).map_err(damaged)
}

/// A JSON object with the key, or what is left of one.
fn is_saved_plan(bytes: &[u8]) -> bool {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return false;
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => value.get(KEY).is_some(),
        Err(_) => String::from_utf8_lossy(bytes).contains(&format!("\"{KEY}\"")),
    }
}
