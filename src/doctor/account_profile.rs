//! The account's programme: what it allows, how much of that is used, and whether the stack fits.

use crate::aws::{Call, Context};
use crate::model::account_profile::{AccountProfile, ProfileChoice};
use crate::resource::account_profile::Provision;
use crate::resource::ec2::account_profile::running;
use crate::resource::kind::Kind;
use crate::stack::Stack;
use crate::stack::account_profile::provision;
use crate::suggest;

use super::Check;

const WHAT: &str = "profile";

/// All about it; nothing where neither the credentials nor the file say any. `is_rehearsed`: what answers is the sandbox, which has
/// the profile that the file names.
pub async fn check(cx: &Context, stack: Option<&Stack>, is_rehearsed: bool) -> Vec<Check> {
    let said = stack.and_then(|stack| stack.profile);
    let Some(profile) = cx.account_profile else {
        let of_another = match said {
            Some(ProfileChoice::Of(said)) => Some(Check::wrong(
                WHAT,
                format!("the stack is for {}, and these credentials are not of one", said.one),
                "choose the lab's credentials with --profile, or remove `profile:` from the file",
            )),
            _ => None,
        };
        return of_another.into_iter().collect();
    };
    let region = &cx.place.region;
    if !profile.has_region(region) {
        let found = format!("{} has no region {region}", profile.title);
        return vec![Check::wrong(
            WHAT,
            found,
            format!("choose one with --region: {}", suggest::list(profile.regions.value)),
        )];
    }
    let mut checks = vec![found(said, profile, is_rehearsed)];
    let (instances, role) = tokio::join!(instances(cx, profile), role(cx, profile));
    checks.extend([instances, role]);
    checks.extend(stack.and_then(|stack| impossible(cx, profile, stack)));
    checks
}

fn found(said: Option<ProfileChoice>, profile: &AccountProfile, is_rehearsed: bool) -> Check {
    if is_rehearsed {
        return Check::right(WHAT, format!("{}, named in the stack file, to rehearse in the sandbox", profile.title));
    }
    let found = format!("{}, by the role `{}` of these credentials", profile.title, profile.caller.value);
    match said {
        Some(ProfileChoice::Off) => Check::unknown(WHAT, format!("{found}; the stack file switches it off"))
            .remedy("remove `profile: none` to have the stack adapted to it"),
        _ => Check::right(WHAT, found),
    }
}

/// How many instances run, of those that may.
async fn instances(cx: &Context, profile: &AccountProfile) -> Check {
    const WHAT: &str = "instances";
    let by_region = match running(cx, profile.regions.value).await {
        Ok(by_region) => by_region,
        Err(error) => return Check::unchecked(WHAT, &error),
    };
    let most = profile.most_running.value;
    let each: Vec<_> = by_region.iter().map(|(region, count)| format!("{count} of {most} in {region}")).collect();
    let found = format!("running: {}", each.join(", "));
    match by_region.iter().any(|(_, count)| *count >= most) {
        true => Check::unknown(WHAT, found).remedy("stop those that are not needed now: no more can be launched there"),
        false => Check::right(WHAT, found),
    }
}

/// Whether the role is there that takes the place of others.
async fn role(cx: &Context, profile: &AccountProfile) -> Check {
    let (name, what) = (profile.role.value, "role");
    match cx.clients.iam.get_role().role_name(name).send().await.call("iam:GetRole") {
        Ok(_) => Check::right(what, format!("`{name}`, in place of roles that can't be created")),
        Err(error) if error.is_not_found() => {
            Check::wrong(what, format!("there is no `{name}`"), "start the lab again, or ask its support")
        }
        Err(error) => Check::unchecked(what, &error),
    }
}

/// What the stack has and the account can't.
fn impossible(cx: &Context, profile: &AccountProfile, stack: &Stack) -> Option<Check> {
    if stack.profile == Some(ProfileChoice::Off) {
        return None;
    }
    let is_impossible = |kind: &dyn Kind| matches!(provision(profile, &cx.place, kind), Provision::Impossible { .. });
    let mut names: Vec<_> =
        stack.resources.iter().filter(|one| is_impossible(&*one.kind)).map(|one| one.address.name.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| {
        let found = format!("{} can't have {}", profile.one, suggest::list(&names));
        Check::wrong("stack", found, "remove them from the file, or use another account; `cloud101 plan` says why")
    })
}
