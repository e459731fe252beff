//! Rules of `ec2.instance` that need no AWS.

use std::collections::BTreeSet;

use crate::explain::Code;
use crate::model::is_logical_name;
use crate::resource::ec2::id;
use crate::resource::ec2::volume_limits::{self, Said};
use crate::resource::ec2::volume_type::VolumeType;
use crate::resource::{Base, Diagnostic, is_unknown};
use crate::suggest;

use super::spec::{Spec, State, Volume};
use super::{image, types, user_data};

/// Everything wrong with `spec`.
pub fn check(spec: &Spec, base: &Base) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    check_image(spec, &mut diagnostics);
    check_type(spec, &mut diagnostics);
    check_ids(spec, &mut diagnostics);
    check_root(spec, &mut diagnostics);
    check_volumes(spec.volumes.as_deref().unwrap_or_default(), &mut diagnostics);
    check_spot(spec, &mut diagnostics);
    diagnostics.extend(user_data::check(spec, base));
    let hops = spec.metadata_options.as_ref().and_then(|options| options.http_put_response_hop_limit);
    if hops.is_some_and(|hops| !(1..=64).contains(&hops)) {
        diagnostics.push(
            Diagnostic::new(
                Code::OutOfRange,
                "metadata_options.http_put_response_hop_limit",
                "the number of hops is out of range",
            )
            .help("write a number from 1 to 64"),
        );
    }
    diagnostics
}

fn check_image(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    let image = &spec.image;
    if is_unknown(image) || image::is_id(image) || image::parameter(image).is_some() {
        return;
    }
    let known = || suggest::list(&image::aliases().collect::<Vec<_>>());
    let (message, hint) = match image.starts_with("ami-") {
        true => (
            format!("`{image}` is not an AMI's id"),
            "an id is `ami-` and 17 of the characters 0 to 9 and a to f".to_owned(),
        ),
        false => (format!("there is no image called `{image}`"), {
            // Of those that are as near, the first: the newest version.
            match suggest::alike(image, image::aliases().rev()) {
                Some(alias) => format!("did you mean `{alias}`? The images are: {}", known()),
                None => format!("use {}, or an AMI's id (`ami-…`)", known()),
            }
        }),
    };
    diagnostics.push(Diagnostic::new(Code::Image, "image", message).help(hint));
}

fn check_type(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    let name = &spec.instance_type;
    if is_unknown(name) {
        return;
    }
    let Some((family, size)) = types::parts(name) else {
        let hint = match types::meant(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "for example `t3.micro`: a family, a dot, a size".to_owned(),
        };
        diagnostics.push(
            Diagnostic::new(Code::InstanceType, "instance_type", format!("`{name}` is not an instance type"))
                .help(hint),
        );
        return;
    };
    if !types::is_known(name) {
        let message = format!("`{name}` is not an instance type known to this version of cloud101");
        let hint = match types::nearest(name) {
            Some(nearest) => format!("did you mean `{nearest}`? If AWS has added this type since, ignore this warning"),
            None => "for example `t3.micro`; if AWS has added this type since, ignore this warning".to_owned(),
        };
        diagnostics.push(Diagnostic::new(Code::InstanceType, "instance_type", message).help(hint).warning());
    }
    let image = &spec.image;
    if let Some(arm) = image::parameter(image).and_then(is_arm_image).filter(|arm| *arm != types::is_arm(family)) {
        let (of_image, of_type, other) = match arm {
            true => ("arm64", "x86_64", format!("t4g.{size}")),
            false => ("x86_64", "arm64", format!("t3.{size}")),
        };
        let alias = match image.strip_suffix("-arm64") {
            Some(stem) => stem.to_owned(),
            None => format!("{image}-arm64"),
        };
        let hint = match image.starts_with('/') {
            true => format!("choose an image for {of_type}, or a type such as `{other}`"),
            false => format!("use the image `{alias}`, or a type such as `{other}`"),
        };
        let message = format!("`{image}` is an image for {of_image}, but `{name}` is {of_type}");
        diagnostics.push(Diagnostic::new(Code::Image, "image", message).help(hint));
    }
    if spec.cpu_credits.is_some() && !types::is_burstable(name) {
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "cpu_credits", format!("`{name}` has no CPU credits"))
                .help(format!("remove it: only the types {} have them", suggest::list(&types::burstable()))),
        );
    }
}

