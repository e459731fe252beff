//! Names that AWS has: actions, services, managed policies, principals. AWS adds to them between releases of cloud101, so
//! one that is not among them is worth a warning, and no more.

use crate::aws::permission;
use crate::explain::Code;
use crate::resource::{Diagnostic, is_unknown};
use crate::suggest;

const ACTIONS: &str = include_str!("known/actions.txt");
const SERVICES: &str = include_str!("known/services.txt");
const POLICIES: &str = include_str!("known/managed_policies.txt");
const PRINCIPALS: &str = include_str!("known/principals.txt");
const S3_LEVELS: &str = include_str!("known/s3_levels.txt");

/// What the names of services end in where policies name them.
const SUFFIX: &str = ".amazonaws.com";

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    table.lines().filter(|line| !line.starts_with('#'))
}

fn has(table: &'static str, name: &str) -> bool {
    lines(table).any(|line| line == name)
}

/// What `word` most likely stands for: the shortest that begins with it, or else one that is close.
fn nearest(word: &str, candidates: impl Iterator<Item = &'static str> + Clone) -> Option<&'static str> {
    let begins = |candidate: &&str| candidate.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let longer = candidates.clone().filter(|candidate| !word.is_empty() && begins(candidate));
    longer.min_by_key(|candidate| candidate.len()).or_else(|| suggest::closest(word, candidates))
}

/// The words after `first` in the line that begins with it.
fn words_after(table: &'static str, first: &str) -> Option<impl Iterator<Item = &'static str> + Clone + use<>> {
    let line = lines(table).find_map(|line| line.strip_prefix(first)?.strip_prefix(' '))?;
    Some(line.split(' '))
}

/// The actions of `service` that are known: `s3:GetObject`.
pub fn actions_of(service: &'static str) -> impl Iterator<Item = String> {
    words_after(ACTIONS, service).into_iter().flatten().map(move |name| format!("{service}:{name}"))
}

/// A doubt about an action such as `s3:GetObjcet`, which may have wildcards. Its path is empty.
pub(super) fn doubt_of_action(action: &str) -> Option<Diagnostic> {
    let (service, name) = action.split_once(':')?;
    let service = service.to_ascii_lowercase();
    if service.contains(['*', '?']) {
        return None;
    }
    if !has(SERVICES, &service) {
        let hint = match nearest(&service, lines(SERVICES)) {
            Some(close) => format!("did you mean `{close}:{name}`?"),
            None => "in policies, services are named `s3`, `ec2`, `lambda`, `sns` and so on".to_owned(),
        };
        let message = format!("cloud101 does not know a service `{service}` in policies");
        return Some(Diagnostic::new(Code::PolicyAction, "", message).help(hint).warning());
    }
    let mut known = words_after(ACTIONS, &service)?;
    let all = known.clone();
    if known.any(|known| fits(name, known)) {
        return None;
    }
    let full = format!("{service}:{name}");
    let hint = match (permission::of(&full), nearest(name, all)) {
        (needed, _) if needed != full => format!("that call needs `{}`", needed.replace(" and ", "` and `")),
        (_, Some(close)) => format!("did you mean `{service}:{close}`?"),
        _ => format!("`{service}:*` is all of them; AWS's Service Authorization Reference lists each"),
    };
    let message = match name.contains(['*', '?']) {
        true => format!("`{action}` matches no known action of {service}"),
        false => format!("{service} has no known action `{name}`"),
    };
    Some(Diagnostic::new(Code::PolicyAction, "", message).help(hint).warning())
}

/// Whether `pattern`, in which `*` stands for any text and `?` for any letter, fits the action `name`. Capitals mean nothing.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on if what follows the last star does not fit.
    let mut again = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                again = Some((p, n));
                p += 1;
            }
            Some(letter) if *letter == b'?' || letter.eq_ignore_ascii_case(&name[n]) => (p, n) = (p + 1, n + 1),
            _ => match again {
                Some((star, from)) => {
                    again = Some((star, from + 1));
                    (p, n) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

/// A doubt about the ARN of one of AWS's own managed policies.
pub(super) fn doubt_of_policy(path: &str, arn: &str) -> Option<Diagnostic> {
    let (_, policy) = arn.split_once(":iam::aws:policy/").filter(|_| !is_unknown(arn))?;
    if has(POLICIES, policy) {
        return None;
    }
    let last = |path: &'static str| path.rsplit('/').next().unwrap_or(path);
    let name = policy.rsplit('/').next().unwrap_or(policy);
    let close = nearest(name, lines(POLICIES).map(last));
    let close = close.and_then(|close| lines(POLICIES).find(|path| last(path) == close));
    let hint = match close {
        Some(close) => format!("did you mean `{}{close}`?", arn.strip_suffix(policy).unwrap_or_default()),
        None => "`aws iam list-policies --scope AWS --query 'Policies[].Arn'` lists them".to_owned(),
    };
    let message = format!("cloud101 does not know an AWS managed policy `{policy}`");
    Some(Diagnostic::new(Code::Arn, path, message).help(hint).warning())
}

/// A doubt about a service's name as a principal: `lamda.amazonaws.com`. Its path is empty.
pub(super) fn doubt_of_principal(service: &str) -> Option<Diagnostic> {
    let stem = service.strip_suffix(".cn").unwrap_or(service).strip_suffix(SUFFIX)?;
    // Some services have a name in each region: `logs.us-east-1`.
    let is_region = |word: &str| word.contains('-') && word.ends_with(|c: char| c.is_ascii_digit());
    let stem = stem.rsplit_once('.').filter(|(_, last)| is_region(last)).map_or(stem, |(stem, _)| stem);
    if is_unknown(service) || stem.contains('*') || has(PRINCIPALS, stem) || has(SERVICES, stem) {
        return None;
    }
    let hint = match nearest(stem, lines(PRINCIPALS)) {
        Some(close) => format!("did you mean `{close}{SUFFIX}`?"),
        None => format!("for example `lambda{SUFFIX}` or `ec2{SUFFIX}`"),
    };
    let message = format!("cloud101 does not know a service `{service}` in policies");
    Some(Diagnostic::new(Code::PolicyPrincipal, "", message).help(hint).warning())
}

/// What an action of S3 is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Object,
    Bucket,
}

/// What the action `s3:…` is about, where that is one of the two; with wildcards it may be both.
pub(super) fn level_of_s3(action: &str) -> Option<Level> {
    let (service, name) = action.split_once(':')?;
    let matches = |level: &str| {
        words_after(S3_LEVELS, level).is_some_and(|mut words| words.any(|word| word.eq_ignore_ascii_case(name)))
    };
    match service.eq_ignore_ascii_case("s3") {
        true if matches("object") => Some(Level::Object),
        true if matches("bucket") => Some(Level::Bucket),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(diagnostic: Option<Diagnostic>) -> Option<String> {
        diagnostic.inspect(|diagnostic| assert!(!diagnostic.is_error())).and_then(|diagnostic| diagnostic.help)
    }

    #[test]
    fn the_tables_are_whole() {
        for table in [ACTIONS, SERVICES, POLICIES, PRINCIPALS, S3_LEVELS] {
            assert!(table.starts_with("# ") && lines(table).count() > 1);
            assert!(lines(table).all(|line| !line.is_empty() && line.trim() == line));
        }
        assert!(lines(ACTIONS).all(|line| has(SERVICES, line.split(' ').next().unwrap_or_default())));
        let of_levels = ["object", "bucket"].into_iter().flat_map(|level| words_after(S3_LEVELS, level).unwrap());
        for action in of_levels {
            assert_eq!(doubt_of_action(&format!("s3:{action}")), None, "{action}");
        }
    }

    #[test]
    fn an_action_that_aws_does_not_have_is_doubted() {
        for action in [
            "s3:GetObject",
            "S3:getobject",
            "s3:*",
            "s3:Get*",
            "ec2:Describe?nstances",
            "lambda:InvokeFunction",
            "*:Get",
        ] {
            assert_eq!(doubt_of_action(action), None, "{action}");
        }
        assert_eq!(doubt_of_action("iot:Nothing"), None, "of other services the actions are not in the table");
        for (action, expected) in [
            ("s3:GetObjcet", "did you mean `s3:GetObject`?"),
            ("s3:HeadObject", "that call needs `s3:GetObject`"),
            ("s3:ListObjectsV2", "that call needs `s3:ListBucket`"),
            ("lambda:Invoke", "that call needs `lambda:InvokeFunction`"),
            ("ec2:DescribeInstance", "did you mean `ec2:DescribeInstances`?"),
            ("s4:GetObject", "did you mean `s3:GetObject`?"),
            ("dynamo:GetItem", "did you mean `dynamodb:GetItem`?"),
            ("sns:Zzzzzzzzzz", "`sns:*` is all of them; AWS's Service Authorization Reference lists each"),
        ] {
            assert_eq!(hint(doubt_of_action(action)).as_deref(), Some(expected), "{action}");
        }
        assert!(doubt_of_action("s3:Fetch*").is_some());
    }

    #[test]
    fn a_policy_that_aws_does_not_have_is_doubted() {
        let of_aws = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        for known in ["AmazonS3ReadOnlyAccess", "service-role/AWSLambdaBasicExecutionRole", "ReadOnlyAccess"] {
            assert_eq!(doubt_of_policy("p", &of_aws(known)), None, "{known}");
        }
        assert_eq!(doubt_of_policy("p", "arn:aws:iam::123456789012:policy/mine"), None);
        for (wrong, close) in [
            ("AmazonS3ReadOnly", "AmazonS3ReadOnlyAccess"),
            ("AWSLambdaBasicExecutionRole", "service-role/AWSLambdaBasicExecutionRole"),
        ] {
            let expected = format!("did you mean `{}`?", of_aws(close));
            assert_eq!(hint(doubt_of_policy("p", &of_aws(wrong))), Some(expected), "{wrong}");
        }
    }

    #[test]
    fn a_service_that_aws_does_not_have_is_doubted() {
        for known in [
            "lambda.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "logs.us-east-1.amazonaws.com",
            "ecs-tasks.amazonaws.com",
            "secretsmanager.amazonaws.com",
            "alexa-appkit.amazon.com",
        ] {
            assert_eq!(doubt_of_principal(known), None, "{known}");
        }
        let expected = Some("did you mean `lambda.amazonaws.com`?".to_owned());
        assert_eq!(hint(doubt_of_principal("lamda.amazonaws.com")), expected);
        assert!(doubt_of_principal("banana-split.amazonaws.com").is_some());
    }
}
