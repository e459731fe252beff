//! What the policy of `stacks/users.yaml` lets a student do, case by case. The rules of AWS that it needs are followed here:
//! an allowing statement of which action, resource and every condition fit, `*` for any text, `${aws:username}` for the
//! user who asks (IAM User Guide, "Policy evaluation logic" and "IAM policy elements: variables and tags").

use std::path::Path;

use cloud101::model::reference::resolve;
use cloud101::resource::Address;
use cloud101::stack::{Options, load};
use serde_json::Value;

const BUCKET: &str = "arn:aws:s3:::files";
const ACCOUNT: &str = "123456789012";

/// The policy as AWS gets it.
fn policy() -> Value {
    fn resolved(value: &mut Value) {
        match value {
            Value::String(text) => {
                *text = resolve(text, |reference| {
                    let value = match reference {
                        "files.arn" => BUCKET,
                        "aws.region" => "us-east-1",
                        "stack.name" => "users",
                        "aws.account_id" => ACCOUNT,
                        _ => return None,
                    };
                    Some(value.to_owned())
                });
                assert!(!text.contains('\u{1}'), "{text}");
            }
            Value::Array(all) => all.iter_mut().for_each(resolved),
            Value::Object(all) => all.values_mut().for_each(resolved),
            _ => {}
        }
    }
    let stack = load(Path::new("stacks/users.yaml"), &Options::default()).expect("the stack");
    let mut document = stack.get(&Address::new("allowed")).expect("the policy").spec["document"].clone();
    resolved(&mut document);
    document
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        all => all.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

/// Whether `pattern`, with `*` for any text, fits all of `text`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            text.strip_prefix(start).is_some_and(|text| (0..=text.len()).any(|at| fits(rest, &text[at..])))
        }
    }
}

fn may(policy: &Value, user: &str, action: &str, resource: &str, context: &[(&str, &str)]) -> bool {
    let for_user = |pattern: &str| pattern.replace("${aws:username}", user);
    let holds = |operator: &str, key: &str, allowed: &Value| {
        let said = context.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        said.is_some_and(|said| {
            texts(allowed).into_iter().any(|allowed| match operator {
                "StringEquals" => for_user(allowed) == said,
                "StringLike" => fits(&for_user(allowed), said),
                other => panic!("the test does not know {other}"),
            })
        })
    };
    policy["Statement"].as_array().expect("statements").iter().any(|statement| {
        assert_eq!(statement["Effect"], "Allow", "the test knows no other");
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let mut conditions = conditions.flat_map(|(operator, keys)| {
            keys.as_object().into_iter().flatten().map(move |(key, value)| (operator.as_str(), key.as_str(), value))
        });
        texts(&statement["Action"]).into_iter().any(|pattern| fits(pattern, action))
            && texts(&statement["Resource"]).into_iter().any(|pattern| fits(&for_user(pattern), resource))
            && conditions.all(|(operator, key, value)| holds(operator, key, value))
    })
}

#[test]
fn each_student_gets_into_an_own_prefix_and_to_an_own_machine() {
    let policy = policy();
    let object = |key: &str| format!("{BUCKET}/{key}");
    let machine = format!("arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0");
    let of = |student| [("aws:ResourceTag/student", student)];
    let prefix = |prefix| [("s3:prefix", prefix)];
    let may =
        |action: &str, resource: &str, context: &[(&str, &str)]| may(&policy, "users-ana", action, resource, context);
    for action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"] {
        assert!(may(action, &object("users-ana/notes.txt"), &[]), "{action}");
        for foreign in ["users-bo/notes.txt", "notes.txt", "users-ana", "users-anabel/a", "x/users-ana/a", ""] {
            assert!(!may(action, &object(foreign), &[]), "{action} {foreign}");
        }
        assert!(!may(action, "arn:aws:s3:::others/users-ana/notes.txt", &[]));
    }
    assert!(may("s3:ListBucket", BUCKET, &prefix("users-ana/")));
    assert!(may("s3:ListBucket", BUCKET, &prefix("users-ana/exercise/")));
    for foreign in ["users-bo/", "", "users-ana", "users-"] {
        assert!(!may("s3:ListBucket", BUCKET, &prefix(foreign)), "{foreign}");
    }
    assert!(!may("s3:ListBucket", BUCKET, &[]), "without a prefix it is all that is in it");
    for action in ["ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances"] {
        assert!(may(action, &machine, &of("users-ana")), "{action}");
        assert!(!may(action, &machine, &of("users-bo")) && !may(action, &machine, &[]), "{action}");
    }
    assert!(may("ec2:DescribeInstances", "*", &[]) && may("iam:GetAccountPasswordPolicy", "*", &[]));
    // The user that AWS makes of the stack has its path.
    let user = |path: &str| format!("arn:aws:iam::{ACCOUNT}:user/{path}");
    assert!(may("iam:ChangePassword", &user("cloud101/users/users-ana"), &[]));
    for foreign in ["cloud101/users/users-bo", "users-ana", "cloud101/others/users-ana"] {
        assert!(!may("iam:ChangePassword", &user(foreign), &[]), "{foreign}");
    }
    for action in
        ["ec2:TerminateInstances", "ec2:CreateTags", "ec2:RunInstances", "iam:CreateAccessKey", "s3:DeleteBucket"]
    {
        for resource in [&*machine, BUCKET, "*"] {
            assert!(!may(action, resource, &of("users-ana")), "{action} {resource}");
        }
    }
}

/// The names that the policy compares are those that the stack gives.
#[test]
fn the_tag_and_the_name_are_the_same() {
    let stack = load(Path::new("stacks/users.yaml"), &Options::default()).expect("the stack");
    for key in ["ana", "bo", "cy"] {
        let of = |name: &str| Address { name: name.into(), key: Some(key.into()) };
        let user = stack.get(&of("student")).expect("a user");
        assert_eq!(resolve(&user.name, |reference| stack.value_of(reference)), format!("users-{key}"));
        let machine = stack.get(&of("machine")).expect("a machine");
        assert_eq!(machine.tags["student"], format!("${{student[\"{key}\"].name}}"), "{:?}", machine.tags);
    }
}
