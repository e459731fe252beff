//! `iam.user`: a person or a program with a name of its own in the account.
//!
//! A console password and an access key are delivered once (`delivery`), into files (`resource::handed_out`). Whatever else a
//! user logs in with is made by people, and ends with the user.

mod configure;
mod credentials;
mod delivery;
mod in_use;
mod mark;
mod password;
mod spec;
#[cfg(test)]
mod tests;

use aws_sdk_iam::types::{User as SdkUser, UserDetail};

use crate::aws::claim::{claim, existed};
use crate::aws::{Bounded, Call, Context, Error, Result, concurrently, tags, try_side_by_side, wait};
use crate::resource::handed_out::InUse;
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, texts,
};

use super::grants::{self, Grantee};
use super::{NEWCOMER, answers, arn, details, has_something, path, sdk_tags, settled, tags_of};
pub(super) use configure::leave;
use credentials::Credentials;
pub use spec::Spec;

/// The kind.
pub struct User;

/// What a stack calls it.
pub const KIND: &str = "iam.user";

impl Resource for User {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The user's ARN, for use in a policy."),
                ("name", "The user's name, with which the person logs in."),
                ("id", "The id that AWS assigns for the user (AIDA…)."),
            ]),
            is_global: true,
            names_clash_without_case: true,
            is_known_by_id: true,
            // IAM User Guide, rules for tagging: "not case sensitive" for users and roles alone.
            tag_keys_have_case: false,
            made_by: "iam:CreateUser".into(),
            listed_by:
                "iam:ListUsers under the stack's path, and iam:GetUser of each, or iam:GetAccountAuthorizationDetails"
                    .into(),
            remove: "aws iam delete-user --user-name {id}".into(),
            untag: "aws iam untag-user --user-name {id} --tag-keys cloud101:stack".into(),
            held_in: texts(["groups", "policies", "inline_policies"]),
            handed_out: texts(["console_password", "access_key"]),
            permissions: super::permissions::user(),
            provision: super::account_profile::person,
            ..KindInfo::new(
                KIND,
                "A user of the account: a person or a program with a name of its own. `for_each` makes one for each student. \
                 A console password and an access key are handed out in a file for each user. A destroy ends whatever the user logs in with (console password, access keys, MFA devices); the plan says \
                 what there is. An adopted user is kept with all of it.",
            )
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("arn".into(), arn(place, "user", &path(place), name)), ("name".into(), name.into())])
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        spec::check(name, spec)
    }

    fn canonical(&self, spec: Spec, _base: &Base) -> std::result::Result<Spec, Diagnostic> {
        Ok(spec.canonical())
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        match details::of_many(cx, desired.len()).await {
            Ok(Some(all)) => {
                let all = &all.users;
                concurrently(desired, |desired| async move {
                    let live = all.get(&desired.name).cloned().map(|user| of_detail(cx, user));
                    with_credentials(cx, live, &desired.spec).await
                })
                .await
            }
            Ok(None) => concurrently(desired, |desired| read_one(cx, &desired.name, &desired.spec)).await,
            Err(error) => desired.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let list = cx.clients.iam.list_users().path_prefix(cx.iam_path()).into_paginator().send().bounded();
        let names = list.all("iam:ListUsers", |page| page.users.into_iter().map(|user| user.user_name)).await?;
        let seen = names.len();
        let found = tags_of_all(cx, names).await?.into_iter();
        let found = found.filter_map(|(name, tags)| Some(Owned { id: name.clone(), name, tags: tags? }));
        Ok(Listing::among(cx, seen, found))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let (name, spec) = (&desired.name, &desired.spec);
        let existed = existed(configure::create(cx, desired).await)?;
        let what = Grantee::user(name).words();
        let nothing = &Spec::default();
        let live = wait::poll_until(&format!("IAM to show {what}"), NEWCOMER, || read_one(cx, name, nothing)).await?;
        if existed {
            claim(cx, &desired.address, name, &live.tags, &what)?;
        }
        let rest = |property: &str| spec.has(property) && (existed || property != "permissions_boundary");
        configure::apply(cx, name, spec, rest).await?;
        // Last: a user who signs in is to have all permissions by then.
        delivery::settle(cx, name, spec, None, |property| spec.has(property)).await?;
        read_back(cx, name, spec).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        let touches = |property: &str| change.touches(property);
        configure::apply(cx, &live.id, &change.target, touches).await?;
        delivery::settle(cx, &live.id, &change.target, Some(live), touches).await?;
        read_back(cx, &live.id, &change.target).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        Ok(answers::user(cx, name).await?.map(|user| {
            let boundary = user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
            let seen = Spec { permissions_boundary: boundary, ..Spec::default() };
            let current = Current { invented: Some(user.user_id), ..Current::tagged(tags_of(user.tags)) };
            current.seeing(&seen).without(Spec::NOT_OF_GET_USER)
        }))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let iam = &cx.clients.iam;
        let put = || async move {
            let call = iam.tag_user().user_name(name).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("iam:TagUser").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = iam.untag_user().user_name(name).set_tag_keys(Some(keys));
            call.send().await.call("iam:UntagUser").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let hanging = configure::what_hangs(cx, going.id).await?;
        let notes = hanging.credentials.note().into_iter().chain(grants::made_by_hand(going));
        Ok(Others { notes: notes.collect(), ..Others::default() })
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        let inline = live.spec.inline_policies.iter().flatten().map(|(name, _)| name.clone());
        let (groups, policies) = (live.spec.groups.clone(), live.spec.policies.clone());
        Some(held(groups.unwrap_or_default(), policies.unwrap_or_default(), inline))
    }

    async fn holds(&self, cx: &Context, name: &str, _empty: bool) -> Result<Option<Held>> {
        let (groups, (attached, inline)) =
            tokio::try_join!(answers::groups_of(cx, name), grants::all(cx, Grantee::user(name)))?;
        Ok(Some(held(groups, attached, inline)))
    }

    async fn along(&self, cx: &Context, name: &str) -> Result<Option<Held>> {
        Ok(Some(Credentials::of(cx, name).await?.held()))
    }

    async fn in_use(&self, cx: &Context, name: &str) -> Result<Vec<InUse>> {
        in_use::of(cx, name).await
    }

    async fn ask_first(&self, cx: &Context, name: &str) -> Result<()> {
        configure::what_hangs(cx, name).await.map(drop)
    }

    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let what = Grantee::user(name).words();
        let strip = |seen: Context| async move { configure::strip_and_delete(cx, &seen, name).await };
        let is_there = || async { Ok(answers::user(cx, name).await?.is_some()) };
        super::delete(cx, ("the user has nothing left", &what), has_something, strip, is_there).await
    }
}

