//! What to type next, after an apply.

use super::paint::Paint;
use super::terminal::clean;

/// Commands that serve one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// What for, as an infinitive without "to".
    pub why: &'static str,
    /// The command lines, ready to be typed.
    pub commands: Vec<String>,
}

impl NextStep {
    /// Commands that serve `why`.
    pub fn new(why: &'static str, commands: impl IntoIterator<Item = String>) -> Self {
        Self { why, commands: commands.into_iter().collect() }
    }
}

/// Comments above the commands, so that both can be copied into a shell, and no line gets longer than its command.
pub fn next_steps(steps: &[NextStep], paint: Paint) -> String {
    let mut text = String::from("\nTry next:\n");
    for step in steps {
        text.push_str(&format!("  {}\n", paint.dim(&format!("# {}", step.why))));
        text.extend(step.commands.iter().map(|command| format!("  {}\n", paint.help(&clean(command)))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_below_their_purpose() {
        let steps = [
            NextStep::new("use the resources", ["aws s3 ls s3://cloud101awsbucket".to_owned()]),
            NextStep::new(
                "remove everything after the class",
                ["cloud101 show".to_owned(), "cloud101 destroy".to_owned()],
            ),
        ];
        insta::assert_snapshot!(next_steps(&steps, Paint::PLAIN), @r"
        Try next:
          # use the resources
          aws s3 ls s3://cloud101awsbucket
          # remove everything after the class
          cloud101 show
          cloud101 destroy
        ");
    }
}
