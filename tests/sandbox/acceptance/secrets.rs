//! Secrets arrive where they should, and nowhere else.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::canary::{self, OLD_PLAIN_SECRET, OLD_SECRET, PLAIN_SECRET, SECRET, private_key};

use crate::support::fixture::{Fixture, Lesson, Said, run};

/// What arrives is what the file says; what a person gets to see, even of logs at their finest, is searched by `run`.
#[test]
fn secrets_arrive_and_are_not_shown() -> Result<()> {
    let fixture = Fixture::shared()?;
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
    let stack = fixture.stack("accept-secrets", &text)?;
    let write = |name: &str, text: &str| std::fs::write(stack.file().with_file_name(name), text);
    write("index.py", "def handler(event, context):\n    pass\n")?;
    write("id_ed25519", &private_key())?;
    saying_all(&stack, "plan", &["-vv"])?;
    let ran = saying_all(&stack, "apply", &["--yes"])?
        .says("(sensitive)")?
        .says("aws_smithy_runtime::client::orchestrator: ")?;
    ensure!(!ran.stdout.is_empty(), "{ran}");
    saying_all(&stack, "plan", &["--detailed-exitcode"])?;

    let there = fixture.python(
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
    saying_all(&stack, "plan", &["--detailed-exitcode"])?;
    saying_all(&stack, "destroy", &["--yes", "--empty-buckets"])?.says("0 left")?;
    Ok(())
}

/// Runs a command of the stack with every log there is. A private key that it has may be uploaded.
fn saying_all(stack: &Lesson<'_>, command: &str, options: &[&str]) -> Result<Said> {
    let mut command = stack.command(command, options);
    let key = "id_ed25519";
    if stack.file().with_file_name(key).exists() {
        command.env("CLOUD101_ALLOW_FILE", stack.file().with_file_name(key));
    }
    run(command.env("RUST_LOG", "trace"))?.exits(0)
}

/// Secrets are rotated, taken out and taken over by others. Neither the values that AWS still has nor the new ones are
/// shown, and nothing that was computed from them; of the old ones the program knows only what the marks say.
#[test]
fn what_was_a_secret_is_shown_by_nothing_that_follows() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack(
        "accept-rotated",
        "vars:
  canary: { secret: true }
  plain_canary: { secret: true }
resources:
  bucket: { type: s3.bucket }
  whole: { type: s3.object, bucket: '${bucket.name}', key: whole.txt, content: '${var.canary}' }
  config: { type: s3.object, bucket: '${bucket.name}', key: config.ini, content: \"[db]\\npassword = ${var.canary}\\nport = 1\\n\" }
  second: { type: s3.object, bucket: '${bucket.name}', key: second.txt, content: 'see ${whole.etag}' }
  topic:
    type: sns.topic
    display_name: ${var.plain_canary}
    subscriptions: [{ protocol: https, endpoint: 'https://ana:${var.plain_canary}@example.edu/hook' }]
    tags: { own: '${var.plain_canary}', of: '${whole.etag}' }
  role:
    type: iam.role
    assumed_by: lambda.amazonaws.com
    description: the key is ${var.plain_canary}
    inline_policies:
      mail:
        Version: '2012-10-17'
        Statement: { Effect: Allow, Action: 's3:*', Resource: [ 'arn:aws:s3:::${var.plain_canary}', '*' ] }
outputs:
  etag: ${whole.etag}
  second: ${second.etag}
",
    )?;
    let old = ["--var", &format!("canary={OLD_SECRET}"), "--var", &format!("plain_canary={OLD_PLAIN_SECRET}")];
    let new = ["--var", &format!("canary={SECRET}"), "--var", &format!("plain_canary={PLAIN_SECRET}")];
    let ran = stack.run("apply", &[&["--yes"], &old[..]].concat())?.exits(0)?;
    ensure!(ran.stdout.matches("(sensitive)").count() > 1, "{ran}");
    // The emulator does make an ETag of it, and the lines are there to be shown.
    let etag = fixture.python(
        "answer(client('s3').head_object(Bucket=sys.argv[1] + '-bucket', Key='whole.txt')['ETag'])",
        &[&stack.name],
    )?;
    ensure!(etag.as_str().is_some_and(|etag| std::panic::catch_unwind(|| canary::check("", etag)).is_err()), "{etag}");

    looked_at(&fixture, &stack, &old)?;
    // With the new values, of which the account has nothing.
    looked_at(&fixture, &stack, &new)?;
    let text = stack.text()?;
    // Not made of a variable any more, and said by the file no longer.
    stack.write(&text.replace("${var.canary}", "public").replace("${var.plain_canary}", "public"))?;
    looked_at(&fixture, &stack, &new)?;
    let taken_out = text
        .replace("display_name: ${var.plain_canary}", "")
        .replace("tags: { own: '${var.plain_canary}', of: '${whole.etag}' }", "");
    stack.write(&taken_out.replace("content: '${var.canary}'", "content: public"))?;
    looked_at(&fixture, &stack, &new)?;

    // Another stack takes some of it over, and knows nothing of variables.
    let taker = fixture.stack(
        "accept-taker",
        &format!(
            "resources:
  whole: {{ type: s3.object, bucket: {0}-bucket, key: whole.txt, content: mine, adopt: true, on_destroy: delete }}
  config: {{ type: s3.object, bucket: {0}-bucket, key: config.ini, content: \"[db]\\nport = 2\\n\", adopt: true, on_destroy: delete }}
  topic: {{ type: sns.topic, name: {0}-topic, adopt: true, on_destroy: delete }}
outputs: {{ etag: '${{whole.etag}}' }}
",
            stack.name
        ),
    )?;
    planned(&taker, &[])?;
    for (kind, id) in [
        ("s3.object", format!("{}-bucket/whole.txt", stack.name)),
        ("s3.object", format!("{}-bucket/config.ini", stack.name)),
        ("s3.object", format!("{}-bucket/second.txt", stack.name)),
        ("sns.topic", format!("{}-topic", stack.name)),
        ("iam.role", format!("{}-role", stack.name)),
    ] {
        imported(&fixture, kind, &id)?.says("secret: true")?;
    }
    // What it does not set has the old value for as long as it is there.
    taker.apply()?;
    looked_at(&fixture, &taker, &[])?;
    imported(&fixture, "sns.topic", &format!("{}-topic", stack.name))?.says("display_name: ${var.")?;
    let there = fixture.python(
        "arn = client('sns').create_topic(Name=sys.argv[1] + '-topic')['TopicArn']\n\
         answer(client('sns').get_topic_attributes(TopicArn=arn)['Attributes']['DisplayName'])",
        &[&stack.name],
    )?;
    ensure!(there == json!(OLD_PLAIN_SECRET), "{there}");

    taker.run("destroy", &["--yes"])?.exits(0)?;
    stack.write(&text)?;
    stack.run("destroy", &[&["--yes", "--empty-buckets"], &new[..]].concat())?.exits(0)?;
    Ok(())
}

/// Everything that looks at a stack that is applied, in every form; each run is searched for secrets, and so is what it
/// writes.
fn looked_at(fixture: &Fixture, stack: &Lesson<'_>, vars: &[&str]) -> Result<()> {
    planned(stack, vars)?;
    let file = stack.file().display().to_string();
    for options in [&[][..], &["--env"], &["--json"]] {
        let arguments = [&["--sandbox", "output", "--stack", &file], options, vars].concat();
        fixture.cloud101(&arguments)?.exits(0)?;
    }
    Ok(())
}

/// The same without what has to be applied.
fn planned(stack: &Lesson<'_>, vars: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (page, saved) = (folder.path().join("plan.html"), folder.path().join("plan.json"));
    let [page, saved] = [&page, &saved].map(|path| path.display().to_string());
    let ways: [&[&str]; 4] = [&["--full"], &["--json"], &["--html", &page], &["--out", &saved]];
    for options in ways {
        for goal in [&[][..], &["--destroy"]] {
            saying_all(stack, "plan", &[options, goal, vars].concat())?;
        }
    }
    for options in [&["--full"], &["--json"]] {
        saying_all(stack, "show", &[&options[..], vars].concat())?;
    }
    for file in [page, saved] {
        canary::check(&file, &std::fs::read_to_string(&file)?);
    }
    Ok(())
}

/// What import says of a resource; what it says with JSON, and the files that it writes, are searched for secrets.
fn imported(fixture: &Fixture, kind: &str, id: &str) -> Result<Said> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("imported.yaml").display().to_string();
    fixture.cloud101(&["--sandbox", "import", kind, id, "--out", &file])?.exits(0)?;
    for entry in std::fs::read_dir(folder.path())? {
        let path = entry?.path();
        canary::check(&path.display().to_string(), &String::from_utf8_lossy(&std::fs::read(&path)?));
    }
    fixture.cloud101(&["--sandbox", "import", kind, id, "--json"])?.exits(0)?;
    fixture.cloud101(&["--sandbox", "import", kind, id])?.exits(0)
}