fn held(groups: Vec<String>, attached: Vec<String>, inline: impl IntoIterator<Item = String>) -> Held {
    let groups = groups.into_iter().map(|name| format!("group {name}"));
    Held::all(["policy or group", "policies or groups"], groups.chain(grants::names(attached, inline)))
}

/// The tags of each of these users; `None`: it is gone.
pub(super) async fn tags_of_all(cx: &Context, names: Vec<String>) -> Result<Vec<(String, Option<Tags>)>> {
    if let Some(all) = details::of_many(cx, names.len()).await? {
        let tags = |name: &str| all.users.get(name).map(|user| tags_of(user.tags.clone()));
        return Ok(names.into_iter().map(|name| (name.clone(), tags(&name))).collect());
    }
    try_side_by_side(names, |name| async move {
        let tags = answers::user(cx, &name).await?.map(|user| tags_of(user.tags));
        Ok::<_, Error>((name, tags))
    })
    .await
}

/// The user as soon as IAM shows what `target` says.
async fn read_back(cx: &Context, name: &str, target: &Spec) -> Result<Live<Spec>> {
    settled(&Grantee::user(name).words(), || read_one(cx, name, target), |live| shows(live, target)).await
}

/// The same with what has been delivered, if the file or a tag says something of it.
async fn with_credentials(cx: &Context, live: Option<Live<Spec>>, said: &Spec) -> Result<Option<Live<Spec>>> {
    match live {
        Some(mut live) => {
            delivery::look(cx, &mut live, said).await?;
            Ok(Some(live))
        }
        None => Ok(None),
    }
}

fn shows(live: &Spec, target: &Spec) -> bool {
    grants::shown((&live.policies, &live.inline_policies), (&target.policies, &target.inline_policies))
        && (target.groups.is_none() || grants::sorted(&live.groups) == grants::sorted(&target.groups))
        && (target.permissions_boundary.is_none() || live.permissions_boundary == target.permissions_boundary)
        && (target.console_password.is_none() || live.console_password == target.console_password)
        && (target.access_key.is_none() || live.access_key == target.access_key)
}

/// The user; of its credentials what concerns `said`.
pub(super) async fn read_one(cx: &Context, name: &str, said: &Spec) -> Result<Option<Live<Spec>>> {
    let grantee = Grantee::user(name);
    let (user, groups, policies, inline) = tokio::try_join!(
        answers::user(cx, name),
        answers::groups_of(cx, name),
        grantee.attached(cx),
        grantee.inline_policies(cx)
    )?;
    let Some(SdkUser { path, user_name, user_id, arn, create_date, permissions_boundary, tags, .. }) = user else {
        return Ok(None);
    };
    let spec = Spec {
        groups: Some(groups),
        policies: Some(policies),
        inline_policies: Some(inline),
        permissions_boundary: permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        ..Spec::default()
    };
    let live = live(cx, (&path, user_name, user_id, arn), Some(create_date.secs()), spec, tags_of(tags));
    with_credentials(cx, Some(live), said).await
}

fn of_detail(cx: &Context, user: UserDetail) -> Live<Spec> {
    let mut groups = user.group_list.unwrap_or_default();
    groups.sort();
    let spec = Spec {
        groups: Some(groups),
        policies: Some(grants::calls::arns(user.attached_managed_policies.unwrap_or_default())),
        inline_policies: Some(details::inline(user.user_policy_list)),
        permissions_boundary: user.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        ..Spec::default()
    };
    let path = user.path.unwrap_or_else(|| "/".to_owned());
    let (name, id, arn) = [user.user_name, user.user_id, user.arn].map(Option::unwrap_or_default).into();
    live(cx, (&path, name, id, arn), user.create_date.map(|date| date.secs()), spec, tags_of(user.tags))
}

type Named<'a> = (&'a str, String, String, String);

fn live(cx: &Context, (path, name, id, arn): Named<'_>, made: Option<i64>, spec: Spec, tags: Tags) -> Live<Spec> {
    // Right after its creation AWS may show the id in the ARN's place.
    let arn = if arn.starts_with("arn:") { arn } else { super::arn(&cx.place, "user", path, &name) };
    let attributes = Attributes::from([("arn".into(), arn), ("name".into(), name.clone()), ("id".into(), id)]);
    let mut live = Live::new(name, spec, attributes, tags);
    live.made = made;
    live
}
