//! `cloud101 doctor`: what is wrong is found and reported, whatever it is.

use std::process::Command;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use serde_json::Value;

use crate::fake_aws::{FakeAws, refusal};
use crate::program::{Folder, STACK, Said};
use crate::proxy::Fault;

/// Without any program on the PATH, so that it says the same everywhere.
fn examined(folder: &Folder, command: &mut Command) -> Said {
    folder.said(command.env("PATH", folder.folder.path()))
}

/// The document, by what was looked at.
fn verdicts(said: &Said) -> std::collections::BTreeMap<String, (String, String)> {
    let document: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stdout));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entry = |check: &Value| (text(&check["check"]), (text(&check["verdict"]), text(&check["found"])));
    assert_eq!(document["sound"], said.code == Some(0), "{document:#}");
    document["checks"].as_array().expect("checks").iter().map(entry).collect()
}

/// An HTTP date so many seconds from now.
fn date(seconds: i64) -> String {
    use aws_smithy_types::{DateTime, date_time::Format};
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs() as i64;
    DateTime::from_secs(now + seconds).fmt(Format::HttpDate).expect("a date")
}

/// An account in whose answers it is so many seconds later than here; IAM's simulator may not be used.
fn account(seconds: i64) -> FakeAws {
    FakeAws::with(move |call| match call.name.as_str() {
        "sts:GetCallerIdentity" => Some(Fault::Answer {
            headers: format!("Date: {}\r\n", date(seconds)),
            body: "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn>\
                   <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                .to_owned(),
        }),
        "iam:SimulatePrincipalPolicy" => refusal(403, "AccessDenied", "User ana may not"),
        "ec2:DescribeVpcs" => Some(Fault::answer(
            "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-0a1b</vpcId><isDefault>true</isDefault></item></vpcSet>\
             </DescribeVpcsResponse>"
                .to_owned(),
        )),
        name if name.starts_with("ses:") && name.contains("/account") => {
            Some(Fault::answer(r#"{"ProductionAccessEnabled":false,"SendingEnabled":true}"#.to_owned()))
        }
        _ => None,
    })
}

#[test]
fn without_credentials_it_says_how_to_get_some() {
    let folder = Folder::new();
    let said = examined(&folder, &mut folder.command(&["doctor"]));
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    assert_snapshot!(of_account(&said.stdout));
}

#[test]
fn a_sound_account_is_reported_line_by_line() {
    let folder = Folder::new();
    let said = examined(&folder, &mut folder.with_aws(&account(0), &["doctor"]));
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{}", said.stdout);
    assert_snapshot!(of_account(&said.stdout));
}

/// Without what is said of programs, which differs from one computer and release to another.
fn of_account(text: &str) -> String {
    let from = text.find("✓ stack file").unwrap_or_else(|| panic!("no stack file: {text}"));
    assert!(text[..from].starts_with(&format!("✓ cloud101     {}\n", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(text[..from].contains("? AWS CLI      there is no `aws` on the PATH\n"), "{text}");
    text[from..].to_owned()
}

#[test]
fn a_wrong_clock_account_or_stack_is_wrong() {
    let folder = Folder::with(&STACK.replace("region:", "account: \"210987654321\"\nregion:"));
    let late = verdicts(&examined(&folder, &mut folder.with_aws(&account(600), &["doctor", "--json"])));
    assert_eq!(late["clock"], ("wrong".to_owned(), "10 min behind AWS's, which accepts 5".to_owned()));
    assert_eq!(late["account"].0, "wrong");
    assert_eq!(late["identity"].0, "right");
    folder.write("cloud101.yaml", &STACK.replace("s3.bucket", "s3.buckt"));
    let spoilt = examined(&folder, &mut folder.with_aws(&account(0), &["doctor"]));
    assert_eq!(spoilt.code, Some(1));
    assert!(spoilt.stdout.contains("✗ stack file"), "{}", spoilt.stdout);
    assert!(spoilt.stdout.contains("→ `cloud101 validate` shows them all"), "{}", spoilt.stdout);
}

#[test]
fn it_works_without_a_stack_and_with_a_region_that_has_no_network() {
    let folder = Folder::new();
    std::fs::remove_file(folder.folder.path().join("cloud101.yaml")).expect("removed");
    let aws = FakeAws::empty();
    let said = examined(&folder, &mut folder.with_aws(&aws, &["doctor", "--json", "--region", "eu-central-1"]));
    let found = verdicts(&said);
    assert_eq!((said.code, found["stack file"].0.as_str()), (Some(0), "unknown"));
    assert_eq!(found["region"], ("right".to_owned(), "eu-central-1".to_owned()));
    assert_eq!(found["default VPC"].0, "unknown");
    assert_eq!(found["clock"].1, "not checked: the answer has no date");
    let named = examined(&folder, &mut folder.with_aws(&aws, &["doctor", "nowhere.yaml", "--json"]));
    assert_eq!((named.code, verdicts(&named)["stack file"].0.as_str()), (Some(1), "wrong"));
    // With a stack that takes the default VPC for granted, it is wrong that there is none.
    folder.write("cloud101.yaml", STACK);
    let said = examined(&folder, &mut folder.with_aws(&aws, &["doctor", "--json"]));
    assert_eq!(verdicts(&said)["default VPC"].0, "wrong");
}

#[test]
fn silence_is_reported_within_a_minute() {
    let folder = Folder::new();
    let mut command = folder.with_aws(&FakeAws::empty(), &["doctor", "--json"]);
    let said = examined(&folder, command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9"));
    let found = verdicts(&said);
    assert_eq!((found["identity"].0.as_str(), found["clock"].0.as_str()), ("wrong", "unknown"), "{found:?}");
    assert!(said.took < Duration::from_secs(60), "{:?}", said.took);
    let mut command = folder.with_aws(&FakeAws::empty(), &["doctor", "--json"]);
    let said = examined(&folder, command.env("AWS_ENDPOINT_URL", "localhost"));
    let found = verdicts(&said);
    assert_eq!((found["endpoint"].0.as_str(), found["identity"].0.as_str()), ("wrong", "unknown"), "{found:?}");
    let nowhere = Folder::with(&STACK.replace("region: us-east-1\n", ""));
    let found = verdicts(&examined(&nowhere, &mut nowhere.with_aws(&FakeAws::empty(), &["doctor", "--json"])));
    assert_eq!((found["region"].0.as_str(), found["identity"].0.as_str()), ("wrong", "unknown"), "{found:?}");
}

#[test]
fn nothing_is_changed() {
    let (aws, folder) = (account(0), Folder::new());
    examined(&folder, &mut folder.with_aws(&aws, &["doctor"]));
    let looks = ["sts:Get", "iam:Simulate", "iam:Get", "ec2:Describe", "ses:GET "];
    for call in aws.calls() {
        assert!(looks.iter().any(|look| call.starts_with(look)), "{call}");
    }
}
