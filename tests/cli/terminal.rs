//! What comes from elsewhere is shown, and a terminal does nothing at it: every run of the program here passes the check
//! of [`Folder::said`].

use crate::fake_aws::{FakeAws, TOPIC, record, refusal};
use crate::program::{Folder, Said};
use crate::proxy::{Call, Fault};

/// The styles that cloud101 uses itself, by their number in `ESC [ … m`.
const STYLES: [&str; 17] =
    ["0", "1", "2", "3", "4", "31", "32", "33", "34", "35", "36", "91", "92", "93", "94", "95", "96"];

/// Fails if a terminal would obey anything in `said` but a style of ours.
pub fn check(what: &str, said: &str) {
    let plain = STYLES.iter().fold(said.to_owned(), |text, style| text.replace(&format!("\u{1b}[{style}m"), ""));
    let obeyed = |c: char| match u32::from(c) {
        // But for tabs and line ends, whatever is below the space, and its mirror image above the letters.
        9 | 10 => false,
        0..32 | 127..160 => true,
        // What turns text around.
        0x202a..=0x202e | 0x2066..=0x2069 => true,
        _ => false,
    };
    let found = plain.find(obeyed).map(|at| &plain[plain.floor_char_boundary(at.saturating_sub(60))..]);
    assert_eq!(found, None, "{what}");
}

/// Sets the title, writes to the clipboard, deletes a line, forges a red one, begins a sequence in one byte, turns text
/// around, overwrites.
const HOSTILE: &str =
    "\u{1b}]0;title\u{7}\u{1b}]52;c;aGk=\u{7}\u{1b}[2K\u{1b}[31mFORGED\u{9b}32mFORGED\u{202e}txet\rover\u{8}\u{7f}";

/// As XML writes it. XML knows no way to write the first 32 characters, and the SDK reads it all the same.
fn in_xml() -> String {
    HOSTILE.chars().map(|c| format!("&#{};", u32::from(c))).collect()
}

/// As JSON writes it.
fn in_json() -> String {
    serde_json::Value::from(HOSTILE).to_string().trim_matches('"').to_owned()
}

/// What is said in colours and without, as text and as JSON. The text shows that something is there.
fn said(folder: &Folder, aws: &FakeAws, arguments: &[&str], code: i32) -> [Said; 3] {
    [&["--color", "always"][..], &["--color", "never", "-vv"], &["--json"]].map(|more| {
        let said = folder.run(aws, &[arguments, more].concat());
        let reported = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(said.code, Some(code), "{arguments:?} {more:?}: {reported}");
        assert!(more == ["--json"] || reported.contains("FORGED"), "{arguments:?} {more:?}: {reported:?}");
        assert!(!reported.contains("\u{1b}[31mFORGED"), "{arguments:?} {more:?}: {reported:?}");
        said
    })
}

