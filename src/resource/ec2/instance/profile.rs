//! The instance profile of an instance that exists.

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::operation::describe_iam_instance_profile_associations::DescribeIamInstanceProfileAssociationsOutput;
use aws_sdk_ec2::types::{
    IamInstanceProfile, IamInstanceProfileAssociation, IamInstanceProfileSpecification, InstanceStateName,
};

use crate::aws::ownership::Ownership;
use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Bounded, Call, Context, Error, ErrorKind, Result, try_side_by_side};
use crate::resource::ec2::tag::filter;
use crate::resource::lookup::name_in;
use crate::resource::others::{Beside, Holder, Others, Own};
use crate::resource::profile as instance_profile;

use super::{find, owner};

/// How long EC2 may take to see a new instance profile.
const VISIBLE: Duration = Duration::from_secs(120);
/// How the ids of instance profiles begin (IAM User Guide, unique identifiers). Nothing else is one to compare.
const ID: &str = "AIPA";
/// See [`Instance`](super::Instance).
const KIND: &str = "ec2.instance";
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
        return Err(error.with_hint("`aws iam list-instance-profiles` lists them; `iam.instance_profile` creates one"));
    }
    let what = format!("EC2 to see the instance profile `{name}`");
    wait::retry_while(&what, VISIBLE, is_unseen, call).await.map_err(|error| match is_unseen(&error) {
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

/// Whether an instance holds a profile of this stack that was deleted since, perhaps to be recreated with the same
/// name: its programs get no credentials from it any more. Of other profiles nothing is asked, so a look at a
/// stack that names the profile takes no call more.
pub async fn is_gone(cx: &Context, held: &IamInstanceProfile) -> bool {
    let (Some(arn), Some(id)) = (held.arn(), held.id().filter(|id| id.starts_with(ID))) else {
        return false;
    };
    if !arn.contains(&format!(":instance-profile{}", cx.iam_path())) {
        return false;
    }
    let now = instance_profile::get(cx, name_in(arn)).await;
    now.is_ok_and(|now| now.is_none_or(|now| now.instance_profile_id != id))
}

/// Makes `name` the instance's profile; an empty one takes it away.
pub async fn set(cx: &Context, instance: &str, name: &str, state: &InstanceStateName) -> Result<()> {
    let ec2 = &cx.clients.ec2;
    let profile = Profile { name, id: id_of(cx, name).await? };
    let present = associations(cx, instance).await?;
    if let ([one], false) = (present.as_slice(), name.is_empty()) {
        if profile.matches(one) {
            return until_associated(cx, instance, &profile).await;
        }
        // AWS replaces it only on an instance that runs.
        if *state == InstanceStateName::Running {
            let id = one.association_id().unwrap_or_default();
            once_visible(cx, name, || async {
                let call = ec2.replace_iam_instance_profile_association().association_id(id);
                call.iam_instance_profile(by_name(name)).send().await.call("ec2:ReplaceIamInstanceProfileAssociation")
            })
            .await?;
            return until_associated(cx, instance, &profile).await;
        }
    }
    for association in present {
        let id = association.association_id.unwrap_or_default();
        let call = ec2.disassociate_iam_instance_profile().association_id(id);
        call.send().await.call_if_found("ec2:DisassociateIamInstanceProfile")?;
    }
    let gone = || async { Ok(associations(cx, instance).await?.is_empty().then_some(())) };
    wait::poll_until(&format!("{instance} to lose its instance profile"), ASSOCIATED, gone).await?;
    if name.is_empty() {
        return Ok(());
    }
    once_visible(cx, name, || async {
        let call = ec2.associate_iam_instance_profile().instance_id(instance).iam_instance_profile(by_name(name));
        call.send().await.call("ec2:AssociateIamInstanceProfile")
    })
    .await?;
    until_associated(cx, instance, &profile).await
}

fn by_name(name: &str) -> IamInstanceProfileSpecification {
    IamInstanceProfileSpecification::builder().name(name).build()
}

/// A profile as IAM has it now.
struct Profile<'a> {
    name: &'a str,
    /// `None`: this user may not ask.
    id: Option<String>,
}

impl Profile<'_> {
    /// Whether it is this one that an instance holds, and not an earlier one of the same name.
    fn matches(&self, association: &IamInstanceProfileAssociation) -> bool {
        association.iam_instance_profile().is_some_and(|held| {
            let same_id = self.id.as_deref().zip(held.id()).is_none_or(|(now, held)| now == held);
            same_id && has_name(association, self.name)
        })
    }
}

