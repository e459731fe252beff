//! Lines at the bottom of a terminal that are written over and over.
//!
//! Each frame is one write, so that nothing flickers. Each line ends with a line end and is shorter than the terminal is
//! wide: a window that becomes narrower breaks at most that line, and where terminals break it is known.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What to write to show lines, and to take them away.
#[derive(Debug, Default)]
pub struct Block {
    lines: Vec<String>,
}

impl Block {
    /// Shows `lines` in place of those that stand there, in a terminal that is now `width` columns wide. The cursor is
    /// hidden while it moves, and shown at rest, so that it is there however the process ends.
    pub fn show(&mut self, lines: Vec<String>, width: usize) -> String {
        let mut text = format!("{HIDE_CURSOR}{}", self.to_the_top(width));
        lines.iter().for_each(|line| text.extend([line.as_str(), CLEAR_LINE_END, "\r\n"]));
        text.extend([CLEAR_BELOW, SHOW_CURSOR]);
        self.lines = lines;
        text
    }

    /// Takes them away.
    pub fn clear(&mut self, width: usize) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let text = format!("{}{CLEAR_BELOW}", self.to_the_top(width));
        self.lines.clear();
        text
    }

    /// What stands there.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// To where the first line begins. A line that was written in a wider terminal has become several.
    fn to_the_top(&self, width: usize) -> String {
        let rows: usize = self.lines.iter().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum();
        let mut text = "\r".to_owned();
        if rows > 0 {
            // Writing to a String can't fail.
            let _ = write!(text, "\u{1b}[{rows}A");
        }
        text
    }
}

const HIDE_CURSOR: &str = "\u{1b}[?25l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
const CLEAR_LINE_END: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

/// How many columns a line takes.
pub fn columns(line: &str) -> usize {
    line.width()
}

/// The line, cut with an `…` at its end so that it takes at most `width` columns.
pub fn cut(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| match c.width().unwrap_or(0) {
        wide if wide <= left => {
            left -= wide;
            true
        }
        _ => false,
    };
    let mut text: String = line.chars().take_while(fits).collect();
    if width > 0 {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_the_terminal_ends() {
        assert_eq!(cut("function", 8), "function");
        assert_eq!(cut("function", 7), "functi…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!((cut("ab", 1), cut("ab", 0)), ("…".to_owned(), String::new()));
    }

    #[test]
    fn a_frame_goes_up_over_the_last_one_and_leaves_the_cursor_shown() {
        let mut block = Block::default();
        let first = block.show(vec!["a".repeat(30), "b".into()], 80);
        assert!(!first.contains('A') && first.ends_with(SHOW_CURSOR), "{first:?}");
        assert!(block.show(vec!["c".into()], 80).contains("\r\u{1b}[2A"));
        block.show(vec!["a".repeat(30), "b".into()], 80);
        // The window became narrower, and the first line is three now.
        assert_eq!(block.clear(12), "\r\u{1b}[4A\u{1b}[J");
        assert_eq!(block.clear(12), "");
    }
}
