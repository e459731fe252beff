//! What AWS refused, and what to do: text for a person.

use std::collections::BTreeSet;

use crate::aws::{Error, ErrorKind, allow};
use crate::explain::Code;
use crate::plan::observe::PlanError;
use crate::resource::Address;
use crate::suggest;

use super::keyless::{cause, people};
use super::paint::Paint;
use super::terminal::clean;

/// How many reasons against a saved plan are listed.
const MOST_REASONS: usize = 10;

/// Everything that went wrong, the same cause only once. `file` is the stack file as the person named it.
pub fn text(all: &[PlanError], file: &str, paint: Paint) -> String {
    let mut groups: Vec<(Error, Vec<&PlanError>)> = Vec::new();
    for one in all {
        let cause = cause(one.address.as_ref(), &one.error);
        match groups.iter().position(|(first, _)| same_cause(first, &cause)) {
            Some(index) => groups[index].1.push(one),
            None => groups.push((cause, vec![one])),
        }
    }
    // One list of the permissions that are missing says more than the same advice for each.
    let denied = |(cause, _): &&(Error, Vec<&PlanError>)| cause.lacks_permission();
    let mut blocks: Vec<_> = groups.iter().map(|group| shown(group, file, !denied(&group), paint)).collect();
    let actions: BTreeSet<_> =
        groups.iter().filter(denied).flat_map(|(_, group)| group).map(|one| one.error.permission()).collect();
    if let Some(last) =
        blocks.iter_mut().zip(&groups).filter(|(_, group)| denied(group)).map(|(block, _)| block).next_back()
    {
        last.push_str(&help(&allow(&actions.into_iter().collect::<Vec<_>>()), paint));
    }
    blocks.join("\n")
}

fn shown((cause, group): &(Error, Vec<&PlanError>), file: &str, with_advice: bool, paint: Paint) -> String {
    let Some(first) = group.first() else { return String::new() };
    let copies = copies(group, file);
    let error = if copies.is_some() { cause } else { &first.error };
    let rest: &[&PlanError] = if copies.is_some() { &[] } else { &group[1..] };
    let place = copies.unwrap_or_else(|| place(first, file));
    let (head, mut lines) = match everywhere(first.error.kind) {
        Some(head) => (head.to_owned(), vec![format!("asked for {place}")]),
        None => (place, Vec::new()),
    };
    lines.extend(clean(&error.to_string()).lines().map(str::to_owned));
    let many = |n: usize, what: &str| if n == 1 { format!("1 more {what}") } else { format!("{n} more {what}s") };
    match rest.len() {
        0 => {}
        n if rest.iter().all(|one| one.address.is_some()) => {
            lines.push(format!("and the same for {}", many(n, "resource")))
        }
        n => lines.push(format!("and the same for {}", many(n, "question"))),
    }
    let mut text = titled(Some(first.error.explained()), &head, paint);
    text.extend(lines.iter().map(|line| format!("  {line}\n")));
    text.extend(note(error, paint));
    // What is known of an answer without an id would be wrong.
    let answered = Error { request_id: first.error.request_id.clone(), ..error.clone() };
    let advice = answered.advice().filter(|_| with_advice);
    text.extend(advice.map(|advice| help(&advice, paint)));
    text
}

/// `home of ana, bo and 3 more (s3.bucket, class.yaml:9)`, if they are several copies, all of one resource.
fn copies(group: &[&PlanError], file: &str) -> Option<String> {
    let addresses: Option<BTreeSet<_>> = group.iter().map(|one| one.address.as_ref()).collect();
    let addresses = addresses.filter(|addresses| addresses.len() > 1)?;
    let keys: Option<Vec<_>> = addresses.iter().map(|address| address.key.as_deref()).collect();
    let first = group.first()?;
    let name = &first.address.as_ref()?.name;
    let is_of_one = addresses.iter().all(|address| address.name == *name);
    let whole = PlanError { address: Some(Address::new(format!("{name} of {}", people(&keys?)))), ..(*first).clone() };
    is_of_one.then(|| place(&whole, file))
}

/// An error that belongs to no resource.
pub fn failure(message: &str, hint: Option<&str>, paint: Paint) -> String {
    reported(None, message, None, hint, paint)
}

fn reported(code: Option<Code>, message: &str, note: Option<String>, hint: Option<&str>, paint: Paint) -> String {
    let message = clean(message);
    let mut lines = message.lines();
    let mut text = titled(code, lines.next().unwrap_or_default(), paint);
    text.extend(lines.map(|line| format!("  {line}\n")));
    text.extend(note);
    text.extend(hint.map(|hint| help(hint, paint)));
    text
}

/// Why the plan saved in `file` is not carried out: the first reasons, and how many more there are.
pub fn outdated(file: &str, reasons: &[String], hint: &str, paint: Paint) -> String {
    let mut lines = vec![is_outdated(file)];
    lines.extend(reasons.iter().take(MOST_REASONS).cloned());
    if reasons.len() > MOST_REASONS {
        lines.push(format!("and {} more", reasons.len() - MOST_REASONS));
    }
    failure(&lines.join("\n"), Some(hint), paint)
}

