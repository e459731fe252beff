//! A service that the stack does not name stops nothing, whatever is wrong with it: plan and destroy say so and go on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, Said, TOPIC_STACK};
use crate::proxy::{Fault, Malformed, Phase};

/// What can be wrong with a service.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Says(u16, &'static str, &'static str),
    HangsUp,
    IsSilent,
}

const ALL: [Wrong; 9] = [
    Wrong::Says(403, "AccessDenied", "User: arn:aws:iam::123456789012:user/ana is not authorized to perform it"),
    Wrong::Says(403, "SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service"),
    Wrong::Says(401, "OptInRequired", "You are not subscribed to this service."),
    Wrong::Says(403, "NotSignedUp", "Your account is not signed up for the service."),
    Wrong::Says(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
    Wrong::Says(503, "ServiceUnavailable", "Service is unable to handle request."),
    Wrong::Says(501, "NotImplemented", "A header you provided implies functionality that is not implemented."),
    Wrong::HangsUp,
    Wrong::IsSilent,
];

impl Wrong {
    fn answer(self) -> Option<Fault> {
        match self {
            Self::Says(status, code, message) => refusal(status, code, message),
            Self::HangsUp => Some(Fault::Cut(Phase::Before)),
            Self::IsSilent => Some(Fault::Malformed(Malformed::Silent)),
        }
    }
}

/// A topic in an account in which `wrong` is with one of the other services, as patient as people's.
fn run(folder: &Folder, service: &'static str, wrong: Wrong, words: &[&str]) -> Said {
    let rule = move |call: &crate::proxy::Call| {
        let is_it = call.name.split(':').next() == Some(service);
        if is_it { wrong.answer() } else { None }
    };
    let aws = FakeAws::for_a_topic_but(rule);
    folder.said(folder.with_aws(&aws, words).env("AWS_MAX_ATTEMPTS", "8"))
}

/// Three seconds, and what a busy computer takes besides.
const SOON: Duration = Duration::from_secs(9);

#[test]
fn plans_say_what_they_could_not_look_up_and_go_on() {
    for wrong in ALL {
        // One kind by itself, of several how many they are, in one note.
        let of_ec2 =
            "an earlier version of the file had any of 5 kinds that it has no more could not be determined (ec2.";
        for (service, note) in [("ses", "the file has no ses.identity; "), ("ec2", of_ec2)] {
            let said = run(&Folder::with(TOPIC_STACK), service, wrong, &["plan"]);
            assert_eq!(said.code, Some(0), "{service} {wrong:?}: {}", said.stderr);
            assert!(said.stdout.contains("1 to add"), "{service} {wrong:?}: {}", said.stdout);
            let notes: Vec<_> = said.stderr.lines().filter(|line| line.starts_with("note: ")).collect();
            assert!(notes.len() == 1 && notes[0].contains(note), "{service} {wrong:?}: {}", said.stderr);
            assert!(said.took < SOON, "{service} {wrong:?}: {:?}", said.took);
        }
    }
}

/// On standard error there is nothing, and each line of the answer is JSON.
#[test]
fn programs_find_in_the_document_what_could_not_be_looked_up() {
    let denied = json!([{ "what": "ses.identity", "region": "us-east-1", "error": {
        "sort": "denied", "explain": "C101-0901", "operation": "ses:ListEmailIdentities", "code": "AccessDenied",
        "message": "User: arn:aws:iam::123456789012:user/ana is not authorized to perform it",
    }}]);
    let global = json!([{ "what": "iam.policy", "region": null }]);
    for (words, place) in [
        (&["plan", "--json"][..], ""),
        (&["plan", "--destroy", "--json"], ""),
        (&["apply", "--yes", "--json"], "/plan"),
        (&["destroy", "--yes", "--json"], "/plan"),
        (&["show", "--json"], ""),
        (&["output", "--json"], ""),
    ] {
        for (service, expected) in [("ses", &denied), ("iam", &global)] {
            let said = run(&Folder::with(TOPIC_STACK), service, ALL[0], words);
            assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{words:?}: {}", said.stdout);
            let lines = said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
            let first = lines.collect::<Vec<_>>().swap_remove(0);
            let found = first.pointer(&format!("{place}/not_looked_at")).cloned().unwrap_or_default();
            assert!(has(&found, expected), "{words:?} {service}: {found:#}");
        }
    }
    let said = run(&Folder::with(TOPIC_STACK), "nothing", ALL[0], &["plan", "--json"]);
    assert!(!said.stdout.contains("not_looked_at"), "{}", said.stdout);
}

/// Whether `whole` has all of `part`, of lists one element for each.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Array(whole), Value::Array(part)) => part.iter().all(|part| whole.iter().any(|one| has(one, part))),
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|value| has(value, part)))
        }
        _ => whole == part,
    }
}

#[test]
fn destroys_end_well_when_what_the_stack_names_is_gone() {
    for (wrong, service) in ALL.into_iter().zip(["ses", "ec2", "lambda", "s3", "ses", "ec2", "iam", "lambda", "logs"]) {
        let folder = Folder::with(TOPIC_STACK);
        let rule = move |call: &crate::proxy::Call| {
            let is_it = call.name.split(':').next() == Some(service);
            if is_it { wrong.answer() } else { None }
        };
        let aws = FakeAws::for_a_topic_but(rule);
        let run = |words: &[&str]| folder.said(folder.with_aws(&aws, words).env("AWS_MAX_ATTEMPTS", "8"));
        let made = run(&["apply", "--yes"]);
        assert_eq!(made.code, Some(0), "{service} {wrong:?}: {}", made.stderr);
        let gone = run(&["destroy", "--yes"]);
        assert_eq!(gone.code, Some(0), "{service} {wrong:?}: {} {}", gone.stderr, gone.stdout);
        assert!(gone.stdout.contains("1 destroyed"), "{service} {wrong:?}: {}", gone.stdout);
        assert!(gone.stdout.contains("0 left where AWS could be asked"), "{service} {wrong:?}: {}", gone.stdout);
        assert!(gone.took < 2 * SOON, "{service} {wrong:?}: {:?}", gone.took);
    }
}

#[test]
fn a_proof_asks_everything_and_is_none_without_an_answer() {
    let rule = |call: &crate::proxy::Call| if call.name.starts_with("ses:") { ALL[1].answer() } else { None };
    let said = Folder::with(TOPIC_STACK).run(&FakeAws::with(rule), &["destroy", "--yes", "--prove"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
}

#[test]
fn a_service_that_the_stack_names_still_stops_it() {
    for wrong in ALL {
        let aws = FakeAws::with(move |call| if call.name.starts_with("sns:") { wrong.answer() } else { None });
        let folder = Folder::with(TOPIC_STACK);
        let said = folder.said(folder.with_aws(&aws, &["plan"]).env("CLOUD101_READ_LIMIT", "3"));
        assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{wrong:?}: {}", said.stderr);
    }
}
