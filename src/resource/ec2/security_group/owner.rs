//! Which groups are the stack's. Pure.
//!
//! A name is that of one group in each network, and tags are copied: the record of a group says in which network it is.
//! What an earlier version made has a record that does not, and is known as long as no other group with these tags has
//! its name.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::SecurityGroup as Group;

use crate::aws::Context;
use crate::aws::ownership::{LastApplied, Ownership};
use crate::resource::{Listing, Owned, Tags};

use super::tags_of;

/// `tags` for a group in the network `vpc`: their record says so.
pub fn within(vpc: &str, tags: &Tags) -> Tags {
    let mut tags = tags.clone();
    if let Some(mut ownership) = Ownership::read(&tags) {
        ownership.applied.bind_within(vpc);
        tags.extend(ownership.tags());
    }
    tags
}

/// Whether the tags of `group` are its own and the stack's.
pub fn is_own(cx: &Context, group: &Group) -> bool {
    let (tags, vpc) = (tags_of(group.tags.as_deref()), group.vpc_id().unwrap_or_default());
    cx.owns(group.group_name().unwrap_or_default(), &tags) && LastApplied::read(&tags).is_within(vpc) != Some(false)
}

/// Those of `tagged`, which are all that carry the stack's tag, that are the stack's, and the others.
pub fn own(cx: &Context, tagged: Vec<Group>) -> (Vec<Group>, Vec<Group>) {
    let name = |group: &Group| group.group_name().unwrap_or_default().to_owned();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    tagged.iter().for_each(|group| *names.entry(name(group)).or_default() += 1);
    let is_certain = |group: &Group| {
        let record = LastApplied::read(&tags_of(group.tags.as_deref()));
        record.is_within(group.vpc_id().unwrap_or_default()) == Some(true) || names.get(&name(group)) == Some(&1)
    };
    tagged.into_iter().partition(|group| is_own(cx, group) && is_certain(group))
}

/// What a list shows of `tagged`, which are all that carry the stack's tag.
pub fn listing(cx: &Context, tagged: Vec<Group>) -> Listing {
    let owned = |group: Group| {
        Some(Owned { id: group.group_id?, name: group.group_name?, tags: tags_of(group.tags.as_deref()) })
    };
    let (own, others) = self::own(cx, tagged);
    let mut listing = Listing::by_tag(cx, own.into_iter().filter_map(owned));
    listing.doubtful.extend(others.into_iter().filter_map(owned));
    listing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, yes};
    use crate::testing::ownership_tags;

    fn group(id: &str, vpc: &str, tags: &Tags) -> Group {
        let tags = crate::resource::ec2::tag::sdk_tags(tags);
        Group::builder().group_id(id).group_name("cloud101-group").vpc_id(vpc).set_tags(Some(tags)).build()
    }

    fn seen(groups: Vec<Group>) -> (Vec<String>, Vec<String>) {
        let listing = listing(&Aws::with(|_| yes("")).context(), groups);
        let ids = |all: Vec<Owned>| all.into_iter().map(|one| one.id).collect();
        (ids(listing.owned), ids(listing.doubtful))
    }

    #[test]
    fn a_group_of_another_network_with_copied_tags_is_not_the_stacks() {
        let tags = within("vpc-1", &ownership_tags("cloud101", "group", "cloud101-group"));
        let (own, copy) = (group("sg-1", "vpc-1", &tags), group("sg-2", "vpc-2", &tags));
        assert_eq!(seen(vec![copy.clone(), own.clone()]), (vec!["sg-1".into()], vec!["sg-2".into()]));
        // Also when the stack's own is gone.
        assert_eq!(seen(vec![copy]), (vec![], vec!["sg-2".into()]));
        assert_eq!(seen(vec![own]), (vec!["sg-1".into()], vec![]));
    }

    #[test]
    fn what_an_earlier_version_made_is_known_while_it_is_the_only_one() {
        let old = ownership_tags("cloud101", "group", "cloud101-group");
        let one = || group("sg-1", "vpc-1", &old);
        assert_eq!(seen(vec![one()]), (vec!["sg-1".into()], vec![]));
        let (own, doubtful) = seen(vec![one(), group("sg-2", "vpc-2", &old)]);
        assert_eq!((own.len(), doubtful.len()), (0, 2), "it can't be known which is the copy");
        let new = group("sg-3", "vpc-3", &within("vpc-3", &old));
        assert_eq!(seen(vec![one(), new]), (vec!["sg-3".into()], vec!["sg-1".into()]));
    }
}
