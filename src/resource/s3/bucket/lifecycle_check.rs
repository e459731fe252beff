//! What can be seen to be wrong with lifecycle rules without AWS. Very little of it is in S3's model:
//! `docs/aws-facts.md` has the sources.

use std::collections::HashSet;

use aws_sdk_s3::types::TransitionStorageClass;

use super::lifecycle::{LifecycleRule, parse_day};
use crate::explain::Code;
use crate::resource::s3::known;
use crate::resource::{Diagnostic, is_unknown};

/// How many rules a bucket has at most.
const MOST: usize = 1000;
/// How many noncurrent versions a rule can keep at most.
const VERSIONS: i32 = 100;
/// For how many days objects stay where they are before they are moved to infrequent access, and there before they are
/// moved on to an archive.
const INFREQUENT_DAYS: i32 = 30;
/// The classes, in the only order in which objects are moved.
const ORDER: [&str; 6] = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

const NO_DAY: &str = "this is not a date";
const DAY: &str = "write it as `2030-12-31`, in quotes";

/// What is wrong with the rules.
pub fn check(rules: &[LifecycleRule]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if rules.len() > MOST {
        let message = format!("a bucket has at most {MOST} lifecycle rules, and there are {}", rules.len());
        diagnostics.push(
            Diagnostic::new(Code::OutOfRange, "lifecycle_rules", message)
                .help("combine several rules into one: a shorter `prefix` matches more"),
        );
    }
    let mut seen = HashSet::new();
    for (n, rule) in rules.iter().enumerate() {
        let place = format!("lifecycle_rules.{n}");
        if !seen.insert(&rule.id) {
            diagnostics.push(
                Diagnostic::new(
                    Code::Twice,
                    format!("{place}.id"),
                    format!("there are two rules with the id `{}`", rule.id),
                )
                .help("give each rule a unique id"),
            );
        }
        let mut found = |code: Code, name: &str, message: String, hint: &str| {
            let path = if name.is_empty() { place.clone() } else { format!("{place}.{name}") };
            diagnostics.push(Diagnostic::new(code, path, message).help(hint));
        };
        check_rule(rule, &mut found);
        check_filter(rule, &mut found);
        check_times(rule, &mut found);
        check_transitions(&place, rule, &mut diagnostics);
        check_noncurrent(&place, rule, &mut diagnostics);
    }
    diagnostics
}

type Found<'a> = dyn FnMut(Code, &str, String, &str) + 'a;

fn check_rule(rule: &LifecycleRule, found: &mut Found<'_>) {
    if rule.id.is_empty() || rule.id.len() > 255 {
        let hint = "choose a short word, such as `old`";
        found(Code::AwsName, "id", "a rule's id has 1 to 255 characters".into(), hint);
    }
    if !rule.does_something() {
        let hint = "for example `expire_after_days: 365` deletes after a year";
        found(Code::Lifecycle, "", format!("the rule `{}` does nothing", rule.id), hint);
    }
    let days = [
        ("expire_after_days", rule.expire_after_days),
        ("noncurrent_expire_after_days", rule.noncurrent_expire_after_days),
        ("abort_multipart_after_days", rule.abort_multipart_after_days),
    ];
    for (name, days) in days {
        if days.is_some_and(|days| days < 1) {
            found(Code::OutOfRange, name, "a rule must wait at least one day".into(), "write 1 or more");
        }
    }
    if rule.noncurrent_keep_versions.is_some_and(|versions| !(1..=VERSIONS).contains(&versions)) {
        let message = format!("a rule can keep 1 to {VERSIONS} noncurrent versions");
        found(Code::OutOfRange, "noncurrent_keep_versions", message, "write a number from 1 to 100");
    }
    if rule.noncurrent_keep_versions.is_some() && rule.noncurrent_expire_after_days.is_none() {
        found(
            Code::Incomplete,
            "noncurrent_keep_versions",
            "there is no time at which the other versions are deleted".into(),
            "add `noncurrent_expire_after_days: 30`",
        );
    }
    let deletes =
        [rule.expire_after_days.is_some(), rule.expire_on.is_some(), rule.expire_delete_markers == Some(true)];
    if deletes.iter().filter(|said| **said).count() > 1 {
        found(
            Code::Conflicting,
            "",
            "this rule sets the deletion of objects twice".into(),
            "keep one of `expire_after_days`, `expire_on` and `expire_delete_markers`, or write two rules",
        );
    }
}

