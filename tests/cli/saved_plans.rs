//! `plan --out FILE` and `apply FILE`: what was shown is done, or nothing is.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::Value;

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, STACK, Said, TOPIC_STACK, without_times};
use crate::proxy::Fault;

/// A topic with a tag, to be changed by hand.
const TAGGED: &str = "\
stack: lesson
region: us-east-1
resources:
  topic:
    type: sns.topic
    tags: { course: biology }
";

fn topic() -> FakeAws {
    FakeAws::for_a_topic()
}

/// Saves a plan as `class.plan`.
fn save(folder: &Folder, aws: &FakeAws, arguments: &[&str]) -> Said {
    let said = folder.run(aws, &[&["plan", "--out", "class.plan"], arguments].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    said
}

/// Applies `class.plan` and is refused: nothing was changed in the account.
fn refused(folder: &Folder, aws: &FakeAws, arguments: &[&str]) -> String {
    let before = changes(aws);
    let said = folder.run(aws, &[&["apply", "class.plan"], arguments].concat());
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
    assert_eq!(changes(aws), before);
    said.stderr
}

/// The calls so far that change something.
fn changes(aws: &FakeAws) -> Vec<String> {
    let reads = ["Get", "List", "Describe", "GET ", "HEAD ", "POST /v2/email/list-identities"];
    let is_read = |call: &String| {
        let (_, operation) = call.split_once(':').unwrap_or_default();
        reads.iter().any(|read| operation.starts_with(read))
    };
    aws.calls().into_iter().filter(|call| !is_read(call)).collect()
}

/// The topic is tagged in the console.
fn tag_the_topic(aws: &FakeAws, key: &str, value: &str) {
    let answer = ureq::post(&aws.url)
        .header("authorization", "AWS4-HMAC-SHA256 Credential=AKIDOTHER/20260101/us-east-1/sns/aws4_request")
        .send(format!("Action=TagResource&ResourceArn={TOPIC}&Tags.member.1.Key={key}&Tags.member.1.Value={value}"));
    assert!(answer.is_ok(), "{answer:?}");
}

#[test]
fn a_saved_plan_is_carried_out_without_a_question_and_once() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    let planned = save(&folder, &aws, &[]);
    assert_eq!(changes(&aws), [""; 0]);
    let path = folder.folder.path().join("class.plan");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    let names = fs::read_dir(folder.folder.path()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("class.plan")).count(), 1, "nothing beside it");

    let applied = folder.run(&aws, &["apply", "class.plan"]);
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    assert_eq!(changes(&aws), ["sns:CreateTopic"]);
    let again = refused(&folder, &aws, &[]);
    let reported =
        [&planned.stdout, &planned.stderr, "---\n", &without_times(&applied.stdout), "---\n", &again].concat();
    assert_snapshot!(reported);
}

#[test]
fn a_saved_destroy_is_a_destroy() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    assert_eq!(folder.run(&aws, &["apply", "--yes"]).code, Some(0));
    let planned = save(&folder, &aws, &["--destroy", "--empty-buckets"]);
    assert!(planned.stdout.contains("\nTo do this: cloud101 apply class.plan\n"), "{}", planned.stdout);
    let destroyed = folder.run(&aws, &["apply", "class.plan"]);
    assert_eq!(destroyed.code, Some(0), "{}", destroyed.stderr);
    assert!(destroyed.stdout.contains("Destroy complete: 1 destroyed"), "{}", destroyed.stdout);
    assert!(destroyed.stdout.contains("0 left: nothing in us-east-1"), "{}", destroyed.stdout);
    assert_eq!(changes(&aws), ["sns:CreateTopic", "sns:DeleteTopic"]);
    assert_snapshot!(refused(&folder, &aws, &[]));
}

