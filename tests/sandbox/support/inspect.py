"""What the account has of a stack, whose name is the argument, field by field, by AWS's own words.

What AWS invents in each run (ids, dates, addresses) is made the same everywhere, and so is the stack's name.
"""

import re

import botocore.exceptions

INVENTED = [
    (re.compile(r"\b(i|vol|sg|sgr|eni|eni-attach|r|key|subnet|vpc|ami|eipalloc|eipassoc|iip-assoc)-[0-9a-f]{8,17}\b"), r"\1-ID"),
    (re.compile(r"\bA[A-Z0-9]{20}\b"), "ID"),
    (re.compile(r"\bcloud101-[0-9a-f]{16}\b"), "SID"),
    (re.compile(r"https://[0-9a-z]+\.lambda-url"), "https://ID.lambda-url"),
    (re.compile(r"(\[cloud101 \S+ \S+) [0-9A-Za-z_-]{12}"), r"\1 DIGEST"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|\+00:?00)?"), "DATE"),
    (re.compile(r"\b(ec2|ip)-\d+-\d+-\d+-\d+\b"), r"\1-ADDRESS"),
    (re.compile(r"\b(?!192\.0\.2\.|198\.51\.100\.|0\.0\.0\.0)\d+\.\d+\.\d+\.\d+\b(?!/)"), "ADDRESS"),
]
# Hashes of values that hold the stack's name differ from stack to stack; those of the properties' names don't.
APPLIED = re.compile(r"(....)....")
# What is new in each run and has no form of its own, and what only says how often something was asked.
DROPPED = {"ResponseMetadata", "creationTime", "storedBytes", "MacAddress", "RoleLastUsed", "ClientToken"}
DROPPED |= {"InstanceProfileId", "Location", "Tokens"}
# Of a queue, in seconds.
DROPPED |= {"CreatedTimestamp", "LastModifiedTimestamp"}
# Whether Moto shows it depends on who else asks at the same moment; the fingerprint is compared.
DROPPED |= {"PublicKey"}
# Moto counts a repeated attachment twice; the attachments themselves are compared.
DROPPED |= {"AttachmentCount"}
iam, s3, sns, sqs, ec2, functions, ses, logs = map(
    client, ("iam", "s3", "sns", "sqs", "ec2", "lambda", "sesv2", "logs")
)


