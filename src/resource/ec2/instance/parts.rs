//! What comes with an instance, its disks and its network interface: their marks and tags.
//!
//! AWS tags them in the call that launches the instance, when their ids are not known yet. So their record is first
//! that of the instance's client token, or, of a disk that is added later, of the instance's id; and then, as soon as
//! it is known, that of their own id, which no copy has.

use aws_sdk_ec2::types::Instance;

use crate::aws::ownership::{self, LastApplied, Ownership};
use crate::aws::{Context, Error, Result, try_side_by_side};
use crate::resource::ec2::disk::{self, device_of};
use crate::resource::ec2::tag::{self, update_tags as set_tags};
use crate::resource::{Address, Desired, Tags, is_unknown};

use super::spec::Spec;
use super::{detached, find, owner, tags};
use crate::resource::ec2::disk::boot::is_root;

/// The marks of what comes with an instance of `address`, until its own id is known: it is the record of `name`.
pub fn ownership_tags(cx: &Context, address: &str, name: &str) -> Tags {
    let mut applied = LastApplied::default();
    applied.bind(name);
    let ownership = Ownership {
        stack: cx.place.stack.clone(),
        address: Address::new(""),
        applied,
        keep: ownership::LifecycleFlags::default(),
    };
    let mut tags = ownership.tags();
    tags.insert(ownership::RESOURCE.to_owned(), address.to_owned());
    tags
}

/// The tags of a new instance's disks and network interface: those of people, and the owner's; see [`marks`] for
/// `name`.
pub fn of_new(cx: &Context, desired: &Desired<Spec>, name: &str) -> Tags {
    let mut tags = tags::of_instance(desired);
    tags.retain(|key, _| !ownership::is_ownership_tag(key));
    tags.extend(ownership_tags(cx, &tags::address(desired), name));
    tags
}

/// Writes into the marks of an instance's disks that they are its own.
pub async fn bind(cx: &Context, instance: &Instance) -> Result<()> {
    let id = instance.instance_id().unwrap_or_default();
    let known = owner::known(&cx.place, instance);
    let address = known.tags.get(ownership::RESOURCE).cloned().unwrap_or_default();
    let disks = find::disks(cx, &[id]).await?;
    let open = disks.iter().filter(|disk| {
        owner::has(&cx.place, instance, disk) && !owner::is_bound(disk)
            || owner::awaits_marks(&cx.place, instance, disk)
    });
    let address = &address;
    try_side_by_side(open, |disk| async move {
        let own = disk.volume_id().unwrap_or_default();
        let mut ownership_tags = ownership_tags(cx, address, own);
        let device = device_of(disk, id).filter(|_| !is_root(instance, disk));
        ownership_tags.extend(device.map(|device| (detached::DEVICE.to_owned(), detached::place_of(id, device))));
        set_tags(cx, [own], &ownership_tags, &[]).await
    })
    .await
    .map(drop)
}

/// The tags of an instance as a plan is to see them. Tags of people go to its parts too, after the instance and in one
/// call: where a part shows that a run ended in between, the instance shows the tag that is to be changed.
pub fn shown(mut tags: Tags, desired: &Desired<Spec>, parts: impl Iterator<Item = Tags>) -> Tags {
    let recorded = LastApplied::read(&tags);
    for part in parts {
        for (key, value) in
            desired.tags.iter().filter(|(key, value)| !ownership::is_ownership_tag(key) && !is_unknown(value))
        {
            if tags.get(key) != Some(value) {
                continue;
            }
            match part.get(key) {
                Some(there) if there != value => drop(tags.insert(key.clone(), there.clone())),
                None => drop(tags.remove(key)),
                Some(_) => {}
            }
        }
        for (key, value) in part {
            if !ownership::is_ownership_tag(&key)
                && !desired.tags.contains_key(&key)
                && recorded.has(&format!("tags.{key}"))
            {
                tags.entry(key).or_insert(value);
            }
        }
    }
    tags
}

