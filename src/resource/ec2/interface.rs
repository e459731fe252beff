//! What has a network interface, and how to get it out of the way.

use aws_sdk_ec2::types::{NetworkInterface, NetworkInterfaceType};

/// What has a network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An instance, by its id.
    Instance(String),
    /// Lambda, which shares it between functions and gives it back by itself some 20 to 40 minutes after the last of
    /// them stopped using it.
    Lambda,
    /// Another service of AWS, as it describes itself: a load balancer, a database.
    Service(String),
    /// Nothing: it is not attached.
    Unattached,
}

/// What has `interface`.
pub fn holder(interface: &NetworkInterface) -> Holder {
    let description = interface.description().unwrap_or_default();
    let attachment = interface.attachment();
    if interface.interface_type() == Some(&NetworkInterfaceType::Lambda)
        || description.starts_with("AWS Lambda VPC ENI")
    {
        return Holder::Lambda;
    }
    match attachment.and_then(|attachment| attachment.instance_id()) {
        Some(instance) => Holder::Instance(instance.to_owned()),
        None if interface.requester_managed() == Some(true) || attachment.is_some() => {
            Holder::Service(description.to_owned())
        }
        None => Holder::Unattached,
    }
}

/// The command that takes the security groups `without` away from an interface, or deletes one that is not attached;
/// `None` for those that only a service of AWS can change.
pub fn release(interface: &NetworkInterface, without: impl Fn(&str) -> bool, region: &str) -> Option<String> {
    let id = interface.network_interface_id().unwrap_or_default();
    match holder(interface) {
        Holder::Unattached => Some(delete(id, region)),
        Holder::Instance(_) => {
            let groups = interface.groups().iter().filter_map(|group| group.group_id());
            let mut others: Vec<_> = groups.filter(|group| !without(group)).map(str::to_owned).collect();
            if others.is_empty() {
                // An interface has at least one group.
                others.push(default_group(interface.vpc_id().unwrap_or_default(), region));
            }
            let others = others.join(" ");
            Some(format!(
                "aws ec2 modify-network-interface-attribute --network-interface-id {id} --groups {others} --region {region}"
            ))
        }
        Holder::Lambda | Holder::Service(_) => None,
    }
}

/// The command that deletes an interface once it is not attached.
pub fn delete(id: &str, region: &str) -> String {
    format!("aws ec2 delete-network-interface --network-interface-id {id} --region {region}")
}

/// The id of a network's own security group, to be asked for as the command is typed.
fn default_group(vpc: &str, region: &str) -> String {
    format!(
        "$(aws ec2 describe-security-groups --filters Name=vpc-id,Values={vpc} Name=group-name,Values=default \
         --query 'SecurityGroups[0].GroupId' --output text --region {region})"
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{GroupIdentifier, NetworkInterfaceAttachment};

    use super::*;

    fn interface(groups: &[&str]) -> aws_sdk_ec2::types::builders::NetworkInterfaceBuilder {
        let group = |id: &&str| GroupIdentifier::builder().group_id(*id).build();
        let builder = NetworkInterface::builder().network_interface_id("eni-1").vpc_id("vpc-1");
        builder.set_groups(Some(groups.iter().map(group).collect()))
    }

    #[test]
    fn each_holder_is_distinguished_from_the_others() {
        let attached = |instance: Option<&str>| {
            let attachment = NetworkInterfaceAttachment::builder().set_instance_id(instance.map(str::to_owned)).build();
            interface(&["sg-1"]).attachment(attachment)
        };
        assert_eq!(holder(&attached(Some("i-1")).build()), Holder::Instance("i-1".into()));
        let lambda = attached(None).interface_type(NetworkInterfaceType::Lambda);
        assert_eq!(holder(&lambda.build()), Holder::Lambda);
        let lambda = attached(None).description("AWS Lambda VPC ENI-class-0a1b");
        assert_eq!(holder(&lambda.build()), Holder::Lambda);
        let balancer = attached(None).description("ELB app/class/0a1b").requester_managed(true);
        assert_eq!(holder(&balancer.build()), Holder::Service("ELB app/class/0a1b".into()));
        assert_eq!(holder(&interface(&["sg-1"]).build()), Holder::Unattached);
    }

    #[test]
    fn the_command_leaves_the_other_groups_and_never_none() {
        let attachment = NetworkInterfaceAttachment::builder().instance_id("i-1").build();
        let of = |groups| {
            release(&interface(groups).attachment(attachment.clone()).build(), |group| group == "sg-1", "eu-west-1")
        };
        assert_eq!(
            of(&["sg-1", "sg-2"]).as_deref(),
            Some(
                "aws ec2 modify-network-interface-attribute --network-interface-id eni-1 --groups sg-2 --region eu-west-1"
            )
        );
        assert!(of(&["sg-1"]).is_some_and(|command| command.contains("--groups $(aws ec2 describe-security-groups")));
        let free = release(&interface(&["sg-1"]).build(), |group| group == "sg-1", "eu-west-1");
        assert_eq!(
            free.as_deref(),
            Some("aws ec2 delete-network-interface --network-interface-id eni-1 --region eu-west-1")
        );
    }
}
