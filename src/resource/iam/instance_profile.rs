//! `iam.instance_profile`: what hands a role to an EC2 instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::claim::{claim, existed};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, concurrently, tags, try_side_by_side, wait};
use crate::resource::ec2::instance::profile::holders;
use crate::resource::lookup::name_in;
use crate::resource::others::{Going, Others, Own};
use crate::resource::profile;
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place, Resource,
    Tags,
};

use super::{LAG, NEWCOMER, account_profile, answers, arn, check_name, path, sdk_tags, settled, tags_of};

/// The kind.
pub struct InstanceProfile;

/// The properties of `iam.instance_profile`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The name of the role that the instance gets; `${role.name}` for one of this stack. AWS's default: none, and
    /// the profile grants no permissions.
    #[schemars(extend("examples" = ["${other.name}"]))]
    pub role: Option<String>,
}

/// What a stack calls it.
pub(super) const KIND: &str = "iam.instance_profile";

impl Resource for InstanceProfile {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The profile's ARN."),
                ("name", "The profile's name, for use in an instance."),
            ]),
            is_global: true,
            names_clash_without_case: true,
            made_by: "iam:CreateInstanceProfile".into(),
            listed_by: "iam:ListInstanceProfiles under the stack's path, and iam:GetInstanceProfile of each".into(),
            remove: "aws iam delete-instance-profile --instance-profile-name {id}".into(),
            untag: "aws iam untag-instance-profile --instance-profile-name {id} --tag-keys cloud101:stack".into(),
            permissions: crate::resource::iam::permissions::instance_profile(),
            provision: account_profile::instance_profile,
            ..KindInfo::new(KIND, "An instance profile: gives a role to an EC2 instance.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        attributes(arn(place, "instance-profile", &path(place), name), name)
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let name = check_name("name", "an instance profile's name", name, 128);
        let role = spec.role.as_deref().and_then(|role| check_name("role", "a role name", name_in(role), 64));
        name.into_iter()
            .chain(role.map(|diagnostic| diagnostic.help("write the role's name, such as `${role.name}`")))
            .collect()
    }

    /// A role's ARN is taken for its name, which is what the API wants.
    fn canonical(&self, spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        Ok(Spec { role: spec.role.map(|role| name_in(&role).to_owned()) })
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| read_one(cx, &desired.name)).await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let list = cx.clients.iam.list_instance_profiles().path_prefix(cx.iam_path()).into_paginator().send().bounded();
        let profiles = list.all("iam:ListInstanceProfiles", |page| page.instance_profiles).await?;
        let seen = profiles.len();
        let found = try_side_by_side(profiles, |profile| async move {
            let name = profile.instance_profile_name;
            let live = read_one(cx, &name).await?;
            Ok::<_, Error>(live.map(|live| Owned { id: live.id, name, tags: live.tags }))
        })
        .await?;
        Ok(Listing::among(cx, seen, found.into_iter().flatten()))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let name = &desired.name;
        let call = cx.clients.iam.create_instance_profile().instance_profile_name(name).path(cx.iam_path());
        let answer = call.set_tags(Some(sdk_tags(&desired.tags)?)).send().await.call("iam:CreateInstanceProfile");
        let existed = existed(answer)?;
        let what = format!("the instance profile `{name}`");
        let live = wait::poll_until(&format!("IAM to show {what}"), NEWCOMER, || read_one(cx, name)).await?;
        if existed {
            claim(cx, &desired.address, name, &live.tags, &what)?;
        }
        let role = desired.spec.role.as_deref();
        give(cx, name, live.spec.role.as_deref(), role).await?;
        read_back(cx, name, role).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let role = change.target.role.as_deref();
        if change.touches("role") {
            let now = read_one(cx, &live.id).await?.and_then(|live| live.spec.role);
            give(cx, &live.id, now.as_deref(), role).await?;
        }
        read_back(cx, &live.id, role).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        Ok(profile::get(cx, name).await?.map(|profile| Current::tagged(tags_of(profile.tags))))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let iam = &cx.clients.iam;
        let put = || async move {
            let call = iam.tag_instance_profile().instance_profile_name(name).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("iam:TagInstanceProfile").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = iam.untag_instance_profile().instance_profile_name(name).set_tag_keys(Some(keys));
            call.send().await.call("iam:UntagInstanceProfile").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        holders(cx, going.id, going.own).await
    }

    async fn ask_first(&self, cx: &Context, name: &str) -> Result<()> {
        holders(cx, name, &Own::default()).await.map(drop)
    }

    /// AWS deletes it although instances use it, and takes their role away with it: a stack must not do that to
    /// resources of others.
    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let seen = cx.just_now();
        if read_one(&seen, name).await?.is_some() {
            holders(&seen, name, &Own::default()).await?.refuse(&format!("the instance profile `{name}`"))?;
        }
        let strip = |seen: Context| async move {
            if let Some(role) = read_one(&seen, name).await?.and_then(|live| live.spec.role) {
                give(cx, name, Some(&role), None).await?;
            }
            let call = cx.clients.iam.delete_instance_profile().instance_profile_name(name);
            call.send().await.call_if_found("iam:DeleteInstanceProfile").map(drop)
        };
        let in_use = |error: &Error| error.kind == ErrorKind::InUse;
        let is_there = || async { Ok(read_one(cx, name).await?.is_some()) };
        let what = format!("the instance profile `{name}`");
        super::delete(cx, ("the instance profile is free", &what), in_use, strip, is_there).await
    }
}

