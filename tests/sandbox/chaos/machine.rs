//! The life of one machine with a disk of its own, killed at each changing call and led elsewhere afterwards: the file is
//! reverted, the machine is taken out of it, renamed, stopped or started.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::proxy::{Fault, Phase};
use crate::support::fixture::Fixture;
use crate::support::inspector::differences;
use crate::support::scenario::Run;

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
fn killed(run: &mut Run<'_>, command: &str, number: usize, phase: Phase) -> Result<bool> {
    run.inject(Fault::Kill(phase).at_change(number))?;
    let code = run.killed(command, &["--yes"])?;
    run.inject(|_| None)?;
    match code {
        None => Ok(true),
        Some(0) => Ok(false),
        Some(code) => bail!("it ended with {code}"),
    }
}

/// Plays `scene` for each changing call of it, killed before and after that, until there is none any more. The answer: how
/// many runs were spoilt.
fn at_each_call(mut scene: impl FnMut(usize, Phase) -> Result<bool>) -> Result<usize> {
    let mut spoilt = 0;
    for number in 0.. {
        for phase in [Phase::Before, Phase::After] {
            let was_killed = scene(number, phase).with_context(|| format!("call {number}, {phase:?}"))?;
            if !was_killed {
                println!("a machine: changing calls: {number}; spoilt runs: {spoilt}");
                return Ok(spoilt);
            }
            spoilt += 1;
        }
    }
    Ok(spoilt)
}

/// A tag that changes, one that comes and one that goes: whichever of machine, disks and network interface were reached
/// before the kill, the reverted file brings back all of them.
#[test]
fn an_update_that_is_killed_and_reverted_leaves_no_part_behind() -> Result<()> {
    let fixture = Fixture::shared()?;
    let mut run = Run::of_stack(&fixture, "reverted", FILE)?;
    run.apply()?;
    let before = run.account()?;
    for (what, to) in [
        ("changed", "tags: { course: two }"),
        ("added", "tags: { course: one, room: \"12\" }"),
        ("removed", "tags: {}"),
    ] {
        // Each leaves the machine as it found it.
        let spoilt = at_each_call(|number, phase| {
            run.lesson.edit("tags: { course: one }", to)?;
            let was_killed = killed(&mut run, "apply", number, phase)?;
            run.lesson.edit(to, "tags: { course: one }")?;
            run.apply()?;
            let differences = differences(&before, &run.account()?);
            ensure!(differences.is_empty(), "{}", differences.join("\n"));
            let tags = run.python(TAGS)?;
            let one = json!({ "Name": format!("{}-vm", run.lesson.name), "course": "one" });
            let tags: Vec<String> = serde_json::from_value(tags)?;
            let tags: Vec<Value> = tags.iter().map(|tags| serde_json::from_str(tags)).collect::<Result<_, _>>()?;
            ensure!(tags == [one], "{tags:?}");
            Ok(was_killed)
        })?;
        ensure!(spoilt >= 4, "{what}: only {spoilt} runs were spoilt");
    }
    run.ends()
}

/// It was to be retained and is taken out of the file: the machine and all that comes with it lose the marks.
#[test]
fn a_release_that_is_killed_is_finished_and_frees_the_disks_too() -> Result<()> {
    let fixture = Fixture::shared()?;
    let spoilt = at_each_call(|number, phase| {
        let mut run = Run::of_stack(&fixture, &format!("freed-{number}{phase:?}").to_lowercase(), FILE)?;
        run.lesson.edit("    type: ec2.instance\n", "    type: ec2.instance\n    on_destroy: retain\n")?;
        run.apply()?;
        let id = run.python(
            "ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}]\n\
             answer(client('ec2').describe_instances(Filters=ours)['Reservations'][0]['Instances'][0]['InstanceId'])",
        )?;
        let name = &run.lesson.name;
        let topic = format!("stack: {name}\nregion: us-east-1\nresources:\n  topic: {{ type: sns.topic }}\n");
        run.lesson.write(&topic)?;
        let was_killed = killed(&mut run, "apply", number, phase)?;
        run.apply()?;
        run.ends()?;
        let id = id.as_str().unwrap_or_default();
        let state = "answer(client('ec2').describe_instances(InstanceIds=sys.argv[1:])['Reservations'][0]['Instances'][0]['State']['Name'])";
        ensure!(fixture.python(state, &[id])? == "running", "it was to stay");
        fixture.python("client('ec2').terminate_instances(InstanceIds=sys.argv[1:])", &[id])?;
        Ok(was_killed)
    })?;
    ensure!(spoilt >= 6, "only {spoilt} runs were spoilt");
    Ok(())
}

/// Another address in the file: a second machine, and the first one goes.
#[test]
fn a_rename_that_is_killed_leaves_one_machine_with_one_disk_each() -> Result<()> {
    let fixture = Fixture::shared()?;
    let mut run = Run::of_stack(&fixture, "renamed", FILE)?;
    run.apply()?;
    let spoilt = at_each_call(|number, phase| {
        // There and back again: each begins with the one machine that the last has left.
        let (old, new) = if run.lesson.text()?.contains("  vm:\n") { ("vm", "machine") } else { ("machine", "vm") };
        run.lesson.edit(&format!("  {old}:\n"), &format!("  {new}:\n"))?;
        let was_killed = killed(&mut run, "apply", number, phase)?;
        run.apply()?;
        let account = run.account()?;
        let there: Vec<_> = account.keys().collect();
        ensure!(there == ["instance 1", "volume 1", "volume 2"], "{there:?}");
        Ok(was_killed)
    })?;
    ensure!(spoilt >= 4, "only {spoilt} runs were spoilt");
    run.ends()
}

#[test]
fn a_stop_or_start_that_is_killed_is_finished() -> Result<()> {
    let state = "ours = [{'Name': 'tag:cloud101:stack', 'Values': sys.argv[1:]}]\n\
        answer(client('ec2').describe_instances(Filters=ours)['Reservations'][0]['Instances'][0]['State']['Name'])";
    let fixture = Fixture::shared()?;
    let mut run = Run::of_stack(&fixture, "powered", FILE)?;
    run.apply()?;
    let spoilt = at_each_call(|number, phase| {
        let mut was_killed = false;
        for (command, desired) in [("stop", "stopped"), ("start", "running")] {
            was_killed |= killed(&mut run, command, number, phase)?;
            run.cloud101(command, &["--yes"])?.exits(0)?;
            ensure!(run.python(state)? == desired, "after {command}");
        }
        run.apply()?;
        Ok(was_killed)
    })?;
    ensure!(spoilt == 4, "{spoilt} runs were spoilt");
    run.ends()
}
