//! Problems of a stack file and of what it names, with the lines they are about.

use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

use crate::stack::diagnostics::{Diagnostic, Diagnostics, line_start};

use super::terminal::{clean, passed};

/// How many problems a person can read at once; the first of them often explain the others.
pub const SCREENFUL: usize = 10;

/// The longest line of another file that is shown, in bytes.
const LONGEST_LINE: usize = 1000;

/// The longest message and the longest help, in characters. What a file says there may be a megabyte.
const LONGEST: usize = 2000;

/// The problems in texts that `redacted` has taken the secrets out of, and of a length that can be read. Half of a secret
/// would be found by no redactor, so this comes first.
pub fn brief(diagnostics: &Diagnostics, redacted: impl Fn(&str) -> String) -> Diagnostics {
    let brief = |text: &str| {
        let mut text = redacted(text);
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        text
    };
    let one = |diagnostic: &Diagnostic| {
        let mut shown = diagnostic.clone();
        shown.message = brief(&diagnostic.message);
        shown.help = diagnostic.help.as_deref().map(brief);
        shown
    };
    Diagnostics {
        file: diagnostics.file.clone(),
        source: diagnostics.source.clone(),
        list: diagnostics.list.iter().map(one).collect(),
        more: diagnostics.more,
        secrets: diagnostics.secrets.clone(),
    }
}

/// The first `most` problems as text for a terminal of `width` columns, ended by a line that counts them all and says
/// where there is more about them.
pub fn render(diagnostics: &Diagnostics, colour: bool, width: usize, most: usize) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(width);
    let mut said = BTreeSet::new();
    let list = diagnostics.list.iter().take(most);
    // The reason for a kind of mistake is given once.
    let mut shown: Vec<_> =
        list.map(|diagnostic| one(&renderer, diagnostics, diagnostic, said.insert(diagnostic.code))).collect();
    let rest = diagnostics.list.len().saturating_sub(most) + diagnostics.more;
    if rest > 0 {
        let first = match diagnostics.counts().0 {
            0 => "`validate` with the same options and --json lists them",
            _ => "fix these first",
        };
        let at_least = if diagnostics.more > 0 { "at least " } else { "" };
        shown.push(format!("and {at_least}{rest} more; {first}"));
    }
    let explain = diagnostics.list.first().map(|diagnostic| {
        let others = if said.len() > 1 { ", and likewise for the other codes" } else { "" };
        Level::HELP.message(format!("`cloud101 explain {}` has an example{others}", diagnostic.code))
    });
    shown.push(renderer.render(&[Group::with_title(last(diagnostics)).elements(explain)]));
    // The renderer cleans the lines of the source, but not of every control character.
    passed(&(shown.join("\n\n") + "\n"), colour).into_owned()
}

/// The line that counts them all.
fn last(diagnostics: &Diagnostics) -> Title<'static> {
    let mut files: Vec<&str> = Vec::new();
    for file in diagnostics.list.iter().map(|diagnostic| diagnostics.file_of(diagnostic)) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let has = if files.len() > 1 { "have" } else { "has" };
    let file = clean(&format!("{} {has}", files.join(" and ")));
    let many = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let more = if diagnostics.more > 0 { format!(", and at least {} more", diagnostics.more) } else { String::new() };
    match diagnostics.counts() {
        (0, warnings) => Level::WARNING.primary_title(format!("{file} {}{more}", many(warnings, "warning"))),
        (errors, 0) => {
            Level::ERROR.primary_title(format!("{file} {}{more}; nothing was done", many(errors, "problem")))
        }
        (errors, warnings) => {
            let all = format!("{} and {}", many(errors, "problem"), many(warnings, "warning"));
            Level::ERROR.primary_title(format!("{file} {all}{more}; nothing was done"))
        }
    }
}

