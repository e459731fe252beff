//! Creating an instance, once, however often it is tried.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, CreditSpecificationRequest, EbsBlockDevice, IamInstanceProfileSpecification, Image, Instance,
    InstanceInterruptionBehavior, InstanceMarketOptionsRequest, InstanceNetworkInterfaceSpecification, InstanceType,
    MarketType, Placement, ResourceType, ShutdownBehavior, SpotInstanceType, SpotMarketOptions,
    VolumeType as SdkVolumeType,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::time::Instant;

use crate::aws::{Call, Context, Error, ErrorKind, Result, ownership, wait};
use crate::resource::ec2::disk::boot::is_same_disk;
use crate::resource::ec2::disk::separate::zone_of_volumes;
use crate::resource::ec2::tag::{specification, tags_of};
use crate::resource::ec2::token::token;
use crate::resource::ec2::volume_type::VolumeType;
use crate::resource::{Desired, Live, Tags};

use super::spec::{RootVolume, Spec};
use super::{find, image, metadata, owner, parts, power, profile, settle, tags, user_data};

/// How many tokens of terminated instances are passed over; each stands for one that lived within about a day.
const TOKENS: u32 = 100;
/// How long DescribeInstances may miss what an earlier call made.
const HIDDEN: Duration = Duration::from_secs(20);
/// How long a new security group or key pair may be unknown to RunInstances.
const UNSEEN: Duration = Duration::from_secs(20);
/// How long AWS may have no machine of a type free until cloud101 stops asking for one.
const SHORT: Duration = Duration::from_secs(60);
/// The root device that AWS's own default is for images that don't say one.
const ROOT_DEVICE: &str = "/dev/sda1";

/// Creates the instance, or finds the one that an earlier call made whose answer was lost, and brings it to what the
/// stack wants.
pub async fn create(cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
    let address = tags::address(desired);
    let (instances, request) = tokio::join!(find::of_address(cx, &address), request(cx, desired));
    let instances = instances?;
    let other = |instance: &&Instance| instance.instance_id() != desired.replaces.as_deref();
    let live = instances.iter().filter(|instance| find::is_live(instance)).filter(other);
    let instance = match live.into_iter().find(|instance| is_made_for(instance, desired)) {
        Some(instance) => find::until_steady(cx, instance.instance_id().unwrap_or_default()).await?,
        None => launch(cx, desired, request?, &instances).await?,
    };
    settle::finish(cx, desired, &instance).await
}

/// Whether an instance was made for this very spec: it carries the same record of what was applied.
fn is_made_for(instance: &Instance, desired: &Desired<Spec>) -> bool {
    let applied = |tags: &Tags| {
        let applied = tags.iter().filter(|(key, _)| key.starts_with(ownership::APPLIED));
        applied.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
    };
    let live = tags_of(instance.tags.as_deref());
    let same_type = instance.instance_type().is_some_and(|name| name.as_str() == desired.spec.instance_type);
    same_type && applied(&live) == applied(&desired.tags)
}

/// Runs one new instance and waits until it runs. `earlier`: all that the address ever had, as far as AWS lists them.
async fn launch(
    cx: &Context,
    desired: &Desired<Spec>,
    request: RunInstancesFluentBuilder,
    earlier: &[Instance],
) -> Result<Instance> {
    let mut earlier: BTreeSet<&str> = earlier.iter().filter_map(Instance::instance_id).collect();
    // It may have lost the tag by which it would be found.
    earlier.extend(desired.replaces.as_deref());
    let address = &tags::address(desired);
    for attempt in 0..TOKENS {
        let token = token(&cx.place, address, &earlier, attempt);
        match run(cx, desired, with_parts(cx, desired, request.clone(), &token)).await {
            Err(error) if error.is(&["IdempotentInstanceTerminated"]) => {}
            Err(error) if error.is(&["IdempotentParameterMismatch"]) => no_other(cx, &token).await?,
            Err(error) => return Err(error),
            Ok(id) => {
                // AWS answers with what this token once made, whatever became of it.
                let is_given_away = |instance: &Instance| owner::is_given_away(&cx.place, instance);
                let instance = find::until_running(cx, &id, is_given_away).await?;
                if !is_given_away(&instance) {
                    return Ok(instance);
                }
            }
        }
    }
    Err(Error::refused("AWS still lists a hundred terminated instances of this resource")
        .with_hint("try again in a day"))
}

