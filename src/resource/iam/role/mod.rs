//! `iam.role`: a role, who may assume it, and what it may do.

mod configure;
mod trust;

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::claim::claim;
use crate::aws::{Call, Context, Error, ErrorKind, Result, concurrently, tags, try_side_by_side, wait};
use crate::explain::Code;
use crate::model::policy::same;
use crate::model::principal::{about_deleted, unique_ids};
use crate::resource::others::{Going, Others};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, Held, KindInfo, Listing, Live, Owned, Place,
    Resource, Tags, Unchecked, texts,
};

use super::grants::{self, Grantee, Sort};
use super::{NEWCOMER, arn, check_name, decoded, has_something, path, sdk_tags, settled, tags_of};
use super::{account_profile, answers, description, details, holders, known, policy_document};

/// The kind.
pub struct Role;

/// The properties of `iam.role`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What it is for, at most 1000 characters.
    #[schemars(extend("x-default" = "", "examples" = ["What the course's function may do"]))]
    pub description: Option<String>,
    /// The AWS service that may assume the role, such as `lambda.amazonaws.com`, or a list of services. Use either
    /// this or `trust_policy`.
    #[serde(default, deserialize_with = "trust::one_or_many")]
    #[schemars(
        with = "Option<trust::OneOrMany>",
        extend("x-set" = true, "examples" = [["ec2.amazonaws.com", "lambda.amazonaws.com"]])
    )]
    pub assumed_by: Option<Vec<String>>,
    /// Who may assume the role, in IAM's policy language, for what `assumed_by` can't express: other accounts,
    /// conditions. Use either this or `assumed_by`.
    #[schemars(extend("x-policy" = true, "x-instead-of" = "assumed_by", "examples" = [{
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": "123456789012" } },
        }],
    }]))]
    pub trust_policy: Option<Value>,
    /// The ARNs of managed policies. If set, the list is complete: others are detached.
    #[schemars(extend(
        "x-set" = true,
        "x-default" = [],
        "examples" = [["${policy.arn}"]],
    ))]
    pub policies: Option<Vec<String>>,
    /// Policies that belong only to this role: documents in IAM's policy language, by name. If set, the list is
    /// complete: others are deleted.
    #[schemars(extend("x-policy" = true, "x-default" = {}, "examples" = [{
        "read_files": {
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::cloud101awsbucket/*" }],
        },
    }]))]
    pub inline_policies: Option<BTreeMap<String, Value>>,
    /// The maximum length of a session in the role, in seconds: 3600 to 43200.
    #[schemars(extend("x-default" = 3600, "examples" = [7200]))]
    pub max_session_seconds: Option<i32>,
    /// The ARN of a managed policy that limits the role's permissions. AWS's default: none.
    #[schemars(extend("examples" = ["${policy.arn}"]))]
    pub permissions_boundary: Option<String>,
}

impl Resource for Role {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The role's ARN, for use in a function."),
                ("name", "The role's name, for use in an instance profile."),
                ("id", "The id that AWS assigns for the role (AROA…)."),
            ]),
            is_global: true,
            names_clash_without_case: true,
            is_known_by_id: true,
            // IAM User Guide, rules for tagging: "not case sensitive" for users and roles alone.
            tag_keys_have_case: false,
            made_by: "iam:CreateRole".into(),
            listed_by:
                "iam:ListRoles under the stack's path, and iam:GetRole of each, or iam:GetAccountAuthorizationDetails"
                    .into(),
            remove: "aws iam delete-role --role-name {id}".into(),
            untag: "aws iam untag-role --role-name {id} --tag-keys cloud101:stack".into(),
            held_in: texts(["policies", "inline_policies"]),
            unchecked: vec![
                // AccessDenied, of any call.
                Unchecked {
                    id: "rights",
                    property: "",
                    matters: |_| true,
                    what: "whether its policies allow the actions used (in the sandbox everything is allowed)",
                },
                // MalformedPolicyDocument: Invalid principal in policy (API: CreateRole).
                Unchecked {
                    id: "principal",
                    property: "trust_policy",
                    matters: |policy| !policy.is_null(),
                    what: "whether the roles and users that its trust policy names exist",
                },
            ],
            permissions: crate::resource::iam::permissions::role(),
            provision: account_profile::role,
            ..KindInfo::new("iam.role", "A role: permissions for a function, an instance or a person that assumes it.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        Attributes::from([("arn".into(), arn(place, "role", &path(place), name)), ("name".into(), name.into())])
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = trust::check(spec.assumed_by.as_deref(), spec.trust_policy.as_ref());
        diagnostics.extend(check_name("name", "a role name", name, 64));
        diagnostics.extend(description::check(spec.description.as_deref()));
        diagnostics.extend(grants::check::attached(Sort::Role, spec.policies.as_deref()));
        if let Some(arn) = &spec.permissions_boundary {
            diagnostics.extend(grants::check::policy_arn("permissions_boundary", arn));
        }
        diagnostics.extend(grants::check::inline(Sort::Role, spec.inline_policies.as_ref()));
        if let Some(seconds) = spec.max_session_seconds.filter(|seconds| !(3600..=43200).contains(seconds)) {
            let message = format!("a session can last 3600 to 43200 seconds, not {seconds}");
            diagnostics.push(
                Diagnostic::new(Code::OutOfRange, "max_session_seconds", message)
                    .help("one hour is 3600, twelve hours are 43200"),
            );
        }
        diagnostics
    }

    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        // Of those that neither list shows nothing is asked. One that is there nevertheless is found by CreateRole.
        let cx = &cx.with_crowd(desired.len());
        let all = match details::roles(cx).await {
            Ok(all) => all,
            Err(error) => return desired.iter().map(|_| Err(error.clone())).collect(),
        };
        let is_shown = |name: &str| all.as_ref().is_none_or(|all| all.contains_key(name));
        concurrently(desired, |desired| {
            // What goes may be so new that the list lacks it.
            let is_shown = cx.all_goes || is_shown(&desired.name);
            // Boxed, so that those whose turn has not come take no room.
            async move { if is_shown { Box::pin(read_one(cx, &desired.name, &desired.spec)).await } else { Ok(None) } }
        })
        .await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let roles = details::listed_roles(cx).await?;
        let seen = roles.len();
        let cx = &cx.with_crowd(seen);
        let found = try_side_by_side(roles, |role| async move {
            let role = answers::get(cx, &role.role_name).await?;
            Ok::<_, Error>(role.map(|role| {
                let (name, tags) = (role.role_name, tags_of(role.tags));
                Owned { id: name.clone(), name, tags }
            }))
        })
        .await?;
        Ok(Listing::among(cx, seen, found.into_iter().flatten()))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let (name, spec) = (&desired.name, &desired.spec);
        match configure::create(cx, desired).await {
            Ok(()) => {
                wait::poll_until(&format!("IAM to show the role `{name}`"), NEWCOMER, || answers::get(cx, name))
                    .await?;
                grants::give(cx, Grantee::role(name), (&spec.policies, &spec.inline_policies)).await?;
            }
            Err(error) if error.kind == ErrorKind::Exists => {
                let what = format!("the role `{name}`");
                let live =
                    wait::poll_until(&format!("IAM to show {what}"), NEWCOMER, || read_one(cx, name, spec)).await?;
                claim(cx, &desired.address, name, &live.tags, &what)?;
                configure::apply(cx, name, spec, Some(&live.spec), |property| has(spec, property)).await?;
            }
            Err(error) => return Err(error),
        }
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
        configure::apply(cx, &live.id, &change.target, Some(&live.spec), touches).await?;
        read_back(cx, &live.id, &change.target).await
    }

    async fn current(&self, cx: &Context, name: &str) -> Result<Option<Current>> {
        let role = answers::get(cx, name).await?;
        Ok(role.map(|role| {
            let document = role.assume_role_policy_document.as_deref().and_then(decoded);
            let seen = Spec {
                description: Some(role.description.unwrap_or_default()),
                // Whichever of the two the file says.
                assumed_by: trust::reported(document.clone(), true).0,
                trust_policy: document,
                max_session_seconds: role.max_session_duration,
                permissions_boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
                ..Spec::default()
            };
            let current = Current { invented: Some(role.role_id), ..Current::tagged(tags_of(role.tags)) };
            current.seeing(&seen).without(["policies", "inline_policies"])
        }))
    }

    async fn update_tags(&self, cx: &Context, name: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let iam = &cx.clients.iam;
        let put = || async move {
            let call = iam.tag_role().role_name(name).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("iam:TagRole").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = iam.untag_role().role_name(name).set_tag_keys(Some(keys));
            call.send().await.call("iam:UntagRole").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        let mut others = holders::of_role(cx, going.id, going.own).await?;
        others.notes.extend(grants::made_by_hand(going));
        Ok(others)
    }

    fn held(&self, live: &Live<Spec>) -> Option<Held> {
        Some(grants::held_live((&live.spec.policies, &live.spec.inline_policies)))
    }

    async fn holds(&self, cx: &Context, name: &str, _empty: bool) -> Result<Option<Held>> {
        let (attached, inline) = grants::all(cx, Grantee::role(name)).await?;
        Ok(Some(grants::held(attached, inline)))
    }

    async fn ask_first(&self, cx: &Context, name: &str) -> Result<()> {
        configure::what_holds(cx, name).await.map(drop)
    }

    /// Takes it out of the stack's own instance profiles, and its policies from it. AWS would let it be taken out of
    /// others' profiles and away from their functions, too: that is not for this stack to do.
    async fn delete(&self, cx: &Context, name: &str, _empty: bool) -> Result<()> {
        let what = Grantee::role(name).words();
        let strip = |seen: Context| async move { configure::strip_and_delete(&seen, name).await };
        let is_there = || async {
            Ok(cx.together().get("whether a role is there", name, |names| there(cx, names)).await?.is_some())
        };
        super::delete(cx, ("the role is free", &what), has_something, strip, is_there).await
    }
}

/// Those of `names` that are there: of one it is asked by its name, of several by the list of the stack's path. One that was
/// adopted has another path and is not in it; its deletion is not waited for beside others.
async fn there(cx: &Context, names: Vec<String>) -> Result<BTreeMap<String, ()>> {
    if let [name] = names.as_slice() {
        let role = answers::get(cx, name).await?;
        return Ok(role.map(|_| (name.clone(), ())).into_iter().collect());
    }
    let all: HashSet<_> = details::listed_roles(cx).await?.iter().map(|role| role.role_name.clone()).collect();
    Ok(names.into_iter().filter(|name| all.contains(name)).map(|name| (name, ())).collect())
}

/// Whether the spec says `property`.
fn has(spec: &Spec, property: &str) -> bool {
    match property {
        "description" => spec.description.is_some(),
        "assumed_by" => spec.assumed_by.is_some(),
        "trust_policy" => spec.trust_policy.is_some(),
        "policies" => spec.policies.is_some(),
        "inline_policies" => spec.inline_policies.is_some(),
        "max_session_seconds" => spec.max_session_seconds.is_some(),
        _ => spec.permissions_boundary.is_some(),
    }
}

/// The role as soon as IAM shows what `desired` says.
async fn read_back(cx: &Context, name: &str, target: &Spec) -> Result<Live<Spec>> {
    settled(&format!("the role `{name}`"), || read_one(cx, name, target), |live| shows(live, target)).await
}

fn shows(live: &Spec, target: &Spec) -> bool {
    let trust = match (trust::document(live), trust::document(target)) {
        (Some(live), Some(target)) => same(&live, &target),
        (_, target) => target.is_none(),
    };
    trust
        && grants::shown((&live.policies, &live.inline_policies), (&target.policies, &target.inline_policies))
        && (target.description.is_none() || live.description == target.description)
        && (target.max_session_seconds.is_none() || live.max_session_seconds == target.max_session_seconds)
        && (target.permissions_boundary.is_none() || live.permissions_boundary == target.permissions_boundary)
}

/// `desired` determines which of its two forms the trust has.
pub(super) async fn read_one(cx: &Context, name: &str, desired: &Spec) -> Result<Option<Live<Spec>>> {
    let grantee = Grantee::role(name);
    let (role, policies, inline) =
        tokio::try_join!(answers::get(cx, name), grantee.attached(cx), grantee.inline_policies(cx))?;
    let Some(role) = role else {
        return Ok(None);
    };
    // Right after its creation AWS may show the id in the ARN's place.
    let arn = match role.arn.starts_with("arn:") {
        true => role.arn,
        false => arn(&cx.place, "role", &role.path, &role.role_name),
    };
    let document = role.assume_role_policy_document.as_deref().and_then(decoded);
    let meant = desired.trust_policy.as_ref().map(unique_ids).unwrap_or_default();
    let strange = document.iter().flat_map(unique_ids).filter(|id| !meant.contains(id));
    let notes = strange.map(|id| about_deleted(&id, "trust_policy")).collect();
    let (assumed_by, trust_policy) = trust::reported(document, desired.assumed_by.is_some());
    let spec = Spec {
        description: Some(role.description.unwrap_or_default()),
        assumed_by,
        trust_policy,
        policies: Some(policies),
        inline_policies: Some(inline),
        max_session_seconds: role.max_session_duration,
        permissions_boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
    };
    let made = role.create_date.secs();
    let attributes =
        Attributes::from([("arn".into(), arn), ("name".into(), role.role_name), ("id".into(), role.role_id)]);
    let mut live = Live::new(name, spec, attributes, tags_of(role.tags));
    live.made = Some(made);
    live.notes = notes;
    Ok(Some(live))
}

#[cfg(test)]
mod tests;
