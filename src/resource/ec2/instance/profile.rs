//! The instance profile of an instance that exists.

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::types::{IamInstanceProfileAssociation, IamInstanceProfileSpecification, InstanceStateName};

use crate::aws::{Call, Context, Error, ErrorKind, Result, try_side_by_side, wait};

use super::spec::profile_name;
use super::{find, tags};

/// How long EC2 may take to see a new instance profile.
const VISIBLE: Duration = Duration::from_secs(120);
/// How long an association takes.
const ASSOCIATED: Duration = Duration::from_secs(120);

/// Makes `call`, which names the instance profile `name`, again and again while EC2 does not see a new profile yet.
/// One that IAM does not know either is an error at once.
pub async fn once_visible<T, F, Fut>(cx: &Context, name: &str, mut call: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    match call().await {
        Err(error) if is_unseen(&error) => {}
        result => return result,
    }
    let known = cx.clients.iam.get_instance_profile().instance_profile_name(name).send().await;
    if known.call("iam:GetInstanceProfile").is_err_and(|error| error.is_not_found()) {
        let error = Error::refused(format!("there is no instance profile `{name}` in this account"));
        return Err(error.with_hint("`aws iam list-instance-profiles` lists them; `iam.instance_profile` makes one"));
    }
    let what = format!("EC2 to see the instance profile `{name}`");
    wait::while_failing(&what, VISIBLE, is_unseen, call).await.map_err(|error| match is_unseen(&error) {
        true => {
            let waited = format!("EC2 did not see the instance profile `{name}` within {} s", VISIBLE.as_secs());
            error.with_hint(format!("{waited}; run the same command again"))
        }
        false => error,
    })
}

/// AWS has no code of its own for it.
fn is_unseen(error: &Error) -> bool {
    let code =
        error.is(&["InvalidParameterValue", "InvalidParameterCombination", "InvalidIamInstanceProfileArn.NotFound"]);
    code && error.message.to_ascii_lowercase().contains("iam instance profile")
}

/// Makes `name` the instance's profile; an empty one takes it away.
pub async fn set(cx: &Context, instance: &str, name: &str, state: &InstanceStateName) -> Result<()> {
    let ec2 = &cx.clients.ec2;
    let present = associations(cx, instance).await?;
    if let ([one], false) = (present.as_slice(), name.is_empty()) {
        if is_of(one, name) {
            return until_associated(cx, instance, name).await;
        }
        // AWS replaces it only on an instance that runs.
        if *state == InstanceStateName::Running {
            let id = one.association_id().unwrap_or_default();
            once_visible(cx, name, || async {
                let call = ec2.replace_iam_instance_profile_association().association_id(id);
                call.iam_instance_profile(by_name(name)).send().await.call("ec2:ReplaceIamInstanceProfileAssociation")
            })
            .await?;
            return until_associated(cx, instance, name).await;
        }
    }
    for association in present {
        let id = association.association_id.unwrap_or_default();
        let call = ec2.disassociate_iam_instance_profile().association_id(id);
        call.send().await.call_if_found("ec2:DisassociateIamInstanceProfile")?;
    }
    let gone = || async { Ok(associations(cx, instance).await?.is_empty().then_some(())) };
    wait::until(&format!("{instance} to lose its instance profile"), ASSOCIATED, gone).await?;
    if name.is_empty() {
        return Ok(());
    }
    once_visible(cx, name, || async {
        let call = ec2.associate_iam_instance_profile().instance_id(instance).iam_instance_profile(by_name(name));
        call.send().await.call("ec2:AssociateIamInstanceProfile")
    })
    .await?;
    until_associated(cx, instance, name).await
}

fn by_name(name: &str) -> IamInstanceProfileSpecification {
    IamInstanceProfileSpecification::builder().name(name).build()
}

fn is_of(association: &IamInstanceProfileAssociation, name: &str) -> bool {
    association.iam_instance_profile().and_then(|profile| profile.arn()).is_some_and(|arn| profile_name(arn) == name)
}

/// The instances of this region that have the profile `name`, are there and are not this stack's; with each the id of
/// its association. Who may not look at instances sees none.
pub async fn foreign_users(cx: &Context, name: &str) -> Result<Vec<(String, String)>> {
    let mut associations = Vec::new();
    let there = find::filter("state", ["associating", "associated"]);
    let mut pages = cx.clients.ec2.describe_iam_instance_profile_associations().filters(there).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page.call("ec2:DescribeIamInstanceProfileAssociations") {
            Err(error) if error.kind == ErrorKind::Denied => return Ok(Vec::new()),
            page => associations.extend(page?.iam_instance_profile_associations.unwrap_or_default()),
        }
    }
    let named = associations.into_iter().filter(|association| is_of(association, name));
    let pairs = named.filter_map(|one| Some((one.instance_id?, one.association_id.unwrap_or_default())));
    let found = try_side_by_side(pairs, |(instance, association)| async move {
        let live = find::by_id(cx, &instance).await?.filter(find::is_live);
        let foreign = live.filter(|live| !cx.owns(&tags::of(live.tags.as_deref())));
        Ok::<_, Error>(foreign.map(|_| (instance, association)))
    });
    Ok(found.await?.into_iter().flatten().collect())
}

async fn associations(cx: &Context, instance: &str) -> Result<Vec<IamInstanceProfileAssociation>> {
    let filters = vec![find::filter("instance-id", [instance]), find::filter("state", ["associating", "associated"])];
    let call = cx.clients.ec2.describe_iam_instance_profile_associations().set_filters(Some(filters));
    let answer = call.send().await.call("ec2:DescribeIamInstanceProfileAssociations")?;
    Ok(answer.iam_instance_profile_associations.unwrap_or_default())
}

async fn until_associated(cx: &Context, instance: &str, name: &str) -> Result<()> {
    let done = |association: &IamInstanceProfileAssociation| {
        is_of(association, name) && association.state().is_some_and(|state| state.as_str() == "associated")
    };
    let check = || async { Ok(associations(cx, instance).await?.iter().any(done).then_some(())) };
    wait::until(&format!("{instance} to have the instance profile `{name}`"), ASSOCIATED, check).await
}