/// The request with its token, which is also what the parts of the instance are marked with until their ids are known.
fn with_parts(
    cx: &Context,
    desired: &Desired<Spec>,
    request: RunInstancesFluentBuilder,
    token: &str,
) -> RunInstancesFluentBuilder {
    let tags = parts::of_new(cx, desired, token);
    let request = request
        .client_token(token)
        .tag_specifications(specification(ResourceType::Volume, &tags))
        .tag_specifications(specification(ResourceType::NetworkInterface, &tags));
    match desired.spec.spot {
        Some(true) => request.tag_specifications(specification(ResourceType::SpotInstancesRequest, &tags)),
        _ => request,
    }
}

/// The same token stood for another spec. Where that instance is alive and DescribeInstances only was late, a second
/// one must not be made; where it is terminated, the next token is right.
async fn no_other(cx: &Context, token: &str) -> Result<()> {
    let found = wait::poll_until("an earlier instance", HIDDEN, || find::of_token(cx, token)).await;
    let instance = match found {
        Err(error) if error.kind == ErrorKind::TimedOut => return Ok(()),
        found => found?,
    };
    let id = instance.instance_id().unwrap_or_default();
    let message = format!("an earlier apply, from another version of the file, has just created {id}");
    Err(Error::refused(message).with_hint("run the same command again: it continues with that instance"))
}

async fn run(cx: &Context, desired: &Desired<Spec>, request: RunInstancesFluentBuilder) -> Result<String> {
    let since = Instant::now();
    // Where AWS has no machine free it mostly has none for hours: a few tries are enough.
    let passes = |error: &Error| {
        error.is(&["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound", "InvalidKeyPair.NotFound"])
            && since.elapsed() < UNSEEN
            || power::is_short(error)
    };
    let name = desired.spec.instance_profile.as_deref().unwrap_or_default();
    let answer = profile::once_visible(cx, name, || {
        wait::retry_while("EC2 to launch the instance", SHORT, passes, || async {
            request.clone().send().await.call("ec2:RunInstances")
        })
    });
    let answer = answer.await.map_err(|error| explained(cx, error))?;
    let instance = answer.instances.unwrap_or_default().pop().and_then(|instance| instance.instance_id);
    instance.ok_or_else(|| Error::unexpected("ec2:RunInstances", "no instance in the answer"))
}

