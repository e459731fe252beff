//! Others who use what is the stack's, or have put something beside it: nothing of theirs goes along, and a plan names
//! them before anything is done.

use anyhow::{Result, ensure};
use serde_json::json;

use super::commands;
use crate::support::fixture::{Fixture, Said};

const DOCUMENT: &str =
    "{ Version: \"2012-10-17\", Statement: [ { Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\" } ] }";

/// A user, a group and a role have the stack's policy; a function and a profile have its role.
#[test]
fn what_others_have_is_not_taken_from_them() -> Result<()> {
    const SEED: &str = "iam, name = client('iam'), sys.argv[1]\n\
        policy = f'arn:aws:iam::000000000000:policy/cloud101/{name}/{name}-policy'\n\
        trust = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'lambda.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]})\n\
        iam.create_user(UserName='used-user')\n\
        iam.attach_user_policy(UserName='used-user', PolicyArn=policy)\n\
        iam.create_group(GroupName='used-group')\n\
        iam.attach_group_policy(GroupName='used-group', PolicyArn=policy)\n\
        other = iam.create_role(RoleName='used-role', AssumeRolePolicyDocument=trust)['Role']['Arn']\n\
        iam.attach_role_policy(RoleName='used-role', PolicyArn=policy)\n\
        iam.create_instance_profile(InstanceProfileName='used-profile-of-others')\n\
        iam.add_role_to_instance_profile(InstanceProfileName='used-profile-of-others', RoleName=f'{name}-role')\n\
        role = iam.get_role(RoleName=f'{name}-role')['Role']['Arn']\n\
        import io, zipfile\n\
        code = io.BytesIO()\n\
        with zipfile.ZipFile(code, 'w') as archive:\n\
        \x20   archive.writestr('index.py', 'def handler(event, context): return 1')\n\
        client('lambda').create_function(FunctionName='used-function', Runtime='python3.13', Role=role,\n\
        \x20   Handler='index.handler', Code={'ZipFile': code.getvalue()})\n\
        answer(other)";
    const LOOK: &str = "iam, name = client('iam'), sys.argv[1]\n\
        attached = lambda answer: [policy['PolicyName'] for policy in answer['AttachedPolicies']]\n\
        answer([\n\
        \x20   attached(iam.list_attached_user_policies(UserName='used-user')),\n\
        \x20   attached(iam.list_attached_group_policies(GroupName='used-group')),\n\
        \x20   attached(iam.list_attached_role_policies(RoleName='used-role')),\n\
        \x20   [role['RoleName'] for role in iam.get_instance_profile(InstanceProfileName='used-profile-of-others')['InstanceProfile']['Roles']],\n\
        \x20   client('lambda').get_function_configuration(FunctionName='used-function')['Role'].split('/')[-1]])";
    let fixture = Fixture::shared()?;
    let name = "used-iam";
    let text = format!(
        "resources:\n  policy: {{ type: iam.policy, document: {DOCUMENT} }}\n\
         \x20 role: {{ type: iam.role, assumed_by: lambda.amazonaws.com, policies: [\"${{policy.arn}}\"] }}\n"
    );
    let stack = fixture.stack(name, &text)?;
    stack.apply()?;
    let other = fixture.python(SEED, &[name])?;
    let before = fixture.python(LOOK, &[name])?;

    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    for who in ["the user used-user, the group used-group and the role used-role", "the function used-function"] {
        let line = plan.stdout.lines().find(|line| line.contains(who));
        ensure!(line.is_some_and(|line| line.trim_start().starts_with('!')), "{who} is not named\n{plan}");
    }
    let ran = stack.run("destroy", &["--yes"])?.exits(1)?;
    let ran =
        ran.says("the function used-function and the instance profile used-profile-of-others, outside this stack")?;
    ensure!(fixture.python(LOOK, &[name])? == before, "something was taken from others\n{ran}");
    ensure!(fixture.sorts(name)? == ["policy", "role"], "{ran}");

    let type_it = |ran: &Said, count: usize| -> Result<()> {
        let other = other.as_str().unwrap_or_default();
        let typed = commands(&ran.stderr).join("\n").replace("ARN-OF-ANOTHER-ROLE", other);
        ensure!(typed.lines().count() == count, "{typed}\n{ran}");
        fixture.shell(tempfile::tempdir()?.path(), &typed)?.exits(0).map(drop)
    };
    type_it(&ran, 2)?;
    // The role goes now; the policy has holders of its own.
    let ran = stack.run("destroy", &["--yes"])?.exits(1)?;
    let ran = ran.says(
        "the policy `used-iam-policy` is in use outside this stack, by the user used-user, the group \
            used-group and the role",
    )?;
    ensure!(fixture.sorts(name)? == ["policy"], "{ran}");
    type_it(&ran, 3)?;
    stack.destroy()?;
    let left = fixture.python(LOOK, &[name])?;
    ensure!(left == json!([[], [], [], [], "used-role"]), "{left}");
    fixture.python("client('lambda').delete_function(FunctionName='used-function')", &[]).map(drop)
}