/// Sets and removes tags of an instance, those of people on its parts too. The instance comes first, and then all parts in
/// one call; see [`shown`]. Where the stack's own mark is set, the parts are marked; where it is removed, they are freed
/// before the instance.
pub async fn update_tags(cx: &Context, id: &str, set: &Tags, remove: &[String]) -> Result<()> {
    if disk::is_disk(id) {
        return set_tags(cx, [id], set, remove).await;
    }
    if remove.iter().any(|key| key == ownership::STACK) {
        return release(cx, id, remove).await;
    }
    set_tags(cx, [id], set, remove).await?;
    let of_people: Tags = set.clone().into_iter().filter(|(key, _)| !ownership::is_ownership_tag(key)).collect();
    let without: Vec<String> = remove.iter().filter(|key| !ownership::is_ownership_tag(key)).cloned().collect();
    let claims = set.contains_key(ownership::STACK);
    if !claims && of_people.is_empty() && without.is_empty() {
        return Ok(());
    }
    let instance = the(cx, id).await?;
    if claims {
        bind(cx, &instance).await?;
        if tag::tags_of(instance.tags.as_deref()).contains_key(owner::RELEASED) {
            set_tags(cx, [id], &Tags::new(), &[owner::RELEASED.to_owned()]).await?;
        }
    }
    if of_people.is_empty() && without.is_empty() {
        return Ok(());
    }
    set_tags(cx, of(cx, &instance).await?, &of_people, &without).await
}

/// Takes the marks off an instance and its parts, and leaves the word that this was meant, since the instance's client token
/// goes on naming the stack.
async fn release(cx: &Context, id: &str, ownership_tags: &[String]) -> Result<()> {
    let parts = of(cx, &the(cx, id).await?).await?;
    let of_parts = [ownership::STACK, ownership::RESOURCE, ownership::APPLIED, ownership::KEEP, detached::DEVICE]
        .map(str::to_owned);
    set_tags(cx, parts, &Tags::new(), &of_parts).await?;
    let word = Tags::from([(owner::RELEASED.to_owned(), cx.place.stack.clone())]);
    let ownership_tags: Vec<_> = ownership_tags.iter().filter(|key| *key != owner::RELEASED).cloned().collect();
    set_tags(cx, [id], &word, &ownership_tags).await
}

/// The disks and network interfaces of an instance that are the stack's.
async fn of(cx: &Context, instance: &Instance) -> Result<Vec<String>> {
    let id = instance.instance_id().unwrap_or_default();
    let ids = [id];
    let (disks, interfaces) = tokio::try_join!(find::disks(cx, &ids), find::interfaces(cx, id))?;
    let disks = disks.into_iter().filter(|disk| owner::has(&cx.place, instance, disk));
    Ok(disks.filter_map(|disk| disk.volume_id).chain(interfaces).collect())
}

