//! What is wrong with a `for_each`, and with what a resource takes from its roster.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::explain::Code;
use crate::model::reference::{Part, has_reference, parts};
use crate::stack::diagnostics::Diagnostic;
use crate::stack::node::{Content, Node};
use crate::stack::roster::{Member, Names, OtherVariable, Roster, is_path, list_hint};
use crate::suggest;

/// Complains of `${each.…}` where the roster has no such column, and where a reference follows a value that ends in `$`:
/// the two would be what stands for a literal `${`.
pub fn check_columns(node: &Node, roster: &Roster, diagnostics: &mut Vec<Diagnostic>) {
    node.each_text(&mut |node, text| {
        let all = parts(text);
        for (number, part) in all.iter().enumerate() {
            let Part::Reference(inside, _) = part else { continue };
            let Some(column) = inside.strip_prefix("each.") else { continue };
            let goes_on = matches!(all.get(number + 1), Some(Part::Reference(next, _)) if !next.starts_with("each."));
            let ends = |member: &&Member| member.values.get(column).is_some_and(|value| value.ends_with('$'));
            if let Some(member) = roster.members.iter().find(ends).filter(|_| goes_on) {
                let message = format!("`{column}` of `{}` ends in `$`, and a reference follows it", member.key);
                let hint = "put a character between the two, or change the value";
                diagnostics.push(Diagnostic::new(Code::BadReference, node.place.clone(), message).help(hint));
            }
            if column == "key" || roster.columns.iter().any(|known| known == column) {
                continue;
            }
            let columns = roster.columns.iter().map(String::as_str).filter(|column| *column != "key");
            let known = columns.chain(["key"]);
            let hint = suggest::name_hint(column, known, &format!("what `{}` has for each is", roster.name));
            let message = format!("the roster `{}` has no column `{column}`", roster.name);
            diagnostics.push(Diagnostic::new(Code::UnknownWord, node.place.clone(), message).help(hint));
        }
    });
}

/// What to write in place of a `for_each` that is not a roster's name; `None`: it is a text. `text` is that of the
/// file.
pub fn for_each_hint(value: &Node, text: &str) -> Option<String> {
    let written = match &value.content {
        Content::List(_) | Content::Map(_) | Content::Number(_) => text[value.span.clone()].trim_end(),
        Content::Text(_) | Content::Bool(_) | Content::Broken => return None,
    };
    let example = match written.contains('\n') || written.len() > 40 {
        true => "…",
        false => written,
    };
    Some(format!(
        "declare a roster and name it: `rosters: {{ students: {example} }}` at the top, `for_each: students` here"
    ))
}

/// What is wrong with `name`, which names none of `rosters`.
pub fn unknown_roster(
    name: &str,
    place: Range<usize>,
    rosters: &BTreeMap<String, Roster>,
    names: &Names<'_>,
) -> Diagnostic {
    let inside = name.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let inside =
        inside.map(|inside| ["var.", "rosters."].iter().find_map(|of| inside.strip_prefix(of)).unwrap_or(inside));
    let variable = names.others.get(inside.unwrap_or(name)).map(|other| variable_hint(inside.unwrap_or(name), other));
    if has_reference(name) {
        let message = "`for_each` takes the name of a roster, and no reference";
        let hint = match name.contains("${var.") {
            _ if inside.is_some_and(|inside| names.rosters.contains(inside)) => {
                format!("write the name alone: `for_each: {}`", inside.unwrap_or_default())
            }
            _ if variable.is_some() => variable.unwrap_or_default(),
            true => format!("declare a roster whose file the variable names: `rosters: {{ students: '{name}' }}` at the top, and `for_each: students` here; or make the variable a list, such as `[ana, bo]`, and write its name alone"),
            false => "declare a roster at the top, such as `rosters: { students: roster.csv }`, and name it: `for_each: students`".to_owned(),
        };
        return Diagnostic::new(Code::NoReferenceHere, place, message).help(hint);
    }
    if let Some(hint) = variable {
        let message =
            format!("`{name}` is a variable, and no list: `for_each` takes the name of a roster or of a list");
        return Diagnostic::new(Code::WrongType, place, message).help(hint);
    }
    let message = format!("there is no roster `{name}`");
    let hint = match rosters.is_empty() {
        true => format!("declare it at the top of the file: `rosters: {{ {name}: roster.csv }}`"),
        false => suggest::name_hint(name, rosters.keys().map(String::as_str), "rosters are"),
    };
    Diagnostic::new(Code::UnknownWord, place, message).help(hint)
}

/// What to write where a variable that is not a list is to say for whom there is a copy.
fn variable_hint(name: &str, variable: &OtherVariable<'_>) -> String {
    match variable {
        OtherVariable::Number(number) => {
            format!("numbered members are a roster: `rosters: {{ {name}: {number} }}`, in place of the variable")
        }
        OtherVariable::Groups => {
            format!("groups of columns are a roster: put `{name}` under `rosters:` in place of `vars:`")
        }
        OtherVariable::Text(Some(value)) if is_path(value) => format!(
            "declare a roster whose file the variable names: `rosters: {{ students: '${{var.{name}}}' }}` at the top, and \
             `for_each: students` here"
        ),
        OtherVariable::Text(value) => {
            format!("{}; here its name alone stands: `for_each: {name}`", list_hint(name, value.unwrap_or_default()))
        }
    }
}
