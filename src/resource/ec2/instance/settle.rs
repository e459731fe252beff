//! Bringing an instance that exists to what the stack wants, in place.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    AttributeBooleanValue, AttributeValue, Instance, InstanceAttributeName, InstanceCreditSpecificationRequest,
    InstanceNetworkInterface, InstanceStateName,
};
use serde_json::Value;

use crate::aws::{Call, Context, Error, Result};
use crate::model::value::shows;
use crate::resource::ec2::disk::change::modify;
use crate::resource::ec2::tag::filter;
use crate::resource::{Address, Change, Desired, Live};

use super::spec::{CpuCredits, ShutdownBehavior, Spec, State};
use super::{disks, find, metadata, parts, power, profile, read, types};

/// The properties that change in place; the others belong to the RunInstances call.
const IN_PLACE: [&str; 9] = [
    "state",
    "security_group_ids",
    "instance_profile",
    "root_volume",
    "volumes",
    "metadata_options",
    "termination_protection",
    "shutdown_behavior",
    "cpu_credits",
];

/// The end of a creation: what RunInstances does not do (a stopped instance), and what a killed run left undone.
pub async fn finish(cx: &Context, desired: &Desired<Spec>, instance: &Instance) -> Result<Live<Spec>> {
    let id = instance.instance_id().unwrap_or_default();
    let (_, live) = tokio::try_join!(parts::bind(cx, instance), read::back(cx, desired, id))?;
    let paths = unsettled(&live.spec, &desired.spec);
    if paths.is_empty() {
        return Ok(live);
    }
    update(cx, desired, &live, &Change { target: desired.spec.clone(), paths }).await
}

/// The properties, dotted, in which `live` is not yet what `desired` says.
fn unsettled(live: &Spec, desired: &Spec) -> BTreeSet<String> {
    let [live, desired] = [live, desired].map(|spec| serde_json::to_value(spec).unwrap_or_default());
    let mut paths = BTreeSet::new();
    for name in IN_PLACE {
        match &desired[name] {
            Value::Object(parts) => {
                let open = parts.iter().filter(|(part, value)| !shows(&live[name][part.as_str()], value));
                paths.extend(open.map(|(part, _)| format!("{name}.{part}")));
            }
            value if !shows(&live[name], value) => {
                paths.insert(name.to_owned());
            }
            _ => {}
        }
    }
    paths
}

/// Changes the properties of `change` in place.
pub async fn update(
    cx: &Context,
    desired: &Desired<Spec>,
    live: &Live<Spec>,
    change: &Change<Spec>,
) -> Result<Live<Spec>> {
    let (id, target) = (live.id.as_str(), &change.target);
    let steady = find::until_steady(cx, id).await?;
    let state = find::state_of(&steady).cloned().unwrap_or(InstanceStateName::Running);
    if change.touches("security_group_ids") {
        groups(cx, &steady, live, target).await?;
    }
    if change.touches("instance_profile") {
        profile::set(cx, id, target.instance_profile.as_deref().unwrap_or_default(), &state).await?;
    }
    if change.touches("metadata_options") {
        let live = live.spec.metadata_options.clone().unwrap_or_default();
        metadata::set(cx, id, target.metadata_options.clone().unwrap_or_default(), live).await?;
    }
    if change.touches("termination_protection") {
        let protected = AttributeBooleanValue::builder().value(target.termination_protection.unwrap_or(false)).build();
        let call = cx.clients.ec2.modify_instance_attribute().instance_id(id).disable_api_termination(protected);
        call.send().await.call("ec2:ModifyInstanceAttribute")?;
    }
    if change.touches("shutdown_behavior") {
        let behavior = target.shutdown_behavior.unwrap_or(ShutdownBehavior::Stop);
        let name = InstanceAttributeName::InstanceInitiatedShutdownBehavior;
        let call = cx.clients.ec2.modify_instance_attribute().instance_id(id).attribute(name).value(behavior.as_str());
        call.send().await.call("ec2:ModifyInstanceAttribute")?;
    }
    let grown = change_disks(cx, desired, live, change).await?;
    if change.touches_any(&["instance_type", "state"]) {
        power(cx, desired, live, state, change).await?;
    }
    if change.touches("cpu_credits") && types::is_burstable(&target.instance_type) {
        let default = || CpuCredits::default_of(&target.instance_type);
        credits(cx, id, target.cpu_credits.unwrap_or_else(default)).await?;
    }
    let mut after = read::back(cx, desired, id).await?;
    after.notes.extend(grown.into_iter().map(|disk| {
        format!(
            "{disk} was enlarged; if `df -h` on the instance does not show it, run growpart and resize2fs or \
            xfs_growfs there, or reboot it"
        )
    }));
    Ok(after)
}