/// What is said of every saved plan that is not carried out.
pub fn is_outdated(file: &str) -> String {
    format!("the saved plan `{file}` does not match; nothing was done")
}

/// An error of AWS that belongs to no resource.
pub fn error(error: &Error, paint: Paint) -> String {
    let message = match everywhere(error.kind) {
        Some(head) => format!("{head}\n{error}"),
        None => error.to_string(),
    };
    reported(Some(error.explained()), &message, note(error, paint), error.advice().as_deref(), paint)
}

/// `error[C101-0901]: head`
fn titled(code: Option<Code>, head: &str, paint: Paint) -> String {
    let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
    format!("{}: {}\n", paint.error(&format!("error{code}")), paint.bold(head))
}

/// What AWS's code means, unless the error's first line says it.
pub fn note(error: &Error, paint: Paint) -> Option<String> {
    let known = error.known().filter(|_| everywhere(error.kind).is_none())?;
    Some(format!("  {}: {}\n", paint.bold("note"), known.cause))
}

/// How many kinds a note names.
const KINDS: usize = 4;

/// What could not be looked at and the file can do without, as one line: a machine or a line that is slow lets many questions
/// go without an answer.
pub fn unseen(all: &[PlanError], paint: Paint) -> String {
    let [first, rest @ ..] = all else { return String::new() };
    let error = clean(&first.error.to_string()).replace('\n', " ");
    let what = match rest {
        [] => format!("the file has no {}; whether an earlier version had one could not be determined", first.kind),
        _ => {
            let kinds: Vec<_> = all.iter().map(|one| one.kind.as_str()).collect();
            format!(
                "whether an earlier version of the file had any of {} kinds that it has no more could not be determined ({}); \
                 the first reason",
                all.len(),
                suggest::some(&kinds, KINDS, KINDS - 1)
            )
        }
    };
    format!("{}: {what}: {error}\n", paint.yellow("note"))
}

/// `role (iam.role, stacks/cloud101.yaml:41)`
pub fn place(one: &PlanError, file: &str) -> String {
    let file = clean(file);
    match (&one.address, one.line) {
        (Some(address), Some(line)) => format!("{} ({}, {file}:{line})", clean(&address.to_string()), one.kind),
        (Some(address), None) => format!("{} ({}, not in {file})", clean(&address.to_string()), one.kind),
        (None, _) => format!("the list of every {} of the stack", one.kind),
    }
}

/// The advice, below an error.
pub fn help(advice: &str, paint: Paint) -> String {
    format!("  {}: {}\n", paint.help("help"), clean(advice).trim_end().replace('\n', "\n        "))
}

/// What is wrong with every call alike, whichever resource asked first.
pub fn everywhere(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NoCredentials => "there are no AWS credentials",
        ErrorKind::Expired => "the AWS credentials have expired",
        ErrorKind::BadCredentials => "AWS does not know these credentials",
        ErrorKind::WrongClock => "this computer's clock is wrong",
        ErrorKind::NotActivated => "the AWS account is not ready",
        ErrorKind::Unreachable => "AWS can't be reached",
        ErrorKind::Throttled => "AWS asks cloud101 to go slower",
        _ => return None,
    })
}

/// Whether two errors have one cause.
pub fn same_cause(a: &Error, b: &Error) -> bool {
    a.kind == b.kind
        && (everywhere(a.kind).is_some()
            || (&a.code, &a.about, &a.message, &a.hint) == (&b.code, &b.about, &b.message, &b.hint))
}

#[cfg(test)]
mod tests {
    use crate::aws::codes::KNOWN;
    use crate::aws::meanings;

    use super::*;

    fn at(name: &str, line: usize, error: Error) -> PlanError {
        PlanError {
            address: Some(Address::new(name)),
            kind: "iam.role".to_owned(),
            is_global: false,
            line: Some(line),
            error,
        }
    }

    fn denied(message: &str) -> Error {
        Error {
            kind: ErrorKind::Denied,
            operation: "iam:GetRole",
            code: Some("AccessDenied".into()),
            request_id: Some("0f6d".into()),
            ..Error::refused(message)
        }
    }

