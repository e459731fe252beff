//! `${name.attribute}` inside a string: finding references and replacing them.
//!
//! `$${` is a literal `${`.

use std::ops::Range;

/// A piece of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text to take as it is.
    Text(&'a str),
    /// The inside of a `${…}`, and its place in the string.
    Reference(&'a str, Range<usize>),
    /// A `${` without its `}`.
    Unclosed(Range<usize>),
}

/// Takes a string apart.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("${").map(|n| at + n) {
        if found > start && text.as_bytes()[found - 1] == b'$' && found > at {
            // `$${`: keep `${`, drop the first dollar.
            if found - 1 > start {
                parts.push(Part::Text(&text[start..found - 1]));
            }
            parts.push(Part::Text("${"));
            (start, at) = (found + 2, found + 2);
            continue;
        }
        if found > start {
            parts.push(Part::Text(&text[start..found]));
        }
        match text[found..].find('}') {
            Some(length) => {
                let end = found + length + 1;
                parts.push(Part::Reference(&text[found + 2..end - 1], found..end));
                (start, at) = (end, end);
            }
            None => {
                parts.push(Part::Unclosed(found..text.len()));
                return parts;
            }
        }
    }
    if start < text.len() {
        parts.push(Part::Text(&text[start..]));
    }
    parts
}

/// Whether `text` holds a reference.
pub fn has_reference(text: &str) -> bool {
    text.contains("${") && parts(text).iter().any(|part| matches!(part, Part::Reference(..)))
}

/// The insides of all references in `text`.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Reference(inside, _) => Some(inside),
        _ => None,
    })
}

/// The mark that a string is known only after apply. It is a control character, which YAML does not allow in a file.
const UNKNOWN: char = '\u{1}';

/// Replaces all references by their values. If `value_of` does not know one of them, the whole string is known only
/// after apply: see [`is_unknown`].
pub fn resolve(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let piece = |part| match part {
        Part::Reference(inside, _) => value_of(inside),
        Part::Text(text) => Some(text.to_owned()),
        Part::Unclosed(range) => Some(text[range].to_owned()),
    };
    let resolved: Option<String> = parts(text).into_iter().map(piece).collect();
    resolved.unwrap_or_else(|| format!("{UNKNOWN}{text}"))
}

/// The template with the values of those references that `value_of` knows; the others stay references.
pub fn replace(template: &str, value_of: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(template.len());
    let mut from = 0;
    for part in parts(template) {
        let Part::Reference(inside, range) = part else { continue };
        if let Some(value) = value_of(inside) {
            replaced.push_str(&template[from..range.start]);
            replaced.push_str(&value.replace("${", "$${"));
            from = range.end;
        }
    }
    replaced.push_str(&template[from..]);
    replaced
}

/// Whether `text` is, or was made from, a string that is known only after apply.
pub fn is_unknown(text: &str) -> bool {
    text.contains(UNKNOWN)
}

/// A text of which nothing is known yet.
pub fn unknown() -> String {
    UNKNOWN.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(inside: &str) -> Option<String> {
        (inside == "topic.arn").then(|| "arn:aws:sns:::t".to_owned())
    }

    #[test]
    fn known_references_become_values() {
        assert_eq!(resolve("to ${topic.arn}!", value_of), "to arn:aws:sns:::t!");
    }

    #[test]
    fn two_dollars_are_one_and_no_reference() {
        assert!(!has_reference("echo $${HOME}"));
        assert_eq!(resolve("$${HOME} ${topic.arn}", value_of), "${HOME} arn:aws:sns:::t");
        assert!(!is_unknown(&resolve("$${HOME}", value_of)));
    }

    #[test]
    fn what_is_known_is_replaced_and_the_rest_stays_a_template() {
        let template = "$${HOME} ${topic.arn} ${vm.id} ${";
        assert_eq!(replace(template, &mut |inside| value_of(inside)), "$${HOME} arn:aws:sns:::t ${vm.id} ${");
        assert_eq!(replace("${a.b}", &mut |_| Some("${c.d}".to_owned())), "$${c.d}");
    }

    #[test]
    fn one_unknown_reference_makes_the_whole_string_unknown() {
        assert!(is_unknown(&resolve("${topic.arn} ${vm.id}", value_of)));
    }

    #[test]
    fn what_is_never_closed_is_reported() {
        assert_eq!(parts("a ${b"), vec![Part::Text("a "), Part::Unclosed(2..5)]);
    }
}
