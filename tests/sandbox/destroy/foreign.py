"""What is foreign, and must stay."""


def at(service, region):
    return boto3.client(service, region_name=region)


def foreign(stack):
    topics = [topic["TopicArn"].rsplit(":")[-1] for topic in at("sns", "eu-central-1").list_topics()["Topics"]]
    buckets = [bucket["Name"] for bucket in at("s3", "eu-west-1").list_buckets()["Buckets"]]
    groups = at("logs", "us-east-2").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{stack}")["logGroups"]
    south = at("ec2", "ap-south-1")
    return {
        "topics": sorted(topic for topic in topics if topic.startswith(stack) and not topic.endswith("elsewhere")),
        "buckets": sorted(bucket for bucket in buckets if bucket == f"{stack}-theirs"),
        "groups": sorted(group["logGroupName"] for group in groups if group["logGroupName"].endswith("theirs")),
        "interfaces": len(at("ec2", "eu-north-1").describe_network_interfaces()["NetworkInterfaces"]) > 0,
        "disks": sum(not volume.get("Tags") for volume in south.describe_volumes()["Volumes"]),
    }
