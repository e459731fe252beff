//! The owner's own programs: what `sandbox env` says is all they need, and functions reach the sandbox from inside.

use anyhow::{Context as _, Result, ensure};
use cloud101::sandbox::Sandbox;
use serde_json::json;

use crate::support::fixture::{Fixture, PROGRAM, Said, run};

#[test]
fn the_aws_cli_and_boto3_need_what_sandbox_env_says() -> Result<()> {
    let fixture = Fixture::shared()?;
    let folder = tempfile::tempdir()?;
    let shell = |lines: &str| fixture.shell(folder.path(), lines);
    shell("aws s3api create-bucket --bucket guard-cli; echo hello > hello.txt; aws s3 cp hello.txt s3://guard-cli/")?
        .exits(0)?;
    for command in [
        "sts get-caller-identity",
        "s3 ls s3://guard-cli",
        "lambda list-functions",
        "sns list-topics",
        "sesv2 list-email-identities",
        "logs describe-log-groups",
        "ssm describe-parameters",
        "ec2 describe-vpcs",
        "iam list-roles",
    ] {
        shell(&format!("aws {command}"))?.exits(0)?;
        // A shell that has the credentials of the account, or of a sandbox that was stopped, is shown what to type.
        let other = shell(&format!("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE; aws {command}"))?;
        ensure!(!other.status.success(), "{other}");
        other.says("the access key is not this sandbox's")?.says(r#"eval "$(cloud101 sandbox env)""#)?;
    }
    ensure!(!shell("aws s3 ls --no-sign-request s3://guard-cli")?.status.success());

    // A presigned address, in both forms, without any credentials beside it. What is signed is the emulator's own address.
    let fetched = fixture.python(
        "
import urllib.error, urllib.request
from botocore.config import Config

def fetch(url):
    try:
        return urllib.request.urlopen(url).read().decode()
    except urllib.error.HTTPError as error:
        return error.code

found = []
for version in ('s3', 's3v4'):
    s3 = boto3.client('s3', endpoint_url=sys.argv[2], config=Config(signature_version=version))
    url = s3.generate_presigned_url('get_object', Params={'Bucket': 'guard-cli', 'Key': 'hello.txt'})
    found += [fetch(url), fetch(url.replace(sys.argv[1], 'AKIAIOSFODNN7EXAMPLE')), fetch(url.split('?')[0])]
answer(found)
",
        &[fixture.running().access_key(), &fixture.running().endpoint_of("s3")],
    )?;
    ensure!(fetched == json!(["hello\n", 403, 403, "hello\n", 403, 403]), "{fetched}");
    shell("aws s3 rb --force s3://guard-cli")?.exits(0).map(drop)
}

/// What a function runs is the owner's as well, and what it says of its credentials is not shown.
#[test]
fn functions_have_the_key_and_no_one_is_shown_it() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack(
        "guard-function",
        "resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    role: ${role.arn}
    timeout_seconds: 60 # on a busy computer boto3 alone takes longer to load than the three seconds of the default
",
    )?;
    let code = "
import boto3, os

def handler(event, context):
    print('printed', os.environ['AWS_ACCESS_KEY_ID'])
    roles = [role['RoleName'] for role in boto3.client('iam').list_roles()['Roles']]
    return {
        'key': os.environ['AWS_ACCESS_KEY_ID'],
        'role': 'guard-function-role' in roles,
        'account': boto3.client('sts').get_caller_identity()['Account'],
    }
";
    std::fs::write(stack.file().with_file_name("index.py"), code)?;
    stack.apply()?;
    let answered = fixture
        .python("answer(json.load(client('lambda').invoke(FunctionName='guard-function-function')['Payload']))", &[])?;
    // As in AWS, the address of the code is enough to fetch it, and without what it is signed with it is not.
    let fetched = fixture.python(
        "
import urllib.error, urllib.request

url = client('lambda').get_function(FunctionName='guard-function-function')['Code']['Location']
code = urllib.request.urlopen(url).read(2).decode()
try:
    urllib.request.urlopen(url.split('?')[0])
except urllib.error.HTTPError as error:
    answer([code, error.code])
",
        &[],
    )?;
    ensure!(fetched == json!(["PK", 403]), "{fetched}");
    let key = fixture.running().access_key();
    ensure!(answered == json!({"key": key, "role": true, "account": "000000000000"}), "{answered}");
    // `run` searches what these say for the key.
    let file = stack.file().display().to_string();
    for options in [&["--tail"][..], &["--tail", "--json"], &["-vv"]] {
        let invoke = ["--sandbox", "invoke", "function", "--stack", &file];
        fixture.cloud101(&[&invoke, options].concat())?.exits(0)?.says("(sensitive)")?;
    }
    fixture.cloud101(&["--sandbox", "logs", "function", "--stack", &file])?.exits(0)?.says("printed (sensitive)")?;
    // Neither is it in a shell that `sandbox env` led there, where `--sandbox` is not needed.
    let invoke = format!("{PROGRAM} invoke function --stack {file} --tail");
    let ran = fixture.shell(stack.file().parent().context("no folder")?, &invoke)?.exits(0)?.says("(sensitive)")?;
    ensure!(!ran.stdout.contains(key) && !ran.stderr.contains(key), "{ran}");
    stack.destroy()
}

