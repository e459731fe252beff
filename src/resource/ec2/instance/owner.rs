//! Which instances and disks are the stack's. Pure.
//!
//! Tags are copied: by "launch more like this", by backups that are restored, by people. And they are lost: to a
//! colleague who tidies up, or to a policy of the organisation. So an instance is known by its client token, or, if it
//! was taken over, by its id in its own record; and a disk by its own id in its record, which is written as soon as it
//! is known.

use aws_sdk_ec2::types::{Instance, Volume as Disk, VolumeState};

use crate::aws::ownership::{self, LastApplied};
use crate::model::{Place, Tags};
use crate::resource::ec2::disk::separate;
use crate::resource::ec2::tag::tags_of;

use crate::resource::ec2::disk::boot::is_root;
use crate::resource::ec2::token::{Maker, maker};

/// What an instance carries that was released: its client token goes on saying that the stack made it.
pub const RELEASED: &str = "cloud101:released";
/// The disks that an instance is launched with are attached within seconds of each other.
const AT_ONCE: i64 = 60;

/// What is known of an instance's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its tags, marks included only if they are its own. What was taken off is filled in as far as it is known: of an
    /// address that is missing it is the instance's id that stands for it.
    pub tags: Tags,
    /// The marks that it should carry and does not.
    pub missing: Vec<&'static str>,
}

/// What is known about the owner of `instance`: this stack, another one, or someone else.
pub fn known(place: &Place, instance: &Instance) -> Known {
    let mut tags = tags_of(instance.tags.as_deref());
    let (id, token) = (instance.instance_id().unwrap_or_default(), instance.client_token().unwrap_or_default());
    let mut missing = Vec::new();
    let matches = |stack: &String| match maker(&Place { stack: stack.clone(), ..place.clone() }, token) {
        Maker::ThisStack | Maker::SomeStack => true,
        Maker::AnotherStack | Maker::Others => LastApplied::read(&tags).is_bound_to(id),
    };
    let is_said = tags.get(ownership::STACK).is_some_and(matches);
    // A name that was written there by hand does not change the owner: a stack that takes an instance over leaves a
    // record.
    let is_made_here = !is_said && maker(place, token) == Maker::ThisStack && !tags.contains_key(RELEASED);
    if is_made_here {
        missing.push(ownership::STACK);
        tags.insert(ownership::STACK.to_owned(), place.stack.clone());
    }
    let is_its_own = is_said || is_made_here;
    if !is_its_own {
        tags.retain(|key, _| !ownership::is_own(key));
    } else if !tags.contains_key(ownership::RESOURCE) {
        missing.push(ownership::RESOURCE);
        tags.insert(ownership::RESOURCE.to_owned(), id.to_owned());
    }
    Known { tags, missing }
}

/// What is known of `instance`; `None`: it is not this stack's.
pub fn own(place: &Place, instance: &Instance) -> Option<Known> {
    Some(known(place, instance)).filter(|known| known.tags.get(ownership::STACK) == Some(&place.stack))
}

/// Whether `instance`, which is not this stack's, carries its tag.
pub fn is_copy(place: &Place, instance: &Instance) -> bool {
    is_tagged(place, &tags_of(instance.tags.as_deref())) && own(place, instance).is_none()
}

/// Whether `instance`, which this stack launched, was released or taken over by another stack.
pub fn is_given_away(place: &Place, instance: &Instance) -> bool {
    let tags = tags_of(instance.tags.as_deref());
    match tags.get(ownership::STACK) {
        Some(stack) => *stack != place.stack && own(place, instance).is_none(),
        None => tags.contains_key(RELEASED),
    }
}

/// Whether these tags name the stack. That alone says little: tags are copied.
pub fn is_tagged(place: &Place, tags: &Tags) -> bool {
    tags.get(ownership::STACK) == Some(&place.stack)
}

