//! A class: a bucket, a role, a function and an instance for each student.

use std::path::Path;

use anyhow::Result;

const HEAD: &str = "stack: class\nregion: us-east-1\n";

/// Which form the stack file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With a roster.
    Roster,
    /// Each resource by itself, as builds without rosters take it.
    OneByOne,
}

fn key(n: usize) -> String {
    format!("s{n:04}")
}

/// The four resources; `home` and `role` are what the function and the policy refer to, `copy` a line that makes each a copy.
fn four([home, role, agent, machine]: [&str; 4], bucket: &str, copy: &str) -> String {
    format!(
        "  {home}:\n    type: s3.bucket\n{copy}    name: cloud101-${{aws.account_id}}-{bucket}\n  {role}:\n    type: iam.role\n{copy}    \
         assumed_by: lambda.amazonaws.com\n    inline_policies:\n      files:\n        Version: \"2012-10-17\"\n        Statement:\n          \
         - {{ Effect: Allow, Action: [\"s3:GetObject\", \"s3:PutObject\"], Resource: \"${{{home}.arn}}/*\" }}\n  {agent}:\n    \
         type: lambda.function\n{copy}    runtime: python3.13\n    handler: index.handler\n    code: index.py\n    role: \
         ${{{role}.arn}}\n  {machine}:\n    type: ec2.instance\n{copy}    image: al2023\n    instance_type: t3.micro\n"
    )
}

/// Writes the stack file for so many students, and what it names, and gives its path.
pub fn write(folder: &Path, form: Form, students: usize) -> Result<String> {
    let keys = (1..=students).map(key);
    let text = match form {
        Form::Roster => {
            let roster: String = keys.map(|key| format!("{key}\n")).collect();
            std::fs::write(folder.join("roster.csv"), format!("id\n{roster}"))?;
            let copies = four(["home", "role", "agent", "machine"], "${each.key}", "    for_each: students\n");
            format!("{HEAD}rosters:\n  students: roster.csv\nresources:\n{copies}")
        }
        Form::OneByOne => {
            let one = |key: String| {
                let names = ["home", "role", "agent", "machine"].map(|name| format!("{name}_{key}"));
                four(names.each_ref().map(String::as_str), &key, "")
            };
            format!("{HEAD}resources:\n{}", keys.map(one).collect::<String>())
        }
    };
    std::fs::write(folder.join("index.py"), "def handler(event, context):\n    return event\n")?;
    let path = folder.join("cloud101.yaml");
    std::fs::write(&path, text)?;
    Ok(path.display().to_string())
}
