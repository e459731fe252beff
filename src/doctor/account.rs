//! The account: who asks, from where, with which clock, and whether it has what the stack takes for granted.

use crate::aws::caller::Caller;
use crate::aws::{Call, Context, ErrorKind};
use crate::operate::agent::online;
use crate::operate::power::machines;
use crate::resource::ec2::instance::KIND;
use crate::resource::ec2::network::default_vpc;
use crate::stack::{ResourceConfig, Stack};
use crate::suggest;

use super::Check;

/// AWS refuses signatures that are five minutes off; one minute less is not a clock to rely on.
const SKEW_SECONDS: i64 = 240;

/// Where questions go, who asks, in which region, and how this computer's clock stands against AWS's.
pub fn caller(caller: &Caller, sandbox: bool) -> Vec<Check> {
    vec![endpoint(caller, sandbox), region(caller), credentials(caller), identity(caller), clock(caller)]
}

fn endpoint(caller: &Caller, sandbox: bool) -> Check {
    const WHAT: &str = "endpoint";
    match (&caller.wrong_setting, caller.endpoints.as_slice()) {
        (Some(error), _) => Check::failed(WHAT, error),
        (None, []) => Check::right(WHAT, "AWS's own"),
        (None, all) => {
            let all: Vec<_> = all.iter().map(|(source, url)| format!("{url} ({source})")).collect();
            let check = Check::right(WHAT, all.join(", "));
            if sandbox { check } else { check.remedy("this is not AWS itself; to use AWS, remove it") }
        }
    }
}

fn region(caller: &Caller) -> Check {
    const WHAT: &str = "region";
    match &caller.region {
        Ok(region) => Check::right(WHAT, region),
        Err(_) if caller.wrong_setting.is_some() => Check::unknown(WHAT, "not checked: the endpoint is wrong"),
        Err(error) => Check::failed(WHAT, error),
    }
}

fn credentials(caller: &Caller) -> Check {
    const WHAT: &str = "credentials";
    match &caller.credentials {
        _ if caller.wrong_setting.is_some() => Check::unknown(WHAT, "not checked: the endpoint is wrong"),
        Ok(source) => Check::right(WHAT, format!("from {source}")),
        Err(error) => Check::failed(WHAT, error),
    }
}

fn identity(caller: &Caller) -> Check {
    const WHAT: &str = "identity";
    match &caller.identity {
        Ok(identity) => Check::right(WHAT, format!("{}, account {}", identity.arn, identity.account)),
        Err(_) if caller.wrong_setting.is_some() => Check::unknown(WHAT, "not checked: the endpoint is wrong"),
        Err(_) if caller.region.is_err() => Check::unknown(WHAT, "not checked: no region is set"),
        Err(_) if caller.credentials.is_err() => Check::unknown(WHAT, "not checked: there are no credentials"),
        Err(error) => Check::failed(WHAT, error),
    }
}

fn clock(caller: &Caller) -> Check {
    const WHAT: &str = "clock";
    let Some(skew) = caller.skew_seconds else {
        let why = match &caller.identity {
            Ok(_) => "not checked: the answer has no date",
            Err(_) => "not checked: AWS did not answer",
        };
        return Check::unknown(WHAT, why);
    };
    let way = if skew > 0 { "ahead of" } else { "behind" };
    if skew.abs() <= SKEW_SECONDS {
        return Check::right(WHAT, format!("within {} s of AWS's", skew.abs().max(1)));
    }
    Check::wrong(
        WHAT,
        format!("{} min {way} AWS's, which accepts 5", (skew.abs() + 30) / 60),
        "set this computer's date, time and time zone: `timedatectl set-ntp true` on systems with systemd",
    )
}

/// Whether these credentials are for the account that the file says.
pub fn account(stack: &Stack, caller: &Caller) -> Option<Check> {
    let (wanted, identity) = (stack.account.as_ref()?, caller.identity.as_ref().ok()?);
    Some(match *wanted == identity.account {
        true => Check::right("account", format!("{wanted}, as the file says")),
        false => Check::wrong(
            "account",
            format!("the stack is for account {wanted}, and these credentials are for {}", identity.account),
            "choose the right profile with --profile, or change `account:` in the file",
        ),
    })
}

/// Whether the region has the network that the stack, or most stacks, take for granted.
pub async fn network(cx: &Context, stack: Option<&Stack>) -> Check {
    const WHAT: &str = "default VPC";
    let region = &cx.place.region;
    match default_vpc(cx).await {
        Ok(Some(vpc)) => Check::right(WHAT, format!("{vpc} in {region}")),
        Ok(None) => {
            let (found, remedy) =
                (format!("none in {region}"), format!("`aws ec2 create-default-vpc --region {region}`"));
            match stack.is_some_and(needs_network) {
                true => Check::wrong(WHAT, format!("{found}, and the stack does not name another one"), remedy),
                false => Check::unknown(WHAT, format!("{found}; an instance has to name a `subnet_id`")).remedy(remedy),
            }
        }
        Err(error) => Check::unchecked(WHAT, &error),
    }
}

