//! The library without the program: the example is what the documentation shows.

use std::collections::BTreeMap;

use cloud101::aws::{StandIn, Target};

use crate::fake_aws::{FakeAws, TOPIC};
use crate::program::{Folder, TOPIC_STACK};

#[path = "../../examples/plan_and_apply.rs"]
#[allow(dead_code)]
mod plan_and_apply;

#[test]
fn the_example_plans_and_applies() {
    let (aws, folder) = (FakeAws::for_a_topic(), Folder::with(TOPIC_STACK));
    // With credentials of its own, and nothing of the environment, which all tests share.
    let stand_in = StandIn {
        source: "a test".to_owned(),
        access_key: "test".to_owned(),
        region: "us-east-1".to_owned(),
        servers: vec![("the fake".to_owned(), aws.url.clone())],
        services: BTreeMap::new(),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = || {
        let target = Target { stand_in: Some(stand_in.clone()), ..Target::default() };
        runtime.block_on(plan_and_apply::plan_and_apply(&folder.folder.path().join("cloud101.yaml"), target))
    };
    assert_eq!(run().expect("it works"), ["topic: Create".to_owned(), format!("topic = {TOPIC}")]);
    // Then there is nothing to do.
    assert_eq!(run().expect("it works"), [format!("topic = {TOPIC}")]);
}
