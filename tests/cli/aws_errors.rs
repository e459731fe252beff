//! What people read when AWS says no: which resource and line, what AWS said, what to do.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use insta::assert_snapshot;

use crate::fake_aws::{FakeAws, refusal};
use crate::http;
use crate::program::{Folder, Said};
use crate::proxy::{Call, Fault, Phase};

/// A stack of the resources in `text`.
fn stack(text: &str) -> Folder {
    Folder::with(&format!("stack: lesson\nregion: us-east-1\nresources:\n{text}"))
}

fn bucket() -> Folder {
    stack("  bucket:\n    type: s3.bucket\n    name: lesson-bucket\n")
}

fn role() -> Folder {
    stack("  role:\n    type: iam.role\n    assumed_by: lambda.amazonaws.com\n")
}

fn firewall() -> Folder {
    stack("  firewall:\n    type: ec2.security_group\n    description: ssh\n    vpc_id: vpc-0abc1234\n")
}

/// What is reported, with exit code 1 and no results.
fn refused(said: Said) -> String {
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
    said.stderr
}

fn plan(folder: &Folder, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> String {
    refused(folder.run(&FakeAws::with(rule), &["plan"]))
}

/// Standard error of an apply that fails.
fn apply(folder: &Folder, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> String {
    let said = folder.run(&FakeAws::with(rule), &["apply", "--yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stdout.contains("Apply incomplete: 0 done, 1 failed"), "{}", said.stdout);
    said.stderr
}

/// Everybody who asks who they are gets this.
fn identity(status: u16, code: &'static str, message: &'static str) -> String {
    let rule = move |call: &Call| call.name.starts_with("sts:").then(|| refusal(status, code, message)).flatten();
    plan(&Folder::new(), rule)
}

#[test]
fn denied() {
    let who = "User: arn:aws:iam::123456789012:user/ana is not authorized to perform";
    assert_snapshot!(plan(&Folder::new(), move |call| match call.name.as_str() {
        "iam:GetRole" => refusal(403, "AccessDenied", format!("{who}: iam:GetRole on resource: role lesson-role")),
        "sns:GetTopicAttributes" => refusal(403, "AuthorizationError", format!("{who}: SNS:GetTopicAttributes")),
        name if name.starts_with("lambda:GET /2015-03-31/functions") => {
            refusal(403, "AccessDeniedException", format!("{who}: lambda:GetFunction on resource: lesson-function"))
        }
        _ => None,
    }));
}

#[test]
fn denied_by_ec2_with_a_secret_explanation() {
    let message = "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/ana is not \
                   authorized to perform: ec2:CreateSecurityGroup on resource: arn:aws:ec2:us-east-1:123456789012:vpc/\
                   vpc-0abc1234 because no identity-based policy allows the ec2:CreateSecurityGroup action. Encoded \
                   authorization failure message: pNSTwrVSPsqb5PHaL01gdQ7bMCnnh9Y9H8ccjDVd5N2g3JRKsWqmTSlzF";
    assert_snapshot!(apply(&firewall(), move |call| {
        (call.name == "ec2:CreateSecurityGroup").then(|| refusal(403, "UnauthorizedOperation", message)).flatten()
    }));
}

#[test]
fn denied_by_the_organisation() {
    let message = "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: iam:CreateRole on resource: \
                   arn:aws:iam::123456789012:role/lesson-role with an explicit deny in a service control policy";
    assert_snapshot!(apply(&role(), move |call| {
        (call.name == "iam:CreateRole").then(|| refusal(403, "AccessDenied", message)).flatten()
    }));
}

#[test]
fn many_things_denied_are_reported_shortly() {
    assert_snapshot!(plan(&Folder::new(), |call| match call.name.as_str() {
        "iam:GetRole"
        | "ec2:DescribeSecurityGroups"
        | "sns:GetTopicAttributes"
        | "sns:ListTopics"
        | "lambda:GET /2015-03-31/functions" => refusal(403, "AccessDenied", "Access Denied"),
        _ => None,
    }));
}

#[test]
fn a_bucket_of_another_account() {
    let said = plan(&bucket(), |call| {
        call.name.contains("/lesson-bucket").then(|| refusal(403, "AccessDenied", "Access Denied")).flatten()
    });
    // All of its settings are asked for at once, and whichever answer comes first is reported.
    let (before, after) = said.split_once("s3:Get").expect("a call");
    let after = after.split_once(" failed").expect("a failed call").1;
    assert_snapshot!(format!("{before}s3:Get… failed{after}"));
}

/// AWS says which policy of one's own stands in the way, so it is not a stranger's bucket.
#[test]
fn a_bucket_that_the_users_own_policies_deny() {
    for reason in [
        "because no identity-based policy allows the s3:GetBucketTagging action",
        "with an explicit deny in an identity-based policy",
        "because no permissions boundary allows the s3:GetBucketTagging action",
        "with an explicit deny in a service control policy",
        "because no session policy allows the s3:GetBucketTagging action",
    ] {
        let said = plan(&bucket(), move |call| {
            let message = format!(
                "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: s3:GetBucketTagging on resource: \
                 \"arn:aws:s3:::lesson-bucket\" {reason}"
            );
            call.name.contains("/lesson-bucket").then(|| refusal(403, "AccessDenied", message)).flatten()
        });
        assert!(said.contains("C101-0901") && !said.contains("another account"), "{said}");
    }
}

#[test]
fn a_bucket_name_that_is_taken() {
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                   system. Please select a different name and try again.";
    assert_snapshot!(apply(&bucket(), move |call| {
        call.name.starts_with("s3:PUT").then(|| refusal(409, "BucketAlreadyExists", message)).flatten()
    }));
}

#[test]
fn not_found() {
    assert_snapshot!(apply(&firewall(), |call| {
        let message = "The vpc ID 'vpc-0abc1234' does not exist";
        (call.name == "ec2:CreateSecurityGroup").then(|| refusal(400, "InvalidVpcID.NotFound", message)).flatten()
    }));
}

#[test]
fn not_valid() {
    assert_snapshot!(apply(&role(), |call| {
        let message = "1 validation error detected: Value at 'roleName' failed to satisfy constraint";
        (call.name == "iam:CreateRole").then(|| refusal(400, "ValidationError", message)).flatten()
    }));
}

/// Known before anything is done: a replacement would delete the old instance first.
#[test]
fn an_image_that_does_not_exist() {
    let vm = stack("  vm:\n    type: ec2.instance\n    image: ubuntu-24.04\n    instance_type: t3.micro\n");
    assert_snapshot!(plan(&vm, |_| None));
}

#[test]
fn quota() {
    assert_snapshot!(apply(&firewall(), |call| {
        let message = "The maximum number of security groups for VPC 'vpc-0abc1234' has been reached.";
        (call.name == "ec2:CreateSecurityGroup").then(|| refusal(400, "SecurityGroupLimitExceeded", message)).flatten()
    }));
    assert_snapshot!(apply(&role(), |call| {
        let message = "Cannot exceed quota for RolesPerAccount: 1000";
        (call.name == "iam:CreateRole").then(|| refusal(409, "LimitExceeded", message)).flatten()
    }));
}

#[test]
fn throttled() {
    let folder = Folder::new();
    let aws = FakeAws::with(|call| match call.name.as_str() {
        "iam:GetRole" | "iam:ListRoles" => refusal(400, "Throttling", "Rate exceeded"),
        "lambda:GET /2015-03-31/functions/lesson-function" => refusal(429, "TooManyRequestsException", "Rate exceeded"),
        "s3:GET /lesson-bucket/?tagging" => refusal(503, "SlowDown", "Please reduce your request rate."),
        _ => None,
    });
    let said = folder.run(&aws, &["plan"]);
    assert!(said.took < Duration::from_secs(20), "{:?}", said.took);
    assert_eq!(aws.calls().iter().filter(|call| *call == "iam:GetRole").count(), 2, "AWS_MAX_ATTEMPTS counts");
    assert_snapshot!(refused(said));
}

#[test]
fn a_fault_within_aws() {
    assert_snapshot!(plan(&role(), |call| {
        (call.name == "iam:GetRole")
            .then(|| refusal(500, "ServiceFailure", "The request processing has failed"))
            .flatten()
    }));
}

#[test]
fn expired_credentials() {
    let said = identity(403, "ExpiredToken", "The security token included in the request is expired");
    assert_snapshot!(said);
    // They may also end in the middle: then every service says so in its own way.
    assert_snapshot!(plan(&Folder::new(), |call| match call.name.as_str() {
        "iam:GetRole" => refusal(403, "ExpiredToken", "The security token included in the request is expired"),
        "ec2:DescribeInstances" => refusal(400, "RequestExpired", "Request has expired."),
        "lambda:GET /2015-03-31/functions" => refusal(403, "ExpiredTokenException", "The security token is expired"),
        _ => None,
    }));
}

#[test]
fn unknown_credentials() {
    assert_snapshot!(identity(403, "InvalidClientTokenId", "The security token included in the request is invalid."));
}

#[test]
fn a_wrong_secret_key() {
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS \
                   Secret Access Key and signing method. Consult the service documentation for details.";
    assert_snapshot!(identity(403, "SignatureDoesNotMatch", message));
}

#[test]
fn a_clock_that_is_wrong() {
    let message =
        "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)";
    assert_snapshot!(identity(403, "SignatureDoesNotMatch", message));
}

#[test]
fn no_credentials() {
    let folder = Folder::new();
    let said = folder.said(&mut folder.command(&["plan"]));
    assert!(said.took < Duration::from_secs(10), "{:?}", said.took);
    assert_snapshot!(refused(said));
}

#[test]
fn a_profile_that_does_not_exist() {
    let folder = Folder::new();
    assert_snapshot!(refused(folder.said(&mut folder.command(&["plan", "--profile", "lesson"]))));
}

#[test]
fn a_profile_without_credentials() {
    let folder = Folder::new();
    folder.write("config", "[default]\nregion = us-east-1\n[profile lesson]\nregion = us-east-1\n[profile exam]\n");
    let config = folder.folder.path().join("config");
    let said = |arguments: &[&str], profile: Option<&str>| {
        let mut command = folder.command(arguments);
        refused(folder.said(command.env("AWS_CONFIG_FILE", &config).envs(profile.map(|name| ("AWS_PROFILE", name)))))
    };
    let all = [said(&["plan", "--profile", "lesson"], None), said(&["plan"], Some("leson")), said(&["plan"], None)];
    assert_snapshot!(all.join("\n"));
    let doctor = folder.said(folder.command(&["doctor", "--profile", "leson"]).env("AWS_CONFIG_FILE", &config)).stdout;
    assert!(doctor.contains("✗ credentials  there is no profile `leson` in the AWS configuration"), "{doctor}");
}

#[test]
fn a_login_that_is_over() {
    let folder = Folder::new();
    folder.write(
        "config",
        "[profile lesson]\nsso_session = school\nsso_account_id = 123456789012\nsso_role_name = Teacher\n\
         [sso-session school]\nsso_region = us-east-1\nsso_start_url = https://school.example.edu/start\n",
    );
    let config = folder.folder.path().join("config");
    let mut command = folder.command(&["plan", "--profile", "lesson"]);
    assert_snapshot!(refused(folder.said(command.env("AWS_CONFIG_FILE", config))));
}

#[test]
fn a_program_for_credentials_that_fails() {
    let folder = Folder::new();
    folder.write("config", "[profile lesson]\ncredential_process = /bin/false\n");
    let config = folder.folder.path().join("config");
    let mut command = folder.command(&["plan", "--profile", "lesson"]);
    assert_snapshot!(refused(folder.said(command.env("AWS_CONFIG_FILE", config))));
}

#[test]
fn no_region() {
    let folder = Folder::with("stack: lesson\nresources:\n  topic:\n    type: sns.topic\n");
    assert_snapshot!(refused(folder.run(&FakeAws::empty(), &["plan"])));
}

#[test]
fn a_region_that_is_none() {
    let folder = Folder::with("stack: lesson\nregion: us east 1\nresources:\n  topic:\n    type: sns.topic\n");
    assert_snapshot!(refused(folder.run(&FakeAws::empty(), &["plan"])));
}

#[test]
fn no_answer_at_all() {
    let folder = Folder::new();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let mut command = folder.with_aws(&FakeAws::empty(), &["plan", "--endpoint-url", &url]);
    let said = folder.said(command.env_remove("AWS_MAX_ATTEMPTS"));
    assert!(said.took < Duration::from_secs(10), "{:?}", said.took);
    assert_snapshot!(refused(said));
    assert_snapshot!(plan(&folder, |_| Some(Fault::Cut(Phase::Before))));
}

/// A region without SES, or a user who may not ask for it.
fn without_ses(answer: fn() -> Option<Fault>) -> FakeAws {
    FakeAws::with(move |call| call.name.starts_with("ses:").then(answer).flatten())
}

#[test]
fn a_service_that_the_stack_has_no_use_for_may_be_missing() {
    let no_such_host = || Some(Fault::Cut(Phase::Before));
    let not_allowed = || refusal(403, "AccessDeniedException", "not authorized to perform: ses:ListEmailIdentities");
    for answer in [no_such_host as fn() -> Option<Fault>, not_allowed] {
        let said = role().run(&without_ses(answer), &["plan"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stdout.contains("Plan: 1 to add"), "{}", said.stdout);
        assert!(said.stderr.contains("note: the file has no ses.identity"), "{}", said.stderr);
        assert!(said.stderr.contains("ses:ListEmailIdentities failed"), "{}", said.stderr);
        // A destroy succeeds, and says of what it knows nothing.
        let said = role().run(&without_ses(answer), &["destroy", "--yes"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(
            said.stdout.contains("ses.identity in us-east-1\n    ses:ListEmailIdentities failed"),
            "{}",
            said.stdout
        );
        assert!(said.stdout.contains("\n0 left where AWS could be asked: nothing in us-east-1"), "{}", said.stdout);
        // The stack of one resource of each service needs it.
        let said = refused(Folder::new().run(&without_ses(answer), &["plan"]));
        assert!(said.contains("ses:GetEmailIdentity"), "{said}");
    }
    assert_eq!(role().run(&FakeAws::with(|_| Some(Fault::Cut(Phase::Before))), &["plan"]).code, Some(1));
}

#[test]
fn the_wrong_account() {
    let text =
        "stack: lesson\nregion: us-east-1\naccount: \"210987654321\"\nresources:\n  topic:\n    type: sns.topic\n";
    assert_snapshot!(refused(Folder::with(text).run(&FakeAws::empty(), &["plan"])));
}

#[test]
fn an_environment_that_leads_nowhere_is_named() {
    let folder = Folder::with("stack: lesson\nresources:\n  topic:\n    type: sns.topic\n");
    let plan = |name: &str, value: &str| {
        let mut command = folder.with_aws(&FakeAws::empty(), &["plan"]);
        refused(folder.said(command.env("AWS_REGION", "us-east-1").env(name, value)))
    };
    let said = [("AWS_ENDPOINT_URL", "foo"), ("AWS_ENDPOINT_URL_SNS", "localhost:4566"), ("AWS_REGION", "a b")];
    assert_snapshot!(said.map(|(name, value)| format!("{name}={value}\n{}", plan(name, value))).join("\n"));
}

#[test]
fn an_answer_without_a_request_id_is_not_a_fault_of_aws() {
    let address = http::listen(|mut stream, _| {
        let _ = stream.read(&mut [0; 65536]);
        let _ = stream.write_all(b"HTTP/1.1 501 NOT IMPLEMENTED\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let url = format!("http://{}", address.expect("a free port"));
    let folder = Folder::new();
    let mut command = folder.with_aws(&FakeAws::empty(), &["plan"]);
    let said = refused(folder.said(command.env("AWS_ENDPOINT_URL", url)));
    assert!(said.contains("probably did not come from AWS") && !said.contains("health.aws"), "{said}");
}

#[test]
fn what_was_made_is_not_said_to_be_absent_because_a_later_call_failed() {
    let made = std::sync::atomic::AtomicBool::new(false);
    let aws = FakeAws::for_a_topic_but(move |call| {
        use std::sync::atomic::Ordering::SeqCst;
        made.fetch_or(call.name == "sns:CreateTopic", SeqCst);
        let is_read = call.name == "sns:GetTopicAttributes" && made.load(SeqCst);
        if is_read { refusal(501, "NotImplemented", "This is not implemented.") } else { None }
    });
    let said = stack("  topic:\n    type: sns.topic\n").run(&aws, &["apply", "--yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let all = said.stdout + &said.stderr;
    assert!(all.contains("topic: created, but incomplete") && !all.contains("not created"), "{all}");
    // One that AWS refused to make is not there.
    let aws = FakeAws::with(|call| {
        (call.name == "sns:CreateTopic").then(|| refusal(403, "AuthorizationError", "You are not authorized")).flatten()
    });
    let said = stack("  topic:\n    type: sns.topic\n").run(&aws, &["apply", "--yes"]);
    assert!((said.stdout + &said.stderr).contains("topic: not created"));
}

/// What `--target` leaves out is none of that run's business.
#[test]
fn a_destroy_of_a_part_says_what_of_that_part_can_not_be_read() {
    let stack = "\
stack: lesson
region: us-east-1
resources:
  topic: { type: sns.topic }
  role: { type: iam.role, assumed_by: [ec2.amazonaws.com] }
";
    let destroyed = |target: &str| {
        let aws = FakeAws::with(|call| match call.name.as_str() {
            "iam:GetRole" => refusal(403, "AccessDenied", "Access Denied"),
            _ => None,
        });
        Folder::with(stack).run(&aws, &["destroy", "--yes", "--target", target])
    };
    let said = destroyed("role");
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("iam:GetRole"), "{}", said.stderr);
    let said = destroyed("topic");
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
}

/// Its port may be free now, or another sandbox's, which does not know the key.
#[test]
fn a_shell_that_was_led_to_a_sandbox_that_has_ended_is_led_to_another() {
    let folder = bucket();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let other = FakeAws::with(|_| refusal(403, "InvalidClientTokenId", "the access key is not this sandbox's"));
    for url in [format!("http://{closed}"), other.url.clone()] {
        let mut command = folder.with_aws(&other, &["plan"]);
        command.env("AWS_ENDPOINT_URL", &url).env("AWS_ACCESS_KEY_ID", format!("CLOUD101{}", "0A".repeat(16)));
        let stderr = refused(folder.said(&mut command));
        assert!(stderr.contains("type `eval \"$(cloud101 sandbox env)\"` here"), "{stderr}");
    }
}
