//! What each student is given: the addresses that AWS says, in files for one pair of eyes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context as _, Result, ensure};

use crate::support::fixture::Fixture;

const TEXT: &str = "rosters: { students: { ana: { name: Ana Lovelace-Li }, bo: { name: Bo Turing-Ng } } }\n\
    resources:\n  \
    home: { type: s3.bucket, for_each: students, name: 'accept-handout-${each.key}' }\n  \
    machine: { type: ec2.instance, for_each: students, image: al2023, instance_type: t3.micro }\n\
    handout:\n  \
    for_each: students\n  \
    title: '${each.name}'\n  \
    link: https://class.example.edu/${home.name}\n  \
    lines: { Log in: 'ssh ec2-user@${machine.public_ip}', Bucket: '${home.name}' }\n";

/// The public addresses by the resource tag of the stack's instances.
const ADDRESSES: &str = "
own = [{'Name': 'tag:cloud101:stack', 'Values': [sys.argv[1]]}, {'Name': 'instance-state-name', 'Values': ['running']}]
found = client('ec2').describe_instances(Filters=own)['Reservations']
answer({tag['Value']: one['PublicIpAddress'] for group in found for one in group['Instances'] for tag in one['Tags']
        if tag['Key'] == 'cloud101:resource'})";

/// All that AWS has of two buckets and the stack's instances beside their contents.
const TAGS: &str = "
s3, ec2 = client('s3'), client('ec2')
own = [{'Name': 'tag:cloud101:stack', 'Values': [sys.argv[1]]}]
answer(str([s3.get_bucket_tagging(Bucket=f'accept-handout-{key}')['TagSet'] for key in ('ana', 'bo')])
       + str(ec2.describe_instances(Filters=own)['Reservations']))";

#[test]
fn each_student_is_handed_what_is_theirs_alone() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "accept-handout";
    let stack = fixture.stack(name, TEXT)?;
    let folder = stack.file().parent().context("a folder")?.to_owned();
    let at = |name: &str| folder.join(name).display().to_string();

    stack.run("handout", &["--to", &at("early.html")])?.exits(1)?.says("ana, bo: home, machine are missing")?;
    ensure!(!folder.join("early.html").exists());
    stack.run("apply", &["--yes", "--only", "ana"])?.exits(0)?;
    let ran = stack.run("handout", &["--format", "csv", "--to", &at("cards.csv")])?.exits(1)?;
    ran.says("1 card in ")?
        .says("bo: home, machine are missing")?
        .says("handout")?
        .says("--only bo --format csv --to ")?;
    stack.run("apply", &["--yes"])?.exits(0)?.says("2 added")?.says("handout")?;

    stack.run("handout", &["--to", &at("cards.html")])?.exits(0)?.says("2 cards in ")?;
    stack.run("handout", &["--format", "files", "--to", &at("cards")])?.exits(0)?;
    let addresses = fixture.python(ADDRESSES, &[name])?;
    let page = fs::read_to_string(folder.join("cards.html"))?;
    for (key, person) in [("ana", "Ana Lovelace-Li"), ("bo", "Bo Turing-Ng")] {
        let address = addresses[format!("machine:{key}")].as_str().with_context(|| addresses.to_string())?;
        let text = fs::read_to_string(folder.join(format!("cards/{key}.txt")))?;
        let expected = format!(
            "{person}\n\nLog in\n  ssh ec2-user@{address}\n\nBucket\n  {name}-{key}\n\nhttps://class.example.edu/{name}-{key}\n"
        );
        ensure!(text == expected, "{text}\n{expected}");
        ensure!(page.contains(&format!(">ec2-user@{address}<")), "the page has another address than {address}");
    }
    let mut written = vec!["cards.csv".to_owned(), "cards.html".to_owned()];
    written.extend(["ana", "bo"].map(|key| format!("cards/{key}.txt")));
    for name in written {
        let mode = fs::metadata(folder.join(&name))?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{name} has the mode {mode:o}");
    }
    let before = fs::read(folder.join("cards.html"))?;
    stack.run("handout", &["--to", &at("cards.html")])?.exits(64)?.says("already exists")?;
    ensure!(fs::read(folder.join("cards.html"))? == before);

    // What stands on a card is nowhere in AWS, and in nothing that programs read.
    let tags = fixture.python(TAGS, &[name])?.to_string();
    ensure!(tags.contains("cloud101:stack"), "{tags}");
    let plan = stack.run("plan", &["--json"])?.exits(0)?.stdout;
    let events = stack.run("apply", &["--yes", "--json"])?.exits(0)?.stdout;
    for said in [&tags, &plan, &events] {
        ensure!(!said.contains("Lovelace") && !said.contains("Turing"), "{said}");
    }

    // A machine that is stopped has no address, and a card without one would be worth nothing.
    stack.run("stop", &["--yes"])?.exits(0)?;
    let ran = stack.run("handout", &["--to", &at("stopped.html")])?.exits(1)?;
    ran.says("ana, bo: machine has no public_ip")?.says("start")?;
    stack.destroy()
}