/// Whether `disk`, which is attached to `instance` of this stack, is the stack's too: made with the instance or for it.
pub fn has(place: &Place, instance: &Instance, disk: &Disk) -> bool {
    let tags = tags_of(disk.tags.as_deref());
    if !is_tagged(place, &tags) {
        return false;
    }
    if is_bound(disk) || is_promised(instance, disk) {
        return true;
    }
    // An earlier version wrote no records on disks: what the instance was launched with came with it.
    let is_of_earlier_version = maker(place, instance.client_token().unwrap_or_default()) != Maker::ThisStack;
    is_of_earlier_version && LastApplied::read(&tags) == LastApplied::default() && came_with(instance, disk)
}

/// Whether the record of `disk` says that it is this very disk's.
pub fn is_bound(disk: &Disk) -> bool {
    LastApplied::read(&tags_of(disk.tags.as_deref())).is_bound_to(disk.volume_id().unwrap_or_default())
}

/// Whether `disk` was made with `instance` or for it, by a run that ended before it could write the disk's own id.
pub fn is_promised(instance: &Instance, disk: &Disk) -> bool {
    let record = LastApplied::read(&tags_of(disk.tags.as_deref()));
    let names = [instance.client_token(), instance.instance_id()].into_iter().flatten();
    names.filter(|name| !name.is_empty()).any(|name| record.is_bound_to(name))
}

/// Whether an apply has to write marks on a disk of `instance`, which is this stack's: the disk's own id, or, on the one
/// that it boots from, what was taken off.
pub fn awaits_marks(place: &Place, instance: &Instance, disk: &Disk) -> bool {
    let is_made_here = maker(place, instance.client_token().unwrap_or_default()) == Maker::ThisStack;
    let tags = tags_of(disk.tags.as_deref());
    let is_whole = is_bound(disk) && is_tagged(place, &tags) && tags.contains_key(ownership::RESOURCE);
    is_made_here && !is_whole && (has(place, instance, disk) || is_root(instance, disk))
}

/// Whether `disk`, which no instance has and which carries the stack's tag, is the stack's for certain, and not a copy.
/// `instances` are the stack's.
pub fn is_its_own<'a>(instances: impl IntoIterator<Item = &'a Instance>, disk: &Disk) -> bool {
    let tags = tags_of(disk.tags.as_deref());
    let is_of_earlier_version = LastApplied::read(&tags) == LastApplied::default();
    let is_useless = disk.state() == Some(&VolumeState::Error);
    is_bound(disk)
        || is_blank(disk) && instances.into_iter().any(|instance| is_promised(instance, disk))
        || is_of_earlier_version && (is_useless || tags.contains_key(ownership::KEEP))
}

/// Whether a disk that carries the stack's tag, and that no instance has, may be a copy: of its instance nothing is known.
pub fn is_doubtful(place: &Place, disk: &Disk) -> bool {
    let is_loose = disk.attachments().is_empty();
    let is_tagged = is_tagged(place, &tags_of(disk.tags.as_deref()));
    is_loose && is_tagged && !is_its_own(&[], disk) && !separate::is_own(place, disk)
}

/// Whether it was made empty, and not from a snapshot or another disk.
pub fn is_blank(disk: &Disk) -> bool {
    let is_none = |id: Option<&str>| id.is_none_or(str::is_empty);
    is_none(disk.snapshot_id()) && is_none(disk.source_volume_id())
}

