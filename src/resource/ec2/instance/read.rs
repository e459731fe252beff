//! What an instance is, in the stack's own words.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_ec2::types::{Instance, InstanceAttributeName, InstanceStateName, Volume as Disk};
use serde_json::json;

use crate::aws::ownership::{self, LastApplied, Since};
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Call, Context, Error, Result, concurrently};
use crate::resource::ec2::disk::boot::is_root;
use crate::resource::ec2::disk::device_of;
use crate::resource::ec2::disk::separate::is_separate;
use crate::resource::lookup::name_in;
use crate::resource::{Desired, Live, Tags};

use super::spec::{CpuCredits, ShutdownBehavior, Spec, State, Volume};
use super::{
    attached, attributes, choose, delete, detached, fate, find, image, metadata, owner, parts, profile, tags, types,
    user_data,
};

/// How long AWS may take to show a new instance to all of its calls.
const VISIBLE: std::time::Duration = std::time::Duration::from_secs(60);

/// AMIs by alias or path.
type Images = BTreeMap<String, String>;

/// The stack's instances, in the order of `desired`. Two rounds: which there are, then all about them.
pub async fn read(cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
    let images = desired.iter().map(|desired| desired.spec.image.as_str());
    let (instances, images) = tokio::join!(find::live(cx), newest(cx, images));
    let instances = match instances {
        Ok(instances) => instances,
        Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
    };
    let chosen = choose::choose(&cx.place, desired, instances.iter().map(AsRef::as_ref), |desired, instance, tags| {
        image_of(desired, instance, tags, &images) == desired.spec.image
    });
    let pairs: Vec<_> =
        desired.iter().zip(&chosen).filter_map(|(desired, instance)| Some((desired, (*instance)?))).collect();
    let without_profile = concurrently(&pairs, |(_, instance)| async move {
        match instance.iam_instance_profile() {
            Some(held) => profile::is_gone(cx, held).await,
            None => false,
        }
    });
    let (described, without_profile) = tokio::join!(describe(cx, &pairs, &images), without_profile);
    let mut described = described.into_iter().zip(without_profile).map(|(mut answer, without)| {
        if let (Ok(Some(live)), true) = (&mut answer, without) {
            live.spec.instance_profile = Some(String::new());
        }
        answer
    });
    // An instance that is there is never answered with `None`: that would have it created again.
    let mut reported = |instance: &Instance| match described.next() {
        Some(Ok(None)) | None => {
            let id = instance.instance_id().unwrap_or_default();
            let error = Error::unexpected("ec2:DescribeInstances", format!("AWS does not show all of {id} yet"));
            Err(error.with_hint("run the same command again in a minute"))
        }
        Some(answer) => answer,
    };
    chosen.iter().map(|instance| instance.map_or(Ok(None), &mut reported)).collect()
}

/// One instance after it was created or changed.
pub async fn back(cx: &Context, desired: &Desired<Spec>, id: &str) -> Result<Live<Spec>> {
    let images = newest(cx, std::iter::once(desired.spec.image.as_str())).await;
    let thing = Thing { name: &format!("instance {id}"), is_known: true, lag: find::LAG };
    wait::until_ready(&format!("instance {id} to be visible"), VISIBLE, thing, || async {
        let Some(instance) = find::living(cx, id).await? else { return Ok(Sight::Missing) };
        let described = describe(cx, &[(desired, &instance)], &images).await.pop().unwrap_or(Ok(None))?;
        Ok(described.map_or(Sight::Unready, Sight::Ready))
    })
    .await
}

/// One instance that is there; `None`: gone meanwhile.
pub async fn one(cx: &Context, desired: &Desired<Spec>, instance: &Instance) -> Result<Option<Live<Spec>>> {
    let images = newest(cx, std::iter::once(desired.spec.image.as_str())).await;
    describe(cx, &[(desired, instance)], &images).await.pop().unwrap_or(Ok(None))
}

/// The newest images only make a note, so that a plan does without where they can't be asked for.
async fn newest<'a>(cx: &Context, images: impl Iterator<Item = &'a str>) -> Images {
    image::resolve(cx, images).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the newest images are not known");
        Images::new()
    })
}

