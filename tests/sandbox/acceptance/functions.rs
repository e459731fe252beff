//! Functions whose code is not of this computer.

use std::fs;
use std::io::{Cursor, Write};

use anyhow::{Context as _, Result, ensure};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::fixture::Fixture;

/// An archive with a function that returns `word`.
fn package(word: &str) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("index.py", SimpleFileOptions::default())?;
    writer.write_all(format!("def handler(event, context):\n    return '{word}'\n").as_bytes())?;
    Ok(writer.finish()?.into_inner())
}

/// With the version of the object, a function gets what is put in its place.
#[test]
fn code_in_a_bucket_becomes_a_function_and_a_new_version_of_it_its_code() -> Result<()> {
    let fixture = Fixture::shared()?;
    let stack = fixture.stack(
        "packaged",
        "resources:
  bucket: { type: s3.bucket, name: 'packaged-${aws.account_id}', versioning: true }
  package: { type: s3.object, bucket: '${bucket.name}', key: large.zip, source: large.zip }
  role: { type: iam.role, assumed_by: lambda.amazonaws.com }
  function:
    type: lambda.function
    runtime: python3.13
    handler: index.handler
    role: '${role.arn}'
    code_s3: { bucket: '${package.bucket}', key: '${package.key}', version: '${package.version_id}' }
",
    )?;
    let put = |word: &str| -> Result<()> {
        let folder = stack.file();
        Ok(fs::write(folder.parent().context("no folder")?.join("large.zip"), package(word)?)?)
    };
    let file = stack.file().display().to_string();
    let answers = |word: &str| -> Result<()> {
        fixture.cloud101(&["--sandbox", "invoke", "function", "--stack", &file])?.exits(0)?.says(word).map(drop)
    };
    put("first")?;
    stack.apply()?;
    stack.is_settled()?;
    answers("first")?;

    put("second")?;
    let changes = stack.changes()?.join("\n");
    ensure!(changes.contains("function: update") && changes.contains("code_s3.version"), "{changes}");
    stack.apply()?;
    stack.is_settled()?;
    answers("second")?;
    stack.destroy()
}