/// Which disks grew.
async fn change_disks(
    cx: &Context,
    desired: &Desired<Spec>,
    live: &Live<Spec>,
    change: &Change<Spec>,
) -> Result<Vec<String>> {
    let mut grown = Vec::new();
    let root = live.attributes.get("root_volume_id").filter(|id| !id.is_empty());
    if let (Some(root), Some(target)) = (root, &change.target.root_volume)
        && change.touches("root_volume")
        && modify(cx, root, target.into()).await?
    {
        grown.push("the root volume".to_owned());
    }
    if change.touches("volumes") {
        let target = change.target.volumes.as_deref().unwrap_or_default();
        grown.extend(disks::reconcile(cx, desired, &live.id, target).await?);
    }
    Ok(grown)
}

/// The groups are those of its first network interface: where there are more, AWS wants to know which is meant.
async fn groups(cx: &Context, instance: &Instance, live: &Live<Spec>, target: &Spec) -> Result<()> {
    let groups = match &target.security_group_ids {
        Some(groups) => groups.clone(),
        None => vec![default_group(cx, live.attributes.get("vpc_id").map(String::as_str).unwrap_or_default()).await?],
    };
    let interfaces = instance.network_interfaces();
    let is_first = |interface: &&InstanceNetworkInterface| {
        interface.attachment().is_some_and(|attachment| attachment.device_index() == Some(0))
    };
    let first = interfaces.iter().find(is_first).and_then(|interface| interface.network_interface_id());
    if let Some(first) = first.filter(|_| interfaces.len() > 1) {
        let call = cx.clients.ec2.modify_network_interface_attribute().network_interface_id(first);
        return call.set_groups(Some(groups)).send().await.call("ec2:ModifyNetworkInterfaceAttribute").map(drop);
    }
    let call = cx.clients.ec2.modify_instance_attribute().instance_id(&live.id).set_groups(Some(groups));
    call.send().await.call("ec2:ModifyInstanceAttribute").map(drop)
}

/// The group that AWS gives an instance for which none is named.
async fn default_group(cx: &Context, vpc: &str) -> Result<String> {
    let filters = vec![filter("vpc-id", [vpc]), filter("group-name", ["default"])];
    let answer = cx.clients.ec2.describe_security_groups().set_filters(Some(filters)).send().await;
    let group = answer.call("ec2:DescribeSecurityGroups")?.security_groups.unwrap_or_default().pop();
    group
        .and_then(|group| group.group_id)
        .ok_or_else(|| Error::unexpected("ec2:DescribeSecurityGroups", format!("{vpc} has no group `default`")))
}

/// Changes the type, for which the instance has to be stopped, and leaves it running or stopped as desired. Where AWS
/// refuses the type, it runs again if it ran.
async fn power(
    cx: &Context,
    desired: &Desired<Spec>,
    live: &Live<Spec>,
    state: InstanceStateName,
    change: &Change<Spec>,
) -> Result<()> {
    let (id, target) = (live.id.as_str(), &change.target);
    let to_run = target.state.unwrap_or(State::Running) == State::Running;
    let retype = change.touches("instance_type");
    let ran = state == InstanceStateName::Running;
    let mut runs = ran;
    if runs && (retype || !to_run) {
        power::stop(cx, id).await?;
        runs = false;
    }
    if retype {
        let value = AttributeValue::builder().value(&target.instance_type).build();
        let call = cx.clients.ec2.modify_instance_attribute().instance_id(id).instance_type(value);
        if let Err(error) = call.send().await.call("ec2:ModifyInstanceAttribute") {
            let runs = ran && to_run && power::start(cx, id).await.is_ok();
            return Err(error.with_hint(refused_type(&desired.address, &live.spec.instance_type, runs)));
        }
    }
    if to_run && !runs {
        power::start(cx, id).await?;
    }
    Ok(())
}

