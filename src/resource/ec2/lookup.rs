//! A key pair by its name or id, and a security group by its id or name.

use aws_sdk_ec2::types::KeyPairInfo;

use crate::aws::{Context, Error, Result};
use crate::resource::lookup::{Lookup, name_in};
use crate::resource::{Desired, Live};

use super::key_pair::{self, KeyPair};
use super::network::default_vpc;
use super::security_group::{self, SecurityGroup};
use super::tag::filter;

impl Lookup for KeyPair {
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        desired: Option<&Desired<key_pair::Spec>>,
    ) -> Result<Option<Live<key_pair::Spec>>> {
        let id = name_in(id);
        // A name may look like an id.
        let by_id = if id.starts_with("key-") { one(cx, "key-pair-id", id).await? } else { None };
        let pair = match by_id {
            Some(pair) => Some(pair),
            None => one(cx, "key-name", id).await?,
        };
        let Some(pair) = pair else { return Ok(None) };
        let key = desired.map(|desired| desired.spec.public_key.clone()).unwrap_or_default();
        let live = key_pair::live(cx, pair, &key_pair::Spec { public_key: key });
        match live.spec.public_key.is_empty() {
            true => Err(Error::refused(format!("AWS does not return the public key of `{id}`"))
                .with_hint("write the resource yourself, with the line from the .pub file, and adopt it")),
            false => Ok(Some(live)),
        }
    }

    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let pairs = key_pair::describe(cx, None).await?;
        Ok(pairs.into_iter().filter_map(|pair| pair.key_name).collect())
    }
}

/// The key pair whose id or name, as `by` says, is `id`. AWS takes `*` in it for a pattern.
async fn one(cx: &Context, by: &str, id: &str) -> Result<Option<KeyPairInfo>> {
    let pairs = key_pair::describe(cx, Some(filter(by, [id]))).await?;
    let is_it = |pair: &KeyPairInfo| [pair.key_name.as_deref(), pair.key_pair_id.as_deref()].contains(&Some(id));
    Ok(pairs.into_iter().find(is_it))
}

impl Lookup for SecurityGroup {
    /// A name may be that of a group in each network.
    async fn find(
        &self,
        cx: &Context,
        id: &str,
        desired: Option<&Desired<security_group::Spec>>,
    ) -> Result<Option<Live<security_group::Spec>>> {
        let id = name_in(id);
        let by = if id.starts_with("sg-") { "group-id" } else { "group-name" };
        let groups = security_group::calls::groups(cx, vec![filter(by, [id])]).await?;
        let mut groups = groups.into_iter().filter(|group| [group.group_id(), group.group_name()].contains(&Some(id)));
        let Some(group) = groups.next() else { return Ok(None) };
        if group.group_name.as_deref() == Some("default") {
            let error = Error::refused(format!("`{id}` is the VPC's `default` group, which a stack can't manage"));
            return Err(error.with_hint("AWS creates and keeps it; create your own group: `type: ec2.security_group`"));
        }
        if let Some(other) = groups.next() {
            let ids = [&group, &other].map(|group| group.group_id.clone().unwrap_or_default());
            let error = Error::refused(format!("several security groups are called `{id}`"));
            return Err(error.with_hint(format!("name it by its id, such as {}", ids.join(" or "))));
        }
        let mut live = security_group::live(cx, group);
        if desired.is_none() {
            security_group::leave_out_given(&mut live.spec);
            if live.spec.vpc_id == default_vpc(cx).await? {
                live.spec.vpc_id = None;
            }
        }
        Ok(Some(live))
    }

    /// Each network's own group `default` can't be made, nor deleted.
    async fn find_all(&self, cx: &Context) -> Result<Vec<String>> {
        let groups = security_group::calls::groups(cx, Vec::new()).await?.into_iter();
        let groups = groups.filter(|group| group.group_name.as_deref() != Some("default"));
        Ok(groups.filter_map(|group| group.group_id).collect())
    }
}
