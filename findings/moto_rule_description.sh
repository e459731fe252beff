#!/usr/bin/env bash
# Moto 5.2.5: a rule of a security group whose other side is a group loses its description.
#
# Expected: DescribeSecurityGroupRules returns the Description of UserIdGroupPairs, as it does that of IpRanges (EC2's
# API reference, SecurityGroupRule). Seen: no Description, neither from the creation nor after
# UpdateSecurityGroupRuleDescriptionsIngress. A program that compares rules sees a difference that no call mends.
# The sandbox mends it (src/sandbox/mended.py).
#
# Installs pinned packages into a temporary folder. Exits 0 while the behaviour is as described, and 1 once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'moto[ec2]==5.2.5' 'boto3==1.43.106'
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
  "$folder/venv/bin/python" - <<'PYTHON'
import boto3
import moto

with moto.mock_aws():
    ec2 = boto3.client("ec2")
    group = ec2.create_security_group(GroupName="one", Description="one")["GroupId"]
    pair = {"GroupId": group, "Description": "between the machines"}
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
descriptions = [rule.get("Description") for rule in rules if not rule["IsEgress"]]
print("descriptions:", descriptions)
    raise SystemExit(descriptions != [None])
PYTHON
