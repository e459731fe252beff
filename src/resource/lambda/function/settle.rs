//! A function takes a moment to reach its configuration.

use std::future::Future;
use std::time::Duration;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};

use crate::aws::wait::{self, Sight, Thing};
use crate::aws::{Call, Context, Error, ErrorKind, Result};

/// AWS needs seconds for most changes, minutes for a function in a VPC.
const LIMIT: Duration = Duration::from_secs(300);
/// While EC2 has more calls of Lambda's than it takes, which a few dozen functions in a VPC bring about.
const EC2_LIMIT: Duration = Duration::from_secs(540);
/// A new security group or subnet is known to Lambda within seconds.
const VPC_LIMIT: Duration = Duration::from_secs(30);
/// A new role, or what it was just allowed, is known everywhere within seconds.
const ROLE_LIMIT: Duration = Duration::from_secs(60);

/// How long a deleted function may still be seen.
const GONE_LIMIT: Duration = Duration::from_secs(60);

/// Calls `attempt` again while AWS is busy with an earlier change of the function `name`. That AWS is deleting it is
/// not a change to wait for.
pub async fn when_idle<T, F, Fut>(cx: &Context, name: &str, mut attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    wait::retry_while("an earlier change of the function to settle", LIMIT, is_busy, || {
        let answer = attempt();
        async move {
            match answer.await {
                Err(error) if is_busy(&error) => Err(going(cx, name).await?.unwrap_or(error)),
                answer => answer,
            }
        }
    })
    .await
}

/// Why nothing can be done with the function `name`, if AWS is deleting it.
async fn going(cx: &Context, name: &str) -> Result<Option<Error>> {
    let call = cx.clients.lambda.get_function_configuration().function_name(name);
    let found = call.send().await.call_if_found("lambda:GetFunctionConfiguration")?;
    let status = found.as_ref().map(Status::from).filter(Status::is_going);
    Ok(status.and_then(|status| status.trouble()))
}

/// Whether AWS is deleting it.
pub async fn is_going(cx: &Context, name: &str) -> Result<bool> {
    Ok(going(cx, name).await?.is_some())
}

/// `answer` to a call that deletes something of a function: it is done where AWS is deleting the function already.
pub async fn deleted(cx: &Context, name: &str, answer: Result<()>) -> Result<()> {
    match answer {
        Err(error) if error.is(&["ResourceConflictException"]) && is_going(cx, name).await? => Ok(()),
        answer => answer,
    }
}

/// Waits until the function `name`, which is deleted, is gone. AWS first lets end what it has begun.
pub async fn gone(cx: &Context, name: &str) -> Result<()> {
    let what = format!("the function {name} to be gone");
    let gone = wait::poll_until(&what, GONE_LIMIT, || async {
        let call = cx.clients.lambda.get_function_configuration().function_name(name);
        let found = call.send().await.call_if_found("lambda:GetFunctionConfiguration")?;
        Ok(found.is_none().then_some(()))
    });
    match gone.await {
        Err(error) if error.kind == ErrorKind::TimedOut && is_going(cx, name).await? => {
            let message = format!("AWS is deleting the function {name}, and waits for running invocations to finish");
            let hint = "nothing else is needed: run the same command again later, once it is deleted";
            Err(Error::timed_out(message).with_hint(hint))
        }
        gone => gone,
    }
}

/// Whether a refusal is about an earlier change, in whatever words: the same code also says that something exists.
fn is_busy(error: &Error) -> bool {
    error.is(&["ResourceConflictException"]) && !error.message.to_ascii_lowercase().contains("exist")
}

/// Calls `attempt`, which makes or configures a function, again while AWS refuses it for what passes: an earlier change,
/// a role, a security group or a subnet that Lambda does not know yet, calls that EC2 does not take from Lambda.
pub async fn when_accepted<T, F, Fut>(cx: &Context, name: &str, attempt: F) -> Result<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let (groups, calls) = ("the VPC's groups and subnets to be known to Lambda", "EC2 to take more of Lambda's calls");
    let idle = || when_idle(cx, name, &attempt);
    let in_vpc = || wait::retry_while(groups, VPC_LIMIT, is_about_the_vpc, idle);
    let let_in = || wait::retry_while(calls, EC2_LIMIT, is_throttled_by_ec2, in_vpc);
    when_role_is_known(let_in).await.map_err(|error| {
        if is_about_the_vpc(&error) {
            error.with_hint(
                "`vpc` names a security group or a subnet that does not exist: `aws ec2 describe-security-groups` and \
                 `aws ec2 describe-subnets` list those of the region",
            )
        } else if is_throttled_by_ec2(&error) {
            error.with_hint(
                "the file is fine: EC2 limits the requests from Lambda in an account; run the same \
                 command again in a few minutes, with --parallelism 2 if many functions are in a VPC",
            )
        } else {
            error
        }
    })
}

