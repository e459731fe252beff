"""Asks Moto the same questions with and without `faster`. The answers, and how many calls of functions each needed."""

import json
import re
import sys

import faster
import mended

if sys.argv[1] == "faster":
    faster.hasten_loading("moto.server")
mended.mend("moto.server")
if sys.argv[1] == "faster":
    faster.hasten("moto.server")

from moto.moto_api._internal import mock_random
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08"}
client = Client(DomainDispatcherApplication(create_backend_app))


names = {}


def without_chance(text):
    """The same without times and request ids, with ids by the order in which they were seen."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    return re.sub(r"\b([a-z]+)-[0-9a-f]{17}\b", lambda id: names.setdefault(id[0], f"{id[1]}-{len(names)}"), text)


def ask(service, action, region="us-east-1", **fields):
    """An answer, and the number of calls of functions behind it."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20300101/{region}/{service}/aws4_request"
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    answer = client.post(
        "/",
        data={"Action": action, "Version": VERSIONS[service], **fields},
        headers={"Authorization": f"{scope}, SignedHeaders=host, Signature=0"},
    )
    sys.setprofile(None)
    return without_chance(answer.get_data(as_text=True)), calls, answer.status_code


def tagged(sort, number):
    tag = "TagSpecification.1."
    return {tag + "ResourceType": sort, tag + "Tag.1.Key": "number", tag + "Tag.1.Value": str(number)}


images = ask("ec2", "DescribeImages", **{"Filter.1.Name": "name", "Filter.1.Value.1": "*al2023*"})
# What makes the images later draws other numbers until here.
mock_random.seed(7)
for number in range(40):
    ask("ec2", "CreateVolume", Size="1", AvailabilityZone="us-east-1a", **tagged("volume", number))
ask("ec2", "RunInstances", ImageId="ami-0abcdef1234567890", MinCount="1", MaxCount="1", **tagged("instance", 1))
tag = {"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
ask("iam", "CreateRole", RoleName="role", AssumeRolePolicyDocument="{}", **tag)
some = {"Filter.1.Name": "description", "Filter.1.Value.1": "*AMI ami-0a*"}
answers = {
    "instances": ask("ec2", "DescribeInstances"),
    "volumes": ask("ec2", "DescribeVolumes", **{"Filter.1.Name": "tag:number", "Filter.1.Value.1": "1?"}),
    "tags": ask("ec2", "DescribeTags"),
    "role": ask("iam", "GetRole", RoleName="role"),
    "no role": ask("iam", "GetRole", RoleName="none"),
    "images": images,
    "snapshots": ask("ec2", "DescribeSnapshots", **some),
    "no instance": ask("ec2", "DescribeInstances", **{"InstanceId.1": "i-0123456789abcdef0"}),
}
elsewhere = ask("ec2", "DescribeVpcs", "eu-west-3")
snapshots = ask("ec2", "DescribeSnapshots", "eu-west-3", **some)
answers["VPCs elsewhere"] = elsewhere
# One of the two makes the images.
answers["snapshots elsewhere"] = snapshots[0], elsewhere[1] + snapshots[1], snapshots[2]
print(json.dumps(answers))