/// Delete markers and unfinished uploads have neither tags nor a size.
fn check_filter(rule: &LifecycleRule, found: &mut Found<'_>) {
    if let (Some(more), Some(less)) = (rule.object_size_greater_than, rule.object_size_less_than)
        && more >= less
    {
        found(
            Code::Lifecycle,
            "object_size_less_than",
            "no object can match both sizes".into(),
            "give it a greater number than `object_size_greater_than`",
        );
    }
    for (name, size) in [
        ("object_size_greater_than", rule.object_size_greater_than),
        ("object_size_less_than", rule.object_size_less_than),
    ] {
        if size.is_some_and(|size| size < 0) {
            found(Code::OutOfRange, name, format!("`{name}` must be 0 or greater"), "write it in bytes");
        }
    }
    let by_tags = rule.tags.as_ref().is_some_and(|tags| !tags.is_empty()).then_some("tags");
    let by_size = (rule.object_size_greater_than.is_some_and(|size| size != 0) || rule.object_size_less_than.is_some())
        .then_some("a size");
    let actions = [
        ("abort_multipart_after_days", "an upload in parts", rule.abort_multipart_after_days.is_some()),
        ("expire_delete_markers", "a delete marker", rule.expire_delete_markers == Some(true)),
    ];
    for (name, what, _) in actions.into_iter().filter(|(.., is_said)| *is_said) {
        let Some(filter) = by_tags.or(by_size) else { continue };
        found(
            Code::Conflicting,
            name,
            format!(
                "{what} has no {}, and AWS does not accept `{name}` in a rule that filters by it",
                filter.trim_start_matches("a ")
            ),
            &format!("move `{name}` to a separate rule, with a `prefix` or for all objects"),
        );
    }
}

/// AWS takes days or dates in a rule, not both.
fn check_times(rule: &LifecycleRule, found: &mut Found<'_>) {
    if rule.expire_on.as_deref().is_some_and(|day| !is_unknown(day) && parse_day(day).is_none()) {
        found(Code::Day, "expire_on", NO_DAY.into(), DAY);
    }
    let single = || rule.transitions.iter().flatten().filter(|one| one.days.is_some() != one.date.is_some());
    let by_days = rule.expire_after_days.is_some() || single().any(|one| one.days.is_some());
    let by_dates = rule.expire_on.is_some() || single().any(|one| one.date.is_some());
    // Two ends are another diagnostic.
    let two_ends = rule.expire_after_days.is_some() && rule.expire_on.is_some();
    if by_days && by_dates && !two_ends {
        found(
            Code::Conflicting,
            "",
            format!("the rule `{}` uses both days and dates, and AWS accepts only one of them in a rule", rule.id),
            "use only days or only dates, or split it into two rules",
        );
    }
}

/// A move to a class at some time.
struct Move<'a> {
    at: i64,
    class: &'a str,
    path: String,
}

/// Whether moves are in the order of classes that AWS has, each class once and after long enough.
fn check_order(mut moves: Vec<Move<'_>>, diagnostics: &mut Vec<Diagnostic>) {
    moves.sort_by_key(|one| one.at);
    let mut seen = HashSet::new();
    for one in moves.iter().filter(|one| !seen.insert(one.class)) {
        let message = format!("this rule moves objects to {} twice", one.class);
        diagnostics.push(
            Diagnostic::new(Code::Twice, format!("{}.storage_class", one.path), message).help("keep the earlier one"),
        );
    }
    let rank = |class: &str| ORDER.iter().position(|known| *known == class);
    for pair in moves.windows(2) {
        let [first, second] = pair else { continue };
        let (Some(before), Some(after)) = (rank(first.class), rank(second.class)) else { continue };
        if after < before || (first.class, second.class) == ("ONEZONE_IA", "GLACIER_IR") {
            let message = format!("objects can't be moved from {} to {}", first.class, second.class);
            let hint = format!("AWS moves them in this order: {}", ORDER.join(", "));
            diagnostics
                .push(Diagnostic::new(Code::Lifecycle, format!("{}.storage_class", second.path), message).help(hint));
        }
        let is_infrequent = matches!(first.class, "STANDARD_IA" | "ONEZONE_IA");
        let earliest = first.at + i64::from(INFREQUENT_DAYS);
        if is_infrequent && matches!(second.class, "GLACIER" | "DEEP_ARCHIVE") && second.at < earliest {
            let message =
                format!("objects stay in {} for 30 days before they are moved to {}", first.class, second.class);
            diagnostics.push(
                Diagnostic::new(Code::Lifecycle, second.path.clone(), message)
                    .help("make the two moves at least 30 days apart, or remove the first one"),
            );
        }
    }
}

