//! Nothing foreign is touched: the same names, look-alike tags, tags that were taken off, another account or region.

use anyhow::{Result, ensure};

use crate::support::fixture::Fixture;
use crate::support::inspector::differences;
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::{EVERY_KIND, LESSON};

/// What AWS names, under the names that the stack wants, without a mark.
const SAME_NAMES: &str = "name = sys.argv[1]\n\
    role = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'lambda.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}\n\
    client('sns').create_topic(Name=f'{name}-topic', Attributes={'DisplayName': 'foreign'})\n\
    client('s3').create_bucket(Bucket=f'{name}-bucket')\n\
    client('sesv2').create_email_identity(EmailIdentity=f'{name}@example.edu')\n\
    client('iam').create_role(RoleName=f'{name}-role', AssumeRolePolicyDocument=json.dumps(role), Path=f'/cloud101/{name}/')\n\
    client('iam').create_instance_profile(InstanceProfileName=f'{name}-profile', Path=f'/cloud101/{name}/')\n\
    client('iam').create_group(GroupName=f'{name}-group', Path=f'/cloud101/{name}/')\n\
    client('iam').create_user(UserName=f'{name}-user', Path=f'/cloud101/{name}/')\n\
    client('ec2').create_security_group(GroupName=f'{name}-firewall', Description='foreign')\n\
    client('ec2').create_key_pair(KeyName=f'{name}-key')";

#[test]
fn what_has_the_same_names_and_no_mark_is_left_alone() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &EVERY_KIND, "foreign-names")?;
    run.python(SAME_NAMES)?;
    let before = run.account()?;
    let refused = run.part(Part::Apply)?.exits(1)?.says("adopt: true")?;
    for resource in ["topic", "bucket", "sender", "role", "profile", "group", "user", "firewall", "key"] {
        ensure!(
            refused.stderr.contains(&format!("error[C101-0916]: {resource} (")),
            "nothing is said of {resource}\n{refused}"
        );
    }
    run.part(Part::Destroy)?;
    ensure!(run.proxy.changing_calls().is_empty(), "{:?}", run.proxy.changing_calls());
    let differences = differences(&before, &run.account()?);
    ensure!(differences.is_empty(), "{differences:?}");
    Ok(())
}

/// The marks are taken off what the stack made: it is unmanaged now, and nothing is made beside it.
#[test]
fn what_lost_its_marks_is_unmanaged() -> Result<()> {
    const TAKE_OFF: &str = "name = sys.argv[1]\n\
        marks = ['cloud101:stack', 'cloud101:resource', 'cloud101:applied', 'cloud101:keep']\n\
        client('sns').untag_resource(ResourceArn=f'arn:aws:sns:us-east-1:000000000000:{name}-topic', TagKeys=marks)\n\
        client('iam').untag_role(RoleName=f'{name}-role', TagKeys=marks)";
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &LESSON, "foreign-unmarked")?;
    run.complete(Part::Apply)?;
    run.python(TAKE_OFF)?;
    let before = run.account()?;
    let refused = run.part(Part::Apply)?.exits(1)?.says("exists and does not have this stack's ownership tags")?;
    ensure!(
        refused.stderr.contains("error[C101-0916]: topic (") && refused.stderr.contains("error[C101-0916]: role ("),
        "{refused}"
    );
    ensure!(run.proxy.changing_calls().is_empty(), "{:?}", run.proxy.changing_calls());
    let differences = differences(&before, &run.account()?);
    ensure!(differences.is_empty(), "{differences:?}");

    // As the error says: taken over, they are the stack's again.
    run.lesson.edit(
        "    display_name: cloud101\n",
        "    display_name: cloud101\n    adopt: true\n    on_destroy: delete\n",
    )?;
    run.lesson.edit(
        "    assumed_by: lambda.amazonaws.com\n",
        "    assumed_by: lambda.amazonaws.com\n    adopt: true\n    on_destroy: delete\n",
    )?;
    run.complete(Part::Apply)?.says("adopted")?;
    run.ends()
}