async fn the(cx: &Context, id: &str) -> Result<Instance> {
    find::by_id(cx, id)
        .await?
        .ok_or_else(|| Error::unexpected("ec2:DescribeInstances", format!("instance {id} is gone")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{
        ID, ROOT, desired, instance, ownership_tags as ownership_tags_of, record_of, recorded, tags, token_of,
    };
    use super::*;
    use crate::testing::aws::{Asked, Aws, yes};
    use crate::testing::place;

    /// What a plan sees of an instance with `on_it`, a disk with `on_disk`, and a record of the tags `last`.
    fn seen(on_it: &[(&str, &str)], on_disk: &[(&str, &str)], last: &[&str]) -> Tags {
        let mut applied = LastApplied::default();
        last.iter().for_each(|key| applied.insert(&format!("tags.{key}"), &json!("any"), false));
        let on_it = tags(on_it).into_iter().chain(recorded(applied)).collect();
        // The file says `course: one` and a name.
        let mut seen = shown(on_it, &desired("vm", "lesson-vm", json!({})), [tags(on_disk)].into_iter());
        seen.retain(|key, _| !ownership::is_ownership_tag(key));
        seen
    }

    #[test]
    fn a_part_that_was_left_behind_or_went_ahead_is_seen_on_the_instance() {
        let (name, whole) = (("Name", "lesson-vm"), tags(&[("Name", "lesson-vm"), ("course", "one")]));
        let one = [name, ("course", "one")];
        assert_eq!(seen(&one, &one, &["Name", "course"]), whole);
        // Killed on the way to `two` after the disk, or from `two` before the disk: the file says `one`.
        let two = [name, ("course", "two")];
        assert_eq!(seen(&one, &two, &["Name", "course"])["course"], "two");
        assert_eq!(seen(&two, &one, &["Name", "course"])["course"], "two");
        // On the way to a tag more, and to one less.
        let more = [name, ("course", "one"), ("room", "12")];
        assert_eq!(seen(&one, &more, &["Name", "course", "room"])["room"], "12");
        assert!(!seen(&one, &[name], &["Name", "course"]).contains_key("course"));
    }

    #[test]
    fn what_people_put_on_a_disk_alone_is_theirs() {
        let one = [("Name", "lesson-vm"), ("course", "one")];
        let backup = [("Name", "lesson-vm"), ("course", "one"), ("backup", "daily")];
        assert!(!seen(&one, &backup, &["Name", "course"]).contains_key("backup"));
        assert_eq!(seen(&backup, &one, &["Name", "course"])["backup"], "daily");
    }

    /// An account with one instance that has one disk and one network interface.
    fn account(on_disk: Tags) -> Aws {
        let set = |tags: &Tags| -> String {
            tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect()
        };
        let vm = instance(&token_of(&place(), "vm"), &ownership_tags_of("vm"), &[]);
        let (token, ownership_tags, on_disk) =
            (vm.client_token.unwrap_or_default(), set(&ownership_tags_of("vm")), set(&on_disk));
        Aws::with(move |call| match call.name.as_str() {
            "ec2:DescribeInstances" => yes(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>{ID}</instanceId>\
                 <clientToken>{token}</clientToken><rootDeviceName>{ROOT}</rootDeviceName><instanceState><code>16</code>\
                 <name>running</name></instanceState><tagSet>{ownership_tags}</tagSet></item></instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>"
            )),
            "ec2:DescribeVolumes" => yes(format!(
                "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><attachmentSet><item>\
                 <instanceId>{ID}</instanceId><device>{ROOT}</device></item></attachmentSet><tagSet>{on_disk}</tagSet>\
                 </item></volumeSet></DescribeVolumesResponse>"
            )),
            "ec2:DescribeNetworkInterfaces" => {
                yes("<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-1\
                 </networkInterfaceId></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>")
            }
            name => yes(format!("<{0}Response><return>true</return></{0}Response>", &name["ec2:".len()..])),
        })
    }

    /// The changing calls: what, of which resources, which keys.
    fn changes(aws: &Aws) -> Vec<String> {
        let change = |call: Asked| {
            let field = |name: &str| {
                let mut found: Vec<_> = call
                    .body
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .filter(|(key, _)| key.starts_with(name))
                    .collect();
                found.retain(|(key, _)| !key.ends_with(".Value"));
                found.into_iter().map(|(_, value)| value.to_owned()).collect::<Vec<_>>().join(",")
            };
            format!("{} {} {}", &call.name["ec2:".len()..], field("ResourceId"), field("Tag."))
        };
        aws.calls().into_iter().filter(|call| call.name.ends_with("Tags")).map(change).collect()
    }

    #[tokio::test]
    async fn the_instance_comes_first_and_all_its_parts_in_one_call() {
        let bound = ownership_tags_of("vm").into_iter().chain(record_of("vol-1")).collect();
        let aws = account(bound);
        let set = tags(&[(ownership::APPLIED, "aaaabbbb"), ("course", "two")]);
        update_tags(&aws.context(), ID, &set, &["room".to_owned()]).await.unwrap();
        assert_eq!(
            changes(&aws),
            [
                "CreateTags i-1 cloud101:applied,course",
                "DeleteTags i-1 room",
                "CreateTags vol-1,eni-1 course",
                "DeleteTags vol-1,eni-1 room"
            ]
        );
    }

    #[tokio::test]
    async fn a_copy_that_others_attached_gets_no_tags() {
        let aws = account(ownership_tags_of("vm").into_iter().chain(record_of("vol-9")).collect());
        update_tags(&aws.context(), ID, &tags(&[("course", "two")]), &[]).await.unwrap();
        assert_eq!(changes(&aws), ["CreateTags i-1 course", "CreateTags eni-1 course"]);
    }

    #[tokio::test]
    async fn marks_that_are_put_back_are_put_on_the_disk_it_boots_from_too() {
        let aws = account(Tags::new());
        update_tags(&aws.context(), ID, &ownership_tags_of("vm"), &[]).await.unwrap();
        assert_eq!(
            changes(&aws),
            [
                "CreateTags i-1 cloud101:resource,cloud101:stack",
                "CreateTags vol-1 cloud101:applied,cloud101:resource,cloud101:stack"
            ]
        );
    }

    #[tokio::test]
    async fn a_release_frees_the_parts_first_and_leaves_its_word() {
        let aws = account(ownership_tags_of("vm").into_iter().chain(record_of("vol-1")).collect());
        let ownership_tags: Vec<String> = ownership_tags_of("vm").into_keys().collect();
        update_tags(&aws.context(), ID, &Tags::new(), &ownership_tags).await.unwrap();
        assert_eq!(
            changes(&aws),
            [
                "DeleteTags vol-1,eni-1 cloud101:stack,cloud101:resource,cloud101:applied,cloud101:keep,\
                 cloud101:device",
                "CreateTags i-1 cloud101:released",
                "DeleteTags i-1 cloud101:resource,cloud101:stack"
            ]
        );
    }
}
