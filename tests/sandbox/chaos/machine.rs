//! The life of one machine with a disk of its own, killed at each changing call and led elsewhere afterwards: the file is
//! reverted, the machine is taken out of it, renamed, stopped or started.

use std::io::Seek as _;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Pid;
use serde_json::{Value, json};

use super::story::Stage;
use crate::canary;
use crate::support::gate::{Gate, Moment, Verdict};
use crate::support::inspector::{self, differences};
use crate::support::world::{Lesson, run};

const FILE: &str = "tags: { course: one }\nresources:\n  vm:\n    type: ec2.instance\n    image: al2023\n    \
    instance_type: t3.micro\n    root_volume: { size_gib: 8 }\n    volumes: [{ device: /dev/sdf, size_gib: 5 }]\n";

/// The tags of people on the machine, its disks and its network interface, and how many different ones there are.
const TAGS: &str = "ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}]\n\
    ec2 = client('ec2')\n\
    found = [i for r in ec2.describe_instances(Filters=ours)['Reservations'] for i in r['Instances'] if i['State']['Name'] != 'terminated']\n\
    tags = [i['Tags'] for i in found] + [v['Tags'] for v in ec2.describe_volumes(Filters=ours)['Volumes']]\n\
    tags += [n['TagSet'] for n in ec2.describe_network_interfaces(Filters=ours)['NetworkInterfaces']]\n\
    people = [{k: v for k, v in plain(t).items() if not k.startswith('cloud101:')} for t in tags]\n\
    answer(sorted({json.dumps(p, sort_keys=True) for p in people}))";

/// Runs a command that is killed at its changing call `number`; `false`: there are not that many.
fn killed(stage: &Stage, lesson: &Lesson<'_>, command: &str, number: usize, moment: Moment) -> Result<bool> {
    let gate: Gate = stage.world.gate(&stage.missing, move |call| match call.changing {
        Some(this) if this == number => Verdict::Kill(moment),
        _ => Verdict::Pass,
    })?;
    let mut said = tempfile::tempfile()?;
    let mut command = lesson.through(&gate, command, &["--yes"]);
    let mut child = command.stdout(said.try_clone()?).stderr(said.try_clone()?).spawn()?;
    gate.kills(Pid::from_raw(child.id().try_into()?).context("no process id")?);
    let status = child.wait()?;
    said.rewind()?;
    canary::check("a killed run", &std::io::read_to_string(&said)?);
    match status.code() {
        None => Ok(true),
        Some(0) => Ok(false),
        Some(code) => bail!("it ended with {code}"),
    }
}

/// Tells `story` for each changing call of it, killed before and after that, until there is none any more. The answer: how
/// many runs were spoilt.
fn at_each_call(story: impl Fn(&Stage, usize, Moment) -> Result<bool>) -> Result<usize> {
    let stage = Stage::set()?;
    let mut spoilt = 0;
    for number in 0.. {
        for moment in [Moment::Before, Moment::After] {
            let was_killed = story(&stage, number, moment).with_context(|| format!("call {number}, {moment:?}"))?;
            if !was_killed {
                println!("a machine: changing calls: {number}; spoilt runs: {spoilt}");
                return Ok(spoilt);
            }
            spoilt += 1;
        }
    }
    Ok(spoilt)
}

fn applied(stage: &Stage, lesson: &Lesson<'_>) -> Result<()> {
    let gate = stage.world.gate(&stage.missing, |_| Verdict::Pass)?;
    run(&mut lesson.through(&gate, "apply", &["--yes"]))?.exits(0)?;
    run(&mut lesson.through(&gate, "plan", &["--detailed-exitcode"]))?.exits(0).map(drop)
}

fn ends(stage: &Stage, lesson: &Lesson<'_>) -> Result<()> {
    let gate = stage.world.gate(&stage.missing, |_| Verdict::Pass)?;
    run(&mut lesson.through(&gate, "destroy", &["--yes"]))?.exits(0)?.says("0 left")?;
    let left = inspector::look(&stage.world, &lesson.name)?;
    ensure!(left.is_empty(), "left: {:?}", left.keys().collect::<Vec<_>>());
    Ok(())
}

