//! `--target`: what it leaves out keeps what it uses.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::support::fixture::{Fixture, Lesson};

const STACK: &str = "resources:
  policy:
    type: iam.policy
    name: NAME-p1
    document: { Version: \"2012-10-17\", Statement: [ { Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\" } ] }
  role:
    type: iam.role
    name: NAME-role
    assumed_by: ec2.amazonaws.com
    policies: [\"${policy.arn}\"]
  profile:
    type: iam.instance_profile
    name: NAME-prof
    role: ${role.name}
  vm:
    type: ec2.instance
    image: al2023
    instance_type: t3.micro
    instance_profile: ${profile.name}
";

/// The profile of the machine, those that there are, each with its role, and the role's policies.
const LOOK: &str = "iam, name = client('iam'), sys.argv[1]\n\
    held = client('ec2').describe_iam_instance_profile_associations()['IamInstanceProfileAssociations']\n\
    held = [one['IamInstanceProfile']['Arn'].split('/')[-1] for one in held]\n\
    profiles = every('iam', 'list_instance_profiles', 'InstanceProfiles')\n\
    roles = [role['RoleName'] for role in every('iam', 'list_roles', 'Roles') if role['RoleName'].startswith(name)]\n\
    answer([\n\
    \x20   sorted(one for one in held if one.startswith(name)),\n\
    \x20   sorted([one['InstanceProfileName'], one['Roles'][0]['RoleName']] for one in profiles if one['InstanceProfileName'].startswith(name)),\n\
    \x20   sorted(one['PolicyName'] for role in roles for one in iam.list_attached_role_policies(RoleName=role)['AttachedPolicies'])])";

fn stack<'a>(fixture: &'a Fixture, name: &str) -> Result<Lesson<'a>> {
    let stack = fixture.stack(name, &STACK.replace("NAME", name))?;
    stack.apply()?;
    Ok(stack)
}

#[test]
fn the_old_profile_of_a_machine_outside_stays_until_it_has_moved_over() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "target-profile";
    let stack = stack(&fixture, name)?;
    // With its role, which the old profile needs.
    stack.edit("name: target-profile-prof", "name: target-profile-prof2")?;
    stack.edit("name: target-profile-role", "name: target-profile-role2")?;
    let ran = stack.run("apply", &["--yes", "--target", "profile"])?.exits(0)?;
    ensure!(ran.stdout.contains("! it is deleted when `vm`, which --target excludes"), "{ran}");
    let there = fixture.python(LOOK, &[name])?;
    let (old, new) = (["target-profile-prof", "target-profile-role"], ["target-profile-prof2", "target-profile-role2"]);
    ensure!(there[0] == json!([old[0]]) && there[1] == json!([old, new]), "{there}\n{ran}");

    stack.apply()?;
    let there = fixture.python(LOOK, &[name])?;
    // Moto's DescribeInstances goes on naming the first profile; the associations are right.
    ensure!(there[0] == json!([new[0]]) && there[1] == json!([new]), "{there}");
    stack.destroy()
}

#[test]
fn the_old_policy_of_a_role_outside_stays_until_it_has_moved_over() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "target-policy";
    let stack = stack(&fixture, name)?;
    stack.edit("name: target-policy-p1", "name: target-policy-p2")?;
    let plan = stack.run("plan", &["--target", "policy"])?.exits(0)?;
    ensure!(plan.stdout.contains("1 to add, 0 to change, 0 to destroy"), "{plan}");
    stack.run("apply", &["--yes", "--target", "policy"])?.exits(0)?.says("`role`, which --target excludes")?;
    let there = fixture.python(LOOK, &[name])?;
    ensure!(there[2] == json!(["target-policy-p1"]), "the role lost its policy: {there}");
    stack.apply()?;
    let there = fixture.python(LOOK, &[name])?;
    ensure!(there[2] == json!(["target-policy-p2"]), "{there}");
    stack.is_settled()?;
    stack.destroy()
}

/// The file has moved the machine over, the account has not.
#[test]
fn a_destroy_leaves_what_something_outside_still_uses_in_the_account() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "target-destroy";
    let stack = stack(&fixture, name)?;
    let before = fixture.python(LOOK, &[name])?;
    stack.edit("    instance_profile: ${profile.name}\n", "    instance_profile: foreign\n")?;
    let ran = stack.run("destroy", &["--yes", "--target", "policy"])?.exits(0)?;
    ensure!(ran.stdout.contains("! `vm`, which --target excludes, still uses it"), "{ran}");
    ensure!(fixture.python(LOOK, &[name])? == before, "{ran}");
    stack.edit("    instance_profile: foreign\n", "")?;
    stack.destroy()
}
