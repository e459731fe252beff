//! One of each for each student: who joins, who leaves, and what one of them can't have.

use anyhow::{Result, ensure};

use crate::proxy::{Call, Fault};
use crate::support::fixture::Fixture;
use crate::support::scenario::Run;

const RESOURCES: &str = "resources:\n  \
    news: { type: sns.topic }\n  \
    home: { type: s3.bucket, for_each: students, name: 'NAME-home-${each.key}', tags: { team: '${each.team}' } }\n  \
    queue: { type: sqs.queue, for_each: students, tags: { of: '${home.name}', news: '${news.name}' } }\n\
    outputs: { homes: '${home[*].name}' }\n";

fn class(name: &str, students: &str) -> String {
    format!("rosters: {{ students: {{ {students} }} }}\n{}", RESOURCES.replace("NAME", name))
}

#[test]
fn each_student_has_their_own_and_keeps_it_until_it_is_to_go() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "accept-class";
    let stack = fixture.stack(name, &class(name, "ana: { team: red }, bo: { team: blue }"))?;
    let ran = stack.run("apply", &["--yes"])?.exits(0)?.says("5 added")?;
    ran.says("homes[\"ana\"] = accept-class-home-ana")?.says("homes[\"bo\"]  = accept-class-home-bo")?;
    stack.is_settled()?;
    stack.run("plan", &["--replace", "home"])?.exits(0)?.says("2 to add, 0 to change, 2 to destroy")?;

    // Bo leaves, Carla joins: Bo's stays, and nothing of it is touched.
    let text = stack.text()?.replace("bo: { team: blue }", "carla: { team: green }");
    stack.write(&text)?;
    let ran = stack.run("apply", &["--yes"])?.exits(0)?.says("2 added, 0 changed, 0 destroyed")?;
    ran.says("no longer in the roster `students`: kept until --remove names it")?;
    stack.run("show", &[])?.exits(0)?.says("no longer in the roster: an apply keeps it")?;
    // Nothing is done to everybody when one is meant.
    stack.run("apply", &["--yes", "--remove", "ana"])?.exits(64)?.says("`ana` is still in a roster")?;
    stack
        .run("destroy", &["--yes", "--only", "dora"])?
        .exits(64)?
        .says("no resource of the stack has a copy for `dora`")?;
    stack.run("destroy", &["--yes", "--only", "ana", "--target", "home"])?.exits(64)?;
    let file = stack.file().display().to_string();
    let output = fixture.cloud101(&["--sandbox", "output", "homes[ana]", "--stack", &file])?.exits(0)?;
    ensure!(output.stdout.trim() == "accept-class-home-ana", "{output}");
    let there = fixture.marked(name)?.len();
    ensure!(there == 7, "{there}");

    // A roster that lost half of its lines removes no one.
    stack.write(&text.replace("carla: { team: green }, ", "").replace(", carla: { team: green }", ""))?;
    stack
        .run("apply", &["--yes", "--remove-absent"])?
        .exits(1)?
        .says("2 of 3 who have something are no longer in the roster `students`")?;
    stack.write(&text)?;

    stack.run("apply", &["--yes", "--remove", "bo"])?.exits(0)?.says("0 added, 0 changed, 2 destroyed")?;
    stack.is_settled()?;
    stack.run("destroy", &["--yes", "--only", "carla"])?.exits(0)?.says("2 destroyed")?;
    stack.run("apply", &["--yes", "--target", "home"])?.exits(0)?.says("1 added")?;
    stack.destroy()
}

