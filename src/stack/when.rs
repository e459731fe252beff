//! `when:`: for which members of its roster a resource has a copy.

use std::collections::BTreeSet;

use crate::explain::Code;
use crate::suggest;

use super::diagnostics::{Diagnostic, Severity};
use super::node::{Content, Entry, Node};
use super::roster::{Member, Roster};

/// How many values of a column, and how many members, a message names.
const NAMED: usize = 5;

/// What a column must have, or must not have.
struct When<'a> {
    column: &'a str,
    is_equal: bool,
    value: &'a str,
    /// The right side, with its quotes.
    written: &'a str,
}

/// What is wrong with a condition, whatever the roster has.
#[derive(Debug, Clone, Copy)]
enum Mistake {
    /// There is no column on its left side.
    NoColumn,
    /// There is a column, and nothing with which it is compared.
    Alone,
    /// What stands between the two sides is neither `==` nor `!=`.
    Operator,
    /// Nothing stands on the right side.
    NoValue,
    /// What stands there has a reference.
    Reference,
    /// A quote is not closed.
    Quote,
    /// There is more than one comparison.
    Several,
}

impl Mistake {
    fn words(self) -> &'static str {
        match self {
            Self::NoColumn => "a condition begins with a column of the roster",
            Self::Alone => "it does not say what the column must have",
            Self::Operator => "`==` and `!=` are the only comparisons, and compare text",
            Self::NoValue => "nothing stands on its right side, and an empty text is `\"\"`",
            Self::Reference => "the column is compared with a text that stands here",
            Self::Quote => "a quote on its right side has no other one",
            Self::Several => "a condition is one comparison of one column",
        }
    }
}

impl<'a> When<'a> {
    /// Reads `${each.gpu} == yes` or `${each.gpu} != yes`, the only two forms.
    ///
    /// # Errors
    /// It is neither.
    fn read(text: &'a str) -> Result<Self, Mistake> {
        let text = text.trim();
        let Some((column, rest)) = text.strip_prefix("${each.").and_then(|rest| rest.split_once('}')) else {
            return Err(Mistake::NoColumn);
        };
        if ["==", "!=", "="].iter().any(|sign| column.contains(sign)) {
            return Err(Mistake::NoColumn);
        }
        let rest = rest.trim_start();
        let (is_equal, value) = match (rest.strip_prefix("=="), rest.strip_prefix("!=")) {
            (Some(value), _) => (true, value),
            (_, Some(value)) => (false, value),
            _ if rest.is_empty() => return Err(Mistake::Alone),
            _ if is_several(rest) || rest.starts_with("in ") => return Err(Mistake::Several),
            _ => return Err(Mistake::Operator),
        };
        let written = value.trim();
        if written.is_empty() {
            return Err(Mistake::NoValue);
        }
        let unquoted = ['"', '\''].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
        match unquoted.unwrap_or(written) {
            value if value.contains("${") && is_several(value) => Err(Mistake::Several),
            value if value.contains("${") => Err(Mistake::Reference),
            value => Ok(Self { column, is_equal, value, written }),
        }
    }

    /// What a value that no member has looks like, where it is hardly meant as it is.
    fn mistake(&self) -> Option<Mistake> {
        let Self { written, .. } = self;
        match written {
            // Two texts, each in quotes.
            _ if self.value.contains(['"', '\'']) && is_several(self.value) => Some(Mistake::Several),
            _ if written.len() > self.value.len() => None,
            _ if written.starts_with(['=', '!', '<', '>']) => Some(Mistake::Operator),
            _ if is_several(written) => Some(Mistake::Several),
            _ if written.starts_with(['"', '\'']) || written.ends_with(['"', '\'']) => Some(Mistake::Quote),
            _ => None,
        }
    }

    fn holds(&self, member: &Member) -> bool {
        // A column that is not there is said where columns are checked.
        member.values.get(self.column).is_none_or(|value| (value == self.value) == self.is_equal)
    }
}