fn attributes(arn: String, name: &str) -> Attributes {
    Attributes::from([("arn".into(), arn), ("name".into(), name.into())])
}

/// A profile holds one role at most, so the old one goes first.
async fn give(cx: &Context, name: &str, now: Option<&str>, role: Option<&str>) -> Result<()> {
    let iam = &cx.clients.iam;
    if now == role {
        return Ok(());
    }
    if let Some(old) = now {
        let call = iam.remove_role_from_instance_profile().instance_profile_name(name).role_name(old);
        call.send().await.call_if_found("iam:RemoveRoleFromInstanceProfile")?;
    }
    if let Some(role) = role {
        // For a moment IAM may not know a new role yet, or still count the old one.
        let passing = |error: &Error| error.is_not_found() || error.kind == ErrorKind::Quota;
        let call = iam.add_role_to_instance_profile().instance_profile_name(name).role_name(role);
        let attempt = || async {
            match call.clone().send().await.call("iam:AddRoleToInstanceProfile") {
                // It is this role already, if an answer was lost.
                Err(error) if error.kind == ErrorKind::Quota => {
                    let now = read_one(cx, name).await?.and_then(|live| live.spec.role);
                    if now.as_deref() == Some(role) { Ok(()) } else { Err(error) }
                }
                answer => answer.map(drop),
            }
        };
        let first = attempt().await;
        if first.as_ref().is_err_and(passing) {
            // One that is shown is new; of one that is not, nothing shows that there will be one.
            let limit = if answers::get(cx, role).await?.is_some() { NEWCOMER } else { LAG };
            let what = format!("IAM to know the role `{role}`");
            return wait::retry_while(&what, limit, passing, attempt).await;
        }
        first?;
    }
    Ok(())
}

/// The profile as soon as IAM shows `role` in it.
async fn read_back(cx: &Context, name: &str, role: Option<&str>) -> Result<Live<Spec>> {
    let shows = |spec: &Spec| spec.role.as_deref() == role;
    settled(&format!("the instance profile `{name}`"), || read_one(cx, name), shows).await
}

pub(super) async fn read_one(cx: &Context, name: &str) -> Result<Option<Live<Spec>>> {
    Ok(profile::get(cx, name).await?.map(|profile| {
        // Right after its creation AWS may show the id in the ARN's place.
        let arn = match profile.arn.starts_with("arn:") {
            true => profile.arn,
            false => arn(&cx.place, "instance-profile", &profile.path, name),
        };
        let spec = Spec { role: profile.roles.into_iter().next().map(|role| role.role_name) };
        Live::new(name, spec, attributes(arn, name), tags_of(profile.tags))
    }))
}
