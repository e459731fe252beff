"""Copies the tags of what a stack made to other things, which it answers: the names of all that was made here."""

name = sys.argv[1]
sns, s3, iam, ec2, functions = map(client, ("sns", "s3", "iam", "ec2", "lambda"))


def pairs(tags):
    """A dict as AWS's list of tags."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def two(tags):
    """What a person would copy in a console."""
    return {key: tags[key] for key in ("cloud101:stack", "cloud101:resource")}


def statement(**more):
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **more}]})


TRUST = statement(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")

tags = plain(sns.list_tags_for_resource(ResourceArn=f"arn:aws:sns:us-east-1:000000000000:{name}-topic")["Tags"])
sns.create_topic(Name=f"{name}-TOPIC", Tags=pairs(tags))
sns.create_topic(Name=f"{name}-two", Tags=pairs(two(tags)))

s3.create_bucket(Bucket=f"{name}-two")
s3.put_bucket_tagging(Bucket=f"{name}-two", Tagging={"TagSet": pairs(two(tags_of_bucket(f"{name}-bucket")))})
tags = plain(s3.get_object_tagging(Bucket=f"{name}-bucket", Key="notes.txt")["TagSet"])
for key, some in (("NOTES.txt", tags), ("two.txt", two(tags))):
    s3.put_object(Bucket=f"{name}-bucket", Key=key, Body=b"a student's", ChecksumAlgorithm="SHA256")
    s3.put_object_tagging(Bucket=f"{name}-bucket", Key=key, Tagging={"TagSet": pairs(some)})

path = f"/cloud101/{name}/"
tags = plain(iam.get_role(RoleName=f"{name}-role")["Role"]["Tags"])
iam.create_role(RoleName=f"{name}-two", Path=path, AssumeRolePolicyDocument=TRUST, Tags=pairs(two(tags)))
arn = f"arn:aws:iam::000000000000:policy{path}{name}-"
tags = plain(iam.get_policy(PolicyArn=arn + "policy")["Policy"]["Tags"])
document = statement(Action="s3:GetObject", Resource="*")
iam.create_policy(PolicyName=f"{name}-two", Path=path, PolicyDocument=document, Tags=pairs(two(tags)))
tags = plain(iam.get_instance_profile(InstanceProfileName=f"{name}-profile")["InstanceProfile"]["Tags"])
iam.create_instance_profile(InstanceProfileName=f"{name}-two", Path=path, Tags=pairs(two(tags)))
tags = plain(iam.get_user(UserName=f"{name}-user")["User"]["Tags"])
iam.create_user(UserName=f"{name}-two", Path=path, Tags=pairs(two(tags)))
iam.create_user(UserName=f"{name}-copy", Path=path, Tags=pairs(tags))
whole = iam.get_group(GroupName=f"{name}-group")["Group"]["Path"]
iam.create_group(GroupName=f"{name}-two", Path=path)
iam.create_group(GroupName=f"{name}-copy", Path=whole)

function = functions.get_function(FunctionName=f"{name}-function")
role = function["Configuration"]["Role"]
code = {"ZipFile": base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")}
for other, some in ((f"{name}-FUNCTION", function["Tags"]), (f"{name}-two", two(function["Tags"]))):
    functions.create_function(
        FunctionName=other, Runtime="python3.13", Role=role, Handler="index.handler", Code=code, Tags=some
    )

layer = functions.get_layer_version(LayerName=f"{name}-layer", VersionNumber=1)
for other in (f"{name}-two", f"{name}-layer"):
    functions.publish_layer_version(LayerName=other, Description=layer["Description"], Content=code)

ours = [{"Name": "tag:cloud101:stack", "Values": [name]}]
group = ec2.describe_security_groups(Filters=ours)["SecurityGroups"][0]
for other, some in ((f"{name}-FIREWALL", plain(group["Tags"])), (f"{name}-two", two(plain(group["Tags"])))):
    specification = [{"ResourceType": "security-group", "Tags": pairs(some)}]
    ec2.create_security_group(GroupName=other, Description="a copy", TagSpecifications=specification)
key = ec2.describe_key_pairs(Filters=ours)["KeyPairs"][0]
for other, some in ((f"{name}-KEY", plain(key["Tags"])), (f"{name}-two", two(plain(key["Tags"])))):
    specification = [{"ResourceType": "key-pair", "Tags": pairs(some)}]
    ec2.create_key_pair(KeyName=other, TagSpecifications=specification)
