//! What a text says when it is read as another program wrote it. Programs quote what they were given, each in its own
//! way, and they quote each other: a shell's word in Python's JSON in XML. So a text is not searched for every form that
//! a secret could have, but for the secret in everything that the text could mean.

use std::ops::Range;

/// How many forms may stand around each other.
const DEPTH: usize = 3;
/// A longer text, in bytes, is read in one form at a time: what AWS and programs quote is shorter.
const LONG: usize = 1 << 20;

/// The forms, each of which gives no reading if there is nothing of it in the text.
const FORMS: [fn(&str) -> Option<Reading>; 7] =
    [escapes, entities, percent, form, shell, |text| doubled(text, "''"), |text| doubled(text, "\"\"")];

/// Where in `text` stands what `find` finds in any reading of it.
pub fn search(text: &str, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    within(text, if text.len() > LONG { 1 } else { DEPTH }, find)
}

fn within(text: &str, depth: usize, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for reading in FORMS.iter().filter_map(|form| form(text)) {
        let mut found = find(&reading.plain);
        if depth > 1 {
            found.extend(within(&reading.plain, depth - 1, find));
        }
        all.extend(found.into_iter().map(|range| reading.written(range)));
    }
    all
}

/// A text without one form, and what it was made of.
struct Reading {
    plain: String,
    /// Each place that was written in another way: where it is in `plain`, and where it was.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl Reading {
    /// `text` with each of its parts that `start` finds and that `decode` understands decoded. That gets the rest of the
    /// text from there on, and answers how long the part is and what it means.
    fn of(
        text: &str,
        start: impl Fn(&str) -> Option<usize>,
        decode: impl Fn(&str) -> Option<(usize, String)>,
    ) -> Option<Self> {
        let mut reading = Self { plain: String::new(), places: Vec::new() };
        let (mut done, mut from) = (0, 0);
        while let Some(at) = start(&text[from..]).map(|at| from + at) {
            let Some((length, plain)) = decode(&text[at..]) else {
                from = at + text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            };
            reading.plain.push_str(&text[done..at]);
            let start = reading.plain.len();
            reading.plain.push_str(&plain);
            reading.places.push((start..reading.plain.len(), at..at + length));
            (done, from) = (at + length, at + length);
        }
        reading.plain.push_str(&text[done..]);
        (!reading.places.is_empty()).then_some(reading)
    }

    /// Where a range of `plain` stood; all of a part that was decoded, if any of it is meant.
    fn written(&self, plain: Range<usize>) -> Range<usize> {
        let before = |at: usize| self.places.partition_point(|(range, _)| range.start <= at).checked_sub(1);
        let place = |at: usize| before(at).map(|n| &self.places[n]);
        let start = match place(plain.start) {
            Some((range, written)) if plain.start < range.end => written.start,
            Some((range, written)) => written.end + (plain.start - range.end),
            None => plain.start,
        };
        let last = plain.end.saturating_sub(1).max(plain.start);
        let end = match place(last) {
            Some((range, written)) if last < range.end => written.end,
            Some((range, written)) => written.end + (plain.end - range.end),
            None => plain.end,
        };
        start..end
    }
}

/// A backslash and what it means in JSON, Python, JavaScript, C, Rust, YAML and shells: `\"`, `\n`, `\u00fc`, `\xfc`,
/// `\303\274`, `\'`.
fn escapes(text: &str) -> Option<Reading> {
    Reading::of(
        text,
        |text| text.find('\\'),
        |rest| {
            let next = rest[1..].chars().next()?;
            let plain = match next {
                'u' => return unicode(rest),
                'U' => return Some((10, char::from_u32(hex(rest.get(2..10)?)?)?.to_string())),
                'x' => return bytes(rest, |rest| Some((4, hex(rest.strip_prefix("\\x")?.get(..2)?)?))),
                '0'..='3' => {
                    return bytes(rest, |rest| {
                        let digits = rest.strip_prefix('\\')?.get(..3)?;
                        Some((
                            4,
                            digits
                                .bytes()
                                .all(|b| b.is_ascii_digit())
                                .then(|| u32::from_str_radix(digits, 8).ok())??,
                        ))
                    });
                }
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'v' => '\u{b}',
                'a' => '\u{7}',
                'e' => '\u{1b}',
                other if other.is_alphanumeric() => return None,
                other => other,
            };
            Some((1 + next.len_utf8(), plain.to_string()))
        },
    )
}

