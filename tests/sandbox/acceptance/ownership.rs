//! What the stack owns, what it takes over, and what others changed by hand.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::support::fixture::{Fixture, Lesson};

/// A bucket that was there before is taken over only when the file says so, and stays when the class is over.
#[test]
fn what_was_there_before_is_adopted_and_released() -> Result<()> {
    const LOOK: &str = "name = sys.argv[1]\n\
        answer({'tags': tags_of_bucket(name), 'versioning': client('s3').get_bucket_versioning(Bucket=name).get('Status'),\n\
        \x20       'object': client('s3').get_object(Bucket=name, Key='notes')['Body'].read().decode()})";
    let fixture = Fixture::shared()?;
    let make = "s3, name = client('s3'), sys.argv[1]\n\
        s3.create_bucket(Bucket=name)\n\
        s3.put_bucket_tagging(Bucket=name, Tagging={'TagSet': [{'Key': 'owner', 'Value': 'ana'}]})\n\
        s3.put_object(Bucket=name, Key='notes', Body=b'of last year')";
    let name = "accept-adopted-notes";
    fixture.python(make, &[name])?;
    let bucket = format!(
        "resources:\n  topic:\n    type: sns.topic\n  bucket:\n    type: s3.bucket\n    name: {name}\n    versioning: true\n"
    );
    let stack = fixture.stack("accept-adopt", &bucket)?;

    let ran = stack.run("apply", &["--yes"])?.exits(1)?;
    let ran = ran.says("`accept-adopted-notes` exists and does not have this stack's ownership tags")?;
    ran.says("adopt: true")?.says("cloud101.yaml:6")?;
    ensure!(fixture.marked("accept-adopt")?.is_empty(), "something was made");
    let before = json!({"tags": {"owner": "ana"}, "versioning": null, "object": "of last year"});
    let there = fixture.python(LOOK, &[name])?;
    ensure!(there == before, "it was changed: {there}");

    stack.edit("    versioning: true\n", "    versioning: true\n    adopt: true\n")?;
    stack.apply()?.says("bucket: adopted")?;
    stack.is_settled()?;
    let there = fixture.python(LOOK, &[name])?;
    ensure!(there["tags"]["owner"] == "ana" && there["tags"]["cloud101:stack"] == "accept-adopt", "{there}");
    ensure!(there["versioning"] == "Enabled" && there["object"] == "of last year", "{there}");

    stack.run("destroy", &["--yes", "--empty-buckets"])?.exits(0)?.says("bucket: released")?.says("0 left")?;
    let left = fixture.marked("accept-adopt")?;
    ensure!(left.is_empty(), "{left:?}");
    let there = fixture.python(LOOK, &[name])?;
    ensure!(there == json!({"tags": {"owner": "ana"}, "versioning": "Enabled", "object": "of last year"}), "{there}");
    Ok(())
}

/// What another stack made is not taken silently either.
#[test]
fn another_stacks_resource_is_left_alone() -> Result<()> {
    let fixture = Fixture::shared()?;
    let text = "resources:\n  topic:\n    type: sns.topic\n    name: accept-shared\n    display_name: ours\n";
    let (one, two) = (fixture.stack("accept-one", text)?, fixture.stack("accept-two", text)?);
    one.apply()?;
    two.run("apply", &["--yes"])?.exits(1)?.says("belongs to the stack `accept-one`")?;
    two.run("destroy", &["--yes"])?.exits(0)?;
    one.is_settled()?;
    one.destroy()
}

/// The lesson's stack, applied, whose bucket is its own and keeps versions, and whose function says its memory.
fn versioned_lesson<'a>(fixture: &'a Fixture, name: &str) -> Result<Lesson<'a>> {
    let stack = fixture.lesson(name)?;
    stack.edit(
        "    adopt: true # exists since last year? Use that one; then `destroy` keeps it.\n",
        "    versioning: true\n",
    )?;
    stack.edit("    timeout_seconds: 10\n", "    timeout_seconds: 10\n    memory_mib: 256\n")?;
    stack.apply()?;
    Ok(stack)
}

/// What is changed by hand is called drift, and goes back to what the file says.
#[test]
fn drift_is_shown_and_mended() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = versioned_lesson(&fixture, "accept-drift")?;
    stack.is_settled()?;

    let drifted = fixture.python(include_str!("drift.py"), &[&stack.name, "drift"]);
    drifted.context("changing by hand")?;
    let changes = stack.changes()?;
    let expected = [
        "bucket: update versioning(drift)",
        "firewall: update ingress(drift) tags.course(drift)",
        "function: update memory_mib(drift) environment(drift)",
        "instance: update state(drift)",
        "policy: update document(drift)",
        "role: update policies(drift)",
        "topic: update display_name(drift)",
    ];
    ensure!(changes == expected, "{changes:#?}");
    stack.run("plan", &["--detailed-exitcode"])?.exits(2)?.says("drift")?;
    stack.run("show", &[])?.exits(0)?.says("7 different.")?;
    stack.apply()?.says("7 changed")?;
    stack.is_settled()?;

    let mended = fixture.python(include_str!("drift.py"), &[&stack.name, "look"])?;
    let expected = json!({
        "versioning": "Enabled", "display_name": "cloud101", "memory": 256, "variables": ["TOPIC_ARN"],
        "ports": [22], "attached": 1, "statements": 2, "state": "running", "foreign_tag": "stays",
    });
    ensure!(mended == expected, "{mended:#}");
    stack.destroy()
}

/// What leaves the file leaves the account: properties go back to AWS's default, resources are deleted.
#[test]
fn what_is_taken_out_of_the_file_goes() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = versioned_lesson(&fixture, "accept-out")?;

    stack.edit("    versioning: true\n", "")?;
    stack.edit("    display_name: cloud101\n", "")?;
    stack.edit("    timeout_seconds: 10\n    memory_mib: 256\n", "")?;
    let text = stack.text()?;
    let (before, rest) = text.split_once("  # The firewall").context("no firewall")?;
    let (_, after) = rest.split_once("outputs:\n").context("no outputs")?;
    let (after, _) = after.split_once("  instance: ").context("no output of the instance")?;
    stack.write(&format!("{before}outputs:\n{after}"))?;

    let changes = stack.changes()?;
    let expected = [
        "bucket: update versioning(taken_out)",
        "firewall: delete",
        "function: update memory_mib(taken_out) timeout_seconds(taken_out)",
        "instance: delete",
        "topic: update display_name(taken_out)",
    ];
    ensure!(changes == expected, "{changes:#?}");
    stack.apply()?.says("0 added, 3 changed, 2 destroyed")?;
    stack.is_settled()?;

    let left = fixture.sorts("accept-out")?;
    ensure!(left == ["lambda", "logs", "policy", "role", "s3", "sns"], "{left:?}");
    let code = "function = client('lambda').get_function_configuration(FunctionName=sys.argv[1])\n\
        topic = client('sns').get_topic_attributes(TopicArn=f'arn:aws:sns:us-east-1:000000000000:{sys.argv[1]}-topic')\n\
        bucket = client('s3').get_bucket_versioning(Bucket=sys.argv[1] + '-bucket')\n\
        answer([function['MemorySize'], function['Timeout'], topic['Attributes'].get('DisplayName', ''), bucket['Status']])";
    let now = fixture.python(code, &["accept-out"])?;
    ensure!(now == json!([128, 3, "", "Suspended"]), "{now}");
    stack.destroy()
}
