//! The grammar of IAM policy documents, as far as it can be checked without AWS.

mod characters;
mod levels;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::explain::Code;
use crate::model::ENOUGH;
use crate::resource::iam::known;
use crate::resource::{Diagnostic, is_unknown};

const DOCUMENT_KEYS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_KEYS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const PRINCIPAL_KEYS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// What a document hangs on, which decides which elements it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// A role's or user's permissions: who is meant is clear, so no principal is allowed.
    Identity,
    /// A role's trust policy: it names principals; the role itself is the resource.
    Trust,
    /// A bucket's or topic's policy: it names principals and resources.
    Resource,
}

/// What is wrong with `document`. The diagnostics' paths begin with `path`. Strings that are known only after apply are
/// not judged.
pub fn check(document: &Value, usage: Usage, path: &str) -> Vec<Diagnostic> {
    let object = match document {
        Value::Object(object) => object,
        Value::String(text) if text.trim_start().starts_with('{') && !is_unknown(text) => {
            return vec![json_as_text(text, path)];
        }
        _ => {
            return vec![
                Diagnostic::new(Code::PolicyShape, path, "a policy is a group of keys with `Version` and `Statement`")
                    .help("write it as data: `{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: …, …}]}`"),
            ];
        }
    };
    let mut diagnostics = unknown_keys(object, &DOCUMENT_KEYS, path);
    if usage != Usage::Resource {
        characters::check(document, path, &mut diagnostics);
    }
    if let Some(version) = object.get("Version")
        && !version.as_str().is_some_and(|version| is_unknown(version) || VERSIONS.contains(&version))
    {
        diagnostics.push(
            Diagnostic::new(
                Code::PolicyVersion,
                format!("{path}.Version"),
                "there is no such version of the policy language",
            )
            .help("write `Version: \"2012-10-17\"`"),
        );
    }
    let place = format!("{path}.Statement");
    match object.get("Statement") {
        Some(Value::Array(statements)) => {
            if statements.is_empty() {
                diagnostics.push(
                    Diagnostic::new(Code::PolicyShape, place.as_str(), "a policy needs at least one statement")
                        .help("write `Statement: [{Effect: Allow, Action: …, …}]`"),
                );
            }
            for (n, statement) in statements.iter().enumerate() {
                if diagnostics.len() > ENOUGH {
                    break;
                }
                check_statement(statement, usage, &format!("{place}.{n}"), &mut diagnostics);
            }
            check_sids(statements, &place, &mut diagnostics);
        }
        Some(statement) => check_statement(statement, usage, &place, &mut diagnostics),
        None => diagnostics.push(
            Diagnostic::new(
                Code::PolicyShape,
                path,
                "a policy needs `Statement`: the list of what is allowed or denied",
            )
            .help("write `Statement: [{Effect: Allow, Action: …, …}]`"),
        ),
    }
    diagnostics
}

/// JSON in a block of text or in quotes, which a stack takes as it is.
fn json_as_text(text: &str, path: &str) -> Diagnostic {
    match serde_json::from_str::<Value>(text) {
        Ok(_) => Diagnostic::new(Code::PolicyIsText, path, "a policy is data, and this is text")
            .help("JSON needs no quotes and no `|` here: put the `{` right after the key"),
        Err(error) => {
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default().trim();
            let message = match line {
                "" => format!("this JSON is malformed: {error}"),
                line => format!("this JSON is malformed: {error}, in `{line}`"),
            };
            Diagnostic::new(Code::PolicyIsText, path, message)
                .help("correct it, and put the `{` right after the key, without quotes and `|`")
        }
    }
}

/// The document's size as IAM counts it, white space left out; `None` while parts of it are known only after apply.
pub fn size(document: &Value) -> Option<usize> {
    fn has_unknown(value: &Value) -> bool {
        match value {
            Value::String(text) => is_unknown(text),
            Value::Array(items) => items.iter().any(has_unknown),
            Value::Object(object) => object.values().any(has_unknown),
            _ => false,
        }
    }
    let length = || document.to_string().chars().filter(|c| !c.is_whitespace()).count();
    (!has_unknown(document)).then(length)
}

