//! `iam.policy`: a managed policy and its versions.

use std::time::Duration;

use aws_sdk_iam::config::Builder;
use aws_sdk_iam::types::{Policy as SdkPolicy, PolicyScopeType, PolicyVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::claim::{is_mine, taken};
use crate::aws::once::Once;
use crate::aws::retry::LookFirst;
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, concurrently, tags, try_side_by_side, wait};
use crate::explain::Code;
use crate::model::policy::same;
use crate::resource::lookup::name_in;
use crate::resource::others::{Going, Others, Own};
use crate::resource::{
    Attribute, Attributes, Base, Change, Current, Desired, Diagnostic, KindInfo, Listing, Live, Owned, Place, Resource,
    Tags,
};

use super::grants::Grantee;
use super::policy_document::{self, Usage};
use super::{LAG, arn, check_name, decoded, has_something, path, sdk_tags, settled, tags_of};
use super::{description, holders};

/// How many versions IAM keeps of a policy, the one in use included.
const VERSIONS: usize = 5;

/// How long a managed policy may be, white space not counted.
const SIZE: usize = 6144;

/// For how long it is looked whether a version is there that was asked for without an answer.
const SHOWN: Duration = Duration::from_secs(5);

/// For how long a new version is tried again after no answer.
const UNANSWERED: Duration = Duration::from_secs(30);

/// The kind.
pub struct Policy;

/// The properties of `iam.policy`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What it is for, at most 1000 characters. AWS can't change it, so a change replaces the policy.
    #[schemars(extend("x-replace" = true, "x-default" = "", "examples" = ["May read the course's files"]))]
    pub description: Option<String>,
    /// What is allowed and denied, in IAM's policy language. Earlier documents are kept as unused versions; the oldest
    /// is deleted when there are five.
    #[schemars(extend("x-policy" = true, "examples" = [{
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": ["sns:Publish", "sns:GetTopicAttributes"], "Resource": "*" }],
    }]))]
    pub document: Value,
}

