#!/usr/bin/env bash
# Moto 5.2.5: DescribeTags calls an elastic address `vpc-elastic-ip`, and goes on returning its tags once it is
# released.
#
# Expected: ResourceType is one of EC2's own (API reference, TagDescription and ResourceType: `elastic-ip`), as it is in
# CreateTags' TagSpecifications, and the filter `resource-type` takes the same; what was released has no tags. Seen: a value
# that EC2's model does not have, the tags still there after ReleaseAddress, and the filter with AWS's word finds nothing.
# The sandbox mends the word (src/sandbox/mended.py).
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
    tags = [{"Key": "course", "Value": "cloud101"}]
    address = ec2.allocate_address(
        Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])["AllocationId"]
    by_type = [{"Name": "resource-type", "Values": ["elastic-ip"]}]
    found = len(ec2.describe_tags(Filters=by_type)["Tags"])
    ec2.release_address(AllocationId=address)
    left = [tag["ResourceType"] for tag in ec2.describe_tags()["Tags"] if tag["ResourceId"] == address]
    print("found by AWS's word:", found, "- after the release:", left)
    raise SystemExit((found, left) != (0, ["vpc-elastic-ip"]))
PYTHON
