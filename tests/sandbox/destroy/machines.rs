//! Machines and their disks: what is said of them is what happens, they are found whatever became of their tags, and
//! copies are left alone.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::support::fixture::{Fixture, Said};
use crate::support::scenario::Run;

const VM: &str = "resources:\n  vm:\n    type: ec2.instance\n    image: al2023\n    instance_type: t3.micro\n    \
    user_data: \"#!/bin/sh\"\n    root_volume: { size_gib: 8 }\n";
const KEPT: &str = "    volumes: [{ device: /dev/sdf, size_gib: 10, delete_with_instance: false }]\n";

/// `ec2`, and the stack's instance and its disks by device.
const THERE: &str = "ec2 = client('ec2')\n\
    ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:2]}, {'Name': 'instance-state-name', 'Values': ['running', 'stopped']}]\n\
    vm = [i for r in ec2.describe_instances(Filters=ours)['Reservations'] for i in r['Instances']][0]\n\
    disks = {m['DeviceName']: m['Ebs']['VolumeId'] for m in vm['BlockDeviceMappings']}\n\
    id, zone = vm['InstanceId'], vm['Placement']['AvailabilityZone']\n";

struct Machine<'a>(Run<'a>);

impl<'a> Machine<'a> {
    fn applied(fixture: &'a Fixture, name: &str, more: &str) -> Result<Self> {
        let run = Run::of_stack(fixture, name, &format!("{VM}{more}"))?;
        run.apply()?;
        Ok(Self(run))
    }

    /// Python that knows the machine.
    fn python(&self, code: &str) -> Result<Value> {
        self.0.python(&format!("{THERE}{code}"))
    }

