use super::super::Function;
use super::*;
use crate::resource::{Desired, Live, Resource};
use crate::testing::aws::{Asked, Aws, no, yes};
use serde_json::{Value, json};

type Spec = <Function as Resource>::Spec;

/// An account with the function `lesson`, which writes to `/lesson/all` as JSON, a group with these properties.
fn account(group: Value) -> Aws {
    let mut described = json!({ "logGroupName": "/lesson/all" });
    described.as_object_mut().unwrap().extend(group.as_object().unwrap().clone());
    let config = json!({
        "FunctionName": "lesson", "Runtime": "python3.13", "Handler": "index.handler", "State": "Active",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": { "LogGroup": "/lesson/all", "LogFormat": "JSON", "ApplicationLogLevel": "WARN" },
    });
    let is_asked_for = |call: &Asked| call.body.contains("/lesson/all");
    let mut there = true;
    Aws::with(move |call| match call.name.as_str() {
        "logs:DescribeLogGroups" if is_asked_for(call) => yes(json!({ "logGroups": [described] }).to_string()),
        "logs:DescribeLogGroups" => yes(r#"{"logGroups":[]}"#),
        "logs:DeleteLogGroup" if described["deletionProtectionEnabled"] == true => no(
            400,
            "ValidationException",
            "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
        ),
        "logs:ListTagsForResource" => {
            let ownership = Ownership {
                stack: "cloud101".into(),
                address: crate::resource::Address::new("fn"),
                applied: LastApplied::default(),
                keep: LifecycleFlags::default(),
            };
            yes(json!({ "tags": ownership_tags("lesson", &ownership.tags()) }).to_string())
        }
        name if name.starts_with("logs:") => yes("{}"),
        name if name.contains("/url") || name.contains("/policy") => no(404, "ResourceNotFoundException", "none"),
        name if name.starts_with("lambda:DELETE") => {
            there = false;
            yes("")
        }
        name if name.starts_with("lambda:GET") && !there => no(404, "ResourceNotFoundException", "none"),
        name if name.ends_with("/functions/") => yes(json!({ "Functions": [config] }).to_string()),
        name if name.ends_with("/configuration") => yes(config.to_string()),
        name if name.starts_with("lambda:") => yes(json!({ "Configuration": config }).to_string()),
        name => panic!("{name}"),
    })
}

fn desired(more: Value) -> Desired<Spec> {
    let mut spec = json!({ "runtime": "python3.13", "handler": "index.handler", "role": "r", "code": null });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Desired {
        address: crate::resource::Address::new("fn"),
        name: "lesson".into(),
        spec: serde_json::from_value(spec).unwrap(),
        tags: Tags::new(),
        replaces: None,
    }
}

async fn live(aws: &Aws, desired: &Desired<Spec>) -> Live<Spec> {
    let found = Function.read(&aws.context(), std::slice::from_ref(desired)).await.remove(0);
    found.expect("an answer").expect("a function")
}

fn bodies(aws: &Aws, name: &str) -> String {
    let calls = aws.calls().into_iter().filter(|call| call.name == name);
    calls.map(|call| call.body).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_group_that_the_function_names_is_the_one_that_is_read_kept_and_deleted() {
    let aws = account(json!({ "retentionInDays": 30 }));
    let desired = desired(json!({ "log_retention_days": 7 }));
    let live = live(&aws, &desired).await;
    assert_eq!((live.spec.log_retention_days, live.spec.log_group.as_deref()), (Some(30), Some("/lesson/all")));
    assert_eq!(live.attributes["log_group"], "/lesson/all");

    let change =
        crate::resource::Change { target: desired.spec.clone(), paths: ["log_retention_days".to_owned()].into() };
    Function.update(&aws.context(), &desired, &live, &change).await.expect("changed");
    for call in ["logs:CreateLogGroup", "logs:PutRetentionPolicy"] {
        let body = bodies(&aws, call);
        assert!(body.contains("/lesson/all") && !body.contains("/aws/lambda/"), "{call}: {body}");
    }
    Function.delete(&aws.context(), "lesson", false).await.expect("deleted");
    let deleted = bodies(&aws, "logs:DeleteLogGroup");
    assert!(deleted.contains("/lesson/all") && !deleted.contains("/aws/lambda/"), "{deleted}");
}

#[tokio::test]
async fn another_group_takes_along_how_the_function_logs() {
    let aws = account(json!({}));
    let desired = desired(json!({ "log_group": "/lesson/new", "log_retention_days": 7 }));
    let live = live(&aws, &desired).await;
    let change = crate::resource::Change { target: desired.spec.clone(), paths: ["log_group".to_owned()].into() };
    Function.update(&aws.context(), &desired, &live, &change).await.expect("changed");
    let body = aws.calls().into_iter().find(|call| call.name.starts_with("lambda:PUT")).expect("a change").body;
    let sent: Value = serde_json::from_str(&body).expect("JSON");
    let logging = json!({ "LogGroup": "/lesson/new", "LogFormat": "JSON", "ApplicationLogLevel": "WARN" });
    assert_eq!(sent, json!({ "LoggingConfig": logging }));
    assert!(bodies(&aws, "logs:PutRetentionPolicy").contains("/lesson/new"));
}

/// DescribeLogGroups answers the policy's days, and PutRetentionPolicy changes nothing.
#[tokio::test]
async fn days_that_a_policy_of_the_account_decides_are_not_drift_and_are_explained() {
    let aws = account(json!({ "retentionInDays": 30, "retentionPolicyName": "school" }));
    let desired = desired(json!({ "log_retention_days": 7 }));
    let live = live(&aws, &desired).await;
    assert_eq!(live.spec.log_retention_days, Some(7));
    assert!(live.notes.iter().any(|note| note.contains("retention policy `school`")), "{:?}", live.notes);
    let found = Function.read(&aws.context(), &[super::tests::desired(json!({}))]).await.remove(0);
    assert_eq!(found.expect("an answer").expect("a function").spec.log_retention_days, None);
}

#[tokio::test]
async fn a_protected_group_stays_with_the_command_and_the_function_goes() {
    let aws = account(json!({ "deletionProtectionEnabled": true }));
    let desired = desired(json!({}));
    let live = live(&aws, &desired).await;
    let said = live.besides.deleted.join(" ");
    assert!(
            said.contains("`aws logs put-log-group-deletion-protection --log-group-identifier /lesson/all --no-deletion-protection-enabled --region us-east-1`"),
            "{said}"
        );
    Function.delete(&aws.context(), "lesson", false).await.expect("the function is deleted");
    let names = aws.names();
    assert!(names.iter().any(|name| name.starts_with("lambda:DELETE") && name.ends_with("/lesson")), "{names:?}");
    assert_eq!(names.iter().filter(|name| *name == "logs:DeleteLogGroup").count(), 1);
}

/// What a run that was killed has left of a group that the function named: found by that name, with the commands.
#[tokio::test]
async fn a_group_that_the_function_named_is_looked_for_after_a_destroy() {
    let aws = account(json!({ "deletionProtectionEnabled": true }));
    let named = BTreeMap::from([("/lesson/all".to_owned(), "lesson".to_owned())]);
    let found = tagged(&aws.context(), &BTreeSet::new(), &named).await.expect("an answer");
    let found: Vec<_> = found.iter().map(|one| (one.group.as_str(), one.function.as_str(), one.is_protected)).collect();
    assert_eq!(found, [("/lesson/all", "lesson", true)]);
}

#[tokio::test]
async fn a_group_of_others_that_is_there_is_reported_before_its_logs_are_cut() {
    let said = |tags: Option<Tags>| async move {
        let aws = Aws::with(move |_| match &tags {
            Some(tags) => yes(json!({ "tags": tags }).to_string()),
            None => no(400, "ResourceNotFoundException", "The specified log group does not exist."),
        });
        of_others(&aws.context(), "class-agent", &group("class-agent"), 7).await.expect("an answer")
    };
    assert_eq!(said(None).await, None, "it is made with the function");
    assert_eq!(
        said(Some(crate::testing::ownership_tags("cloud101", "agent", "class-agent"))).await,
        None,
        "a killed run has made it"
    );
    for tags in [
        Tags::new(),
        crate::testing::ownership_tags("another", "agent", "class-agent"),
        crate::testing::ownership_tags("cloud101", "agent", "copied"),
    ] {
        let said = said(Some(tags)).await.expect("a note");
        assert!(said.contains("older than 7 days are lost") && said.contains("`/aws/lambda/class-agent`"), "{said}");
    }
}
