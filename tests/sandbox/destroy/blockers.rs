//! What stands in the way of a destroy, with the real program: it finishes, or says what to type.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{LIMIT, commands};
use crate::support::fixture::{Fixture, Lesson, Said};

const ROLE: &str = "  role:\n    type: iam.role\n    assumed_by: ec2.amazonaws.com\n";
const INSTANCE: &str = "  instance:\n    type: ec2.instance\n    image: al2023\n    instance_type: t3.micro\n";

fn timed(stack: &Lesson<'_>, code: i32) -> Result<Said> {
    let started = Instant::now();
    let ran = stack.run("destroy", &["--yes"])?.exits(code)?;
    ensure!(started.elapsed() < LIMIT, "it took {:?}\n{ran}", started.elapsed());
    Ok(ran)
}

/// Runs the commands that a destroy named; there must be some.
fn type_what_it_says(fixture: &Fixture, ran: &Said) -> Result<()> {
    let typed = commands(&ran.stderr);
    ensure!(!typed.is_empty(), "no command was named\n{ran}");
    fixture.shell(tempfile::tempdir()?.path(), &typed.join("\n"))?.exits(0)?;
    Ok(())
}

/// Attached by hand they go off the role, and stay themselves.
#[test]
fn a_role_with_foreign_policies_goes_and_the_policies_stay() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack("foreign-policies", &format!("resources:\n{ROLE}"))?;
    stack.apply()?;
    let seed = "iam = client('iam')\n\
        document = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}]})\n\
        arn = iam.create_policy(PolicyName='foreign-policy', PolicyDocument=document)['Policy']['Arn']\n\
        iam.attach_role_policy(RoleName='foreign-policies-role', PolicyArn=arn)\n\
        iam.put_role_policy(RoleName='foreign-policies-role', PolicyName='by-hand', PolicyDocument=document)\n\
        answer(arn)";
    let policy = fixture.python(seed, &[])?;
    timed(&stack, 0)?
        .says("! its inline policy by-hand, which is not in the file, is deleted with it")?
        .says("0 left")?;
    let look = "policy = client('iam').get_policy(PolicyArn=sys.argv[1])['Policy']\n\
        answer([policy['PolicyName'], policy['AttachmentCount']])";
    let there = fixture.python(look, &[policy.as_str().unwrap_or_default()])?;
    ensure!(there == json!(["foreign-policy", 0]), "{there}");
    Ok(())
}

/// AWS would delete it and leave the instance without its role.
#[test]
fn a_profile_that_a_foreign_instance_uses_is_not_taken_from_it() -> Result<()> {
    let fixture = Fixture::shared()?;
    let profile = "  profile:\n    type: iam.instance_profile\n    role: ${role.name}\n";
    let stack =
        fixture.stack("used-profile", &format!("resources:\n{ROLE}{profile}  topic:\n    type: sns.topic\n"))?;
    stack.apply()?;
    let seed = "ec2 = client('ec2')\n\
        instance = ec2.run_instances(ImageId='ami-12345678', MinCount=1, MaxCount=1)['Instances'][0]['InstanceId']\n\
        ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={'Name': 'used-profile-profile'})\n\
        answer(instance)";
    let instance = fixture.python(seed, &[])?;
    let instance = instance.as_str().unwrap_or_default();

    let ran = timed(&stack, 1)?.says(&format!("`used-profile-profile` is in use outside this stack, by {instance}"))?;
    let ran = ran.says("profile: not deleted")?.says("topic: deleted")?;
    ensure!(fixture.sorts("used-profile")? == ["profile", "role"], "{ran}");
    let role = "iam = client('iam')\n\
        answer(iam.get_instance_profile(InstanceProfileName='used-profile-profile')['InstanceProfile']['Roles'][0]['RoleName'])";
    ensure!(fixture.python(role, &[])? == "used-profile-role", "the instance lost its role");

    type_what_it_says(&fixture, &ran)?;
    timed(&stack, 0)?.says("0 left")?;
    fixture.python("client('ec2').terminate_instances(InstanceIds=[sys.argv[1]])", &[instance])?;
    Ok(())
}

/// By the file, or by hand behind its back.
#[test]
fn an_instance_that_is_protected_from_termination_says_how_to_unprotect_it() -> Result<()> {
    let fixture = Fixture::shared()?;
    for (name, by_file) in [("protected-by-file", true), ("protected-by-hand", false)] {
        let protection = if by_file { "    termination_protection: true\n" } else { "" };
        let stack = fixture.stack(name, &format!("resources:\n{INSTANCE}{protection}"))?;
        stack.apply()?;
        if !by_file {
            let protect = "ec2 = client('ec2')\n\
                found = ec2.describe_instances(Filters=[{'Name': 'tag:cloud101:stack', 'Values': [sys.argv[1]]}])\n\
                id = found['Reservations'][0]['Instances'][0]['InstanceId']\n\
                ec2.modify_instance_attribute(InstanceId=id, DisableApiTermination={'Value': True})";
            fixture.python(protect, &[name])?;
        }
        let ran = timed(&stack, 1)?.says("instance: not deleted")?.says("OperationNotPermitted")?;
        let ran = ran.says("it has termination protection")?.says("1 left")?;
        ensure!(ran.stdout.contains("! `termination_protection: true`") == by_file, "{ran}");
        type_what_it_says(&fixture, &ran)?;
        timed(&stack, 0)?.says("0 left")?;
        ensure!(fixture.marked(name)?.is_empty(), "left: {:?}", fixture.marked(name)?);
    }
    Ok(())
}

/// The file says so only now, and no apply has marked it: it stays, with what it could not do without.
#[test]
fn what_is_to_be_retained_only_now_stays_and_keeps_what_it_needs() -> Result<()> {
    let fixture = Fixture::shared()?;
    let firewall = "  firewall:\n    type: ec2.security_group\n";
    let uses = "    security_group_ids: ['${firewall.id}']\n";
    let text = format!("resources:\n{firewall}{INSTANCE}{uses}  topic:\n    type: sns.topic\n");
    let stack = fixture.stack("retained-now", &text)?;
    stack.apply()?;
    stack.edit("    instance_type: t3.micro\n", "    instance_type: t3.micro\n    on_destroy: retain\n")?;

    let ran = timed(&stack, 0)?.says("on_destroy: retain")?.says("instance is kept and depends on it")?;
    let ran = ran.says("2 kept, as the stack says")?.says("1 destroyed")?;
    ensure!(fixture.sorts("retained-now")? == ["group", "instance", "volume"], "{ran}");
    // And a second time, when there is nothing to do.
    timed(&stack, 0)?.says("2 kept")?;
    stack.run("destroy", &["--yes", "--prove"])?.exits(0)?.says("2 kept")?.says("0 left")?;

    stack.edit("    on_destroy: retain\n", "")?;
    stack.destroy()
}
