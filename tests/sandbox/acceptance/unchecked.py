"""Has the sandbox take what AWS refuses: a function for each row of `src/sandbox/unchecked.rs`, named after it.

Each ends without an error where the sandbox does not check. The answer is what went wrong, by name.
"""

import io
import zipfile

ACCOUNT = client("sts").get_caller_identity()["Account"]
MISSING = f"arn:aws:iam::{ACCOUNT}:role/does-not-exist"


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(principal):
    return policy(Principal=principal, Action="sts:AssumeRole")


def function(name, role):
    """A function that lists buckets."""
    code = "import boto3\ndef handler(event, context):\n    return len(boto3.client('s3').list_buckets()['Buckets'])\n"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", code)
    functions = client("lambda")
    functions.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler", Timeout=30,
        Code={"ZipFile": package.getvalue()})
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return functions


def machine(**arguments):
    return client("ec2").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **arguments)["Instances"][0]


IMAGE = client("ssm").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")["Parameter"]["Value"]


def bucket_name():
    # It has been taken for many years.
    client("s3").create_bucket(Bucket="test")


def account_block():
    all_on = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    try:
        client("s3control").put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration=dict.fromkeys(all_on, True))
    except Exception:
        # The sandbox has no such setting, so nothing can forbid what follows.
        pass
    s3, name = client("s3"), "unchecked-public"
    s3.create_bucket(Bucket=name)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(all_on, False))
    resource = f"arn:aws:s3:::{name}/*"
    s3.put_bucket_policy(Bucket=name, Policy=policy(Principal="*", Action="s3:GetObject", Resource=resource))


def rights():
    role = client("iam").create_role(
        RoleName="unchecked-rights", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    answered = function("unchecked-rights", role["Role"]["Arn"]).invoke(FunctionName="unchecked-rights")
    assert "FunctionError" not in answered, answered["Payload"].read()


def principal():
    client("iam").create_role(RoleName="unchecked-principal", AssumeRolePolicyDocument=trust({"AWS": MISSING}))


def function_role():
    role = client("iam").create_role(
        RoleName="unchecked-ec2", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    function("unchecked-role", role["Role"]["Arn"])


def concurrency():
    # AWS gives an account 1000 to begin with, and less to a new one.
    function("unchecked-limit", MISSING).put_function_concurrency(
        FunctionName="unchecked-limit", ReservedConcurrentExecutions=100000)


def dead_letters():
    function("unchecked-dead", MISSING).update_function_configuration(
        FunctionName="unchecked-dead",
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:does-not-exist"})


def machines():
    client("ec2").run_instances(ImageId=IMAGE, InstanceType="p5.48xlarge", MinCount=50, MaxCount=50)


def key():
    machine(InstanceType="t3.micro", KeyName="does-not-exist")


def group_in_use():
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="unchecked", Description="in use")["GroupId"]
    machine(InstanceType="t3.micro", SecurityGroupIds=[group])
    ec2.delete_security_group(GroupId=group)


def addresses():
    for _ in range(6):
        client("ec2").allocate_address(Domain="vpc")


def confirmation():
    sns = client("sns")
    topic = sns.create_topic(Name="unchecked")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.edu")
    [there] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert there["SubscriptionArn"].startswith(topic), there


def verified():
    ses = client("sesv2")
    ses.create_email_identity(EmailIdentity="ana@example.edu")
    text = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    ses.send_email(
        FromEmailAddress="ana@example.edu", Destination={"ToAddresses": ["ben@example.edu"]}, Content={"Simple": text})


wrong = {}
for name in sys.argv[1:]:
    try:
        globals()[name]()
    except Exception as error:
        wrong[name] = f"{type(error).__name__}: {error}"
answer(wrong)