/// `\u00fc`, `\u{fc}`, and the two that JSON needs beyond the first 65,536 characters.
fn unicode(rest: &str) -> Option<(usize, String)> {
    if let Some(braces) = rest.strip_prefix("\\u{") {
        let digits = braces.split_once('}')?.0;
        return Some((digits.len() + 4, char::from_u32(hex(digits)?)?.to_string()));
    }
    let unit = |rest: &str| u16::try_from(hex(rest.strip_prefix("\\u")?.get(..4)?)?).ok();
    let first = unit(rest)?;
    let two = || Some([first, unit(rest.get(6..)?)?]);
    let decoded = |units: &[u16]| String::from_utf16(units).ok().map(|plain| (units.len() * 6, plain));
    decoded(&[first]).or_else(|| decoded(&two()?))
}

/// As many bytes as follow each other, each read by `one`: a text in UTF-8, or else characters by their numbers.
fn bytes(rest: &str, one: impl Fn(&str) -> Option<(usize, u32)>) -> Option<(usize, String)> {
    let (mut length, mut bytes) = (0, Vec::new());
    while let Some((more, byte)) = rest.get(length..).and_then(&one) {
        bytes.push(u8::try_from(byte).ok()?);
        length += more;
    }
    let by_number = |error: std::string::FromUtf8Error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    (length > 0).then(|| (length, String::from_utf8(bytes).unwrap_or_else(by_number)))
}

fn hex(digits: &str) -> Option<u32> {
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// XML's `&amp;` and the like, and characters by their numbers: `&#39;`, `&#x27;`.
fn entities(text: &str) -> Option<Reading> {
    Reading::of(
        text,
        |text| text.find('&'),
        |rest| {
            let name = rest[1..].split_once(';')?.0;
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits),
                None => number.parse().ok(),
            });
            let plain = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => char::from_u32(number?)?,
            };
            Some((name.len() + 2, plain.to_string()))
        },
    )
}

/// A part of a URL.
fn percent(text: &str) -> Option<Reading> {
    Reading::of(text, |text| text.find('%'), octets)
}

fn octets(rest: &str) -> Option<(usize, String)> {
    bytes(rest, |rest| Some((3, hex(rest.strip_prefix('%')?.get(..2)?)?)))
}

/// A field of a form, in which `+` is a space. Where spaces stand beside it, it is none.
fn form(text: &str) -> Option<Reading> {
    let space = |at: usize| text.as_bytes().get(at).is_none_or(u8::is_ascii_whitespace);
    if !text.match_indices('+').any(|(at, _)| at > 0 && !space(at - 1) && !space(at + 1)) {
        return None;
    }
    let decode = |rest: &str| if rest.starts_with('+') { Some((1, " ".to_owned())) } else { octets(rest) };
    Reading::of(text, |text| text.find(['%', '+']), decode)
}

/// A quote in a shell's word between quotes: `'\''`, as most write it, or `'"'"'`, as Python does.
fn shell(text: &str) -> Option<Reading> {
    Reading::of(
        text,
        |text| text.find('\''),
        |rest| {
            let written = ["'\\''", "'\"'\"'"].into_iter().find(|written| rest.starts_with(written))?;
            Some((written.len(), "'".to_owned()))
        },
    )
}

