//! Which steps upload something, as a plan says it.

use std::fs;

use serde_json::json;

use crate::plan::options::{Goal, Options};
use crate::plan::{Action, Plan};
use crate::testing::{Account, addresses, plan, planned, refused, stack_in};

use super::step;

const STACK: &str = "resources:
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    code: code
    memory_mib: 128
    role: arn:aws:iam::123456789012:role/lambda
  file: { type: s3.object, bucket: data, key: a.txt, source: a.txt }
  text: { type: s3.object, bucket: data, key: b.txt, content: b }
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("code")).unwrap();
    fs::write(folder.path().join("code/index.py"), "x = 1\n").unwrap();
    fs::write(folder.path().join("a.txt"), "hello").unwrap();
    folder
}

/// What is uploaded, `function code 1 6`: the property, how many files, how many bytes; and the properties of it that
/// are shown beside those that change.
fn uploads(plan: &Plan) -> Vec<String> {
    let uploads = plan.steps.iter().filter_map(|step| Some((step, step.upload.as_ref()?)));
    let said = uploads.map(|(step, upload)| {
        let local: Vec<_> = step.local.iter().map(|change| change.path.as_str()).collect();
        format!("{} {} {} {}, {}", step.address, upload.property, upload.count, upload.bytes, local.join(" "))
    });
    said.collect()
}

#[test]
fn what_is_made_replaced_or_changed_in_its_content_is_uploaded_and_nothing_else() {
    let folder = folder();
    let stack = stack_in(folder.path(), STACK);
    let all = ["function code 1 6, code", "file source 1 5, source"];
    assert_eq!(uploads(&plan(&stack, &Account::default())), all);
    let mut account = Account::after(&stack);
    assert_eq!(uploads(&plan(&stack, &account)), [""; 0]);
    account.drift("function", "memory_mib", json!(256)).drift("file", "cache_control", json!("no-cache"));
    assert_eq!(step(&plan(&stack, &account), "function").action, Action::Update);
    assert_eq!(uploads(&plan(&stack, &account)), [""; 0]);
    account.drift("function", "code_sha256", json!("other")).drift("file", "content_sha256", json!("other"));
    account.drift("text", "content_sha256", json!("other"));
    assert_eq!(uploads(&plan(&stack, &account)), all);
    let replace = Options { replace: addresses(["function"]), ..Options::default() };
    let plan = planned(&stack, &Account::after(&stack), Goal::Apply, &replace);
    assert_eq!(uploads(&plan), all[..1]);
    let replaced = &step(&plan, "function").action;
    assert!(matches!(replaced, Action::Replace { .. }), "{replaced:?}");
}

/// A list of other files than those of which the hash is in the plan would be a lie.
#[test]
fn code_that_can_no_longer_be_read_makes_no_plan() {
    let folder = folder();
    let stack = stack_in(folder.path(), STACK);
    fs::write(folder.path().join("code/.env"), "PASSWORD=x").unwrap();
    let errors = refused(&stack, &Account::default(), Goal::Apply, &Options::default());
    assert_eq!(errors.len(), 1);
    assert!(errors[0].error.message.contains("`code/.env`"), "{errors:?}");
}