/// Whether something of the stack goes into the default VPC.
fn needs_network(stack: &Stack) -> bool {
    let names_none = |declared: &ResourceConfig| {
        let network = declared.kind.info().network.as_ref();
        network.is_some_and(|property| declared.spec.get(&**property).is_none())
    };
    stack.resources.iter().any(names_none)
}

/// To whom the account may send email, if the stack does (API: GetAccount).
pub async fn email(cx: &Context, stack: Option<&Stack>) -> Option<Check> {
    const WHAT: &str = "SES";
    let uses = |stack: &Stack| stack.resources.iter().any(|declared| declared.kind.name().starts_with("ses."));
    let is_absent = cx.account_profile.is_some_and(|profile| !profile.has_service_of("ses"));
    if is_absent || !stack.is_some_and(uses) {
        return None;
    }
    let region = &cx.place.region;
    Some(match cx.clients.ses.get_account().send().await.call("ses:GetAccount") {
        Ok(account) if !account.sending_enabled => Check::wrong(
            WHAT,
            format!("sending is disabled in {region}"),
            "the SES console shows why, and how to have sending enabled again",
        ),
        Ok(account) if account.production_access_enabled => {
            Check::right(WHAT, format!("can send to any address from {region}"))
        }
        Ok(_) => Check::right(WHAT, format!("in the SES sandbox in {region}: can send only to verified addresses"))
            .remedy("verify each recipient, or ask for production access in the SES console, which takes a day"),
        Err(error) if error.kind == ErrorKind::NotActivated => Check::failed(WHAT, &error),
        Err(error) => Check::unchecked(WHAT, &error),
    })
}

/// Which of the stack's running instances `connect` reaches (API: ssm:DescribeInstanceInformation).
pub async fn sessions(cx: &Context, stack: &Stack) -> Option<Check> {
    const WHAT: &str = "sessions";
    if !stack.resources.iter().any(|declared| declared.kind.name() == KIND) {
        return None;
    }
    let named: Vec<_> = stack.resources.iter().map(|declared| declared.address.clone()).collect();
    let all = async {
        let mut machines = machines(cx, &named).await?;
        machines.retain(|machine| machine.state == "running");
        let ids: Vec<_> = machines.iter().map(|machine| machine.id.as_str()).collect();
        let online = online(cx, &ids).await?;
        Ok::<_, crate::aws::Error>((machines, online))
    };
    let (machines, online) = match all.await {
        Ok((machines, _)) if machines.is_empty() => return None,
        Ok(all) => all,
        Err(error) => return Some(Check::unchecked(WHAT, &error)),
    };
    let (reached, others): (Vec<_>, Vec<_>) = machines.iter().partition(|machine| online.contains(&machine.id));
    let found = format!("`connect` reaches {} of {} running instances", reached.len(), machines.len());
    let names: Vec<_> = others.iter().map(|machine| machine.address.to_string()).collect();
    Some(match names.is_empty() {
        true => Check::right(WHAT, found),
        false => Check::unknown(WHAT, format!("{found}; not {}", suggest::list(&names)))
            .remedy("`cloud101 connect` with one of them says what it lacks"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::identity::Identity;
    use crate::aws::{Error, Result};
    use crate::doctor::Verdict;

    fn someone(identity: Result<Identity>, skew_seconds: Option<i64>) -> Caller {
        Caller {
            wrong_setting: None,
            endpoints: Vec::new(),
            region: Ok("us-east-1".into()),
            credentials: Ok("the environment".into()),
            identity,
            skew_seconds,
        }
    }

    #[test]
    fn a_clock_is_wrong_before_aws_refuses_it() {
        let identity = || Ok(Identity { arn: "arn:aws:iam::123456789012:user/ana".into(), account: "1".into() });
        for (skew, verdict, words) in [
            (Some(0), Verdict::Right, "within 1 s"),
            (Some(-200), Verdict::Right, "within 200 s"),
            (Some(-600), Verdict::Wrong, "10 min behind"),
            (Some(300), Verdict::Wrong, "5 min ahead of"),
            (None, Verdict::Unknown, "no date"),
        ] {
            let check = clock(&someone(identity(), skew));
            assert_eq!((check.verdict, check.found.contains(words)), (verdict, true), "{skew:?}: {}", check.found);
        }
        let silent = clock(&someone(Err(Error::refused("no")), None));
        assert!(silent.found.contains("did not answer"), "{}", silent.found);
    }
}