#[test]
fn an_empty_plan_is_carried_out_by_doing_nothing() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    assert_eq!(folder.run(&aws, &["apply", "--yes"]).code, Some(0));
    save(&folder, &aws, &[]);
    let before = changes(&aws);
    let said = folder.run(&aws, &["apply", "class.plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("No changes."), "{}", said.stdout);
    assert_eq!(changes(&aws), before);
}

#[test]
fn an_edited_stack_is_refused_before_aws_is_asked() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    save(&folder, &aws, &[]);
    let asked = aws.calls().len();
    folder.write("cloud101.yaml", &format!("{TOPIC_STACK}# only a comment\n"));
    assert_snapshot!(refused(&folder, &aws, &[]));
    assert_eq!(aws.calls().len(), asked);
    folder.write("cloud101.yaml", TOPIC_STACK);
    let said = folder.run(&aws, &["apply", "class.plan"]);
    assert_eq!(said.code, Some(0), "as it was: {}", said.stderr);
}

#[test]
fn edited_code_is_refused() {
    let (aws, folder) = (FakeAws::empty(), Folder::new());
    save(&folder, &aws, &[]);
    folder.write("index.py", "def handler(event, context):\n    return None\n");
    assert_snapshot!(refused(&folder, &aws, &[]));
}

#[test]
fn a_changed_account_is_refused() {
    let (aws, folder) = (topic(), Folder::with(TAGGED));
    assert_eq!(folder.run(&aws, &["apply", "--yes"]).code, Some(0));
    tag_the_topic(&aws, "course", "chemistry");
    save(&folder, &aws, &[]);

    tag_the_topic(&aws, "course", "physics");
    let drifted_twice = refused(&folder, &aws, &[]);
    tag_the_topic(&aws, "course", "biology");
    let undone = refused(&folder, &aws, &[]);
    tag_the_topic(&aws, "course", "chemistry");
    tag_the_topic(&aws, "owner", "ana");
    let besides = refused(&folder, &aws, &[]);
    assert_snapshot!([drifted_twice, undone, besides].join("\n"));

    // A plan of what is so now does hold.
    save(&folder, &aws, &[]);
    assert_eq!(folder.run(&aws, &["apply", "class.plan"]).code, Some(0));
}

#[test]
fn what_another_run_applied_is_refused() {
    let (aws, folder) = (topic(), Folder::with(TAGGED));
    save(&folder, &aws, &[]);
    let other = Folder::with(&TAGGED.replace("biology", "chemistry"));
    assert_eq!(other.run(&aws, &["apply", "--yes"]).code, Some(0));
    assert_snapshot!(refused(&folder, &aws, &[]));
}

#[test]
fn another_place_is_refused() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    save(&folder, &aws, &[]);
    let region = refused(&folder, &aws, &["--region", "eu-central-1"]);
    let elsewhere = FakeAws::with(|call| {
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::210987654321:user/ana\
                        </Arn><UserId>AIDAEXAMPLE</UserId><Account>210987654321</Account></GetCallerIdentityResult>\
                        </GetCallerIdentityResponse>";
        call.name.starts_with("sts:").then(|| Fault::answer(identity))
    });
    let account = refused(&folder, &elsewhere, &[]);
    // Nothing is started for it, and nothing asked.
    let said = folder.said(&mut folder.command(&["apply", "class.plan", "--sandbox"]));
    assert_eq!(said.code, Some(1));
    fs::create_dir(folder.folder.path().join("below")).expect("a folder");
    let mut below = folder.with_aws(&aws, &["apply", "../class.plan"]);
    let missing = folder.said(below.current_dir(folder.folder.path().join("below")));
    assert_eq!(missing.code, Some(1));
    assert_snapshot!([region, account, said.stderr, missing.stderr].join("\n"));
}