impl Resource for Policy {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo {
            attributes: Attribute::all([
                ("arn", "The policy's ARN, to attach it to a role, a user or a group."),
                ("name", "The policy's name."),
            ]),
            is_global: true,
            names_clash_without_case: true,
            made_by: "iam:CreatePolicy".into(),
            listed_by: "iam:ListPolicies under the stack's path, and iam:GetPolicy of each".into(),
            remove: "aws iam delete-policy --policy-arn {id}".into(),
            untag: "aws iam untag-policy --policy-arn {id} --tag-keys cloud101:stack".into(),
            permissions: crate::resource::iam::permissions::policy(),
            provision: super::account_profile::policy,
            ..KindInfo::new("iam.policy", "A managed policy: permissions for the identities it is attached to.")
        }
    }

    fn computed_attributes(&self, place: &Place, name: &str, _spec: &Spec) -> Attributes {
        attributes(arn(place, "policy", &path(place), name), name)
    }

    fn check(&self, name: &str, spec: &Spec, _base: &Base) -> Vec<Diagnostic> {
        let mut diagnostics = policy_document::check(&spec.document, Usage::Identity, "document");
        diagnostics.extend(check_name("name", "a policy name", name, 128));
        diagnostics.extend(description::check_of_policy(spec.description.as_deref()));
        if let Some(size) = policy_document::size(&spec.document).filter(|size| *size > SIZE) {
            diagnostics.push(
                Diagnostic::new(
                    Code::TooLong,
                    "document",
                    format!("a policy has at most {SIZE} characters, this one has {size}"),
                )
                .help("split it into several policies"),
            );
        }
        diagnostics
    }

    /// A policy of another path, which is someone else's, is found under `/`, where people usually make them.
    async fn read(&self, cx: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        concurrently(desired, |desired| async {
            let mut live = find(cx, &desired.name).await?;
            if let Some(live) = &mut live {
                let there = live.spec.description.take().unwrap_or_default();
                live.spec.description = Some(description::as_said(desired.spec.description.as_deref(), there));
            }
            Ok(live)
        })
        .await
    }

    async fn list(&self, cx: &Context) -> Result<Listing> {
        let call = cx.clients.iam.list_policies().scope(PolicyScopeType::Local).path_prefix(cx.iam_path());
        let list = call.into_paginator().send().bounded();
        let policies = list.all("iam:ListPolicies", |page| page.policies.unwrap_or_default()).await?;
        let seen = policies.len();
        let found = try_side_by_side(policies, |policy| async move {
            let (Some(arn), Some(name)) = (policy.arn, policy.policy_name) else {
                return Ok(None);
            };
            let tags = get(cx, &arn).await?.map(|policy| tags_of(policy.tags));
            Ok::<_, Error>(tags.map(|tags| Owned { id: arn, name, tags }))
        })
        .await?;
        Ok(Listing::among(cx, seen, found.into_iter().flatten()))
    }

    async fn create(&self, cx: &Context, desired: &Desired<Spec>) -> Result<Live<Spec>> {
        let (name, spec) = (&desired.name, &desired.spec);
        let answer = cx
            .clients
            .iam
            .create_policy()
            .policy_name(name)
            .path(cx.iam_path())
            .policy_document(spec.document.to_string())
            .set_description(spec.description.clone().filter(|text| !text.is_empty()))
            .set_tags(Some(sdk_tags(&desired.tags)?))
            .send()
            .await
            .call("iam:CreatePolicy");
        let arn = match answer {
            Ok(answer) => answer
                .policy
                .and_then(|policy| policy.arn)
                .ok_or_else(|| Error::unexpected("iam:CreatePolicy", "no ARN in the answer"))?,
            Err(error) if error.kind == ErrorKind::Exists => {
                let what = format!("the policy `{name}`");
                match wait::poll_until(&format!("IAM to show {what}"), LAG, || find(cx, name)).await {
                    Ok(live) if is_mine(cx, &desired.address, name, &live.tags) => {
                        if !same(&live.spec.document, &spec.document) {
                            add_version(cx, &live.id, &spec.document).await?;
                        }
                        live.id
                    }
                    Ok(live) => return Err(taken(cx, name, &live.tags, &what)),
                    Err(late) if late.kind == ErrorKind::TimedOut => {
                        return Err(error.with_hint(
                            "a policy under another path already has this name: choose another \
                            `name`",
                        ));
                    }
                    Err(other) => return Err(other),
                }
            }
            Err(error) => return Err(error),
        };
        read_back(cx, &arn, &spec.document).await
    }

    async fn update(
        &self,
        cx: &Context,
        _desired: &Desired<Spec>,
        live: &Live<Spec>,
        change: &Change<Spec>,
    ) -> Result<Live<Spec>> {
        if change.touches("document") {
            add_version(cx, &live.id, &change.target.document).await?;
        }
        read_back(cx, &live.id, &change.target.document).await
    }

    async fn current(&self, cx: &Context, arn: &str) -> Result<Option<Current>> {
        Ok(get(cx, arn).await?.map(|policy| Current::tagged(tags_of(policy.tags))))
    }

    async fn update_tags(&self, cx: &Context, arn: &str, set: &Tags, remove: &[String]) -> Result<()> {
        let iam = &cx.clients.iam;
        let put = || async move {
            let call = iam.tag_policy().policy_arn(arn).set_tags(Some(sdk_tags(set)?));
            call.send().await.call("iam:TagPolicy").map(drop)
        };
        let take = |keys: Vec<String>| async move {
            let call = iam.untag_policy().policy_arn(arn).set_tag_keys(Some(keys));
            call.send().await.call("iam:UntagPolicy").map(drop)
        };
        tags::change(set, remove, put, take).await
    }

    async fn others(&self, cx: &Context, going: &Going<'_>) -> Result<Others> {
        holders::of_policy(cx, going.id, going.own).await
    }

    async fn ask_first(&self, cx: &Context, arn: &str) -> Result<()> {
        what_holds(cx, arn).await.map(drop)
    }

    /// Detaches it from the stack's own roles, users and groups, and deletes all versions. AWS would let it be detached from everybody
    /// else, too: that is not for this stack to do.
    async fn delete(&self, cx: &Context, arn: &str, _empty: bool) -> Result<()> {
        let strip = |seen: Context| async move {
            let (others, versions) = what_holds(&seen, arn).await?;
            detach(cx, arn, others).await?;
            for version in versions.into_iter().filter(|version| !version.is_default_version) {
                delete_version(cx, arn, &version).await?;
            }
            cx.clients.iam.delete_policy().policy_arn(arn).send().await.call_if_found("iam:DeletePolicy").map(drop)
        };
        let is_there = || async { Ok(get(cx, arn).await?.is_some()) };
        super::delete(cx, ("the policy is free", &format!("the policy {arn}")), has_something, strip, is_there).await
    }
}

fn attributes(arn: String, name: &str) -> Attributes {
    Attributes::from([("arn".into(), arn), ("name".into(), name.into())])
}

