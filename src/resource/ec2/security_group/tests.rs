use super::*;
use crate::testing::aws::{Aws, yes};

const RULE: &str = "<item><securityGroupRuleId>sgr-all</securityGroupRuleId><groupId>sg-1</groupId>\
         <isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4></item>";

#[tokio::test]
async fn the_rule_that_aws_gives_a_new_group_is_awaited_and_taken_away() {
    let (mut asked, mut revoked) = (0, false);
    let aws = Aws::with(move |call| match call.name.as_str() {
        "ec2:CreateSecurityGroup" => {
            yes("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>")
        }
        "ec2:DescribeSecurityGroups" => {
            yes("<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId></item>\
                 </securityGroupInfo></DescribeSecurityGroupsResponse>")
        }
        "ec2:DescribeSecurityGroupRules" => {
            asked += 1;
            // The first answers come from before the rule was there.
            let shown = if asked <= 2 || revoked { "" } else { RULE };
            yes(format!(
                "<DescribeSecurityGroupRulesResponse><securityGroupRuleSet>{shown}</securityGroupRuleSet>\
                     </DescribeSecurityGroupRulesResponse>"
            ))
        }
        "ec2:RevokeSecurityGroupEgress" => {
            revoked = true;
            yes("<RevokeSecurityGroupEgressResponse/>")
        }
        "ec2:DescribeVpcs" => yes("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"),
        name => panic!("{name}"),
    });
    let desired = Desired {
        address: crate::resource::Address::new("closed"),
        name: "closed".into(),
        spec: Spec { vpc_id: Some("vpc-1".into()), egress: Some(Vec::new()), ..Spec::default() },
        tags: Tags::new(),
        replaces: None,
    };
    let live = SecurityGroup.create(&aws.context(), &desired).await.unwrap();
    assert_eq!(live.spec.egress, Some(Vec::new()));
    assert!(aws.names().iter().any(|name| name == "ec2:RevokeSecurityGroupEgress"), "{:?}", aws.names());
}

const RULE_6: &str = "<item><securityGroupRuleId>sgr-six</securityGroupRuleId><groupId>sg-1</groupId>\
         <isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv6>::/0</cidrIpv6></item>";

/// A VPC with IPv6, where a new group gets two rules, of which the second is seen later; what the rules are after
/// each call that changes them.
fn with_ipv6(shown: &'static [&'static str]) -> Aws {
    let (mut asked, mut there) = (0, None::<String>);
    Aws::with(move |call| match call.name.as_str() {
        "ec2:CreateSecurityGroup" => {
            yes("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>")
        }
        "ec2:DescribeSecurityGroups" => {
            let side = |rule: &str, side: &'static str| {
                there.as_ref().filter(|rules| rules.contains(rule)).map(|_| side).unwrap_or_default()
            };
            let four = side("sgr-all", "<item><cidrIp>0.0.0.0/0</cidrIp></item>");
            let six = side("sgr-six", "<item><cidrIpv6>::/0</cidrIpv6></item>");
            yes(format!(
                "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><vpcId>vpc-1</vpcId>\
                 <ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipRanges>{four}</ipRanges><ipv6Ranges>{six}\
                 </ipv6Ranges></item></ipPermissionsEgress></item></securityGroupInfo></DescribeSecurityGroupsResponse>"
            ))
        }
        "ec2:DescribeVpcs" => {
            yes("<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><ipv6CidrBlockAssociationSet><item>\
                 <ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet>\
                 </item></vpcSet></DescribeVpcsResponse>")
        }
        "ec2:DescribeSecurityGroupRules" => {
            asked += 1;
            let rules = there.clone().unwrap_or_else(|| shown[(asked - 1).min(shown.len() - 1)].to_owned());
            yes(format!(
                "<DescribeSecurityGroupRulesResponse><securityGroupRuleSet>{rules}</securityGroupRuleSet>\
                     </DescribeSecurityGroupRulesResponse>"
            ))
        }
        "ec2:RevokeSecurityGroupEgress" => {
            let left = [("sgr-all", RULE), ("sgr-six", RULE_6)].into_iter().filter(|(id, _)| !call.body.contains(id));
            there = Some(left.map(|(_, rule)| rule).collect());
            yes("<RevokeSecurityGroupEgressResponse/>")
        }
        "ec2:AuthorizeSecurityGroupEgress" => {
            there = Some([RULE, RULE_6].concat());
            yes("<AuthorizeSecurityGroupEgressResponse/>")
        }
        name => panic!("{name}"),
    })
}

fn closed(egress: Option<Vec<Rule>>) -> Desired<Spec> {
    Desired {
        address: crate::resource::Address::new("closed"),
        name: "closed".into(),
        spec: Spec { vpc_id: Some("vpc-1".into()), egress, ..Spec::default() },
        tags: Tags::new(),
        replaces: None,
    }
}

#[tokio::test]
async fn in_a_vpc_with_ipv6_both_rules_are_awaited_and_taken_away() {
    const BOTH: &str = concat!(
        "<item><securityGroupRuleId>sgr-all</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress>",
        "<ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4></item>",
        "<item><securityGroupRuleId>sgr-six</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress>",
        "<ipProtocol>-1</ipProtocol><cidrIpv6>::/0</cidrIpv6></item>"
    );
    let aws = with_ipv6(&["", RULE, RULE, BOTH]);
    let live = SecurityGroup.create(&aws.context(), &closed(Some(Vec::new()))).await.unwrap();
    assert_eq!(live.spec.egress, Some(Vec::new()));
    let calls = aws.calls();
    let revoked = calls.iter().find(|call| call.name == "ec2:RevokeSecurityGroupEgress").unwrap();
    assert!(revoked.body.contains("sgr-all") && revoked.body.contains("sgr-six"), "{}", revoked.body);
}

#[tokio::test]
async fn egress_that_is_taken_out_of_the_file_lets_both_sorts_of_addresses_out() {
    let aws = with_ipv6(&[""]);
    let spec = Spec { vpc_id: Some("vpc-1".into()), egress: Some(Vec::new()), ..Spec::default() };
    let live = Live::new("sg-1", spec, Attributes::new(), Tags::new());
    let change = Change {
        target: Spec { egress: Some(Rule::everything(false)), ..Spec::default() },
        paths: ["egress".to_owned()].into(),
    };
    let after = SecurityGroup.update(&aws.context(), &closed(None), &live, &change).await.unwrap();
    assert_eq!(rule::sorted(after.spec.egress.as_deref()), rule::sorted(Some(&Rule::everything(true))));
    let mut spec = after.spec;
    leave_out_given(&mut spec);
    assert_eq!(spec.egress, None, "what AWS gives is not written by import");
}
