"""Leaves things of a stack, and things that only look like it, all over the account."""

import base64
import hashlib
import io
import zipfile

stack = sys.argv[1]
left, going = [], []


def marks(owner=stack, address="seeded"):
    return {"cloud101:stack": owner, "cloud101:resource": address}


def made(name):
    """The mark of what cloud101 itself made under that name: with the record of it, which a copy lacks."""
    short = lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()[:3]).decode()
    return {**marks(), "cloud101:applied": short("name") + short(json.dumps(name))}


def listed(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def on(sort, tags):
    return [{"ResourceType": sort, "Tags": listed(tags)}]


def leave(what, region, id):
    left.append(f"{what} {region} {id}")


def bucket(name, region, tags):
    s3 = at("s3", region)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed(tags)})
    s3.put_object(Bucket=name, Key="notes", Body=b"of last year")


bucket(f"{stack}-elsewhere", "eu-west-1", marks())
leave("s3.bucket", "eu-west-1", f"{stack}-elsewhere")
bucket(f"{stack}-theirs", "eu-west-1", marks(f"{stack}-2"))

sns = at("sns", "eu-central-1")
arn = sns.create_topic(Name=f"{stack}-elsewhere", Tags=listed(made(f"{stack}-elsewhere")))["TopicArn"]
leave("sns.topic", "eu-central-1", arn)
sns.create_topic(Name=f"{stack}-theirs", Tags=listed(marks(f"{stack}-2")))
sns.create_topic(Name=f"{stack}-unrecorded", Tags=listed({"cloud101": stack}))

ses = at("sesv2", "eu-west-2")
ses.create_email_identity(EmailIdentity=f"{stack}@example.edu", Tags=listed(marks()))
leave("ses.identity", "eu-west-2", f"{stack}@example.edu")

# What the function wrote where it was tried first.
at("logs", "us-east-2").create_log_group(logGroupName=f"/aws/lambda/{stack}")
leave("log group", "us-east-2", f"/aws/lambda/{stack}")
# The name of another function begins with it.
at("logs", "us-east-2").create_log_group(logGroupName=f"/aws/lambda/{stack}-theirs")
at("logs", "us-west-1").create_log_group(logGroupName="/aws/lambda/renamed", tags=marks())
leave("log group", "us-west-1", "/aws/lambda/renamed")

package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    archive.writestr("index.py", "def handler(event, context):\n    return event\n")
at("lambda", "ca-central-1").create_function(
    FunctionName="forgotten",
    Runtime="python3.13",
    Handler="index.handler",
    Role="arn:aws:iam::000000000000:role/another",
    Code={"ZipFile": package.getvalue()},
    Tags=made("forgotten"),
)
leave("lambda.function", "ca-central-1", "forgotten")
# Its logs are known by its name alone.
at("logs", "ca-central-1").create_log_group(logGroupName="/aws/lambda/forgotten")
leave("log group", "ca-central-1", "/aws/lambda/forgotten")

key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/"
north = at("ec2", "eu-north-1")
north.import_key_pair(KeyName=f"{stack}-key", PublicKeyMaterial=key, TagSpecifications=on("key-pair", marks()))
leave("ec2.key_pair", "eu-north-1", f"{stack}-key")
vpc = north.describe_vpcs()["Vpcs"][0]["VpcId"]
subnet = north.describe_subnets()["Subnets"][0]["SubnetId"]
group = north.create_security_group(
    GroupName=f"{stack}-group", Description="x", VpcId=vpc, TagSpecifications=on("security-group", made(f"{stack}-group"))
)["GroupId"]
interface = north.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
leave("network interface", "eu-north-1", interface)
leave("ec2.security_group", "eu-north-1", group)
north.create_network_interface(SubnetId=subnet)

here = at("ec2", "us-east-1")
instance = [
    instance
    for reservation in here.describe_instances(Filters=[{"Name": "tag:cloud101:stack", "Values": [stack]}])["Reservations"]
    for instance in reservation["Instances"]
][0]
disk = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
# The disk was saved before the class ended.
leave("snapshot", "us-east-1", here.create_snapshot(VolumeId=disk)["SnapshotId"])
# The instance is gone after the destroy, and AWS lists it for an hour.
going.append(f"ec2.instance us-east-1 {instance['InstanceId']}")

south = at("ec2", "ap-south-1")
volume = south.create_volume(AvailabilityZone="ap-south-1a", Size=1, TagSpecifications=on("volume", marks()))["VolumeId"]
leave("disk", "ap-south-1", volume)
theirs = south.create_volume(AvailabilityZone="ap-south-1a", Size=1)["VolumeId"]
south.create_snapshot(VolumeId=theirs)
saved = south.create_snapshot(VolumeId=theirs, TagSpecifications=on("snapshot", marks()))["SnapshotId"]
leave("snapshot", "ap-south-1", saved)

# An instance of another region that still runs, and one that AWS merely still lists.
west = at("ec2", "us-west-2")
image = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1}
# As cloud101 launches them: by its client token an instance is distinguished from a copy of all its tags.
running, gone = (
    west.run_instances(**image, ClientToken=f"{number:064x}", TagSpecifications=on("instance", marks()))["Instances"][0]["InstanceId"]
    for number in range(2)
)
west.terminate_instances(InstanceIds=[gone])
leave("ec2.instance", "us-west-2", running)
going.append(f"ec2.instance us-west-2 {gone}")

# A disk of the stack that a foreign instance has.
borrower = west.run_instances(**image)["Instances"][0]
zone = borrower["Placement"]["AvailabilityZone"]
lent = west.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=on("volume", marks()))["VolumeId"]
west.attach_volume(VolumeId=lent, InstanceId=borrower["InstanceId"], Device="/dev/sdf")
leave("disk", "us-west-2", lent)

answer({"left": left, "going": going, "foreign": foreign(stack)})
