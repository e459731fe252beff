//! Finding the stack's groups, and which is which resource of the file.

use std::collections::HashMap;

use aws_sdk_ec2::types::SecurityGroup as Group;

use crate::aws::claim::is_mine;
use crate::aws::{Context, Result, try_side_by_side};
use crate::resource::ec2::network::default_vpc;
use crate::resource::ec2::tag::{filter, of_stack, tags_of};
use crate::resource::{Desired, Live};

use super::{FILTER_VALUES, Spec, calls, live, owner};

/// The groups that carry the stack's tag.
pub async fn tagged(cx: &Context) -> Result<Vec<Group>> {
    cx.shared("security groups of the stack", calls::groups(cx, vec![of_stack(cx)])).await
}

/// Those among them that are the stack's.
async fn marked(cx: &Context) -> Result<Vec<Group>> {
    Ok(owner::own(cx, tagged(cx).await?).0)
}

/// The ids of the groups that carry the stack's mark.
pub async fn own_ids(cx: &Context) -> Result<Vec<String>> {
    Ok(marked(cx).await?.into_iter().filter_map(|group| group.group_id).collect())
}

/// The groups of any network that have a wanted name.
async fn of_names(cx: &Context, desired: &[Desired<Spec>]) -> Result<Vec<Group>> {
    let found = try_side_by_side(desired.chunks(FILTER_VALUES), |some| {
        calls::groups(cx, vec![filter("group-name", some.iter().map(|desired| &desired.name))])
    });
    Ok(found.await?.into_iter().flatten().collect())
}

/// The default network, if one of `desired` is to be there.
async fn default_of(cx: &Context, desired: &[Desired<Spec>]) -> Result<Option<String>> {
    match desired.iter().any(|desired| desired.spec.vpc_id.is_none()) {
        true => default_vpc(cx).await,
        false => Ok(None),
    }
}

/// Groups by their names.
struct ByName<'a>(HashMap<&'a str, Vec<&'a Group>>);

impl<'a> ByName<'a> {
    fn of(groups: &'a [Group]) -> Self {
        let mut by_name: HashMap<&str, Vec<&Group>> = HashMap::new();
        for group in groups {
            by_name.entry(group.group_name.as_deref().unwrap_or_default()).or_default().push(group);
        }
        Self(by_name)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a Group> + Clone {
        self.0.get(name).into_iter().flatten().copied()
    }

    /// Those that have the address and the name.
    fn of_address(&self, cx: &Context, desired: &Desired<Spec>) -> impl Iterator<Item = &'a Group> + Clone {
        self.named(&desired.name)
            .filter(|group| is_mine(cx, &desired.address, &desired.name, &tags_of(group.tags.as_deref())))
    }
}

/// The group of each of `desired`. The names and the default VPC matter only if the ownership tags don't identify the group.
pub async fn find(cx: &Context, desired: &[Desired<Spec>]) -> Result<Vec<Option<Live<Spec>>>> {
    if desired.is_empty() {
        return Ok(Vec::new());
    }
    let marked = marked(cx).await?;
    let marked = ByName::of(&marked);
    let (named, default) = match desired.iter().all(|desired| marked.of_address(cx, desired).count() == 1) {
        true => (Vec::new(), None),
        false => tokio::try_join!(of_names(cx, desired), default_of(cx, desired))?,
    };
    let named = ByName::of(&named);
    let picked: Vec<_> = desired.iter().map(|desired| pick(cx, desired, &marked, &named, default.as_deref())).collect();
    Ok(picked.into_iter().map(|group| group.map(|group| live(cx, group.clone()))).collect())
}

/// Of several with this address and name, as a replacement that was cut short leaves them, the one in the wanted
/// network.
fn pick<'a>(
    cx: &Context,
    desired: &Desired<Spec>,
    marked: &ByName<'a>,
    named: &ByName<'a>,
    default: Option<&str>,
) -> Option<&'a Group> {
    let vpc = desired.spec.vpc_id.as_deref().or(default);
    let is_there = |group: &&Group| vpc.is_some() && group.vpc_id.as_deref() == vpc;
    let of_address = marked.of_address(cx, desired);
    let in_network = named.named(&desired.name).find(is_there);
    of_address.clone().find(is_there).or_else(|| of_address.clone().next()).or(in_network)
}
