use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;

use crate::apply::{Subject, Summary, TaskEvent, What};
use crate::aws::Error;
use crate::aws::error::ErrorKind;
use crate::plan::options::Goal;
use crate::plan::schedule::{Part, Task};
use crate::plan::{Action, Plan};
use crate::resource::Address;
use crate::ui::json::{Event as Reported, EventDocument};
use crate::ui::{Paint, event, summary};

use super::{plan, step};

fn replacing() -> Plan {
    plan(vec![
        step(
            "ec2.instance",
            "instance",
            Action::Replace { create_first: true, because: nonempty::NonEmpty::new("image".into()) },
            vec![],
        ),
        step("sns.topic", "topic", Action::Create, vec![]),
        step("lambda.function", "function", Action::Update, vec![]),
        step("s3.bucket", "bucket", Action::Adopt, vec![]),
        step("iam.role", "role", Action::Release { because: "adopted".into() }, vec![]),
        step("iam.policy", "policy", Action::Delete, vec![]),
    ])
}

fn task(step: usize) -> Task {
    Task { step, part: if step == 5 { Part::Remove } else { Part::Put } }
}

fn denied() -> Error {
    Error {
        kind: ErrorKind::Denied,
        operation: "sns:CreateTopic",
        code: Some("AuthorizationError".into()),
        request_id: Some("7d1c".into()),
        ..Error::refused("User: arn:aws:iam::123456789012:user/ana is not authorized")
    }
}

fn json(event: Reported<'_>) -> String {
    serde_json::to_string(&EventDocument::from(event)).unwrap()
}

const OLD: Task = Task { step: 0, part: Part::Remove };

fn happens(plan: &Plan, task: Task, what: What) -> TaskEvent {
    TaskEvent { subject: Arc::new(Subject::of(plan, task)), at: Duration::from_millis(1500), what }
}

fn events(plan: &Plan) -> Vec<TaskEvent> {
    let took = Duration::from_millis(34_200);
    let done = |id: Option<&str>| What::Done { took, id: id.map(str::to_owned) };
    let mut events: Vec<_> = (0..6).map(|n| (task(n), What::Started)).collect();
    events.extend([
        (task(1), What::Waiting(Some("the topic to be known to SNS".to_owned()))),
        (task(0), done(Some("i-0abc"))),
        (OLD, done(None)),
        (task(1), What::Failed(denied())),
        (task(2), What::Skipped { because: Address::new("topic") }),
        (task(3), done(Some("cloud101-bucket"))),
        (task(4), done(Some("cloud101-role"))),
        (task(5), What::NotStarted),
    ]);
    events.into_iter().map(|(task, what)| happens(plan, task, what)).collect()
}

#[test]
fn events_as_lines() {
    let plan = replacing();
    let lines: Vec<_> =
        events(&plan).iter().map(|event| event::line(event, "stacks/cloud101.yaml", Paint::PLAIN)).collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_was_not_done_reads_as_well_as_what_was() {
    let plan = replacing();
    let said = |task, what| {
        let line = event::line(&happens(&plan, task, what), "stacks/cloud101.yaml", Paint::PLAIN);
        line.split(" (").next().unwrap_or_default().to_owned()
    };
    let failed = |task| said(task, What::Failed(denied()));
    assert_eq!(failed(task(0)), "✗ instance: new one not created");
    assert_eq!(failed(OLD), "✗ instance: old one not deleted");
    assert_eq!(failed(task(4)), "✗ role: not released");
    let because = Address::new("topic");
    let skipped = "- instance: skipped, old one not deleted, because topic failed";
    assert_eq!(said(OLD, What::Skipped { because }), skipped);
    assert_eq!(said(task(0), What::NotStarted), "- instance: not started, new one not created");
}

#[test]
fn events_as_json() {
    let plan = replacing();
    let reported = |event| json(Reported::of_task(event, "stacks/cloud101.yaml"));
    let lines: Vec<_> = events(&plan).iter().map(reported).collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn how_it_ended() {
    let plan = replacing();
    let took = Duration::from_secs(125);
    let all = (0..6).map(task).collect();
    let complete = Summary { done: all, ..Summary::default() };
    let failed = Summary {
        done: vec![task(0), task(3)],
        failed: vec![(task(1), denied())],
        skipped: vec![(task(2), Address::new("topic"))],
        ..Summary::default()
    };
    let interrupted = Summary { done: vec![task(0)], not_started: vec![task(1), task(2)], ..Summary::default() };
    let text: Vec<_> =
        [(Goal::Apply, &complete), (Goal::Destroy, &complete), (Goal::Apply, &failed), (Goal::Destroy, &interrupted)]
            .into_iter()
            .map(|(goal, end)| summary::summary(&plan, goal, end, took, None, Paint::PLAIN))
            .collect();
    assert_snapshot!(text.concat());
    let held =
        summary::summary(&plan, Goal::Destroy, &failed, took, Some("cloud101 destroy --empty-buckets"), Paint::PLAIN);
    let end = " Nothing is lost. If the contents of the buckets can be deleted: `cloud101 destroy --empty-buckets`\n";
    assert!(held.ends_with(end), "{held}");
    assert_snapshot!(json(Reported::summary(&plan, Goal::Apply, &failed, took, &plan.outputs)));
    // What was just deleted has no outputs any more.
    assert!(json(Reported::summary(&plan, Goal::Destroy, &complete, took, &plan.outputs)).contains(r#""outputs":{}"#));
}