async fn request(cx: &Context, desired: &Desired<Spec>) -> Result<RunInstancesFluentBuilder> {
    let spec = &desired.spec;
    let (ami, placement) = tokio::try_join!(image::resolve_one(cx, &spec.image), placement(cx, desired))?;
    let instance_tags = tags::of_instance(desired);
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let profile =
        given(&spec.instance_profile).map(|name| IamInstanceProfileSpecification::builder().name(name).build());
    let credits =
        spec.cpu_credits.map(|credits| CreditSpecificationRequest::builder().cpu_credits(credits.as_str()).build());
    let mut request = (cx.clients.ec2.run_instances())
        .image_id(&ami)
        .instance_type(InstanceType::from(spec.instance_type.as_str()))
        .min_count(1)
        .max_count(1)
        .set_key_name(given(&spec.key_name))
        .set_iam_instance_profile(profile)
        .set_user_data(given(&spec.user_data).map(|text| BASE64_STANDARD.encode(user_data::bytes(&text))))
        .set_block_device_mappings(mappings(cx, spec, &ami).await?)
        .set_metadata_options(spec.metadata_options.as_ref().map(metadata::request))
        .set_disable_api_termination(spec.termination_protection)
        .set_instance_initiated_shutdown_behavior(spec.shutdown_behavior.map(|b| ShutdownBehavior::from(b.as_str())))
        .set_credit_specification(credits)
        .set_placement(placement)
        .tag_specifications(specification(ResourceType::Instance, &instance_tags));
    // Subnet and groups belong to the network interface as soon as anything is said of it (API: RunInstances).
    request = match spec.public_ip {
        Some(public_ip) => request.network_interfaces(
            InstanceNetworkInterfaceSpecification::builder()
                .device_index(0)
                .associate_public_ip_address(public_ip)
                .delete_on_termination(true)
                .set_subnet_id(spec.subnet_id.clone())
                .set_groups(spec.security_group_ids.clone())
                .build(),
        ),
        None => request.set_subnet_id(spec.subnet_id.clone()).set_security_group_ids(spec.security_group_ids.clone()),
    };
    if spec.spot == Some(true) {
        let once = SpotMarketOptions::builder()
            .spot_instance_type(SpotInstanceType::OneTime)
            .instance_interruption_behavior(InstanceInterruptionBehavior::Terminate)
            .build();
        let market = InstanceMarketOptionsRequest::builder().market_type(MarketType::Spot).spot_options(once).build();
        request = request.instance_market_options(market);
    }
    Ok(request)
}

/// Where it has to stand for the volumes that the last instance of its address had.
async fn placement(cx: &Context, desired: &Desired<Spec>) -> Result<Option<Placement>> {
    if desired.spec.subnet_id.is_some() {
        return Ok(None);
    }
    let zone = zone_of_volumes(cx, &tags::address(desired)).await?;
    Ok(zone.map(|zone| Placement::builder().availability_zone(zone).build()))
}

/// The disks, as far as the stack says anything of them.
async fn mappings(cx: &Context, spec: &Spec, ami: &str) -> Result<Option<Vec<BlockDeviceMapping>>> {
    let mut mappings = Vec::new();
    if let Some(root) = &spec.root_volume {
        mappings.push(root_mapping(cx, root, ami).await?);
    }
    for volume in spec.volumes.iter().flatten() {
        let sort = volume.volume_type.unwrap_or(VolumeType::Gp3);
        let disk = EbsBlockDevice::builder()
            .volume_size(volume.size_gib)
            .set_snapshot_id(volume.snapshot_id.clone())
            .volume_type(SdkVolumeType::from(sort.as_str()))
            .set_iops(volume.iops)
            .set_throughput(volume.throughput)
            .set_encrypted(volume.encrypted)
            .delete_on_termination(volume.delete_with_instance.unwrap_or(true));
        mappings.push(BlockDeviceMapping::builder().device_name(&volume.device).ebs(disk.build()).build());
    }
    Ok(Some(mappings).filter(|mappings| !mappings.is_empty()))
}

/// What the root volume's device is called, the image says.
async fn root_mapping(cx: &Context, root: &RootVolume, ami: &str) -> Result<BlockDeviceMapping> {
    let answer = cx.clients.ec2.describe_images().image_ids(ami).send().await;
    let answer = answer.call_if_found("ec2:DescribeImages")?;
    // An unknown image is refused by RunInstances, whose error is more specific.
    let image = answer.and_then(|answer| answer.images.unwrap_or_default().pop());
    let device = image.as_ref().and_then(root_device).unwrap_or(ROOT_DEVICE);
    let in_image = image.as_ref().and_then(|image| {
        image.block_device_mappings().iter().find(|mapping| mapping.device_name() == Some(device))?.ebs()?.volume_size()
    });
    let disk = EbsBlockDevice::builder()
        .set_volume_size(root.size_gib.or(in_image))
        .set_volume_type(root.volume_type.map(|sort| SdkVolumeType::from(sort.as_str())))
        .set_iops(root.iops)
        .set_throughput(root.throughput)
        // AWS takes `false` as a wish that an encrypted image can't fulfil.
        .set_encrypted(root.encrypted.filter(|encrypted| *encrypted))
        .delete_on_termination(true);
    Ok(BlockDeviceMapping::builder().device_name(device).ebs(disk.build()).build())
}

