//! Asking before anything is changed.

use std::io::{self, BufRead, IsTerminal};

/// The question in full.
pub fn question(question: &str) -> String {
    format!("{question} Only \"yes\" is accepted: ")
}

/// Whether the answer is yes, and nothing but.
pub fn is_yes(answer: &str) -> bool {
    answer.trim() == "yes"
}

/// Whether there is a terminal to show the question and read an answer.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// One line from standard input; its end counts as an empty answer.
pub fn answer() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("yes\n") && is_yes(" yes \r\n"));
        assert!(!is_yes("y\n") && !is_yes("Yes\n") && !is_yes("") && !is_yes("yes please\n"));
        assert_eq!(
            question("Do you want to apply these changes?"),
            "Do you want to apply these changes? Only \"yes\" is accepted: "
        );
    }
}