/// Everything about several instances, side by side. `None`: gone meanwhile, or not yet known to every call.
async fn describe(
    cx: &Context,
    pairs: &[(&Desired<Spec>, &Instance)],
    images: &Images,
) -> Vec<Result<Option<Live<Spec>>>> {
    let ids: Vec<&str> = pairs.iter().filter_map(|(_, instance)| instance.instance_id()).collect();
    if ids.is_empty() {
        return pairs.iter().map(|_| Ok(None)).collect();
    }
    // Asked of a type without credits, AWS answers with an error.
    let asks_credits = |(desired, instance): &&(&Desired<Spec>, &Instance)| {
        types::is_burstable(find::type_of(instance)) && asks(cx, desired, instance, "cpu_credits")
    };
    let burstable: Vec<_> =
        pairs.iter().filter(asks_credits).filter_map(|(_, instance)| instance.instance_id()).collect();
    // Boxed, so that those whose turn has not come take no room.
    let hidden =
        concurrently(pairs, |(desired, instance)| async move { Box::pin(hidden(cx, desired, instance)).await });
    let (disks, credits, hidden) = tokio::join!(with_detached(cx, pairs, &ids), credits(cx, &burstable), hidden);
    let disks = disks.as_ref().map(|(disks, loose)| (ByInstance::of(disks), loose.as_slice()));
    let live = |((desired, instance), hidden): (&(&Desired<Spec>, &Instance), Result<Option<Hidden>>)| {
        let ((disks, loose), credits) =
            (disks.as_ref().map_err(|error| (*error).clone())?, credits.as_ref().map_err(Error::clone)?);
        let Some(hidden) = hidden? else {
            return Ok(None);
        };
        let id = instance.instance_id().unwrap_or_default();
        if !disks.has_all_of(instance) {
            return Ok(None);
        }
        let disks = Disks { attached: disks.of_instance(id), loose };
        Ok(Some(assemble(cx, desired, instance, disks, credits.get(id).copied(), hidden, images)))
    };
    pairs.iter().zip(hidden).map(live).collect()
}

/// The disks that any of the instances has, and the stack's others, if one that the file names is not among those.
async fn with_detached(
    cx: &Context,
    pairs: &[(&Desired<Spec>, &Instance)],
    ids: &[&str],
) -> Result<(Vec<Disk>, Vec<Disk>)> {
    let lacks_any = |(desired, instance): &(&Desired<Spec>, &Instance)| {
        detached::lacks_any(instance, desired.spec.volumes.as_deref().unwrap_or_default())
    };
    let loose = async {
        match pairs.iter().any(lacks_any) {
            true => find::loose_disks(cx).await,
            false => Ok(Vec::new()),
        }
    };
    tokio::try_join!(find::disks(cx, ids), loose)
}

/// The disks that matter to one instance.
struct Disks<'a> {
    attached: &'a [&'a Disk],
    /// Those of the stack that no instance has.
    loose: &'a [Disk],
}

/// Disks by the instances that they are attached to.
struct ByInstance<'a> {
    ids: HashSet<&'a str>,
    attached: HashMap<&'a str, Vec<&'a Disk>>,
}

impl<'a> ByInstance<'a> {
    fn of(disks: &'a [Disk]) -> Self {
        let mut attached: HashMap<&str, Vec<&Disk>> = HashMap::new();
        for disk in disks {
            for instance in disk.attachments().iter().filter_map(|attachment| attachment.instance_id()) {
                attached.entry(instance).or_default().push(disk);
            }
        }
        Self { ids: disks.iter().filter_map(Disk::volume_id).collect(), attached }
    }

    fn of_instance(&self, id: &str) -> &[&'a Disk] {
        self.attached.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// A new disk may be unknown to DescribeVolumes for some seconds.
    fn has_all_of(&self, instance: &Instance) -> bool {
        let mut attached = instance.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()?.volume_id());
        attached.all(|id| self.ids.contains(id))
    }
}

/// What DescribeInstances does not return.
#[derive(Default)]
struct Hidden {
    user_data: Option<String>,
    termination_protection: Option<bool>,
    shutdown_behavior: Option<ShutdownBehavior>,
}

/// Whether a property that costs a call of its own matters: the stack says it, or the last apply did.
fn asks(cx: &Context, desired: &Desired<Spec>, instance: &Instance, property: &str) -> bool {
    let said = match property {
        "user_data" => desired.spec.user_data.is_some(),
        "termination_protection" => desired.spec.termination_protection.is_some(),
        "shutdown_behavior" => desired.spec.shutdown_behavior.is_some(),
        _ => desired.spec.cpu_credits.is_some(),
    };
    said || LastApplied::read(&owner::known(&cx.place, instance).tags).has(property)
}

