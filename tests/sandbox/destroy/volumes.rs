//! Volumes that live on their own: they outlive their machine, the next one gets them, and no foreign disk is one.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::support::fixture::Fixture;
use crate::support::scenario::Run;

const STACK: &str = "resources:\n  data:\n    type: ec2.volume\n    size_gib: 4\n    instance: ${vm.id}\n    device: /dev/sdf\n  \
    vm:\n    type: ec2.instance\n    image: al2023\n    instance_type: t3.micro\n    user_data: \"#!/bin/sh\"\n";

/// `ec2`; the stack's instance, and its zone; its volume, and who has that.
const THERE: &str = "ec2 = client('ec2')\n\
    ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:2]}]\n\
    states = {'Name': 'instance-state-name', 'Values': ['running', 'stopped']}\n\
    vms = [i for r in ec2.describe_instances(Filters=ours + [states])['Reservations'] for i in r['Instances']]\n\
    vm = vms[0] if vms else None\n\
    named = ours + [{'Name': 'tag:cloud101:resource', 'Values': ['data']}]\n\
    volume = ec2.describe_volumes(Filters=named)['Volumes'][0]\n\
    held = volume['Attachments'][0] if volume['Attachments'] else None\n\
    there = {'vm': vm and vm['InstanceId'], 'zone': vm and vm['Placement']['AvailabilityZone'], 'volume': volume['VolumeId'],\n    \
        'of': held and held['InstanceId'], 'as': held and held['Device']}\n";

struct Class<'a>(Run<'a>);

impl<'a> Class<'a> {
    fn applied(fixture: &'a Fixture, name: &str, edit: (&str, &str)) -> Result<Self> {
        let run = Run::of_stack(fixture, name, &STACK.replace(edit.0, edit.1))?;
        run.apply()?;
        Ok(Self(run))
    }

    fn python(&self, code: &str) -> Result<Value> {
        self.0.python(&format!("{THERE}{code}"))
    }

    /// What there is, once the volume is with the machine.
    fn together(&self) -> Result<Value> {
        let there = self.python("answer(there)")?;
        ensure!(there["vm"].is_string() && there["of"] == there["vm"], "{there}");
        Ok(there)
    }
}

#[test]
fn the_next_machine_gets_the_volume_of_the_one_before() -> Result<()> {
    let fixture = Fixture::shared()?;
    let class = Class::applied(&fixture, "moving-data", ("size_gib: 4", "size_gib: 4"))?;
    let first = class.together()?;
    ensure!(first["as"] == "/dev/sdf", "{first}");

    // Replaced: the old machine is stopped, gives the volume away, and goes.
    class.0.lesson.edit("#!/bin/sh", "#!/bin/bash")?;
    let plan = class.0.cloud101("plan", &[])?.exits(0)?.says("~ update data")?;
    let keeps = format!("the volume {} (/dev/sdf, 4 GiB) keeps its data", first["volume"].as_str().unwrap_or_default());
    ensure!(plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(&keeps), "{plan}");
    let before = class.0.proxy.changing_calls().len();
    class.0.apply()?;
    let second = class.together()?;
    ensure!(second["vm"] != first["vm"] && second["volume"] == first["volume"], "{first} {second}");
    let calls = class.0.proxy.changing_calls().split_off(before);
    let order =
        ["ec2:RunInstances", "ec2:StopInstances", "ec2:DetachVolume", "ec2:AttachVolume", "ec2:TerminateInstances"];
    let done: Vec<_> = calls.iter().filter(|call| order.contains(&call.as_str())).collect();
    ensure!(done == order, "{calls:?}");

    // Retyped, it keeps the volume.
    class.0.lesson.edit("t3.micro", "t3.small")?;
    class.0.apply()?;
    ensure!(class.together()? == second, "{second}");

    // Another device, detached by hand, and gone by hand.
    class.0.lesson.edit("/dev/sdf", "/dev/sdg")?;
    class.0.apply()?;
    ensure!(class.together()?["as"] == "/dev/sdg");
    class.python("ec2.detach_volume(VolumeId=there['volume'], InstanceId=there['vm'])\nanswer(0)")?;
    class.0.cloud101("plan", &[])?.exits(0)?.says("~ update data")?;
    class.0.apply()?;
    ensure!(class.together()?["volume"] == first["volume"]);

    // All of it goes, the machine first, which frees the volume without being asked.
    let before = class.0.proxy.changing_calls().len();
    class.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    let calls = class.0.proxy.changing_calls().split_off(before);
    ensure!(calls == ["ec2:TerminateInstances", "ec2:DeleteVolume"], "{calls:?}");
    Ok(())
}