fn is_arm_image(parameter: &str) -> Option<bool> {
    match parameter.contains("arm64") {
        true => Some(true),
        false => (parameter.contains("x86_64") || parameter.contains("amd64")).then_some(false),
    }
}

fn check_ids(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    let subnet = spec.subnet_id.iter().map(|id| ("subnet_id".to_owned(), "subnet-", id));
    let groups = spec.security_group_ids.iter().flatten().enumerate();
    let groups = groups.map(|(n, id)| (format!("security_group_ids.{n}"), "sg-", id));
    for (path, prefix, id) in subnet.chain(groups).filter(|(_, prefix, id)| id::is_wrong(prefix, id)) {
        let name = word(id);
        let hint = format!("{}; for a resource in this file it is `${{{name}.id}}`", id::form(prefix));
        diagnostics.push(Diagnostic::new(Code::AwsId, path, format!("`{id}` is not an id")).help(hint));
    }
    let profile = spec.instance_profile.as_deref().filter(|profile| !is_unknown(profile)).unwrap_or_default();
    if profile.starts_with("arn:") && !profile.contains(":instance-profile/") {
        let hint =
            "write the name of an `iam.instance_profile`, or its ARN, `arn:…:instance-profile/…`: it contains the role";
        diagnostics.push(
            Diagnostic::new(Code::Arn, "instance_profile", format!("`{profile}` is not an instance profile"))
                .help(hint),
        );
    }
    if spec.security_group_ids.as_ref().is_some_and(Vec::is_empty) {
        diagnostics.push(
            Diagnostic::new(Code::Incomplete, "security_group_ids", "an instance needs at least one security group")
                .help("remove it to use the VPC's `default` group"),
        );
    }
}

/// `id`, if it could be the name of a resource.
fn word(id: &str) -> &str {
    if is_logical_name(id) { id } else { "name" }
}

fn check_root(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = &spec.root_volume else {
        return;
    };
    if matches!(root.volume_type, Some(VolumeType::St1 | VolumeType::Sc1)) {
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "root_volume.type", "an instance can't boot from this volume type")
                .help("use `gp3`"),
        );
        return;
    }
    let (sort, size) = (root.volume_type, root.size_gib);
    let wrong = volume_limits::check("root_volume", Said { sort, size, iops: root.iops, throughput: root.throughput });
    let is_right = wrong.is_empty();
    diagnostics.extend(wrong);
    let smallest = image::smallest_root(&spec.image).filter(|smallest| size.is_some_and(|size| size < *smallest));
    if let (Some(smallest), true) = (smallest, is_right) {
        let message = format!("the image `{}` needs a disk of {smallest} GiB", spec.image);
        diagnostics.push(
            Diagnostic::new(Code::OutOfRange, "root_volume.size_gib", message)
                .help(format!("write `size_gib: {smallest}` or more, or remove it")),
        );
    }
}

fn check_volumes(volumes: &[Volume], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for (n, volume) in volumes.iter().enumerate() {
        let path = format!("volumes.{n}");
        let device = &volume.device;
        if !is_unknown(device) && !is_device(device) {
            diagnostics.push(
                Diagnostic::new(
                    Code::Device,
                    format!("{path}.device"),
                    format!("`{device}` is not a valid device for a data disk"),
                )
                .help("use `/dev/sdf` to `/dev/sdp`"),
            );
        }
        if !seen.insert(device) {
            diagnostics.push(
                Diagnostic::new(Code::Twice, format!("{path}.device"), format!("two disks use the device `{device}`"))
                    .help("choose another from `/dev/sdf` to `/dev/sdp`"),
            );
        }
        if let Some(snapshot) = volume.snapshot_id.as_ref().filter(|id| id::is_wrong("snap-", id)) {
            let message = format!("`{snapshot}` is not the id of a snapshot");
            let hint = format!("{}; `aws ec2 describe-snapshots --owner-ids self` lists yours", id::form("snap-"));
            diagnostics.push(Diagnostic::new(Code::AwsId, format!("{path}.snapshot_id"), message).help(hint));
        }
        let volume_type = volume.volume_type.or(Some(VolumeType::Gp3));
        let said =
            Said { sort: volume_type, size: Some(volume.size_gib), iops: volume.iops, throughput: volume.throughput };
        diagnostics.extend(volume_limits::check(&path, said));
        if matches!(volume_type, Some(VolumeType::Io1 | VolumeType::Io2)) && volume.iops.is_none() {
            diagnostics.push(
                Diagnostic::new(Code::Incomplete, path, "this volume type needs `iops`")
                    .help("for example `iops: 3000`"),
            );
        }
    }
}

