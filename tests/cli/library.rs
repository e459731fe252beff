//! The library without the program: the example is what the documentation shows.

use std::time::Duration;

use cloud101::aws::Target;
use cloud101::sandbox::Running;
use serde_json::json;

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK};

#[path = "../../examples/plan_and_apply.rs"]
#[allow(dead_code)]
mod plan_and_apply;

#[test]
fn the_example_plans_and_applies() {
    let (aws, folder) = (FakeAws::for_a_topic(Duration::ZERO), Folder::with(TOPIC_STACK));
    // Where the sandbox's emulators would be; with test credentials, and nothing of the environment, which all tests share.
    let port: u16 = aws.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let emulator = |name: &str| json!({"emulator": name, "version": "", "pid": 0, "port": port, "log": ""});
    let running =
        json!({"pins": "", "key": "test", "started_at": 0, "emulators": [emulator("ministack"), emulator("moto")]});
    let running: Running = serde_json::from_value(running).expect("a sandbox");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = || {
        let target = Target { sandbox: Some(running.clone()), ..Target::default() };
        runtime.block_on(plan_and_apply::plan_and_apply(&folder.folder.path().join("cloud101.yaml"), target))
    };
    assert_eq!(run().expect("it works"), ["topic: Create".to_owned(), format!("topic = {TOPIC}")]);
    // Then there is nothing to do.
    assert_eq!(run().expect("it works"), [format!("topic = {TOPIC}")]);
}
