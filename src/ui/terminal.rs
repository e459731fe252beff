//! What may reach a terminal: text, and our own colours.
//!
//! Names, tags, values, messages of AWS and files come from elsewhere. A terminal would obey what is hidden in them:
//! move the cursor over a line that was shown, change the title, write to the clipboard, turn text around.

use std::borrow::Cow;
use std::io;

use serde_json::ser::Formatter;

/// Stands for what is not passed on.
const REPLACEMENT: char = '\u{fffd}';

/// The parameters of the sequences that [`Paint`](super::Paint), the diagnostics and the log lines make: back to
/// normal, bold, dim, italic, underlined, and the colours but for those of common backgrounds. Others can hide text.
fn is_style(parameter: &str) -> bool {
    matches!(parameter.parse(), Ok(0..=4 | 31..=36 | 91..=96))
}

/// Whether a terminal does something at `c` instead of showing it: C0 and C1 controls, and what turns text around
/// (Unicode's explicit bidirectional formatting).
pub fn is_active(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from elsewhere, line by line, without anything that a terminal would obey.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if is_active(c) { REPLACEMENT } else { c }).collect()
}

/// A JSON text with everything in its strings written as an escape that a terminal would obey. It means the same.
pub fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_active(c) {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

/// The form of a JSON document in which its texts are [`escaped`].
pub struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        match fragment.contains(is_active) {
            true => writer.write_all(escaped(fragment).as_bytes()),
            false => writer.write_all(fragment.as_bytes()),
        }
    }
}

/// The last gate before a stream: [`clean`] but for our own colours, if there are any.
pub fn passed(text: &str, coloured: bool) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let mut passed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if coloured { style(rest) } else { 0 };
        if length > 0 {
            passed.push_str(&rest[..length]);
        } else {
            passed.push(if is_active(c) { REPLACEMENT } else { c });
        }
        rest = &rest[length.max(c.len_utf8())..];
    }
    Cow::Owned(passed)
}

/// The length of the style with which `text` begins, 0 if it does not.
fn style(text: &str) -> usize {
    let Some((parameter, _)) = text.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m')) else { return 0 };
    if is_style(parameter) { "\u{1b}[m".len() + parameter.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::super::Paint;
    use super::*;

    /// What a hostile text may hold: a title, the clipboard, a link, cursor movements, a C1 sequence, a bell, hidden and
    /// black text, a carriage return, and text turned around.
    pub const HOSTILE: [&str; 12] = [
        "\u{1b}]0;title\u{7}",
        "\u{1b}]52;c;aGk=\u{7}",
        "\u{1b}]8;;https://www.example.edu/\u{1b}\\link",
        "\u{1b}[2A\u{1b}[K",
        "\u{9b}31m",
        "\u{1b}[8mhidden",
        "\u{1b}[30mblack",
        "\u{1b}[38;5;0mblack",
        "\u{1b}[1;31m",
        "+ create\r- delete",
        "abc\u{8}\u{8}\u{8}\u{7f}",
        "\u{202e}txet\u{2066}",
    ];

    #[test]
    fn nothing_from_elsewhere_is_obeyed() {
        for text in HOSTILE {
            for shown in [clean(text), passed(text, true).into_owned(), passed(text, false).into_owned()] {
                assert!(!shown.contains(is_active), "{shown:?}");
                assert!(shown.contains(REPLACEMENT), "{shown:?}");
            }
        }
        assert_eq!(passed("a\u{1b}", true), "a\u{fffd}");
        assert_eq!(passed("é\u{1b}[31", true), "é\u{fffd}[31");
    }

    #[test]
    fn our_own_colours_lines_and_tabs_pass() {
        let paint = Paint::COLOURED;
        for text in [
            paint.bold("a"),
            paint.dim("é"),
            paint.green("a"),
            paint.yellow("a"),
            paint.red("a"),
            paint.error("a"),
            paint.help("a"),
        ] {
            assert_eq!(passed(&text, true), text);
            assert_ne!(passed(&text, false), text);
        }
        assert_eq!(
            passed("a\n\tb \u{1f642} \u{5e9}\u{5dc}\u{5d5}\u{5dd}", false),
            "a\n\tb \u{1f642} \u{5e9}\u{5dc}\u{5d5}\u{5dd}"
        );
    }

    #[test]
    fn json_means_the_same() {
        for text in HOSTILE {
            let mut written = Vec::new();
            text.serialize(&mut serde_json::Serializer::with_formatter(&mut written, Escaped)).unwrap();
            for json in [escaped(&serde_json::Value::from(text).to_string()), String::from_utf8(written).unwrap()] {
                assert!(!json.contains(is_active), "{json:?}");
                assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            }
        }
    }
}
