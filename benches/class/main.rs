//! What a class takes: a bucket, a role, a function and an instance for each student, in an account in this process, each
//! call 50 ms later. Calls, time, processor time and memory of each command; how much a plan says.
//!
//! By hand: `cargo bench --profile dev --bench class`. `-- --students 40,200` in place of 200 and 1,000; `-- --rates` has the
//! account refuse what comes faster than AWS takes it, and only applies; `-- --against PATH_TO_OTHER_BINARY` runs another
//! build as well, for which each resource is written out, and with `--one-by-one` for this build, too; `-- --program PATH`
//! measures that one in place of this build; `-- --calls` prints how often which call is made.

#[path = "../../tests/class/mod.rs"]
mod class;
#[allow(dead_code, reason = "what is shared with the tests")]
#[path = "../../tests/http/mod.rs"]
mod http;
#[path = "../../tests/model/mod.rs"]
mod model;
#[path = "../program/mod.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use class::stacks::{self, Form};
use class::{ClassAccount, Counts, Rates};
use program::{Program, Took};

/// What a call to a near region takes on the way.
const DELAY: Duration = Duration::from_millis(50);
const SIZES: [usize; 2] = [200, 1000];

struct Bench {
    own: Program,
    /// Another build, which is given the stack one by one.
    other: Option<Program>,
    form: Form,
    with_calls: bool,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|n| arguments.get(n + 1));
    let is_said = |name: &str| arguments.iter().any(|argument| argument == name);
    let sizes = match value("--students") {
        Some(sizes) => sizes.split(',').map(str::parse).collect::<Result<_, _>>().context("--students 40,200")?,
        None => SIZES.to_vec(),
    };
    let own = value("--program").map_or(env!("CARGO_BIN_EXE_cloud101"), String::as_str);
    let bench = Bench {
        own: Program::new(Path::new(own)),
        other: value("--against").map(|path| Program::new(&PathBuf::from(path))),
        form: if is_said("--one-by-one") { Form::OneByOne } else { Form::Roster },
        with_calls: is_said("--calls"),
    };
    for students in sizes {
        match is_said("--rates") {
            true => bench.at_awss_pace(students)?,
            false => bench.of_size(students)?,
        }
    }
    Ok(())
}

/// One command of one build, with its calls.
struct Run {
    took: Took,
    calls: Counts,
}

impl Run {
    fn sum(&self) -> usize {
        self.calls.values().sum()
    }

    fn of(&self, service: &str) -> usize {
        let is_of = |name: &&String| name.split(':').next() == Some(service);
        self.calls.keys().filter(is_of).map(|name| self.calls[name]).sum()
    }
}

impl Bench {
    fn of_size(&self, students: usize) -> Result<()> {
        println!("\n{students} students × 4, {} ms more for each call\n", DELAY.as_millis());
        println!(
            "| | calls | IAM | S3 | Lambda | EC2 | seconds | processor s | MB | first line s | the other's calls | ratio | seconds | ratio | processor s | ratio |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
        let account = ClassAccount::new(DELAY, None);
        let own = stacks::write(folders[0].path(), self.form, students)?;
        let other = match &self.other {
            Some(program) => {
                let file = stacks::write(folders[1].path(), Form::OneByOne, students)?;
                Some((program, ClassAccount::new(DELAY, None), file))
            }
            None => None,
        };
        let page = folders[0].path().join("plan.html");
        let commands: [(&str, &[&str]); 7] = [
            ("plan of everything", &["plan"]),
            ("`plan --html` of everything", &["plan", "--html", &page.display().to_string()]),
            ("apply of everything", &["apply", "--yes"]),
            ("plan with nothing to change", &["plan"]),
            ("`show`", &["show"]),
            ("apply with nothing to change", &["apply", "--yes"]),
            ("destroy", &["destroy", "--yes"]),
        ];
        for (what, command) in commands {
            let run = run(&self.own, &account, command, &own)?;
            let beside = match &other {
                // Of these earlier builds were not asked, or take minutes.
                Some((program, account, file)) if !what.contains("html") && !what.contains("apply with") => {
                    Some(self::run(program, account, command, file)?)
                }
                _ => None,
            };
            row(what, &run, beside.as_ref());
            if self.with_calls {
                run.calls.iter().for_each(|(name, count)| println!("    {count:>6}  {name}"));
            }
            match what {
                "plan of everything" => println!("| …its lines of text | {} |", run.took.stdout.lines().count()),
                "`plan --html` of everything" => {
                    println!("| …kB of the page | {} |", std::fs::metadata(&page)?.len() / 1000)
                }
                "apply of everything" => ensure!(account.things() == [students; 4], "not everything is there"),
                "plan with nothing to change" => ensure!(run.took.stdout.lines().count() < 10, "{}", run.took.stdout),
                _ => {}
            }
        }
        ensure!(account.things() == [0; 4], "something is left");
        Ok(())
    }

    /// An apply of everything in an account that takes no more calls than AWS's.
    fn at_awss_pace(&self, students: usize) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let account = ClassAccount::new(DELAY, Some(Rates::default()));
        let file = stacks::write(folder.path(), Form::Roster, students)?;
        println!("\n{students} students × 4, {} ms more for each call, AWS's rates\n", DELAY.as_millis());
        println!("| | calls | throttled | share | seconds | processor s | MB |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        for (what, command) in [("apply of everything", ["apply", "--yes"]), ("destroy", ["destroy", "--yes"])] {
            let took = self.own.run(&account.url, &[&command[..], &[&file]].concat())?;
            let (calls, throttled) = account.take();
            let (calls, refused): (usize, usize) = (calls.values().sum(), throttled.values().sum());
            let share = 100.0 * refused as f64 / calls as f64;
            println!(
                "| {what} | {calls} | {refused} | {share:.1} % | {:.1} | {:.1} | {:.0} |",
                took.wall, took.cpu, took.memory
            );
            if self.with_calls {
                throttled.iter().for_each(|(name, count)| println!("    {count:>6}  {name}"));
            }
        }
        ensure!(account.things() == [0; 4], "something is left");
        Ok(())
    }
}

fn run(program: &Program, account: &ClassAccount, command: &[&str], file: &str) -> Result<Run> {
    let took = program.run(&account.url, &[command, &[file]].concat())?;
    Ok(Run { took, calls: account.take().0 })
}

fn row(what: &str, run: &Run, other: Option<&Run>) {
    let Took { wall, cpu, memory, first, .. } = &run.took;
    let beside = match other {
        Some(other) => format!(
            "{} | {:.2} | {:.1} | {:.2} | {:.1} | {:.2}",
            other.sum(),
            run.sum() as f64 / other.sum() as f64,
            other.took.wall,
            wall / other.took.wall,
            other.took.cpu,
            cpu / other.took.cpu
        ),
        None => "| | | | |".to_owned(),
    };
    println!(
        "| {what} | {} | {} | {} | {} | {} | {wall:.1} | {cpu:.1} | {memory:.0} | {first:.2} | {beside} |",
        run.sum(),
        run.of("iam"),
        run.of("s3"),
        run.of("lambda"),
        run.of("ec2"),
    );
}
