//! A file whose region changed, or another `--region`: what stays where it was is named.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::proof::{event, listed};
use crate::support::fixture::Fixture;

#[test]
fn a_machine_of_the_region_that_the_file_named_before_is_found() -> Result<()> {
    let fixture = Fixture::everywhere()?;
    let vm = "resources:\n  vm: { type: ec2.instance, image: al2023, instance_type: t3.micro }\n";
    let stack = fixture.stack("moved-vm", vm)?;
    stack.apply()?;
    stack.edit("region: us-east-1", "region: eu-central-1")?;
    let ran = stack.run("destroy", &["--yes"])?.exits(1)?.says("Nothing to destroy.")?;
    let ran = ran.says("1 left in us-east-1, and carries the tag of stack moved-vm, which is now in eu-central-1:")?;
    ensure!(!ran.stdout.contains("0 left"), "{ran}");
    ensure!(ran.stdout.contains("  vm  ec2.instance  moved-vm-vm  i-"), "{ran}");
    // The command that it says.
    let command = ran.stdout.split('`').find(|word| word.contains("--region us-east-1 destroy"));
    let file = stack.file().display().to_string();
    ensure!(command.is_some_and(|command| command.ends_with(&file)), "{ran}");
    stack.run("destroy", &["--yes", "--region", "us-east-1"])?.exits(0)?.says("0 left: nothing in us-east-1,")?;
    let ran = stack.run("destroy", &["--yes"])?.exits(0)?.says("0 left: nothing in eu-central-1, in IAM or in")?;
    ensure!(ran.stdout.contains("other regions has the ownership tags"), "{ran}");
    Ok(())
}

/// Every kind that a region can have, where `--region` was another for the apply than for the destroy.
#[test]
fn each_kind_is_found_in_another_region() -> Result<()> {
    let resources = "resources:\n\
        \x20 queue: { type: sqs.queue }\n\
        \x20 topic: { type: sns.topic }\n\
        \x20 sender: { type: ses.identity, email: moved-all@example.edu }\n\
        \x20 role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n\
        \x20 function: { type: lambda.function, runtime: python3.13, handler: index.handler, code: index.py, role: \"${role.arn}\" }\n\
        \x20 layer: { type: lambda.layer, code: index.py }\n\
        \x20 bucket: { type: s3.bucket, name: moved-all-bucket }\n\
        \x20 firewall: { type: ec2.security_group, description: ssh }\n\
        \x20 key: { type: ec2.key_pair, public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/ }\n\
        \x20 vm: { type: ec2.instance, image: al2023, instance_type: t3.micro }\n";
    let fixture = Fixture::everywhere()?;
    let stack = fixture.stack("moved-all", resources)?;
    let code = stack.file().with_file_name("index.py");
    std::fs::write(code, "def handler(event, context):\n    return event\n")?;
    stack.run("apply", &["--yes", "--region", "eu-west-3"])?.exits(0)?;
    // A bucket of another region that the file names is refused before.
    stack.edit("  bucket: { type: s3.bucket, name: moved-all-bucket }\n", "")?;
    let ran = stack.run("destroy", &["--yes", "--json"])?.exits(1)?;
    let leftovers = event(&ran, "leftovers")?;
    let found = leftovers["resources"].as_array().into_iter().flatten();
    let found: BTreeSet<_> =
        found.filter(|one| one["region"] == "eu-west-3").filter_map(|one| one["type"].as_str()).collect();
    let expected: BTreeSet<_> = [
        "sqs.queue",
        "sns.topic",
        "ses.identity",
        "lambda.function",
        "lambda.layer",
        "s3.bucket",
        "ec2.security_group",
        "ec2.key_pair",
        "ec2.instance",
    ]
    .into();
    ensure!(found == expected && leftovers["left"] == expected.len(), "{leftovers:#}");
    stack.run("destroy", &["--yes", "--region", "eu-west-3"])?.exits(0)?.says("0 left: nothing in eu-west-3,")?;
    let proof = stack.run("destroy", &["--yes", "--prove", "--json"])?.exits(0)?;
    ensure!(listed(&event(&proof, "proof")?["resources"]).is_empty(), "{proof}");
    Ok(())
}

/// A disk that is to be kept is kept, whichever look finds it, and however often.
#[test]
fn a_disk_that_is_kept_is_never_called_left() -> Result<()> {
    let vm = "resources:\n\
        \x20 vm:\n\
        \x20   type: ec2.instance\n\
        \x20   image: al2023\n\
        \x20   instance_type: t3.micro\n\
        \x20   volumes: [{ device: /dev/sdf, size_gib: 1, delete_with_instance: false }]\n";
    let fixture = Fixture::everywhere()?;
    let stack = fixture.stack("kept-disk", vm)?;
    stack.apply()?;
    for options in [&["--yes"][..], &["--yes"], &["--yes", "--prove"]] {
        stack.run("destroy", options)?.exits(0)?.says("1 kept")?.says("0 left: nothing else")?;
    }
    // Elsewhere too.
    stack.edit("region: us-east-1", "region: eu-central-1")?;
    stack.run("destroy", &["--yes"])?.exits(0)?.says("1 kept")?.says("0 left: nothing else in eu-central-1")?;
    Ok(())
}