/// What to do about a type that AWS does not make of an instance that is there.
fn refused_type(address: &Address, before: &str, runs: bool) -> String {
    let now =
        if runs { format!("the instance runs again as {before}") } else { "the instance is stopped now".to_owned() };
    format!(
        "{now}: write `instance_type: {before}` or another one and apply again, or create a new instance of the type \
         with `--replace {address}`, which loses the data on the disks that are deleted with it"
    )
}

/// AWS answers 200 and lists those that it refused.
async fn credits(cx: &Context, id: &str, credits: CpuCredits) -> Result<()> {
    let wish = InstanceCreditSpecificationRequest::builder().instance_id(id).cpu_credits(credits.as_str()).build();
    let call = cx.clients.ec2.modify_instance_credit_specification().instance_credit_specifications(wish);
    let answer = call.send().await.call("ec2:ModifyInstanceCreditSpecification")?;
    match answer.unsuccessful_instance_credit_specifications.unwrap_or_default().pop().and_then(|refused| refused.error)
    {
        Some(error) => {
            Err(Error::unexpected("ec2:ModifyInstanceCreditSpecification", error.message.unwrap_or_default()))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::spec;
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_stack_says_and_is_not_so_is_left_to_do() {
        let live = spec(json!({
            "state": "running", "security_group_ids": ["sg-1", "sg-2"], "key_name": "",
            "root_volume": { "size_gib": 8, "iops": 3000 },
            "volumes": [{ "device": "/dev/sdf", "size_gib": 5, "iops": 3000, "delete_with_instance": true }],
        }));
        let desired = spec(json!({
            "state": "stopped", "security_group_ids": ["sg-2", "sg-1"], "key_name": "teacher",
            "root_volume": { "size_gib": 9 },
            "volumes": [{ "device": "/dev/sdf", "size_gib": 5, "delete_with_instance": true }],
        }));
        let paths = unsettled(&live, &desired);
        assert_eq!(paths, ["root_volume.size_gib", "state"].map(String::from).into());
    }

    use crate::testing::aws::{Asked, Aws, no, yes};

    /// An account with one instance in a state, of which `more` says the rest, and that refuses a change of its type.
    fn account(state: &'static str, more: &'static str) -> Aws {
        let mut state = state;
        Aws::with(move |call| match call.name.as_str() {
            "ec2:DescribeInstances" => yes(format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
                 <instanceState><code>0</code><name>{state}</name></instanceState>{more}</item></instancesSet></item>\
                 </reservationSet></DescribeInstancesResponse>"
            )),
            "ec2:StopInstances" | "ec2:StartInstances" => {
                state = if call.name.contains("Stop") { "stopped" } else { "running" };
                yes(format!("<{0}Response/>", &call.name[4..]))
            }
            "ec2:ModifyInstanceAttribute" if call.body.contains("InstanceType") => no(
                400,
                "InvalidInstanceAttributeValue",
                "Modifying the instance type from g5.4xlarge to p4d.24xlarge is not allowed.",
            ),
            "ec2:ModifyInstanceMetadataOptions" if call.body.contains("InstanceMetadataTags") => {
                no(400, "UnsupportedOperation", "The parameter InstanceMetadataTags is not supported")
            }
            name => yes(format!("<{0}Response/>", &name[4..])),
        })
    }

    async fn changed(aws: &Aws, from: serde_json::Value, to: serde_json::Value) -> Result<Live<Spec>> {
        let live = Live::new("i-1", spec(from), Default::default(), Default::default());
        let target = spec(to.clone());
        let desired = Desired { spec: target.clone(), ..super::super::samples::desired("vm", "lesson-vm", to.clone()) };
        let paths = to.as_object().into_iter().flatten().map(|(path, _)| path.clone()).collect();
        update(&aws.context(), &desired, &live, &Change { target, paths }).await
    }

    fn bodies(aws: &Aws, name: &str) -> Vec<String> {
        aws.calls().into_iter().filter(|call| call.name == name).map(|Asked { body, .. }| body).collect()
    }

    /// pulumi#16758, terraform-provider-aws#38536: it stayed stopped.
    #[tokio::test]
    async fn a_machine_whose_new_type_aws_refuses_runs_again() {
        let aws = account("running", "");
        let (old, new) = (json!({ "instance_type": "g5.4xlarge" }), json!({ "instance_type": "p4d.24xlarge" }));
        let error = changed(&aws, old.clone(), new.clone()).await.unwrap_err();
        let advice = error.advice().unwrap_or_default();
        assert!(
            advice.contains("the instance runs again as g5.4xlarge") && advice.contains("`--replace vm`"),
            "{advice}"
        );
        assert!(!advice.contains("processor"), "{advice}");
        assert!(aws.names().contains(&"ec2:StartInstances".to_owned()));
        let aws = account("stopped", "");
        let advice = changed(&aws, old, new).await.unwrap_err().advice().unwrap_or_default().to_owned();
        assert!(advice.contains("the instance is stopped now"), "{advice}");
        assert!(!aws.names().contains(&"ec2:StartInstances".to_owned()));
    }

    /// hashicorp/terraform#3205: "There are multiple interfaces attached to instance".
    #[tokio::test]
    async fn the_groups_of_a_machine_with_two_interfaces_are_those_of_the_first() {
        let two = "<networkInterfaceSet><item><networkInterfaceId>eni-2</networkInterfaceId><attachment><deviceIndex>1\
                   </deviceIndex></attachment></item><item><networkInterfaceId>eni-1</networkInterfaceId><attachment>\
                   <deviceIndex>0</deviceIndex></attachment></item></networkInterfaceSet>";
        let aws = account("running", two);
        changed(&aws, json!({}), json!({ "security_group_ids": ["sg-1"] })).await.unwrap();
        let asked = bodies(&aws, "ec2:ModifyNetworkInterfaceAttribute");
        assert!(
            asked[0].contains("NetworkInterfaceId=eni-1") && asked[0].contains("SecurityGroupId.1=sg-1"),
            "{asked:?}"
        );
        assert!(bodies(&aws, "ec2:ModifyInstanceAttribute").is_empty());
        let aws = account("running", "");
        changed(&aws, json!({}), json!({ "security_group_ids": ["sg-1"] })).await.unwrap();
        assert_eq!(bodies(&aws, "ec2:ModifyInstanceAttribute").len(), 1);
    }

    #[tokio::test]
    async fn a_metadata_service_that_is_turned_off_is_asked_for_nothing_else() {
        let options = |more: serde_json::Value| json!({ "metadata_options": more });
        let aws = account("running", "");
        let off = json!({ "http_endpoint": "disabled", "http_tokens": "required", "http_put_response_hop_limit": 2 });
        changed(&aws, options(json!({ "http_tokens": "required" })), options(off)).await.unwrap();
        let asked = bodies(&aws, "ec2:ModifyInstanceMetadataOptions");
        assert!(asked[0].contains("HttpEndpoint=disabled"), "{asked:?}");
        assert!(!asked[0].contains("HttpTokens") && !asked[0].contains("HopLimit"), "{asked:?}");
        // Where tags are not known there, they are left out.
        let aws = account("running", "");
        let without = json!({ "http_tokens": "required", "instance_metadata_tags": "disabled" });
        changed(&aws, options(json!({})), options(without)).await.unwrap();
        let asked = bodies(&aws, "ec2:ModifyInstanceMetadataOptions");
        assert!(asked.len() == 2 && !asked[1].contains("InstanceMetadataTags"), "{asked:?}");
    }
}