fn check_statement(statement: &Value, usage: Usage, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let Value::Object(object) = statement else {
        diagnostics.push(
            Diagnostic::new(
                Code::PolicyShape,
                path,
                "a statement is a group of keys with `Effect`, `Action` and so on",
            )
            .help("write `{Effect: Allow, Action: …, …}`"),
        );
        return;
    };
    diagnostics.extend(unknown_keys(object, &STATEMENT_KEYS, path));
    match object.get("Effect") {
        Some(Value::String(effect)) if is_unknown(effect) || effect == "Allow" || effect == "Deny" => {}
        Some(_) => {
            diagnostics.push(
                Diagnostic::new(
                    Code::PolicyEffect,
                    format!("{path}.Effect"),
                    "`Effect` must be exactly `Allow` or `Deny`",
                )
                .help("write `Effect: Allow` or `Effect: Deny`"),
            );
        }
        None => diagnostics.push(
            Diagnostic::new(Code::PolicyEffect, path, "a statement needs `Effect`")
                .help("write `Effect: Allow` or `Effect: Deny`"),
        ),
    }
    if let Some(sid) = object.get("Sid").and_then(Value::as_str)
        && usage != Usage::Resource
        && !is_unknown(sid)
        && !sid.chars().all(|c| c.is_ascii_alphanumeric())
    {
        let diagnostic = Diagnostic::new(
            Code::PolicySid,
            format!("{path}.Sid"),
            format!("`{sid}` has characters other than letters and digits"),
        );
        let plain: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
        diagnostics.push(diagnostic.help(format!("write `Sid: {plain}`")));
    }
    one_of(object, ["Action", "NotAction"], true, path, diagnostics);
    each(object, &["Action", "NotAction"], path, diagnostics, |action| check_action(action, usage));
    check_resources(object, usage, path, diagnostics);
    // S3 itself refuses a bucket's policy of which this is true.
    if usage == Usage::Identity {
        levels::check(object, path, diagnostics);
    }
    check_principals(object, usage, path, diagnostics);
    if let Some(condition) = object.get("Condition") {
        let whole = condition.as_object().is_some_and(|operators| operators.values().all(Value::is_object));
        if !whole {
            diagnostics.push(
                Diagnostic::new(
                    Code::PolicyCondition,
                    format!("{path}.Condition"),
                    "a condition is a nested mapping: the operator, then the key and its values",
                )
                .help("for example `Condition: {StringEquals: {\"aws:SourceAccount\": \"123456789012\"}}`"),
            );
        }
    }
}

fn check_resources(object: &Map<String, Value>, usage: Usage, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let keys = ["Resource", "NotResource"];
    if usage == Usage::Trust {
        return prohibited(object, &keys, path, "a trust policy always applies to its own role", diagnostics);
    }
    one_of(object, keys, true, path, diagnostics);
    each(object, &keys, path, diagnostics, |resource| {
        let arn = resource.starts_with("arn:") && resource.matches(':').count() >= 5 || resource.starts_with("arn:*");
        (resource != "*" && !arn).then(|| {
            Diagnostic::new(Code::PolicyResource, "", format!("`{resource}` is not an ARN")).help(
                "write an ARN (`arn:aws:s3:::my-bucket/*`), a reference (`${bucket.arn}`), or `\"*\"` for everything",
            )
        })
    });
}

fn check_principals(object: &Map<String, Value>, usage: Usage, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let keys = ["Principal", "NotPrincipal"];
    if usage == Usage::Identity {
        let why = "the policy applies to the identity it is attached to";
        return prohibited(object, &keys, path, why, diagnostics);
    }
    one_of(object, keys, true, path, diagnostics);
    for key in keys {
        match object.get(key) {
            None => {}
            Some(Value::String(everyone)) if everyone == "*" || is_unknown(everyone) => {}
            Some(Value::Object(principals)) => {
                let path = format!("{path}.{key}");
                diagnostics.extend(unknown_keys(principals, &PRINCIPAL_KEYS, &path));
                each(principals, &["Service"], &path, diagnostics, |service| {
                    if service.contains('.') || service == "*" {
                        return known::doubt_of_principal(service);
                    }
                    Some(
                        Diagnostic::new(Code::PolicyPrincipal, "", format!("`{service}` is not a service's name"))
                            .help(format!("did you mean `{service}.amazonaws.com`?")),
                    )
                });
                each(principals, &["AWS"], &path, diagnostics, |who| {
                    let account = who.len() == 12 && who.bytes().all(|b| b.is_ascii_digit());
                    let id = who.len() > 15 && who.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
                    (who != "*" && !account && !id && !who.starts_with("arn:")).then(|| {
                        let diagnostic = Diagnostic::new(
                            Code::PolicyPrincipal,
                            "",
                            format!("`{who}` is neither an account id nor an ARN"),
                        );
                        diagnostic.help(
                            "write an account's twelve digits in quotes, or the ARN of a role or user; services belong \
                                under `Service:`",
                        )
                    })
                });
            }
            Some(_) => diagnostics.push(
                Diagnostic::new(
                    Code::PolicyPrincipal,
                    format!("{path}.{key}"),
                    format!("`{key}` is `\"*\"` or a group of keys"),
                )
                .help(format!(
                    "write `{key}: {{Service: lambda.amazonaws.com}}` or `{key}: {{AWS: \"123456789012\"}}`"
                )),
            ),
        }
    }
}