fn one(renderer: &Renderer, diagnostics: &Diagnostics, diagnostic: &Diagnostic, with_note: bool) -> String {
    let file = clean(diagnostics.file_of(diagnostic));
    let help = diagnostic.help.as_deref().map(|help| Level::HELP.message(clean(help)));
    let code = diagnostic.code.to_string();
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let group = Group::with_title(level.primary_title(clean(&diagnostic.message)).id(code));
    let note = with_note.then(|| Level::NOTE.message(diagnostic.code.page().note()));
    let Some(source) = diagnostics.text_of(diagnostic) else {
        let group = group.element(Origin::path(file)).elements(note).elements(help);
        return renderer.render(&[group]);
    };
    if diagnostic.file().is_some() {
        let group = line_by_line(group, source, &file, diagnostic);
        return renderer.render(&[group.elements(note).elements(help)]);
    }
    let (range, labels) = (diagnostic.range(), diagnostic.labels());
    let lines = lines_around(source, labels.also.iter().map(|(range, _)| range).chain([&range]));
    let inside = |range: &Range<usize>| {
        let end = lines.end - lines.start;
        range.start.saturating_sub(lines.start).min(end)..range.end.saturating_sub(lines.start).min(end)
    };
    let primary = AnnotationKind::Primary.span(inside(&range)).label(labels.own.as_deref().map(clean));
    let also = labels.also.iter().map(|(range, label)| AnnotationKind::Context.span(inside(range)).label(clean(label)));
    let snippet = Snippet::source(&source[lines.clone()])
        .line_start(source[..lines.start].matches('\n').count() + 1)
        .path(file)
        .annotation(primary)
        .annotations(also);
    renderer.render(&[group.element(snippet).elements(note).elements(help)])
}

/// The places of a problem in another file, each with its line alone: what stands between them may be about people who have
/// no part in the problem.
fn line_by_line<'a>(group: Group<'a>, source: &'a str, file: &str, diagnostic: &'a Diagnostic) -> Group<'a> {
    let line_of = |range: &Range<usize>| lines_around(source, std::iter::once(range));
    let primary = (&diagnostic.range(), diagnostic.labels().own.as_deref(), AnnotationKind::Primary);
    let also =
        diagnostic.labels().also.iter().map(|(range, label)| (range, Some(label.as_str()), AnnotationKind::Context));
    let mut lines: Vec<(Range<usize>, Vec<_>)> = Vec::new();
    for place in std::iter::once(primary).chain(also) {
        let line = line_of(place.0);
        match lines.iter_mut().find(|(other, _)| *other == line) {
            Some((_, places)) => places.push(place),
            None => lines.push((line, vec![place])),
        }
    }
    lines.into_iter().fold(group, |group, (line, places)| {
        let number = source[..line.start].matches('\n').count() + 1;
        if line.len() > LONGEST_LINE {
            let start = places.first().map_or(line.start, |(range, ..)| range.start.max(line.start));
            let column = source[line.start..start].chars().count() + 1;
            return group.element(Origin::path(file.to_owned()).line(number).char_column(column));
        }
        // Spreadsheet programs end lines with a carriage return as well, which would be shown.
        let shown = source[line.clone()].trim_end_matches('\r');
        let inside = |byte: usize| byte.saturating_sub(line.start).min(shown.len());
        let annotations = places
            .into_iter()
            .map(|(range, label, kind)| kind.span(inside(range.start)..inside(range.end)).label(label.map(clean)));
        let snippet = Snippet::source(shown).line_start(number).path(file.to_owned());
        group.element(snippet.annotations(annotations.collect::<Vec<_>>()))
    })
}

/// The whole lines on which the ranges are: only these are given to the renderer, which reads all it is given.
fn lines_around<'a>(source: &str, ranges: impl Iterator<Item = &'a Range<usize>>) -> Range<usize> {
    let (start, end) =
        ranges.fold((source.len(), 0), |(start, end), range| (start.min(range.start), end.max(range.end)));
    let start = source.floor_char_boundary(start);
    let end = source.ceil_char_boundary(end.max(start));
    line_start(source, start)..source[end..].find('\n').map_or(source.len(), |n| end + n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Code;

    #[test]
    fn a_message_too_long_to_read_is_cut_and_no_half_of_a_secret_is_left() {
        let secret = "hunter2".repeat(20);
        let message = format!("{}{secret}{}", "y".repeat(LONGEST - 30), "z".repeat(1_000_000));
        let diagnostic = Diagnostic::new(Code::AwsName, 0..1, message).help("take another");
        let diagnostics = Diagnostics::new("f.yaml", "a: b", vec![diagnostic.clone(), diagnostic.at(1..2)]);
        let brief = brief(&diagnostics, |text| text.replace(&secret, "(sensitive)"));
        assert_eq!(brief.list.len(), 2);
        for diagnostic in &brief.list {
            assert_eq!(diagnostic.message.chars().count(), LONGEST + 1);
            assert!(!diagnostic.message.contains("hunter2") && diagnostic.message.ends_with('…'));
            assert_eq!(diagnostic.help.as_deref(), Some("take another"));
        }
    }
}
