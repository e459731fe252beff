//! `docs/permissions.json`, the IAM policy for whoever runs cloud101, allows each call that the code makes, and
//! nothing that neither the code nor AWS's own checks need.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cloud101::aws::permission;
use serde_json::Value;

const POLICY: &str = "docs/permissions.json";

/// How long a managed policy may be, white space not counted (IAM quotas).
const SIZE: usize = 6144;

/// What is needed although no call has its name.
const BESIDES: [(&str, &str); 8] = [
    ("ec2:DescribeSubnets", "AWS checks it when a function gets a `vpc`"),
    ("iam:CreateServiceLinkedRole", "the account's first spot instance"),
    ("iam:PassRole", "AWS checks it when a function or an instance profile gets a role"),
    ("iam:DetachGroupPolicy", "also in the statement on roles"),
    ("lambda:GetLayerVersion", "AWS checks it when a function gets `layers`"),
    ("lambda:ListTags", "without it GetFunction does not tell the tags"),
    ("logs:GetLogEvents", "the lesson: what a function has written"),
    ("sns:Publish", "the lesson"),
];

#[test]
fn the_policy_allows_what_the_code_calls_and_no_more() -> Result<()> {
    let mut operations = BTreeSet::new();
    collect(Path::new("src"), &mut operations)?;
    ensure!(operations.len() > 100, "only {} operations found in src/", operations.len());
    let needed: BTreeSet<String> = operations
        .iter()
        .flat_map(|operation| permission::of(operation).split(" and ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let allowed = allowed()?;
    let missing: Vec<_> = needed.difference(&allowed).collect();
    ensure!(missing.is_empty(), "{POLICY} lacks {missing:?}");
    let known = |action: &&String| needed.contains(*action) || BESIDES.iter().any(|(besides, _)| besides == action);
    let idle: Vec<_> = allowed.iter().filter(|action| !known(action)).collect();
    ensure!(idle.is_empty(), "{POLICY} allows what nothing needs: {idle:?}");
    Ok(())
}

#[test]
fn the_policy_is_short_enough_for_iam() -> Result<()> {
    let size = fs::read_to_string(POLICY)?.chars().filter(|c| !c.is_whitespace()).count();
    ensure!(size <= SIZE, "{POLICY} has {size} characters, and IAM takes {SIZE}");
    Ok(())
}

fn allowed() -> Result<BTreeSet<String>> {
    let policy: Value = serde_json::from_str(&fs::read_to_string(POLICY)?)?;
    let statements = policy["Statement"].as_array().context("no statements")?;
    let actions = statements.iter().flat_map(|statement| match &statement["Action"] {
        Value::String(action) => vec![action.clone()],
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    });
    Ok(actions.collect())
}

/// The names given to calls: `.call("ec2:RunInstances")`.
fn collect(folder: &Path, operations: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, operations)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text: String = fs::read_to_string(&path)?.split_whitespace().collect();
            for start in [".call(\"", ".call_if_found(\"", "OPERATION:&str=\""] {
                let names = text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].split('"').next());
                // A fake kind in a test has calls of its own, which belong to no service.
                operations.extend(names.filter(|name| name.contains(':')).map(str::to_owned));
            }
        }
    }
    Ok(())
}
