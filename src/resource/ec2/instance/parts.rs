//! What comes with an instance, its disks and its network interface: their marks and tags.
//!
//! AWS tags them in the call that launches the instance, when their ids are not known yet. So their record is first
//! that of the instance's client token, or, of a disk that is added later, of the instance's id; and then, as soon as
//! it is known, that of their own id, which no copy has.

use aws_sdk_ec2::types::Instance;

use crate::aws::mark::{self, Applied, Mark};
use crate::aws::{Context, Error, Result, try_side_by_side};
use crate::resource::ec2::disk::{self, device_of};
use crate::resource::ec2::tag::{self, update_tags as set_tags};
use crate::resource::{Address, Tags, Wanted, is_unknown};

use super::spec::Spec;
use super::{detached, find, tags, whose};
use crate::resource::ec2::disk::boot::is_root;

/// The marks of what comes with an instance of `address`, until its own id is known: it is the record of `name`.
pub fn marks(cx: &Context, address: &str, name: &str) -> Tags {
    let mut applied = Applied::default();
    applied.bind(name);
    let mark = Mark { stack: cx.place.stack.clone(), address: Address::new(""), applied, keep: mark::Keep::default() };
    let mut tags = mark.tags();
    tags.insert(mark::RESOURCE.to_owned(), address.to_owned());
    tags
}

/// The tags of a new instance's disks and network interface: those of people, and whose they are; see [`marks`] for
/// `name`.
pub fn of_new(cx: &Context, wanted: &Wanted<Spec>, name: &str) -> Tags {
    let mut tags = tags::of_instance(wanted);
    tags.retain(|key, _| !mark::is_mark(key));
    tags.extend(marks(cx, tags::address(wanted), name));
    tags
}

/// Writes into the marks of an instance's disks whose own they are.
pub async fn bind(cx: &Context, instance: &Instance) -> Result<()> {
    let id = instance.instance_id().unwrap_or_default();
    let known = whose::known(&cx.place, instance);
    let address = known.tags.get(mark::RESOURCE).cloned().unwrap_or_default();
    let disks = find::disks(cx, &[id]).await?;
    let open = disks.iter().filter(|disk| {
        whose::has(&cx.place, instance, disk) && !whose::is_bound(disk)
            || whose::awaits_marks(&cx.place, instance, disk)
    });
    let address = &address;
    try_side_by_side(open, |disk| async move {
        let own = disk.volume_id().unwrap_or_default();
        let mut marks = marks(cx, address, own);
        let device = device_of(disk, id).filter(|_| !is_root(instance, disk));
        marks.extend(device.map(|device| (detached::DEVICE.to_owned(), detached::place_of(id, device))));
        set_tags(cx, [own], &marks, &[]).await
    })
    .await
    .map(drop)
}

