//! What the program itself takes for large stacks, where AWS answers at once: processor time of `plan`, and how long graphs
//! and pages take. Beside another build of the program, in one run, so that the machine's own speed does not matter.
//!
//! By hand: `cargo bench --profile dev --bench plan -- --against PATH_TO_OTHER_BINARY`. Without `--against` only this
//! build is measured; `--sizes 500,1000` in place of the usual ones, `--only secret` for the rows with that word.

#[allow(dead_code, reason = "only the account of topics is used")]
#[path = "../../tests/cli/fake_aws.rs"]
mod fake_aws;
#[allow(dead_code, reason = "what is shared with the tests")]
#[path = "../../tests/http/mod.rs"]
mod http;
mod machines;
#[path = "../../tests/model/mod.rs"]
mod model;
#[allow(dead_code, reason = "what is shared with the other benches")]
#[path = "../program/mod.rs"]
mod program;
#[path = "../../tests/proxy/mod.rs"]
mod proxy;
mod stacks;
mod topics;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use fake_aws::FakeAws;
use program::{Program, Took};

/// How often each command runs; the least is what it takes.
const TIMES: usize = 3;
const SIZES: [usize; 4] = [500, 1000, 2000, 4000];
/// What takes longer does not end.
const LIMIT: Duration = Duration::from_secs(60);
/// A stack of so many in which each depends on all before it.
const DENSE: usize = 600;
const SECRETS: usize = 2000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|n| arguments.get(n + 1));
    let mut programs = vec![Program::new(Path::new(env!("CARGO_BIN_EXE_cloud101")))];
    programs.extend(value("--against").map(|path| Program::new(&PathBuf::from(path))));
    let sizes = match value("--sizes") {
        Some(sizes) => sizes.split(',').map(str::parse).collect::<Result<_, _>>().context("--sizes 500,1000")?,
        None => SIZES.to_vec(),
    };
    let only = value("--only").cloned().unwrap_or_default();
    let bench = Bench { programs, folder: tempfile::tempdir()?, only };
    println!("| what | processor time, s | for each resource, ms | the other, s | ratio | wall, s | the other, s |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for size in &sizes {
        bench.of_size(*size)?;
    }
    bench.dense()?;
    bench.secrets()
}

struct Bench {
    /// This build, and the one to compare with.
    programs: Vec<Program>,
    folder: TempDir,
    /// What a row's name has to hold to be measured.
    only: String,
}

impl Bench {
    fn of_size(&self, size: usize) -> Result<()> {
        let mixed = self.write("mixed.yaml", &stacks::mixed(size))?;
        let empty = FakeAws::empty();
        self.row(&format!("plan, {size} resources of six kinds to create"), size, &empty, &["plan", &mixed])?;
        let machines = self.write("machines.yaml", &stacks::machines(size))?;
        let account = machines::account(size);
        self.row(&format!("plan, {size} machines and firewalls that are there"), size, &account, &["plan", &machines])?;
        let topics = self.write("topics.yaml", &stacks::topics(size))?;
        let account = topics::account();
        self.programs[0].run(&account.url, &["apply", "--yes", &topics])?;
        self.row(&format!("plan, {size} topics, nothing to change"), size, &account, &["plan", &topics])
    }

    fn dense(&self) -> Result<()> {
        let stack = self.write("dense.yaml", &stacks::dense(DENSE))?;
        let page = self.folder.path().join("page.html").display().to_string();
        let aws = FakeAws::empty();
        for format in ["svg", "mermaid", "dot"] {
            let command = ["graph", "--format", format, &stack];
            self.row(&format!("graph --format {format}, {DENSE} resources with all edges"), DENSE, &aws, &command)?;
        }
        let command = ["plan", "--html", &page, &stack];
        self.row(&format!("plan --html, {DENSE} resources with all edges"), DENSE, &aws, &command)
    }

    fn secrets(&self) -> Result<()> {
        let aws = FakeAws::empty();
        for secrets in [0, SECRETS] {
            let stack = self.write("secrets.yaml", &stacks::with_secrets(200, secrets))?;
            self.row(&format!("plan, 200 topics and {secrets} secret variables"), 200, &aws, &["plan", &stack])?;
        }
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// Runs a command in turns and prints the least that each build took.
    fn row(&self, what: &str, size: usize, aws: &FakeAws, command: &[&str]) -> Result<()> {
        if !what.contains(&self.only) {
            return Ok(());
        }
        // Processor time and time.
        let mut least: Vec<Option<(f64, f64)>> = vec![None; self.programs.len()];
        for _ in 0..TIMES {
            for (program, least) in self.programs.iter().zip(&mut least) {
                let Some(Took { cpu, wall, .. }) = program.run_within(Some(LIMIT), &aws.url, command)? else {
                    continue;
                };
                *least = Some(least.map_or((cpu, wall), |least| (cpu.min(least.0), wall.min(least.1))));
            }
        }
        let (cpu, wall) = least[0].context("no end")?;
        let seconds = |took: Option<f64>| took.map_or("no end".to_owned(), |seconds| format!("{seconds:.2}"));
        let (other, ratio) = match least.get(1) {
            Some(other) => (seconds(other.map(|other| other.0)), other.map(|other| format!("{:.2}", cpu / other.0))),
            None => (String::new(), None),
        };
        println!(
            "| {what} | {:.2} | {:.2} | {other} | {} | {:.2} | {} |",
            cpu,
            cpu * 1000.0 / size as f64,
            ratio.unwrap_or_default(),
            wall,
            least.get(1).map_or(String::new(), |other| seconds(other.map(|other| other.1))),
        );
        Ok(())
    }
}