/// What AWS refuses one student keeps nothing from the others, and the next apply makes only that. So it is with what a plan
/// finds impossible.
#[test]
fn what_one_student_can_not_have_all_others_get() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "accept-apart";
    let students: Vec<_> = (1..=6).map(|n| format!("s{n}: {{ team: red }}")).collect();
    let text = class(name, &students.join(", "));
    let mut run = Run::of_stack(&fixture, name, &text)?;
    run.inject(|call: &Call| {
        let made =
            call.name.strip_prefix("s3:PUT /accept-apart-home-").filter(|_| !call.request.path.contains("tagging"))?;
        match made.get(..2)? {
            "s3" => Some(Fault::refuse(409, "BucketAlreadyExists", "The requested bucket name is not available.")),
            "s4" => Some(Fault::refuse(403, "AccessDenied", "User: ana is not authorized to perform: s3:CreateBucket")),
            "s5" | "s6" => Some(Fault::refuse(400, "TooManyBuckets", "You have attempted to create too many buckets")),
            _ => None,
        }
    })?;
    let said =
        run.cloud101("apply", &["--yes"])?.exits(1)?.says("home[\"s3\"]")?.says("5 done, 4 failed, 4 skipped")?;
    let said = said.says("Not done:")?.says("  home of s3, and so queue\n")?.says("  home of s4, and so queue\n")?;
    let said = said.says("  home of s5 and s6, and so queue\n")?.says(" --only s3,s4,s5,s6\n")?;
    ensure!(said.stderr.matches("TooManyBuckets").count() == 1, "each reason is reported once as it happens\n{said}");

    // One name is taken by something else before the next run.
    run.inject(|_| None)?;
    let theirs = "accept-apart-home-s4";
    fixture.python("client('s3').create_bucket(Bucket=sys.argv[1])", &[theirs])?;
    let said = run.cloud101("plan", &[])?.exits(1)?.says("Plan: 6 to add, 0 to change, 0 to destroy.")?;
    said.says("`accept-apart-home-s4` exists and does not have this stack's ownership tags")?;
    let said = run.cloud101("apply", &["--yes"])?.exits(1)?.says("Apply incomplete: 6 done, 2 not planned")?;
    said.says("without it, `queue[\"s4\"]` can't be planned either")?.says(" --only s4\n")?;
    let again = run.cloud101("apply", &["--yes"])?.exits(1)?;
    again.says("No changes in the resources that could be planned.")?;
    let left = fixture.python("answer(client('s3').get_bucket_location(Bucket=sys.argv[1]) and 1)", &[theirs])?;
    ensure!(left == 1, "what others have is there");
    fixture.python("client('s3').delete_bucket(Bucket=sys.argv[1])", &[theirs])?;
    run.cloud101("apply", &["--yes", "--only", "s4"])?.exits(0)?.says("2 added, 0 changed, 0 destroyed")?;
    run.is_settled()?;
    run.ends()
}

/// Each student has a machine of their own, which an apply finds again; and one that was everybody's goes when each gets one.
#[test]
fn a_machine_for_each_is_found_again() -> Result<()> {
    const MACHINE: &str = "type: ec2.instance, image: al2023, instance_type: t3.micro";
    let fixture = Fixture::shared()?;
    let name = "accept-machines";
    let stack = fixture.stack(name, &format!("resources: {{ vm: {{ {MACHINE} }} }}\n"))?;
    stack.apply()?;
    let each =
        format!("rosters: {{ students: [ana, bo] }}\nresources: {{ vm: {{ {MACHINE}, for_each: students }} }}\n");
    let text = stack.text()?;
    let head = text.split("resources:").next().unwrap_or_default();
    stack.write(&format!("{head}{each}"))?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("2 added, 0 changed, 1 destroyed")?;
    stack.is_settled()?;
    stack.edit("t3.micro", "t3.small")?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("0 added, 2 changed, 0 destroyed")?;
    stack.is_settled()?;
    // Only one is stopped, and stays so whatever else changes, until it is started.
    stack.run("stop", &["--yes", "--only", "dora"])?.exits(64)?.says("the stack has no instance `dora`")?;
    stack.run("stop", &["--yes", "--only", "bo"])?.exits(0)?.says("vm[\"bo\"]: stopped")?;
    stack.is_settled()?;
    stack.edit("t3.small", "t3.micro")?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("0 added, 2 changed, 0 destroyed")?;
    stack.run("plan", &[])?.exits(0)?.says("stopped by `cloud101 stop` (20")?;
    stack.run("start", &["--yes", "--target", "vm[bo]"])?.exits(0)?.says("vm[\"bo\"]: running")?;
    stack.is_settled()?;
    stack.run("destroy", &["--yes", "--only", "bo"])?.exits(0)?.says("1 destroyed")?;
    stack.destroy()
}
