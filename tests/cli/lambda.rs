//! What the real AWS answers about functions, and what a run makes of it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, record, refusal};
use crate::program::Folder;
use crate::proxy::{Call, Fault};

/// A stack with one function, which has these properties besides.
fn stack(runtime: &str, more: &str) -> String {
    let code = if runtime.starts_with("nodejs") { "index.js" } else { "index.py" };
    format!(
        "
stack: lesson
region: us-east-1
resources:
  function:
    type: lambda.function
    runtime: {runtime}
    handler: index.handler
    code: {code}
    role: arn:aws:iam::123456789012:role/lesson
{more}"
    )
}

/// What GetFunction answers of the stack's function; `more` is its configuration.
fn function(more: &Value) -> Option<Fault> {
    let tags = json!({
        "cloud101:stack": "lesson", "cloud101:resource": "function", "cloud101:applied": record("lesson-function"),
    });
    let mut configuration = json!({
        "FunctionName": "lesson-function", "State": "Active", "LastUpdateStatus": "Successful",
        "Handler": "index.handler", "Role": "arn:aws:iam::123456789012:role/lesson",
    });
    configuration.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    Some(Fault::answer(json!({ "Configuration": configuration, "Tags": tags }).to_string()))
}

fn is_get(call: &Call) -> bool {
    call.name.starts_with("lambda:GET") && call.name.ends_with("/functions/lesson-function")
}