/// A policy that is replaced under its name would have to go first: nothing is begun.
#[test]
fn a_policy_that_others_have_is_not_replaced_under_its_name() -> Result<()> {
    const SEED: &str = "iam = client('iam')\n\
        iam.create_user(UserName='kept-user')\n\
        iam.attach_user_policy(UserName='kept-user', PolicyArn='arn:aws:iam::000000000000:policy/cloud101/kept-iam/kept-iam-policy')";
    const LOOK: &str = "iam = client('iam')\n\
        attached = iam.list_attached_user_policies(UserName='kept-user')['AttachedPolicies']\n\
        answer([iam.get_policy(PolicyArn=policy['PolicyArn'])['Policy']['PolicyId'] for policy in attached])";
    let fixture = Fixture::shared()?;
    let text = format!("resources:\n  policy:\n    type: iam.policy\n    description: one\n    document: {DOCUMENT}\n");
    let stack = fixture.stack("kept-iam", &text)?;
    stack.apply()?;
    fixture.python(SEED, &[])?;
    let before = fixture.python(LOOK, &[])?;
    stack.edit("description: one", "description: two")?;
    let ran =
        stack.run("apply", &["--yes"])?.exits(1)?.says("the user kept-user, outside this stack, would lose it")?;
    ensure!(fixture.python(LOOK, &[])? == before, "{ran}");
    fixture.shell(tempfile::tempdir()?.path(), &commands(&ran.stderr).join("\n"))?.exits(0)?;
    stack.apply()?;
    stack.destroy()
}

/// The versions and delete markers of a key, newest first: `["version see the page", "marker"]`.
const VERSIONS: &str = "s3, bucket, key = client('s3'), sys.argv[1], sys.argv[2]\n\
    page = s3.list_object_versions(Bucket=bucket, Prefix=key)\n\
    body = lambda one: s3.get_object(Bucket=bucket, Key=key, VersionId=one['VersionId'])['Body'].read().decode().strip()\n\
    answer([[one['IsLatest'], body(one)] for one in page.get('Versions', []) if one['Key'] == key] + [[one['IsLatest'], 'marker'] for one in page.get('DeleteMarkers', [])])";

