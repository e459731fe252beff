//! Users and groups of a class, and what people have put on them by hand.

use anyhow::{Result, ensure};
use serde_json::json;

use super::commands;
use crate::support::fixture::Fixture;

const POLICY: &str = "  policy:\n    type: iam.policy\n    document: { Version: \"2012-10-17\", Statement: [ { Effect: Allow, \
                      Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::files/$${aws:username}/*\" } ] }\n";

/// What a student and an assistant have made for themselves, and a user of another stack whom a teacher put into the
/// group.
const SEED: &str = "iam, name = client('iam'), sys.argv[1]\n\
    ana = f'{name}-ana'\n\
    iam.create_login_profile(UserName=ana, Password='Correct-horse-1')\n\
    [iam.create_access_key(UserName=ana) for _ in range(2)]\n\
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=ana)['VirtualMFADevice']['SerialNumber']\n\
    iam.enable_mfa_device(UserName=ana, SerialNumber=device, AuthenticationCode1='123456', AuthenticationCode2='654321')\n\
    iam.create_group(GroupName=f'others-{name}')\n\
    iam.add_user_to_group(UserName=ana, GroupName=f'others-{name}')\n\
    iam.create_user(UserName=f'guest-{name}')\n\
    iam.add_user_to_group(UserName=f'guest-{name}', GroupName=f'{name}-students')";

#[test]
fn a_class_goes_with_all_that_its_users_have_and_a_group_with_a_guest_stays() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "class-users";
    let text = format!(
        "rosters:\n  class: [ana, bo, cy, di, ed]\nresources:\n{POLICY}\
         \x20 students:\n    type: iam.group\n    policies: [\"${{policy.arn}}\"]\n\
         \x20 student:\n    type: iam.user\n    for_each: class\n    name: ${{stack.name}}-${{each.key}}\n    \
         groups: [\"${{students.name}}\"]\n"
    );
    let stack = fixture.stack(name, &text)?;
    stack.apply()?;
    stack.is_settled()?;
    let document = fixture.python(
        "iam, name = client('iam'), sys.argv[1]\n\
         policy = iam.list_attached_group_policies(GroupName=f'{name}-students')['AttachedPolicies'][0]['PolicyArn']\n\
         users = sorted(user['UserName'] for user in iam.get_group(GroupName=f'{name}-students')['Users'])\n\
         document = iam.get_policy_version(PolicyArn=policy, VersionId='v1')['PolicyVersion']['Document']\n\
         answer([users, document['Statement'][0]['Resource']])",
        &[name],
    )?;
    let resource = "arn:aws:s3:::files/${aws:username}/*";
    let users = ["ana", "bo", "cy", "di", "ed"].map(|key| format!("class-users-{key}"));
    ensure!(document == json!([users, resource]), "{document}");
    // So many are read together.
    let shown = stack.run("show", &["--json"])?.exits(0)?.json()?;
    ensure!(shown.to_string().matches("user/cloud101/class-users/class-users-").count() >= 5, "{shown:#}");
    fixture.python(SEED, &[name])?;

    let ran = stack.run("destroy", &["--yes"])?.exits(1)?;
    let ran = ran
        .says("its console password, 2 access keys and 1 MFA device end with it")?
        .says("the user guest-class-users, outside this stack, would lose it")?
        .says("the group `class-users-students` is in use outside this stack, by the user guest-class-users")?;
    // The group keeps its policy as well.
    ensure!(fixture.sorts(name)? == ["group", "policy"], "{ran}");
    let left = fixture.python(
        "iam, name = client('iam'), sys.argv[1]\n\
         answer([iam.list_virtual_mfa_devices()['VirtualMFADevices'],\n    \
         [user['UserName'] for user in iam.get_group(GroupName=f'others-{name}')['Users']],\n    \
         [user['UserName'] for user in iam.get_group(GroupName=f'{name}-students')['Users']]])",
        &[name],
    )?;
    ensure!(left == json!([[], [], ["guest-class-users"]]), "{left}\n{ran}");

    let typed = commands(&ran.stderr);
    ensure!(!typed.is_empty(), "no command was named\n{ran}");
    fixture.shell(tempfile::tempdir()?.path(), &typed.join("\n"))?.exits(0)?;
    stack.run("destroy", &["--yes"])?.exits(0)?.says("0 left")?;
    let guest = "iam = client('iam')\nanswer(iam.get_user(UserName='guest-class-users')['User']['UserName'])";
    ensure!(fixture.python(guest, &[])? == "guest-class-users", "the guest is gone");
    Ok(())
}

/// What was there before is given back as it was, with what has been put on it since.
#[test]
fn an_adopted_user_and_group_are_released_with_all_that_they_have() -> Result<()> {
    let fixture = Fixture::shared()?;
    fixture.python(
        "iam = client('iam')\n\
         iam.create_group(GroupName='staff-adopted', Path='/staff/')\n\
         iam.create_user(UserName='ines-adopted', Path='/staff/')\n\
         iam.add_user_to_group(UserName='ines-adopted', GroupName='staff-adopted')\n\
         iam.create_access_key(UserName='ines-adopted')",
        &[],
    )?;
    let text = "resources:\n  group: { type: iam.group, name: staff-adopted, adopt: true }\n  user: { type: iam.user, name: \
                ines-adopted, adopt: true, groups: [\"${group.name}\"] }\n";
    let stack = fixture.stack("adopted-users", text)?;
    stack.apply()?;
    stack.is_settled()?;
    let look = "iam = client('iam')\n\
        group = iam.get_group(GroupName='staff-adopted')\n\
        user = iam.get_user(UserName='ines-adopted')['User']\n\
        answer([group['Group']['Path'], [user['UserName'] for user in group['Users']], user['Path'],\n    \
        'Tags' in user, len(iam.list_access_keys(UserName='ines-adopted')['AccessKeyMetadata'])])";
    let marked = fixture.python(look, &[])?;
    let path = marked[0].as_str().unwrap_or_default();
    ensure!(path.starts_with("/cloud101/adopted-users/group/") && path.ends_with("/adopted/staff/"), "{marked}");
    stack.destroy()?;
    let released = fixture.python(look, &[])?;
    ensure!(released == json!(["/staff/", ["ines-adopted"], "/staff/", false, 1]), "{released}");
    Ok(())
}
