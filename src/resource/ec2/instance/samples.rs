//! Instances and disks for tests, as AWS describes them.

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    EbsInstanceBlockDevice, Instance, InstanceBlockDeviceMapping, Volume as Disk, VolumeAttachment, VolumeState,
};

use crate::aws::ownership::{self, LastApplied};
use crate::model::{Place, Tags};
use crate::resource::Desired;
use crate::resource::ec2::tag::sdk_tags;
use crate::testing::place;

use super::spec::{Spec, spec};
use crate::resource::ec2::token::token;

/// The instance of most tests.
pub const ID: &str = "i-1";
/// The device it boots from.
pub const ROOT: &str = "/dev/xvda";

/// Tags in short.
pub fn tags(all: &[(&str, &str)]) -> Tags {
    all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The marks that a copy takes along.
pub fn ownership_tags(address: &str) -> Tags {
    tags(&[(ownership::STACK, &place().stack), (ownership::RESOURCE, address)])
}

/// A record that says that it is that of `name`.
pub fn record_of(name: &str) -> Tags {
    let mut applied = LastApplied::default();
    applied.bind(name);
    recorded(applied)
}

/// A record as a tag.
pub fn recorded(applied: LastApplied) -> Tags {
    let ownership = ownership::Ownership {
        stack: String::new(),
        address: crate::resource::Address::new(""),
        applied,
        keep: ownership::LifecycleFlags::default(),
    };
    ownership.tags().into_iter().filter(|(key, _)| ownership::is_applied(key)).collect()
}

/// The token that the stack's first instance of `address` has.
pub fn token_of(place: &Place, address: &str) -> String {
    token(place, address, &Default::default(), 0)
}

/// What a file says.
pub fn desired(address: &str, name: &str, more: serde_json::Value) -> Desired<Spec> {
    let mut tags = tags(&[("Name", name)]);
    tags.insert("course".to_owned(), "one".to_owned());
    Desired {
        address: crate::resource::Address::new(address),
        name: name.to_owned(),
        spec: spec(more),
        tags,
        replaces: None,
    }
}

/// An instance with these tags and this token, and disks at these devices: id, device, whether AWS deletes it, and when
/// it was attached.
pub fn instance(token: &str, tags: &Tags, disks: &[(&str, &str, bool, i64)]) -> Instance {
    let mapping = |(id, device, goes, attached): &(&str, &str, bool, i64)| {
        let ebs = EbsInstanceBlockDevice::builder()
            .volume_id(*id)
            .delete_on_termination(*goes)
            .attach_time(DateTime::from_secs(*attached))
            .build();
        InstanceBlockDeviceMapping::builder().device_name(*device).ebs(ebs).build()
    };
    Instance::builder()
        .instance_id(ID)
        .client_token(token)
        .root_device_name(ROOT)
        .set_tags(Some(sdk_tags(tags)))
        .set_block_device_mappings(Some(disks.iter().map(mapping).collect()))
        .build()
}

/// A disk with these tags, attached to [`ID`] as `device`, or to nothing if that is empty; `snapshot` is what it was made
/// from.
pub fn disk(id: &str, device: &str, tags: &Tags, snapshot: &str) -> Disk {
    let disk = Disk::builder().volume_id(id).size(10).set_tags(Some(sdk_tags(tags)));
    let disk = if snapshot.is_empty() { disk } else { disk.snapshot_id(snapshot) };
    match device {
        "" => disk.state(VolumeState::Available).build(),
        device => {
            let attachment = VolumeAttachment::builder().instance_id(ID).device(device).build();
            disk.state(VolumeState::InUse).attachments(attachment).build()
        }
    }
}
