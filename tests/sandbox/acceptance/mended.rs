//! What an emulator does otherwise than AWS, and the sandbox's own shim mends (`src/sandbox/mended.py`): the stacks of
//! the documents can be rehearsed, and nothing differs afterwards.

use std::fs;

use anyhow::{Result, ensure};

use crate::support::fixture::Fixture;

fn lives(name: &str, text: &str) -> Result<()> {
    let fixture = Fixture::shared()?;
    let lesson = fixture.stack(name, text)?;
    let folder = lesson.file().with_file_name("fn");
    fs::create_dir(&folder)?;
    fs::write(folder.join("index.py"), "def handler(event, context):\n    return 1\n")?;
    lesson.apply()?;
    lesson.is_settled()?;
    lesson.destroy()
}

#[test]
fn a_policy_of_aws_itself_is_there() -> Result<()> {
    let policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    lives(
        "mended-policy",
        &format!(
            "resources:\n  role: {{ type: iam.role, assumed_by: lambda.amazonaws.com, policies: [\"{policy}\"] }}\n"
        ),
    )
}

/// The size of the disk is the image's, as AWS has it.
#[test]
fn every_image_that_has_a_name_is_there() -> Result<()> {
    let images = ["al2023", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04", "debian-13", "debian-12"];
    let of = |(n, image): (usize, &&str)| {
        format!(
            "  x{n}: {{ type: ec2.instance, image: {image}, instance_type: t3.micro, root_volume: {{ type: gp3 }} }}\n  \
             a{n}: {{ type: ec2.instance, image: {image}-arm64, instance_type: t4g.micro }}\n"
        )
    };
    let instances: String = images.iter().enumerate().map(of).collect();
    lives("mended-images", &format!("resources:\n{instances}"))
}

#[test]
fn a_rule_for_a_group_keeps_its_description() -> Result<()> {
    let rule = "{ protocol: all, security_group: self, description: between the machines }";
    let group = |rule: &str| format!("resources:\n  inside:\n    type: ec2.security_group\n    ingress: [ {rule} ]\n");
    lives("mended-rule", &group(rule))?;
    let fixture = Fixture::shared()?;
    let lesson = fixture.stack("mended-rule-2", &group(rule))?;
    lesson.apply()?;
    lesson.edit("between the machines", "among the machines")?;
    lesson.apply()?;
    lesson.is_settled()?;
    lesson.destroy()
}

#[test]
fn a_function_may_be_called_url() -> Result<()> {
    lives(
        "url-mended",
        "resources:\n  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n  fn: { type: lambda.function, \
         runtime: python3.13, handler: index.handler, code: fn, role: \"${role.arn}\", timeout_seconds: 5 }\n",
    )
}

/// 118 of 123 recorded instances: a gp2 disk reports its operations, and import took them for a choice.
#[test]
fn what_is_imported_of_a_machine_with_a_gp2_disk_is_a_sound_file() -> Result<()> {
    let fixture = Fixture::shared()?;
    let made = fixture.python(
        "ec2 = client('ec2')\n\
         image = client('ssm').get_parameter(Name='/aws/service/debian/release/12/latest/amd64')['Parameter']['Value']\n\
         disk = lambda device, sort: {'DeviceName': device, 'Ebs': {'VolumeSize': 20, 'VolumeType': sort, 'DeleteOnTermination': device == '/dev/xvda'}}\n\
         vm = ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=1, MaxCount=1,\n    BlockDeviceMappings=[disk('/dev/xvda', 'gp2'), disk('/dev/sdf', 'gp2')])['Instances'][0]\n\
         answer(vm['InstanceId'])",
        &[],
    )?;
    let id = made.as_str().unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("cloud101.yaml");
    let path = file.to_string_lossy();
    fixture.cloud101(&["--sandbox", "import", "ec2.instance", id, "--out", &path])?.exits(0)?;
    let text = fs::read_to_string(&file)?;
    ensure!(text.contains("gp2") && !text.contains("iops"), "{text}");
    fixture.cloud101(&["validate", &path])?.exits(0)?;
    let plan = fixture.cloud101(&["--sandbox", "plan", &path, "--json"])?.exits(0)?.json()?;
    let changes = plan["changes"].as_array().into_iter().flatten();
    let paths: Vec<_> = changes
        .flat_map(|change| change["properties"].as_array().into_iter().flatten())
        .filter_map(|property| property["path"].as_str())
        .collect();
    ensure!(paths.iter().all(|path| path.starts_with("tags.")), "more than tags would change: {paths:?}\n{text}");
    fixture.python("client('ec2').terminate_instances(InstanceIds=sys.argv[1:])", &[id])?;
    Ok(())
}

/// One call takes effect as one. Otherwise what a killed run has begun to launch is seen by the next run without its
/// disks, which then are never bound to it.
#[test]
fn a_machine_is_seen_with_its_disks_or_not_at_all() -> Result<()> {
    let seen = Fixture::alone()?.python(
        "import threading\n\
         image = client('ssm').get_parameter(Name='/aws/service/debian/release/12/latest/amd64')['Parameter']['Value']\n\
         def launches(ec2):\n    \
             for _ in range(20):\n        \
                 made = ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=10, MaxCount=10)['Instances']\n        \
                 ec2.terminate_instances(InstanceIds=[machine['InstanceId'] for machine in made])\n\
         running = [{'Name': 'instance-state-name', 'Values': ['running']}]\n\
         launching, ec2, seen, without = threading.Thread(target=launches, args=[client('ec2')]), client('ec2'), 0, 0\n\
         launching.start()\n\
         while launching.is_alive():\n    \
             for group in ec2.describe_instances(Filters=running)['Reservations']:\n        \
                 seen += len(group['Instances'])\n        \
                 without += sum(not machine['BlockDeviceMappings'] for machine in group['Instances'])\n\
         answer([seen > 0, without])",
        &[],
    )?;
    ensure!(seen == serde_json::json!([true, 0]), "{seen}");
    Ok(())
}

/// A released address is gone, and its tags, which DescribeTags returns for a while, are those of an address.
#[test]
fn nothing_is_left_of_an_address() -> Result<()> {
    lives("mended-address", "resources:\n  address:\n    type: ec2.elastic_ip\n")
}
