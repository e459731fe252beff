"""Asks Moto the same questions with and without `faster`. The answers, and how many calls of functions each needed."""

import json
import re
import sys

import faster
import mended

mended.mend("moto.server")
if sys.argv[1] == "faster":
    faster.hasten("moto.server")

from moto.moto_api._internal import mock_random
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08"}
mock_random.seed(7)
client = Client(DomainDispatcherApplication(create_backend_app))


def ask(service, action, **fields):
    """An answer without its times, and the number of calls of functions behind it."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/{service}/aws4_request"
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
    text = answer.get_data(as_text=True)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text), calls, answer.status_code


def tagged(sort, number):
    tag = "TagSpecification.1."
    return {tag + "ResourceType": sort, tag + "Tag.1.Key": "number", tag + "Tag.1.Value": str(number)}


for number in range(40):
    ask("ec2", "CreateVolume", Size="1", AvailabilityZone="us-east-1a", **tagged("volume", number))
ask("ec2", "RunInstances", ImageId="ami-0abcdef1234567890", MinCount="1", MaxCount="1", **tagged("instance", 1))
tag = {"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
ask("iam", "CreateRole", RoleName="role", AssumeRolePolicyDocument="{}", **tag)
print(json.dumps({
    "instances": ask("ec2", "DescribeInstances"),
    "volumes": ask("ec2", "DescribeVolumes", **{"Filter.1.Name": "tag:number", "Filter.1.Value.1": "1?"}),
    "tags": ask("ec2", "DescribeTags"),
    "role": ask("iam", "GetRole", RoleName="role"),
    "no role": ask("iam", "GetRole", RoleName="none"),
    "no instance": ask("ec2", "DescribeInstances", **{"InstanceId.1": "i-0123456789abcdef0"}),
}))
