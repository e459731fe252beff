//! Network interfaces that AWS's services manage, which AWS hides from those who do not ask for them
//! (API: DescribeNetworkInterfaces, IncludeManagedResources).

use crate::fake_aws::{FakeAws, record, refusal};
use crate::program::Folder;
use crate::proxy::Fault;

const GROUP: &str = "sg-0123456789abcdef0";
const STACK: &str = "\
stack: lesson
region: us-east-1
resources:
  group:
    type: ec2.security_group
    description: for the class
    vpc_id: vpc-0abc1234
";

/// An account with the stack's group, and an interface that has it and is hidden unless it is asked for.
fn account() -> FakeAws {
    let item = |tags: &[(&str, String)]| -> String {
        tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect()
    };
    let tags = item(&[
        ("cloud101:stack", "lesson".to_owned()),
        ("cloud101:resource", "group".to_owned()),
        ("cloud101:applied", record("lesson-group")),
    ]);
    let group = format!(
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item><ownerId>123456789012</ownerId><groupId>{GROUP}</groupId>\
         <groupName>lesson-group</groupName><groupDescription>for the class</groupDescription><vpcId>vpc-0abc1234</vpcId>\
         <ipPermissions/><ipPermissionsEgress/><tagSet>{tags}</tagSet></item></securityGroupInfo>\
         </DescribeSecurityGroupsResponse>"
    );
    let interface = format!(
        "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-0123456789abcdef4</networkInterfaceId>\
         <description>WorkSpaces of the class</description><requesterManaged>true</requesterManaged><status>in-use</status>\
         <groupSet><item><groupId>{GROUP}</groupId></item></groupSet><attachment><instanceOwnerId>amazon-aws</instanceOwnerId>\
         <status>attached</status></attachment><operator><managed>true</managed></operator></item></networkInterfaceSet>\
         </DescribeNetworkInterfacesResponse>"
    );
    FakeAws::with(move |call| match call.name.as_str() {
        "ec2:DescribeSecurityGroups" if !call.body().contains("ip-permission") => Some(Fault::answer(group.clone())),
        "ec2:DescribeNetworkInterfaces" if call.body().contains("IncludeManagedResources=true") => {
            Some(Fault::answer(interface.clone()))
        }
        "ec2:DeleteSecurityGroup" => {
            refusal(400, "DependencyViolation", format!("resource {GROUP} has a dependent object"))
        }
        _ => None,
    })
}

#[test]
fn a_group_that_a_hidden_interface_has_is_known_to_stay_before_and_after() {
    let folder = Folder::with(STACK);
    let plan = folder.run(&account(), &["plan", "--destroy"]);
    let named = "eni-0123456789abcdef4";
    let words = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(named) && words.contains("it is not deleted while they use it"),
        "{}\n{}",
        plan.stdout,
        plan.stderr
    );
    let destroy = folder.run(&account(), &["destroy", "--yes"]);
    let said = format!("{}\n{}", destroy.stdout, destroy.stderr);
    let command = format!("aws ec2 describe-network-interfaces --network-interface-ids {named} --region us-east-1");
    assert!(destroy.code == Some(1) && said.contains(named) && said.contains(&command), "{said}");
}
