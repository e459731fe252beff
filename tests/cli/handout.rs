//! `cloud101 handout`: what each member of a roster is given, as files that only their owner can read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::canary;
use crate::fake_aws::{FakeAws, TOPIC, refusal};
use crate::outputs::applied;
use crate::program::{Folder, TOPIC_STACK};

const ROSTER: &str = "id,name\nana,\"Ana <b>Li</b>\"\nbo,=HYPERLINK(1)\n";

/// Rosters, and a card for each student with what everybody has.
pub const HANDOUT: &str = "\
rosters:
  students: class.csv
handout:
  for_each: students
  title: ${each.name}
  link: https://class.example.edu/${each.key}
  lines:
    News: ${topic.arn}
";

/// A stack with a topic, of which each student gets the name.
pub fn folder() -> Folder {
    let folder = Folder::with(&format!("{TOPIC_STACK}{HANDOUT}"));
    folder.write("class.csv", ROSTER);
    folder
}

fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.folder.path().join(name)).expect("a file")
}

fn mode(folder: &Folder, name: &str) -> u32 {
    fs::metadata(folder.folder.path().join(name)).expect("a file").permissions().mode() & 0o777
}

#[test]
fn each_format_is_written_for_its_owner_alone() {
    let folder = folder();
    let aws = applied(&folder);
    let said = folder.run(&aws, &["handout"]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "2 cards in handout.html\n", ""));
    let page = read(&folder, "handout.html");
    for part in ["Ana &lt;b&gt;Li&lt;/b&gt;", "https://class.example.edu/bo", "<svg", TOPIC] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let said = folder.run(&aws, &["handout", "--format", "csv", "--to", "out/cards.csv"]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "2 cards in out/cards.csv\n", ""));
    let lines = [
        "\u{feff}\"key\",\"title\",\"News\",\"link\"".to_owned(),
        format!("\"ana\",\"Ana <b>Li</b>\",\"{TOPIC}\",\"https://class.example.edu/ana\""),
        format!("\"bo\",\"'=HYPERLINK(1)\",\"{TOPIC}\",\"https://class.example.edu/bo\""),
    ];
    assert_eq!(read(&folder, "out/cards.csv"), lines.map(|line| line + "\r\n").concat());
    let said = folder.run(&aws, &["handout", "--format", "files", "--only", "bo"]);
    assert_eq!((said.code, &*said.stdout, &*said.stderr), (Some(0), "1 card in handout\n", ""));
    let text = format!("=HYPERLINK(1)\n\nNews\n  {TOPIC}\n\nhttps://class.example.edu/bo\n");
    assert_eq!(read(&folder, "handout/bo.txt"), text);
    assert!(!folder.folder.path().join("handout/ana.txt").exists());
    let modes = ["handout.html", "out/cards.csv", "handout/bo.txt", "out", "handout"].map(|name| mode(&folder, name));
    assert_eq!(modes, [0o600, 0o600, 0o600, 0o700, 0o700]);
    // The one who was left out gets a file beside it.
    let said = folder.run(&aws, &["handout", "--format", "files", "--only", "ana"]);
    assert_eq!((said.code, &*said.stdout), (Some(0), "1 card in handout\n"));
    assert!(aws.calls().iter().all(|call| call == "sns:CreateTopic" || !call.contains("Create")), "{:?}", aws.calls());
}

