//! A security group that something uses, which the emulator does not know of: the proxy refuses as AWS does. And what a
//! function in a VPC leaves for a while: Lambda's network interfaces.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::{Destroyed, LIMIT, commands, destroy, only_failure};
use crate::proxy::{Call, Fault};
use crate::support::fixture::Fixture;

const FIREWALL: &str = "resources:\n  firewall:\n    type: ec2.security_group\n  topic:\n    type: sns.topic\n";

/// AWS's answer where something uses the group.
fn in_use(call: &Call) -> Option<Fault> {
    let refused = || Fault::refuse(400, "DependencyViolation", "resource has a dependent object");
    (call.name == "ec2:DeleteSecurityGroup").then(refused)
}

/// The same while Lambda has not given its interfaces back, for so long after the first question about them.
fn in_use_by_lambda(limit: Duration) -> impl Fn(&Call) -> Option<Fault> + Send + Sync {
    let since = OnceLock::new();
    move |call| {
        if !["ec2:DeleteSecurityGroup", "ec2:DescribeNetworkInterfaces"].contains(&call.name.as_str())
            || since.get_or_init(Instant::now).elapsed() >= limit
        {
            return None;
        }
        match call.name.as_str() {
            "ec2:DescribeNetworkInterfaces" => Some(Fault::answer(interfaces())),
            _ => in_use(call),
        }
    }
}

/// DescribeNetworkInterfaces as AWS answers it for a group of a function that was just deleted.
fn interfaces() -> String {
    let item = "<networkInterfaceId>eni-0abc</networkInterfaceId><status>in-use</status><interfaceType>lambda</interfaceType>\
                <description>AWS Lambda VPC ENI-class-0a1b</description><requesterManaged>true</requesterManaged>\
                <attachment><attachmentId>ela-attach-0abc</attachmentId><status>attached</status></attachment>";
    format!(
        "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>{item}</item></networkInterfaceSet>\
         </DescribeNetworkInterfacesResponse>"
    )
}

/// The instance and the group are foreign and live on: waiting would not help.
#[tokio::test(flavor = "multi_thread")]
async fn what_uses_a_group_is_named_at_once_and_its_command_frees_it() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack("used-by-others", FIREWALL)?;
    stack.apply()?;
    let seed = "ec2 = client('ec2')\n\
        group = ec2.describe_security_groups(Filters=[{'Name': 'tag:cloud101:stack', 'Values': ['used-by-others']}])['SecurityGroups'][0]\n\
        other = ec2.create_security_group(GroupName='foreign', Description='x', VpcId=group['VpcId'])['GroupId']\n\
        ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[{'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22,\n\
        \x20   'UserIdGroupPairs': [{'GroupId': group['GroupId']}]}])\n\
        instance = ec2.run_instances(ImageId='ami-12345678', MinCount=1, MaxCount=1, SecurityGroupIds=[group['GroupId']])['Instances'][0]\n\
        answer([group['GroupId'], other, instance['InstanceId']])";
    let ids: Vec<String> = serde_json::from_value(fixture.python(seed, &[])?)?;
    let (group, other, instance) = (&ids[0], &ids[1], &ids[2]);
    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    let warning = format!("! the instance {instance} (");
    ensure!(plan.stdout.contains(&warning) && plan.stdout.contains(&format!("a rule of the group {other}")), "{plan}");

    let Destroyed { summary, took, .. } = destroy(&stack.file(), &stack.name, false, in_use).await?;
    ensure!(took < Duration::from_secs(20), "it waited {took:?} for what won't go by itself");
    ensure!(summary.done.len() == 1 && summary.skipped.is_empty(), "the topic goes all the same: {summary:?}");
    let (error, advice) = only_failure(&summary)?;
    for words in [group, &format!("the instance {instance}"), &format!("a rule of the group {other}")] {
        ensure!(error.contains(words.as_str()), "{words} is not in: {error}");
    }
    ensure!(error.matches("not this stack's").count() == 2, "{error}");

    let typed = commands(&advice);
    ensure!(typed.len() == 2, "{advice}");
    fixture.shell(tempfile::tempdir()?.path(), &typed.join("\n"))?.exits(0)?;
    let look = "ec2 = client('ec2')\n\
        users = ec2.describe_network_interfaces(Filters=[{'Name': 'group-id', 'Values': [sys.argv[1]]}])['NetworkInterfaces']\n\
        rules = ec2.describe_security_groups(GroupIds=[sys.argv[2]])['SecurityGroups'][0]['IpPermissions']\n\
        answer([len(users), len(rules)])";
    let left = fixture.python(look, &[group, other])?;
    ensure!(left == serde_json::json!([0, 0]), "after {typed:?} there are still users and rules: {left}");
    stack.destroy()?;
    fixture.python("client('ec2').terminate_instances(InstanceIds=[sys.argv[1]])", &[instance])?;
    Ok(())
}

/// Lambda gives its interfaces back by itself, but not within a minute.
#[tokio::test(flavor = "multi_thread")]
async fn what_lambda_has_not_given_back_is_left_to_a_later_run_or_awaited_on_request() -> Result<()> {
    let fixture = Fixture::shared()?;
    let subnet = fixture.python("answer(client('ec2').describe_subnets()['Subnets'][0]['SubnetId'])", &[])?;
    let function = format!(
        "  role:\n    type: iam.role\n    assumed_by: lambda.amazonaws.com\n\
         \x20 function:\n    type: lambda.function\n    runtime: python3.13\n    handler: index.handler\n    code: index.py\n\
         \x20   role: ${{role.arn}}\n    vpc: {{ subnet_ids: [{subnet}], security_group_ids: ['${{firewall.id}}'] }}\n"
    );
    let hasty = fixture.stack("lambda-hasty", &format!("{FIREWALL}{function}"))?;
    let patient = fixture.stack("lambda-patient", FIREWALL)?;
    std::fs::write(hasty.file().with_file_name("index.py"), "def handler(event, context):\n    return event\n")?;
    hasty.apply()?;
    patient.apply()?;
    let (forever, a_while) = (Duration::from_secs(3600), Duration::from_secs(55));
    let (hasty_file, patient_file) = (hasty.file(), patient.file());
    let (left, awaited) = tokio::try_join!(
        destroy(&hasty_file, &hasty.name, false, in_use_by_lambda(forever)),
        destroy(&patient_file, &patient.name, true, in_use_by_lambda(a_while)),
    )?;

    let Destroyed { summary, took, .. } = left;
    ensure!(took < LIMIT, "it took {took:?}");
    ensure!(summary.done.len() == 3, "function, role and topic go all the same: {summary:?}");
    let (error, advice) = only_failure(&summary)?;
    ensure!(error.contains("the network interface eni-0abc of AWS Lambda"), "{error}");
    for words in ["20 to 40 minutes", "same command again", "--wait"] {
        ensure!(advice.contains(words), "{words:?} is not in: {advice}");
    }
    hasty.destroy().context("a later run")?;

    let Destroyed { summary, took, .. } = awaited;
    ensure!(summary.is_complete() && took > Duration::from_secs(50), "after {took:?}: {summary:?}");
    Ok(())
}
