//! The library without the program: the example is what the documentation shows.

use std::time::Duration;

use cloud101::aws::Target;

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK};

#[path = "../../examples/plan_and_apply.rs"]
#[allow(dead_code)]
mod plan_and_apply;

#[test]
fn the_example_plans_and_applies() {
    let (aws, folder) = (FakeAws::for_a_topic(Duration::ZERO), Folder::with(TOPIC_STACK));
    // A profile of its own, since the test's environment belongs to all tests.
    folder.write("credentials", "[lesson]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = || {
        let target = Target { endpoint_url: Some(aws.url.clone()), http_client: None, ..Target::default() };
        runtime.block_on(plan_and_apply::plan_and_apply(&folder.folder.path().join("cloud101.yaml"), target))
    };
    assert_eq!(run().expect("it works"), ["topic: Create".to_owned(), format!("topic = {TOPIC}")]);
    // Then there is nothing to do.
    assert_eq!(run().expect("it works"), [format!("topic = {TOPIC}")]);
}