/// What Lambda says while EC2 refuses its calls for a function in a VPC.
fn is_throttled_by_ec2(error: &Error) -> bool {
    error.is(&["InvalidParameterValueException"]) && error.message.contains("throttled by EC2")
        || error.is(&["EC2ThrottledException"])
}

/// What Lambda says of a group or subnet that EC2 does not know, or not yet.
fn is_about_the_vpc(error: &Error) -> bool {
    const CODES: [&str; 3] = ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound", "InvalidSubnetID.NotFound"];
    error.is(&["InvalidParameterValueException"]) && CODES.iter().any(|code| error.message.contains(code))
}

/// Calls `attempt` again while Lambda does not yet see the function's role, or what it may do, as IAM has it.
async fn when_role_is_known<T, F, Fut>(attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let what = "the role to be assumable by Lambda";
    wait::retry_while(what, ROLE_LIMIT, is_about_the_role, attempt).await.map_err(|error| {
        match is_about_the_role(&error) {
            true => error.with_hint(format!(
                "waited {} s for the role to become known to Lambda: does it let Lambda assume it (`assumed_by: \
             lambda.amazonaws.com`), and allow what the function is set up to use?",
                ROLE_LIMIT.as_secs()
            )),
            false => error,
        }
    })
}

fn is_about_the_role(error: &Error) -> bool {
    const WORDS: [&str; 3] =
        ["cannot be assumed by Lambda", "role does not have permissions", "KMS key is invalid for CreateGrant"];
    error.is(&["InvalidParameterValueException"]) && WORDS.iter().any(|words| error.message.contains(words))
}

/// Waits until the function `name` can be invoked and its last change is in effect. One that `is_new` may not be found for
/// a moment; else one that is not found was deleted meanwhile.
pub async fn settled(cx: &Context, name: &str, is_new: bool) -> Result<()> {
    let thing = Thing { name: &format!("the function {name}"), is_known: !is_new, lag: Duration::ZERO };
    wait::until_ready(&format!("the function {name} to become active"), LIMIT, thing, || async {
        let call = cx.clients.lambda.get_function_configuration().function_name(name);
        let found = call.send().await.call_if_found("lambda:GetFunctionConfiguration")?;
        Ok(match found.as_ref().map(Status::from) {
            None => Sight::Missing,
            Some(status) if status.is_settling() => Sight::Unready,
            Some(status) => status.trouble().map_or(Ok(Sight::Ready(())), Err)?,
        })
    })
    .await
}

/// How far AWS is with a function.
pub struct Status<'a> {
    state: Option<&'a State>,
    state_reason: Option<&'a str>,
    update: Option<&'a LastUpdateStatus>,
    update_reason: Option<&'a str>,
}

impl Status<'_> {
    fn is_settling(&self) -> bool {
        self.state == Some(&State::Pending) || self.update == Some(&LastUpdateStatus::InProgress)
    }

    /// Whether AWS is deleting it, which lasts while something that it has begun still runs.
    pub fn is_going(&self) -> bool {
        self.state.is_some_and(|state| state.as_str() == "Deleting")
    }

    /// What AWS could not do, if its last attempt failed; or that it does nothing more with the function.
    pub fn trouble(&self) -> Option<Error> {
        let state = self.state.map(State::as_str).unwrap_or_default();
        let unusual = match state {
            "Deleting" => Some("AWS is deleting the function, so it can't be changed any more"),
            "Deactivating" | "Deactivated" => Some("AWS has deactivated the function"),
            _ => None,
        };
        if let Some(what) = unusual {
            let why = self.state_reason.map(|why| format!(": {why}")).unwrap_or_default();
            let error = Error::refused(format!("{what}{why}"));
            let hint = "run the same command again when `aws lambda get-function` no longer finds it";
            return Some(if self.is_going() { error.with_hint(hint) } else { error });
        }
        let (what, why) = if self.state == Some(&State::Failed) {
            ("could not set the function up", self.state_reason)
        } else if self.update == Some(&LastUpdateStatus::Failed) {
            ("could not change the function", self.update_reason)
        } else {
            return None;
        };
        Some(Error::refused(format!("AWS {what}: {}", why.unwrap_or("it does not say why"))))
    }
}