#[test]
fn a_new_function_with_a_runtime_that_aws_no_longer_takes_is_refused_by_the_plan() {
    for (runtime, since, instead) in [
        ("python3.7", "2024-01-09", "python3.14"),
        ("nodejs14.x", "2024-01-09", "nodejs24.x"),
        ("java8", "2024-02-08", "java25"),
        ("go1.x", "2024-02-08", "provided.al2023"),
        ("python2.7", "2021-07-15", "python3.14"),
    ] {
        let folder = Folder::with(&stack(runtime, ""));
        folder.write("index.js", "");
        let said = folder.run(&FakeAws::empty(), &["plan"]);
        let reported = format!("AWS has not accepted new functions with the runtime `{runtime}` since {since}");
        assert!(said.code == Some(1) && said.stderr.contains(&reported), "{runtime}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("write `runtime: {instead}`")), "{runtime}: {}", said.stderr);
    }
}

#[test]
fn a_function_that_is_there_with_an_old_runtime_goes_on() {
    for runtime in ["python2.7", "nodejs4.3", "dotnetcore2.1"] {
        let folder = Folder::with(&stack(runtime, ""));
        folder.write("index.js", "");
        let live = json!({ "Runtime": runtime });
        let aws = FakeAws::with(move |call| is_get(call).then(|| function(&live)).flatten());
        let said = folder.run(&aws, &["plan"]);
        assert!(matches!(said.code, Some(0 | 2)), "{runtime}: {}", said.stderr);
        assert!(!said.stderr.contains("error"), "{runtime}: {}", said.stderr);
    }
}

/// Lambda's answers of the first moments, each once: EC2 throttles it, a group is too new, the function is busy in other
/// words; a permission finds no function, and is not seen at once.
#[test]
fn what_lambda_refuses_for_a_moment_is_awaited() {
    let more = "    vpc: { subnet_ids: [subnet-0a1b2c3d], security_group_ids: [sg-0a1b2c3d] }
    permissions: [ { principal: s3.amazonaws.com } ]
";
    let refusals = [
        "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 Error Code: \
         RequestLimitExceeded. EC2 Error Message: Request limit exceeded.",
        "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The \
         security group 'sg-0a1b2c3d' does not exist",
        "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID \
         'subnet-0a1b2c3d' does not exist",
    ];
    let (made, added, read) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let live = Mutex::new(None::<Value>);
    let aws = FakeAws::with(move |call| match call.name.as_str() {
        name if name.starts_with("lambda:POST") && name.ends_with("/functions") => {
            match refusals.get(made.fetch_add(1, Ordering::SeqCst)) {
                Some(words) => refusal(400, "InvalidParameterValueException", *words),
                None => {
                    *live.lock().expect("a function") = Some(json!({ "Runtime": "python3.13" }));
                    Some(Fault::answer("{}"))
                }
            }
        }
        name if name.starts_with("lambda:POST") && name.ends_with("/policy") => {
            match added.fetch_add(1, Ordering::SeqCst) {
                0 => refusal(404, "ResourceNotFoundException", "Function not found: lesson-function"),
                1 => refusal(409, "ResourceConflictException", "Another operation holds the function's lock."),
                _ => Some(Fault::answer("{}")),
            }
        }
        name if name.starts_with("lambda:GET") && name.ends_with("/policy") => {
            let is_seen = added.load(Ordering::SeqCst) > 2 && read.fetch_add(1, Ordering::SeqCst) > 1;
            let statement = json!({ "Sid": "s", "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
                "Action": "lambda:InvokeFunction", "Resource": "*" });
            let policy = json!({ "Statement": [statement] }).to_string();
            is_seen.then(|| Fault::answer(json!({ "Policy": policy }).to_string()))
        }
        name if name.starts_with("lambda:GET") && name.ends_with("/configuration") => {
            live.lock().expect("a function").as_ref()?;
            Some(Fault::answer(json!({ "State": "Active", "LastUpdateStatus": "Successful" }).to_string()))
        }
        _ if is_get(call) => function(live.lock().expect("a function").as_ref()?),
        _ => None,
    });
    let said = Folder::with(&stack("python3.13", more)).run(&aws, &["apply", "--yes"]);
    assert_eq!(said.code, Some(0), "{}\n{}", said.stdout, said.stderr);
    let calls = aws.calls();
    let count = |end: &str| calls.iter().filter(|name| name.starts_with("lambda:POST") && name.ends_with(end)).count();
    assert_eq!((count("/functions"), count("/policy")), (4, 3), "{calls:?}");
}

/// A function whose last executions AWS lets end: it is neither changed nor called gone.
#[test]
fn a_function_that_aws_is_deleting_is_said_to_be_so() {
    let live = json!({ "Runtime": "python3.13", "State": "Deleting", "StateReason": "durable executions are drained" });
    let aws = FakeAws::with(move |call| is_get(call).then(|| function(&live)).flatten());
    let said = Folder::with(&stack("python3.13", "    memory_mib: 256\n")).run(&aws, &["plan"]);
    let reported = "AWS is deleting the function, so it can't be changed any more: durable executions are drained";
    assert!(said.stdout.contains(reported), "{}\n{}", said.stdout, said.stderr);
}

/// A group that the function names itself, whatever the file says.
#[test]
fn the_log_of_a_function_is_read_where_it_writes_it() {
    let live = json!({ "Runtime": "python3.13", "LoggingConfig": { "LogGroup": "/lesson/all" } });
    let aws = FakeAws::with(move |call| match call.name.as_str() {
        "logs:FilterLogEvents" if call.body().contains("\"/lesson/all\"") => Some(Fault::answer(
            json!({ "events": [{ "timestamp": 4_102_444_800_000_i64, "message": "one" }] }).to_string(),
        )),
        "logs:FilterLogEvents" => refusal(400, "ResourceNotFoundException", "The specified log group does not exist."),
        _ if is_get(call) => function(&live),
        _ => None,
    });
    let said = Folder::with(&stack("python3.13", "")).run(&aws, &["logs", "function"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "2100-01-01T00:00:00.000Z  one\n"), "{}", said.stderr);
}

/// The account's retention policy decides: DescribeLogGroups answers its days, and no change of the group's own has effect.
#[test]
fn a_retention_policy_of_the_account_makes_no_endless_drift() {
    let live = json!({ "Runtime": "python3.13" });
    let group = json!({ "logGroupName": "/aws/lambda/lesson-function", "retentionInDays": 30, "retentionPolicyName": "school" });
    let aws = FakeAws::with(move |call| match call.name.as_str() {
        "logs:DescribeLogGroups" => Some(Fault::answer(json!({ "logGroups": [group] }).to_string())),
        _ if is_get(call) => function(&live),
        _ => None,
    });
    let said = Folder::with(&stack("python3.13", "    log_retention_days: 7\n")).run(&aws, &["plan"]);
    assert!(!said.stdout.contains("30 → 7"), "{}", said.stdout);
    assert!(said.stdout.contains("the account's retention policy `school` says so"), "{}", said.stdout);
}

/// What is imported is planned without a change but for tags: a function from an image, and one with an old runtime, a log
/// group of its own and half an hour to run.
#[test]
fn what_import_writes_of_functions_is_what_is_there() {
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lesson:1";
    let of_image = json!({
        "PackageType": "Image", "Handler": null, "Timeout": 1800, "MemorySize": 512,
        "ImageConfigResponse": { "ImageConfig": { "Command": ["app.handler"] } },
    });
    let old = json!({
        "PackageType": "Zip", "Runtime": "nodejs4.3", "Timeout": 900, "MemorySize": 128,
        "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/lesson/all" },
    });
    for (live, said) in [
        (
            of_image,
            vec![
                "image_uri: \"123456789012.dkr.ecr.us-east-1.amazonaws.com/lesson:1\"",
                "- app.handler",
                "timeout_seconds: 1800",
            ],
        ),
        (old, vec!["runtime: nodejs4.3", "log_group: /lesson/all"]),
    ] {
        let aws = FakeAws::with(move |call| {
            if !is_get(call) {
                return None;
            }
            let Some(Fault::Answer { body, .. }) = function(&live) else { return None };
            let mut body: Value = serde_json::from_str(&body).expect("JSON");
            body["Tags"] = json!({});
            body["Code"] =
                json!({ "ImageUri": live["PackageType"].as_str().filter(|sort| *sort == "Image").map(|_| image) });
            Some(Fault::answer(body.to_string()))
        });
        let arguments = ["import", "lambda.function", "lesson-function", "--region", "us-east-1"];
        let imported = Folder::new().run(&aws, &arguments);
        for line in said {
            assert!(imported.stdout.contains(line), "{line}\n{}\n{}", imported.stdout, imported.stderr);
        }
    }
}

