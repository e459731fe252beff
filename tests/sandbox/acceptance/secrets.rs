//! Secrets arrive where they should, and nowhere else.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::canary::{self, PLAIN_SECRET, SECRET, private_key};

use crate::support::world::{Lesson, Ran, World, run};

/// What arrives is what the file says; what a person gets to see, even of logs at their finest, is searched by `run`.
#[test]
fn secrets_arrive_and_are_not_shown() -> Result<()> {
    let world = World::shared()?;
    let text = format!(
        "vars:
  {}
  {}
tags: {{ all: '${{var.plain_canary}}' }}
resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    role: ${{role.arn}}
    environment: {{ PASSWORD: '${{var.canary}}', MODE: class }}
  role:
    type: iam.role
    assumed_by: lambda.amazonaws.com
    inline_policies:
      mail:
        Version: '2012-10-17'
        Statement: {{ Effect: Allow, Action: 's3:*', Resource: [ 'arn:aws:s3:::${{var.plain_canary}}', '*' ] }}
  instance:
    type: ec2.instance
    image: al2023
    instance_type: t3.micro
    user_data: |
      #!/bin/sh
      login ${{var.canary}}
  bucket: {{ type: s3.bucket }}
  object: {{ type: s3.object, bucket: '${{bucket.name}}', key: secret.txt, content: '${{var.canary}}' }}
  key: {{ type: s3.object, bucket: '${{bucket.name}}', key: id_ed25519, source: id_ed25519 }}
outputs:
  password: ${{var.canary}}
",
        canary::VARIABLE,
        canary::PLAIN_VARIABLE
    );
    let stack = world.stack("accept-secrets", &text)?;
    let write = |name: &str, text: &str| std::fs::write(stack.file().with_file_name(name), text);
    write("index.py", "def handler(event, context):\n    pass\n")?;
    write("id_ed25519", &private_key())?;
    saying_all(&stack, "plan", &["-vv"])?;
    let ran = saying_all(&stack, "apply", &["--yes"])?
        .says("(sensitive)")?
        .says("aws_smithy_runtime::client::orchestrator: ")?;
    ensure!(!ran.stdout.is_empty(), "{ran}");
    stack.is_settled()?;

    let there = world.python(
        "name = sys.argv[1]\n\
         function = client('lambda').get_function_configuration(FunctionName=name + '-function')\n\
         body = client('s3').get_object(Bucket=name + '-bucket', Key='secret.txt')['Body'].read().decode()\n\
         role = client('iam').get_role_policy(RoleName=name + '-role', PolicyName='mail')\n\
         tags = client('iam').list_role_tags(RoleName=name + '-role')['Tags']\n\
         all = [tag['Value'] for tag in tags if tag['Key'] == 'all']\n\
         answer([function['Environment']['Variables']['PASSWORD'], body, role['PolicyDocument']['Statement']['Resource'][0], all])",
        &[&stack.name],
    )?;
    let bucket = format!("arn:aws:s3:::{PLAIN_SECRET}");
    ensure!(there == json!([SECRET, SECRET, bucket, [PLAIN_SECRET]]), "{there:#}");

    saying_all(&stack, "show", &["--full"])?.says("(sensitive)")?;
    // Another secret: neither the old nor the new one is shown.
    stack.edit("MODE: class", "MODE: test, TOKEN: '${var.plain_canary}'")?;
    stack.edit("login ${var.canary}", "login ${var.plain_canary}")?;
    write("id_ed25519", &format!("# a new one\n{}", private_key()))?;
    saying_all(&stack, "plan", &["--json"])?;
    saying_all(&stack, "plan", &[])?.says("+ # a new one")?;
    saying_all(&stack, "apply", &["--yes", "--json"])?;
    stack.is_settled()?;
    saying_all(&stack, "destroy", &["--yes", "--empty-buckets"])?.says("0 left")?;
    Ok(())
}

/// Runs a command of the stack with every log there is.
fn saying_all(stack: &Lesson<'_>, command: &str, options: &[&str]) -> Result<Ran> {
    run(stack.command(command, options).env("RUST_LOG", "trace"))?.exits(0)
}
