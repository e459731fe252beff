//! The program in a terminal of its own, and what a person would see there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use vt100::{Parser, Screen};

/// What no step of a test may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The signs with which moving lines begin.
const TURNING: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/// A terminal in which a program runs.
pub struct PseudoTerminal {
    helper: Child,
    reported: Receiver<String>,
    parser: Parser,
    /// All that was written, with the codes in it.
    pub raw: String,
}

impl PseudoTerminal {
    /// Runs `command`, with its environment and nothing else, in a terminal of this size.
    pub fn run(command: &Command, rows: u16, columns: u16) -> Self {
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        let mut environment: BTreeMap<_, _> =
            command.get_envs().filter_map(|(name, value)| Some((text(name), text(value?)))).collect();
        environment.insert("TERM".into(), "xterm-256color".into());
        let mut helper = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/pseudo_terminal.py"))
            .args([rows.to_string(), columns.to_string(), serde_json::to_string(&environment).expect("JSON")])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(command.get_current_dir().expect("a folder"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let stdout = BufReader::new(helper.stdout.take().expect("a pipe"));
        let (tell, reported) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { helper, reported, parser: Parser::new(rows, columns, 0), raw: String::new() }
    }

    /// Waits until this is on the screen.
    pub fn until(&mut self, what: &str) {
        while !self.screen().contains(what) {
            assert_eq!(self.step(), None, "it ended without {what:?}:\n{}", self.screen());
        }
    }

    /// Types at the keyboard.
    pub fn type_text(&mut self, text: &str) {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.order(&format!("type {hex}"));
    }

    /// Makes the window another size.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.order(&format!("resize {rows} {columns}"));
    }

    /// Waits until the program ends. The answer is its exit code; nothing that moved may be left, and the cursor is there.
    pub fn end(&mut self) -> i32 {
        let code = loop {
            if let Some(code) = self.step() {
                break code;
            }
        };
        let screen = self.screen();
        assert!(!self.parser.screen().hide_cursor(), "the cursor is hidden:\n{screen}");
        assert!(!screen.contains(|c| TURNING.contains(c)), "lines are left:\n{screen}");
        assert!(!screen.lines().any(is_total), "the totals are left:\n{screen}");
        code
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        let screen = self.parser.screen();
        let rows: Vec<_> = screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    fn order(&mut self, order: &str) {
        let stdin = self.helper.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{order}").expect("the helper listens");
    }

    /// Takes the next thing that happened. The answer is the exit code, at the end.
    fn step(&mut self) -> Option<i32> {
        let line = self.reported.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{error}:\n{}", self.screen()));
        let number = |word: &str| word.parse::<u16>().expect("a number");
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["wrote", hex] => {
                let byte = |n| u8::from_str_radix(&hex[n..n + 2], 16).expect("hex");
                let bytes: Vec<_> = (0..hex.len()).step_by(2).map(byte).collect();
                self.raw.push_str(&String::from_utf8_lossy(&bytes));
                self.parser.process(&bytes);
                moving_lines_fit(self.parser.screen());
            }
            ["resized", rows, columns] => self.parser.screen_mut().set_size(number(rows), number(columns)),
            ["ended", code] => return Some(code.parse().expect("a code")),
            other => panic!("{other:?}"),
        }
        None
    }
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        let _ = self.helper.kill();
        let _ = self.helper.wait();
    }
}

/// Each moving line is one row.
fn moving_lines_fit(screen: &Screen) {
    for (n, row) in screen.rows(0, screen.size().1).enumerate() {
        let moves = row.starts_with(|c| TURNING.contains(c)) || is_total(&row);
        assert!(!moves || !screen.row_wrapped(n as u16), "a line is too long: {row:?}\n{}", screen.contents());
    }
}

/// `  3 of 7 in 5s`
fn is_total(row: &str) -> bool {
    let words: Vec<_> = row.split_whitespace().collect();
    row.starts_with("  ")
        && matches!(words.as_slice(), [n, "of", all, ..] if n.parse::<u32>().is_ok() && all.parse::<u32>().is_ok())
}
