//! The properties of `ec2.instance`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::Stuck;
use crate::resource::ec2::volume_type::VolumeType;
use crate::resource::lookup::name_in;

/// The properties of `ec2.instance`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What it boots from: an AMI id (`ami-…`), one of `al2023`, `ubuntu-26.04`, `ubuntu-24.04`, `ubuntu-22.04`,
    /// `debian-13`, `debian-12`, each also with `-arm64`, or the path of a public parameter (`/aws/service/…`). A name is looked
    /// up when the instance is created; a newer image later is a note, never a change. A change replaces the instance.
    #[schemars(extend("x-replace" = true, "examples" = ["ami-0abcdef1234567890"]))]
    pub image: String,
    /// Its size, for example `t3.micro`. A change stops and restarts the instance.
    #[schemars(extend("examples" = ["t3.small"]))]
    pub instance_type: String,
    /// `running` or `stopped`: stop it between classes, so that only its disks are billed. Left out: `running`,
    /// which every apply enforces.
    #[schemars(extend("x-default" = "running", "examples" = ["stopped"]))]
    pub state: Option<State>,
    /// The name of the key pair for SSH. AWS's default: none, so SSH login is not possible. A change replaces the
    /// instance, because the key is installed at its first boot.
    #[schemars(extend("x-replace" = true, "x-default" = "", "examples" = ["${key_pair.name}"]))]
    pub key_name: Option<String>,
    /// The subnet. AWS's default: one in the default VPC. A change replaces the instance.
    #[schemars(extend("x-replace" = true, "examples" = ["subnet-0abcdef1234567890"]))]
    pub subnet_id: Option<String>,
    /// The security groups, which are its firewall. AWS's default: the VPC's `default` group.
    #[schemars(extend("x-set" = true, "examples" = [["${group.id}"]]))]
    pub security_group_ids: Option<Vec<String>>,
    /// The name or ARN of an instance profile, whose role programs on the instance use. AWS's default: none.
    #[schemars(extend("x-default" = "", "examples" = ["${profile.name}"]))]
    pub instance_profile: Option<String>,
    /// A script or cloud-config for the first boot, at most 16384 bytes; for cloud-init it may be longer, and is
    /// compressed. A change replaces the instance: cloud-init runs it only at the first boot, so an instance with a
    /// new script but the old setup would be misleading.
    #[schemars(extend("x-replace" = true, "x-default" = "", "x-text" = true, "x-sensitive" = true,
        "examples" = ["#!/bin/sh\ndnf install --assumeyes git\n"]))]
    pub user_data: Option<String>,
    /// The same, from a file in the stack file's folder (`--allow-outside` allows others): its path, relative to the
    /// stack file. A credential or a private key is refused, unless `--allow-file` names it. Use either this or
    /// `user_data`.
    #[schemars(extend("x-local" = true, "examples" = ["setup.sh"]))]
    pub user_data_file: Option<String>,
    /// The root volume. It is deleted with the instance.
    pub root_volume: Option<RootVolume>,
    /// More disks, identified by their device. If set, the list is complete for cloud101's disks: others that it
    /// created are removed, with their data; disks attached by others are kept. A new disk is empty and has no file
    /// system yet. For a disk that outlives the instance, use an `ec2.volume`.
    #[schemars(extend("x-key" = "device", "x-default" = [], "examples" = [[{"device": "/dev/sdf", "size_gib": 5}]]))]
    pub volumes: Option<Vec<Volume>>,
    /// Whether it gets a public IPv4 address, which lasts until it is stopped. AWS's default: the subnet's setting;
    /// in a default VPC, yes. A change replaces the instance.
    #[schemars(extend("x-replace" = true, "examples" = [false]))]
    pub public_ip: Option<bool>,
    /// How programs on the instance reach its metadata service, where its role's credentials come from.
    pub metadata_options: Option<MetadataOptions>,
    /// Whether AWS refuses to terminate it. Set it to false and apply before you destroy it.
    #[schemars(extend("x-default" = false, "examples" = [true]))]
    pub termination_protection: Option<bool>,
    /// The effect of `shutdown` on the instance.
    #[schemars(extend("x-default" = "stop", "examples" = ["terminate"]))]
    pub shutdown_behavior: Option<ShutdownBehavior>,
    /// For the t families: `standard` never costs more than the hourly price, `unlimited` keeps full speed and is
    /// billed for it. AWS's default: `standard` for t2, `unlimited` for the others.
    #[schemars(extend("examples" = ["standard"]))]
    pub cpu_credits: Option<CpuCredits>,
    /// Whether it is a spot instance: cheaper, but AWS can reclaim it at any time. It can't be stopped, so a change
    /// of its type replaces it. A change replaces the instance.
    #[schemars(extend("x-replace" = true, "x-default" = false, "examples" = [true]))]
    pub spot: Option<bool>,
}