/// A tag that changes, one that comes and one that goes: whichever of machine, disks and network interface were reached
/// before the kill, the reverted file brings back all of them.
#[test]
fn an_update_that_is_killed_and_reverted_leaves_no_part_behind() -> Result<()> {
    for (what, to) in [
        ("changed", "tags: { course: two }"),
        ("added", "tags: { course: one, room: \"12\" }"),
        ("removed", "tags: {}"),
    ] {
        let spoilt = at_each_call(|stage, number, moment| {
            let lesson = stage.world.stack(&format!("reverted-{what}-{number}{moment:?}").to_lowercase(), FILE)?;
            applied(stage, &lesson)?;
            let before = inspector::look(&stage.world, &lesson.name)?;
            lesson.edit("tags: { course: one }", to)?;
            let was_killed = killed(stage, &lesson, "apply", number, moment)?;
            lesson.edit(to, "tags: { course: one }")?;
            applied(stage, &lesson)?;
            let differences = differences(&before, &inspector::look(&stage.world, &lesson.name)?);
            ensure!(differences.is_empty(), "{}", differences.join("\n"));
            let tags = stage.world.python(TAGS, &[&lesson.name])?;
            let one = json!({ "Name": format!("{}-vm", lesson.name), "course": "one" });
            let tags: Vec<String> = serde_json::from_value(tags)?;
            let tags: Vec<Value> = tags.iter().map(|tags| serde_json::from_str(tags)).collect::<Result<_, _>>()?;
            ensure!(tags == [one], "{tags:?}");
            ends(stage, &lesson)?;
            Ok(was_killed)
        })?;
        ensure!(spoilt >= 4, "{what}: only {spoilt} runs were spoilt");
    }
    Ok(())
}

/// It was to be retained and is taken out of the file: the machine and all that comes with it lose the marks.
#[test]
fn a_release_that_is_killed_is_finished_and_frees_the_disks_too() -> Result<()> {
    let spoilt = at_each_call(|stage, number, moment| {
        let lesson = stage.world.stack(&format!("freed-{number}{moment:?}").to_lowercase(), FILE)?;
        lesson.edit("    type: ec2.instance\n", "    type: ec2.instance\n    on_destroy: retain\n")?;
        applied(stage, &lesson)?;
        let id = stage.world.python(
            "ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}]\n\
             answer(client('ec2').describe_instances(Filters=ours)['Reservations'][0]['Instances'][0]['InstanceId'])",
            &[&lesson.name],
        )?;
        lesson.write(&format!(
            "stack: {}\nregion: us-east-1\nresources:\n  topic: {{ type: sns.topic }}\n",
            lesson.name
        ))?;
        let was_killed = killed(stage, &lesson, "apply", number, moment)?;
        applied(stage, &lesson)?;
        ends(stage, &lesson)?;
        let id = id.as_str().unwrap_or_default();
        let state = "answer(client('ec2').describe_instances(InstanceIds=sys.argv[1:])['Reservations'][0]['Instances'][0]['State']['Name'])";
        ensure!(stage.world.python(state, &[id])? == "running", "it was to stay");
        stage.world.python("client('ec2').terminate_instances(InstanceIds=sys.argv[1:])", &[id])?;
        Ok(was_killed)
    })?;
    ensure!(spoilt >= 6, "only {spoilt} runs were spoilt");
    Ok(())
}

/// Another address in the file: a second machine, and the first one goes.
#[test]
fn a_rename_that_is_killed_leaves_one_machine_with_one_disk_each() -> Result<()> {
    let spoilt = at_each_call(|stage, number, moment| {
        let lesson = stage.world.stack(&format!("renamed-{number}{moment:?}").to_lowercase(), FILE)?;
        applied(stage, &lesson)?;
        lesson.edit("  vm:\n", "  machine:\n")?;
        let was_killed = killed(stage, &lesson, "apply", number, moment)?;
        applied(stage, &lesson)?;
        let account = inspector::look(&stage.world, &lesson.name)?;
        let there: Vec<_> = account.keys().collect();
        ensure!(there == ["instance 1", "volume 1", "volume 2"], "{there:?}");
        ends(stage, &lesson)?;
        Ok(was_killed)
    })?;
    ensure!(spoilt >= 4, "only {spoilt} runs were spoilt");
    Ok(())
}

#[test]
fn a_stop_or_start_that_is_killed_is_finished() -> Result<()> {
    let state = "ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}]\n\
        answer(client('ec2').describe_instances(Filters=ours)['Reservations'][0]['Instances'][0]['State']['Name'])";
    let spoilt = at_each_call(|stage, number, moment| {
        let lesson = stage.world.stack(&format!("powered-{number}{moment:?}").to_lowercase(), FILE)?;
        applied(stage, &lesson)?;
        let mut was_killed = false;
        for (command, desired) in [("stop", "stopped"), ("start", "running")] {
            was_killed |= killed(stage, &lesson, command, number, moment)?;
            let gate = stage.open()?;
            run(&mut lesson.through(&gate, command, &["--yes"]))?.exits(0)?;
            ensure!(stage.world.python(state, &[&lesson.name])? == desired, "after {command}");
        }
        applied(stage, &lesson)?;
        ends(stage, &lesson)?;
        Ok(was_killed)
    })?;
    ensure!(spoilt == 2, "{spoilt} runs were spoilt");
    Ok(())
}