    /// The states of `instances` and the disks among `disks` that there are.
    fn are_there(&self, instances: &[&str], disks: &[&str]) -> Result<Value> {
        let code = "ec2 = client('ec2')\n\
            ids, disks = map(json.loads, sys.argv[1:])\n\
            states = [i['State']['Name'] for r in ec2.describe_instances(InstanceIds=ids)['Reservations'] for i in r['Instances']]\n\
            there = {v['VolumeId'] for v in ec2.describe_volumes()['Volumes']}\n\
            answer([states, [disk for disk in disks if disk in there]])";
        self.0.fixture.python(code, &[&json!(instances).to_string(), &json!(disks).to_string()])
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// The lines of a plan that warn.
fn warnings(ran: &Said) -> Vec<String> {
    // Long ones go on in lines that stand further right.
    let mut all: Vec<String> = Vec::new();
    for line in ran.stdout.lines() {
        match (line.trim_start().strip_prefix("! "), all.last_mut()) {
            (Some(warning), _) => all.push(warning.to_owned()),
            (None, Some(last)) if line.starts_with("        ") => *last = format!("{last} {}", line.trim()),
            _ => {}
        }
    }
    all
}

#[test]
fn a_disk_that_is_to_stay_is_announced_and_kept_the_first_time() -> Result<()> {
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "first-kept", KEPT)?;
    let there = vm.python("answer({'id': id, 'disk': disks['/dev/sdf']})")?;
    let disk = text(&there, "disk");
    let plan = vm.0.cloud101("plan", &["--destroy"])?.exits(0)?;
    let stays = format!("the disk {disk} (/dev/sdf, 10 GiB) is kept and is still billed");
    ensure!(warnings(&plan).iter().any(|warning| warning.starts_with(&stays)), "{plan}");

    let first = vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("1 kept, as the stack says")?.says("0 left")?;
    ensure!(first.stdout.contains(disk), "{first}");
    vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("1 kept")?.says("0 left")?;
    vm.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("1 kept")?.says("0 left")?;
    ensure!(vm.are_there(&[text(&there, "id")], &[disk])? == json!([["terminated"], [disk]]), "the disk");
    fixture.python("client('ec2').delete_volume(VolumeId=sys.argv[1])", &[disk])?;
    vm.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// `aws ec2 modify-volume`, the evening before class.
#[test]
fn a_disk_that_was_grown_by_hand_is_left_alone() -> Result<()> {
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "grown-disk", "")?;
    let there =
        vm.python("root = disks[vm['RootDeviceName']]\nec2.modify_volume(VolumeId=root, Size=16)\nanswer({'id': id})")?;
    let plan = vm.0.cloud101("plan", &["--detailed-exitcode"])?.exits(0)?;
    ensure!(plan.stdout.contains("has 16 GiB, but the file says 8") && plan.stdout.contains("--replace vm"), "{plan}");
    // Neither does an apply touch it that has something else to do.
    vm.0.lesson.edit("t3.micro", "t3.small")?;
    vm.0.cloud101("apply", &["--yes"])?.exits(0)?;
    let now = vm.python("root = disks[vm['RootDeviceName']]\nsize = ec2.describe_volumes(VolumeIds=[root])['Volumes'][0]['Size']\nanswer({'id': id, 'size': size})")?;
    ensure!(now == json!({ "id": text(&there, "id"), "size": 16 }), "{now}");
    vm.0.cloud101("apply", &["--yes", "--replace", "vm"])?.exits(0)?;
    vm.0.is_settled()?;
    let new = vm.python("root = disks[vm['RootDeviceName']]\nsize = ec2.describe_volumes(VolumeIds=[root])['Volumes'][0]['Size']\nanswer({'id': id, 'size': size})")?;
    ensure!(new["id"] != there["id"] && new["size"] == 8, "{new}");
    vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// The disks that a plan calls lost go, and the ones that it says stay do.
#[test]
fn a_replaced_or_renamed_machine_says_what_becomes_of_its_disks() -> Result<()> {
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "said-of-disks", KEPT)?;
    let old = vm.python(
        "answer({'id': id, 'disk': disks['/dev/sdf'], 'root': vm['BlockDeviceMappings'][0]['Ebs']['VolumeId']})",
    )?;
    let disk = text(&old, "disk");

    vm.0.lesson.edit("#!/bin/sh", "#!/bin/bash")?;
    let plan = warnings(&vm.0.cloud101("plan", &[])?.exits(0)?);
    ensure!(plan.iter().any(|one| one == "the data on its root volume is lost"), "{plan:?}");
    let empty = format!("the new instance gets an empty disk as /dev/sdf; the current data stays on {disk}");
    ensure!(plan.iter().any(|one| one.starts_with(&empty)), "{plan:?}");
    vm.0.apply()?;
    ensure!(vm.are_there(&[text(&old, "id")], &[disk])? == json!([["terminated"], [disk]]), "the full disk stays");

    let now = vm.python("answer({'id': id, 'disk': disks['/dev/sdf']})")?;
    let destroy: Vec<_> = warnings(&vm.0.cloud101("plan", &["--destroy"])?.exits(0)?);
    vm.0.lesson.edit("  vm:\n", "  machine:\n")?;
    let renamed = warnings(&vm.0.cloud101("plan", &[])?.exits(0)?);
    for warning in
        destroy.iter().filter(|warning| warning.contains("root volume") || warning.contains(text(&now, "disk")))
    {
        ensure!(renamed.contains(warning), "{warning:?} is not among {renamed:?}");
    }
    ensure!(renamed.iter().any(|one| one.contains(text(&now, "disk")) && one.contains("is kept")), "{renamed:?}");
    vm.0.apply()?;
    vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("3 kept")?.says("0 left")?;
    let kept = fixture.marked(&vm.0.lesson.name)?;
    ensure!(kept.len() == 3, "{kept:?}");
    for disk in kept.iter().filter_map(|one| one.strip_prefix("volume ")) {
        fixture.python("client('ec2').delete_volume(VolumeId=sys.argv[1])", &[disk])?;
    }
    Ok(())
}

/// One of them goes with the instance and one does not; and each is once made empty and once from a snapshot.
#[test]
fn disks_attached_by_hand_go_and_stay_as_the_plan_says() -> Result<()> {
    const ATTACH: &str = "empty = ec2.create_volume(AvailabilityZone=zone, Size=4)['VolumeId']\n\
        snapshot = ec2.create_snapshot(VolumeId=empty)['SnapshotId']\n\
        made = ec2.create_volume(AvailabilityZone=zone, SnapshotId=snapshot)['VolumeId']\n\
        for disk, device in ((empty, '/dev/sdg'), (made, '/dev/sdh')):\n    \
            ec2.attach_volume(VolumeId=disk, InstanceId=id, Device=device)\n\
        flag = {'DeviceName': sys.argv[2], 'Ebs': {'DeleteOnTermination': True}}\n\
        ec2.modify_instance_attribute(InstanceId=id, BlockDeviceMappings=[flag])\n\
        answer({'id': id, '/dev/sdg': empty, '/dev/sdh': made, 'snapshot': snapshot})";
    let fixture = Fixture::shared()?;
    for (goes, stays) in [("/dev/sdg", "/dev/sdh"), ("/dev/sdh", "/dev/sdg")] {
        let vm = Machine::applied(&fixture, &format!("by-hand{}", goes.replace("/dev/", "-")), "")?;
        let there = fixture.python(&format!("{THERE}{ATTACH}"), &[&vm.0.lesson.name, goes])?;
        let (lost, left) = (text(&there, goes), text(&there, stays));
        let plan = vm.0.cloud101("plan", &["--detailed-exitcode"])?.exits(0)?;
        let plan = plan.says(&format!("the disk {lost} ({goes}, 4 GiB) was attached by hand"))?;
        plan.says(&format!("the disk {left} ({stays}, 4 GiB) was attached by hand"))?;

        let warned = warnings(&vm.0.cloud101("plan", &["--destroy"])?.exits(0)?);
        ensure!(
            warned.iter().any(|one| one.starts_with(&format!("the data on {lost} ({goes}, 4 GiB) is lost"))),
            "{warned:?}"
        );
        ensure!(warned.contains(&format!("the disk {left} ({stays}, 4 GiB), attached by hand, is kept")), "{warned:?}");
        vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
        ensure!(vm.are_there(&[text(&there, "id")], &[lost, left])? == json!([["terminated"], [left]]), "{there}");
        let away =
            "ec2 = client('ec2')\nec2.delete_volume(VolumeId=sys.argv[1])\nec2.delete_snapshot(SnapshotId=sys.argv[2])";
        fixture.python(away, &[left, text(&there, "snapshot")])?;
    }
    Ok(())
}

/// One of the tags that mark it, or all that it has, is removed by hand.
#[test]
fn a_machine_that_lost_tags_is_still_the_stacks() -> Result<()> {
    let fixture = Fixture::shared()?;
    for (name, gone, said) in [
        ("lost-address", "['cloud101:resource']", "its tag `cloud101:resource` was removed"),
        ("lost-stack", "['cloud101:stack']", "its tag `cloud101:stack` was removed"),
        (
            "lost-all",
            "[t['Key'] for t in vm['Tags']]",
            "its tags `cloud101:stack` and `cloud101:resource` were removed",
        ),
    ] {
        let vm = Machine::applied(&fixture, name, "")?;
        let remove = format!("ec2.delete_tags(Resources=[id], Tags=[{{'Key': key}} for key in {gone}])\nanswer(id)");
        let id = vm.python(&remove)?;
        let id = id.as_str().unwrap_or_default().to_owned();
        let plan = vm.0.cloud101("plan", &["--detailed-exitcode"])?.exits(2)?.says(said)?;
        ensure!(plan.stdout.contains("~ update vm") && plan.stdout.contains("0 to destroy"), "{plan}");
        vm.0.cloud101("stop", &["--yes"])?.exits(0)?.says("vm: stopped")?;
        vm.0.cloud101("start", &["--yes"])?.exits(0)?.says("vm: running")?;
        vm.0.apply()?;
        ensure!(
            vm.python("answer([id, plain(vm['Tags'])['cloud101:resource']])")? == json!([id, "vm"]),
            "the same one"
        );

        vm.python(&remove)?;
        vm.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says(said)?.says("1 destroyed")?.says("0 left")?;
        ensure!(vm.are_there(&[&id], &[])? == json!([["terminated"], []]), "{name}");
    }
    Ok(())
}

/// The disk that a running machine boots from is not taken from it, whatever became of the machine's tags.
#[test]
fn a_machine_that_the_file_no_longer_names_is_found_without_its_tags() -> Result<()> {
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "lost-unnamed", "  topic:\n    type: sns.topic\n")?;
    let id = vm.python("ec2.delete_tags(Resources=[id], Tags=[{'Key': t['Key']} for t in vm['Tags']])\nanswer(id)")?;
    let id = id.as_str().unwrap_or_default();
    vm.0.lesson.write("stack: lost-unnamed\nregion: us-east-1\nresources:\n  topic:\n    type: sns.topic\n")?;
    let plan = vm.0.cloud101("plan", &["--destroy"])?.exits(0)?;
    ensure!(plan.stdout.contains(&format!("- delete {id}")), "{plan}");
    vm.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("2 destroyed")?.says("0 left")?;
    ensure!(vm.are_there(&[id], &[])? == json!([["terminated"], []]), "it is still there");
    Ok(())
}