async fn hidden(cx: &Context, desired: &Desired<Spec>, instance: &Instance) -> Result<Option<Hidden>> {
    use InstanceAttributeName::{DisableApiTermination, InstanceInitiatedShutdownBehavior, UserData};
    let id = instance.instance_id().unwrap_or_default();
    let properties = [
        ("user_data", UserData),
        ("termination_protection", DisableApiTermination),
        ("shutdown_behavior", InstanceInitiatedShutdownBehavior),
    ];
    let asked = properties.into_iter().filter(|(property, _)| asks(cx, desired, instance, property));
    let answers = concurrently(asked, |(_, name)| async {
        let call = cx.clients.ec2.describe_instance_attribute().instance_id(id).attribute(name);
        call.send().await.call_if_found("ec2:DescribeInstanceAttribute")
    })
    .await;
    let mut hidden = Hidden::default();
    for answer in answers {
        let Some(answer) = answer? else {
            return Ok(None);
        };
        if let Some(protected) = answer.disable_api_termination {
            hidden.termination_protection = Some(protected.value.unwrap_or(false));
        } else if let Some(behavior) = answer.instance_initiated_shutdown_behavior {
            hidden.shutdown_behavior = behavior.value.and_then(|value| serde_json::from_value(value.into()).ok());
        } else {
            hidden.user_data = Some(user_data::reported(answer.user_data.and_then(|data| data.value).as_deref()));
        }
    }
    Ok(Some(hidden))
}

async fn credits(cx: &Context, ids: &[&str]) -> Result<BTreeMap<String, CpuCredits>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let call = cx.clients.ec2.describe_instance_credit_specifications().set_instance_ids(Some(ids));
    let answer = call.send().await.call("ec2:DescribeInstanceCreditSpecifications")?;
    let found = answer.instance_credit_specifications.unwrap_or_default();
    let pair = |found: aws_sdk_ec2::types::InstanceCreditSpecification| {
        Some((found.instance_id?, serde_json::from_value(found.cpu_credits?.into()).ok()?))
    };
    Ok(found.into_iter().filter_map(pair).collect())
}

fn assemble(
    cx: &Context,
    desired: &Desired<Spec>,
    instance: &Instance,
    disks: Disks<'_>,
    cpu_credits: Option<CpuCredits>,
    hidden: Hidden,
    images: &Images,
) -> Live<Spec> {
    let owner::Known { tags, missing } = owner::known(&cx.place, instance);
    let id = instance.instance_id().unwrap_or_default();
    let Disks { attached, loose } = disks;
    let disks: Vec<&Disk> = attached.iter().copied().filter(|disk| device_of(disk, id).is_some()).collect();
    let is_at = |volume: &Volume| disks.iter().any(|disk| device_of(disk, id) == Some(volume.device.as_str()));
    let lacking = desired.spec.volumes.iter().flatten().filter(|volume| !is_at(volume));
    let detached: Vec<_> = lacking
        .filter_map(|volume| Some((detached::of(&cx.place, loose, id, volume)?, volume.device.as_str())))
        .collect();
    let root = disks.iter().copied().find(|disk| is_root(instance, disk));
    let groups = instance.security_groups().iter().filter_map(|group| group.group_id.clone());
    let profile = instance.iam_instance_profile().and_then(|profile| profile.arn()).map(name_in);
    let in_stack = |disk: &&&Disk| attached::is_own(cx, instance, disk) || is_desired(desired, disk, id);
    let spec = Spec {
        image: image_of(desired, instance, &tags, images),
        instance_type: find::type_of(instance).to_owned(),
        state: Some(match find::state_of(instance) {
            Some(InstanceStateName::Stopping | InstanceStateName::Stopped) => State::Stopped,
            _ => State::Running,
        }),
        key_name: Some(instance.key_name().unwrap_or_default().to_owned()),
        subnet_id: instance.subnet_id.clone(),
        security_group_ids: Some(groups.collect()),
        instance_profile: Some(profile.unwrap_or_default().to_owned()),
        user_data: hidden.user_data,
        user_data_file: None,
        root_volume: root.map(attached::root_volume),
        volumes: Some(disks.iter().filter(in_stack).filter_map(|disk| attached::volume(instance, disk)).collect()),
        public_ip: public_ip(instance, desired.spec.public_ip, &LastApplied::read(&tags)),
        metadata_options: match instance.metadata_options() {
            Some(there) => {
                Some(metadata::as_asked_if_disabled(metadata::reported(there), desired.spec.metadata_options.as_ref()))
            }
            // What AWS does not return can't be said to differ.
            None => desired.spec.metadata_options.clone(),
        },
        termination_protection: hidden.termination_protection,
        shutdown_behavior: hidden.shutdown_behavior,
        cpu_credits,
        spot: Some(instance.instance_lifecycle().is_some_and(|lifecycle| lifecycle.as_str() == "spot")),
    };
    let locked = spec.termination_protection == Some(true);
    let awaiting: Vec<_> = disks.iter().filter(|disk| owner::awaits_marks(&cx.place, instance, disk)).collect();
    let attributes = attributes::of(cx, instance, root, &tags);
    let own = disks.iter().filter(|disk| owner::has(&cx.place, instance, disk));
    let tags = parts::shown(tags, desired, own.map(|disk| attached::tags_of(disk)));
    let mut live = Live::new(id, spec, attributes, tags);
    live.blocker = locked.then(|| delete::lock(cx, id));
    live.notes.extend(newer_image(desired, instance, &live.tags, images));
    live.notes.extend((!missing.is_empty()).then(|| lost(&missing)));
    live.notes.extend(detached.iter().map(|(disk, device)| detached::said(disk, device)));
    live.includes.extend(detached.iter().filter_map(|(disk, _)| disk.volume_id.clone()));
    live.unmarked = !missing.is_empty() || !awaiting.is_empty();
    live.besides = fate::besides(&cx.place, instance, &disks, desired.spec.volumes.as_deref().unwrap_or_default());
    live
}