fn check_action(action: &str, usage: Usage) -> Option<Diagnostic> {
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "*?-".contains(c));
    let whole = action.split_once(':').is_some_and(|(service, name)| word(service) && word(name));
    if action != "*" && !whole {
        let diagnostic = Diagnostic::new(Code::PolicyAction, "", format!("`{action}` is not an action"));
        return Some(
            diagnostic.help("write a service, a colon and a name, as in `s3:GetObject`, or `s3:*` for all S3 actions"),
        );
    }
    let is_sts = action.to_ascii_lowercase().starts_with("sts:");
    if usage != Usage::Trust || is_sts {
        return known::doubt_of_action(action);
    }
    Some(
        Diagnostic::new(
            Code::PolicyNotHere,
            "",
            format!("a trust policy says who may assume the role, so `{action}` does not belong here"),
        )
        .help("write `sts:AssumeRole`; the role's permissions belong in `policies` or `inline_policies`"),
    )
}

fn check_sids(statements: &[Value], path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for (n, statement) in statements.iter().enumerate() {
        let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        if let Some(sid) = sid.filter(|sid| !seen.insert(*sid)) {
            diagnostics.push(
                Diagnostic::new(
                    Code::PolicySid,
                    format!("{path}.{n}.Sid"),
                    format!("another statement also has the Sid `{sid}`"),
                )
                .help("give each statement a unique `Sid`, or none"),
            );
        }
    }
}

fn prohibited(object: &Map<String, Value>, keys: &[&str], path: &str, why: &str, diagnostics: &mut Vec<Diagnostic>) {
    for key in keys.iter().filter(|key| object.contains_key(**key)) {
        diagnostics.push(
            Diagnostic::new(
                Code::PolicyNotHere,
                format!("{path}.{key}"),
                format!("`{key}` is not allowed here: {why}"),
            )
            .of_key()
            .help("remove it"),
        );
    }
}

fn one_of(object: &Map<String, Value>, keys: [&str; 2], needed: bool, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    let [plain, not] = keys;
    match (object.contains_key(plain), object.contains_key(not)) {
        (true, true) => {
            diagnostics.push(
                Diagnostic::new(
                    Code::Conflicting,
                    format!("{path}.{not}"),
                    format!("use either `{plain}` or `{not}`, not both"),
                )
                .help("remove one of them"),
            );
        }
        (false, false) if needed => diagnostics.push(
            Diagnostic::new(Code::PolicyLacks, path, format!("a statement here needs `{plain}`")).help(match plain {
                "Principal" => "add `Principal: {AWS: \"123456789012\"}`, or `Principal: {Service: s3.amazonaws.com}`",
                "Action" => "add `Action: …`, as in `Action: sns:Publish`, or a list of actions",
                _ => "add `Resource: …`: an ARN, `${name.arn}`, a list of them, or `\"*\"`",
            }),
        ),
        _ => {}
    }
}

/// Judges every string under `keys`, be it one or a list; `judge` leaves the path empty.
fn each(
    object: &Map<String, Value>,
    keys: &[&str],
    path: &str,
    diagnostics: &mut Vec<Diagnostic>,
    judge: impl Fn(&str) -> Option<Diagnostic>,
) {
    for key in keys {
        let Some(value) = object.get(*key) else { continue };
        let items: Vec<(String, &Value)> = match value {
            Value::Array(items) if items.is_empty() => {
                diagnostics.push(
                    Diagnostic::new(Code::PolicyLacks, format!("{path}.{key}"), format!("`{key}` is an empty list"))
                        .help("name at least one"),
                );
                continue;
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(n, item)| (format!("{path}.{key}.{n}"), item)).collect()
            }
            one => vec![(format!("{path}.{key}"), one)],
        };
        for (path, item) in items {
            if diagnostics.len() > ENOUGH {
                break;
            }
            match item.as_str() {
                Some(text) if is_unknown(text) => {}
                Some(text) => diagnostics.extend(judge(text).map(|diagnostic| diagnostic.at(path))),
                None => diagnostics
                    .push(Diagnostic::new(Code::WrongType, path, "this must be a string").help("put it in quotes")),
            }
        }
    }
}

fn unknown_keys(object: &Map<String, Value>, known: &[&str], path: &str) -> Vec<Diagnostic> {
    let unknown = object.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| {
            let diagnostic =
                Diagnostic::new(Code::UnknownKey, format!("{path}.{key}"), format!("a policy has no `{key}` here"))
                    .of_key();
            match crate::suggest::alike(key, known) {
                Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
                None => diagnostic.help(format!("the keys allowed here are: {}", crate::suggest::list(known))),
            }
        })
        .collect()
}
