//! The two streams. Nothing else in cloud101 writes to them.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use indicatif::MultiProgress;

use super::paint::Paint;
use super::terminal::passed;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR, CLICOLOR or TERM=dumb say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn on(self, automatic: ColorChoice) -> Paint {
        let choice = match self {
            Self::Auto => automatic,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        if choice == ColorChoice::Never { Paint::PLAIN } else { Paint::COLOURED }
    }
}

/// The width of text that goes into a file.
const COLUMNS: usize = 120;

/// Standard output and standard error.
#[derive(Debug)]
pub struct Out {
    /// The colours of standard output.
    pub stdout: Paint,
    /// The colours of standard error.
    pub stderr: Paint,
    /// Whether a person reads standard error as it is written, so that lines may move.
    pub live: bool,
    closed: AtomicBool,
    lost: Mutex<Option<io::Error>>,
    moving: Mutex<Option<MultiProgress>>,
}

impl Out {
    /// Looks at where the streams lead.
    pub fn new(color: Color) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            stdout: color.on(AutoStream::choice(&io::stdout())),
            stderr: color.on(AutoStream::choice(&io::stderr())),
            live: io::stderr().is_terminal() && !dumb,
            closed: AtomicBool::new(false),
            lost: Mutex::new(None),
            moving: Mutex::new(None),
        }
    }

    /// How many columns messages have; 80 where nobody says.
    pub fn width(&self) -> usize {
        terminal_size::terminal_size_of(io::stderr()).map_or(COLUMNS, |(width, _)| usize::from(width.0))
    }

    /// Results. Once they can't be written the rest is dropped, and the work goes on.
    pub fn result(&self, text: &str) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let written = self.between(|| write(io::stdout().lock(), self.stdout, text));
        if let Err(error) = written {
            self.closed.store(true, Ordering::Relaxed);
            // A reader that left (`| head`) has seen enough.
            if error.kind() != io::ErrorKind::BrokenPipe {
                *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    }

    /// Whether results can't be written any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Why results are lost that somebody still wanted; told once.
    pub fn lost(&self) -> Option<io::Error> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Progress, notes and errors. Where nobody can be told, nothing is said.
    pub fn message(&self, text: &str) {
        let _ = self.between(|| write(io::stderr().lock(), self.stderr, text));
    }

    /// From now on these lines move at the bottom of the terminal, and others are written above them.
    pub fn lines_move(&self, lines: Option<MultiProgress>) {
        *self.moving.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    fn between<T>(&self, write: impl FnOnce() -> T) -> T {
        match &*self.moving.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(lines) => lines.suspend(write),
            None => write(),
        }
    }
}

fn write(stream: impl RawStream + AsLockedWrite, paint: Paint, text: &str) -> io::Result<()> {
    let choice = if paint.is_on() { ColorChoice::Always } else { ColorChoice::Never };
    let mut stream = AutoStream::new(stream, choice);
    stream.write_all(passed(text, paint.is_on()).as_bytes())?;
    stream.flush()
}