/// They deleted it, and their bucket keeps it: so it is again when the stack's own version is gone.
#[test]
fn versions_of_others_in_their_bucket_outlive_the_stacks() -> Result<()> {
    const SEED: &str = "s3, bucket = client('s3'), sys.argv[1]\n\
        s3.create_bucket(Bucket=bucket)\n\
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})\n\
        s3.put_object(Bucket=bucket, Key='thesis.txt', Body=b'the only copy')\n\
        s3.delete_object(Bucket=bucket, Key='thesis.txt')\n\
        s3.put_object(Bucket=bucket, Key='thesis.txt.bak', Body=b'another key')";
    let fixture = Fixture::shared()?;
    let bucket = "versions-of-others";
    fixture.python(SEED, &[bucket])?;
    let before = fixture.python(VERSIONS, &[bucket, "thesis.txt"])?;
    let text = format!(
        "resources:\n  page: {{ type: s3.object, bucket: {bucket}, key: thesis.txt, content: see the page }}\n"
    );
    let stack = fixture.stack("others-versions", &text)?;
    stack.apply()?;
    stack.edit("see the page", "see the other page")?;
    stack.apply()?;
    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    ensure!(plan.stdout.contains("! 1 version and 1 delete marker of others under this key; they are kept"), "{plan}");
    stack.run("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    let after = fixture.python(VERSIONS, &[bucket, "thesis.txt"])?;
    ensure!(after == before, "{after} instead of {before}");
    Ok(())
}

/// In a bucket of the stack's, too; unless it goes with all that is in it.
#[test]
fn versions_of_others_in_the_stacks_bucket_go_only_with_the_bucket() -> Result<()> {
    const SEED: &str = "s3, bucket = client('s3'), sys.argv[1]\n\
        first = s3.get_object_tagging(Bucket=bucket, Key='notes.txt')['TagSet']\n\
        s3.put_object(Bucket=bucket, Key='notes.txt', Body=b'by a student')\n\
        s3.put_object(Bucket=bucket, Key='notes.txt', Body=b'by the teacher', Tagging='&'.join(f\"{t['Key']}={t['Value']}\" for t in first).replace('+', '%2B').replace(' ', '+'))";
    let fixture = Fixture::shared()?;
    let bucket = "versions-of-students";
    let text = format!(
        "resources:\n  bucket: {{ type: s3.bucket, name: {bucket}, versioning: true }}\n\
         \x20 notes: {{ type: s3.object, bucket: \"${{bucket.name}}\", key: notes.txt, content: first }}\n"
    );
    let stack = fixture.stack("students-versions", &text)?;
    stack.apply()?;
    fixture.python(SEED, &[bucket])?;
    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    ensure!(plan.stdout.contains("it also contains 1 version of others under this key"), "{plan}");
    stack.run("destroy", &["--yes", "--target", "notes"])?.exits(0)?.says("1 destroyed")?;
    let left = fixture.python(VERSIONS, &[bucket, "notes.txt"])?;
    ensure!(left == json!([[true, "by a student"]]), "{left}");
    stack.destroy()
}

/// What others have hung on a function and a topic goes with it, or hangs in the air: a plan says so.
#[test]
fn what_others_have_hung_on_something_is_said() -> Result<()> {
    const SEED: &str = "name = sys.argv[1]\n\
        functions, queue = client('lambda'), client('sqs').create_queue(QueueName='hung-queue')['QueueUrl']\n\
        version = functions.publish_version(FunctionName=f'{name}-function')['Version']\n\
        functions.create_alias(FunctionName=f'{name}-function', Name='prod', FunctionVersion=version)\n\
        functions.create_event_source_mapping(FunctionName=f'{name}-function', EventSourceArn='arn:aws:sqs:us-east-1:000000000000:hung-queue')\n\
        functions.add_permission(FunctionName=f'{name}-function', StatementId='by-hand', Action='lambda:InvokeFunction', Principal='events.amazonaws.com')\n\
        client('sns').subscribe(TopicArn=f'arn:aws:sns:us-east-1:000000000000:{name}-topic', Protocol='sqs', Endpoint='arn:aws:sqs:us-east-1:000000000000:hung-queue')";
    let fixture = Fixture::shared()?;
    let name = "hung";
    let text = "resources:\n  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n\
         \x20 function: { type: lambda.function, runtime: python3.13, handler: index.handler, code: index.py, role: \"${role.arn}\" }\n\
         \x20 topic: { type: sns.topic, subscriptions: [ { protocol: email, endpoint: ana@example.edu } ] }\n";
    let stack = fixture.stack(name, text)?;
    std::fs::write(stack.file().with_file_name("index.py"), "def handler(event, context):\n    return event\n")?;
    stack.apply()?;
    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    let warned = |plan: &Said, words: &str| {
        plan.stdout.lines().any(|line| line.trim_start().starts_with("! ") && line.contains(words))
    };
    ensure!(!plan.stdout.contains('!'), "nothing is there yet\n{plan}");
    fixture.python(SEED, &[name])?;
    let plan = stack.run("plan", &["--destroy"])?.exits(0)?;
    for words in [
        "callers that use its alias prod can no longer reach it",
        "its version 1, which the stack did not create",
        "it no longer receives events from arn:aws:sqs:us-east-1:000000000000:hung-queue",
        "events.amazonaws.com can call it",
        "arn:aws:sqs:us-east-1:000000000000:hung-queue (sqs) subscribed outside the file",
    ] {
        ensure!(warned(&plan, words), "{words}\n{plan}");
    }
    stack.destroy()
}