    #[test]
    fn each_cause_is_reported_with_its_place_and_what_to_do() {
        let all = [
            at("role", 41, denied("User: arn:aws:iam::123456789012:user/ana is not authorized")),
            at(
                "bucket",
                3,
                Error::refused("`x` exists and does not have this stack's ownership tags")
                    .with_hint("add `adopt: true`"),
            ),
        ];
        insta::assert_snapshot!(text(&all, "stacks/cloud101.yaml", Paint::PLAIN), @r#"
        error[C101-0901]: role (iam.role, stacks/cloud101.yaml:41)
          iam:GetRole failed: AccessDenied: User: arn:aws:iam::123456789012:user/ana is not authorized (request id 0f6d)
          note: no policy allows you to do this, or one denies it
          help: ask the account's administrator to allow you iam:GetRole; `aws sts get-caller-identity` shows who you are

        error[C101-0916]: bucket (iam.role, stacks/cloud101.yaml:3)
          `x` exists and does not have this stack's ownership tags
          help: add `adopt: true`
        "#);
    }

    #[test]
    fn the_same_cause_is_reported_once() {
        let none = |operation| Error {
            operation,
            kind: ErrorKind::NoCredentials,
            code: None,
            request_id: None,
            ..denied("no providers in chain")
        };
        let all = [
            at("role", 41, none("iam:GetRole")),
            at("bucket", 3, none("s3:HeadBucket")),
            at("topic", 7, none("sns:GetTopicAttributes")),
        ];
        insta::assert_snapshot!(text(&all, "stacks/cloud101.yaml", Paint::PLAIN), @r#"
        error[C101-0912]: there are no AWS credentials
          asked for role (iam.role, stacks/cloud101.yaml:41)
          iam:GetRole failed: no providers in chain
          and the same for 2 more resources
          help: log in with `aws login` or `aws configure`, choose a profile with --profile, or rehearse without an account: --sandbox
        "#);
        let list = PlanError {
            address: None,
            kind: "sns.topic".to_owned(),
            is_global: false,
            line: None,
            error: denied("no"),
        };
        insta::assert_snapshot!(text(&[list, at("role", 41, denied("no"))], "cloud101.yaml", Paint::PLAIN), @r#"
        error[C101-0901]: the list of every sns.topic of the stack
          iam:GetRole failed: AccessDenied: no (request id 0f6d)
          and the same for 1 more resource
          note: no policy allows you to do this, or one denies it
          help: ask the account's administrator to allow you iam:GetRole; `aws sts get-caller-identity` shows who you are
        "#);
    }

    #[test]
    fn lists_that_were_not_returned_are_one_note() {
        let list = |kind: &str, why: &str| PlanError {
            address: None,
            kind: kind.to_owned(),
            is_global: false,
            line: None,
            error: Error::refused(why),
        };
        let all = ["iam.role", "iam.user", "s3.bucket", "sns.topic", "sqs.queue"].map(|kind| list(kind, kind));
        assert_eq!(
            unseen(&all[..1], Paint::PLAIN),
            "note: the file has no iam.role; whether an earlier version had one could not be determined: iam.role\n"
        );
        assert_eq!(
            unseen(&all, Paint::PLAIN),
            "note: whether an earlier version of the file had any of 5 kinds that it has no more could not be determined \
             (iam.role, iam.user, s3.bucket and 2 more); the first reason: iam.role\n"
        );
        assert_eq!(unseen(&[], Paint::PLAIN), "");
    }

    #[test]
    fn an_error_without_a_resource() {
        insta::assert_snapshot!(failure("it broke\nthe end of its log", Some("try again"), Paint::PLAIN), @r#"
        error: it broke
          the end of its log
          help: try again
        "#);
        insta::assert_snapshot!(error(&Error { kind: ErrorKind::Expired, ..denied("The security token is expired") }, Paint::PLAIN), @r#"
        error[C101-0908]: the AWS credentials have expired
          iam:GetRole failed: AccessDenied: The security token is expired (request id 0f6d)
          help: log in again (`aws login` or `aws sso login`), then run the same command again
        "#);
    }

    #[test]
    fn every_code_of_aws_is_reported_in_plain_words_with_what_to_type_next() {
        let mut seen = BTreeSet::new();
        for known in KNOWN {
            assert!(seen.insert(known.code), "{} is there twice", known.code);
            let service = known.services.first().copied().unwrap_or("iam");
            // Whatever a service says with such a code has a meaning of its own.
            if meanings::find(service, known.code, "AWS's words").is_some() {
                continue;
            }
            let operation: &'static str = Box::leak(format!("{service}:GetRole").into_boxed_str());
            let error = Error {
                kind: known.kind,
                operation,
                code: Some(known.code.into()),
                hint: None,
                ..denied("AWS's words")
            };
            let is_denied = error.lacks_permission();
            let text = text(&[at("role", 3, error)], "cloud101.yaml", Paint::PLAIN);
            let cause = everywhere(known.kind).unwrap_or(known.cause);
            assert!(text.contains(cause) && text.contains(&format!("error[{}]", known.kind.explained())), "{text}");
            let help = text.split_once("  help: ").map(|(_, help)| help.trim()).unwrap_or_default();
            let next = if is_denied { operation } else { known.next };
            assert!(help.contains(next) && help.len() > 20, "{text}");
            for words in [known.cause, known.next] {
                let begins = words.starts_with(|c: char| c.is_lowercase() || c == '`') || is_a_name(words);
                assert!((begins || words.is_empty()) && !words.ends_with('.') && words.len() <= 160, "{words}");
            }
        }
        assert!(seen.len() >= 50, "{}", seen.len());
    }

    fn is_a_name(words: &str) -> bool {
        ["AWS", "EC2", "IAM", "S3", "SES", "SNS", "Lambda", "CloudWatch", "Systems Manager"]
            .iter()
            .any(|name| words.starts_with(name))
    }
}
