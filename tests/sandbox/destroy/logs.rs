//! Log groups of functions: those that the stack made go, are given away or are named, and others are not called its own.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::proof::{event, listed};
use crate::support::fixture::{Fixture, Lesson};

const FUNCTION: &str = "resources:\n\
    \x20 role: { type: iam.role, assumed_by: lambda.amazonaws.com }\n\
    \x20 function:\n\
    \x20   type: lambda.function\n\
    \x20   name: NAME\n\
    \x20   runtime: python3.13\n\
    \x20   handler: index.handler\n\
    \x20   code: index.py\n\
    \x20   role: ${role.arn}\n";

fn stack<'a>(fixture: &'a Fixture, name: &str, more: &str) -> Result<Lesson<'a>> {
    let stack = fixture.stack(name, &(FUNCTION.replace("NAME", &format!("{name}-old")) + more))?;
    std::fs::write(stack.file().with_file_name("index.py"), "def handler(event, context):\n    return event\n")?;
    Ok(stack)
}

/// Each log group of these functions with its tags.
fn groups(fixture: &Fixture, functions: &str) -> Result<Value> {
    const GROUPS: &str = "logs = client('logs')\n\
        found = every('logs', 'describe_log_groups', 'logGroups', logGroupNamePrefix='/aws/lambda/' + sys.argv[1])\n\
        tags = lambda group: logs.list_tags_for_resource(resourceArn=group['arn'].removesuffix(':*'))['tags']\n\
        answer({group['logGroupName']: tags(group) for group in found})";
    fixture.python(GROUPS, &[functions])
}

#[test]
fn the_group_that_was_made_for_a_function_of_others_is_theirs_after_the_destroy() -> Result<()> {
    const OTHERS: &str = "import io, zipfile\n\
        package = io.BytesIO()\n\
        with zipfile.ZipFile(package, 'w') as archive:\n\
        \x20   archive.writestr('index.py', 'def handler(event, context):\\n    return event\\n')\n\
        client('lambda').create_function(FunctionName=sys.argv[1], Runtime='python3.13', Handler='index.handler',\n\
        \x20   Role='arn:aws:iam::000000000000:role/another', Code={'ZipFile': package.getvalue()})";
    let fixture = Fixture::shared()?;
    let stack = stack(&fixture, "logs-adopted", "    adopt: true\n    log_retention_days: 7\n")?;
    fixture.python(OTHERS, &["logs-adopted-old"])?;
    stack.apply()?;
    let group = "/aws/lambda/logs-adopted-old";
    let made = groups(&fixture, "logs-adopted")?;
    ensure!(made[group]["cloud101:stack"] == "logs-adopted" && made[group]["cloud101:keep"].is_null(), "{made:#}");
    stack.run("destroy", &["--yes"])?.exits(0)?.says("function: released")?.says("0 left: nothing")?;
    ensure!(groups(&fixture, "logs-adopted")?[group] == serde_json::json!({}), "the group keeps a mark");
    // The file still names the function, which is foreign.
    let proof = stack.run("destroy", &["--yes", "--prove", "--json"])?.exits(0)?;
    let proof = event(&proof, "proof")?;
    ensure!(listed(&proof["resources"]).is_empty() && listed(&proof["kept"]).is_empty(), "{proof:#}");
    Ok(())
}

#[test]
fn a_group_whose_function_was_deleted_by_hand_is_named() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = stack(&fixture, "logs-alone", "    log_retention_days: 7\n")?;
    stack.apply()?;
    fixture.python("client('lambda').delete_function(FunctionName=sys.argv[1])", &["logs-alone-old"])?;
    let ran = stack.run("destroy", &["--yes"])?.exits(1)?.says("1 left, and still carries the ownership tags")?;
    let command = ran.stdout.lines().find_map(|line| line.trim().strip_prefix("to delete it: ")).unwrap_or_default();
    fixture.shell(stack.file().parent().unwrap_or(&stack.file()), command)?.exits(0)?;
    stack.run("destroy", &["--yes"])?.exits(0)?.says("0 left: nothing")?;
    Ok(())
}

#[test]
fn the_logs_of_a_functions_former_name_go_or_are_found() -> Result<()> {
    let fixture = Fixture::shared()?;
    // The group that the stack made goes with the old function.
    let kept = stack(&fixture, "logs-kept", "    log_retention_days: 7\n")?;
    kept.apply()?;
    kept.edit("name: logs-kept-old", "name: logs-kept-new")?;
    kept.apply()?;
    let there = groups(&fixture, "logs-kept")?;
    ensure!(there.as_object().is_some_and(|all| all.keys().eq(["/aws/lambda/logs-kept-new"])), "{there:#}");
    kept.destroy()?;

    // One that AWS made by itself, twice renamed.
    let made = stack(&fixture, "logs-made", "")?;
    made.apply()?;
    for (old, new) in [("old", "newer"), ("newer", "newest")] {
        fixture.python(
            "client('logs').create_log_group(logGroupName='/aws/lambda/' + sys.argv[1])",
            &[&format!("logs-made-{old}")],
        )?;
        made.edit(&format!("name: logs-made-{old}"), &format!("name: logs-made-{new}"))?;
        made.apply()?;
        made.is_settled()?;
    }
    let proof = made.run("destroy", &["--yes", "--prove", "--json"])?.exits(1)?;
    let left = listed(&event(&proof, "proof")?["resources"]);
    let expected = ["old", "newer"].map(|name| format!("log group us-east-1 /aws/lambda/logs-made-{name}"));
    ensure!(left == expected.into(), "{left:?}");
    Ok(())
}
