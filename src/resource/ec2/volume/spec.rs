//! The properties of `ec2.volume`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::Stuck;
use crate::resource::ec2::disk::change::Shape;
use crate::resource::ec2::volume_type::VolumeType;

/// The properties of `ec2.volume`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its size in GiB. It grows in place, but the file system on it must be resized separately; a smaller size
    /// replaces the volume and loses its data.
    #[schemars(extend("examples" = [20]))]
    pub size_gib: i32,
    /// Its type. AWS changes it in place, like the size, the IOPS and the throughput: at most a few times a
    /// day.
    #[schemars(extend("x-default" = "gp3", "examples" = ["gp2"]))]
    pub volume_type: Option<VolumeType>,
    /// Operations per second, for `gp3`, `io1` and `io2` (required).
    #[schemars(extend("x-default" = 3000, "examples" = [4000]))]
    pub iops: Option<i32>,
    /// MiB per second, for `gp3`.
    #[schemars(extend("x-default" = 125, "examples" = [250]))]
    pub throughput: Option<i32>,
    /// Whether it is encrypted at rest, with the account's default key for EBS. `true` replaces an unencrypted volume
    /// and loses its data; `false` leaves it to the account's default.
    #[schemars(extend("x-replace" = true, "examples" = [true]))]
    pub encrypted: Option<bool>,
    /// The snapshot it is created from, such as a data set, `snap-…`; `size_gib` must be at least that of the snapshot.
    /// Default: an empty volume. A change replaces the volume and loses its data.
    #[schemars(extend("x-replace" = true, "examples" = ["snap-0abcdef1234567890"]))]
    pub snapshot_id: Option<String>,
    /// The zone it is in, for example `us-east-1a`: only an instance in the same zone can use it. Default: the zone
    /// of `instance`; one of the two is required. A change replaces the volume and loses its data.
    #[schemars(extend("x-replace" = true, "examples" = ["us-east-1b"]))]
    pub availability_zone: Option<String>,
    /// The id of the instance it is attached to. Default: none, so it stays detached; the cost is the same. A change
    /// moves it. Unmount it first: AWS does not detach a volume from an instance that uses it. When the instance
    /// is replaced, the old one is stopped first, and the new one is launched in the volume's zone unless
    /// `subnet_id` says otherwise. The volume is attached once the new instance is running: a script in `user_data` has
    /// to wait for the device.
    #[schemars(extend("x-default" = "", "examples" = ["${instance.id}"]))]
    pub instance: Option<String>,
    /// Its device name in AWS, `/dev/sdf` to `/dev/sdp`; the operating system may use another one.
    /// Required with `instance`. A change detaches the volume and attaches it again.
    #[schemars(extend("examples" = ["/dev/sdg"]))]
    pub device: Option<String>,
}

impl From<&Spec> for Shape {
    fn from(spec: &Spec) -> Self {
        let Spec { size_gib, volume_type, iops, throughput, .. } = *spec;
        Self { size: Some(size_gib), sort: volume_type, iops, throughput }
    }
}

impl Spec {
    /// The instance that is to have it, if one is.
    pub fn holder(&self) -> Option<&str> {
        self.instance.as_deref().filter(|instance| !instance.is_empty())
    }
}

/// The one form in which specs are compared.
pub fn canonical(mut spec: Spec) -> Spec {
    // If encryption is the account's default, a disk is encrypted without being asked for, and that is not a
    // difference.
    spec.encrypted = spec.encrypted.filter(|encrypted| *encrypted);
    spec.device = spec.device.filter(|device| !device.is_empty());
    spec
}

/// A volume that is larger than the file says: AWS makes none smaller.
pub fn stuck(live: &Spec, target: &Spec) -> Vec<Stuck> {
    let (there, said) = (live.size_gib, target.size_gib);
    let what = format!("it has {there} GiB, but the file says {said}");
    let stuck = (there > said).then(|| Stuck { path: "size_gib".to_owned(), instead: there.into(), what });
    stuck.into_iter().collect()
}