/// Whether a disk beside the root volume may have this device.
/// Amazon EC2 User Guide, device names for volumes: the names sda and xvda belong to the root volume; Windows and some
/// tools leave `/dev/` out, and a disk may have the name of a partition.
pub fn is_device(device: &str) -> bool {
    let name = device.strip_prefix("/dev/").unwrap_or(device);
    let letters = name.strip_prefix("sd").or_else(|| name.strip_prefix("xvd")).unwrap_or_default();
    match letters.as_bytes() {
        [b'b'..=b'z'] => true,
        [b'f'..=b'p', b'1'..=b'6'] => name.starts_with("sd"),
        [b'b'..=b'd', b'a'..=b'z'] => name.starts_with("xvd"),
        _ => false,
    }
}

fn check_spot(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    if spec.spot != Some(true) {
        return;
    }
    if spec.state == Some(State::Stopped) {
        diagnostics.push(
            Diagnostic::new(Code::DoesNotApply, "state", "a spot instance can't be stopped")
                .help("use `spot: false`, or destroy it between classes"),
        );
    }
    if spec.termination_protection == Some(true) {
        diagnostics.push(
            Diagnostic::new(
                Code::DoesNotApply,
                "termination_protection",
                "a spot instance can't be protected: AWS can reclaim it",
            )
            .help("use `spot: false`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn diagnostics(properties: Value) -> Vec<(String, String)> {
        let mut spec = json!({ "image": "al2023", "instance_type": "t3.micro" });
        spec.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        let spec: Spec = serde_json::from_value(spec).unwrap();
        check(&spec, &Base::default())
            .into_iter()
            .filter(Diagnostic::is_error)
            .map(|diagnostic| (diagnostic.path().to_owned(), diagnostic.help.unwrap_or_default()))
            .collect()
    }

    fn paths(properties: Value) -> Vec<String> {
        diagnostics(properties).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn what_is_right_passes() {
        for (image, instance_type) in [
            ("al2023", "t3.micro"),
            ("al2023-arm64", "t4g.small"),
            ("ubuntu-24.04-arm64", "c7gn.16xlarge"),
            ("ami-0abcdef1234567890", "u-6tb1.56xlarge"),
            ("/aws/service/debian/release/11/latest/amd64", "m7i-flex.large"),
            ("al2023", "g4dn.metal"),
            ("debian-13", "m7i.metal-24xl"),
            ("ubuntu-26.04", "t3.small"),
            ("ubuntu-26.04-arm64", "p6e-gb200.36xlarge"),
        ] {
            assert_eq!(paths(json!({ "image": image, "instance_type": instance_type })), [""; 0], "{image}");
        }
    }

    #[test]
    fn a_misspelt_image_or_type_is_reported_with_what_was_meant() {
        let (path, hint) = diagnostics(json!({ "image": "al2032" })).remove(0);
        assert!(path == "image" && hint.contains("`al2023`"), "{hint}");
        for (wrong, right) in [("t3-micro", "t3.micro"), ("t3.mikro", "t3.micro"), ("T3.micro", "t3.micro")] {
            let (path, hint) = diagnostics(json!({ "instance_type": wrong })).remove(0);
            assert!(path == "instance_type" && hint.contains(right), "{wrong}: {hint}");
        }
        assert_eq!(paths(json!({ "image": "ami-123" })), ["image"]);
    }

    #[test]
    fn an_image_for_other_processors_is_reported() {
        let (path, hint) = diagnostics(json!({ "instance_type": "t4g.micro" })).remove(0);
        assert!(path == "image" && hint.contains("`al2023-arm64`"), "{hint}");
        assert_eq!(paths(json!({ "image": "al2023-arm64" })), ["image"]);
    }

    #[test]
    fn disks_keep_to_their_sort() {
        assert_eq!(paths(json!({ "root_volume": { "type": "gp2", "iops": 4000 } })), ["root_volume.iops"]);
        assert_eq!(paths(json!({ "root_volume": { "type": "io2", "throughput": 200 } })), ["root_volume.throughput"]);
        assert_eq!(paths(json!({ "root_volume": { "size_gib": 0 } })), ["root_volume.size_gib"]);
        assert_eq!(
            paths(json!({ "root_volume": { "size_gib": 7 } })),
            ["root_volume.size_gib"],
            "smaller than the image"
        );
        let own = json!({ "image": "ami-0abcdef1234567890", "root_volume": { "size_gib": 7 } });
        assert_eq!(paths(own), [""; 0]);
        let devices = ["/dev/sdf", "/dev/sdf1", "/dev/xvdcz", "xvdf", "sdh"]
            .map(|device| json!({ "device": device, "size_gib": 1 }));
        assert_eq!(paths(json!({ "volumes": devices })), [""; 0]);
        let twice = json!([{ "device": "/dev/sdf", "size_gib": 1 }, { "device": "/dev/sdf", "size_gib": 1 }]);
        assert_eq!(paths(json!({ "volumes": twice })), ["volumes.1.device"]);
        assert_eq!(paths(json!({ "volumes": [{ "device": "/dev/sda1", "size_gib": 1 }] })), ["volumes.0.device"]);
    }

    #[test]
    fn the_rest_of_what_aws_would_refuse() {
        assert_eq!(paths(json!({ "user_data": "x".repeat(16_385) })), ["user_data"]);
        assert_eq!(paths(json!({ "instance_type": "m5.large", "cpu_credits": "standard" })), ["cpu_credits"]);
        for burstable in ["t2.micro", "t3a.small", "t8i.micro"] {
            assert_eq!(paths(json!({ "instance_type": burstable, "cpu_credits": "standard" })), [""; 0], "{burstable}");
        }
        let arm = json!({ "image": "al2023-arm64", "instance_type": "t9g.micro", "cpu_credits": "unlimited" });
        assert_eq!(paths(arm), [""; 0]);
        assert_eq!(paths(json!({ "spot": true, "state": "stopped" })), ["state"]);
        assert_eq!(paths(json!({ "security_group_ids": ["default"] })), ["security_group_ids.0"]);
        assert_eq!(paths(json!({ "subnet_id": "\u{1}${net.id}" })), [""; 0]);
        assert_eq!(paths(json!({ "subnet_id": "subnet-XYZ!" })), ["subnet_id"]);
        let from =
            |snapshot: &str| json!({ "volumes": [{ "device": "/dev/sdf", "size_gib": 5, "snapshot_id": snapshot }] });
        assert_eq!(paths(from("my data")), ["volumes.0.snapshot_id"]);
        assert_eq!(paths(from("snap-0abcdef1234567890")), [""; 0]);
        let arn = |what: &str| json!({ "instance_profile": format!("arn:aws:iam::123456789012:{what}") });
        assert_eq!(paths(arn("role/teacher")), ["instance_profile"]);
        assert_eq!(paths(arn("instance-profile/teacher")), [""; 0]);
    }

    #[test]
    fn a_type_that_is_not_known_is_a_warning_with_the_nearest() {
        let spec = super::super::spec::spec(json!({ "instance_type": "t3.metal" }));
        let [diagnostic] = &check(&spec, &Base::default())[..] else { panic!("one diagnostic") };
        assert!(
            !diagnostic.is_error() && diagnostic.help.as_deref().is_some_and(|hint| hint.contains("`t3.")),
            "{diagnostic:?}"
        );
    }
}