/// Its zone is not the one that AWS would choose.
#[test]
fn a_machine_that_was_terminated_by_hand_begins_again_where_its_volume_is() -> Result<()> {
    let fixture = Fixture::shared()?;
    let subnet = fixture.python(
        "zone = [{'Name': 'availability-zone', 'Values': ['us-east-1c']}]\n\
         answer(client('ec2').describe_subnets(Filters=zone)['Subnets'][0]['SubnetId'])",
        &[],
    )?;
    let there = format!("t3.micro\n    subnet_id: {}", subnet.as_str().unwrap_or_default());
    let class = Class::applied(&fixture, "same-zone", ("t3.micro", &there))?;
    let first = class.together()?;
    ensure!(first["zone"] == "us-east-1c", "{first}");
    class.0.lesson.edit(&there, "t3.micro")?;
    class.python("ec2.terminate_instances(InstanceIds=[there['vm']])\nanswer(0)")?;
    class.0.apply()?;
    let second = class.together()?;
    ensure!(second["vm"] != first["vm"] && second["volume"] == first["volume"], "{second}");
    ensure!(second["zone"] == "us-east-1c", "{second}");
    class.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}

#[test]
fn a_volume_that_is_retained_stays_without_its_machine_and_waits_for_the_next() -> Result<()> {
    let fixture = Fixture::shared()?;
    let class = Class::applied(&fixture, "kept-data", ("size_gib: 4", "size_gib: 4\n    on_destroy: retain"))?;
    let first = class.together()?;
    // Whatever was set by hand, AWS is to leave it.
    class.python(
        "flag = {'DeviceName': '/dev/sdf', 'Ebs': {'DeleteOnTermination': True}}\n\
         ec2.modify_instance_attribute(InstanceId=there['vm'], BlockDeviceMappings=[flag])\nanswer(0)",
    )?;
    class.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("1 kept, as the stack says")?.says("0 left")?;
    class.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("1 kept")?.says("0 left")?;
    let left = class.python("answer(there)")?;
    ensure!(left["volume"] == first["volume"] && left["vm"].is_null() && left["of"].is_null(), "{left}");
    class.0.apply()?;
    ensure!(class.together()?["volume"] == first["volume"]);

    // Without its machine in the file it waits; taken out of the file itself, it is released and stays.
    let zone = format!("availability_zone: {}", first["zone"].as_str().unwrap_or_default());
    let text = class.0.lesson.text()?;
    let text = text.split("  vm:\n").next().unwrap_or_default().to_owned();
    class.0.lesson.write(&text.replace("instance: ${vm.id}\n    device: /dev/sdf", &zone))?;
    let before = class.0.proxy.changing_calls().len();
    class.0.apply()?;
    let calls = class.0.proxy.changing_calls().split_off(before);
    ensure!(!calls.iter().any(|call| call == "ec2:DetachVolume"), "the machine goes first: {calls:?}");
    let waits = class.python("answer(there)")?;
    ensure!(waits["volume"] == first["volume"] && waits["of"].is_null(), "{waits}");
    class.python("ec2.delete_volume(VolumeId=there['volume'])\nanswer(0)")?;
    class.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// What only another volume brings about is said with what it costs, and what grew by hand stays.
#[test]
fn a_volume_that_is_replaced_says_what_is_lost_and_one_that_grew_by_hand_is_left() -> Result<()> {
    let fixture = Fixture::shared()?;
    let class = Class::applied(&fixture, "replaced-data", ("size_gib: 4", "size_gib: 4"))?;
    let first = class.together()?;
    class.0.lesson.edit("size_gib: 4", "size_gib: 6")?;
    class.0.apply()?;
    class.python("ec2.modify_volume(VolumeId=there['volume'], Size=9)\nanswer(0)")?;
    let plan = class.0.cloud101("plan", &["--detailed-exitcode"])?.exits(0)?;
    ensure!(plan.stdout.contains("it has 9 GiB, but the file says 6"), "{plan}");
    ensure!(class.together()? == first, "the same volume");

    class.0.lesson.edit("size_gib: 6", "size_gib: 9\n    encrypted: true")?;
    let plan = class.0.cloud101("plan", &[])?.exits(0)?.says("the data on it (9 GiB) is lost")?;
    ensure!(plan.stdout.contains("replace data"), "{plan}");
    class.0.apply()?;
    let second = class.together()?;
    ensure!(second["volume"] != first["volume"] && second["vm"] == first["vm"], "{second}");

    class.0.lesson.edit("  data:\n", "  renamed:\n")?;
    class.0.cloud101("plan", &[])?.exits(0)?.says("the data on it (9 GiB) is lost")?;
    class.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// A backup that is restored, a copy by hand, and disks of the machine: none of them is the volume.
#[test]
fn copies_of_a_volume_are_never_touched() -> Result<()> {
    const COPY: &str = "tags = volume['Tags']\n\
        two = [t for t in tags if t['Key'] in ('cloud101:stack', 'cloud101:resource')]\n\
        def copy(some, **more):\n    \
            on = [{'ResourceType': 'volume', 'Tags': some}]\n    \
            zone = vm['Placement']['AvailabilityZone']\n    \
            return ec2.create_volume(AvailabilityZone=zone, TagSpecifications=on, **more)['VolumeId']\n\
        snapshot = ec2.create_snapshot(VolumeId=volume['VolumeId'])['SnapshotId']\n\
        copies = [copy(tags, SnapshotId=snapshot), copy(tags, Size=1), copy(two, Size=1)]\n\
        attached = copy(tags, Size=1)\n\
        ec2.attach_volume(VolumeId=attached, InstanceId=vm['InstanceId'], Device='/dev/sdh')\n\
        answer({'snapshot': snapshot, 'copies': copies + [attached], **there})";
    let fixture = Fixture::shared()?;
    let class = Class::applied(&fixture, "copied-data", ("size_gib: 4", "size_gib: 4"))?;
    let first = class.python(COPY)?;
    class.0.cloud101("plan", &["--detailed-exitcode"])?.exits(0)?;
    let before = class.0.proxy.changing_calls().len();
    class.0.apply()?;
    ensure!(class.0.proxy.changing_calls().len() == before, "an apply has nothing to do");
    let ran = class.0.cloud101("destroy", &["--yes"])?.exits(1)?;
    for copy in first["copies"].as_array().into_iter().flatten() {
        ensure!(ran.stdout.contains(copy.as_str().unwrap_or_default()), "{copy} is not named: {ran}");
    }
    let there = "ec2 = client('ec2')\nanswer(sorted(v['VolumeId'] for v in ec2.describe_volumes()['Volumes'] if v['VolumeId'] in json.loads(sys.argv[1])))";
    let mut asked = first["copies"].clone();
    asked.as_array_mut().into_iter().for_each(|all| all.push(first["volume"].clone()));
    let left = fixture.python(there, &[&asked.to_string()])?;
    let mut expected: Vec<_> = first["copies"].as_array().into_iter().flatten().cloned().collect();
    expected.sort_by_key(|id| id.as_str().map(str::to_owned));
    ensure!(left == json!(expected), "{left} instead of {expected:?}");
    let away = "ec2 = client('ec2')\n[ec2.delete_volume(VolumeId=id) for id in json.loads(sys.argv[1])]\nec2.delete_snapshot(SnapshotId=sys.argv[2])\nanswer(0)";
    let snapshot = first["snapshot"].as_str().unwrap_or_default();
    fixture.python(away, &[&first["copies"].to_string(), snapshot])?;
    class.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    Ok(())
}