/// The role was deleted by hand: the one that is made again has the same name and another id, for which Lambda has no
/// grant.
#[test]
fn a_function_gets_its_role_again_when_that_is_made_again() {
    let live = json!({ "Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/cloud101/lesson/lesson-role" });
    let aws = FakeAws::with(move |call| is_get(call).then(|| function(&live)).flatten());
    let file = stack("python3.13", "  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n")
        .replace("arn:aws:iam::123456789012:role/lesson", "${role.arn}");
    let said = Folder::with(&file).run(&aws, &["plan", "--full"]);
    let line = said.stdout.lines().find(|line| line.trim_start().starts_with("role ")).unwrap_or_default();
    assert!(line.contains("because role"), "{}\n{}", said.stdout, said.stderr);
}

/// The same in an earlier run, or by hand: GetRole and GetFunction show it by their times, and no other call is needed.
#[test]
fn a_function_gets_its_role_again_when_that_was_made_since() {
    const MORE: &str =
        "    environment: { STAGE: class }\n  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n";
    let file = stack("python3.13", MORE).replace("arn:aws:iam::123456789012:role/lesson", "${role.arn}");
    let arn = "arn:aws:iam::123456789012:role/cloud101/lesson/lesson-role";
    let planned = |made: &'static str, more: Value| {
        let mut live = json!({ "Runtime": "python3.13", "Role": arn, "LastModified": "2026-03-05T15:39:17.000+0000",
            "Environment": { "Variables": { "STAGE": "class" } } });
        live.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let aws = FakeAws::with(move |call| match call.name.as_str() {
            "iam:GetRole" => {
                let tag =
                    |(key, value): (&str, String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                let tags = [
                    ("cloud101:stack", "lesson".to_owned()),
                    ("cloud101:resource", "role".to_owned()),
                    ("cloud101:applied", record("lesson-role")),
                ];
                let tags: String = tags.into_iter().map(tag).collect();
                let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                    %22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
                Some(Fault::answer(format!(
                    "<GetRoleResponse><GetRoleResult><Role><Path>/cloud101/lesson/</Path><RoleName>lesson-role</RoleName>\
                     <RoleId>AROAEXAMPLEEXAMPLE12</RoleId><Arn>{arn}</Arn><CreateDate>{made}</CreateDate>\
                     <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><MaxSessionDuration>3600</MaxSessionDuration>\
                     <Tags>{tags}</Tags></Role></GetRoleResult></GetRoleResponse>"
                )))
            }
            _ if is_get(call) => function(&live),
            _ => None,
        });
        let said = Folder::with(&file).run(&aws, &["plan", "--full"]);
        let line = said.stdout.lines().find(|line| line.trim_start().starts_with("role ")).unwrap_or_default();
        (line.to_owned(), format!("{}\n{}", said.stdout, said.stderr), aws.calls().len())
    };
    let (line, said, calls) = planned("2026-03-05T15:39:18Z", json!({}));
    assert!(line.contains("because role was recreated"), "{said}");
    let (line, said, before) = planned("2026-03-05T15:39:16Z", json!({}));
    assert!(!line.contains("because role"), "{said}");
    assert_eq!(calls, before, "no call is made for it");
    // A key of one's own knows roles by its policy.
    let own = json!({ "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/7c1f2a9e-0000-4000-8000-000000000000" });
    let (line, said, _) = planned("2026-03-05T15:39:18Z", own);
    assert!(!line.contains("because role"), "{said}");
}

/// What a stack can't say of a function on managed instances stands in the file as a comment.
#[test]
fn what_import_can_not_say_of_a_managed_function_is_a_comment() {
    let provider = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:class";
    let live = json!({
        "Runtime": "python3.13", "State": "ActiveNonInvocable", "PackageType": "Zip", "MemorySize": 32768, "Timeout": 5400,
        "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": provider, "PerExecutionEnvironmentMaxConcurrency": 10,
        } },
    });
    let aws = FakeAws::with(move |call| is_get(call).then(|| function(&live)).flatten());
    let imported = Folder::new().run(&aws, &["import", "lambda.function", "lesson-function", "--region", "us-east-1"]);
    let comments: Vec<_> = imported.stdout.lines().filter_map(|line| line.trim_start().strip_prefix("# ")).collect();
    let comments = comments.join(" ");
    assert!(
        comments.contains(&format!("runs on instances of the capacity provider {provider}")),
        "{}",
        imported.stdout
    );
    for property in ["memory_mib", "timeout_seconds"] {
        assert!(comments.contains(&format!("`{property}` is left out, so AWS's value is kept")), "{}", imported.stdout);
        let said = imported.stdout.lines().any(|line| line.trim_start().starts_with(&format!("{property}:")));
        assert!(!said, "{}", imported.stdout);
    }
}