/// Custom runtimes fetch their events from a port of their own. The function itself tries what a page would send.
#[test]
fn the_port_of_a_custom_runtime_refuses_pages() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack(
        "guard-runtime",
        "resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  function: { type: lambda.function, runtime: provided.al2023, handler: bootstrap, code: code, role: '${role.arn}' }
",
    )?;
    let bootstrap = stack.file().with_file_name("code").join("bootstrap");
    std::fs::create_dir(bootstrap.parent().context("no folder")?)?;
    let python = "#!/usr/bin/env python3
import json, os, urllib.error, urllib.request

def ask(path, data=None, headers={}):
    url = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/' + path
    try:
        return urllib.request.urlopen(urllib.request.Request(url, data, headers))
    except urllib.error.HTTPError as error:
        return error

pages = {'Origin': 'https://www.example.edu'}, {'Host': 'www.example.edu'}, {'Sec-Fetch-Site': 'cross-site'}
refused = [ask('next', headers=page).status for page in pages]
while True:
    event = ask('next').headers['Lambda-Runtime-Aws-Request-Id']
    ask(event + '/response', json.dumps(refused).encode())
";
    std::fs::write(&bootstrap, python)?;
    #[cfg(unix)]
    std::fs::set_permissions(&bootstrap, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    stack.apply()?;
    let answered = fixture
        .python("answer(json.load(client('lambda').invoke(FunctionName='guard-runtime-function')['Payload']))", &[])?;
    ensure!(answered == json!([403, 403, 403]), "{answered}");
    stack.destroy()
}

/// Behind the guard a function may be called so, as in AWS: MiniStack takes `/functions/url-…` for an address.
#[test]
fn a_function_whose_name_begins_with_url_is_found() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack(
        "url-guard",
        "resources:
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  shortener:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: index.py
    role: '${role.arn}'
    function_url: { auth: iam }
",
    )?;
    std::fs::write(stack.file().with_file_name("index.py"), "def handler(event, context):\n    return 'short'\n")?;
    stack.apply()?;
    let file = stack.file().display().to_string();
    fixture.cloud101(&["--sandbox", "invoke", "shortener", "--stack", &file])?.exits(0)?.says("short")?;
    stack.destroy()
}

/// Only `sandbox env` hands the key out; `reset` and `status` work with it. Each sandbox has its own.
#[test]
fn the_key_is_handed_out_by_sandbox_env_alone() -> Result<()> {
    let fixture = Fixture::shared()?;
    let key = fixture.running().access_key();
    let env = fixture.cloud101(&["sandbox", "env", "--json"])?.exits(0)?.json()?;
    ensure!(env["environment"]["AWS_ACCESS_KEY_ID"] == key, "{env:#}");
    let lines = fixture.cloud101(&["sandbox", "env"])?.exits(0)?;
    ensure!(lines.stdout.contains(&format!("export AWS_ACCESS_KEY_ID={key}\n")), "{lines}");
    for command in ["start", "status"] {
        let document = fixture.cloud101(&["sandbox", command, "--json"])?.exits(0)?.json()?;
        ensure!(document.get("environment").is_none() && document.get("unset").is_none(), "{document:#}");
        ensure!(document["emulators"].as_array().is_some_and(|all| all.len() == 2), "{document:#}");
        fixture.cloud101(&["sandbox", command])?.exits(0)?.says("MiniStack")?;
    }
    fixture.cloud101(&["--sandbox", "doctor", "-vv"])?.says("sandbox")?;

    let folder = tempfile::tempdir()?;
    let other = |arguments: &[&str]| -> Result<Said> {
        let mut command = fixture.command(arguments);
        run(command.env("CLOUD101_SANDBOX_DIR", folder.path()))
    };
    let second = other(&["sandbox", "env", "--json"])?.exits(0)?.json()?;
    let own = second["environment"]["AWS_ACCESS_KEY_ID"].as_str().context("no key")?.to_owned();
    ensure!(own != key && own.len() == key.len(), "{own}");
    other(&["sandbox", "reset"])?.exits(0)?;
    ensure!(Sandbox::at(folder.path().to_owned())?.run_dir().join("sandbox.json").is_file());
    other(&["sandbox", "stop"])?.exits(0).map(drop)
}
