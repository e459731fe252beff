//! Disks that are created from a snapshot: with their machine, and for one that runs already. The snapshot is foreign,
//! and stays.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::fixture::Fixture;
use crate::support::scenario::Run;

const VM: &str =
    "resources:\n  vm:\n    type: ec2.instance\n    image: al2023\n    instance_type: t3.micro\n    volumes:\n";

const SNAPSHOT: &str = "ec2 = client('ec2')\n\
    zone = ec2.describe_availability_zones()['AvailabilityZones'][0]['ZoneName']\n\
    disk = ec2.create_volume(AvailabilityZone=zone, Size=5)['VolumeId']\n\
    snapshot = ec2.create_snapshot(VolumeId=disk)['SnapshotId']\n\
    ec2.delete_volume(VolumeId=disk)\n\
    answer(snapshot)";

/// The stack's disks beside the one that it boots from: the device, the size, and the snapshot.
const DISKS: &str = "ec2 = client('ec2')\n\
    ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:2]}]\n\
    disks = ec2.describe_volumes(Filters=ours)['Volumes']\n\
    at = {disk['Attachments'][0]['Device']: [disk['Size'], disk.get('SnapshotId')] for disk in disks if disk['Attachments']}\n\
    answer({device: at[device] for device in at if device.startswith('/dev/sd') and device != '/dev/sda1'})";

#[test]
fn a_disk_from_a_snapshot_is_made_with_its_machine_and_later() -> Result<()> {
    let fixture = Fixture::shared()?;
    let snapshot = fixture.python(SNAPSHOT, &[])?;
    let snapshot = snapshot.as_str().unwrap_or_default();
    let first = format!("      - {{ device: /dev/sdf, size_gib: 6, snapshot_id: {snapshot} }}\n");
    let run = Run::of_stack(&fixture, "from-snapshot", &format!("{VM}{first}"))?;
    run.apply()?;
    let disks = run.python(DISKS)?;
    ensure!(disks == json!({ "/dev/sdf": [6, snapshot] }), "{disks}");

    run.lesson
        .edit(&first, &format!("{first}      - {{ device: /dev/sdg, size_gib: 7, snapshot_id: {snapshot} }}\n"))?;
    run.apply()?;
    let disks = run.python(DISKS)?;
    ensure!(disks == json!({ "/dev/sdf": [6, snapshot], "/dev/sdg": [7, snapshot] }), "{disks}");

    run.cloud101("destroy", &["--yes", "--prove"])?.exits(0)?.says("0 left")?;
    let code = "answer(len(client('ec2').describe_snapshots(SnapshotIds=sys.argv[1:])['Snapshots']))";
    ensure!(fixture.python(code, &[snapshot])? == 1, "the snapshot is gone");
    Ok(())
}
