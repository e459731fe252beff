//! A usage error, reported like every other error.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use crate::aws::command::quoted;
use crate::ui::{Options, Ui};

use super::{Cli, EXIT_FAILURE, EXIT_USAGE, is_stack_file};

/// Reports clap's message and returns the exit code. Help and the version come as "errors" too, and are none.
pub(super) fn tell(mut error: clap::Error) -> ExitCode {
    hide_variable(&mut error);
    let words = std::env::args_os().skip(1).take_while(|word| word != "--");
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    explain_second_name(&mut error, &words);
    if error.use_stderr() && wants_json() {
        let (message, hint) = message_and_hint(&error.render().to_string());
        Ui::new(Options { json: true, ..Options::default() }).failure(message, Some(&hint));
        return ExitCode::from(EXIT_USAGE);
    }
    match error.print() {
        _ if error.use_stderr() => ExitCode::from(EXIT_USAGE),
        Err(unwritten) if unwritten.kind() != ErrorKind::BrokenPipe => ExitCode::from(EXIT_FAILURE),
        _ => ExitCode::SUCCESS,
    }
}

/// What stands after `--var` may be a secret, also where it makes no sense.
fn hide_variable(error: &mut clap::Error) {
    let of_a_variable =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(name)) if name.starts_with("--var "));
    if of_a_variable && error.get(ContextKind::InvalidValue).is_some() {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}

/// Says where the stack file goes, where it stands beside the name of something in the stack. A mistyped option is something
/// else, for which there is a better tip.
fn explain_second_name(error: &mut clap::Error, words: &[String]) {
    let is_option =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if word.starts_with('-'));
    if error.kind() == clap::error::ErrorKind::UnknownArgument
        && let Some(tip) = if is_option { leaver_tip(words) } else { stack_tip(words) }
    {
        // Of the options of this command alone, none of which is meant.
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
}

/// What to type for the stack file among these words, if their command is one whose first argument is something else.
fn stack_tip(words: &[String]) -> Option<String> {
    if words.iter().any(|word| word == "--stack" || word.starts_with("--stack=")) {
        return None;
    }
    let cli = Cli::command();
    let command = words.iter().find_map(|word| cli.find_subcommand(word))?;
    let takes_option = command.get_arguments().any(|argument| argument.get_long() == Some("stack"));
    let file = words.iter().find(|word| takes_option && is_stack_file(word))?;
    Some(format!("the stack file goes after --stack: --stack {}", quoted(file)))
}

/// Which command deletes what those have who left, where `destroy` is asked to.
fn leaver_tip(words: &[String]) -> Option<String> {
    let cli = Cli::command();
    let command = words.iter().find_map(|word| cli.find_subcommand(word))?;
    let option = words.iter().find(|word| word.starts_with("--remove")).filter(|_| command.get_name() == "destroy")?;
    let key = words.iter().skip_while(|word| *word != option).nth(1).filter(|word| !word.starts_with('-'));
    let key = key.map(|key| format!(" {}", quoted(key))).unwrap_or_default();
    Some(format!("`apply` deletes what those have who left: cloud101 apply {option}{key}"))
}

/// Whether the command line, of which nothing else is known, asks for JSON.
fn wants_json() -> bool {
    std::env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json")
}

/// The first paragraph, and the others on one line.
fn message_and_hint(text: &str) -> (String, String) {
    let (message, hint) = text.trim().split_once("\n\n").unwrap_or((text.trim(), "cloud101 --help"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (words(message.strip_prefix("error: ").unwrap_or(message)), words(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_says_what_is_wrong() {
        let text = "error: unexpected argument '--sandbx' found\n\n  tip: a similar argument exists: '--sandbox'\n\n\
                    Usage: cloud101 plan [STACK]\n";
        let (message, hint) = message_and_hint(text);
        assert_eq!(message, "unexpected argument '--sandbx' found");
        assert_eq!(hint, "tip: a similar argument exists: '--sandbox' Usage: cloud101 plan [STACK]");
        assert_eq!(message_and_hint("error: no\n").1, "cloud101 --help");
    }

    #[test]
    fn a_stack_file_beside_a_name_gets_its_option() {
        let tip = |line: &str| stack_tip(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let expected = Some("the stack file goes after --stack: --stack users.yaml".to_owned());
        assert_eq!(tip("output users users.yaml"), expected);
        assert_eq!(tip("--json output users.yaml users"), expected, "in the other order, too");
        let leaver = |line: &str| leaver_tip(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let expected = "`apply` deletes what those have who left: cloud101 apply --remove s02";
        assert_eq!(leaver("destroy --remove s02").as_deref(), Some(expected));
        assert_eq!(leaver("destroy --remove=s02").as_deref(), Some(&*expected.replace("e s", "e=s")));
        assert_eq!(leaver("plan --removed s02"), None);
        // What has its stack as an argument has no such option.
        assert_eq!((tip("plan a.yaml b.yaml"), tip("output users more")), (None, None));
    }

    #[test]
    fn a_mistyped_option_gets_no_tip_about_the_stack_file() {
        let said = |line: &str| {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let typed = ["cloud101".to_owned()].into_iter().chain(words.clone());
            let mut error = Cli::command().try_get_matches_from(typed).expect_err("no command line");
            explain_second_name(&mut error, &words);
            error.render().to_string()
        };
        for (line, tip) in [
            ("logs hello --folow --stack class.yaml", "'--follow'"),
            ("logs hello --folow --stack=class.yaml", "'--follow'"),
            ("invoke fn --payloda @event.yaml", "'--payload'"),
            ("logs hello --folow class.yaml", "'--follow'"),
        ] {
            let said = said(line);
            assert!(said.contains(tip) && !said.contains("the stack file goes"), "{line}: {said}");
        }
        for line in ["logs hello more --stack class.yaml", "logs hello more --stack=class.yaml"] {
            assert!(!said(line).contains("the stack file goes"), "{line}: it is there already");
        }
        let missing = said("logs hello class.yaml");
        assert!(missing.contains("the stack file goes after --stack: --stack class.yaml"), "{missing}");
    }
}