/// Whether a text joins comparisons as other languages do.
fn is_several(text: &str) -> bool {
    let is_joint = |word: &str| ["and", "or", "&&", "||", "&", "|"].contains(&&*word.to_lowercase());
    text.contains("&&") || text.contains("||") || text.split_whitespace().any(is_joint)
}

/// A value without its capitals and blanks.
fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The values of a column, each once.
fn values<'a>(roster: &'a Roster, column: &str) -> BTreeSet<&'a str> {
    roster.members.iter().filter_map(|member| member.values.get(column)).map(String::as_str).collect()
}

/// `ana, bo and 3 more`, in backticks.
fn named(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    suggest::some(&quoted, NAMED, NAMED - 1)
}

/// What a column has, in words.
fn has(roster: &Roster, column: &str) -> String {
    let all: Vec<_> = values(roster, column).into_iter().collect();
    format!("`{column}` has {}", named(&all))
}

/// The condition that `text` most likely means, and whether all of it was found there: with a column of the roster, and a value
/// that the column has.
fn meant(text: &str, roster: &Roster) -> (String, bool) {
    let is_of_a_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let words: Vec<&str> = text.split(|c| !is_of_a_word(c)).filter(|word| !word.is_empty()).collect();
    let columns = || roster.columns.iter().map(String::as_str).filter(|column| *column != "key").chain(["key"]);
    let in_braces = columns().find(|column| text.contains(&format!("each.{column}")));
    let in_words = || columns().find(|column| words.contains(column));
    let column = in_braces.or_else(in_words);
    let of = column.unwrap_or_else(|| columns().next().unwrap_or("key"));
    let all = values(roster, of);
    let exact = words.iter().rev().find_map(|word| all.get(word).filter(|_| Some(*word) != column));
    let near = || words.iter().rev().find_map(|word| all.iter().find(|value| plain(value) == plain(word)));
    let value = exact.or_else(near);
    let is_equal = !(text.contains('!') || text.contains('≠') || text.contains("<>") || words.contains(&"not"));
    let sign = if is_equal { "==" } else { "!=" };
    // The first in the order of the roster, which is mostly the one that people think of.
    let mut in_order = roster.members.iter().filter_map(|member| member.values.get(of)).map(String::as_str);
    let some = value.copied().or_else(|| in_order.find(|value| !value.is_empty())).unwrap_or_default();
    let quoted = if some.is_empty() || some.trim() != some { format!("\"{some}\"") } else { some.to_owned() };
    (format!("when: ${{each.{of}}} {sign} {quoted}"), column.is_some() && value.is_some())
}

/// What to write in place of what is no condition.
fn instead(mistake: Mistake, text: &str, roster: &Roster) -> String {
    let (condition, is_found) = meant(text, roster);
    match mistake {
        Mistake::Several => {
            "add a column to the roster that says for each member whether all of it holds, for example `wanted`, and \
                             compare that one: `when: ${each.wanted} == yes`"
                .to_owned()
        }
        Mistake::Reference => {
            format!("write the text itself, such as `{condition}`; what depends on more is a column of the roster")
        }
        _ if is_found => format!("write `{condition}`"),
        _ => {
            let column = condition.strip_prefix("when: ${each.").and_then(|rest| rest.split_once('}'));
            let has = column.map(|(column, _)| format!("; {}", has(roster, column))).unwrap_or_default();
            let other = if condition.contains("} == ") { "!=" } else { "==" };
            format!("for example `{condition}`, or `{other}`{has}")
        }
    }
}

/// What to write in place of a `when:` that is no text; `None`: it is one.
pub fn type_hint(value: &Node) -> Option<String> {
    const EXAMPLE: &str = "`when: ${each.gpu} == yes`, with a column of the roster and the text that it must have";
    match &value.content {
        Content::Bool(true) => {
            Some(format!("remove the line, without which every member has a copy, or compare: {EXAMPLE}"))
        }
        Content::Bool(false) => {
            Some(format!("remove the resource, of which no member would have a copy, or compare: {EXAMPLE}"))
        }
        Content::List(_) | Content::Map(_) | Content::Number(_) => Some(format!("write one comparison: {EXAMPLE}")),
        Content::Text(_) | Content::Broken => None,
    }
}

