//! What is said when the program itself is at fault.
//!
//! The standard words would quote whatever a panic's message was made of, which may be a secret.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};

use super::json::{ErrorEvent, Event, EventDocument};

/// From now on a panic is reported in this form, on standard error.
pub fn tell(json: bool) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // No lock of ours: the panic may have come while it was held.
        let _ = match json {
            true => writeln!(io::stdout(), "{}", document(&message(info, &place))),
            false => writeln!(io::stderr(), "error: {}\n  help: {HINT}", message(info, &place)),
        };
    }));
}

const HINT: &str = "completed changes are kept: run the same command again, and report this line to the authors of \
                    cloud101";

fn document(message: &str) -> String {
    let event = Event::Error(ErrorEvent::of_failure(message, Some(HINT)));
    serde_json::to_string(&EventDocument::from(event)).unwrap_or_default()
}

/// Only words that stand in the program; those that were made while it ran may hold anything.
fn message(info: &PanicHookInfo<'_>, place: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let why = info.payload().downcast_ref::<&'static str>().map(|why| format!(": {why}")).unwrap_or_default();
    format!("this is a bug in cloud101 {version}, at {place}{why}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    const SECRET: &str = "hunter2-geheim";
    const SCENE: &str = "CLOUD101_TEST_PANIC";

    /// Not a test by itself: the process that panics.
    #[test]
    fn scene() {
        match std::env::var(SCENE).as_deref() {
            Ok("text") => super::tell(false),
            Ok("json") => super::tell(true),
            _ => return,
        }
        let worker = std::thread::spawn(|| panic!("a fixed reason"));
        assert!(worker.join().is_err());
        panic!("it was made of {SECRET}");
    }

    fn panicking(how: &str) -> (String, String) {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["ui::crash::tests::scene", "--exact", "--nocapture", "--test-threads=1"]).env(SCENE, how);
        let output = command.env("RUST_BACKTRACE", "full").output().expect("it runs");
        assert!(!output.status.success());
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    }

    #[test]
    fn a_panic_shows_where_it_was_and_no_secret() {
        let place = file!();
        for how in ["text", "json"] {
            let (stdout, stderr) = panicking(how);
            let reported = if how == "json" { &stdout } else { &stderr };
            let lines: Vec<_> = reported.lines().filter(|line| line.contains("a bug in cloud101")).collect();
            let [first, second] = lines.as_slice() else { panic!("{stdout}{stderr}") };
            assert!(first.contains(place) && first.contains("a fixed reason"), "{first}");
            assert!(second.contains(place) && !second.contains("made of"), "{second}");
            assert!(reported.contains("run the same command again"));
            assert!(!(stdout + &stderr).contains(SECRET));
        }
    }
}
