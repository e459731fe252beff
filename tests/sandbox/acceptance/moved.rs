//! What has another address than before stays what it is.

use anyhow::{Result, ensure};

use crate::support::fixture::Fixture;

const RESOURCES: &str = "resources:\n  \
    ADDRESS: { type: ec2.elastic_ip, instance: '${VM.id}' }\n  \
    DISK: { type: ec2.volume, size_gib: 1, availability_zone: us-east-1a }\n  \
    VM: { type: ec2.instance, image: al2023, instance_type: t3.micro }\n  \
    NEWS: { type: sns.topic }\n  \
    home: { type: s3.bucket, for_each: students, name: 'NAME-${each.key}' }\n  \
    desk: { type: sqs.queue, for_each: students, tags: { of: '${home.arn}' } }\n";

/// The stack with these words in it.
fn text(name: &str, students: &str, words: [&str; 4], moved: &str) -> String {
    let mut resources = RESOURCES.replace("NAME", name);
    for (word, new) in ["ADDRESS", "DISK", "VM", "NEWS"].into_iter().zip(words) {
        resources = resources.replace(word, new);
    }
    format!("rosters: {{ students: [{students}] }}\nmoved: {{ {moved} }}\n{resources}")
}

#[test]
fn what_has_another_address_keeps_all_but_its_tags() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "accept-moved";
    let before = text(name, "ana, bo", ["address", "disk", "instance", "topic"], "");
    let stack = fixture.stack(name, &before)?;
    stack.apply()?;
    let there = fixture.marked(name)?;

    let moved = "address: ip, disk: data, machine: instance, topic: news, 'students[ana]': 'students[anna]'";
    let head = stack.text()?.replace(&before, "");
    stack.write(&format!("{head}{}", text(name, "anna, bo", ["ip", "data", "machine", "news"], moved)))?;
    let ran = stack.run("plan", &[])?.exits(0)?.says("0 to add, 6 to change, 0 to destroy")?;
    ran.says("it was `instance`: its tags follow")?.says("it and 1 more were those of `ana`: their tags follow")?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("0 added, 6 changed, 0 destroyed")?;
    ensure!(fixture.marked(name)? == there, "something else is there than before");
    stack.is_settled()?;
    stack.run("show", &[])?.exits(0)?.says("✓ machine  ec2.instance  accept-moved-instance")?;

    // Without the line of the person nothing goes, and a plan names it.
    let [all, person] =
        ["address: ip, disk: data, machine: instance, topic: news", "'students[ana]': 'students[anna]'"];
    let words = ["ip", "data", "machine", "news"];
    stack.write(&format!("{head}{}", text(name, "anna, bo", words, all)))?;
    let ran = stack.run("plan", &[])?.exits(1)?.says("No changes in the resources that could be planned.")?;
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(said.contains("put the line `students[\"ana\"]: students[\"anna\"]` back under `moved:`"), "{ran}");
    ensure!(said.matches("under `moved:`").count() == 2, "it is said more than once: {ran}");
    // It is so for all that is hers, and what to type instead works as it stands there.
    let changed = text(name, "anna, bo", words, all).replace("tags: { of:", "tags: { year: '2', of:");
    stack.write(&format!("{head}{changed}"))?;
    let ran = stack.run("apply", &["--yes"])?.exits(1)?.says("Apply incomplete: 1 done, 2 not planned")?;
    ensure!(!ran.stderr.contains("--only"), "{ran}");
    let ran = stack.run("plan", &["--replace", "home[\"anna\"]", "--replace", "desk[\"anna\"]"])?.exits(0)?;
    ran.says("2 to add, 0 to change, 2 to destroy")?;
    let with_all = changed.replace(all, &format!("{all}, {person}"));
    stack.write(&format!("{head}{with_all}"))?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("0 added, 1 changed, 0 destroyed")?;
    ensure!(fixture.marked(name)? == there, "something else is there than before");

    // The line stays: nothing is found under the earlier addresses any more.
    stack.run("destroy", &["--yes", "--only", "anna"])?.exits(0)?.says("2 destroyed")?;
    stack.destroy()
}
