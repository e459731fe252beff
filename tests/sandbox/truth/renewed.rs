//! What a change gives a new value: the plan calls it unknown, the run sets what refers to it, and the next plan is
//! empty.

use anyhow::{Result, ensure};

use crate::support::fixture::Fixture;
use crate::support::scenario::Run;

const FILE: &str = "resources:\n\
    \x20 vm: { type: ec2.instance, image: al2023, instance_type: t3.micro }\n\
    \x20 topic: { type: sns.topic, display_name: \"ip ${vm.public_ip}\" }\n\
    \x20 bucket: { type: s3.bucket, empty_on_destroy: true, versioning: true }\n\
    \x20 page: { type: s3.object, bucket: \"${bucket.name}\", key: page.txt, content: first }\n\
    \x20 notes: { type: sns.topic, display_name: \"${page.etag}\", tags: { version: \"${page.version_id}\" } }\n\
    outputs:\n\
    \x20 ip: ${vm.public_ip}\n";

#[test]
fn what_refers_to_a_new_address_is_set_in_the_same_run() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = Run::of_stack(&fixture, "renewed", FILE)?;
    run.cloud101("apply", &["--yes"])?.exits(0)?;
    for (old, new) in
        [("t3.micro", "t3.small"), ("content: first", "content: second"), ("t3.small", "t3.small, state: stopped")]
    {
        run.lesson.edit(old, new)?;
        let plan = run.cloud101("plan", &["--detailed-exitcode"])?.exits(2)?;
        ensure!(plan.stdout.contains("(known after apply)"), "{plan}");
        ensure!(plan.stdout.contains("changes, and AWS assigns a new value"), "{plan}");
        run.apply()?;
    }
    run.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}
