//! Lines that are broken at words, for a terminal that would break them in the middle of one.

use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::plan::TO_DO_THIS;

/// The words with which a line may begin whose further lines stand below what follows them.
const LABELS: [&str; 4] = ["= note: ", "= help: ", "note: ", "help: "];

/// `text` with each line that is wider than `width` columns broken at words. What is in backquotes stays whole, so that it
/// can be copied: where it is wider than a line, the terminal breaks it. Lines of a stack file and commands by
/// themselves stay as they are.
pub fn wrap(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| broken(line, width)).collect()
}

fn broken(line: &str, width: usize) -> String {
    let (text, end) = line.split_at(line.trim_end().len());
    let plain = anstream::adapter::strip_str(text).to_string();
    if display_width(text) <= width || is_source(&plain) || plain.starts_with(TO_DO_THIS) {
        return line.to_owned();
    }
    let widest = words(text).map(|word| display_width(&word)).max().unwrap_or_default();
    let indent = " ".repeat(hanging(&plain, width.saturating_sub(widest)));
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(text, options) + end
}

/// A line of the stack file, or marks below one: `12 | region: x`.
fn is_source(plain: &str) -> bool {
    plain.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
}

/// Where further lines begin, at most at column `most`: below what follows a label, below the second of two columns, or a
/// little further to the right than a line that is not at the left edge or begins with a sign.
fn hanging(plain: &str, most: usize) -> usize {
    let text = plain.trim_start();
    let margin = plain.len() - text.len();
    let label = LABELS.iter().find(|label| text.starts_with(**label)).map(|label| label.len());
    let is_error = |label: &str| label == "error" || label.starts_with("error[");
    let error = || text.find(": ").filter(|at| is_error(&text[..*at])).map(|at| at + ": ".len());
    let gap = |at: usize| text[at..].len() - text[at..].trim_start().len();
    let column = || text.find("  ").map(|at| display_width(&text[..at]) + gap(at));
    let inner = label.or_else(error).or_else(column).map(|inner| margin + inner).filter(|inner| *inner <= most);
    let has_sign = text.starts_with(|c: char| !c.is_alphanumeric()) && text.chars().nth(1) == Some(' ');
    inner.unwrap_or(if margin > 0 || has_sign { margin + 2 } else { 0 }).min(most)
}

/// Words with the spaces after them; what is in backquotes is one.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut quoted = false;
    // A backquote without its fellow is none.
    let mut quotes = line.matches('`').count() / 2 * 2;
    let mut start = 0;
    let mut ends: Vec<usize> = Vec::new();
    let margin = line.len() - line.trim_start().len();
    for (at, c) in line.char_indices() {
        match c {
            '`' if quotes > 0 => {
                quoted = !quoted;
                quotes -= 1;
            }
            ' ' if !quoted && at >= margin && !line[at + 1..].starts_with(' ') => ends.push(at + 1),
            _ => {}
        }
    }
    ends.push(line.len());
    Box::new(ends.into_iter().map(move |end| {
        let word = Word::from(&line[start..end]);
        start = end;
        word
    }))
}

#[cfg(test)]
mod tests {
    use super::super::Paint;
    use super::*;

    #[test]
    fn lines_are_broken_at_words_and_commands_stay_whole() {
        let text = "\
error[C101-0901]: role (iam.role, stacks/cloud101.yaml:41)
  iam:GetRole failed: AccessDenied: User: arn:aws:iam::123456789012:user/ana is not authorized (request id 0f6d)
  note: no policy allows you to do this, or one denies it
  help: the account's administrator has to allow it; `aws sts get-caller-identity` shows who you are
   = help: write `${firewall.id}`, for which `aws ec2 describe-security-groups` has names

12 |     image: a line of the file, which is not broken, whatever may come
   |            ^^^^^^^^^^^^^^^^^^^^^^ neither are the marks below it, nor their words
✗ instance: not created (ec2.instance, stacks/cloud101.yaml:74, C101-0907)
✓ credentials  those of an instance's role, arn:aws:sts::123456789012:assumed-role/hub
    role         =  arn:aws:iam::123456789012:role/cloud101/cloud101-role
To do this: cloud101 --sandbox --region eu-central-1 apply stacks/cloud101.yaml
A stopped instance costs nothing by the hour. `cloud101 --sandbox --region eu-central-1 start stacks/cloud101.yaml` does.
";
        insta::assert_snapshot!(wrap(text, 60), @"
        error[C101-0901]: role (iam.role, stacks/cloud101.yaml:41)
          iam:GetRole failed: AccessDenied: User:
            arn:aws:iam::123456789012:user/ana is not authorized
            (request id 0f6d)
          note: no policy allows you to do this, or one denies it
          help: the account's administrator has to allow it;
                `aws sts get-caller-identity` shows who you are
           = help: write `${firewall.id}`, for which
                   `aws ec2 describe-security-groups` has names

        12 |     image: a line of the file, which is not broken, whatever may come
           |            ^^^^^^^^^^^^^^^^^^^^^^ neither are the marks below it, nor their words
        ✗ instance: not created (ec2.instance,
          stacks/cloud101.yaml:74, C101-0907)
        ✓ credentials  those of an instance's role,
                       arn:aws:sts::123456789012:assumed-role/hub
            role         =
              arn:aws:iam::123456789012:role/cloud101/cloud101-role
        To do this: cloud101 --sandbox --region eu-central-1 apply stacks/cloud101.yaml
        A stopped instance costs nothing by the hour.
        `cloud101 --sandbox --region eu-central-1 start stacks/cloud101.yaml`
        does.
        ");
        assert_eq!(wrap(text, 130), text);
    }

    #[test]
    fn colours_have_no_width_and_spaces_at_the_end_stay() {
        let paint = Paint::COLOURED;
        let text = format!("{}: {} ", paint.error("error"), paint.bold("one two three"));
        assert_eq!(wrap(&text, 20), text);
        assert_eq!(wrap(&text, 18), text.replace(" three", "\n       three"));
        assert_eq!(wrap("an ` b", 4), "an `\nb");
        assert_eq!(wrap("日本 日本", 8), "日本\n日本");
    }
}