/// What is said of an instance that lost marks.
fn lost(missing: &[&str]) -> String {
    let tags = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
    let (tags, are) =
        if missing.len() == 1 { (format!("tag {tags}"), "was") } else { (format!("tags {tags}"), "were") };
    format!("its {tags} {are} removed or changed; it is identified by its launch token, and an apply restores the tags")
}

/// What `image:` would say of a live instance: the stack's own words where they mean the same AMI or are those of the
/// last apply, else the words it was created by, else its AMI. Where both the words and the record were taken off, nothing
/// says that another image is meant, and an instance must not be lost because of that.
fn image_of(desired: &Desired<Spec>, instance: &Instance, tags: &Tags, images: &Images) -> String {
    let (ami, desired) = (instance.image_id().unwrap_or_default(), &desired.spec.image);
    if desired == ami || images.get(desired).is_some_and(|newest| newest == ami) {
        return desired.clone();
    }
    if let Some(words) = tags.get(tags::IMAGE) {
        return words.clone();
    }
    let is_lost = match LastApplied::read(tags).since("image", &json!(desired)) {
        Since::Same => true,
        Since::New => tags.contains_key(ownership::STACK),
        Since::Changed | Since::Unsaid => false,
    };
    if is_lost && !image::is_id(desired) { desired.clone() } else { ami.to_owned() }
}

fn newer_image(desired: &Desired<Spec>, instance: &Instance, tags: &Tags, images: &Images) -> Option<String> {
    let image = &desired.spec.image;
    let (ami, newest) = (instance.image_id()?, images.get(image)?);
    (tags.get(tags::IMAGE) == Some(image) && newest != ami).then(|| {
        format!(
            "there is a newer `{image}`, {newest}; this instance stays on {ami} until you replace it (--replace {})",
            desired.address
        )
    })
}

/// Whether it was launched with a public address. An instance that does not run has none, and an Elastic IP hides
/// which it was: there the last apply's record stands in.
fn public_ip(instance: &Instance, desired: Option<bool>, applied: &LastApplied) -> Option<bool> {
    let since = desired.map(|desired| applied.since("public_ip", &json!(desired)));
    if find::state_of(instance) != Some(&InstanceStateName::Running) {
        return if since == Some(Since::Changed) { desired.map(|desired| !desired) } else { desired };
    }
    let owner = instance.network_interfaces().first().and_then(|interface| interface.association()?.ip_owner_id());
    Some(match owner {
        None => false,
        Some("amazon") => true,
        Some(_) => desired != Some(false) || since != Some(Since::Same),
    })
}

fn is_desired(desired: &Desired<Spec>, disk: &Disk, instance: &str) -> bool {
    let device = device_of(disk, instance);
    !is_separate(disk) && desired.spec.volumes.iter().flatten().any(|volume| Some(volume.device.as_str()) == device)
}
