//! The class: apply, teach with AWS's own programs, destroy.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::documents::shows;
use super::everyday::everyday;
use crate::support::fixture::Fixture;

const BUCKET: &str = "cloud101awsbucket";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:cloud101";

/// The names of this class are fixed, so all of it is one test.
#[test]
fn the_lesson() -> Result<()> {
    let fixture = Fixture::shared()?;
    applied(&fixture).context("cloud101 --sandbox apply --yes")?;
    invoked_by_the_aws_cli(&fixture).context("aws lambda invoke")?;
    invoked_by_boto3(&fixture).context("boto3's invoke")?;
    copied(&fixture).context("aws s3 cp")?;
    described(&fixture).context("aws ec2 describe-instances")?;
    received(&fixture).context("the published message")?;
    everyday(&fixture).context("the commands of every day")?;
    // What the lesson did with the resources is not a change of them.
    fixture.cloud101(&["--sandbox", "plan", "--detailed-exitcode"])?.exits(0)?;
    destroyed(&fixture).context("cloud101 --sandbox destroy")
}

fn applied(fixture: &Fixture) -> Result<()> {
    let ran = fixture.cloud101(&["--sandbox", "apply", "--yes"])?.exits(0)?;
    shows("README.md", "Apply complete: 7 added", &ran)?;
    let ran = ran.says("Plan: 7 to add, 0 to change, 0 to destroy.")?.says("Apply complete: 7 added")?;
    let (_, outputs) = ran.stdout.split_once("\nOutputs:\n").with_context(|| format!("no outputs\n{ran}"))?;
    ensure!(outputs.contains(&format!("function  = {FUNCTION}")), "{ran}");
    let (_, next) = ran.stderr.split_once("\nTry next:\n").with_context(|| format!("nothing to try\n{ran}"))?;
    for words in [
        "sandbox env",
        "aws lambda invoke --function-name cloud101 --region us-east-1 outputfile.txt",
        "aws s3 ls s3://cloud101awsbucket",
        "aws ec2 describe-instances --instance-ids i-",
        " --sandbox destroy",
    ] {
        ensure!(next.contains(words), "{words:?} is not among what to try\n{ran}");
    }

    fixture.cloud101(&["--sandbox", "plan", "--detailed-exitcode"])?.exits(0)?.says("No changes.")?;
    let shown = fixture.cloud101(&["--sandbox", "show"])?.exits(0)?.says("7 as the file says.")?;
    let document = fixture.cloud101(&["--sandbox", "show", "--json"])?.exits(0)?.json()?;
    let resources = document["resources"].as_array().context("no resources")?;
    let addresses: Vec<_> = resources.iter().filter_map(|one| one["address"].as_str()).collect();
    ensure!(addresses == ["bucket", "topic", "policy", "role", "function", "firewall", "instance"], "{document:#}");
    ensure!(resources.iter().all(|one| one["state"] == "ok" && one["id"].is_string()), "{document:#}");
    ensure!(addresses.iter().all(|address| shown.stdout.contains(&format!("✓ {address}  "))), "{shown}");
    ensure!(document["outputs"]["function"] == FUNCTION, "{document:#}");
    Ok(())
}

fn invoked_by_the_aws_cli(fixture: &Fixture) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let command = "aws lambda invoke --function-name cloud101 --region us-east-1 outputfile.txt";
    let ran = fixture.shell(folder.path(), command)?.exits(0)?;
    ensure!(ran.json()?["StatusCode"] == 200 && ran.json()?.get("FunctionError").is_none(), "{ran}");
    let text = std::fs::read_to_string(folder.path().join("outputfile.txt"))?;
    let answer: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
    ensure!(answer["message_id"].as_str().is_some_and(|id| id.len() == 36), "outputfile.txt: {text}");
    Ok(())
}

/// With the region in the call, and without: then it comes from the sandbox's environment.
fn invoked_by_boto3(fixture: &Fixture) -> Result<()> {
    for client in ["boto3.client('lambda')", "boto3.client('lambda', region_name='us-east-1')"] {
        let code = format!(
            "response = {client}.invoke(FunctionName='cloud101')\n\
             assert 'FunctionError' not in response, response\n\
             answer(json.load(response['Payload']))"
        );
        let answer = fixture.python(&code, &[]).context(client)?;
        ensure!(answer["message_id"].is_string(), "{client}: {answer}");
    }
    Ok(())
}

fn copied(fixture: &Fixture) -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("there.txt"), "To the cloud, and back: äöü\n")?;
    let lines = format!(
        "aws s3 cp there.txt s3://{BUCKET}/notes/there.txt\n\
         aws s3 cp s3://{BUCKET}/notes/there.txt back.txt\n\
         cmp there.txt back.txt\n\
         aws s3 ls\n\
         aws s3 ls s3://{BUCKET}/notes/"
    );
    let ran = fixture.shell(folder.path(), &lines)?.exits(0)?;
    ensure!(ran.stdout.contains(&format!(" {BUCKET}\n")), "{ran}");
    ensure!(ran.stdout.contains(" there.txt\n"), "{ran}");
    Ok(())
}