#[test]
fn nothing_is_overwritten_and_aws_is_not_asked_for_it() {
    let (folder, aws) = (folder(), FakeAws::empty());
    folder.write("handout.html", "mine");
    folder.write("handout/ana.txt", "hers");
    let mut reported = String::new();
    for arguments in [
        &["handout"][..],
        &["handout", "--format", "files"],
        &["handout", "--format", "files", "--to", "class.csv"],
        &["handout", "--only", "anna"],
    ] {
        let said = folder.run(&aws, arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{}", said.stderr);
        reported.push_str(&format!("$ cloud101 {}\n{}\n", arguments.join(" "), said.stderr));
    }
    assert_snapshot!(reported);
    assert_eq!((read(&folder, "handout.html"), read(&folder, "handout/ana.txt")), ("mine".into(), "hers".into()));
    let none = Folder::with(TOPIC_STACK).run(&aws, &["handout"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""));
    assert!(none.stderr.starts_with("error: cloud101.yaml has no `handout:`"), "{}", none.stderr);
    assert_eq!(aws.calls(), [""; 0]);
}

/// What to try after an apply works as it is typed: for those who were applied, and beside a hand-out that is there.
#[test]
fn what_to_try_after_an_apply_writes_cards() {
    let folder = half();
    let aws = FakeAws::for_a_topic_but(|call| {
        let is_bo = call.body().contains("lesson-bo");
        is_bo.then(|| refusal(404, "NotFound", "Topic does not exist"))?
    });
    let said = folder.run(&aws, &["apply", "--yes", "--only", "topic"]);
    assert!(said.stderr.contains(" handout --only topic\n"), "{}", said.stderr);
    folder.write("handout.html", "mine");
    let said = folder.run(&aws, &["apply", "--yes", "--only", "topic"]);
    assert!(said.stderr.contains(" handout --only topic --to handout-2.html\n"), "{}", said.stderr);
    let written = folder.run(&aws, &["handout", "--only", "topic", "--to", "handout-2.html"]);
    assert_eq!((written.code, &*written.stdout), (Some(0), "1 card in handout-2.html\n"), "{}", written.stderr);
    // On the card of another is what was not applied.
    let said = folder.run(&aws, &["apply", "--yes", "--target", "desk[topic]"]);
    assert!(said.code == Some(0) && !said.stderr.contains(" handout"), "{}", said.stderr);
}

#[test]
fn who_was_renamed_is_offered_under_the_new_key() {
    let (folder, aws) = (half(), FakeAws::empty());
    let stack = read(&folder, "cloud101.yaml").replace("[topic, bo]", "[topic, bob, ad, countess]");
    folder.write("cloud101.yaml", &format!("{stack}moved: {{ 'students[ada]': 'students[countess]' }}\n"));
    let renamed = "`moved:` in cloud101.yaml says that `ada` is now `countess`: write `--only countess`";
    for command in ["handout", "plan"] {
        let said = folder.run(&aws, &[command, "--only", "ada"]);
        assert!(said.code == Some(64) && said.stderr.contains(renamed), "{}", said.stderr);
        let said = folder.run(&aws, &[command, "--only", "BOB"]);
        assert!(said.code == Some(64) && said.stderr.contains("did you mean `"), "{}", said.stderr);
        assert!(said.stderr.contains("bob`?"), "{}", said.stderr);
    }
}

#[test]
fn one_file_can_go_to_standard_output() {
    let folder = folder();
    let aws = applied(&folder);
    let page = folder.run(&aws, &["handout", "--to", "-"]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(page.stdout.starts_with("<!") && page.stdout.trim_end().ends_with("</html>"), "{}", page.stdout);
    let table = folder.run(&aws, &["handout", "--format", "csv", "--to", "-", "--only", "bo"]);
    assert_eq!(table.code, Some(0), "{}", table.stderr);
    assert!(table.stdout.starts_with("\u{feff}\"key\"") && table.stdout.lines().count() == 2, "{}", table.stdout);
    let asked = aws.calls().len();
    for more in [&["--format", "files"][..], &["--json"]] {
        let said = folder.run(&aws, &[&["handout", "--to", "-"], more].concat());
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(said.code == Some(64) && all.contains("`--to -`"), "{all}");
    }
    assert_eq!(aws.calls().len(), asked, "AWS is not asked for it");
    assert!(!folder.folder.path().join("-").exists());
}

/// A stack in which only one of two has what the card names: the topic that the account has.
fn half() -> Folder {
    let text = "stack: lesson\nregion: us-east-1\nrosters: { students: [topic, bo] }\nresources:\n  desk:\n    type: sns.topic\n    \
                for_each: students\n    name: lesson-${each.key}\nhandout:\n  for_each: students\n  lines:\n    Desk: ${desk.arn}\n";
    Folder::with(text)
}

#[test]
fn who_lacks_something_is_named_and_the_others_get_their_cards() {
    let folder = half();
    let aws = FakeAws::for_a_topic_but(|call| {
        let is_bo = call.body().contains("lesson-bo");
        is_bo.then(|| match &*call.name {
            "sns:CreateTopic" => refusal(403, "AuthorizationError", "not authorized"),
            _ => refusal(404, "NotFound", "Topic does not exist"),
        })?
    });
    let said = folder.run(&aws, &["apply", "--yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let said = folder.run(&aws, &["handout"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), "1 card in handout.html\n"));
    assert_snapshot!(said.stderr, @"
    No card yet:
      bo: desk is missing
    error: 1 of 2 cards can't be written yet
      help: create what is missing with `cloud101 apply --only bo`, then run `cloud101 handout --only bo --to handout-2.html`
    ");
    assert!(read(&folder, "handout.html").contains(TOPIC));
    let said = folder.run(&aws, &["handout", "--json", "--format", "csv"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    let documents: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let expected = json!({
        "format_version": "1.0", "stack": "lesson", "files": ["handout.csv"], "cards": ["topic"],
        "lacking": [{ "key": "bo", "missing": ["desk[\"bo\"]"], "empty": [] }],
    });
    assert_eq!((&documents[0], &documents[1]["event"], documents.len()), (&expected, &"error".into(), 2));
    // Of those who lack it alone no file is made.
    let said = folder.run(&aws, &["handout", "--only", "bo", "--to", "bo.html"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert!(said.stderr.ends_with("then run `cloud101 handout --only bo --to bo.html`\n"), "{}", said.stderr);
    assert!(!folder.folder.path().join("bo.html").exists());
}

#[test]
fn what_can_not_be_read_keeps_no_one_elses_card() {
    let folder = half();
    let is_denied = Arc::new(AtomicBool::new(false));
    let denies = is_denied.clone();
    let aws = FakeAws::for_a_topic_but(move |call| {
        let refused = || match denies.load(Ordering::SeqCst) {
            true => refusal(403, "AuthorizationError", "not authorized"),
            false => refusal(404, "NotFound", "Topic does not exist"),
        };
        call.body().contains("lesson-bo").then(refused)?
    });
    assert_eq!(folder.run(&aws, &["apply", "--yes", "--only", "topic"]).code, Some(0));
    is_denied.store(true, Ordering::SeqCst);
    let said = folder.run(&aws, &["handout"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), "1 card in handout.html\n"), "{}", said.stderr);
    assert!(said.stderr.contains("desk[\"bo\"]") && said.stderr.contains("not authorized"), "{}", said.stderr);
}

#[test]
fn what_is_written_and_said_holds_no_secrets() {
    let text = format!("{TOPIC_STACK}vars:\n  {}\n{HANDOUT}    Key: {}\n", canary::VARIABLE, canary::SECRET_KEY);
    let folder = Folder::with(&text);
    folder.write("class.csv", ROSTER);
    let aws = applied(&folder);
    for (format, name) in [("html", "cards.html"), ("csv", "cards.csv"), ("files", "cards/ana.txt")] {
        let to = name.split('/').next().expect("a name");
        let said = folder.run(&aws, &["-vv", "handout", "--format", format, "--to", to]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let text = read(&folder, name);
        canary::check(name, &text);
        assert!(text.contains("(sensitive)"), "{text}");
    }
}
