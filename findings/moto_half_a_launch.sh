#!/usr/bin/env bash
# Moto 5.2.5: while RunInstances is being answered, others see its instances without their disks.
#
# Expected: one call takes effect as one: an instance that DescribeInstances shows has the disk that it boots from, and
# tags of the request are on the disk from the first moment (EC2's user guide, "Tag your Amazon EC2 resources": resources
# are tagged as part of the launch, and the launch fails where that fails). Seen: Moto's server works on requests side by
# side, and shows an instance, running and with its own tags, before its disks exist, and the disks before they have
# theirs; what is written on a disk meanwhile is overwritten by the tags of the launch.
# The sandbox mends it (src/sandbox/mended.py): one request to EC2 at a time.
#
# Installs pinned packages into a temporary folder. Exits 0 while the behaviour is as described, and 1 once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'moto[ec2,server]==5.2.5' 'boto3==1.43.106'
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
  "$folder/venv/bin/python" - <<'PYTHON' 2>"$folder/log"
import threading
import time

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()


def client():
    return boto3.session.Session().client("ec2", endpoint_url=f"http://{host}:{port}")


image = client().describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
over = threading.Event()


def launches(ec2):
    while not over.is_set():
        made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=10, MaxCount=10)["Instances"]
        assert all(machine["State"]["Name"] == "pending" for machine in made)
        ec2.terminate_instances(InstanceIds=[machine["InstanceId"] for machine in made])


launching = threading.Thread(target=launches, args=[client()])
watching, without, end = client(), 0, time.monotonic() + 60
launching.start()
while not without and time.monotonic() < end:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    shown = watching.describe_instances(Filters=running)["Reservations"]
    without += sum(not machine["BlockDeviceMappings"] for group in shown for machine in group["Instances"])
over.set()
launching.join()
server.stop()
print("running instances without any disk were seen:", without > 0)
raise SystemExit(not without)
PYTHON