/// The device that instances of an image boot from. Some images say `/dev/sda1` and have `/dev/sda`: a disk under the
/// name that the image says would be a second one.
fn root_device(image: &Image) -> Option<&str> {
    let name = image.root_device_name()?;
    let devices = image.block_device_mappings().iter().filter_map(|mapping| mapping.device_name());
    let is_said = devices.clone().any(|device| device == name);
    let other = devices.clone().find(|device| is_same_disk(device, name)).or(devices.clone().next());
    Some(if is_said { name } else { other.unwrap_or(name) })
}

/// AWS's refusals with what to do about them.
fn explained(cx: &Context, error: Error) -> Error {
    let region = &cx.place.region;
    let code = error.code.as_deref().unwrap_or_default();
    let says = |text: &str| error.message.contains(text);
    let hint = match code {
        "VPCIdNotSpecified" | "DefaultVpcDoesNotExist" => format!(
            "this account has no default VPC in {region}: create one with `aws ec2 create-default-vpc --region \
                {region}`, or set `subnet_id`"
        ),
        "MissingInput" if says("subnet") => format!(
            "the default VPC has no subnet: create one with `aws ec2 create-default-subnet --region {region} \
                --availability-zone {region}a`, or set `subnet_id`"
        ),
        "InvalidAMIID.NotFound" | "InvalidAMIID.Unavailable" => {
            format!("each region has its own ids: choose an AMI of {region}, or a name such as `al2023`")
        }
        "AuthFailure" if says("Not authorized for images") => {
            format!("the AMI belongs to another account, which does not share it: choose a public one in {region}, or \
                a name such as `al2023`")
        }
        "OptInRequired" if says("Marketplace") => {
            "the AMI is sold in the AWS Marketplace: accept its terms there once, at the address in AWS's message, or \
                choose a name such as `al2023`".into()
        }
        "InsufficientInstanceCapacity" | "InsufficientHostCapacity" | "SpotMaxPriceTooLow" => {
            "AWS has no capacity for this instance type in this zone right now: apply again later, choose another \
                `instance_type`, or set `subnet_id` to a subnet in another zone".into()
        }
        _ if metadata::is_enforced(&error) => metadata::TOKENS_ENFORCED.into(),
        "Unsupported" | "UnsupportedOperation" if says("Availability Zone") || says("availability zone") => {
            "this type does not exist in every zone: set `subnet_id` to a subnet in one of the zones that the message names".into()
        }
        "InvalidParameterValue" if says("architecture") => {
            "image and type have different processor architectures: t4g and other types with a `g` after the digit \
                need an image such as `al2023-arm64`".into()
        }
        "InvalidBlockDeviceMapping" if says("smaller than snapshot") => {
            "make `root_volume.size_gib` at least as large as the image".into()
        }
        // AWS takes the size of the image's snapshot; an emulator whose images say none may not.
        "MissingParameter" if says("snapshotId") => "set the size of the disk: `root_volume.size_gib`".into(),
        "InvalidKeyPair.NotFound" => {
            format!("`aws ec2 describe-key-pairs --region {region}` lists the key pairs; `ec2.key_pair` creates one")
        }
        "InvalidGroup.NotFound" | "InvalidSecurityGroupID.NotFound" => "a security group must be in the same VPC as the instance's subnet".into(),
        "PendingVerification" => "AWS is still verifying this account for its first instance: try again in a few \
            hours".into(),
        _ => return error,
    };
    error.with_hint(hint)
}

#[cfg(test)]
mod tests;