/// Whether an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum State {
    Running,
    Stopped,
}

/// What `shutdown` inside the instance does (API: RunInstances, InstanceInitiatedShutdownBehavior).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ShutdownBehavior {
    Stop,
    Terminate,
}

impl ShutdownBehavior {
    /// As AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Terminate => "terminate",
        }
    }
}

/// How a burstable instance is billed (API: CreditSpecificationRequest, CpuCredits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum CpuCredits {
    Standard,
    Unlimited,
}

impl CpuCredits {
    /// As AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Unlimited => "unlimited",
        }
    }

    /// What AWS gives a new instance of a type.
    pub fn default_of(instance_type: &str) -> Self {
        if instance_type.starts_with("t2.") { Self::Standard } else { Self::Unlimited }
    }
}

/// The disk an instance boots from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RootVolume {
    /// Its size in GiB. AWS's default: the image's. It grows in place (with most images, the file system grows at the
    /// next boot); a smaller size replaces the instance.
    #[schemars(extend("x-stays" = true, "examples" = [20]))]
    pub size_gib: Option<i32>,
    /// Its type. AWS's default: the image's, currently usually `gp3`.
    #[serde(rename = "type")]
    #[schemars(extend("x-default" = "gp3", "examples" = ["gp2"]))]
    pub volume_type: Option<VolumeType>,
    /// Operations per second, for `gp3`, `io1` and `io2`.
    #[schemars(extend("x-default" = 3000, "examples" = [4000]))]
    pub iops: Option<i32>,
    /// MiB per second, for `gp3`.
    #[schemars(extend("x-default" = 125, "examples" = [250]))]
    pub throughput: Option<i32>,
    /// Whether it is encrypted at rest, with the account's default key for EBS. `true` replaces an instance whose disk
    /// is not encrypted; `false` leaves it to the account's and the image's default.
    #[schemars(extend("x-replace" = true, "examples" = [true]))]
    pub encrypted: Option<bool>,
}

/// A disk beside the root volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Its device name in AWS, `/dev/sdf` to `/dev/sdp`; the operating system may use another one.
    pub device: String,
    /// Its size in GiB. It grows in place, but the file system on it must be resized separately; a smaller size
    /// replaces the instance.
    pub size_gib: i32,
    /// The snapshot it is created from, such as a data set, `snap-…`; `size_gib` must be at least that of the snapshot.
    /// Default: an empty disk. A change for an existing disk replaces the instance. A disk created from a snapshot
    /// is kept when it is removed from the file, like those of the image.
    pub snapshot_id: Option<String>,
    /// Its type. Default: `gp3`.
    #[serde(rename = "type")]
    pub volume_type: Option<VolumeType>,
    /// Operations per second, for `gp3` (AWS's default: 3000), `io1` and `io2` (required).
    pub iops: Option<i32>,
    /// MiB per second, for `gp3`. AWS's default: 125.
    pub throughput: Option<i32>,
    /// Whether it is encrypted at rest, with the account's default key for EBS. `true` replaces an instance whose disk
    /// is not encrypted; `false` leaves it to the account's default.
    pub encrypted: Option<bool>,
    /// Whether it is deleted with the instance. Default: true. With false, it is kept, and billed, when the instance
    /// is destroyed or replaced, or when it is removed from the file; it is not reattached automatically. An
    /// `ec2.volume` is reattached.
    pub delete_with_instance: Option<bool>,
}

/// How the metadata service answers (API: ModifyInstanceMetadataOptions).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataOptions {
    /// Whether programs must ask for a token first (IMDSv2), so that a web server can't be tricked into giving away
    /// the role's credentials. Left out: `required`, which every apply enforces.
    #[schemars(extend("x-default" = "required", "examples" = ["optional"]))]
    pub http_tokens: Option<HttpTokens>,
    /// The maximum number of network hops of a response: 2 also allows containers on the instance. AWS's default:
    /// the image's, which is 2 for the images that cloud101 has names for.
    #[schemars(extend("x-default" = 2, "examples" = [3]))]
    pub http_put_response_hop_limit: Option<i32>,
    /// Whether the metadata service is available.
    #[schemars(extend("x-default" = "enabled", "examples" = ["disabled"]))]
    pub http_endpoint: Option<Switch>,
    /// Whether the instance can read its own tags there.
    #[schemars(extend("x-default" = "disabled", "examples" = ["enabled"]))]
    pub instance_metadata_tags: Option<Switch>,
}