/// Gives what keeps the line of a `when:` from being YAML, or from being a text, the condition that is meant.
pub fn mend_hints(text: &str, diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics {
        let start = text.get(..diagnostic.range().start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let condition = line.trim_start().strip_prefix("when:").map(str::trim);
        let Some(condition) = condition.filter(|condition| !condition.is_empty()) else { continue };
        let bare: String = condition.chars().filter(|c| !['"', '\''].contains(c)).collect();
        let is_one = When::read(&bare).is_ok();
        let example = if is_one { &bare } else { "${each.gpu} == yes" };
        let example = format!("write `when: {example}`, with the column first and no quotes around a part of it");
        diagnostic.help = Some(if is_one { example } else { format!("for example, {example}") });
    }
}

/// Those of the roster's members for whom the resource has a copy: all, if it has no `when:` or a wrong one.
pub fn members<'a>(resource: &'a Entry, roster: &'a Roster, diagnostics: &mut Vec<Diagnostic>) -> Vec<&'a Member> {
    let all = || roster.members.iter().collect();
    let Some((entry, text)) = resource.value.get("when").and_then(|entry| Some((entry, entry.value.text()?))) else {
        return all();
    };
    let mut say = |message: String, help: String, severity| {
        let mut diagnostic = Diagnostic::new(Code::Condition, entry.value.place.clone(), message).help(help);
        diagnostic.severity = severity;
        diagnostics.push(diagnostic);
    };
    let when = When::read(text).and_then(|when| match values(roster, when.column).contains(when.value) {
        true => Ok(when),
        // Else it may be meant as it is.
        false => when.mistake().map_or(Ok(when), Err),
    });
    let when = match when {
        Ok(when) => when,
        Err(mistake) => {
            let message = format!("`{text}` is not a condition: {}", mistake.words());
            say(message, instead(mistake, text, roster), Severity::Error);
            return all();
        }
    };
    let chosen: Vec<_> = roster.members.iter().filter(|member| when.holds(member)).collect();
    let (column, value) = (when.column, when.value);
    let there = values(roster, column);
    let near = || suggest::closest(value, there.iter().copied());
    let is_near = |member: &&Member| {
        member.values.get(column).is_some_and(|other| other != value && plain(other) == plain(value))
    };
    let alike: Vec<_> = roster.members.iter().filter(is_near).collect();
    if chosen.is_empty() {
        let message = format!("this holds for no member of the roster `{}`", roster.name);
        let meant = alike.first().and_then(|member| member.values.get(column)).map(String::as_str).or_else(near);
        let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
        let hint = format!("{meant}Values are compared as they are written; {}", has(roster, column));
        // All copies would be deleted, for what is mostly a mistyped value.
        let hint = if meant.is_empty() { hint.replacen("Values", "values", 1) } else { hint };
        say(message, hint, Severity::Error);
        // Or else all that refers to a copy would be wrong as well.
        return all();
    } else if let Some(first) = alike.first() {
        let keys: Vec<_> = alike.iter().map(|member| member.key.as_str()).collect();
        let other = first.values.get(column).map(String::as_str).unwrap_or_default();
        let gets = match (keys.len(), when.is_equal) {
            (1, true) => "has no copy",
            (1, false) => "has a copy",
            (_, true) => "have no copy",
            (_, false) => "have a copy",
        };
        let message = format!(
            "{} {gets}: `{column}` is `{other}` there, which differs from `{value}` in capitals or blanks alone",
            named(&keys)
        );
        let hint = format!("write it in one way in the roster: `{value}` or `{other}`");
        say(message, hint, Severity::Warning);
    } else if !when.is_equal && !value.is_empty() && !there.is_empty() && !there.contains(value) {
        let message = format!("no member has `{value}` as `{column}`, so this holds for all");
        let meant = near().map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
        let hint = format!("{meant}{}", has(roster, column));
        say(message, hint, Severity::Warning);
    }
    chosen
}
