//! Rules of a volume that need no AWS.

use crate::explain::Code;
use crate::resource::ec2::id;
use crate::resource::ec2::instance::is_device;
use crate::resource::ec2::volume_limits::{self, Said};
use crate::resource::{Diagnostic, is_unknown};

use super::spec::Spec;
use crate::resource::ec2::volume_type::VolumeType;

/// What is wrong with `spec`.
pub fn check(spec: &Spec) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let sort = spec.volume_type.unwrap_or(VolumeType::Gp3);
    let said = Said { sort: Some(sort), size: Some(spec.size_gib), iops: spec.iops, throughput: spec.throughput };
    diagnostics.extend(volume_limits::check("", said));
    if matches!(sort, VolumeType::Io1 | VolumeType::Io2) && spec.iops.is_none() {
        diagnostics.push(
            Diagnostic::new(Code::Incomplete, "iops", format!("an {} disk needs `iops`", sort.as_str()))
                .help("for example `iops: 3000`"),
        );
    }
    if let Some(snapshot) = spec.snapshot_id.as_ref().filter(|id| id::is_wrong("snap-", id)) {
        let message = format!("`{snapshot}` is not the id of a snapshot");
        let hint = format!("{}; `aws ec2 describe-snapshots --owner-ids self` lists yours", id::form("snap-"));
        diagnostics.push(Diagnostic::new(Code::AwsId, "snapshot_id", message).help(hint));
    }
    check_place(spec, &mut diagnostics);
    diagnostics
}

/// Where it is, and who has it.
fn check_place(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(instance) = spec.holder().filter(|instance| id::is_wrong("i-", instance)) {
        diagnostics.push(
            Diagnostic::new(Code::AwsId, "instance", format!("`{instance}` is not the id of an instance")).help(
                "for an instance in this file write `${name.id}`; `aws ec2 describe-instances` lists the existing ones",
            ),
        );
    }
    match (spec.holder(), &spec.device) {
        (Some(_), None) => diagnostics.push(
            Diagnostic::new(
                Code::Incomplete,
                "instance",
                "a volume needs a device to attach to an instance, and none is \
                given",
            )
            .help("add for example `device: /dev/sdf`"),
        ),
        (None, Some(_)) => diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "device", "no `instance` is given to attach the volume to")
                .help("add `instance: ${name.id}`, or remove `device`"),
        ),
        (Some(_), Some(device)) if !is_unknown(device) && !is_device(device) => diagnostics.push(
            Diagnostic::new(Code::Device, "device", format!("`{device}` is not a valid device for a data disk"))
                .help("use `/dev/sdf` to `/dev/sdp`"),
        ),
        _ => {}
    }
    match (&spec.availability_zone, spec.holder()) {
        (None, None) => diagnostics.push(
            Diagnostic::new(
                Code::Incomplete,
                "availability_zone",
                "a volume without an instance needs an availability zone",
            )
            .help(
                "for example `availability_zone: us-east-1a`, or `instance: ${name.id}`, to use that instance's zone; \
                 `cloud101 show` shows the zone of an existing volume",
            ),
        ),
        // When the instance is replaced its zone is not known, and another zone would be another volume.
        (Some(zone), Some(_)) if is_unknown(zone) && !zone.contains("${aws.") => diagnostics.push(
            Diagnostic::new(
                Code::DoesNotApply,
                "availability_zone",
                "with `instance` the volume is in the zone of that instance",
            )
            .help("remove `availability_zone`"),
        ),
        (Some(zone), _) if !is_unknown(zone) && !is_zone(zone) => diagnostics.push(
            Diagnostic::new(Code::AwsId, "availability_zone", format!("`{zone}` is not an availability zone")).help(
                "a region and a letter, for example `us-east-1a`; `aws ec2 describe-availability-zones` lists them",
            ),
        ),
        _ => {}
    }
}

/// A region with a letter, or, of a local zone, with more.
fn is_zone(zone: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    zone.chars().all(is_allowed) && zone.matches('-').count() >= 2 && zone.ends_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn paths(more: Value) -> Vec<String> {
        let mut all = json!({ "size_gib": 10, "availability_zone": "us-east-1a" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        check(&serde_json::from_value(all).unwrap())
            .into_iter()
            .map(|diagnostic| diagnostic.path().to_owned())
            .collect()
    }

    #[test]
    fn a_volume_says_where_it_is_or_who_has_it() {
        let machine = "i-0abcdef1234567890";
        assert_eq!(paths(json!({})), [""; 0]);
        assert_eq!(paths(json!({ "instance": machine, "device": "/dev/sdf" })), [""; 0]);
        assert_eq!(paths(json!({ "availability_zone": null, "instance": machine, "device": "/dev/sdf" })), [""; 0]);
        assert_eq!(paths(json!({ "availability_zone": null })), ["availability_zone"]);
        assert_eq!(paths(json!({ "instance": machine })), ["instance"]);
        assert_eq!(paths(json!({ "device": "/dev/sdf" })), ["device"]);
        assert_eq!(paths(json!({ "instance": "web", "device": "/dev/sda1" })), ["instance", "device"]);
        assert_eq!(paths(json!({ "availability_zone": "us-east-1" })), ["availability_zone"]);
        let zone = "\u{1}${vm.availability_zone}";
        let both = json!({ "availability_zone": zone, "instance": "\u{1}${vm.id}", "device": "/dev/sdf" });
        assert_eq!(paths(both), ["availability_zone"], "it is not known when the machine is replaced");
        assert_eq!(paths(json!({ "availability_zone": zone })), [""; 0]);
    }

    #[test]
    fn a_volume_keeps_to_what_its_sort_can_do() {
        assert_eq!(paths(json!({ "size_gib": 0 })), ["size_gib"]);
        assert_eq!(paths(json!({ "volume_type": "gp2", "iops": 4000 })), ["iops"]);
        assert_eq!(paths(json!({ "volume_type": "io2" })), ["iops"]);
        assert_eq!(paths(json!({ "throughput": 1000 })), ["throughput"]);
        assert_eq!(paths(json!({ "snapshot_id": "data" })), ["snapshot_id"]);
    }
}
