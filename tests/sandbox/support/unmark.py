"""Takes every tag of cloud101 off what a stack made, as if someone else had made it."""

name = sys.argv[1]
sns, sqs, s3, iam, ec2, functions, logs = map(client, ("sns", "sqs", "s3", "iam", "ec2", "lambda", "logs"))


def ours(tags):
    """The keys of cloud101's tags."""
    return [key for key in tags if key.startswith("cloud101:")]


def rest(tags):
    """The other tags, as AWS's list."""
    return [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("cloud101:")]


topic = f"arn:aws:sns:us-east-1:000000000000:{name}-topic"
sns.untag_resource(ResourceArn=topic, TagKeys=ours(plain(sns.list_tags_for_resource(ResourceArn=topic)["Tags"])))

queue = sqs.get_queue_url(QueueName=f"{name}-queue")["QueueUrl"]
sqs.untag_queue(QueueUrl=queue, TagKeys=ours(sqs.list_queue_tags(QueueUrl=queue)["Tags"]))

bucket = f"{name}-bucket"
tags = plain(s3.get_object_tagging(Bucket=bucket, Key="notes.txt")["TagSet"])
s3.put_object_tagging(Bucket=bucket, Key="notes.txt", Tagging={"TagSet": rest(tags)})
s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": rest(tags_of_bucket(bucket))})

for role in (f"{name}-role", f"{name}-machine-role"):
    iam.untag_role(RoleName=role, TagKeys=ours(plain(iam.get_role(RoleName=role)["Role"]["Tags"])))
policy = f"arn:aws:iam::000000000000:policy/cloud101/{name}/{name}-policy"
iam.untag_policy(PolicyArn=policy, TagKeys=ours(plain(iam.get_policy(PolicyArn=policy)["Policy"]["Tags"])))
profile = f"{name}-profile"
tags = plain(iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Tags"])
iam.untag_instance_profile(InstanceProfileName=profile, TagKeys=ours(tags))
user = f"{name}-user"
iam.untag_user(UserName=user, TagKeys=ours(plain(iam.get_user(UserName=user)["User"]["Tags"])))
iam.update_group(GroupName=f"{name}-group", NewPath="/staff/")

function = f"arn:aws:lambda:us-east-1:000000000000:function:{name}-function"
functions.untag_resource(Resource=function, TagKeys=ours(functions.list_tags(Resource=function)["Tags"]))
group = f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/{name}-function"
logs.untag_resource(resourceArn=group, tagKeys=ours(logs.list_tags_for_resource(resourceArn=group)["tags"]))

of_stack = [{"Name": "tag:cloud101:stack", "Values": [name]}]
for group in ec2.describe_security_groups(Filters=of_stack)["SecurityGroups"]:
    ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": key} for key in ours(plain(group["Tags"]))])
for pair in ec2.describe_key_pairs(Filters=of_stack)["KeyPairs"]:
    ec2.delete_tags(Resources=[pair["KeyPairId"]], Tags=[{"Key": key} for key in ours(plain(pair["Tags"]))])