/// Whether `disk` was attached when `instance` was launched, as the one that it boots from was.
fn came_with(instance: &Instance, disk: &Disk) -> bool {
    let mappings =
        instance.block_device_mappings().iter().filter_map(|mapping| Some((mapping.device_name(), mapping.ebs()?)));
    let attached = |is: &dyn Fn(Option<&str>, Option<&str>) -> bool| {
        let mut found = mappings.clone().filter(|(device, ebs)| is(*device, ebs.volume_id()));
        found.next().and_then(|(_, ebs)| ebs.attach_time()).map(|time| time.secs())
    };
    let root = attached(&|device, _| device.is_some() && device == instance.root_device_name());
    let own = attached(&|_, id| id.is_some() && id == disk.volume_id());
    is_root(instance, disk) || root.zip(own).is_some_and(|(root, own)| (root - own).abs() <= AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ID, ROOT, disk, instance, ownership_tags, record_of, tags, token_of};
    use super::*;
    use crate::testing::place;

    fn with(one: &Tags, other: &Tags) -> Tags {
        one.clone().into_iter().chain(other.clone()).collect()
    }

    #[test]
    fn an_instance_is_known_by_its_token_whatever_became_of_its_tags() {
        let (token, whole) = (token_of(&place(), "vm"), ownership_tags("vm"));
        let seen = |tags: &Tags| own(&place(), &instance(&token, tags, &[]));
        assert_eq!(seen(&whole), Some(Known { tags: whole.clone(), missing: vec![] }));

        let without = |gone: &str| whole.clone().into_iter().filter(|(key, _)| key != gone).collect::<Tags>();
        let known = seen(&without(ownership::RESOURCE)).expect("the stack's");
        assert_eq!(known, Known { tags: ownership_tags(ID), missing: vec![ownership::RESOURCE] });
        let known = seen(&without(ownership::STACK)).expect("the stack's");
        assert_eq!(known, Known { tags: whole.clone(), missing: vec![ownership::STACK] });
        // Another name was written there by hand: in other letter case, or that of a stack that never had it.
        for other in ["CLOUD101", "another"] {
            let renamed = with(&whole, &tags(&[(ownership::STACK, other)]));
            let known = seen(&renamed).expect("the stack's");
            assert_eq!(known, Known { tags: whole.clone(), missing: vec![ownership::STACK] }, "{other}");
            assert!(!is_given_away(&place(), &instance(&token, &renamed, &[])));
            let theirs = Place { stack: other.into(), ..place() };
            assert_eq!(own(&theirs, &instance(&token, &renamed, &[])), None, "{other}");
        }
        let known = seen(&Tags::new()).expect("the stack's");
        assert_eq!(known, Known { tags: ownership_tags(ID), missing: vec![ownership::STACK, ownership::RESOURCE] });
    }

    #[test]
    fn what_was_released_or_taken_over_is_not_known_by_its_token() {
        let token = token_of(&place(), "vm");
        let released = instance(&token, &tags(&[(RELEASED, &place().stack)]), &[]);
        assert_eq!(own(&place(), &released), None);
        assert!(is_given_away(&place(), &released) && !is_copy(&place(), &released));

        let of_another = tags(&[(ownership::STACK, "another"), (ownership::RESOURCE, "vm")]);
        let taken = instance(&token, &with(&of_another, &record_of(ID)), &[]);
        assert_eq!(own(&place(), &taken), None);
        assert!(is_given_away(&place(), &taken));
        assert_eq!(known(&place(), &taken).tags.get(ownership::STACK).map(String::as_str), Some("another"));
    }

    #[test]
    fn copied_tags_make_no_instance_the_stacks() {
        let other = Place { stack: "another".into(), ..place() };
        for token in ["", "console", &token_of(&other, "vm")] {
            let copy = instance(token, &with(&ownership_tags("vm"), &record_of("i-2")), &[]);
            assert_eq!(own(&place(), &copy), None, "{token}");
            assert!(is_copy(&place(), &copy));
            assert_eq!(known(&place(), &copy).tags, Tags::new());
            let adopted = instance(token, &with(&ownership_tags("vm"), &record_of(ID)), &[]);
            assert!(own(&place(), &adopted).is_some() && !is_copy(&place(), &adopted));
        }
        let of_an_earlier_version = instance(&"a".repeat(64), &ownership_tags("vm"), &[]);
        assert!(own(&place(), &of_an_earlier_version).is_some());
        assert_eq!(own(&place(), &instance(&"a".repeat(64), &Tags::new(), &[])), None);
    }

    #[test]
    fn an_attached_disk_is_the_stacks_if_its_record_says_so() {
        let token = token_of(&place(), "vm");
        let vm = instance(&token, &ownership_tags("vm"), &[("vol-1", ROOT, true, 0), ("vol-2", "/dev/sdf", true, 1)]);
        let has = |name: Option<&str>| {
            let record = name.map(record_of).unwrap_or_default();
            has(&place(), &vm, &disk("vol-2", "/dev/sdf", &with(&ownership_tags("vm"), &record), ""))
        };
        assert!(has(Some("vol-2")) && has(Some(ID)) && has(Some(&token)));
        assert!(!has(Some("vol-9")), "a copy of another disk");
        assert!(!has(None), "two tags that a person copied");
        let foreign = disk("vol-2", "/dev/sdf", &record_of("vol-2"), "");
        assert!(!super::has(&place(), &vm, &foreign), "it does not name the stack");
    }

    #[test]
    fn of_an_earlier_version_a_disk_is_the_stacks_if_it_came_with_the_instance() {
        let vm = |attached| {
            let disks = [("vol-1", ROOT, true, 1000), ("vol-2", "/dev/sdf", true, attached)];
            instance(&"a".repeat(64), &ownership_tags("vm"), &disks)
        };
        let two = disk("vol-2", "/dev/sdf", &ownership_tags("vm"), "");
        assert!(has(&place(), &vm(1003), &two));
        assert!(!has(&place(), &vm(9000), &two), "attached later, perhaps by hand");
        assert!(has(&place(), &vm(9000), &disk("vol-1", ROOT, &ownership_tags("vm"), "snap-1")));
        assert!(!awaits_marks(&place(), &vm(1003), &two), "a plan has nothing to do for it");
    }

    #[test]
    fn what_a_killed_run_left_unbound_is_seen_and_what_is_whole_is_not() {
        let token = token_of(&place(), "vm");
        let vm = instance(&token, &ownership_tags("vm"), &[("vol-1", ROOT, true, 0)]);
        let awaits = |tags: &Tags, device: &str| awaits_marks(&place(), &vm, &disk("vol-1", device, tags, ""));
        for device in [ROOT, "/dev/sdf"] {
            assert!(awaits(&with(&ownership_tags("vm"), &record_of(&token)), device));
            assert!(awaits(&with(&ownership_tags("vm"), &record_of(ID)), device));
            assert!(!awaits(&with(&ownership_tags("vm"), &record_of("vol-1")), device));
        }
        assert!(awaits(&Tags::new(), ROOT) && awaits(&record_of("vol-1"), ROOT), "they were taken off");
        assert!(!awaits(&Tags::new(), "/dev/sdf"), "a disk of others");
        assert!(!awaits(&with(&ownership_tags("vm"), &record_of("vol-9")), "/dev/sdf"), "a copy that others attached");
    }

    #[test]
    fn a_disk_that_no_instance_has_goes_only_if_it_is_not_a_copy() {
        let token = token_of(&place(), "vm");
        let own = [instance(&token, &ownership_tags("vm"), &[])];
        let is_own = |record: &Tags, snapshot: &str| {
            is_its_own(&own, &disk("vol-1", "", &with(&ownership_tags("vm"), record), snapshot))
        };
        assert!(is_own(&record_of("vol-1"), "") && is_own(&record_of("vol-1"), "snap-1"));
        assert!(is_own(&record_of(ID), ""), "made for an instance, by a run that was killed");
        assert!(!is_own(&record_of(ID), "snap-1"), "a backup of such a one, restored");
        assert!(!is_own(&record_of("vol-2"), ""), "a copy with all tags");
        assert!(!is_own(&Tags::new(), ""), "a copy with two tags");
        assert!(!is_own(&record_of("i-9"), ""), "made for an instance that is gone: it can't be known");
        let keep = tags(&[(ownership::KEEP, "retain")]);
        assert!(is_own(&keep, ""), "an earlier version's that is to stay");
        assert!(!is_own(&with(&keep, &record_of("vol-2")), "snap-1"), "a copy of one that is to stay");
    }
}
