//! One property that changes, in the form that shows the difference best.

mod diff;
mod line;
mod parts;
#[cfg(test)]
mod tests;

use crate::plan::value::PlanValue;
use crate::resource::schema::Property;

use super::terminal::clean;
use super::value::{WIDTH, excerpt, inline, lines};

pub use diff::diff;
pub use line::{Line, Sign};

use diff::{is_text, pretty, text_change};
use line::signed;
use parts::{list_change, map_change};

/// So many lines of a new value are shown in short.
const NEW_LINES: usize = 10;
/// So many lines of a difference are shown in short.
const DIFF_LINES: usize = 24;

/// How much is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What a person needs to agree or not.
    #[default]
    Short,
    /// Everything.
    Full,
}

/// How a property is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A value beside its name.
    Beside(String),
    /// Two values beside its name: what is there, and what will be.
    FromTo(String, String),
    /// It starts beside its name and goes on below: a list, a map.
    Open(Vec<Line>),
    /// Below its name: text, differences.
    Below(Vec<Line>),
}

impl Detail {
    /// The first of `all`, and how many more there are.
    fn cut(self, mut all: Vec<Line>, most: usize) -> Vec<Line> {
        // One line more says as much as the sentence that would stand for it.
        if self == Self::Short && all.len() > most + 1 {
            let more = all.len() - most;
            all.truncate(most);
            all.push(Line::new(Sign::Aside, format!("… {more} more lines (--full)")));
        }
        all
    }

    /// The first lines of a difference.
    pub fn cut_diff(self, lines: Vec<Line>) -> Vec<Line> {
        self.cut(lines, DIFF_LINES)
    }
}

/// A value that is new, of a property whose `text` is many lines or not.
pub fn created(value: &PlanValue, text: bool, detail: Detail) -> Form {
    let plain = |lines| detail.cut(signed(lines, Sign::Plain), NEW_LINES);
    match value {
        PlanValue::String(content) if is_lines(content) => Form::Below(plain(split(content))),
        PlanValue::Object(_) | PlanValue::Array(_) if text => open(plain(split(&pretty(value)))),
        PlanValue::String(text) if detail == Detail::Short => open(plain(vec![excerpt(text)])),
        value => open(plain(lines(value))),
    }
}

/// A value that becomes another. `None`: nothing. `kept`: it is listed for another reason than a difference, so
/// equal values are equal; otherwise the difference is in what is hidden.
pub fn changed(
    before: Option<&PlanValue>,
    after: Option<&PlanValue>,
    property: Option<Property<'_>>,
    text: bool,
    kept: bool,
    detail: Detail,
) -> Form {
    if kept && before == after {
        let line = after.map(inline).unwrap_or_default();
        return Form::Beside(if line.chars().count() <= WIDTH { line } else { "as it is".to_owned() });
    }
    let form = match (before, after) {
        _ if text && [before, after].into_iter().flatten().any(is_text) => text_change(before, after),
        (Some(PlanValue::String(b)), Some(PlanValue::String(a))) if is_lines(b) || is_lines(a) => {
            Form::Below(diff(b, a))
        }
        (Some(PlanValue::Object(b)), Some(PlanValue::Object(a))) => Form::Below(map_change(b, a)),
        (Some(PlanValue::Array(b)), Some(PlanValue::Array(a))) => list_change(b, a, property),
        _ => arrow(before, after),
    };
    match form {
        Form::Below(lines) if lines.is_empty() => Form::Beside("differs in values that are not shown".to_owned()),
        Form::Below(lines) => Form::Below(detail.cut_diff(lines)),
        form => form,
    }
}

/// `before → after`, or one below the other if that is long.
fn arrow(before: Option<&PlanValue>, after: Option<&PlanValue>) -> Form {
    // AWS has an empty text where nothing is set.
    let is_said = |value: &&PlanValue| value.as_str() != Some("");
    let shown = |value: Option<&PlanValue>| value.filter(is_said).map_or_else(|| "(none)".to_owned(), inline);
    let (b, a) = (shown(before), shown(after));
    if b.chars().count() + a.chars().count() <= WIDTH + 30 {
        return Form::FromTo(b, a);
    }
    let side = |value: Option<&PlanValue>, sign| value.map(|value| signed(lines(value), sign)).unwrap_or_default();
    Form::Below([side(before, Sign::Remove), side(after, Sign::Add)].concat())
}

/// Beside its name, and below it if it is more than one line.
fn open(lines: Vec<Line>) -> Form {
    match lines.as_slice() {
        [line] => Form::Beside(line.plain()),
        _ => Form::Open(lines),
    }
}

fn is_lines(text: &str) -> bool {
    text.trim_end().contains('\n')
}

fn split(text: &str) -> Vec<String> {
    clean(text.trim_end()).lines().map(str::to_owned).collect()
}
