//! Progress, as a terminal shows it.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::fake_aws::FakeAws;
use crate::program::{Folder, TOPIC_STACK};
use crate::proxy::{Call, Fault};
use crate::pseudo_terminal::PseudoTerminal;

/// Two topics side by side, then two more; the last one's name is longer than a narrow terminal is wide.
const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  quick:
    type: sns.topic
  slow:
    type: sns.topic
  late:
    type: sns.topic
    depends_on: [quick]
  a_topic_whose_name_goes_on_and_on_for_ever:
    type: sns.topic
    depends_on: [quick]
";

/// An account in which making a topic takes as long as its name says.
fn account() -> FakeAws {
    let made: Mutex<BTreeSet<String>> = Mutex::default();
    FakeAws::with(move |call: &Call| {
        let value = |key: &str| call.request.field(key).unwrap_or_default();
        let action = call.name.split(':').nth(1).unwrap_or_default();
        let body = |result: &str| Some(Fault::answer(format!("<{action}Response>{result}</{action}Response>")));
        match call.name.as_str() {
            "sns:CreateTopic" => {
                let name = value("Name");
                thread::sleep(Duration::from_millis(if name.ends_with("quick") { 1600 } else { 2600 }));
                let arn = format!("arn:aws:sns:us-east-1:123456789012:{name}");
                let answer = body(&format!("<CreateTopicResult><TopicArn>{arn}</TopicArn></CreateTopicResult>"));
                made.lock().expect("topics").insert(arn);
                answer
            }
            "sns:GetTopicAttributes" => {
                let arn = value("TopicArn");
                made.lock().expect("topics").get(&arn)?;
                let entry = format!("<entry><key>TopicArn</key><value>{arn}</value></entry>");
                body(&format!("<GetTopicAttributesResult><Attributes>{entry}</Attributes></GetTopicAttributesResult>"))
            }
            "sns:ListTagsForResource" => body("<ListTagsForResourceResult><Tags/></ListTagsForResourceResult>"),
            _ => None,
        }
    })
}

fn apply(folder: &Folder, aws: &FakeAws) -> Command {
    folder.with_aws(aws, &["apply", "--yes"])
}

/// The rows between the plan and the summary, which are the finished steps and nothing else.
fn finished(screen: &str) -> Vec<&str> {
    let rows = screen.lines().skip_while(|row| !row.starts_with("Plan:")).skip(1);
    rows.take_while(|row| !row.starts_with("Apply ")).filter(|row| !row.is_empty()).collect()
}

#[test]
fn lines_move_and_go_in_a_terminal_of_80_columns() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut terminal = PseudoTerminal::run(&apply(&folder, &aws), 50, 80);
    terminal.until(" quick: creating… 1s");
    assert!(terminal.screen().contains("  0 of 4 in 1s"), "{}", terminal.screen());
    // One that was done says how long such a step takes.
    terminal.until(" late: creating… ");
    terminal.until(", about ");
    assert_eq!(terminal.end(), 0);
    let screen = terminal.screen();
    let finished = finished(&screen);
    assert!(finished.len() == 4 && finished.iter().all(|row| row.starts_with("✓ ")), "{screen}");
    let quick = finished[0].strip_prefix("✓ quick: created in ").and_then(|rest| rest.trim_end().strip_suffix('s'));
    let seconds: f64 = quick.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{screen}"));
    // The account takes 1.6 s; a loaded machine adds to that.
    assert!((1.6..10.0).contains(&seconds), "{screen}");
    assert!(screen.contains("Apply complete: 4 added, 0 changed, 0 destroyed in "), "{screen}");
}

#[test]
fn long_names_are_cut_in_a_terminal_of_40_columns() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut terminal = PseudoTerminal::run(&apply(&folder, &aws), 50, 40);
    terminal.until(" a_topic_whose_name_goes…: creating… 1s");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_window_may_change_while_lines_move() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut terminal = PseudoTerminal::run(&apply(&folder, &aws), 50, 80);
    terminal.until(" slow: creating… 1s");
    terminal.resize(50, 44);
    terminal.until(" a_topic_whose_name_goes_on_…: creating… 1s");
    terminal.resize(30, 100);
    assert_eq!(terminal.end(), 0);
    assert_eq!(finished(&terminal.screen()).len(), 4, "{}", terminal.screen());
}

#[test]
fn an_interruption_leaves_a_clean_screen() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut terminal = PseudoTerminal::run(&apply(&folder, &aws), 50, 80);
    terminal.until(" slow: creating… 0s");
    terminal.type_text("\u{3}");
    terminal.until("Interrupted: waiting for operations in progress to finish.");
    terminal.until(" slow: creating… 1s");
    assert_eq!(terminal.end(), 1);
    let screen = terminal.screen();
    assert!(screen.contains("Apply interrupted: 2 done, 2 not started in ") && !screen.contains("^C"), "{screen}");
}

#[test]
fn so_does_leaving_at_once() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut terminal = PseudoTerminal::run(&apply(&folder, &aws), 50, 80);
    terminal.until(" slow: creating… 0s");
    terminal.type_text("\u{3}");
    terminal.until("Interrupted");
    terminal.type_text("\u{3}");
    assert_eq!(terminal.end(), 130);
    let screen = terminal.screen();
    assert!(screen.contains("Stopped at once: operations in progress may or may not have completed."), "{screen}");
}

/// A terminal that no one watches, and one that can't move its cursor.
#[test]
fn lines_stay_where_no_one_watches() {
    let (aws, folder) = (account(), Folder::with(STACK));
    let mut command = folder.with_aws(&aws, &["apply", "--yes", "--color", "never"]);
    let mut terminal = PseudoTerminal::run(command.env("CI", "true"), 50, 80);
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.raw.contains('\u{1b}'), "{:?}", terminal.raw);
    assert!(terminal.screen().contains("… quick: creating\n"), "{}", terminal.screen());
}

#[test]
fn ctrl_c_instead_of_an_answer_is_a_no_with_a_code_of_its_own() {
    for command in ["apply", "destroy"] {
        let aws = FakeAws::for_a_topic();
        let folder = Folder::with(TOPIC_STACK);
        if command == "destroy" {
            assert_eq!(folder.run(&aws, &["apply", "--yes"]).code, Some(0));
        }
        let mut terminal = PseudoTerminal::run(&folder.with_aws(&aws, &[command, "--color", "never"]), 40, 100);
        terminal.until("is accepted:");
        terminal.type_text("\u{3}");
        assert_eq!(terminal.end(), 130, "{}", terminal.screen());
        assert!(terminal.screen().ends_with("Nothing was changed."), "{}", terminal.screen());
        let changing = if command == "apply" { "sns:CreateTopic" } else { "sns:DeleteTopic" };
        assert!(!aws.calls().iter().any(|name| name == changing), "{:?}", aws.calls());
    }
}