const USERS: &str = "rosters: { students: [ana, bo] }\n\
    resources:\n  \
    student: { type: iam.user, for_each: students, console_password: true, access_key: true }\n\
    handout:\n  \
    for_each: students\n  \
    lines: { Your name: '${student.name}' }\n";

#[test]
fn credentials_are_on_the_cards_of_those_who_got_them() -> Result<()> {
    let fixture = Fixture::shared()?;
    let name = "accept-credentials";
    let stack = fixture.stack(name, USERS)?;
    let folder = stack.file().parent().context("a folder")?.to_owned();
    let at = |name: &str| folder.join(name).display().to_string();
    let said = stack.run("apply", &["--yes", "--credentials-to", &at("secrets")])?.exits(0)?;
    said.says("for 2 users, a file for each")?
        .says("The credentials of 2 users are in")?
        .says(&format!(" --credentials {}", at("secrets")))?;

    let cards = ["--format", "files", "--to", &at("cards"), "--credentials", &at("secrets")];
    stack.run("handout", &cards)?.exits(0)?.says("2 cards in ")?;
    for key in ["ana", "bo"] {
        let delivered = fs::read_to_string(folder.join(format!("secrets/{name}-student-{key}.txt")))?;
        let (_, lines) = delivered.split_once("\n\n").context("a title")?;
        let card = fs::read_to_string(folder.join(format!("cards/{key}.txt")))?;
        ensure!(card.ends_with(lines) && lines.contains("Secret access key\n  "), "{card}\n{delivered}");
        let mode = fs::metadata(folder.join(format!("cards/{key}.txt")))?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "{mode:o}");
    }
    // Whose file is lost gets the command that creates another; nothing is written where no one has a file.
    fs::remove_file(folder.join(format!("secrets/{name}-student-bo.txt")))?;
    let only = ["--only", "bo", "--to", &at("none.html"), "--credentials", &at("secrets")];
    stack.run("handout", &only)?.exits(1)?.says("has no file with the credentials of `student[\"bo\"]`")?;
    ensure!(!folder.join("none.html").exists());
    let again = ["--to", &at("again.html"), "--credentials", &at("secrets")];
    let said = stack.run("handout", &again)?.exits(1)?.says("2 cards in ")?;
    said.says("bo: the console password and access key of student are in none of the files")?
        .says(&format!(
            "apply {} --renew 'student[\"bo\"]' --credentials-to {}",
            stack.file().display(),
            at("secrets")
        ))?
        .says("--only bo --to ")?;
    let page = fs::read_to_string(folder.join("again.html"))?;
    ensure!(page.matches("<dt>Secret access key</dt>").count() == 1 && page.contains("<dt>Access key</dt>"), "{page}");
    stack.run("apply", &["--yes", "--credentials-to", &at("secrets"), "--renew", "student[\"bo\"]"])?.exits(0)?;
    let whole = ["--to", &at("whole.html"), "--credentials", &at("secrets")];
    stack.run("handout", &whole)?.exits(0)?;
    let page = fs::read_to_string(folder.join("whole.html"))?;
    ensure!(page.matches("<dt>Secret access key</dt>").count() == 2, "{page}");
    // A newer file was lost: what the older one says opens nothing any more. So it is after a destroy and another apply.
    stack.run("apply", &["--yes", "--credentials-to", &at("elsewhere"), "--renew", "student[\"ana\"]"])?.exits(0)?;
    let old = fs::read_to_string(folder.join(format!("secrets/{name}-student-ana.txt")))?;
    let secrets: Vec<_> = old.lines().filter_map(|line| line.strip_prefix("  ")).skip(2).collect();
    let stale = ["--format", "files", "--to", &at("stale"), "--credentials", &at("secrets")];
    let said = stack.run("handout", &stale)?.exits(1)?;
    said.says("ana: the console password and access key of student were deleted or replaced since")?
        .says("--renew 'student[\"ana\"]'")?;
    let card = fs::read_to_string(folder.join("stale/ana.txt"))?;
    ensure!(card.contains("Access key\n  no longer valid: ask for a new one"), "{card}");
    ensure!(secrets.len() == 4 && !secrets.iter().any(|secret| card.contains(secret)), "{card}");
    let bo = fs::read_to_string(folder.join("stale/bo.txt"))?;
    ensure!(bo.contains("Secret access key\n  "), "{bo}");
    stack.run("destroy", &["--yes"])?.exits(0)?;
    stack.run("apply", &["--yes", "--credentials-to", &at("new")])?.exits(0)?;
    let said = stack.run("handout", &["--json", "--to", &at("all.html"), "--credentials", &at("secrets")])?.exits(1)?;
    let document: serde_json::Value = serde_json::from_str(said.stdout.lines().next().context("a document")?)?;
    let useless = document["useless_credentials"].as_array().context("what is of no use")?;
    ensure!(useless.len() == 4 && useless.iter().all(|one| one["why"] == "gone"), "{document:#}");
    let page = fs::read_to_string(folder.join("all.html"))?;
    ensure!(!page.contains("Secret access key"), "{page}");
    stack.destroy()
}