#[test]
fn variables_are_in_the_file_unless_they_are_secret() {
    let stack = TOPIC_STACK.replace(
        "type: sns.topic\n",
        "type: sns.topic\n    display_name: ${var.title}\n    tags: { word: '${var.word}', old: '${var.old}' }\n",
    );
    let vars = "vars:\n  title: none\n  word: { secret: true }\n  old: { secret: true, default: frobozz }\n";
    let (aws, folder) = (topic(), Folder::with(&format!("{stack}{vars}")));
    let planned = save(&folder, &aws, &["--var", "title=Class 1", "--var", "word=xyzzy-plugh"]);
    assert!(planned.stdout.contains("\nTo do this: cloud101 --var word=… apply class.plan\n"), "{}", planned.stdout);
    let text = fs::read_to_string(folder.folder.path().join("class.plan")).expect("a plan");
    for secret in ["xyzzy", "plugh", "frobozz"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Not even a hash: another secret makes the same file.
    let other =
        folder.run(&aws, &["plan", "--out", "other.plan", "--var", "title=Class 1", "--var", "word=something else"]);
    assert_eq!(other.code, Some(0));
    assert_eq!(fs::read_to_string(folder.folder.path().join("other.plan")).expect("a plan"), text);

    let missing = refused(&folder, &aws, &[]);
    let changed = refused(&folder, &aws, &["--var", "word=xyzzy-plugh", "--var", "title=Class 2"]);
    let added = refused(&folder, &aws, &["--var", "word=xyzzy-plugh", "--var", "old=plover"]);
    assert_snapshot!([missing, changed, added].join("\n"));
    let said = folder.run(&aws, &["apply", "class.plan", "--var", "word=xyzzy-plugh"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("\"Class 1\""), "{}", said.stdout);
}

#[test]
fn a_plan_file_that_can_not_be_used_is_reported() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    save(&folder, &aws, &[]);
    let good = fs::read_to_string(folder.folder.path().join("class.plan")).expect("a plan");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let spoilt = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        folder.write("class.plan", &good.replacen(from, to, 1));
        refused(&folder, &aws, &[]).replace(&format!("this is {}", env!("CARGO_PKG_VERSION")), "this is [version]")
    };
    let reported = [
        spoilt("\"goal\"", "\"gaol\""),
        spoilt("\"steps\": [", "\"steps\": "),
        spoilt(&version, "\"version\": \"9.8.7\""),
        spoilt("\"action\": \"create\"", "\"action\": \"delete\""),
        spoilt("\"address\": \"topic\"", "\"address\": \"\\u001b[2Jtopic\""),
        spoilt("\"targets\": []", "\"targets\": [\"nothing\"]"),
    ];
    assert_snapshot!(reported.join("\n"));
    // It may be written over.
    save(&folder, &aws, &[]);
    assert_eq!(fs::read_to_string(folder.folder.path().join("class.plan")).expect("a plan"), good);
}

#[test]
fn plans_and_stacks_are_not_mixed_up() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    save(&folder, &aws, &[]);
    let asked = aws.calls().len();
    let misused = |arguments: &str| {
        let said = folder.run(&aws, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!((said.code, said.stdout.as_str()), (Some(64), ""), "{arguments}: {}", said.stderr);
        format!("$ cloud101 {arguments}\n{}", said.stderr)
    };
    let reported = [
        "plan class.plan",
        "validate class.plan",
        "destroy --yes class.plan",
        "apply class.plan --target topic",
        "apply class.plan --empty-buckets",
        "plan --out cloud101.yaml",
        "plan --out .",
        "plan --out nowhere/class.plan",
        "plan --out /dev/null",
    ];
    assert_snapshot!(reported.map(misused).join("\n"));
    assert_eq!(aws.calls().len(), asked);
    assert_eq!(fs::read_to_string(folder.folder.path().join("cloud101.yaml")).expect("a stack"), TOPIC_STACK);
    // A stack in JSON is a stack.
    let json = r#"{"stack": "lesson", "region": "us-east-1", "resources": {"topic": {"type": "sns.topic"}}}"#;
    folder.write("stack.json", json);
    assert_eq!(folder.run(&aws, &["apply", "--yes", "stack.json"]).code, Some(0));
}

#[test]
fn a_plan_of_a_part_is_saved_as_such() {
    let (aws, folder) = (FakeAws::empty(), Folder::with(STACK));
    let planned = save(&folder, &aws, &["--target", "topic"]);
    assert!(planned.stdout.contains("Plan: 1 to add"), "{}", planned.stdout);
    let said = folder.run(&aws, &["apply", "class.plan"]);
    // This account makes nothing; what counts is what was tried.
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains("Plan: 1 to add"), "{}", said.stdout);
    assert_eq!(changes(&aws), ["sns:CreateTopic"]);
}

