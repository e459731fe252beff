//! A bucket that has been written to for a while.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::{Destroyed, LIMIT, destroy};
use crate::support::fixture::Fixture;

/// How many versions and delete markers; `CLOUD101_TEST_VERSIONS=10000` for as many as a busy class leaves.
const VERSIONS: usize = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_many_versions_is_emptied_a_thousand_at_a_time() -> Result<()> {
    let chosen = std::env::var("CLOUD101_TEST_VERSIONS").ok().and_then(|text| text.parse().ok());
    let versions: usize = chosen.unwrap_or(VERSIONS);
    let fixture = Fixture::shared()?;
    let text = "resources:\n  bucket:\n    type: s3.bucket\n    name: many-versions-bucket\n    versioning: true\n";
    let stack = fixture.stack("many-versions", text)?;
    stack.apply()?;
    // Half of them delete markers, some under a key that XML and URLs write otherwise.
    let seed = "from concurrent.futures import ThreadPoolExecutor\n\
        s3, bucket, pairs = client('s3'), sys.argv[1], int(sys.argv[2]) // 2\n\
        def put(n):\n\
        \x20   key = f'a b&{n % 50}/ü'\n\
        \x20   s3.put_object(Bucket=bucket, Key=key, Body=b'x')\n\
        \x20   s3.delete_object(Bucket=bucket, Key=key)\n\
        with ThreadPoolExecutor(8) as pool:\n\
        \x20   list(pool.map(put, range(pairs)))\n\
        pages = s3.get_paginator('list_object_versions').paginate(Bucket=bucket)\n\
        answer(sum(len(page.get('Versions', [])) + len(page.get('DeleteMarkers', [])) for page in pages))";
    let started = Instant::now();
    let made = fixture.python(seed, &["many-versions-bucket", &versions.to_string()])?;
    ensure!(made == versions, "{made} versions and delete markers instead of {versions}");
    let seeded = started.elapsed();

    let Destroyed { summary, took, proxy } = destroy(&stack.file(), &stack.name, false, |_| None).await?;
    ensure!(summary.is_complete(), "{summary:?}");
    ensure!(took < LIMIT, "{versions} versions took {took:?}");
    // A page of the emulator is not always full.
    let batches = proxy.calls().iter().filter(|call| call.name.contains("?delete")).count();
    let most = versions.div_ceil(1000) + 1;
    ensure!(batches <= most, "{batches} calls of DeleteObjects, and {most} would do");
    println!("{versions} versions and delete markers: made in {seeded:?}, gone in {took:?} with {batches} calls");
    ensure!(fixture.marked("many-versions")?.is_empty(), "it is still there");
    Ok(())
}
