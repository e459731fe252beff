use super::super::Function;
use super::*;
use crate::resource::{Base, Resource};
use crate::testing::aws::{Aws, no, yes};
use serde_json::json;

#[tokio::test]
async fn a_new_account_can_set_no_executions_aside_and_gets_all_the_rest() {
    let mut is_allowed = false;
    let statement = json!({ "Sid": "s", "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:lesson" });
    let policy = json!({ "Statement": [statement] }).to_string();
    let aws = Aws::with(move |call| match call.name.as_str() {
        name if name.ends_with("/functions") => yes("{}"),
        name if name.ends_with("/configuration") => yes(r#"{"State":"Active","LastUpdateStatus":"Successful"}"#),
        name if name.starts_with("lambda:GET") && name.ends_with("/policy") => match is_allowed {
            true => yes(json!({ "Policy": policy }).to_string()),
            false => no(404, "ResourceNotFoundException", "no policy"),
        },
        name if name.ends_with("/policy") => {
            is_allowed = true;
            yes("{}")
        }
        name if name.ends_with("/concurrency") => no(
            400,
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [10].",
        ),
        name => panic!("{name}"),
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.py"), "").unwrap();
    let spec = json!({
        "runtime": "python3.13", "handler": "index.handler", "role": "arn:aws:iam::123456789012:role/lesson",
        "code": "index.py", "reserved_concurrency": 1, "permissions": [{ "principal": "s3.amazonaws.com" }],
    });
    let base = Base::from(folder.path());
    let desired = Desired {
        address: crate::resource::Address::new("function"),
        name: "lesson".into(),
        spec: Function.canonical(serde_json::from_value(spec).unwrap(), &base).unwrap(),
        tags: Default::default(),
        replaces: None,
    };
    let mut cx = aws.context();
    cx.base = base;
    let error = create(&cx, &desired).await.unwrap_err();
    assert!(error.advice().is_some_and(|advice| advice.contains("Service Quotas")), "{error}");
    let names = aws.names();
    assert!(names.iter().any(|name| name.starts_with("lambda:POST") && name.ends_with("/policy")), "{names:?}");
}

/// Code that is edited between the plan and its upload.
#[tokio::test]
async fn nothing_of_a_function_is_changed_if_its_code_is_no_longer_what_was_planned() {
    let aws = Aws::with(|call| panic!("{}", call.name));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("code")).unwrap();
    std::fs::write(folder.path().join("code/index.py"), "shown").unwrap();
    let mut cx = aws.context();
    cx.base = Base::from(folder.path());
    let spec = json!({
        "runtime": "python3.13", "handler": "index.handler", "role": "arn:aws:iam::123456789012:role/lesson",
        "code": "code", "memory_mib": 256,
    });
    let spec = Function.canonical(serde_json::from_value(spec).unwrap(), &cx.base).unwrap();
    let desired = Desired {
        address: crate::resource::Address::new("function"),
        name: "lesson".into(),
        spec: spec.clone(),
        tags: Default::default(),
        replaces: None,
    };
    std::fs::write(folder.path().join("code/index.py"), "slipped in").unwrap();
    let old = Spec { code_sha256: Some("old".into()), memory_mib: Some(128), ..spec.clone() };
    let live = Live::new("lesson", old, Default::default(), Default::default());
    for path in ["code_sha256", "architecture"] {
        let paths = ["memory_mib", path].map(str::to_owned).into();
        let change = Change { target: spec.clone(), paths };
        let error = update(&cx, &desired, &live, &change).await.unwrap_err();
        assert!(error.message.contains("`code` was changed while this ran"), "{error}");
    }
    let error = create(&cx, &desired).await.unwrap_err();
    assert!(error.message.contains("`code` was changed while this ran"), "{error}");
    assert_eq!(aws.names(), [""; 0]);
}

/// The configurations that an update sends which sets the role of `live` again.
async fn sent_for_a_role(live: serde_json::Value, target: serde_json::Value) -> Vec<serde_json::Value> {
    let aws = Aws::with(|call| match call.name.as_str() {
        name if name.starts_with("lambda:GET") => yes(r#"{"State":"Active","LastUpdateStatus":"Successful"}"#),
        name if name.starts_with("lambda:PUT") && name.ends_with("/configuration") => yes("{}"),
        name => panic!("{name}"),
    });
    let spec = |spec| serde_json::from_value::<Spec>(spec).unwrap();
    let (live, target) = (spec(live), spec(target));
    let desired = Desired {
        address: crate::resource::Address::new("function"),
        name: "lesson".into(),
        spec: target.clone(),
        tags: Default::default(),
        replaces: None,
    };
    let live = Live::new("lesson", live, Default::default(), Default::default());
    let change = Change { target, paths: ["role".to_owned()].into() };
    update(&aws.context(), &desired, &live, &change).await.unwrap();
    let calls = aws.calls().into_iter().filter(|call| call.name.starts_with("lambda:PUT"));
    calls.map(|call| serde_json::from_str(&call.body).unwrap()).collect()
}

/// AWS, "Lambda KMS Exception": the grant of a role that was made again comes with another role, or with the variables
/// encrypted again; the same role alone is not a change.
#[tokio::test]
async fn a_role_of_the_same_name_is_granted_again_by_setting_the_variables_again() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/lesson";
    let variables = json!({ "STAGE": "class" });
    let with = json!({ "role": ROLE, "environment": variables });
    let both = json!({ "Role": ROLE, "Environment": { "Variables": variables } });
    assert_eq!(
        sent_for_a_role(with.clone(), with.clone()).await,
        [json!({ "Environment": { "Variables": {} } }), both]
    );
    let other = json!({ "role": format!("{ROLE}-2"), "environment": variables });
    assert_eq!(sent_for_a_role(with.clone(), other).await, [json!({ "Role": format!("{ROLE}-2") })]);
    // What the file does not say would be lost if the run ended in between.
    assert_eq!(sent_for_a_role(with, json!({ "role": ROLE })).await, [json!({ "Role": ROLE })]);
    let without = json!({ "role": ROLE, "environment": {} });
    assert_eq!(sent_for_a_role(without.clone(), without).await, [json!({ "Role": ROLE })]);
}

/// A function that a list omitted, as an earlier apply left it, is not taken for the one that was just made.
#[tokio::test]
async fn a_function_that_was_there_already_and_is_otherwise_is_left_to_the_next_plan() {
    use crate::aws::ownership::{LastApplied, Ownership};
    use std::sync::{Arc, Mutex};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.py"), "new").unwrap();
    let base = Base::from(folder.path());
    let role = "arn:aws:iam::123456789012:role/lesson";
    let spec = json!({
        "runtime": "python3.13", "handler": "index.handler", "role": role, "code": "index.py", "memory_mib": 256,
    });
    let spec = Function.canonical(serde_json::from_value(spec).unwrap(), &base).unwrap();
    let hash = spec.code_sha256.clone().unwrap();
    let address = crate::resource::Address::new("function");
    let mark = |set: &[&str]| {
        let mut applied = LastApplied::default();
        set.iter().for_each(|path| applied.insert(path, &json!(1), false));
        applied.bind("lesson");
        let (stack, keep) = ("cloud101".to_owned(), Default::default());
        Ownership { stack, address: address.clone(), applied, keep }.tags()
    };
    let mut protected = mark(&["memory_mib"]);
    protected.insert("cloud101:keep".into(), "protect".into());
    let own = mark(&["memory_mib"]);
    let cases = [
        (true, own.clone(), 128, hash.as_str()),
        (true, own.clone(), 256, "old"),
        (true, mark(&["timeout_seconds"]), 256, hash.as_str()),
        (true, protected, 256, hash.as_str()),
        (false, own, 256, hash.as_str()),
    ];
    for (is_old, tags, memory, sha256) in cases {
        let live = json!({
            "FunctionName": "lesson", "Runtime": "python3.13", "Handler": "index.handler", "Role": role, "MemorySize": memory,
            "Timeout": 3, "CodeSha256": sha256, "State": "Active", "LastUpdateStatus": "Successful",
        });
        let answer = json!({ "Configuration": live, "Code": {}, "Tags": tags }).to_string();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let aws = Aws::with({
            let sent = sent.clone();
            move |call| {
                let is_change = !call.name.starts_with("lambda:GET");
                if is_change {
                    sent.lock().unwrap().push((call.name.clone(), call.body.clone()));
                }
                match call.name.as_str() {
                    name if name.ends_with("/functions") => {
                        no(409, "ResourceConflictException", "Function already exist: lesson")
                    }
                    name if name.ends_with("/configuration") && !is_change => yes(live.to_string()),
                    name if name.starts_with("lambda:GET") => yes(answer.clone()),
                    _ => yes("{}"),
                }
            }
        });
        let tags = mark(&["memory_mib"]);
        let desired =
            Desired { address: address.clone(), name: "lesson".into(), spec: spec.clone(), tags, replaces: None };
        let mut cx = aws.context();
        cx.base = base.clone();
        let created = create(&cx, &desired).await;
        // Nothing but the creation that was refused.
        assert_eq!(sent.lock().unwrap().len(), 1);
        match is_old {
            true => assert!(created.unwrap_err().hint.is_some_and(|hint| hint.contains("run the same command again"))),
            false => created.unwrap(),
        }
    }
}