def maybe(ask, *parts, **arguments):
    """An answer, or the error's code: that a bucket has no policy is a fact as well."""
    try:
        return ask(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except ResponseParserError:
        # Moto's answer for some things that are gone is not XML.
        return None


def buckets(name):
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith(name + "-"):
            here = {"Bucket": bucket["Name"]}
            asked = ("tagging", "versioning", "encryption", "policy", "cors", "website", "logging",
                     "ownership_controls", "lifecycle_configuration", "notification_configuration")
            facts = {what: maybe(getattr(s3, "get_bucket_" + what), **here) for what in asked}
            facts["public"] = maybe(s3.get_public_access_block, **here)
            for version in maybe(s3.list_object_versions, **here).get("Versions", []):
                one = {**here, "Key": version["Key"], "VersionId": version["VersionId"]}
                facts[f"object {version['Key']}"] = [maybe(s3.head_object, **one), maybe(s3.get_object_tagging, **one)]
            yield "bucket " + bucket["Name"], facts


def identities(name):
    path = f"/cloud101/{name}/"
    for role in every("iam", "list_roles", "Roles", PathPrefix=path):
        here = {"RoleName": role["RoleName"]}
        inline = iam.list_role_policies(**here)["PolicyNames"]
        yield "role " + role["RoleName"], {
            "role": iam.get_role(**here)["Role"],
            "attached": iam.list_attached_role_policies(**here)["AttachedPolicies"],
            "inline": {one: iam.get_role_policy(PolicyName=one, **here)["PolicyDocument"] for one in inline},
        }
    for policy in every("iam", "list_policies", "Policies", Scope="Local", PathPrefix=path):
        here = {"PolicyArn": policy["Arn"]}
        versions = iam.list_policy_versions(**here)["Versions"]
        document = lambda version: iam.get_policy_version(VersionId=version["VersionId"], **here)["PolicyVersion"]
        yield "policy " + policy["Arn"], {
            "policy": maybe(iam.get_policy, **here),
            "tags": maybe(iam.list_policy_tags, **here),
            "versions": [document(version) for version in versions],
        }
    for profile in every("iam", "list_instance_profiles", "InstanceProfiles", PathPrefix=path):
        if profile["Path"] != path:
            continue  # Moto lists all
        profile["Roles"] = [role["RoleName"] for role in profile["Roles"]]
        yield "profile " + profile["InstanceProfileName"], profile
    for group in every("iam", "list_groups", "Groups", PathPrefix=path):
        here = {"GroupName": group["GroupName"]}
        inline = iam.list_group_policies(**here)["PolicyNames"]
        marks = [*group.pop("Path").removeprefix(path).split("/"), "", "", ""]
        # The path is in the ARN, and Moto's ids have no form of their own.
        group.pop("Arn"), group.pop("GroupId")
        yield "group " + group["GroupName"], {
            "group": group,
            # The record is compared as that of the tags is.
            "tags": [{"Key": "cloud101:resource", "Value": marks[0]},
                     {"Key": "cloud101:applied", "Value": marks[1].replace("_", "/")},
                     {"Key": "cloud101:keep", "Value": "/".join(marks[2:])}],
            "users": sorted(user["UserName"] for user in iam.get_group(**here)["Users"]),
            "attached": iam.list_attached_group_policies(**here)["AttachedPolicies"],
            "inline": {one: iam.get_group_policy(PolicyName=one, **here)["PolicyDocument"] for one in inline},
        }
    for user in every("iam", "list_users", "Users", PathPrefix=path):
        here = {"UserName": user["UserName"]}
        inline = iam.list_user_policies(**here)["PolicyNames"]
        known = iam.get_user(**here)["User"]
        known.pop("UserId")
        yield "user " + user["UserName"], {
            "user": known,
            "groups": sorted(group["GroupName"] for group in iam.list_groups_for_user(**here)["Groups"]),
            "attached": iam.list_attached_user_policies(**here)["AttachedPolicies"],
            "inline": {one: iam.get_user_policy(PolicyName=one, **here)["PolicyDocument"] for one in inline},
        }


def others(name):
    for topic in every("sns", "list_topics", "Topics"):
        arn = topic["TopicArn"]
        if f":{name}-" in arn:
            yield "topic " + arn, {
                "attributes": sns.get_topic_attributes(TopicArn=arn)["Attributes"],
                "tags": sns.list_tags_for_resource(ResourceArn=arn)["Tags"],
                "subscriptions": [
                    maybe(sns.get_subscription_attributes, SubscriptionArn=one["SubscriptionArn"])
                    for one in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
                ],
            }
    for url in sqs.list_queues(QueueNamePrefix=f"{name}-").get("QueueUrls", []):
        here = {"QueueUrl": url}
        tags = sqs.list_queue_tags(**here).get("Tags", {})
        yield "queue " + url.rsplit("/")[-1], {
            "attributes": sqs.get_queue_attributes(AttributeNames=["All"], **here)["Attributes"],
            "tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
    for function in every("lambda", "list_functions", "Functions"):
        here = {"FunctionName": function["FunctionName"]}
        if function["FunctionName"].startswith(name):
            # A run that found nothing to do has not waited for what an earlier one began.
            functions.get_waiter("function_active_v2").wait(**here)
            functions.get_waiter("function_updated_v2").wait(**here)
            yield "function " + function["FunctionName"], {
                "function": maybe(functions.get_function, **here),
                "policy": maybe(functions.get_policy, **here),
                "url": address(maybe(functions.get_function_url_config, **here)),
            }
    for layer in every("lambda", "list_layers", "Layers"):
        here = {"LayerName": layer["LayerName"]}
        if layer["LayerName"].startswith(name):
            versions = functions.list_layer_versions(**here)["LayerVersions"]
            yield "layer " + layer["LayerName"], {
                str(one["Version"]): functions.get_layer_version(**here, VersionNumber=one["Version"]) for one in versions
            }
    for group in every("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/aws/lambda/{name}"):
        yield "logs " + group["logGroupName"], group
    for identity in ses.list_email_identities()["EmailIdentities"]:
        if name in identity["IdentityName"]:
            yield "identity " + identity["IdentityName"], ses.get_email_identity(EmailIdentity=identity["IdentityName"])


def machines(name):
    ours = [{"Name": "tag:cloud101:stack", "Values": [name]}]
    number = 0
    for reservation in every("ec2", "describe_instances", "Reservations", Filters=ours):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in ("shutting-down", "terminated"):
                number += 1
                attribute = lambda what: maybe(ec2.describe_instance_attribute, InstanceId=instance["InstanceId"], Attribute=what)
                more = {what: attribute(what) for what in ("disableApiTermination", "userData", "instanceInitiatedShutdownBehavior")}
                yield f"instance {number}", {"instance": instance, **more}
    for sort, operation, key, order in (
        ("volume", "describe_volumes", "Volumes", lambda one: (one["Size"], one["VolumeId"])),
        ("group", "describe_security_groups", "SecurityGroups", lambda one: one["GroupName"]),
        ("key", "describe_key_pairs", "KeyPairs", lambda one: one["KeyName"]),
        ("address", "describe_addresses", "Addresses", lambda one: one["PublicIp"]),
    ):
        for number, one in enumerate(sorted(getattr(ec2, operation)(Filters=ours)[key], key=order), 1):
            yield f"{sort} {number}", one


def address(url):
    """A function's URL. MiniStack keeps empty rules for other sites apart from none; they mean the same."""
    return {key: value for key, value in url.items() if value != {}} if isinstance(url, dict) else url


def plain_text(value, name):
    """The same for every run that is the same."""
    if isinstance(value, dict):
        return {plain_text(k, name): plain_text(v, name) for k, v in value.items() if k not in DROPPED}
    if isinstance(value, (list, tuple)):
        if all(isinstance(one, dict) and set(one) >= {"Key", "Value"} for one in value) and value:
            return {one["Key"]: mark(one["Key"], plain_text(one["Value"], name)) for one in value}
        items = [plain_text(one, name) for one in value]
        return sorted(items, key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    text = str(value).replace(name, "STACK")
    for pattern, instead in INVENTED:
        text = pattern.sub(instead, text)
    return text


def mark(key, value):
    return APPLIED.sub(r"\1****", value) if key.startswith("cloud101:applied") else value


stack = sys.argv[1]
found = {}
for part in (buckets, identities, others, machines):
    found.update((plain_text(what, stack), plain_text(facts, stack)) for what, facts in part(stack))
for facts in found.values():
    # Lambda's tags are a dict in AWS's own form.
    tags = facts.get("function", {}).get("Tags", {}) if isinstance(facts.get("function"), dict) else {}
    tags.update({key: mark(key, value) for key, value in tags.items()})
answer(found)
