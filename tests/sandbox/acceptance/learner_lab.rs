//! The class's stack in a Learner Lab, whose rules stand before the emulators: see [`LearnerLab`].

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::canary::{self, STUDENT};
use crate::proxy::{Call, FaultProxy, LearnerLab};
use crate::support::fixture::{Fixture, Lesson, Said, run};

const ACCOUNT: &str = "000000000000";

/// What is in each lab from the start.
const THERE: &str = "
iam, ec2 = client('iam'), client('ec2')
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole',
         'Principal': {'Service': ['ec2.amazonaws.com', 'lambda.amazonaws.com']}}]}
for make in (
    lambda: iam.create_role(RoleName='LabRole', AssumeRolePolicyDocument=json.dumps(trust)),
    lambda: iam.create_instance_profile(InstanceProfileName='LabInstanceProfile'),
    lambda: iam.add_role_to_instance_profile(InstanceProfileName='LabInstanceProfile', RoleName='LabRole'),
    lambda: ec2.create_key_pair(KeyName='vockey'),
):
    try:
        make()
    except ClientError as error:
        # The other test has made it.
        if error.response['Error']['Code'] not in ('EntityAlreadyExists', 'InvalidKeyPair.Duplicate', 'LimitExceeded'):
            raise
answer(sorted(role['RoleName'] for role in iam.list_roles()['Roles'] if role['RoleName'] == 'LabRole'))";

/// What people made there before must be as it was.
const STAYS: &str = "
iam, ec2 = client('iam'), client('ec2')
profile = iam.get_instance_profile(InstanceProfileName='LabInstanceProfile')['InstanceProfile']
answer([iam.get_role(RoleName='LabRole')['Role'].get('Tags', []), [role['RoleName'] for role in profile['Roles']],
        [pair['KeyName'] for pair in ec2.describe_key_pairs(KeyNames=['vockey'])['KeyPairs']]])";

/// A lab, and a stack in it.
struct InLab<'a> {
    fixture: &'a Fixture,
    lesson: Lesson<'a>,
    proxy: FaultProxy,
}

impl<'a> InLab<'a> {
    fn of(fixture: &'a Fixture, lesson: Lesson<'a>) -> Result<Self> {
        fixture.python(THERE, &[])?;
        let lab = LearnerLab::of(ACCOUNT, STUDENT);
        Ok(Self { fixture, lesson, proxy: fixture.proxy(move |call| lab.rule(call))? })
    }

    fn run(&self, command: &str, options: &[&str]) -> Result<Said> {
        run(&mut self.lesson.through(&self.proxy, command, options))
    }

    /// No call wrote to IAM, and none went to another region than the lab's two.
    fn kept_to_the_rules(&self) -> Result<()> {
        let calls = self.proxy.calls();
        let is_write = |call: &&Call| call.name.starts_with("iam:") && call.changing.is_some();
        let is_elsewhere = |call: &&Call| !["us-east-1", "us-west-2"].contains(&call.region());
        let named = |call: &Call| format!("{} in {}", call.name, call.region());
        let wrong: Vec<_> = calls.iter().filter(|call| is_write(call) || is_elsewhere(call)).map(named).collect();
        ensure!(wrong.is_empty() && !calls.is_empty(), "{wrong:?}");
        let asked = calls.iter().find(|call| call.name == "ec2:DescribeRegions" || call.request.service() == "ses");
        ensure!(asked.is_none(), "{:?}", asked.map(named));
        Ok(())
    }

    /// Everything goes, and what was there from the start stays.
    fn ends(&self) -> Result<()> {
        self.run("destroy", &["--yes", "--empty-buckets"])?.exits(0)?.says("0 left")?;
        let left = self.fixture.marked(&self.lesson.name)?;
        ensure!(left.is_empty(), "left: {left:?}");
        let there = self.fixture.python(STAYS, &[])?;
        ensure!(there == serde_json::json!([[], ["LabRole"], ["vockey"]]), "{there}");
        self.kept_to_the_rules()
    }
}