fn has_name(association: &IamInstanceProfileAssociation, name: &str) -> bool {
    let arn = association.iam_instance_profile().and_then(IamInstanceProfile::arn);
    arn.is_some_and(|arn| name_in(arn) == name)
}

async fn id_of(cx: &Context, name: &str) -> Result<Option<String>> {
    if name.is_empty() {
        return Ok(None);
    }
    match instance_profile::get(cx, name).await {
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        found => Ok(found?.map(|profile| profile.instance_profile_id)),
    }
}

/// The instances of this region that have the profile `name` and are there. Without permission to read instances, a
/// note says so.
pub async fn holders(cx: &Context, name: &str, own: &Own) -> Result<Others> {
    let mut others = Others::default();
    let associations = match all_associations(cx).await {
        Err(error) if error.kind == ErrorKind::Denied => {
            let action = "ec2:DescribeIamInstanceProfileAssociations";
            others.notes.push(format!("whether other instances use it is not known: {action} is denied"));
            return Ok(others);
        }
        all => all?,
    };
    let named = associations.into_iter().filter(|association| has_name(association, name));
    let pairs = named.filter_map(|one| Some((one.instance_id?, one.association_id.unwrap_or_default())));
    let unknown = pairs.filter(|(instance, _)| !own.has(KIND, instance));
    let found = try_side_by_side(unknown, |(instance, association)| async move {
        let live = find::by_id(cx, &instance).await?.filter(find::is_live);
        Ok::<_, Error>(live.map(|live| (live, instance, association)))
    });
    for (live, instance, association) in found.await?.into_iter().flatten() {
        match owner::own(&cx.place, &live).and_then(|known| Ownership::read(&known.tags)) {
            Some(ownership) => {
                others.beside.push(Beside { address: ownership.address, kind: KIND.to_owned(), id: instance })
            }
            None => others.holders.push(Holder {
                who: instance,
                command: format!(
                    "aws ec2 disassociate-iam-instance-profile --association-id {association} --region {}",
                    cx.place.region
                ),
            }),
        }
    }
    Ok(others)
}

/// Every association of a profile in the region: asked once in one look.
async fn all_associations(cx: &Context) -> Result<Vec<IamInstanceProfileAssociation>> {
    cx.region_wide()
        .shared("instance profiles of the region's instances", async {
            let there = filter("state", ["associating", "associated"]);
            let call = cx.clients.ec2.describe_iam_instance_profile_associations().filters(there);
            let items = |page: DescribeIamInstanceProfileAssociationsOutput| {
                page.iam_instance_profile_associations.unwrap_or_default()
            };
            call.into_paginator().send().bounded().all("ec2:DescribeIamInstanceProfileAssociations", items).await
        })
        .await
}

async fn associations(cx: &Context, instance: &str) -> Result<Vec<IamInstanceProfileAssociation>> {
    let filters = vec![filter("instance-id", [instance]), filter("state", ["associating", "associated"])];
    let call = cx.clients.ec2.describe_iam_instance_profile_associations().set_filters(Some(filters));
    let answer = call.send().await.call("ec2:DescribeIamInstanceProfileAssociations")?;
    Ok(answer.iam_instance_profile_associations.unwrap_or_default())
}