/// Copies by hand, by "launch more like this" and by a restored backup; attached, loose, with all tags and with two.
#[test]
fn copied_disks_and_machines_are_never_touched() -> Result<()> {
    const COPY: &str = "root = [v for v in ec2.describe_volumes(VolumeIds=[vm['BlockDeviceMappings'][0]['Ebs']['VolumeId']])['Volumes']][0]\n\
        data = ec2.describe_volumes(VolumeIds=[disks['/dev/sdf']])['Volumes'][0]\n\
        two = [t for t in data['Tags'] if t['Key'] in ('cloud101:stack', 'cloud101:resource')]\n\
        def copy(tags, **more):\n    \
            on = [{'ResourceType': 'volume', 'Tags': tags}]\n    \
            return ec2.create_volume(AvailabilityZone=zone, TagSpecifications=on, **more)['VolumeId']\n\
        snapshot = ec2.create_snapshot(VolumeId=data['VolumeId'])['SnapshotId']\n\
        loose = [copy(data['Tags'], SnapshotId=snapshot), copy(data['Tags'], Size=1), copy(two, Size=1), copy(root['Tags'], Size=1)]\n\
        attached = [copy(data['Tags'], Size=1), copy(two, Size=1)]\n\
        for disk, device in zip(attached, ('/dev/sdg', '/dev/sdh')):\n    \
            ec2.attach_volume(VolumeId=disk, InstanceId=id, Device=device)\n\
        on = [{'ResourceType': 'instance', 'Tags': vm['Tags']}]\n\
        other = ec2.run_instances(ImageId=vm['ImageId'], MinCount=1, MaxCount=1, TagSpecifications=on)['Instances'][0]['InstanceId']\n\
        answer({'id': id, 'other': other, 'disks': loose + attached})";
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "copied-disks", "    volumes: [{ device: /dev/sdf, size_gib: 10 }]\n")?;
    let there = vm.python(COPY)?;
    let (id, other) = (text(&there, "id"), text(&there, "other"));
    let disks: Vec<&str> = there["disks"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    vm.0.is_settled()?;
    // Not even if the file wants no disk at all, or another machine.
    vm.0.lesson.edit("    volumes: [{ device: /dev/sdf, size_gib: 10 }]\n", "    volumes: []\n")?;
    vm.0.apply()?;
    ensure!(vm.are_there(&[other], &disks)? == json!([["running"], disks]), "after the apply");
    vm.0.cloud101("destroy", &["--yes"])?.says("1 destroyed")?;
    ensure!(vm.are_there(&[id, other], &disks)? == json!([["terminated", "running"], disks]), "after the destroy");
    let away = "ec2 = client('ec2')\nother, disks = sys.argv[1], json.loads(sys.argv[2])\n\
        ec2.terminate_instances(InstanceIds=[other])\n\
        [ec2.delete_volume(VolumeId=disk) for disk in disks]";
    fixture.python(away, &[other, &json!(disks).to_string()])?;
    Ok(())
}

