//! `iam.group`: a group of users, and what they may do.
//!
//! Groups take no tags: cloud101's marks are the group's path (see [`Marked`]). Who is in it is said by each user.

mod configure;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_iam::types::{Group as SdkGroup, GroupDetail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::claim::{claim, existed};
use crate::aws::{Bounded, Call, Context, Result, concurrently, wait};
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, texts,
};

use super::grants::{self, Grantee, Sort};
use super::marked_path::{self, Marked};
use super::{NEWCOMER, answers, check_name, details, has_something, holders, settled};

/// The kind.
pub struct Group;

/// What a stack calls it.
pub const KIND: &str = "iam.group";

/// The properties of `iam.group`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The ARNs of managed policies, which hold for every user in the group. If set, the list is complete: others are
    /// detached.
    #[schemars(extend(
        "x-set" = true,
        "x-default" = [],
        "examples" = [["arn:aws:iam::aws:policy/IAMUserChangePassword"]],
    ))]
    pub policies: Option<Vec<String>>,
    /// Policies that belong only to this group: documents in IAM's policy language, by name. In them `$${aws:username}`
    /// stands for the name of the user who asks. If set, the list is complete: others are deleted.
    #[schemars(extend("x-policy" = true, "x-default" = {}, "examples" = [{
        "read_files": {
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::cloud101awsbucket/*" }],
        },
    }]))]
    pub inline_policies: Option<BTreeMap<String, Value>>,
}

impl Resource for Group {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("name", "The group's name, for use in a user's `groups`."),
                ("id", "The id that AWS assigns for the group (AGPA…)."),
            ]),
            takes_tags: false,
            is_global: true,
            names_clash_without_case: true,
            made_by: "iam:CreateGroup".into(),
            listed_by: "iam:ListGroups under the stack's path".into(),
            remove: "aws iam delete-group --group-name {id}".into(),
            // It takes all marks off, which are the path.
            untag: "aws iam update-group --group-name {id} --new-path /".into(),
            held_in: texts(["policies", "inline_policies"]),
            permissions: super::permissions::group(),
            provision: super::account_profile::person,
            ..KindInfo::new(
                KIND,
                "A group of users, to whom its policies apply. Users join it by their own `groups`. AWS keeps no tags on a \
                 group: cloud101's ownership marks are its path, which begins with `/cloud101/STACK/`. The path of a group \
                 that was adopted comes back when it is released. Policies that name a group by its ARN need a `*` for the \
                 path.",
            )
        }
    }

    fn computed_attributes(&self, _place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("name".into(), name.into())])
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = grants::check::attached(Sort::Group, spec.policies.as_deref());
        diagnostics.extend(check_name("name", "a group name", name, 128));
        diagnostics.extend(grants::check::inline(Sort::Group, spec.inline_policies.as_ref()));
        diagnostics
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        match details::of_many(cx, desired.len()).await {
            Ok(Some(all)) => {
                desired.iter().map(|desired| Ok(all.groups.get(&desired.name).cloned().map(of_detail))).collect()
            }
            Ok(None) => concurrently(desired, |desired| read_one(cx, &desired.name)).await,
            Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// The paths are in the list: no other call is needed.
    async fn list(&self, cx: &Context) -> Result<Listing> {
        let list = cx.clients.iam.list_groups().path_prefix(cx.iam_path()).into_paginator().send().bounded();
        let groups = list.all("iam:ListGroups", |page| page.groups).await?;
        let owned = groups.iter().map(|group| {
            let name = group.group_name.clone();
            Owned { id: name.clone(), name, tags: Marked::read(&group.path).tags }
        });
        Ok(Listing::among(cx, groups.len(), owned))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let (name, spec) = (&desired.name, &desired.spec);
        let call = cx.clients.iam.create_group().group_name(name).path(marked_path::new(&desired.tags)?);
        let existed = existed(call.send().await.call("iam:CreateGroup"))?;
        let what = Grantee::group(name).words();
        let live = wait::poll_until(&format!("IAM to show {what}"), NEWCOMER, || read_one(cx, name)).await?;
        if existed {
            claim(cx, &desired.address, name, &live.tags, &what)?;
        }
        configure::apply(cx, name, spec, |property| match property {
            "policies" => spec.policies.is_some(),
            _ => spec.inline_policies.is_some(),
        })
        .await?;
        read_back(cx, name, spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        configure::apply(cx, &live.id, &change.target, |property| change.touches(property)).await?;
        read_back(cx, &live.id, &change.target).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        Ok(answers::group(cx, name)
            .await?
            .map(|group| Current { invented: Some(group.group_id), ..Current::tagged(Marked::read(&group.path).tags) }))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        configure::mark(cx, name, set, remove).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let mut others = holders::of_group(cx, going.id, going.own).await?;
        others.notes.extend(grants::made_by_hand(going));
        Ok(others)
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        Some(grants::held_live((&live.spec.policies, &live.spec.inline_policies)))
    }

    async fn holds(&self, cx: &Context, name: &str, _empty: bool) -> Result<Option<Held>> {
        let (attached, inline) = grants::all(cx, Grantee::group(name)).await?;
        Ok(Some(grants::held(attached, inline)))
    }

    async fn ask_first(&self, cx: &Context, name: &str) -> Result<()> {
        configure::what_holds(cx, name).await.map(drop)
    }

    /// Takes the stack's own users out of it, and its policies away. AWS would let others be taken out of it, too: that is not
    /// for this stack to do.
    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let what = Grantee::group(name).words();
        let strip = |seen: Context| async move { configure::strip_and_delete(cx, &seen, name).await };
        let is_there = || async { Ok(answers::group(cx, name).await?.is_some()) };
        super::delete(cx, ("the group is free", &what), has_something, strip, is_there).await
    }
}

/// The group as soon as IAM shows what `target` says.
async fn read_back(cx: &Context, name: &str, target: &Spec) -> Result<Live<Spec>> {
    let shows = |live: &Spec| {
        grants::shown((&live.policies, &live.inline_policies), (&target.policies, &target.inline_policies))
    };
    settled(&Grantee::group(name).words(), || read_one(cx, name), shows).await
}

pub(super) async fn read_one(cx: &Context, name: &str) -> Result<Option<Live<Spec>>> {
    let grantee = Grantee::group(name);
    let (group, policies, inline) =
        tokio::try_join!(answers::group(cx, name), grantee.attached(cx), grantee.inline_policies(cx))?;
    Ok(group.map(|SdkGroup { path, group_name, group_id, .. }| {
        let spec = Spec { policies: Some(policies), inline_policies: Some(inline) };
        live(&path, group_name, group_id, spec)
    }))
}

fn of_detail(group: GroupDetail) -> Live<Spec> {
    let spec = Spec {
        policies: Some(grants::calls::arns(group.attached_managed_policies.unwrap_or_default())),
        inline_policies: Some(details::inline(group.group_policy_list)),
    };
    let path = group.path.unwrap_or_else(|| "/".to_owned());
    live(&path, group.group_name.unwrap_or_default(), group.group_id.unwrap_or_default(), spec)
}

fn live(path: &str, name: String, id: String, spec: Spec) -> Live<Spec> {
    let attributes = Attributes::from([("name".into(), name.clone()), ("id".into(), id)]);
    Live::new(name, spec, attributes, Marked::read(path).tags)
}