fn described(fixture: &Fixture) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let lines = "aws ec2 describe-instances --filters Name=tag:cloud101:stack,Values=cloud101";
    let ran = fixture.shell(folder.path(), lines)?.exits(0)?;
    let answer = ran.json()?;
    let instances: Vec<_> = answer["Reservations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["Instances"].as_array())
        .flatten()
        .collect();
    ensure!(instances.len() == 1, "{ran}");
    let instance = instances[0];
    ensure!(instance["State"]["Name"] == "running" && instance["InstanceType"] == "t3.micro", "{ran}");
    ensure!(instance["MetadataOptions"]["HttpTokens"] == "required", "{ran}");
    let volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"].as_str().with_context(|| ran.to_string())?;

    let lines = format!("aws ec2 describe-volumes --volume-ids {volume}");
    let ran = fixture.shell(folder.path(), &lines)?.exits(0)?;
    let volume = &ran.json()?["Volumes"][0];
    ensure!(volume["Encrypted"] == true && volume["Size"] == 8 && volume["VolumeType"] == "gp3", "{ran}");
    Ok(())
}

/// A queue that is subscribed to the topic gets what the function published.
fn received(fixture: &Fixture) -> Result<()> {
    let document = fixture.cloud101(&["--sandbox", "show", "--json"])?.exits(0)?.json()?;
    let topic = document["outputs"]["topic"].as_str().with_context(|| format!("{document:#}"))?;
    let answer = fixture.python(include_str!("received.py"), &[topic])?;
    ensure!(answer["received"]["MessageId"] == answer["returned"]["message_id"], "{answer:#}");
    ensure!(answer["received"]["TopicArn"] == topic, "{answer:#}");
    ensure!(answer["received"]["Subject"] == "Hello from the test", "{answer:#}");
    ensure!(answer["received"]["Message"] == "This is what was sent.", "{answer:#}");
    Ok(())
}

/// The bucket holds a file now, and versions of another: it goes only when that is asked for.
fn destroyed(fixture: &Fixture) -> Result<()> {
    let versions = "s3 = client('s3')\n\
        s3.put_bucket_versioning(Bucket=sys.argv[1], VersioningConfiguration={'Status': 'Enabled'})\n\
        for body in (b'one', b'two'):\n\
        \x20   s3.put_object(Bucket=sys.argv[1], Key='versions', Body=body)\n\
        s3.delete_object(Bucket=sys.argv[1], Key='versions')\n\
        s3.create_multipart_upload(Bucket=sys.argv[1], Key='unfinished')";
    fixture.python(versions, &[BUCKET])?;

    let ran = fixture.cloud101(&["--sandbox", "destroy", "--yes"])?.exits(1)?;
    let ran = ran.says("bucket: not deleted")?.says("stacks/cloud101.yaml:")?.says("--empty-buckets")?;
    let ran = ran.says("Destroy incomplete: 6 done, 1 failed")?;
    // What to type is shown in the summary and below what is left.
    let next = "If the contents of the buckets can be deleted: `";
    let command = "--sandbox destroy stacks/cloud101.yaml --empty-buckets`";
    let reported =
        ran.stdout.lines().filter(|line| line.to_lowercase().contains(&next.to_lowercase()) && line.contains(command));
    ensure!(reported.count() == 2, "{ran}");
    let left = fixture.marked("cloud101")?;
    ensure!(left == [format!("s3 {BUCKET}")], "{left:?}");

    let ran =
        fixture.cloud101(&["--sandbox", "destroy", "stacks/cloud101.yaml", "--empty-buckets", "--yes"])?.exits(0)?;
    let ran = ran.says("Destroy complete: 1 destroyed")?;
    ensure!(ran.stdout.trim_end().lines().last().is_some_and(|line| line.starts_with("0 left")), "{ran}");
    let left = fixture.marked("cloud101")?;
    ensure!(left.is_empty(), "{left:?}");
    // A second time there is nothing to do, and nothing wrong with that.
    fixture.cloud101(&["--sandbox", "destroy", "--yes"])?.exits(0)?.says("0 left")?;
    Ok(())
}

/// The same agent through SES.
#[test]
fn the_lesson_through_ses() -> Result<()> {
    const FILE: &str = "stacks/cloud101-ses.yaml";
    let fixture = Fixture::shared()?;
    let who = ["--var", "sender=ana@example.edu", "--var", "recipient=ben@example.edu"];
    let with = |words: &[&str]| fixture.cloud101(&[&["--sandbox"], words, &who].concat());
    with(&["apply", "--yes", FILE])?.exits(0)?.says("function = arn:")?;
    with(&["plan", "--detailed-exitcode", FILE])?.exits(0)?;

    let folder = tempfile::tempdir()?;
    let lines = "aws lambda invoke --function-name cloud101-ses outputfile.txt >&2; cat outputfile.txt";
    let ran = fixture.shell(folder.path(), lines)?.exits(0)?;
    ensure!(ran.json()?["message_id"].as_str().is_some_and(|id| !id.is_empty()), "{ran}");

    with(&["destroy", "--yes", FILE])?.exits(0)?.says("0 left")?;
    let left = fixture.marked("cloud101-ses")?;
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}
