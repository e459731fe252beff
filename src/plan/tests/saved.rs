//! Saved plans: what is in them, what is read back, and when they no longer hold.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use crate::model::account_profile::LEARNER_LAB;
use crate::plan::options::{Goal, Leavers, Options};
use crate::plan::saved::file::{FORMAT, SIZE_LIMIT, VERSION};
use crate::plan::saved::{Made, SavedPlan, Unreadable, read};
use crate::plan::{FoundBy, Plan, ProfileInUse};
use crate::resource::{Contents, DeleteBlocker};
use crate::stack::Stack;
use crate::stack::account_profile::Instead;
use crate::testing::{Account, addresses, place, planned, stack};

use super::secrets::file as file_of_secrets;

const FILE: &str = "
vars:
  hours: '3'
  key: { default: geheim, secret: true }
resources:
  topic: { type: sns.topic, display_name: one, tags: { course: a } }
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: email_agent
    role: arn:aws:iam::123456789012:role/lambda
    timeout_seconds: 10
    environment: { TOPIC: '${topic.arn}' }
";

fn saved_for(stack: &Stack, account: &Account, goal: Goal, options: &Options, vars: &[(&str, &str)]) -> SavedPlan {
    let vars = given(vars);
    let made =
        Made { stack, file: "stacks/cloud101.yaml", sandbox: false, vars: &vars, goal, options, hide: &str::to_owned };
    SavedPlan::of(&planned(stack, account, goal, options), &made)
}

fn saved(stack: &Stack, account: &Account) -> SavedPlan {
    saved_for(stack, account, Goal::Apply, &Options::default(), &[])
}

