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
    /// Its size in GiB. It grows in place, the file system on it has to be told; making it smaller replaces the volume,
    /// with what is on it.
    #[schemars(extend("examples" = [20]))]
    pub size_gib: i32,
    /// Its sort. AWS changes it in place, as it does the size, the operations and the throughput: a few times a day at
    /// most.
    #[schemars(extend("x-default" = "gp3", "examples" = ["gp2"]))]
    pub volume_type: Option<VolumeType>,
    /// Operations a second, for `gp3`, `io1` and `io2` (required).
    #[schemars(extend("x-default" = 3000, "examples" = [4000]))]
    pub iops: Option<i32>,
    /// MiB a second, for `gp3`.
    #[schemars(extend("x-default" = 125, "examples" = [250]))]
    pub throughput: Option<i32>,
    /// Whether it is encrypted at rest, with the account's own key for disks. `true` replaces a volume that is not, with
    /// what is on it; `false` leaves it to the account's default.
    #[schemars(extend("x-replace" = true, "examples" = [true]))]
    pub encrypted: Option<bool>,
    /// The snapshot that it begins as, such as a set of data, `snap-…`; `size_gib` is at least that one's. Left out: it is
    /// empty. Another one replaces the volume, with what is on it.
    #[schemars(extend("x-replace" = true, "examples" = ["snap-0abcdef1234567890"]))]
    pub snapshot_id: Option<String>,
    /// The zone it is in, for example `us-east-1a`: only an instance in the same zone can have it. Left out: that of
    /// `instance`, and one of the two has to be there. Another one replaces the volume, with what is on it.
    #[schemars(extend("x-replace" = true, "examples" = ["us-east-1b"]))]
    pub availability_zone: Option<String>,
    /// The instance that has it, as its id. Left out: none, so that it waits for one; it costs the same either way. A
    /// change moves it. Unmount it first: AWS does not take a volume from an instance that uses it. An instance that is
    /// replaced is stopped for that, and the new one begins where the volume is, if no `subnet_id` says otherwise. It gets
    /// the volume when it runs: a script in `user_data` has to wait for the device.
    #[schemars(extend("x-default" = "", "examples" = ["${instance.id}"]))]
    pub instance: Option<String>,
    /// The device name that AWS knows it by there, `/dev/sdf` to `/dev/sdp`; inside the instance it may have another.
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
    // Where encryption is the account's default a disk is encrypted although nobody asks, and that is no difference.
    spec.encrypted = spec.encrypted.filter(|encrypted| *encrypted);
    spec.device = spec.device.filter(|device| !device.is_empty());
    spec
}

/// A volume that is larger than the file says: AWS makes none smaller.
pub fn stuck(live: &Spec, desired: &Spec) -> Vec<Stuck> {
    let (there, said) = (live.size_gib, desired.size_gib);
    let what = format!("it has {there} GiB, and the file says {said}");
    let stuck = (there > said).then(|| Stuck { path: "size_gib".to_owned(), instead: there.into(), what });
    stuck.into_iter().collect()
}