/// `stacks/class.yaml` as it is, but for the names, which no other test may have.
fn class<'a>(fixture: &'a Fixture, name: &str) -> Result<Lesson<'a>> {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let mut text = fs::read_to_string(stacks.join("class.yaml"))?;
    for (old, new) in [
        ("stack: class\n", format!("stack: {name}\n")),
        ("name: cloud101-${aws.account_id}-${each.key}", format!("name: {name}-${{aws.account_id}}-${{each.key}}")),
    ] {
        ensure!(text.matches(old).count() == 1, "the class's stack has no single {old:?}");
        text = text.replace(old, &new);
    }
    let lesson = fixture.stack(name, "resources: {}\n")?;
    lesson.write(&text)?;
    let file = lesson.file();
    let folder = file.parent().context("a folder")?;
    fs::copy(stacks.join("class.csv"), folder.join("class.csv"))?;
    fs::create_dir(folder.join("email_agent"))?;
    fs::copy(stacks.join("email_agent/index.py"), folder.join("email_agent/index.py"))?;
    Ok(lesson)
}

/// The same stack as anywhere: without its policies, with LabRole, and without one write to IAM.
#[test]
fn the_class_s_stack_applies_in_a_learner_lab() -> Result<()> {
    let fixture = Fixture::shared()?;
    let lab = InLab::of(&fixture, class(&fixture, "accept-lab")?)?;
    let plan = lab.run("plan", &[])?.exits(0)?;
    let plan = plan.says("us-east-1 · AWS Academy Learner Lab")?.says("Plan: 51 to add, 0 to change, 0 to destroy.")?;
    plan.says("role (iam.role, 25 copies) is `LabRole`, which `agent` uses, because roles can't be created there")?
        .says("policy (iam.policy, 25 copies) is not created, because policies can't be created there")?;
    let document = lab.run("plan", &["--json"])?.exits(0)?.json()?;
    let profile = &document["account_profile"];
    ensure!(profile["name"] == "learner-lab" && profile["found_by"] == "credentials", "{profile:#}");
    let page = lab.lesson.file().with_file_name("plan.html");
    let saved = lab.lesson.file().with_file_name("class.plan");
    let files = ["--html", &page.display().to_string(), "--out", &saved.display().to_string()].map(str::to_owned);
    lab.run("plan", &files.each_ref().map(String::as_str))?.exits(0)?;
    for file in [&page, &saved] {
        let text = fs::read_to_string(file)?;
        canary::check(&file.display().to_string(), &text);
        ensure!(text.contains("LabRole"), "{text}");
    }

    let applied = lab.run("apply", &["--yes"])?.exits(0)?.says("51 added, 0 changed, 0 destroyed in ")?;
    applied.says(" (AWS Academy Learner Lab).")?;
    lab.run("plan", &["--detailed-exitcode"])?.exits(0)?.says("No changes.")?;
    let name = format!("{}-agent-ada", lab.lesson.name);
    let role = fixture
        .python("answer(client('lambda').get_function_configuration(FunctionName=sys.argv[1])['Role'])", &[&name])?;
    ensure!(role == format!("arn:aws:iam::{ACCOUNT}:role/LabRole"), "{role}");
    let file = lab.lesson.file().display().to_string();
    let mut invoke = lab.lesson.through(&lab.proxy, "invoke", &[]);
    let environment: Vec<_> =
        invoke.get_envs().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect();
    invoke = fixture.command(&["invoke", "agent[ada]", "--stack", &file]);
    invoke.envs(environment).env_remove("AWS_ENDPOINT_URL_EC2").env_remove("AWS_ENDPOINT_URL_IAM");
    run(&mut invoke)?.exits(0)?.says("message_id")?;
    lab.run("show", &[])?.exits(0)?.says("51 as the file says.")?;
    lab.ends()
}

