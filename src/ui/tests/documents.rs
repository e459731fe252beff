use insta::assert_snapshot;
use nonempty::NonEmpty;
use serde_json::json;

use crate::aws::Error;
use crate::plan::observe::PlanError;
use crate::plan::options::Goal;
use crate::plan::snapshot::After;
use crate::plan::{Action, Origin, Reason};
use crate::resource::Address;
use crate::testing::as_shown;
use crate::ui::Redactor;
use crate::ui::json::{ErrorEvent, PlanDocument};

use super::{change, from_to, new, plan, step};

#[test]
fn a_plan() {
    let mut noted = step("s3.bucket", "bucket", Action::None, vec![]);
    noted.notes.push("holds 12 objects".into());
    let replaced = Reason::Replaced(Address::new("role"));
    let mut topic = step("sns.topic", "topic", Action::Create, vec![new("display_name", json!("Cloud 101"))]);
    let tags = json!({"password": "hunter2", "hunter2": "x", "course": "one"});
    topic.after =
        After::Whole(as_shown(&json!({"display_name": "Cloud 101", "kms_key": "(known after apply)", "tags": tags})));
    let mut function =
        step("lambda.function", "function", Action::Update, vec![from_to("role", json!("a"), json!("a"), replaced)]);
    function.before = Some(as_shown(&json!({"role": "a", "environment": {"TOKEN": "(sensitive)"}, "memory_mib": 512})));
    function.after =
        After::Whole(as_shown(&json!({"role": "a", "environment": {"TOKEN": "(sensitive)"}, "memory_mib": 128})));
    function.changes.push(from_to("memory_mib", json!(512), json!(128), Reason::Drift));
    function.changes.push(change("tags.owner", Some(json!("ana")), None, Reason::TakenOut));
    let mut gone = step("s3.bucket", "gone", Action::Delete, vec![]);
    gone.origin = Origin::Orphan;
    let mut second = step("iam.role", "role", Action::Delete, vec![]);
    second.origin = Origin::Orphan;
    let plan = plan(vec![
        noted,
        topic,
        function,
        step("s3.bucket", "data", Action::Adopt, vec![]),
        step("s3.bucket", "old", Action::Release { because: "it existed before: adopted".into() }, vec![]),
        step(
            "ec2.instance",
            "instance",
            Action::Replace { create_first: true, because: NonEmpty::new("image".into()) },
            vec![from_to("image", json!("ami-1"), json!("ami-2"), Reason::File)],
        ),
        step(
            "ec2.instance",
            "asked_for",
            Action::Replace { create_first: false, because: NonEmpty::new("--replace".into()) },
            vec![],
        ),
        step("iam.role", "role", Action::Keep { because: "protect: true".into() }, vec![]),
        gone,
        second,
    ]);
    assert_snapshot!(
        serde_json::to_string_pretty(&PlanDocument::of(&plan, Goal::Apply, None, &Redactor::new(["hunter2"]))).unwrap()
    );
}

#[test]
fn a_copy_that_goes_has_a_reason_of_its_own() {
    let reason = |why: Option<&str>| {
        let mut gone = step("s3.bucket", "home", Action::Delete, vec![]);
        (gone.origin, gone.why) = (Origin::Orphan, why.map(str::to_owned));
        let (plan, redactor) = (plan(vec![gone]), Redactor::default());
        let document = PlanDocument::of(&plan, Goal::Apply, None, &redactor);
        serde_json::to_value(document).unwrap()["resource_changes"][0]["action_reason"].clone()
    };
    assert_eq!(reason(None), "delete_because_no_resource_config");
    assert_eq!(reason(Some("no longer in the roster `students`")), "delete_because_each_key");
}

#[test]
fn trouble() {
    let with_place = PlanError {
        address: Some(Address::new("role")),
        kind: "iam.role".to_owned(),
        is_global: false,
        line: Some(41),
        error: Error::refused("it exists").with_hint("add `adopt: true`"),
    };
    let list = PlanError {
        address: None,
        kind: "sns.topic".to_owned(),
        is_global: false,
        line: None,
        error: Error::timed_out("no answer"),
    };
    let document = ErrorEvent::of_trouble(&[with_place, list], "cloud101.yaml");
    assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
    let failure = ErrorEvent::of_failure("no stack file", Some("name one"));
    assert_snapshot!(serde_json::to_string(&failure).unwrap());
}
