#!/usr/bin/env bash
# Moto 5.2.5: after ReplaceIamInstanceProfileAssociation, DescribeInstances still shows the instance's first profile.
#
# Expected: both calls agree. EC2's API reference calls IamInstanceProfile in DescribeInstances "the IAM instance profile
# associated with the instance", and ReplaceIamInstanceProfileAssociation replaces just that.
# Seen: DescribeIamInstanceProfileAssociations shows the new profile, DescribeInstances the old one, for ever. A program
# that compares an instance with a wanted profile sees a difference that no call mends.
#
# Installs pinned packages into a temporary folder. Exits 0 while the behaviour is as described, and 1 once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'moto[ec2,iam]==5.2.5' 'boto3==1.43.106'
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
  "$folder/venv/bin/python" - <<'PYTHON'
import boto3
import moto


def name(profile):
    return profile["Arn"].rsplit("/", 1)[-1]


with moto.mock_aws():
    ec2, iam = boto3.client("ec2"), boto3.client("iam")
    for profile in ("first", "second"):
        iam.create_instance_profile(InstanceProfileName=profile)
    launched = ec2.run_instances(
        ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "first"}
    )
    instance = launched["Instances"][0]["InstanceId"]
    associations = ec2.describe_iam_instance_profile_associations
    association = associations()["IamInstanceProfileAssociations"][0]["AssociationId"]
    ec2.replace_iam_instance_profile_association(AssociationId=association, IamInstanceProfile={"Name": "second"})
    associated = name(associations()["IamInstanceProfileAssociations"][0]["IamInstanceProfile"])
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    described = name(described["IamInstanceProfile"])

print(f"Moto {moto.__version__}: associated {associated}, described {described}")
raise SystemExit(0 if (associated, described) == ("second", "first") else 1)
PYTHON