/// `aws ec2 detach-volume`, to look at it on another machine.
#[test]
fn a_disk_that_was_detached_by_hand_is_attached_again() -> Result<()> {
    let fixture = Fixture::shared()?;
    let disks = "    volumes: [{ device: /dev/sdf, size_gib: 10 }]\n";
    let vm = Machine::applied(&fixture, "detached-disk", disks)?;
    let disk = vm.python("ec2.detach_volume(VolumeId=disks['/dev/sdf'], InstanceId=id)\nanswer(disks['/dev/sdf'])")?;
    let disk = disk.as_str().unwrap_or_default().to_owned();
    let plan = vm.0.cloud101("plan", &["--detailed-exitcode"])?.exits(2)?;
    let again = format!("the disk {disk} (/dev/sdf, 10 GiB) was detached by hand");
    ensure!(plan.stdout.contains(&again), "{plan}");
    ensure!(plan.stdout.contains("0 to destroy") && !plan.stdout.contains("is lost"), "{plan}");
    vm.0.apply()?;
    ensure!(vm.python("answer(disks['/dev/sdf'])")? == json!(disk), "the same disk");

    // Where the file has no use for it any more, it goes, and the plan says what is lost.
    vm.python("ec2.detach_volume(VolumeId=disks['/dev/sdf'], InstanceId=id)\nanswer(0)")?;
    vm.0.lesson.edit(disks, "    volumes: []\n")?;
    let plan = vm.0.cloud101("plan", &[])?.exits(0)?;
    ensure!(plan.stdout.contains(&format!("- delete vm  ec2.instance  disk {disk}")), "{plan}");
    ensure!(warnings(&plan).contains(&"the data on it (10 GiB) is lost".to_owned()), "{plan}");
    vm.0.apply()?;

    // And one that is detached when all goes, goes too.
    vm.0.lesson.edit("    volumes: []\n", disks)?;
    vm.0.cloud101("apply", &["--yes"])?.exits(0)?;
    vm.python("ec2.detach_volume(VolumeId=disks['/dev/sdf'], InstanceId=id)\nanswer(0)")?;
    vm.0.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// RunInstances answers a token that it knows with the instance of then, and the released one has all it takes to be that.
#[test]
fn a_released_machine_stays_released_when_its_resource_comes_back() -> Result<()> {
    let fixture = Fixture::shared()?;
    let vm = Machine::applied(&fixture, "came-back", "    on_destroy: retain\n  topic: { type: sns.topic }\n")?;
    let id = vm.python("answer(id)")?;
    let id = id.as_str().unwrap_or_default();
    let whole = vm.0.lesson.text()?;
    vm.0.lesson.write("stack: came-back\nregion: us-east-1\nresources:\n  topic: { type: sns.topic }\n")?;
    vm.0.apply()?.says("1 released")?;
    vm.0.lesson.write(&whole.replace("    on_destroy: retain\n", ""))?;
    vm.0.apply()?.says("1 added")?;
    let second = vm.python("answer(id)")?;
    ensure!(second != id, "the released one was taken again");
    vm.0.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    ensure!(vm.are_there(&[id], &[])? == json!([["running"], []]), "it was to stay");
    fixture.python("client('ec2').terminate_instances(InstanceIds=sys.argv[1:])", &[id])?;
    Ok(())
}
