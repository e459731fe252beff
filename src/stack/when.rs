//! `when:`: for which members of its roster a resource has a copy.

use crate::explain::Code;

use super::node::Entry;
use super::problem::Problem;
use super::roster::{Member, Roster};

/// What a column must have, or must not have.
pub struct When<'a> {
    column: &'a str,
    is_equal: bool,
    value: &'a str,
}

impl<'a> When<'a> {
    /// Reads `${each.gpu} == yes` or `${each.gpu} != yes`, the only two forms.
    ///
    /// # Errors
    /// It is neither.
    fn read(text: &'a str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.contains("&&") || text.contains("||") {
            return Err("there is one comparison: for more, add a column to the roster that says it");
        }
        let Some((column, rest)) = text.strip_prefix("${each.").and_then(|rest| rest.split_once('}')) else {
            return Err("it begins with a column of the roster");
        };
        let rest = rest.trim_start();
        let (is_equal, value) = match (rest.strip_prefix("=="), rest.strip_prefix("!=")) {
            (Some(value), _) => (true, value),
            (_, Some(value)) => (false, value),
            _ if rest.is_empty() => return Err("it says what the column must have"),
            _ => return Err("`==` and `!=` are the only comparisons, and compare text"),
        };
        let value = value.trim();
        if value.is_empty() {
            return Err("nothing stands on its right side, and an empty text is `\"\"`");
        }
        let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        match unquoted.unwrap_or(value) {
            value if value.contains("${") => Err("the column is compared with a text that stands here"),
            value => Ok(Self { column, is_equal, value }),
        }
    }

    fn holds(&self, member: &Member) -> bool {
        // A column that is not there is said where columns are checked.
        member.values.get(self.column).is_none_or(|value| (value == self.value) == self.is_equal)
    }
}

/// Those of the roster's members for whom the resource has a copy: all, if it has no `when:` or a wrong one.
pub fn members<'a>(resource: &'a Entry, roster: &'a Roster, problems: &mut Vec<Problem>) -> Vec<&'a Member> {
    let all = || roster.members.iter().collect();
    let Some((entry, text)) = resource.value.get("when").and_then(|entry| Some((entry, entry.value.text()?))) else {
        return all();
    };
    let place = entry.value.place.clone();
    match When::read(text) {
        Err(what) => {
            let hint = "for example `when: ${each.gpu} == yes`, or `!=`";
            problems.push(Problem::new(Code::Condition, place, format!("`{text}` is not a condition: {what}"), hint));
            all()
        }
        Ok(when) => {
            let chosen: Vec<_> = roster.members.iter().filter(|member| when.holds(member)).collect();
            if chosen.is_empty() {
                let message = format!("this holds for no member of the roster `{}`", roster.name);
                let some = roster.members.iter().find_map(|member| member.values.get(when.column));
                let some = some.map_or("", String::as_str);
                let hint =
                    format!("values are compared as they are written; `{}` has, for example, `{some}`", when.column);
                // All copies would be deleted, for what is mostly a mistyped value.
                problems.push(Problem::new(Code::Condition, place, message, hint));
            }
            chosen
        }
    }
}
