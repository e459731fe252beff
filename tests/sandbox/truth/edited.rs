//! Files that are edited between the plan and the step that uploads them: nothing of them gets into the account.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use cloud101::explain::Code;
use cloud101::plan::options::Goal;
use serde_json::{Value, json};

use crate::proxy::Call;
use crate::support::TestSandbox;
use crate::support::session::Session;

const KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/ teacher@example.edu\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f other@example.edu\n",
];

/// What is read from a file: the file, and what is in it before and after it is edited.
const FILES: [(&str, &str, [&str; 2]); 4] = [
    ("key", "teacher.pub", KEYS),
    ("page", "page.html", ["<p>one</p>\n", "<p>two</p>\n"]),
    (
        "function",
        "agent/index.py",
        ["def handler(event, context): return 1\n", "def handler(event, context): return 2\n"],
    ),
    ("single", "alone.py", ["def handler(event, context): return 1\n", "def handler(event, context): return 2\n"]),
];

fn document(name: &str, round: &str) -> Value {
    let function = |code: &str, handler: &str| json!({ "type": "lambda.function", "runtime": "python3.13", "handler": handler, "code": code, "role": "${role.arn}" });
    json!({
        "stack": name,
        "region": "us-east-1",
        "tags": { "round": round },
        "resources": {
            "key": { "type": "ec2.key_pair", "public_key": "teacher.pub" },
            "bucket": { "type": "s3.bucket", "name": format!("{name}-files"), "empty_on_destroy": true },
            "page": { "type": "s3.object", "bucket": "${bucket.name}", "key": "page.html", "source": "page.html" },
            "role": { "type": "iam.role", "assumed_by": "lambda.amazonaws.com" },
            "function": function("agent", "index.handler"),
            "single": function("alone.py", "alone.handler"),
        },
    })
}

fn write(folder: &Path, version: usize) -> Result<()> {
    fs::create_dir_all(folder.join("agent"))?;
    FILES.iter().try_for_each(|(_, file, texts)| Ok(fs::write(folder.join(file), texts[version])?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_edited_while_the_question_is_open_changes_nothing() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let folder = tempfile::tempdir()?;
    let name = "edited-open";
    let session = Session::open(&sandbox, name, folder.path()).await?;
    write(folder.path(), 0)?;
    // Once for what is made, once for what is there already and gets another tag.
    for round in ["one", "two"] {
        let document = document(name, round);
        for (address, file, texts) in FILES {
            let (stack, plan) = session.plan(&document, Goal::Apply).await?;
            fs::write(folder.path().join(file), texts[1])?;
            let before = session.proxy.changing_calls().len();
            let summary = session.attempt(stack, plan).await;
            let calls = session.proxy.changing_calls();
            ensure!(calls.len() == before, "{round}, {file}: {:?}", &calls[before..]);
            let (task, error) = &summary.failed[0];
            ensure!(summary.failed.len() == 1 && error.explained() == Code::Changed, "{round}, {file}: {summary:?}");
            let named = file.split('/').next().unwrap_or(file);
            ensure!(error.message.contains(named), "{address} ({task:?}): {error}");
            fs::write(folder.path().join(file), texts[0])?;
        }
        session.run(&document, Goal::Apply).await?;
        session.is_settled(&document).await?;
    }
    session.run(&document(name, "two"), Goal::Destroy).await?;
    session.nothing_is_left().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_edited_during_the_run_is_not_uploaded() -> Result<()> {
    let sandbox = TestSandbox::shared()?;
    let folder = tempfile::tempdir()?;
    let name = "edited-running";
    write(folder.path(), 0)?;
    let page = folder.path().join("page.html");
    // The bucket comes before the page that goes into it.
    let rule = move |call: &Call| {
        if call.changing.is_some() && call.name.contains("edited-running-files") {
            fs::write(&page, "<p>edited meanwhile</p>\n").expect("the page can be written");
        }
        None
    };
    let session = Session::at(&sandbox, name, folder.path(), rule).await?;
    let document = document(name, "one");
    let (stack, plan) = session.plan(&document, Goal::Apply).await?;
    let summary = session.attempt(stack, plan).await;
    let (_, error) = &summary.failed[0];
    ensure!(summary.failed.len() == 1, "{summary:?}");
    ensure!(error.message.contains("page.html") && error.explained() == Code::Changed, "{error}");
    let calls = session.proxy.changing_calls();
    let puts: Vec<_> = calls.into_iter().filter(|call| call.contains("page.html")).collect();
    ensure!(puts.is_empty(), "{puts:?}");
    session.run(&document, Goal::Apply).await?;
    session.is_settled(&document).await?;
    session.run(&document, Goal::Destroy).await?;
    session.nothing_is_left().await
}