fn check_transitions(place: &str, rule: &LifecycleRule, diagnostics: &mut Vec<Diagnostic>) {
    let mut moves = Vec::new();
    for (m, transition) in rule.transitions.iter().flatten().enumerate() {
        let path = format!("{place}.transitions.{m}");
        let class = transition.storage_class.as_str();
        diagnostics.extend(known::doubt(format!("{path}.storage_class"), class, TransitionStorageClass::values()));
        let infrequent = matches!(class, "STANDARD_IA" | "ONEZONE_IA");
        match (transition.days, &transition.date) {
            (Some(_), Some(_)) | (None, None) => {
                diagnostics.push(
                    Diagnostic::new(Code::Conflicting, path, "a transition has either `days` or `date`")
                        .help("for example `days: 30`"),
                );
            }
            (Some(days), None) => {
                if infrequent && days < INFREQUENT_DAYS {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::OutOfRange,
                            format!("{path}.days"),
                            format!("{class} accepts objects after 30 days"),
                        )
                        .help("use 30 or more, or INTELLIGENT_TIERING"),
                    );
                } else if days < 0 {
                    diagnostics.push(
                        Diagnostic::new(Code::OutOfRange, format!("{path}.days"), "`days` must be 0 or greater")
                            .help("write 0 or more"),
                    );
                } else if rule.expire_after_days.is_some_and(|end| end <= days) {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::Lifecycle,
                            format!("{path}.days"),
                            "the objects are deleted before they are moved",
                        )
                        .help("give `expire_after_days` a greater number than any transition"),
                    );
                }
                moves.push(Move { at: days.into(), class, path });
            }
            (None, Some(date)) if is_unknown(date) => {}
            (None, Some(date)) => match parse_day(date) {
                None => diagnostics.push(Diagnostic::new(Code::Day, format!("{path}.date"), NO_DAY).help(DAY)),
                Some(day) => {
                    let end = rule.expire_on.as_deref().and_then(parse_day);
                    if end.is_some_and(|end| end <= day) {
                        let message = "the objects are deleted before they are moved";
                        diagnostics.push(
                            Diagnostic::new(Code::Lifecycle, format!("{path}.date"), message)
                                .help("set `expire_on` to a date after every transition"),
                        );
                    }
                    moves.push(Move { at: day.secs() / 86_400, class, path });
                }
            },
        }
    }
    check_order(moves, diagnostics);
}

fn check_noncurrent(place: &str, rule: &LifecycleRule, diagnostics: &mut Vec<Diagnostic>) {
    let mut moves = Vec::new();
    for (m, transition) in rule.noncurrent_transitions.iter().flatten().enumerate() {
        let path = format!("{place}.noncurrent_transitions.{m}");
        let (class, days) = (transition.storage_class.as_str(), transition.days);
        diagnostics.extend(known::doubt(format!("{path}.storage_class"), class, TransitionStorageClass::values()));
        let mut found = |code: Code, name: &str, message: String, hint: &str| {
            diagnostics.push(Diagnostic::new(code, format!("{path}.{name}"), message).help(hint));
        };
        if matches!(class, "STANDARD_IA" | "ONEZONE_IA") && days < INFREQUENT_DAYS {
            let hint = "use 30 or more, or INTELLIGENT_TIERING";
            found(Code::OutOfRange, "days", format!("{class} accepts versions after 30 days"), hint);
        } else if days < 0 {
            found(Code::OutOfRange, "days", "`days` must be 0 or greater".into(), "write 0 or more");
        } else if rule.noncurrent_expire_after_days.is_some_and(|end| end <= days) {
            let hint = "give `noncurrent_expire_after_days` a greater number than any transition";
            found(Code::Lifecycle, "days", "the versions are deleted before they are moved".into(), hint);
        }
        if transition.keep_versions.is_some_and(|versions| !(1..=VERSIONS).contains(&versions)) {
            let message = format!("a rule can keep 1 to {VERSIONS} noncurrent versions");
            found(Code::OutOfRange, "keep_versions", message, "write a number from 1 to 100");
        }
        moves.push(Move { at: days.into(), class, path });
    }
    check_order(moves, diagnostics);
}