async fn until_associated(cx: &Context, instance: &str, profile: &Profile<'_>) -> Result<()> {
    let done = |association: &IamInstanceProfileAssociation| {
        profile.matches(association) && association.state().is_some_and(|state| state.as_str() == "associated")
    };
    let look = || async {
        let present = associations(cx, instance).await?;
        // An instance that is gone has none either.
        let is_there = !present.is_empty() || find::living(cx, instance).await?.is_some();
        Ok(Sight::of(is_there.then_some(()), |()| present.iter().any(done)))
    };
    let thing = Thing { name: &format!("instance {instance}"), is_known: true, lag: find::LAG };
    wait::until_ready(&format!("{instance} to have the instance profile `{}`", profile.name), ASSOCIATED, thing, look)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    const ARN: &str = "arn:aws:iam::123456789012:instance-profile/cloud101/cloud101/lesson";

    /// An account in which IAM has the profile under the id `now`, and the instance holds AIPAOLD until that is
    /// replaced.
    fn account(now: Option<&'static str>) -> Aws {
        let mut held = "AIPAOLD";
        Aws::with(move |call| match (call.name.as_str(), now) {
            ("iam:GetInstanceProfile", None) => no(404, "NoSuchEntity", "Instance Profile lesson cannot be found."),
            ("iam:GetInstanceProfile", Some(id)) => yes(format!(
                "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/cloud101/cloud101/</Path>\
                 <InstanceProfileName>lesson</InstanceProfileName><InstanceProfileId>{id}</InstanceProfileId>\
                 <Arn>{ARN}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/></InstanceProfile>\
                 </GetInstanceProfileResult></GetInstanceProfileResponse>"
            )),
            ("ec2:DescribeIamInstanceProfileAssociations", _) => yes(format!(
                "<DescribeIamInstanceProfileAssociationsResponse><iamInstanceProfileAssociationSet><item>\
                 <associationId>iip-1</associationId><instanceId>i-1</instanceId><state>associated</state>\
                 <iamInstanceProfile><arn>{ARN}</arn><id>{held}</id></iamInstanceProfile></item>\
                 </iamInstanceProfileAssociationSet></DescribeIamInstanceProfileAssociationsResponse>"
            )),
            ("ec2:ReplaceIamInstanceProfileAssociation", Some(id)) => {
                held = id;
                yes("<ReplaceIamInstanceProfileAssociationResponse/>")
            }
            (name, _) => panic!("{name}"),
        })
    }

    fn held(arn: &str) -> IamInstanceProfile {
        IamInstanceProfile::builder().arn(arn).id("AIPAOLD").build()
    }

    #[tokio::test]
    async fn a_profile_made_anew_under_its_name_is_given_anew() {
        let aws = account(Some("AIPANEW"));
        set(&aws.context(), "i-1", "lesson", &InstanceStateName::Running).await.unwrap();
        assert!(aws.names().iter().any(|name| name == "ec2:ReplaceIamInstanceProfileAssociation"), "{:?}", aws.names());
        let aws = account(Some("AIPAOLD"));
        set(&aws.context(), "i-1", "lesson", &InstanceStateName::Running).await.unwrap();
        assert_eq!(
            aws.names(),
            ["iam:GetInstanceProfile"]
                .into_iter()
                .chain(["ec2:DescribeIamInstanceProfileAssociations"; 2])
                .collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn a_profile_of_the_stack_that_was_deleted_since_is_gone() {
        for (now, gone) in [(Some("AIPAOLD"), false), (Some("AIPANEW"), true), (None, true)] {
            assert_eq!(is_gone(&account(now).context(), &held(ARN)).await, gone, "{now:?}");
        }
        let aws = account(None);
        assert!(!is_gone(&aws.context(), &held("arn:aws:iam::123456789012:instance-profile/of-others")).await);
        assert_eq!(aws.names(), [""; 0]);
    }
}