fn given(vars: &[(&str, &str)]) -> BTreeMap<String, String> {
    vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read_back(plan: &SavedPlan) -> SavedPlan {
    read(plan.text().as_bytes()).unwrap().unwrap()
}

/// An account with something to do of every sort: something drifted, something missing, something left over.
fn account() -> Account {
    let more = "resources:\n  old: { type: sns.topic }\n  role: { type: iam.role, assumed_by: ec2.amazonaws.com }";
    let with_more = stack(&FILE.replace("resources:", more));
    let mut account = Account::after(&with_more);
    account.drift("function", "timeout_seconds", json!(60));
    account.delete("topic");
    account
}

#[test]
fn what_is_saved_is_read_back_and_holds_as_long_as_nothing_changes() {
    let stack = stack(FILE);
    let (targets, replace) = (addresses(["function"]), addresses(["function"]));
    let options = Options { targets, replace, ..Options::default() };
    let cases = [
        (Goal::Apply, Options::default()),
        (Goal::Apply, options),
        (Goal::Destroy, Options { empty_buckets: true, ..Options::default() }),
    ];
    for (goal, options) in cases {
        let plan = saved_for(&stack, &account(), goal, &options, &[("hours", "4")]);
        let read = read_back(&plan);
        assert_eq!(read, plan);
        assert_eq!((read.goal, read.options().named().count()), (goal, options.named().count()));
        assert_eq!(read.options().empty_buckets, options.empty_buckets);
        let again = saved_for(&stack, &account(), goal, &options, &[("hours", "4")]);
        assert_eq!(read.differences(&again), [""; 0]);
        assert!(read.matches(&stack));
        assert_eq!(read.elsewhere(&place()), [""; 0]);
    }
}

#[test]
fn a_saved_plan_is_shown_as_it_was_made() {
    let stack = stack(FILE);
    for targets in [Default::default(), addresses(["function"])] {
        let options = Options { targets, ..Options::default() };
        let made = planned(&stack, &account(), Goal::Apply, &options);
        let read = read_back(&saved_for(&stack, &account(), Goal::Apply, &options, &[]));
        let shown = read.plan(&stack.registry).unwrap();
        assert_eq!(super::actions(&shown), super::actions(&made));
        assert_eq!(shown.left_out.is_some(), made.left_out.is_some());
        assert!(read.plan(&crate::resource::Registry::empty()).is_none(), "another cloud101 has other kinds");
    }
}

/// Else an apply of the saved plan would be for others than the plan was.
#[test]
fn who_is_meant_and_who_goes_is_saved_where_it_was_said() {
    let text = "rosters: { students: [ana, bo] }\nresources: { desk: { type: sns.topic, for_each: students } }\n";
    let stack = stack(text);
    let account = Account::after(&stack);
    let saved = |options: &Options| saved_for(&stack, &account, Goal::Apply, options, &[]);
    let leavers = Leavers { remove: ["cy".to_owned()].into(), remove_absent: true, even_if_many: true };
    let options = Options { leavers, only: ["ana".to_owned()].into(), ..Options::default() };
    assert_eq!(read_back(&saved(&options)).options(), options);
    let plain = saved(&Options::default()).text();
    for word in ["leavers", "only", "renew", "profile"] {
        assert!(!plain.contains(&format!("\"{word}\"")), "nothing was said of it: {plain}");
    }
}

/// What its programme leaves out is a part of what was shown.
#[test]
fn a_saved_plan_says_for_which_programme_it_was_made() {
    let (stack, options, vars) = (stack(FILE), Options::default(), BTreeMap::new());
    let instead = Instead {
        resource: "role".to_owned(),
        kind: "iam.role".to_owned(),
        copies: 1,
        existing: Some("LabRole".to_owned()),
        used_by: vec!["function".to_owned()],
        because: "the programme has a role of its own".to_owned(),
    };
    let profile = ProfileInUse {
        name: LEARNER_LAB.name,
        title: LEARNER_LAB.title,
        found_by: FoundBy::Credentials,
        instead: vec![instead],
        outputs_left_out: vec!["url".to_owned()],
    };
    let plan = Plan { account_profile: Some(profile.clone()), ..planned(&stack, &account(), Goal::Apply, &options) };
    let (goal, file) = (Goal::Apply, "stacks/cloud101.yaml");
    let made = Made { stack: &stack, file, sandbox: false, vars: &vars, goal, options: &options, hide: &str::to_owned };
    let shown = read_back(&SavedPlan::of(&plan, &made)).plan(&stack.registry).unwrap();
    assert_eq!(shown.account_profile, Some(profile));
}

/// What is said against a plan of [`FILE`] for [`account`] after `change` to the account.
fn after(change: impl Fn(&mut Account) -> &mut Account) -> Vec<String> {
    let stack = stack(FILE);
    let mut now = account();
    change(&mut now);
    saved(&stack, &account()).differences(&saved(&stack, &now))
}

#[test]
fn every_change_in_the_account_is_a_difference() {
    let stack = stack(FILE);
    let applied = Account::after(&stack);
    let expected = ["there is nothing left to do: the account matches the stack"];
    assert_eq!(saved(&stack, &account()).differences(&saved(&stack, &applied)), expected);

    let drifted = after(|account| account.drift("function", "handler", json!("other.handler")));
    assert_eq!(drifted, ["function: `handler` changes, too: it was changed in the account"]);
    let undone = after(|account| account.drift("function", "timeout_seconds", json!(10)));
    assert_eq!(undone, ["function: is updated in the plan, but would now be left as it is"]);
    let twice = after(|account| account.drift("function", "timeout_seconds", json!(61)));
    assert_eq!(twice, ["function: was changed in the account since"]);
    let retagged = after(|account| account.tag("function", "added", "since"));
    assert_eq!(retagged, ["function: was changed in the account since"]);
    let unmentioned = after(|account| account.drift("function", "memory_mib", json!(512)));
    assert_eq!(unmentioned, ["function: was changed in the account since"]);
    let gone = after(|account| account.delete("old"));
    assert_eq!(gone, ["old: is deleted in the plan, but there is nothing to do now"]);
    let another = after(|account| account.double("old", "arn:aws:sns:us-east-1:123456789012:second"));
    assert_eq!(another, ["old: would now be deleted, and is not in the plan"]);
    let missing = after(|account| account.delete("function"));
    assert_eq!(missing, ["function: is updated in the plan, but would now be created"]);
    let protected = after(|account| account.tag("role", "cloud101:keep", "adopted"));
    assert_eq!(protected, ["role: is deleted in the plan, but would now be released"]);
}

#[test]
fn only_what_is_deleted_is_counted() {
    let stack = stack("resources: { bucket: { type: s3.bucket, name: cloud101-bucket } }");
    let plan = |goal, objects: &[&str]| {
        let mut account = Account::after(&stack);
        let ids = objects.iter().map(|id| (*id).to_owned()).collect();
        account.thing("bucket").live.blocker =
            Some(DeleteBlocker::Contents(Contents { ids, more: false, one: "object" }));
        saved_for(&stack, &account, goal, &Options::default(), &[])
    };
    let differences = |goal| plan(goal, &["a"]).differences(&plan(goal, &["a", "b"]));
    assert_eq!(differences(Goal::Destroy), ["bucket: was changed in the account since"]);
    assert_eq!(differences(Goal::Apply), [""; 0]);
}

#[test]
fn what_means_the_same_is_not_a_difference() {
    let stack = stack(
        "
resources:
  role:
    type: iam.role
    assumed_by: ec2.amazonaws.com
    policies: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AmazonEC2FullAccess']
",
    );
    let mut account = Account::after(&stack);
    let before = saved(&stack, &account);
    let mut policies = account.thing("role").live.spec["policies"].clone();
    policies.as_array_mut().unwrap().reverse();
    account.drift("role", "policies", policies);
    assert_eq!(before.differences(&saved(&stack, &account)), [""; 0]);
}

#[test]
fn what_becomes_something_else_is_a_difference() {
    let stacks = [FILE.to_owned(), FILE.replace("display_name: one", "display_name: two")].map(|text| stack(&text));
    let [one, two] = &stacks;
    assert!(!saved(one, &account()).matches(two));
    // The file aside, as for code that the file only names.
    let differences = saved(one, &account()).differences(&saved(two, &account()));
    assert_eq!(differences, ["topic: `display_name` now gets a different value"]);
    let less = stack(&FILE.replace("display_name: one, ", ""));
    let differences = saved(one, &account()).differences(&saved(&less, &account()));
    assert_eq!(differences, ["topic: `display_name` no longer changes"]);
}

#[test]
fn another_place_is_reported() {
    let plan = saved(&stack(FILE), &account());
    let mut there = place();
    there.account = "210987654321".into();
    there.region = "eu-central-1".into();
    let expected = [
        "it is for the account 123456789012, and this is 210987654321",
        "it is for the region us-east-1, and this is eu-central-1",
    ];
    assert_eq!(plan.elsewhere(&there), expected);
}

#[test]
fn variables_are_kept_unless_they_are_secret() {
    let (stack, options) = (stack(FILE), Options::default());
    let plan = saved_for(&stack, &account(), Goal::Apply, &options, &[("hours", "4"), ("key", "hunter2")]);
    assert!(!plan.text().contains("hunter2"));
    assert_eq!(plan.missing_secrets(&given(&[("hours", "4")])), ["key"]);
    let all = given(&[("hours", "4"), ("key", "hunter2")]);
    assert_eq!(plan.vars(&given(&[("key", "hunter2")])), Ok(all.clone()));
    assert_eq!(plan.vars(&all), Ok(all));
    let other = plan.vars(&given(&[("hours", "5"), ("more", "1")]));
    assert_eq!(other, Err(vec!["`--var hours=…` had another value".into(), "`--var more=…` was not given".into()]));
}

#[test]
fn the_file_is_the_same_whatever_the_secret_is() {
    // A secret that is put into a name is published.
    let text = |value: &str| file_of_secrets(true, value).replace("name: '${var.key}'", "name: plain");
    let files = ["hunter2-geheim", "another-secret"].map(|value| {
        let stack = stack(&text(value));
        let mut account = Account::after(&stack);
        let empty = saved(&stack, &Account::default()).text();
        let same = saved(&stack, &account).text();
        account.drift("function", "environment", json!({"PASSWORD": value, "MODE": value, "MORE": value}));
        account.drift("topic", "policy", json!({"Version": "2012-10-17", "Statement": [], "Id": value}));
        let drifted = saved(&stack, &account).text();
        let destroyed = saved_for(&stack, &account, Goal::Destroy, &Options::default(), &[]).text();
        // What was secret stays so when the file no longer says it.
        let taken_out = saved(
            &crate::testing::stack("resources: { role: { type: iam.role, assumed_by: ec2.amazonaws.com } }"),
            &account,
        )
        .text();
        // What was not made here carries no record of what is secret.
        let adopting = crate::testing::stack(&text(value).replace("sns.topic\n", "sns.topic\n    adopt: true\n"));
        let adopted = saved(&adopting, account.unmark("topic")).text();
        let texts = [empty, same, drifted, destroyed, taken_out, adopted];
        assert!(texts.iter().all(|text| !text.contains(value)));
        texts
    });
    let [one, other] = files;
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
}

#[test]
fn the_names_of_uploaded_files_pass_the_last_guard() {
    let (stack, options, vars) = (stack(FILE), Options::default(), given(&[]));
    let hide = |text: &str| text.replace("index", "(sensitive)");
    let (file, goal) = ("stacks/cloud101.yaml", Goal::Apply);
    let made = Made { stack: &stack, file, sandbox: false, vars: &vars, goal, options: &options, hide: &hide };
    let text = SavedPlan::of(&planned(&stack, &Account::default(), goal, &options), &made).text();
    assert!(text.contains("(sensitive).py") && !text.contains("index.py"), "{text}");
}

/// A secret that is written in clear beside the variable is published, but not in this file.
#[test]
fn what_is_like_a_secret_is_taken_out_wherever_it_stands() {
    let text = |shown: &str| {
        let vars = "vars: { one: { default: abcdxy, secret: true }, other: { default: xyzefg, secret: true } }";
        saved(
            &stack(&format!("{vars}\nresources: {{ topic: {{ type: sns.topic, display_name: {shown} }} }}")),
            &Account::default(),
        )
        .text()
    };
    for (shown, said) in [
        ("1abcdxy2", "\"1(sensitive)2\""),
        ("1abcdxy-xyzefg2", "\"1(sensitive)-(sensitive)2\""),
        ("1abcdxyzefg2", "\"1(sensitive)2\""),
        ("1abcdxyxyzefg2", "\"1(sensitive)2\""),
    ] {
        assert!(text(shown).contains(said), "{shown}: {}", text(shown));
    }
}

#[test]
fn the_digest_of_a_stack_file_leaves_out_nothing_but_secret_defaults() {
    let digest = |text: &str| stack(text).sha256;
    assert_eq!(digest(FILE), digest(&FILE.replace("geheim", "'other: secret'")));
    assert_ne!(digest(FILE), digest(&FILE.replace("hours: '3'", "hours: '4'")));
    assert_ne!(digest(FILE), digest(&format!("{FILE}# a word\n")));
    assert_ne!(digest(FILE), digest(&FILE.replace("secret: true", "secret: false")));
    let block = |value: &str| {
        FILE.replace(
            "{ default: geheim, secret: true }",
            &format!("\n    default: |\n      {value}\n      {value}\n    secret: true"),
        )
    };
    assert_eq!(digest(&block("one")), digest(&block("another")));
}

#[test]
fn something_else_is_not_taken_for_a_saved_plan() {
    for text in [
        "",
        "stack: cloud101\n",
        "# \"cloud101_plan\"\nstack: a\n",
        "[\"cloud101_plan\"]",
        "{\"stack\": \"a\", \"resources\": {\"cloud101_plan\": {\"type\": \"sns.topic\"}}}",
        "{",
        "\"cloud101_plan\"",
    ] {
        assert_eq!(read(text.as_bytes()), Ok(None), "{text}");
    }
}

#[test]
fn a_damaged_plan_is_reported_with_the_place() {
    let text = saved(&stack(FILE), &account()).text();
    let damaged = |text: &str| match read(text.as_bytes()) {
        Err(Unreadable::Damaged { line, .. }) => line,
        other => panic!("{other:?}: {text}"),
    };
    assert_eq!(damaged(&text.replace("\"goal\": \"apply\"", "\"goal\": \"delete everything\"")), 11);
    assert_eq!(damaged(&text.replace("\"goal\"", "\"gaol\"")), 11);
    assert_eq!(damaged("{\"cloud101_plan\": 1"), 1);
    damaged(&text.replace("\"seen\"", "\"foreseen\""));
    damaged(&text.replace("\"action\": \"delete\"", "\"action\": \"explode\""));
    damaged(&text.replace("\"cloud101_plan\": 2", "\"cloud101_plan\": \"two\""));
    damaged(&format!("{text}{text}"));
    // Whatever was lost at the end.
    for end in text.find("cloud101_plan\"").unwrap() + 14..text.trim_end().len() {
        damaged(&text[..end]);
    }
    // An editor's byte order mark is not damage.
    assert!(read(format!("\u{feff}{text}").as_bytes()).unwrap().is_some());
    let deep = format!("{{\"cloud101_plan\": 1, \"steps\": {}", "[".repeat(100_000));
    damaged(&deep);
    let error = Unreadable::Damaged { line: 9, column: 3 };
    assert_eq!(error.to_string(), "is damaged at line 9, column 3");
}

#[test]
fn a_plan_of_another_version_is_reported() {
    let text = saved(&stack(FILE), &account()).text();
    let other = |from: &str, to: &str| read(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
    let version = format!("\"version\": \"{VERSION}\"");
    assert_eq!(
        other(&version, "\"version\": \"9.8.7\""),
        format!("was saved by cloud101 9.8.7, and this is {VERSION}")
    );
    assert!(other(&version, "\"version\": \"\\u001b[2J\"").contains("of another version"));
    let long = |length: usize| format!("\"version\": \"9.8.7-rc.1+{}\"", "b".repeat(length - 11));
    assert!(other(&version, &long(32)).starts_with("was saved by cloud101 9.8.7-rc.1+bbb"));
    assert!(other(&version, &long(33)).contains("of another version"));
    assert!(
        other(&format!("\"cloud101_plan\": {FORMAT}"), "\"cloud101_plan\": 7").contains("has form 7 of saved plans")
    );
}

#[test]
fn an_edited_plan_does_not_hold() {
    let plan = saved(&stack(FILE), &account());
    let text = plan.text();
    for (from, to) in [
        ("\"in_file\": true", "\"in_file\": false"),
        ("\"kind\": \"sns.topic\"", "\"kind\": \"s3.bucket\""),
        ("\"action\": \"create\"", "\"action\": \"none\""),
        ("\"action\": \"create\"", "\"action\": \"replace\", \"create_first\": true, \"because\": [\"name\"]"),
        ("\"reason\": \"drift\"", "\"reason\": { \"replaced\": \"topic\" }"),
        ("\"replaces\": false", "\"replaces\": true"),
        ("\"empty\": false", "\"empty\": true"),
        ("\"vars\": {}", "\"vars\": { \"key\": \"geheim\" }"),
        ("\"sandbox\": false", "\"sandbox\": true"),
        ("\"stack\": \"cloud101\"", "\"stack\": \"cloud102\""),
    ] {
        assert!(text.contains(from), "{from}");
        let edited = read(text.replacen(from, to, 1).as_bytes()).unwrap().unwrap();
        assert_ne!(edited.differences(&plan), [""; 0], "{to}");
    }
    let unfounded = "\"action\": \"replace\", \"create_first\": true, \"because\": []";
    let edited = text.replacen("\"action\": \"create\"", unfounded, 1);
    assert!(matches!(read(edited.as_bytes()), Err(Unreadable::Damaged { .. })), "a replacement without a reason");
}

#[test]
fn how_a_step_differs_is_said() {
    let stack = stack(FILE);
    let options = Options { replace: addresses(["function"]), ..Options::default() };
    let edited = |plan: &SavedPlan, from: &str, to: &str| {
        let text = plan.text();
        assert!(text.contains(from), "{from} in {text}");
        read(text.replacen(from, to, 1).as_bytes()).unwrap().unwrap().differences(plan)
    };
    let plan = saved(&stack, &account());
    let reason = edited(&plan, "\"reason\": \"drift\"", "\"reason\": \"file\"");
    assert_eq!(reason, ["function: `timeout_seconds` now changes for a different reason"]);
    let in_place = edited(&plan, "\"replaces\": false", "\"replaces\": true");
    assert_eq!(in_place, ["topic: `display_name` now changes for a different reason"]);
    let emptied = edited(&plan, "\"empty\": false", "\"empty\": true");
    assert_eq!(emptied, ["topic: would now be created in a different way"]);
    let stays = edited(&plan, "\"stays_for\": null", "\"stays_for\": \"old\"");
    assert_eq!(stays, ["topic: was changed in the account since"]);
    let other = edited(&plan, "\"kind\": \"sns.topic\"", "\"kind\": \"s3.bucket\"");
    assert_eq!(other[0], "topic: would now be created, and is not in the plan");
    assert_eq!(other[1], "topic: is created in the plan, but there is nothing to do now");
    let replacing = saved_for(&stack, &account(), Goal::Apply, &options, &[]);
    let because = edited(&replacing, "\"--replace\"", "\"architecture\"");
    assert_eq!(because, ["function: would now be replaced in a different way"]);
    let whole = edited(&plan, "\"sandbox\": false", "\"sandbox\": true");
    assert_eq!(whole, ["the file was changed by hand"]);
    let destroy = |account: &Account| saved_for(&stack, account, Goal::Destroy, &Options::default(), &[]);
    let gone = destroy(&account()).differences(&destroy(&Account::default()));
    assert_eq!(gone, ["there is nothing left to delete"]);
    assert_eq!(destroy(&Account::default()).differences(&destroy(&account())).len(), 3, "nothing is now something");
}

#[test]
fn what_is_larger_than_any_plan_is_not_read() {
    let text = saved(&stack(FILE), &account()).text();
    let padded = |size: usize| format!("{text}{}", " ".repeat(size - text.len()));
    assert!(read(padded(SIZE_LIMIT).as_bytes()).unwrap().is_some());
    assert_eq!(read(padded(SIZE_LIMIT + 1).as_bytes()), Err(Unreadable::TooLarge));
    assert_eq!(read(" ".repeat(SIZE_LIMIT + 1).as_bytes()), Ok(None), "a large file of something else");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), head in any::<bool>()) {
        let head: &[u8] = if head { b"{\"cloud101_plan\": 1, \"version\": " } else { b"" };
        let _ = read(&[head, &bytes].concat());
    }

    /// A spoilt plan is damaged, or no plan, or another plan; never the same one, and never a panic.
    #[test]
    fn a_spoilt_plan_never_passes(
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..6),
    ) {
        static PLAN: LazyLock<SavedPlan> = LazyLock::new(|| saved(&stack(FILE), &account()));
        let plan = &*PLAN;
        let mut bytes = plan.text().into_bytes();
        for (at, byte, way) in spoils {
            let at = at.index(bytes.len());
            match way {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        if let Ok(Some(spoilt)) = read(&bytes) {
            prop_assert_eq!(spoilt != *plan, !spoilt.differences(plan).is_empty());
        }
    }
}
