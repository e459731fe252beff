//! One line of what changes, before it has colours or markup.

use crate::ui::paint::Paint;

/// What a line's sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// Something in it changes.
    Change,
    /// It stays, and stands between others that don't.
    Same,
    /// Nothing: the line is a part of a value.
    Plain,
    /// Nothing: the line is about the others, such as how many more there are.
    Aside,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Columns before the sign.
    pub indent: usize,
    /// What happens to it.
    pub sign: Sign,
    /// The text after the sign.
    pub text: String,
}

impl Sign {
    /// The character; `None` for lines that have none.
    pub fn mark(self) -> Option<char> {
        match self {
            Self::Add => Some('+'),
            Self::Remove => Some('-'),
            Self::Change => Some('~'),
            Self::Same => Some(' '),
            Self::Plain | Self::Aside => None,
        }
    }
}

impl Line {
    /// A line at the left edge.
    pub fn new(sign: Sign, text: impl Into<String>) -> Self {
        Self { indent: 0, sign, text: text.into() }
    }

    /// The same, two columns further to the right.
    pub fn indented(self) -> Self {
        Self { indent: self.indent + 2, ..self }
    }

    /// The line as text, without colours.
    pub fn plain(&self) -> String {
        let indent = " ".repeat(self.indent);
        let line = match self.sign.mark() {
            Some(mark) => format!("{indent}{mark} {}", self.text),
            None => format!("{indent}{}", self.text),
        };
        line.trim_end().to_owned()
    }

    /// The line in its sign's colour.
    pub fn painted(&self, paint: Paint) -> String {
        let line = self.plain();
        match self.sign {
            Sign::Add => paint.green(&line),
            Sign::Remove => paint.red(&line),
            Sign::Change => paint.yellow(&line),
            Sign::Aside => paint.dim(&line),
            Sign::Same | Sign::Plain => line,
        }
    }
}

/// Each of `lines` with the same sign.
pub fn signed(lines: Vec<String>, sign: Sign) -> Vec<Line> {
    lines.into_iter().map(|line| Line::new(sign, line)).collect()
}