/// The mark of another stack on something of the same name, and this stack's mark on what it never made.
#[test]
fn look_alike_tags_give_nothing_away() -> Result<()> {
    const LOOK_ALIKE: &str = "name = sys.argv[1]\n\
        tags = lambda stack: [{'Key': 'cloud101:stack', 'Value': stack}, {'Key': 'cloud101:resource', 'Value': 'topic'}]\n\
        client('sns').create_topic(Name=f'{name}-topic', Tags=tags('another'))\n\
        client('sns').create_topic(Name=f'{name}x-topic', Tags=tags(name + 'x'))\n\
        client('sns').create_topic(Name=f'another-{name}', Tags=[{'Key': 'cloud101:stack', 'Value': name}])\n\
        client('sns').create_topic(Name=f'looks-{name}', Tags=[{'Key': 'Cloud101:Stack', 'Value': name}])";
    let fixture = Fixture::shared()?;
    let run = Run::of_stack(&fixture, "foreign-tags", "resources:\n  topic:\n    type: sns.topic\n")?;
    run.python(LOOK_ALIKE)?;
    run.cloud101("apply", &["--yes"])?.exits(1)?.says("belongs to the stack `another`")?;
    let ran = run.cloud101("destroy", &["--yes"])?.exits(1)?.says("1 left, and carries the tag")?;
    ensure!(
        ran.stdout.contains(":another-foreign-tags\n    to delete it: ") && !ran.stdout.contains("looks-"),
        "{ran}"
    );
    ensure!(run.proxy.changing_calls().is_empty(), "{:?}", run.proxy.changing_calls());
    Ok(())
}

/// A copy of all tags of what the stack made, as the EC2 console's "launch more like this" does.
#[test]
fn a_copy_of_the_marks_is_not_the_stacks() -> Result<()> {
    const COPY: &str = "name = sys.argv[1]\n\
        ours = [{'Name': 'tag:cloud101:stack', 'Values': [name]}]\n\
        instance = client('ec2').describe_instances(Filters=ours)['Reservations'][0]['Instances'][0]\n\
        tags = [{'ResourceType': 'instance', 'Tags': instance['Tags']}]\n\
        client('ec2').run_instances(ImageId=instance['ImageId'], MinCount=1, MaxCount=1, TagSpecifications=tags)\n\
        topic = f'arn:aws:sns:us-east-1:000000000000:{name}-topic'\n\
        client('sns').create_topic(Name=f'copied-{name}', Tags=client('sns').list_tags_for_resource(ResourceArn=topic)['Tags'])";
    const LEFT: &str = "running = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}, {'Name': 'instance-state-name', 'Values': ['running']}]\n\
        topics = [t['TopicArn'] for t in every('sns', 'list_topics', 'Topics') if t['TopicArn'].endswith(':copied-' + sys.argv[1])]\n\
        answer([len(client('ec2').describe_instances(Filters=running)['Reservations']), len(topics)])";
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &LESSON, "foreign-copied")?;
    run.complete(Part::Apply)?;
    run.python(COPY)?;
    run.is_settled()?;
    let ran = run.part(Part::Destroy)?.exits(1)?.says("2 left, and carry the tag")?;
    ensure!(ran.stdout.contains("  ec2.instance  ") && ran.stdout.contains("copied-foreign-copied"), "{ran}");
    run.cloud101("destroy", &["--yes", "--prove"])?.exits(1)?.says("it may be a copy")?;
    let left = run.python(LEFT)?;
    ensure!(left == serde_json::json!([1, 1]), "{left}");

    // Not even where the file names the copy.
    run.lesson.edit("type: sns.topic\n", "type: sns.topic\n    name: copied-foreign-copied\n")?;
    let shown = run.cloud101("show", &["--json"])?.exits(0)?.json()?;
    let topic = shown["resources"].as_array().into_iter().flatten().find(|one| one["address"] == "topic");
    ensure!(topic.is_some_and(|topic| topic["state"] == "not_ours"), "{shown}");
    Ok(())
}

/// The file's account and region hold before anything is changed, or even looked at.
#[test]
fn another_account_or_region_is_refused() -> Result<()> {
    let fixture = Fixture::shared()?;
    let text = "account: \"123456789012\"\nresources:\n  topic:\n    type: sns.topic\n";
    let mut run = Run::of_stack(&fixture, "foreign-account", text)?;
    for (command, options) in [("apply", &["--yes"][..]), ("destroy", &["--yes"]), ("plan", &[]), ("show", &[])] {
        run.inject(|_| None)?;
        run.cloud101(command, options)?.exits(1)?.says("account 123456789012")?;
        let calls: Vec<_> = run.proxy.calls().into_iter().map(|call| call.name).collect();
        ensure!(calls == ["sts:GetCallerIdentity"], "{command}: {calls:?}");
    }
    Ok(())
}
