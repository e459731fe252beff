//! Functions that AWS is deleting already, which lasts while a durable execution that was begun still runs (API: State).

use std::time::Duration;

use serde_json::json;

use super::{Function, Spec};
use crate::aws::wait::clock::Clock;
use crate::resource::{Address, Base, Change, Desired, Live, Resource};
use crate::testing::aws::{Aws, no, yes};

/// An account in which AWS is deleting the function for `looks` looks at its state; then it is gone, until one is made.
fn account(looks: usize) -> Aws {
    let (mut looked, mut is_made) = (0, false);
    Aws::with(move |call| {
        let is_going = !is_made && looked < looks;
        let configuration = match (is_made, is_going) {
            (true, _) => json!({ "State": "Active", "LastUpdateStatus": "Successful" }),
            _ => json!({ "State": "Deleting", "StateReason": "durable executions are drained",
                "StateReasonCode": "DrainingDurableExecutions" }),
        };
        let missing = |what: &str| no(404, "ResourceNotFoundException", what);
        match call.name.as_str() {
            name if name.starts_with("logs:") => no(400, "ResourceNotFoundException", "no group"),
            name if name.starts_with("lambda:GET") && (name.contains("/url") || name.ends_with("/policy")) => {
                missing("none")
            }
            name if name.starts_with("lambda:GET") && !is_made && !is_going => missing("Function not found: lesson"),
            name if name.starts_with("lambda:GET") && name.ends_with("/configuration") => {
                looked += 1;
                yes(configuration.to_string())
            }
            name if name.starts_with("lambda:GET") => {
                yes(json!({ "Configuration": configuration, "Tags": {} }).to_string())
            }
            name if name.ends_with("/functions") && is_going => {
                no(409, "ResourceConflictException", "Function already exist: lesson")
            }
            name if name.ends_with("/functions") => {
                is_made = true;
                yes("{}")
            }
            // The same code as for a change that is under way.
            _ if is_going => no(409, "ResourceConflictException", "The operation cannot be performed at this time."),
            _ => missing("Function not found: lesson"),
        }
    })
}

fn desired(folder: &std::path::Path) -> Desired<Spec> {
    std::fs::write(folder.join("index.py"), "").unwrap();
    let spec = json!({ "runtime": "python3.13", "handler": "index.handler", "role": "arn:aws:iam::123456789012:role/r",
        "code": "index.py", "memory_mib": 256 });
    let spec = Function.canonical(serde_json::from_value(spec).unwrap(), &Base::from(folder)).unwrap();
    Desired { address: Address::new("function"), name: "lesson".into(), spec, tags: Default::default(), replaces: None }
}

/// How often a call was made.
fn count(aws: &Aws, what: &str) -> usize {
    aws.names().iter().filter(|name| name.starts_with(what)).count()
}

#[tokio::test]
async fn a_destroy_waits_for_a_function_that_aws_is_deleting_already() {
    let (aws, clock) = (account(9), Clock::default());
    clock.run(Function.delete(&aws.context(), "lesson", false)).await.unwrap();
    // Neither its address nor the function is asked to go again and again.
    assert_eq!(count(&aws, "lambda:DELETE"), 2, "{:?}", aws.names());
    assert!(clock.elapsed() < Duration::from_secs(60), "{:?}", clock.elapsed());
}

#[tokio::test]
async fn a_destroy_says_that_aws_takes_its_time() {
    let (aws, clock) = (account(usize::MAX), Clock::default());
    let error = clock.run(Function.delete(&aws.context(), "lesson", false)).await.unwrap_err();
    assert_eq!(error.message, "AWS is deleting the function lesson, and waits for running invocations to finish");
    assert!(error.hint.as_deref().is_some_and(|hint| hint.starts_with("nothing else is needed")), "{error:?}");
    assert!(clock.elapsed() < Duration::from_secs(90), "not the five minutes of a change: {:?}", clock.elapsed());
}

#[tokio::test]
async fn a_function_is_made_when_the_old_one_of_its_name_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (aws, clock, desired) = (account(6), Clock::default(), desired(folder.path()));
    let mut cx = aws.context();
    cx.base = Base::from(folder.path());
    let made = clock.run(super::write::create(&cx, &desired)).await;
    assert_eq!(count(&aws, "lambda:POST"), 2, "{:?} {:?}", made.err(), aws.names());
    let (aws, clock) = (account(usize::MAX), Clock::default());
    let mut cx = aws.context();
    cx.base = Base::from(folder.path());
    let error = clock.run(super::write::create(&cx, &desired)).await.unwrap_err();
    assert!(error.message.contains("waits for running invocations to finish"), "{error}");
}

#[tokio::test]
async fn nothing_of_it_is_changed_and_that_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (aws, clock, desired) = (account(usize::MAX), Clock::default(), desired(folder.path()));
    let live = Spec { memory_mib: Some(128), ..desired.spec.clone() };
    let live = Live::new("lesson", live, Default::default(), Default::default());
    let change = Change { target: desired.spec.clone(), paths: ["memory_mib".to_owned()].into() };
    let error = clock.run(Function.update(&aws.context(), &desired, &live, &change)).await.unwrap_err();
    let said = "AWS is deleting the function, so it can't be changed any more: durable executions are drained";
    assert_eq!((error.message.as_str(), clock.elapsed()), (said, Duration::ZERO));
}