/// The tags of an instance as a plan is to see them. Tags of people go to its parts too, after the instance and in one
/// call: where a part shows that a run ended in between, the instance shows the tag that is to be changed.
pub fn shown(mut tags: Tags, wanted: &Wanted<Spec>, parts: impl Iterator<Item = Tags>) -> Tags {
    let recorded = Applied::read(&tags);
    for part in parts {
        for (key, value) in wanted.tags.iter().filter(|(key, value)| !mark::is_mark(key) && !is_unknown(value)) {
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
            if !mark::is_mark(&key) && !wanted.tags.contains_key(&key) && recorded.has(&format!("tags.{key}")) {
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
    if remove.iter().any(|key| key == mark::STACK) {
        return release(cx, id, remove).await;
    }
    set_tags(cx, [id], set, remove).await?;
    let of_people: Tags = set.clone().into_iter().filter(|(key, _)| !mark::is_mark(key)).collect();
    let without: Vec<String> = remove.iter().filter(|key| !mark::is_mark(key)).cloned().collect();
    let claims = set.contains_key(mark::STACK);
    if !claims && of_people.is_empty() && without.is_empty() {
        return Ok(());
    }
    let instance = the(cx, id).await?;
    if claims {
        bind(cx, &instance).await?;
        if tag::tags_of(instance.tags.as_deref()).contains_key(whose::RELEASED) {
            set_tags(cx, [id], &Tags::new(), &[whose::RELEASED.to_owned()]).await?;
        }
    }
    if of_people.is_empty() && without.is_empty() {
        return Ok(());
    }
    set_tags(cx, of(cx, &instance).await?, &of_people, &without).await
}

/// Takes the marks off an instance and its parts, and leaves the word that this was meant, since the instance's client token
/// goes on naming the stack.
async fn release(cx: &Context, id: &str, marks: &[String]) -> Result<()> {
    let parts = of(cx, &the(cx, id).await?).await?;
    let of_parts = [mark::STACK, mark::RESOURCE, mark::APPLIED, mark::KEEP, detached::DEVICE].map(str::to_owned);
    set_tags(cx, parts, &Tags::new(), &of_parts).await?;
    let word = Tags::from([(whose::RELEASED.to_owned(), cx.place.stack.clone())]);
    let marks: Vec<_> = marks.iter().filter(|key| *key != whose::RELEASED).cloned().collect();
    set_tags(cx, [id], &word, &marks).await
}

/// The disks and network interfaces of an instance that are the stack's.
async fn of(cx: &Context, instance: &Instance) -> Result<Vec<String>> {
    let id = instance.instance_id().unwrap_or_default();
    let ids = [id];
    let (disks, interfaces) = tokio::try_join!(find::disks(cx, &ids), find::interfaces(cx, id))?;
    let disks = disks.into_iter().filter(|disk| whose::has(&cx.place, instance, disk));
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

    use super::super::samples::{ID, ROOT, instance, marks as marks_of, record_of, recorded, tags, token_of, wanted};
    use super::*;
    use crate::testing::aws::{Asked, Aws, yes};
    use crate::testing::place;

    /// What a plan sees of an instance with `on_it`, a disk with `on_disk`, and a record of the tags `last`.
    fn seen(on_it: &[(&str, &str)], on_disk: &[(&str, &str)], last: &[&str]) -> Tags {
        let mut applied = Applied::default();
        last.iter().for_each(|key| applied.insert(&format!("tags.{key}"), &json!("any"), false));
        let on_it = tags(on_it).into_iter().chain(recorded(applied)).collect();
        // The file says `course: one` and a name.
        let mut seen = shown(on_it, &wanted("vm", "lesson-vm", json!({})), [tags(on_disk)].into_iter());
        seen.retain(|key, _| !mark::is_mark(key));
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
        let vm = instance(&token_of(&place(), "vm"), &marks_of("vm"), &[]);
        let (token, marks, on_disk) = (vm.client_token.unwrap_or_default(), set(&marks_of("vm")), set(&on_disk));
        Aws::with(move |call| match call.name.as_str() {
            "ec2:DescribeInstances" => yes(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>{ID}</instanceId>\
                 <clientToken>{token}</clientToken><rootDeviceName>{ROOT}</rootDeviceName><instanceState><code>16</code>\
                 <name>running</name></instanceState><tagSet>{marks}</tagSet></item></instancesSet></item>\
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
        let bound = marks_of("vm").into_iter().chain(record_of("vol-1")).collect();
        let aws = account(bound);
        let set = tags(&[(mark::APPLIED, "aaaabbbb"), ("course", "two")]);
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
        let aws = account(marks_of("vm").into_iter().chain(record_of("vol-9")).collect());
        update_tags(&aws.context(), ID, &tags(&[("course", "two")]), &[]).await.unwrap();
        assert_eq!(changes(&aws), ["CreateTags i-1 course", "CreateTags eni-1 course"]);
    }

    #[tokio::test]
    async fn marks_that_are_put_back_are_put_on_the_disk_it_boots_from_too() {
        let aws = account(Tags::new());
        update_tags(&aws.context(), ID, &marks_of("vm"), &[]).await.unwrap();
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
        let aws = account(marks_of("vm").into_iter().chain(record_of("vol-1")).collect());
        let marks: Vec<String> = marks_of("vm").into_keys().collect();
        update_tags(&aws.context(), ID, &Tags::new(), &marks).await.unwrap();
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
