//! Messages in a terminal narrower than their lines, and in a pipe.

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, TOPIC_STACK};
use crate::proxy::Call;
use crate::pseudo_terminal::PseudoTerminal;

#[test]
fn lines_are_broken_at_words_in_a_terminal_and_not_in_a_pipe() {
    let aws = FakeAws::with(|call: &Call| {
        let message = "User: arn:aws:iam::123456789012:user/ana is not authorized to perform that on the resource";
        (call.name == "sns:GetTopicAttributes").then(|| refusal(403, "AuthorizationError", message)).flatten()
    });
    let folder = Folder::with(TOPIC_STACK);
    let piped = folder.run(&aws, &["plan"]);
    assert!(piped.stderr.lines().any(|line| line.chars().count() > 100), "{}", piped.stderr);
    for columns in [60, 80] {
        let mut terminal = PseudoTerminal::run(&folder.with_aws(&aws, &["plan", "--color", "never"]), 50, columns);
        assert_eq!(terminal.end(), 1);
        let screen = terminal.screen();
        // A word that the terminal had broken would be two.
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&screen), words(&piped.stderr), "{screen}");
        let command = |row: &str| row.contains("`aws sts get-caller-identity`");
        assert!(screen.lines().any(command), "{screen}");
    }
}
