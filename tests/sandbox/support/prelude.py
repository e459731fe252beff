"""What the snippets of the acceptance tests share. They answer with one line of JSON."""

import functools
import json
import sys

import boto3
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError


def answer(value):
    """Give a value to the test."""
    print(json.dumps(value, default=str))


@functools.cache
def client(service):
    """A client in the class's region."""
    return boto3.client(service, region_name="us-east-1")


def every(service, operation, key, **arguments):
    """All items of a paged list."""
    for page in client(service).get_paginator(operation).paginate(**arguments):
        yield from page[key]


def tags_of_bucket(name):
    """A bucket's tags as a dict."""
    try:
        return plain(client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def plain(tags):
    """AWS's list of tags as a dict."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def everything():
    """Whatever there is: its text, and a function that gives its tags."""
    iam, sns, functions, ses, logs = map(client, ("iam", "sns", "lambda", "sesv2", "logs"))
    for bucket in client("s3").list_buckets()["Buckets"]:
        yield "s3 " + bucket["Name"], lambda: tags_of_bucket(bucket["Name"])
    for topic in every("sns", "list_topics", "Topics"):
        arn = topic["TopicArn"]
        yield "sns " + arn, lambda: plain(sns.list_tags_for_resource(ResourceArn=arn)["Tags"])
    for url in every("sqs", "list_queues", "QueueUrls"):
        yield "sqs " + url, lambda: client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})
    for function in every("lambda", "list_functions", "Functions"):
        arn = function["FunctionArn"]
        yield "lambda " + arn, lambda: functions.list_tags(Resource=arn)["Tags"]
    for layer in every("lambda", "list_layers", "Layers"):
        versions = functions.list_layer_versions(LayerName=layer["LayerName"])["LayerVersions"]
        marked = [one["Description"] for one in versions if "[cloud101 " in one.get("Description", "")]
        for stack in {text.split("[cloud101 ")[-1].split("/")[0] for text in marked}:
            yield "layer " + layer["LayerName"], lambda: {"cloud101:stack": stack}
    for group in every("logs", "describe_log_groups", "logGroups"):
        arn = group["arn"].removesuffix(":*")
        yield "logs " + group["logGroupName"], lambda: logs.list_tags_for_resource(resourceArn=arn)["tags"]
    for role in every("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        yield "role " + name, lambda: plain(iam.list_role_tags(RoleName=name)["Tags"])
    for policy in every("iam", "list_policies", "Policies", Scope="Local"):
        arn = policy["Arn"]
        yield "policy " + arn, lambda: plain(iam.list_policy_tags(PolicyArn=arn)["Tags"])
    for profile in every("iam", "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        yield "profile " + name, lambda: plain(iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"].get("Tags", []))
    for user in every("iam", "list_users", "Users"):
        name = user["UserName"]
        yield "user " + name, lambda: plain(iam.list_user_tags(UserName=name)["Tags"])
    for group in every("iam", "list_groups", "Groups"):
        place = group["Path"].split("/")
        yield "group " + group["GroupName"], lambda: {"cloud101:stack": place[2]} if place[1] == "cloud101" else {}
    for identity in ses.list_email_identities()["EmailIdentities"]:
        name = identity["IdentityName"]
        yield "ses " + name, lambda: plain(ses.get_email_identity(EmailIdentity=name)["Tags"])
    for reservation in every("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in ("shutting-down", "terminated"):
                yield "instance " + instance["InstanceId"], lambda: plain(instance.get("Tags", []))
    for address in client("ec2").describe_addresses()["Addresses"]:
        yield "address " + address["AllocationId"], lambda: plain(address.get("Tags", []))
    for sort, operation, key, field in (
        ("volume", "describe_volumes", "Volumes", "VolumeId"),
        ("group", "describe_security_groups", "SecurityGroups", "GroupId"),
    ):
        for item in every("ec2", operation, key):
            yield f"{sort} {item[field]}", lambda: plain(item.get("Tags", []))


def marked(stack):
    """What carries a stack's mark, sorted."""
    found = []
    for text, tags in everything():
        try:
            if tags().get("cloud101:stack") == stack:
                found.append(text)
        except ClientError as error:
            # Other tests delete theirs between the list and the question; for a log group and a queue that is a 400.
            gone = error.response["Error"]["Code"] in ("ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue")
            if not gone and error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
        except ResponseParserError:
            # Moto's answer for a policy that is gone is not XML. Ours would have the stack's name.
            if stack in text.rsplit("/")[-1]:
                raise
    return sorted(found)