#[test]
fn programs_get_documents() {
    let (aws, folder) = (topic(), Folder::with(TOPIC_STACK));
    let planned = save(&folder, &aws, &["--json"]);
    let plan: Value = serde_json::from_str(&planned.stdout).expect("one document");
    assert_eq!((&plan["format_version"], planned.stderr.as_str()), (&"1.0".into(), ""));
    folder.write("cloud101.yaml", &format!("{TOPIC_STACK}\n"));
    let said = folder.run(&aws, &["apply", "class.plan", "--json"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    let error: Value = serde_json::from_str(&said.stdout).expect("one document");
    assert_eq!(
        (&error["event"], &error["problems"][0]["message"]),
        (&"error".into(), &"cloud101.yaml was changed since".into())
    );
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("--out class.plan")), "{error}");
}

#[test]
fn a_saved_plan_is_shown_as_it_was_and_aws_is_not_asked() {
    let (folder, aws) = (Folder::new(), FakeAws::empty());
    let saved = folder.run(&aws, &["plan", "--out", "class.plan"]);
    let document = folder.run(&aws, &["plan", "--json"]);
    let before = aws.calls().len();
    let shown = folder.run(&aws, &["show", "class.plan"]);
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(0), saved.stdout.as_str()), "{}", shown.stderr);
    assert!(shown.stderr.contains("as it was saved"), "{}", shown.stderr);
    let again: Value = serde_json::from_str(&folder.run(&aws, &["show", "--json", "class.plan"]).stdout).unwrap();
    assert_eq!(again, serde_json::from_str::<Value>(&document.stdout).unwrap());
    assert_eq!(aws.calls().len(), before);
    // In full it has what the plan had in full.
    let full = folder.run(&aws, &["plan", "--full", "--out", "class.plan"]).stdout;
    assert_eq!(folder.run(&aws, &["show", "--full", "class.plan"]).stdout, full);
}

/// A secret is in it neither as it is nor in any other form, and stays hidden where it is shown.
#[test]
fn a_saved_plan_shows_where_a_secret_is_and_not_what() {
    let text = "stack: lesson\nregion: us-east-1\nvars: { key: { default: hunter22, secret: true } }\nresources:\n  topic:\n    \
                type: sns.topic\n    display_name: 'the key is ${var.key}'\n  group: { type: ec2.security_group, description: (sensitive) }\n";
    let (folder, aws) = (Folder::with(text), FakeAws::empty());
    let said = folder.run(&aws, &["plan", "--out", "class.plan"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let file = fs::read_to_string(folder.folder.path().join("class.plan")).unwrap();
    assert!(!file.contains("hunter22"), "{file}");
    let shown = folder.run(&aws, &["show", "class.plan"]).stdout;
    assert!(shown.contains("display_name = (sensitive)") && shown.contains("description = \"(sensitive)\""), "{shown}");
}

/// What an earlier cloud101 saved says so by its form, and is refused; its documents fit today's schemas, as the first
/// part of their version says.
#[test]
fn what_an_earlier_version_wrote_is_refused_or_read_as_its_version_says() {
    let (folder, aws) = (Folder::new(), FakeAws::empty());
    folder.write("class.plan", include_str!("../earlier/form_1.plan"));
    for command in ["show", "apply"] {
        let said = folder.run(&aws, &[command, "class.plan"]);
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
        assert!(said.stderr.contains("has form 1 of saved plans, and this cloud101 reads form 2"), "{}", said.stderr);
        assert!(said.stderr.contains("plan --out class.plan"), "{}", said.stderr);
    }
    assert_eq!(aws.calls(), [""; 0]);
    for (command, document) in
        [("plan", include_str!("../earlier/plan_1.0.json")), ("show", include_str!("../earlier/show_1.0.json"))]
    {
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["format_version"], "1.0");
        crate::schemas::check_line(command, &document.to_string()).unwrap_or_else(|error| panic!("{command}: {error}"));
    }
}
