//! The models' patterns, which are written for Java.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use fancy_regex::Regex;

/// Whether a text matches; `None` where the pattern can't be used here.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    compiled(pattern)?.is_match(text).ok()
}

/// Whether it can be used.
pub fn is_usable(pattern: &str) -> bool {
    compiled(pattern).is_some()
}

fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    static KNOWN: Mutex<Option<HashMap<String, Option<Arc<Regex>>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(known) = known.get(pattern) {
        return known.clone();
    }
    let compiled = Regex::new(&translated(pattern)).ok().map(Arc::new);
    known.insert(pattern.to_owned(), compiled.clone());
    compiled
}

/// The same for this engine. The older services hold a pattern against the whole text; one that is written with `^` or
/// `$` says by itself what it is held against.
fn translated(pattern: &str) -> String {
    let plain = plain(pattern);
    match pattern.starts_with('^') || pattern.ends_with('$') {
        true => plain,
        false => format!(r"\A(?:{plain})\z"),
    }
}

/// In Java `\w`, `\d` and `\s` are ASCII, `\u0020` is a character, and `[` in a class is an operator that no model means.
pub fn plain(pattern: &str) -> String {
    let mut out = String::new();
    let mut in_class = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                let class = match escaped {
                    'w' => Some("A-Za-z0-9_"),
                    'd' => Some("0-9"),
                    's' => Some(r" \t\n\x0B\f\r"),
                    _ => None,
                };
                match (class, in_class) {
                    (Some(class), true) => out.push_str(class),
                    (Some(class), false) => out.push_str(&format!("[{class}]")),
                    (None, _) if escaped == 'u' => {
                        let digits: String = (0..4).filter_map(|_| chars.next()).collect();
                        out.push_str(&format!(r"\x{{{digits}}}"));
                    }
                    (None, _) => out.extend(['\\', escaped]),
                }
                // After a class a hyphen makes no range.
                if class.is_some() && in_class && chars.peek() == Some(&'-') {
                    chars.next();
                    out.push_str(r"\-");
                }
            }
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
