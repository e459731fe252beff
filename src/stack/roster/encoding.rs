//! From the bytes of a CSV file to its text.

use std::borrow::Cow;

use crate::explain::Code;
use crate::model::size;
use crate::stack::diagnostics::Diagnostic;

/// The largest CSV file, in bytes. Ten thousand members have a kilobyte each in it.
pub const SIZE_LIMIT: usize = 10 << 20;

/// How to save a file so that it can be read.
const AS_UTF_8: &str = "save it as UTF-8: in Excel as `CSV UTF-8 (Comma delimited)`, in LibreOffice with the character \
    set `Unicode (UTF-8)`; a CSV from Google Sheets is UTF-8";

/// The beginnings of files in which spreadsheets keep their own: zip archives (`.xlsx`, `.ods`), and `.xls`.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

/// A text as far as it can be read, and what keeps it from being read well.
pub struct Decoded {
    /// What cannot be read is U+FFFD.
    pub text: String,
    /// What is wrong with it.
    pub diagnostic: Option<Diagnostic>,
    /// Whether the rest of it may be looked at.
    pub is_table: bool,
}

/// The text of `bytes`, without a byte order mark. UTF-16 with such a mark, which is Excel's "Unicode text", is read as well.
/// A carriage return alone ends a line, too.
pub fn decode(bytes: &[u8]) -> Decoded {
    let unread =
        |diagnostic: Diagnostic| Decoded { text: String::new(), diagnostic: Some(diagnostic), is_table: false };
    if bytes.len() > SIZE_LIMIT {
        return unread(too_large(bytes.len()));
    }
    if WORKBOOKS.iter().any(|start| bytes.starts_with(start)) {
        let message = "this is a workbook or an archive, not a CSV file";
        let hint = "open it in the spreadsheet program, save the sheet as `CSV UTF-8`, and name that file";
        return unread(Diagnostic::new(Code::RosterFile, 0..0, message).help(hint));
    }
    let (text, diagnostic) = match bytes {
        [0xff, 0xfe, rest @ ..] => of_utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => of_utf_16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => of_utf_8(rest),
        bytes => of_utf_8(bytes),
    };
    let text = line_ends(text);
    // Every second byte of UTF-16, where no mark says that it is that.
    if text.matches('\0').count() * 4 > text.len() {
        let at = text.find('\0').unwrap_or_default();
        let message = "this file is full of NUL characters: it is UTF-16 without a byte order mark, or not text at all";
        let diagnostic = Some(Diagnostic::new(Code::RosterFile, at..at + 1, message).help(AS_UTF_8));
        return Decoded { text, diagnostic, is_table: false };
    }
    Decoded { text, diagnostic, is_table: true }
}

/// The problem of a file of so many bytes.
pub fn too_large(bytes: usize) -> Diagnostic {
    let message = format!("this file has {}, {}", size::shown(bytes), size::at_most(SIZE_LIMIT));
    let hint = "is it the right file? A roster has one line for each member, and only the columns that the stack uses";
    Diagnostic::new(Code::RosterFile, 0..0, message).help(hint)
}

fn of_utf_8(bytes: &[u8]) -> (String, Option<Diagnostic>) {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), None),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut diagnostic = not_utf_8(at, "this file is not UTF-8");
    // Latin-1, and Windows' variants of it, have these where Unicode has them.
    if let Some(byte @ 0xa0..) = bytes.get(at).copied() {
        diagnostic = diagnostic.label(format!("`{}` in Latin-1", char::from(byte)));
    }
    (text, Some(diagnostic))
}

fn of_utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<Diagnostic>) {
    let units = bytes.chunks(2).map(|pair| match pair {
        [a, b] => unit([*a, *b]),
        // Half of one at the end: a surrogate without its other half.
        _ => 0xd800,
    });
    let mut text = String::with_capacity(bytes.len());
    let mut wrong = None;
    for decoded in char::decode_utf16(units) {
        text.push(decoded.unwrap_or_else(|_| {
            wrong.get_or_insert(text.len());
            char::REPLACEMENT_CHARACTER
        }));
    }
    let diagnostic = wrong.map(|at| not_utf_8(at, "this file is UTF-16 that can't be read"));
    (text, diagnostic)
}

fn not_utf_8(at: usize, message: &str) -> Diagnostic {
    Diagnostic::new(Code::RosterFile, at..at + char::REPLACEMENT_CHARACTER.len_utf8(), message).help(AS_UTF_8)
}

/// A line feed for each carriage return without one, as old programs end lines: places stay what they are.
fn line_ends(text: String) -> String {
    let bytes = text.as_bytes();
    let is_alone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    if !bytes.iter().enumerate().any(|(at, byte)| *byte == b'\r' && is_alone(at)) {
        return text;
    }
    let mut chars = text.chars().peekable();
    let mut mended = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let ends = c == '\r' && chars.peek() != Some(&'\n');
        mended.push(if ends { '\n' } else { c });
    }
    mended
}

/// The beginning of `bytes` that is on the first line, of a file of which no more can be shown.
pub fn first_line(bytes: &[u8]) -> Cow<'_, str> {
    let line = bytes.split(|byte| *byte < b' ').next().unwrap_or_default();
    String::from_utf8_lossy(&line[..line.len().min(80)])
}