/// Whether IMDSv2 is required (API: HttpTokensState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum HttpTokens {
    Required,
    Optional,
}

impl HttpTokens {
    /// As AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// On or off, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Switch {
    Enabled,
    Disabled,
}

impl Switch {
    /// As AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// Spells out what cloud101 always enforces, and reduces an instance profile's ARN to its name.
pub fn canonical(mut spec: Spec) -> Spec {
    spec.state.get_or_insert(State::Running);
    spec.metadata_options.get_or_insert_default().http_tokens.get_or_insert(HttpTokens::Required);
    spec.instance_profile = spec.instance_profile.map(|profile| name_in(&profile).to_owned());
    // If encryption is the account's default, a disk is encrypted without being asked for, and that is not a
    // difference.
    let asked = |encrypted: &bool| *encrypted;
    if let Some(root) = spec.root_volume.as_mut() {
        root.encrypted = root.encrypted.filter(asked);
    }
    for volume in spec.volumes.iter_mut().flatten() {
        volume.encrypted = volume.encrypted.filter(asked);
        volume.volume_type.get_or_insert(VolumeType::Gp3);
        volume.delete_with_instance.get_or_insert(true);
    }
    spec
}

/// What only another instance can bring about, beyond the properties that always replace.
pub fn must_replace(live: &Spec, target: &Spec) -> Option<String> {
    let stuck = stuck(live, target).into_iter().next().map(|stuck| stuck.path);
    // A one-time spot request ends when its instance is stopped, and AWS refuses to.
    let is_spot = live.spot == Some(true) && live.instance_type != target.instance_type;
    stuck.or_else(|| is_spot.then(|| "instance_type".to_owned()))
}

/// Disks that are larger than the file says, or not encrypted as it says: AWS makes no disk smaller, and encrypts none
/// that is there.
pub fn stuck(live: &Spec, target: &Spec) -> Vec<Stuck> {
    let mut stuck = Vec::new();
    let size = |spec: &Spec| spec.root_volume.as_ref().and_then(|volume| volume.size_gib);
    if let (Some(there), Some(said)) = (size(live), size(target))
        && there > said
    {
        let (path, instead) = ("root_volume.size_gib".to_owned(), there.into());
        stuck.push(Stuck { path, instead, what: too_large("the root volume", there, said) });
    }
    let mut volumes = target.volumes.clone().unwrap_or_default();
    let mut what = Vec::new();
    for desired in &mut volumes {
        let same = live.volumes.iter().flatten().find(|volume| volume.device == desired.device);
        let Some(there) = same else { continue };
        if there.size_gib > desired.size_gib {
            what.push(too_large(&desired.device, there.size_gib, desired.size_gib));
            desired.size_gib = there.size_gib;
        }
        if desired.snapshot_id.is_some() && there.snapshot_id != desired.snapshot_id {
            let from = there.snapshot_id.as_deref().unwrap_or("nothing");
            what.push(format!("{} was created from {from}, not from what the file says", desired.device));
            desired.snapshot_id = there.snapshot_id.clone();
        }
        if desired.encrypted.is_some_and(|desired| there.encrypted != Some(desired)) {
            let not = if desired.encrypted == Some(true) { "not " } else { "" };
            what.push(format!("{} is {not}encrypted, unlike in the file", desired.device));
            desired.encrypted = there.encrypted;
        }
    }
    if !what.is_empty() {
        let instead = serde_json::to_value(volumes).unwrap_or_default();
        stuck.push(Stuck { path: "volumes".to_owned(), instead, what: what.join(", ") });
    }
    stuck
}

fn too_large(disk: &str, there: i32, said: i32) -> String {
    format!("{disk} has {there} GiB, but the file says {said}")
}

/// A spec that says `more` besides what each has to say.
#[cfg(test)]
pub fn spec(more: serde_json::Value) -> Spec {
    let mut all = serde_json::json!({ "image": "al2023", "instance_type": "t3.micro" });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

#[cfg(test)]
mod tests;
