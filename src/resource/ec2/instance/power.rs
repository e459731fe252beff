//! Starting and stopping instances that are there.

use std::time::Duration;

use aws_sdk_ec2::types::InstanceStateName;

use crate::aws::{Call, Context, Error, Result, wait};

use super::find;

/// Stops a running instance, and waits until it is stopped.
pub async fn stop(cx: &Context, id: &str) -> Result<()> {
    let answer = cx.clients.ec2.stop_instances().instance_ids(id).send().await;
    answer.call("ec2:StopInstances")?;
    find::until_state(cx, id, InstanceStateName::Stopped).await.map(drop)
}

/// How long a refusal to start may last that passes by itself.
const REFUSED: Duration = Duration::from_secs(120);

/// Starts a stopped instance, and waits until it runs.
pub async fn start(cx: &Context, id: &str) -> Result<()> {
    let what = format!("AWS to start {id}");
    let answer = wait::retry_while(&what, REFUSED, may_pass, || async {
        cx.clients.ec2.start_instances().instance_ids(id).send().await.call("ec2:StartInstances")
    });
    answer.await.map_err(|error| match is_short(&error) {
        true => error.with_hint(
            "AWS has no capacity for this instance type right now: try again later, or choose another `instance_type` \
                and apply",
        ),
        false => error,
    })?;
    find::until_state(cx, id, InstanceStateName::Running).await.map(drop)
}

/// Whether AWS has no machine of this type free: often it has one a minute later.
pub fn is_short(error: &Error) -> bool {
    error.is(&["InsufficientInstanceCapacity"])
}

/// Right after a change of its type EC2 may still start the instance as the old one.
fn may_pass(error: &Error) -> bool {
    let is_old_type = error.is(&["InvalidParameterValue"]) && error.message.contains("LaunchPlan");
    is_old_type || is_short(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::aws::{Aws, no, yes};

    /// An instance that AWS first refuses to start in these words.
    async fn started(code: &'static str, message: &'static str) -> Result<usize> {
        let mut refused = false;
        let aws = Aws::with(move |call| match call.name.as_str() {
            "ec2:StartInstances" if !refused => {
                refused = true;
                no(400, code, message)
            }
            "ec2:DescribeInstances" => {
                yes("<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
                 <instanceState><code>16</code><name>running</name></instanceState></item></instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>")
            }
            _ => yes("<StartInstancesResponse/>"),
        });
        start(&aws.context(), "i-1").await?;
        Ok(aws.names().iter().filter(|name| *name == "ec2:StartInstances").count())
    }

    #[tokio::test]
    async fn a_start_that_aws_refuses_for_a_moment_is_tried_again() {
        let changed = "LaunchPlan instance type does not match attribute value";
        assert_eq!(started("InvalidParameterValue", changed).await.unwrap(), 2);
        let short = "We currently do not have sufficient t3.micro capacity in the Availability Zone you requested";
        assert_eq!(started("InsufficientInstanceCapacity", short).await.unwrap(), 2);
        assert!(started("InvalidParameterValue", "Invalid value 'i-1' for instanceId").await.is_err());
    }
}
