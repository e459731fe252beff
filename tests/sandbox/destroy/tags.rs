//! One tag is taken off: what still shows who owns it is named, and nothing is done to it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use cloud101::resource::Registry;

use super::proof::event;
use crate::support::fixture::Fixture;
use crate::support::inspector::{Account, differences};
use crate::support::scenario::{Part, Run};
use crate::support::scenarios::EVERY_KIND;

/// Takes the tag `cloud101:resource` off whatever a stack has, of every kind, and off the function's log group.
const TAKE_OFF: &str = r#"
name, tag = sys.argv[1], "cloud101:resource"
own = [{"Name": "tag:cloud101:stack", "Values": [name]}]
iam, ec2, s3 = map(client, ("iam", "ec2", "s3"))
arn = lambda service, rest: f"arn:aws:{service}:us-east-1:000000000000:{rest}"
without = lambda tags: {"TagSet": [one for one in tags if one["Key"] != tag]}
sqs = client("sqs")
sqs.untag_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{name}-queue")["QueueUrl"], TagKeys=[tag])
client("sns").untag_resource(ResourceArn=arn("sns", f"{name}-topic"), TagKeys=[tag])
client("sesv2").untag_resource(ResourceArn=arn("ses", f"identity/{name}@example.edu"), TagKeys=[tag])
client("lambda").untag_resource(Resource=arn("lambda", f"function:{name}-function"), TagKeys=[tag])
client("logs").untag_resource(resourceArn=arn("logs", f"log-group:/aws/lambda/{name}-function"), tagKeys=[tag])
iam.untag_role(RoleName=f"{name}-role", TagKeys=[tag])
iam.untag_role(RoleName=f"{name}-machine-role", TagKeys=[tag])
iam.untag_policy(PolicyArn=f"arn:aws:iam::000000000000:policy/cloud101/{name}/{name}-policy", TagKeys=[tag])
iam.untag_instance_profile(InstanceProfileName=f"{name}-profile", TagKeys=[tag])
iam.untag_user(UserName=f"{name}-user", TagKeys=[tag])
# Of a group's marks, which are its path, all but the stack's name.
iam.update_group(GroupName=f"{name}-group", NewPath=f"/cloud101/{name}/")
s3.put_object_tagging(
    Bucket=f"{name}-bucket", Key="notes.txt",
    Tagging=without(s3.get_object_tagging(Bucket=f"{name}-bucket", Key="notes.txt")["TagSet"]),
)
s3.put_bucket_tagging(Bucket=f"{name}-bucket", Tagging=without(s3.get_bucket_tagging(Bucket=f"{name}-bucket")["TagSet"]))
marked = [one["ResourceId"] for one in ec2.describe_tags(Filters=[
    {"Name": "key", "Values": ["cloud101:stack"]}, {"Name": "value", "Values": [name]}])["Tags"]]
ec2.delete_tags(Resources=marked, Tags=[{"Key": tag}])
"#;

#[test]
fn what_lost_one_tag_is_left_and_named_with_both_commands() -> Result<()> {
    let fixture = Fixture::shared()?;
    let run = Run::of(&fixture, &EVERY_KIND, "one-tag")?;
    run.complete(Part::Apply)?;
    run.python(TAKE_OFF)?;
    // A machine is known by its client token as well: it goes, with its disk. So does a layer, of whose versions nothing can
    // be taken; and nothing else does.
    let without_machine = |mut account: Account| {
        account.retain(|what, _| !["instance ", "volume ", "layer "].iter().any(|sort| what.starts_with(sort)));
        account
    };
    let before = without_machine(run.account()?);

    let ran = run.cloud101("destroy", &["--yes", "--empty-buckets", "--json"])?.exits(1)?;
    let calls: BTreeSet<_> = run.proxy.changing_calls().into_iter().collect();
    let layer = "lambda:DELETE /2018-10-31/layers/one-tag-layer/versions/1";
    ensure!(calls.iter().eq(["ec2:TerminateInstances", layer]), "{calls:?}");
    let after = run.account()?;
    let stays = after.keys().any(|what| what.starts_with("instance ") || what.starts_with("layer "));
    ensure!(!stays, "the machine or the layer is still there");
    let differences = differences(&before, &without_machine(after));
    ensure!(differences.is_empty(), "{differences:?}");
    let leftovers = event(&ran, "leftovers")?;
    let all: Vec<_> = leftovers["resources"].as_array().into_iter().flatten().collect();
    let kinds: BTreeSet<_> = all.iter().filter_map(|one| one["type"].as_str()).collect();
    let registry = Registry::builtin();
    let others =
        registry.all().filter(|kind| kind.marks_apart()).map(|kind| kind.name()).filter(|kind| *kind != "ec2.instance");
    let expected: BTreeSet<_> = others.chain(["log group"]).collect();
    ensure!(kinds == expected && leftovers["left"] == all.len(), "{leftovers:#}");
    ensure!(all.iter().all(|one| one["doubt"].is_string() && one["remove"].is_string()), "{leftovers:#}");

    // In words, and by the proof.
    let ran = run.cloud101("destroy", &["--yes"])?.exits(1)?;
    ensure!(
        ran.stdout.contains("if it does not belong to the stack: aws sns untag-resource")
            && !ran.stdout.contains("0 left"),
        "{ran}"
    );
    let proof = run.cloud101("destroy", &["--yes", "--prove", "--json"])?.exits(1)?;
    let proof = event(&proof, "proof")?;
    let proven: BTreeSet<_> =
        proof["resources"].as_array().into_iter().flatten().filter_map(|one| one["what"].as_str()).collect();
    // The proof asks for all disks at once, and calls what lost its record a disk, whatever it was.
    let in_proof = |kind: &str| proven.contains(if kind == "ec2.volume" { "disk" } else { kind });
    let missed: Vec<_> = expected.iter().filter(|kind| !in_proof(kind) && **kind != "s3.object").collect();
    ensure!(missed.is_empty(), "{missed:?} are not in {proof:#}");

    // Each tag goes with the command beside it; then nothing is left.
    let folder = tempfile::tempdir()?;
    for one in &all {
        let command = one["untag"].as_str().with_context(|| format!("{one:#}"))?;
        // Version 1 of the AWS CLI overrides `AWS_ENDPOINT_URL` for SQS (1.46.3, customizations/overridesslcommonname.py).
        let endpoint = if one["type"] == "sqs.queue" { " --endpoint-url \"$AWS_ENDPOINT_URL\"" } else { "" };
        let command = &format!("{command}{endpoint}");
        fixture.shell(folder.path(), command)?.exits(0).with_context(|| format!("the command beside it: {command}"))?;
    }
    run.cloud101("destroy", &["--yes"])?.exits(0)?.says("0 left: nothing in us-east-1")?;
    ensure!(run.proxy.changing_calls().len() == 2, "{:?}", run.proxy.changing_calls());
    Ok(())
}
