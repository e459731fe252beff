"""What is changed by hand in the class's stack, and what is there now."""

name = sys.argv[1]
s3, sns, functions, ec2, iam = map(client, ("s3", "sns", "lambda", "ec2", "iam"))
account = "000000000000"
topic = f"arn:aws:sns:us-east-1:{account}:{name}-topic"
role = f"{name}-role"
policy = f"arn:aws:iam::{account}:policy/cloud101/{name}/{name}-policy"
ours = [{"Name": "tag:cloud101:stack", "Values": [name]}]
group = ec2.describe_security_groups(Filters=ours)["SecurityGroups"][0]
instance = next(
    instance
    for reservation in ec2.describe_instances(Filters=ours)["Reservations"]
    for instance in reservation["Instances"]
)
document = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
document = iam.get_policy_version(PolicyArn=policy, VersionId=document)["PolicyVersion"]["Document"]
function = functions.get_function_configuration(FunctionName=name)

if sys.argv[2] == "drift":
    s3.put_bucket_versioning(Bucket=f"{name}-bucket", VersioningConfiguration={"Status": "Suspended"})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="by hand")
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "foreign", "Value": "stays"}])
    more = {"TOPIC_ARN": topic, "DEBUG": "1"}
    functions.update_function_configuration(FunctionName=name, MemorySize=512, Environment={"Variables": more})
    everyone = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=everyone)
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "course", "Value": "another"}])
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    document["Statement"] = document["Statement"][:1]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(document), SetAsDefault=True)
else:
    tags = plain(sns.list_tags_for_resource(ResourceArn=topic)["Tags"])
    answer(
        {
            "versioning": s3.get_bucket_versioning(Bucket=f"{name}-bucket")["Status"],
            "display_name": sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"],
            "memory": function["MemorySize"],
            "variables": sorted(function["Environment"]["Variables"]),
            "ports": [rule["FromPort"] for rule in group["IpPermissions"]],
            "attached": len(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]),
            "statements": len(document["Statement"]),
            "state": instance["State"]["Name"],
            "foreign_tag": tags["foreign"],
        }
    )