/// An instance gets the lab's profile and its key pair. Programs read the same as people, and logs name no student.
#[test]
fn a_machine_gets_the_profile_and_the_key_of_the_lab() -> Result<()> {
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    let fixture = Fixture::shared()?;
    let text = format!(
        "resources:
  role: {{ type: iam.role, assumed_by: ec2.amazonaws.com }}
  profile: {{ type: iam.instance_profile, role: '${{role.name}}' }}
  key: {{ type: ec2.key_pair, public_key: '{KEY}' }}
  machine:
    type: ec2.instance
    image: al2023
    instance_type: t3.large
    instance_profile: ${{profile.name}}
    key_name: ${{key.name}}
"
    );
    let lab = InLab::of(&fixture, fixture.stack("accept-lab-vm", &text)?)?;
    let applied = lab.run("apply", &["--yes", "--json", "-vv"])?.exits(0)?;
    let events: Vec<Value> = applied.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let summary = events.iter().find(|event| event["event"] == "summary").context("a summary")?;
    ensure!(summary["account_profile"] == "learner-lab" && summary["added"] == 1, "{summary:#}");
    ensure!(!applied.stderr.is_empty(), "it logs");
    let machine = fixture.python(
        "found = client('ec2').describe_instances(Filters=[{'Name': 'tag:cloud101:stack', 'Values': [sys.argv[1]]}])
one = found['Reservations'][0]['Instances'][0]
answer([one['IamInstanceProfile']['Arn'].split('/')[-1], one['KeyName']])",
        &[&lab.lesson.name],
    )?;
    ensure!(machine == serde_json::json!(["LabInstanceProfile", "vockey"]), "{machine}");
    lab.run("plan", &["--detailed-exitcode"])?.exits(0)?;
    lab.run("stop", &["--yes"])?.exits(0)?;
    lab.run("start", &["--yes"])?.exits(0)?;
    let proved = lab.run("destroy", &["--yes", "--prove"])?.exits(0)?;
    ensure!(!proved.stdout.contains("eu-central-1"), "{proved}");
    lab.kept_to_the_rules()
}

/// The sandbox has what each lab has from the start, where the stack is for one.
#[test]
fn a_stack_for_a_lab_is_rehearsed_in_the_sandbox() -> Result<()> {
    let fixture = Fixture::own()?;
    let text = "profile: learner-lab
resources:
  role: { type: iam.role, assumed_by: ec2.amazonaws.com }
  profile: { type: iam.instance_profile, role: '${role.name}' }
  key: { type: ec2.key_pair, public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' }
  machine:
    type: ec2.instance
    image: al2023
    instance_type: t3.micro
    instance_profile: ${profile.name}
    key_name: ${key.name}
";
    let lesson = fixture.stack("accept-lab-rehearsed", text)?;
    let doctor = lesson.run("doctor", &["--json"])?.json()?;
    let checks = doctor["checks"].as_array().context("checks")?;
    let verdict = |name: &str| checks.iter().find(|one| one["check"] == name).map(|one| one["verdict"].clone());
    ensure!(verdict("profile") == Some("right".into()) && verdict("role") == Some("right".into()), "{doctor:#}");
    lesson.run("apply", &["--yes"])?.exits(0)?.says("1 added")?;
    lesson.run("plan", &["--detailed-exitcode"])?.exits(0)?;
    let there = fixture.python(STAYS, &[])?;
    ensure!(there == serde_json::json!([[], ["LabRole"], ["vockey"]]), "{there}");
    // As in the lab, no other region is asked, although the account has more.
    let proved = lesson.run("destroy", &["--yes", "--prove"])?.exits(0)?;
    ensure!(proved.stdout.contains("us-west-2") && !proved.stdout.contains("eu-central-1"), "{proved}");
    lesson.run("destroy", &["--yes"])?.exits(0)?.says("0 left: nothing in us-east-1, in IAM or in us-west-2 has")?;
    ensure!(fixture.python(STAYS, &[])? == there, "what the lab has stays");
    Ok(())
}

/// A user who switches the profile off gets AWS's own refusals, in which no student is named.
#[test]
fn without_the_profile_aws_itself_refuses_and_no_student_is_named() -> Result<()> {
    let fixture = Fixture::shared()?;
    let text = "profile: none\nresources:\n  role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n";
    let lab = InLab::of(&fixture, fixture.stack("accept-lab-off", text)?)?;
    for options in [&["--yes", "-vvv"][..], &["--yes", "--json", "-vvv"]] {
        let said = lab.run("apply", options)?.exits(1)?;
        ensure!(
            said.stdout.contains("voclabs/user123=(sensitive)") || said.stderr.contains("voclabs/user123=(sensitive)"),
            "{said}"
        );
    }
    // Without a lab, the sandbox shows what a lab would make of it.
    lab.lesson.edit("profile: none\n", "profile: learner-lab\n")?;
    let said = lab.lesson.run("plan", &[])?.exits(0)?.says("AWS Academy Learner Lab, named in the stack file:")?;
    said.says("role (iam.role) is `LabRole`, because roles can't be created there")?.says("No changes.")?;
    Ok(())
}