impl<'a> From<&'a FunctionConfiguration> for Status<'a> {
    fn from(config: &'a FunctionConfiguration) -> Self {
        Self {
            state: config.state(),
            state_reason: config.state_reason(),
            update: config.last_update_status(),
            update_reason: config.last_update_status_reason(),
        }
    }
}

impl<'a> From<&'a GetFunctionConfigurationOutput> for Status<'a> {
    fn from(config: &'a GetFunctionConfigurationOutput) -> Self {
        Self {
            state: config.state(),
            state_reason: config.state_reason(),
            update: config.last_update_status(),
            update_reason: config.last_update_status_reason(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};
    use std::cell::Cell;

    fn error(code: &str, message: &str) -> Error {
        Error { code: Some(code.to_owned()), ..Error::refused(message) }
    }

    /// How often an attempt is made that fails with `first` once, and then works.
    async fn attempts(first: Error) -> (u32, bool) {
        let made = Cell::new(0);
        let attempt = || {
            made.set(made.get() + 1);
            let answer = if made.get() == 1 { Err(first.clone()) } else { Ok(()) };
            async { answer }
        };
        // It is there, and AWS is not deleting it.
        let aws = Aws::with(|_| yes(r#"{"State":"Active","LastUpdateStatus":"InProgress"}"#));
        let worked = when_accepted(&aws.context(), "lesson", attempt).await.is_ok();
        (made.get(), worked)
    }

    /// How the wait for a function ends that is there for the first `shown` looks, still pending, and how many there were.
    async fn deleted_after(shown: usize, is_new: bool) -> (String, usize) {
        let mut looks = 0;
        let aws = Aws::with(move |_| {
            looks += 1;
            match looks <= shown {
                true => yes(r#"{"State":"Active","LastUpdateStatus":"InProgress"}"#),
                false => no(404, "ResourceNotFoundException", "Function not found"),
            }
        });
        let error = settled(&aws.context(), "lesson", is_new).await.unwrap_err();
        (error.to_string(), aws.names().len())
    }

    #[tokio::test]
    async fn a_function_that_is_deleted_meanwhile_ends_the_wait_at_once() {
        let gone = "the function lesson was deleted in the meantime";
        assert_eq!(deleted_after(0, false).await, (gone.to_owned(), 1));
        assert_eq!(deleted_after(3, false).await, (gone.to_owned(), 4));
        assert_eq!(deleted_after(3, true).await, (gone.to_owned(), 4));
    }

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again_and_nothing_else() {
        let passing = [
            ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
            (
                "InvalidParameterValueException",
                "The provided execution role does not have permissions to call Publish on SNS",
            ),
            (
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:…",
            ),
            ("ResourceConflictException", "The function could not be updated due to a concurrent update operation."),
            (
                "InvalidParameterValueException",
                "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 Error \
                 Code: RequestLimitExceeded. EC2 Error Message: Request limit exceeded.",
            ),
            (
                "InvalidParameterValueException",
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error \
                 Message: The security group 'sg-1' does not exist",
            ),
            (
                "InvalidParameterValueException",
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: \
                 The subnet ID 'subnet-1' does not exist",
            ),
        ];
        for (code, message) in passing {
            assert_eq!(attempts(error(code, message)).await, (2, true), "{message}");
        }
        for (code, message) in [
            ("InvalidParameterValueException", "Unsupported runtime"),
            ("ResourceConflictException", "Function already exist: cloud101"),
            ("ResourceConflictException", "FunctionUrlConfig exists for this Lambda function"),
        ] {
            assert_eq!(attempts(error(code, message)).await, (1, false), "{message}");
        }
    }
}