#[test]
fn what_lives_in_the_account() {
    let (xml, json) = (in_xml(), in_json());
    let aws = FakeAws::with(move |call: &Call| {
        let action = call.name.split(':').nth(1).unwrap_or_default();
        let body = |result: &str| {
            Some(Fault::answer(format!(
                "<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
            )))
        };
        let entry = |key: &str, value: &str| format!("<entry><key>{key}</key><value>{value}</value></entry>");
        let tag = |key: &str, value: &str| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
        match call.name.as_str() {
            "sns:GetTopicAttributes" => {
                let all =
                    [("TopicArn", TOPIC), ("Owner", "123456789012"), ("DisplayName", &xml)].map(|(k, v)| entry(k, v));
                body(&format!("<Attributes>{}</Attributes>", all.concat()))
            }
            "sns:ListTopics" => body(&format!("<Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics>")),
            "sns:ListTagsForResource" => {
                let record = record(TOPIC.rsplit(':').next().unwrap_or_default());
                let own = [("cloud101:stack", "lesson"), ("cloud101:resource", &xml), ("cloud101:applied", &record)];
                let tags = [own[0], own[1], own[2], ("Owner", &xml), (&xml, "x")];
                body(&format!("<Tags>{}</Tags>", tags.map(|(key, value)| tag(key, value)).concat()))
            }
            name if name.starts_with("lambda:GET") && name.ends_with("/lesson-function") => {
                let record = record("lesson-function");
                let tags = format!(
                    r#"{{"cloud101:stack":"lesson","cloud101:resource":"function","cloud101:applied":"{record}"}}"#
                );
                let configuration = format!(
                    r#"{{"FunctionName":"lesson-function","State":"Active","LastUpdateStatus":"Successful",
                        "FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:lesson-function","CodeSha256":"x",
                        "Runtime":"python3.13","Handler":"{json}","Role":"{json}","Description":"{json}","MemorySize":128,
                        "Timeout":3,"Environment":{{"Variables":{{"{json}":"{json}"}}}}}}"#
                );
                Some(Fault::answer(format!(r#"{{"Configuration":{configuration},"Tags":{tags}}}"#)))
            }
            _ => None,
        }
    });
    let folder = Folder::with(
        "stack: lesson
region: us-east-1
resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    description: harmless
    role: arn:aws:iam::123456789012:role/lambda
    environment: { MODE: class }
",
    );
    for arguments in [&["plan"][..], &["plan", "--destroy"], &["show"]] {
        let [_, plain, json] = said(&folder, &aws, arguments, 0);
        assert!(plain.stdout.contains('\u{fffd}') || plain.stdout.contains("\\u001b"), "{}", plain.stdout);
        // A program gets every character.
        let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
        assert!(strings(&document).iter().any(|text| text.contains(HOSTILE)), "{document}");
    }
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(object) => {
            object.iter().flat_map(|(key, value)| [vec![key.clone()], strings(value)].concat()).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn what_aws_says_of_an_error() {
    let resources = [
        ("type: sns.topic", "sns:", in_xml()),
        ("type: iam.role\n    assumed_by: lambda.amazonaws.com", "iam:", in_xml()),
        ("type: ec2.security_group\n    description: ssh", "ec2:", in_xml()),
        ("type: ses.identity\n    email: teacher@example.edu", "ses:", in_json()),
    ];
    for (resource, service, message) in resources {
        let folder = Folder::with(&format!("stack: lesson\nregion: us-east-1\nresources:\n  one:\n    {resource}\n"));
        let aws = FakeAws::with(move |call: &Call| {
            call.name.starts_with(service).then(|| refusal(400, "ValidationError", message.clone())).flatten()
        });
        said(&folder, &aws, &["plan"], 1);
    }
}

#[test]
fn what_a_stack_file_says() {
    let stack = |text: &str| Folder::with(&format!("stack: lesson\nregion: us-east-1\n{text}"));
    let aws = FakeAws::empty();
    let escaped = serde_json::Value::from(HOSTILE).to_string();
    // As they are, as YAML's escapes, in values, in keys, in names.
    said(&stack(&format!("# FORGED {HOSTILE}\nresources: {{}}\n")), &aws, &["validate"], 1);
    for text in [
        format!("resources: {{ topic: {{ type: sns.topic, display_name: {escaped} }} }}\n"),
        format!("resources: {{ topic: {{ type: sns.topic, {escaped}: x }} }}\n"),
        format!("resources: {{ {escaped}: {{ type: sns.topic }} }}\n"),
        format!("resources: {{ topic: {{ type: {escaped} }} }}\n"),
        format!("tags: {{ {escaped}: {escaped} }}\nresources: {{ topic: {{ type: sns.topic }} }}\n"),
        format!("outputs: {{ {escaped}: '${{{HOSTILE}.arn}}' }}\nresources: {{ topic: {{ type: sns.topic }} }}\n")
            .replace(['\r', '\u{8}', '\u{7f}'], ""),
    ] {
        said(&stack(&text), &aws, &["validate"], 1);
    }
    // Text that turns around is text, and shown as what it is.
    let turned = "resources: { topic: { type: sns.topic, display_name: \"FORGED \u{202e}txet\u{2066}\" } }\n";
    let [_, plain, _] = said(&stack(turned), &aws, &["plan"], 0);
    assert!(plain.stdout.contains("FORGED \\u202etxet\\u2066"), "{}", plain.stdout);
}

#[test]
fn what_files_are_called() {
    let aws = FakeAws::empty();
    let name = "code\u{1b}[31mFORGED\u{9b}\u{202e}";
    let function = |code: &str| {
        format!(
            "stack: lesson\nregion: us-east-1\nresources:\n  function:\n    type: lambda.function\n    runtime: python3.13\n    \
             handler: index.handler\n    code: {code}\n    role: arn:aws:iam::123456789012:role/lambda\n"
        )
    };
    let folder = Folder::with(&function("code-FORGE"));
    folder.write(&format!("{name}/index.py"), "");
    said(&folder, &aws, &["validate"], 1);
    folder.write(&format!("{name}.yaml"), &function("nothing"));
    said(&folder, &aws, &["validate", &format!("{name}.yaml")], 1);
    said(&folder, &aws, &["validate", &format!("{name}.yml")], 1);
}