pub(super) async fn find(cx: &Context, name: &str) -> Result<Option<Live<Spec>>> {
    let (own, plain) = (arn(&cx.place, "policy", &cx.iam_path(), name), arn(&cx.place, "policy", "/", name));
    match read_one(cx, &own).await? {
        Some(own) => Ok(Some(own)),
        None => read_one(cx, &plain).await,
    }
}

/// GetPolicy, or `None`.
async fn get(cx: &Context, arn: &str) -> Result<Option<SdkPolicy>> {
    cx.shared(format!("the policy {arn}"), async {
        let answer = cx.clients.iam.get_policy().policy_arn(arn).send().await;
        Ok(answer.call_if_found("iam:GetPolicy")?.and_then(|answer| answer.policy))
    })
    .await
}

/// The policy as soon as IAM shows `document` in it.
async fn read_back(cx: &Context, arn: &str, document: &Value) -> Result<Live<Spec>> {
    let shows = |spec: &Spec| same(&spec.document, document);
    settled(&format!("the policy {arn}"), || read_one(cx, arn), shows).await
}

async fn read_one(cx: &Context, arn: &str) -> Result<Option<Live<Spec>>> {
    let Some(policy) = get(cx, arn).await? else {
        return Ok(None);
    };
    let version = policy.default_version_id.unwrap_or_else(|| "v1".into());
    let answer = cx.clients.iam.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let Some(answer) = answer.call_if_found("iam:GetPolicyVersion")? else {
        return Ok(None);
    };
    let document = answer.policy_version.and_then(|version| version.document).unwrap_or_default();
    let document = decoded(&document).unwrap_or_else(|| json!(document));
    let spec = Spec { description: Some(policy.description.unwrap_or_default()), document };
    let attributes = attributes(arn.to_owned(), &policy.policy_name.unwrap_or_default());
    Ok(Some(Live::new(arn, spec, attributes, tags_of(policy.tags))))
}

/// Puts `document` into use. When there are five versions the oldest unused one makes room.
async fn add_version(cx: &Context, arn: &str, document: &Value) -> Result<()> {
    let mut kept = versions(cx, arn).await?;
    kept.sort_by_key(|version| version.create_date.map(|date| date.as_nanos()));
    let surplus = (kept.len() + 1).saturating_sub(VERSIONS);
    for version in kept.iter().filter(|version| !version.is_default_version).take(surplus) {
        delete_version(cx, arn, version).await?;
    }
    let once = Once {
        made: "IAM to take the policy's new version",
        shown: "IAM to show the policy's new version",
        asking: UNANSWERED,
        looking: SHOWN,
    };
    let create = || async {
        let call = cx.clients.iam.create_policy_version().policy_arn(arn).policy_document(document.to_string());
        let alone = Builder::default().retry_classifier(LookFirst);
        let call = call.set_as_default(true).customize().config_override(alone);
        call.send().await.call("iam:CreatePolicyVersion").map(drop)
    };
    let look = || async {
        let live = read_one(cx, arn).await?;
        Ok(live.filter(|live| same(&live.spec.document, document)).map(drop))
    };
    // IAM may show the new version late, and count it at once.
    once.make(|error| error.kind == ErrorKind::Quota, create, look).await
}

async fn versions(cx: &Context, arn: &str) -> Result<Vec<PolicyVersion>> {
    cx.shared(format!("versions of the policy {arn}"), async {
        let list = cx.clients.iam.list_policy_versions().policy_arn(arn).into_paginator().send().bounded();
        let versions = list.all_if_found("iam:ListPolicyVersions", |page| page.versions.unwrap_or_default()).await?;
        Ok(versions.unwrap_or_default())
    })
    .await
}

async fn delete_version(cx: &Context, arn: &str, version: &PolicyVersion) -> Result<()> {
    let call = cx.clients.iam.delete_policy_version().policy_arn(arn).set_version_id(version.version_id.clone());
    call.send().await.call_if_found("iam:DeletePolicyVersion")?;
    Ok(())
}

/// Who has it, and its versions: what keeps IAM from deleting it.
async fn what_holds(cx: &Context, arn: &str) -> Result<(Others, Vec<PolicyVersion>)> {
    let own = Own::default();
    tokio::try_join!(holders::of_policy(cx, arn, &own), versions(cx, arn))
}

/// Detaches it from the stack's own roles, users and groups.
///
/// # Errors
/// Others have it: nothing is taken from them.
async fn detach(cx: &Context, arn: &str, others: Others) -> Result<()> {
    others.refuse(&format!("the policy `{}`", name_in(arn)))?;
    for own in &others.beside {
        if let Some(grantee) = Grantee::of(&own.kind, &own.id) {
            grantee.detach(cx, arn).await?;
        }
    }
    Ok(())
}
