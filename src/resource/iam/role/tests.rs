use serde_json::json;

use super::*;
use crate::testing::aws::{Asked, Aws, yes};

fn diagnostics(spec: Value) -> Vec<String> {
    let spec: Spec = serde_json::from_value(spec).expect("a spec");
    Role.check("cloud101-role", &spec, &Base::from("."))
        .into_iter()
        .map(|diagnostic| diagnostic.path().to_owned())
        .collect()
}

#[test]
fn rules_that_need_no_aws() {
    assert_eq!(
        diagnostics(json!({ "assumed_by": "lambda.amazonaws.com", "policies": ["\u{1}${policy.arn}"] })),
        [""; 0]
    );
    assert_eq!(diagnostics(json!({})), [""]);
    assert_eq!(
        diagnostics(json!({ "assumed_by": "lambda", "max_session_seconds": 60 })),
        ["assumed_by", "max_session_seconds"]
    );
    assert_eq!(
        diagnostics(json!({ "assumed_by": ["ec2.amazonaws.com"], "policies": ["ReadOnlyAccess"] })),
        ["policies.0"]
    );
    for wrong in ["arn:aws:iam::1234:policy/p", "arn:aws:iam::123456789012:role/p", "arn:aws:iam::aws:policy/"] {
        assert_eq!(diagnostics(json!({ "assumed_by": "ec2.amazonaws.com", "policies": [wrong] })), ["policies.0"]);
    }
    let many: Vec<_> = (0..11).map(|n| format!("arn:aws:iam::123456789012:policy/p{n}")).collect();
    assert_eq!(diagnostics(json!({ "assumed_by": "ec2.amazonaws.com", "policies": many })), ["policies"]);
    let misspelt = ["arn:aws:iam::aws:policy/AmazonS3ReadOnly"];
    assert_eq!(diagnostics(json!({ "assumed_by": "ec2.amazonaws.com", "policies": misspelt })), ["policies.0"]);
    let inline = json!({ "assumed_by": "ec2.amazonaws.com", "inline_policies": { "a b": { "Statement": {} } } });
    assert!(diagnostics(inline).iter().all(|path| path.starts_with("inline_policies.a b")));
}

/// An account with the roles `s0` to `s5`, of which the details do not show `s1` yet, and with `elsewhere` under another path.
fn class() -> Aws {
    let role = |name: &str, more: &str| {
        let path = if name == "elsewhere" { "/" } else { "/cloud101/cloud101/" };
        let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
        format!(
            "<Path>{path}</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId><Arn>arn:aws:iam::123456789012:role{path}\
             {name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{trust}\
             </AssumeRolePolicyDocument>{more}"
        )
    };
    let settings = "<Description>For a student</Description><MaxSessionDuration>7200</MaxSessionDuration>";
    let own = "<Tags><member><Key>course</Key><Value>physics</Value></member></Tags>";
    let policies = "<RolePolicyList><member><PolicyName>files</PolicyName><PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D\
                    </PolicyDocument></member></RolePolicyList><AttachedManagedPolicies/>";
    let answer = |call: &Asked, result: String| {
        let operation = call.name.trim_start_matches("iam:");
        yes(format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"))
    };
    Aws::with(move |call| {
        let name = call.body.split('&').find_map(|pair| pair.strip_prefix("RoleName=")).unwrap_or_default();
        match call.name.as_str() {
            "iam:GetAccountAuthorizationDetails" => {
                let shown = ["s0", "s2", "s3", "s4", "s5", "elsewhere"];
                let all = shown.map(|name| format!("<member>{}</member>", role(name, &format!("{own}{policies}"))));
                answer(
                    call,
                    format!("<IsTruncated>false</IsTruncated><RoleDetailList>{}</RoleDetailList>", all.concat()),
                )
            }
            "iam:ListRoles" => {
                let all = (0..6).map(|n| format!("<member>{}</member>", role(&format!("s{n}"), settings)));
                let all: String = all.collect();
                answer(call, format!("<IsTruncated>false</IsTruncated><Roles>{all}</Roles>"))
            }
            "iam:GetRole" => answer(call, format!("<Role>{}</Role>", role(name, &format!("{settings}{own}")))),
            _ => answer(call, "<IsTruncated>false</IsTruncated>".to_owned()),
        }
    })
}

#[tokio::test]
async fn many_roles_are_read_by_pages_and_what_only_one_list_shows_is_asked_for_alone() {
    let aws = class();
    let names = ["s0", "s1", "s2", "s3", "s4", "s5", "elsewhere", "new"];
    let desired = names.map(|name| Desired {
        address: crate::resource::Address::new("role"),
        name: name.to_owned(),
        spec: Spec::default(),
        tags: Tags::new(),
        replaces: None,
    });
    let cx = aws.context().with_read_cache();
    let (read, listed) = tokio::join!(Role.read(&cx, &desired), Role.list(&cx));
    let read: Vec<_> = read.into_iter().map(Result::unwrap).collect();
    let there: Vec<_> = read.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, true, true, true, true, true, true, false]);
    let first = read[0].as_ref().unwrap();
    assert_eq!(first.spec.description.as_deref(), Some("For a student"));
    assert_eq!((first.spec.max_session_seconds, first.tags["course"].as_str()), (Some(7200), "physics"));
    assert_eq!(first.spec.inline_policies.as_ref().unwrap()["files"], json!({ "Statement": [] }));
    assert_eq!(first.attributes["arn"], "arn:aws:iam::123456789012:role/cloud101/cloud101/s0");
    assert_eq!(listed.unwrap().seen, Some(6));
    let count = |name: &str| aws.names().iter().filter(|asked| *asked == name).count();
    assert_eq!((count("iam:GetAccountAuthorizationDetails"), count("iam:ListRoles")), (1, 1));
    // Of `s1`, and of the one under another path.
    assert_eq!((count("iam:GetRole"), count("iam:ListRolePolicies")), (2, 2), "{:?}", aws.names());
}

#[tokio::test]
async fn one_role_alone_is_asked_for_alone() {
    let aws = class();
    let desired = Desired {
        address: crate::resource::Address::new("role"),
        name: "s0".into(),
        spec: Spec::default(),
        tags: Tags::new(),
        replaces: None,
    };
    Role.read(&aws.context().with_read_cache(), &[desired]).await.remove(0).unwrap().unwrap();
    assert!(!aws.names().contains(&"iam:GetAccountAuthorizationDetails".to_owned()), "{:?}", aws.names());
}