/// A quote that is doubled: in SQL, YAML, CSV.
fn doubled(text: &str, written: &'static str) -> Option<Reading> {
    Reading::of(text, |text| text.find(written), |_| Some((written.len(), written[1..].to_owned())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is found of `secret` in `text`.
    fn found(text: &str, secret: &str) -> Vec<String> {
        let find = |plain: &str| plain.match_indices(secret).map(|(at, _)| at..at + secret.len()).collect();
        search(text, &find).into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn each_form_is_read_where_it_stands() {
        for (form, secret) in [
            (r"Schl\u00fcssel", "Schl\u{fc}ssel"),
            (r"Schl\u00FCssel", "Schl\u{fc}ssel"),
            (r"Schl\xfcssel", "Schl\u{fc}ssel"),
            (r"Schl\xc3\xbcssel", "Schl\u{fc}ssel"),
            (r"Schl\303\274ssel", "Schl\u{fc}ssel"),
            (r"Schl\u{fc}ssel", "Schl\u{fc}ssel"),
            ("Schl%c3%bcssel", "Schl\u{fc}ssel"),
            ("Schl%C3%BCssel", "Schl\u{fc}ssel"),
            ("Schl&#252;ssel", "Schl\u{fc}ssel"),
            ("Schl&#xfc;ssel", "Schl\u{fc}ssel"),
            (r"key\ud83d\udd11", "key\u{1f511}"),
            (r"key\uD83D\uDD11", "key\u{1f511}"),
            (r"key\U0001f511", "key\u{1f511}"),
            (r"a\u0027b", "a'b"),
            (r"a\'b", "a'b"),
            ("a'\\''b", "a'b"),
            ("a'\"'\"'b", "a'b"),
            ("a''b", "a'b"),
            ("a\"\"b", "a\"b"),
            ("a&#x27;b", "a'b"),
            ("a&#39;b", "a'b"),
            ("a&apos;b", "a'b"),
            ("a&amp;#x27;b", "a'b"),
            ("a&amp;amp;lt;b", "a<b"),
            ("a+b%2fc", "a b/c"),
            (r"a\/b", "a/b"),
            (r"a\nb", "a\nb"),
            (r"a\\nb", "a\nb"),
            (r"a\\\\\\\\b", r"a\b"),
            (r"a\ \&b", "a &b"),
            (r"a'\\''b", "a'b"),
            (r"a&quot;\u0026b", "a\"&b"),
        ] {
            let text = format!("{{\u{e4} {form} \u{e4}}}");
            assert!(found(&text, secret).contains(&form.to_owned()), "{form}: {:?}", found(&text, secret));
        }
    }

    #[test]
    fn what_is_not_a_form_is_left_as_it_is() {
        for text in [
            "",
            "plain",
            "\\",
            "\\u",
            "\\u12",
            "\\ud83d",
            "\\ud83d\\u0041",
            "\\x",
            "\\xg1",
            "\\U00110000",
            "\\u{110000}",
            "\\u{",
            "\\d",
            "%",
            "%g1",
            "%\u{e9}\u{e9}",
            "&",
            "&;",
            "&#;",
            "&#x;",
            "&#1114112;",
            "&uuml",
            "\\u\u{e9}\u{e9}",
            "\\0\u{e9}",
            "\\x\u{e9}",
            "&#+65;",
        ] {
            assert_eq!(found(text, "never there"), [""; 0], "{text}");
        }
    }

    proptest! {
        /// Whatever is found is found at the boundaries of characters, and covers what was decoded.
        #[test]
        fn no_text_is_cut_in_a_character(text in r#"([a-c'"é%+&;#\\ux0-9{}n]|&amp;|%c3%bc|\\u00fc|\\xfc|'\\''){0,24}"#) {
            for secret in ["a", "\u{fc}", "'", "c\u{e9}"] {
                for part in found(&text, secret) {
                    prop_assert!(!part.is_empty());
                }
            }
        }
    }
}
