//! The files in `docs/` that are created from the code are those that the code makes.
//!
//! `UPDATE_DOCS=1 cargo test --test reference` writes them again.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cloud101::reference::{markdown, permission_documents, stack_schema};
use cloud101::resource::Registry;
use cloud101::ui::json::document_schemas;
use serde_json::{Value, json};

#[test]
fn the_reference_is_what_the_specs_say() -> Result<()> {
    let example = |kind: &str| fs::read_to_string(format!("stacks/examples/{kind}.yaml")).ok();
    compare("docs/reference/README.md", &markdown(&Registry::builtin(), example))
}

#[test]
fn the_schema_for_editors_is_what_the_specs_say() -> Result<()> {
    compare(
        "docs/reference/stack.schema.json",
        &format!("{}\n", serde_json::to_string_pretty(&stack_schema(&Registry::builtin()))?),
    )
}

#[test]
fn the_schemas_of_the_json_documents_are_what_their_types_say() -> Result<()> {
    for (name, schema) in document_schemas() {
        compare(&format!("docs/reference/{name}"), &format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
    }
    Ok(())
}

#[test]
fn the_policies_are_made_of_what_the_kinds_need() -> Result<()> {
    for (name, document) in permission_documents(&Registry::builtin()) {
        compare(&format!("docs/{name}"), &format!("{}\n", serde_json::to_string_pretty(&document)?))?;
    }
    Ok(())
}

#[test]
fn every_kind_has_an_example_named_after_it() -> Result<()> {
    for kind in Registry::builtin().all() {
        let word = kind.name().rsplit('.').next().unwrap_or_default();
        let stack = yaml(format!("stacks/examples/{}.yaml", kind.name()))?;
        ensure!(stack["resources"][word]["type"] == kind.name(), "{} has no `{word}` in its example", kind.name());
    }
    Ok(())
}

#[test]
fn every_stack_here_fits_the_schema() -> Result<()> {
    let validator = jsonschema::validator_for(&stack_schema(&Registry::builtin()))?;
    let mut stacks = 0;
    for folder in ["stacks", "stacks/examples"] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let errors: Vec<_> = validator
                    .iter_errors(&yaml(&path)?)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                ensure!(errors.is_empty(), "{}: {errors:#?}", path.display());
                stacks += 1;
            }
        }
    }
    ensure!(stacks > Registry::builtin().all().count(), "only {stacks} stacks found");
    Ok(())
}

#[test]
fn the_schema_refuses_what_cloud101_refuses() -> Result<()> {
    let validator = jsonschema::validator_for(&stack_schema(&Registry::builtin()))?;
    let bucket = |property: &str, value: Value| json!({ "stack": "a", "resources": { "b": { "type": "s3.bucket", property: value } } });
    ensure!(validator.is_valid(&bucket("versioning", json!(true))));
    ensure!(!validator.is_valid(&bucket("versioning", json!("on"))), "a wrong type");
    ensure!(!validator.is_valid(&bucket("colour", json!("red"))), "an unknown property");
    ensure!(!validator.is_valid(&bucket("type", json!("s3.bukket"))), "an unknown kind");
    ensure!(!validator.is_valid(&json!({ "stack": "a", "resources": { "b": {} } })), "no type");
    let function = json!({ "stack": "a", "resources": { "f": { "type": "lambda.function" } } });
    ensure!(!validator.is_valid(&function), "required properties missing");
    Ok(())
}

fn yaml(path: impl AsRef<Path>) -> Result<Value> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_yaml::from_str(&text).with_context(|| path.display().to_string())
}

fn compare(path: &str, desired: &str) -> Result<()> {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all("docs")?;
        return fs::write(path, desired).context("writing");
    }
    let found = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    let differs = found.lines().zip(desired.lines()).position(|(found, desired)| found != desired);
    let line = differs.unwrap_or_else(|| found.lines().count().min(desired.lines().count())) + 1;
    ensure!(
        found == desired,
        "{path} is not what the specs say, from line {line} on; to renew it: UPDATE_DOCS=1 cargo test --test reference"
    );
    Ok(())
}
