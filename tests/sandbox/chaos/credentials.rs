//! A user with a console password and an access key: killed before and after each changing call, and robbed of each answer,
//! the next run leaves one key and one password, whose secrets are in a file and nowhere else.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::proxy::{Fault, Phase};
use crate::support::fixture::Fixture;
use crate::support::scenario::Run;

const TEXT: &str = "resources:\n  ana:\n    type: iam.user\n    console_password: true\n    access_key: true\n";

/// The ids of the keys, the tags, and the time of the password.
const LOOK: &str = "iam, name = client('iam'), sys.argv[1] + '-ana'\n\
    keys = [key['AccessKeyId'] for key in iam.list_access_keys(UserName=name)['AccessKeyMetadata']]\n\
    tags = {tag['Key']: tag['Value'] for tag in iam.get_user(UserName=name)['User']['Tags']}\n\
    answer([keys, tags, iam.get_login_profile(UserName=name)['LoginProfile']['UserName']])";

/// The calls of the run: the user, what is about to be created, the password, the key, what was delivered.
const CALLS: usize = 5;

fn options<'a>(folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["--yes", "--credentials-to", folder].into_iter().chain(more.iter().copied()).collect()
}

/// The files of hand-outs.
fn files(folder: &Path) -> Result<Vec<String>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let files = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    files.map(|path| Ok(fs::read_to_string(path)?)).collect()
}

/// What stands below a label.
fn below<'a>(text: &'a str, label: &str) -> Result<&'a str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(label));
    lines.nth(1).map(str::trim).with_context(|| format!("no {label} in {text}"))
}

/// There is one key, which was delivered.
fn is_delivered(fixture: &Fixture, name: &str, folder: &Path) -> Result<()> {
    let found = fixture.python(LOOK, &[name])?;
    let files = files(folder)?;
    let Value::Array(keys) = &found[0] else { bail!("{found}") };
    let ([key], [text]) = (&keys[..], &files[..]) else { bail!("not one key and one file: {found} {files:?}") };
    let id = below(text, "Access key ID")?;
    ensure!(key == id && below(text, "Secret access key")?.len() > 30, "{found} {text}");
    ensure!(below(text, "Password (")?.len() >= 20, "{found} {text}");
    let mark = found[1]["cloud101:access-key"].as_str().unwrap_or_default();
    ensure!(mark.starts_with(id), "{found}");
    Ok(())
}

fn spoilt(fixture: &Fixture, call: usize, fault: Fault, word: &str) -> Result<()> {
    let name = format!("keys-{word}-{call}");
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().display().to_string();
    let is_kill = matches!(fault, Fault::Kill(_));
    let mut run = Run::of_stack(fixture, &name, TEXT)?.with_faults(fault.at_change(call))?;
    if is_kill {
        if let Some(code) = run.killed("apply", &options(&folder, &[]))? {
            bail!("it ended with {code} before it could be killed");
        }
        run.inject(|_| None)?;
    }
    run.cloud101("apply", &options(&folder, &[]))?.exits(0)?;
    is_delivered(fixture, &name, temporary.path())?;
    run.is_settled()?;
    run.ends()
}

#[test]
fn a_run_that_is_spoilt_anywhere_leaves_one_key_which_is_in_a_file() -> Result<()> {
    let fixture = Fixture::shared()?;
    for call in 0..CALLS {
        for (fault, word) in [
            (Fault::Kill(Phase::Before), "before"),
            (Fault::Kill(Phase::After), "after"),
            (Fault::Cut(Phase::After), "lost"),
        ] {
            spoilt(&fixture, call, fault, word).with_context(|| format!("{word} call {call}"))?;
        }
    }
    Ok(())
}

#[test]
fn secrets_are_in_the_file_and_nowhere_else() -> Result<()> {
    let fixture = Fixture::shared()?;
    let (name, temporary) = ("keys-secret", tempfile::tempdir()?);
    let folder = temporary.path().display().to_string();
    let run = Run::of_stack(&fixture, name, TEXT)?;
    let saved = temporary.path().join("users.plan").display().to_string();
    let planned = run.cloud101("plan", &["--out", &saved])?.exits(0)?;
    let mut said = vec![planned.says("AWS shows the console password and access key only once")?];
    said.push(run.cloud101("apply", &options(&folder, &["--json", "-vv"]))?.exits(0)?);
    ensure!(run.proxy.changing_calls().len() == CALLS, "{:?}", run.proxy.changing_calls());
    let password = run.proxy.calls().into_iter().find(|call| call.name == "iam:CreateLoginProfile");
    // Moto forgets it.
    let is_for_once = password.and_then(|call| call.request.field("PasswordResetRequired"));
    ensure!(is_for_once.as_deref() == Some("true"), "{is_for_once:?}");
    is_delivered(&fixture, name, temporary.path())?;
    let text = files(temporary.path())?.remove(0);
    let secrets = [below(&text, "Secret access key")?.to_owned(), below(&text, "Password (")?.to_owned()];

    said.push(run.cloud101("apply", &options(&folder, &["-vv"]))?.exits(0)?.says("No changes")?);
    said.push(run.cloud101("show", &["--json", "-vv"])?.exits(0)?);
    let renewed = run.cloud101("apply", &options(&folder, &["--renew", "ana", "-vv"]))?.exits(0)?;
    said.push(renewed.says("created again, as requested")?);
    let files = files(temporary.path())?;
    ensure!(files.len() == 2, "{files:?}");
    let found = fixture.python(LOOK, &[name])?;
    let keys = found[0].as_array().map(Vec::len);
    ensure!(keys == Some(1) && !text.contains(found[0][0].as_str().context("a key")?), "{found}");
    let mut all: Vec<_> = said.iter().map(ToString::to_string).collect();
    all.extend([fs::read_to_string(&saved)?, found.to_string()]);
    let more = files.iter().map(|text| Ok(below(text, "Secret access key")?.to_owned()));
    for secret in more.collect::<Result<Vec<_>>>()?.iter().chain(&secrets) {
        ensure!(all.iter().all(|said| !said.contains(secret.as_str())), "a secret was said");
    }
    let destroyed = run.cloud101("destroy", &["--yes"])?.exits(0)?;
    destroyed.says("its console password and 1 access key end with it")?;
    Ok(())
}
