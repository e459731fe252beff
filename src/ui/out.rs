//! The two streams. Nothing else in cloud101 writes to them.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::Serializer;

use super::live::{Block, cut};
use super::paint::Paint;
use super::terminal::{Escaped, passed};
use super::wrap::wrap;

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

/// The width of text where there is no terminal, or one that does not say how wide it is.
const COLUMNS: usize = 120;
/// In pieces of so many bytes a document is written.
const PIECE: usize = 1 << 16;

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
    moving: Mutex<Option<Block>>,
}

impl Out {
    /// Looks at where the streams lead.
    pub fn new(color: Color) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            stdout: color.on(AutoStream::choice(&io::stdout())),
            stderr: color.on(AutoStream::choice(&io::stderr())),
            // CI systems often have a terminal that no one watches.
            live: io::stderr().is_terminal() && !dumb && !is_set("CI"),
            closed: AtomicBool::new(false),
            lost: Mutex::new(None),
            moving: Mutex::new(None),
        }
    }

    /// How many columns messages have; 120 by default.
    pub fn width(&self) -> usize {
        columns(io::stderr()).unwrap_or(COLUMNS)
    }

    /// `text`, a message, broken at words where the terminal ends.
    pub fn message_fits(text: &str) -> Cow<'_, str> {
        columns(io::stderr()).map_or(Cow::Borrowed(text), |width| Cow::Owned(wrap(text, width)))
    }

    /// The same of a result.
    pub fn result_fits(text: &str) -> Cow<'_, str> {
        columns(io::stdout()).map_or(Cow::Borrowed(text), |width| Cow::Owned(wrap(text, width)))
    }

    /// Results. Once they can't be written the rest is dropped, and the work goes on.
    pub fn result(&self, text: &str) {
        self.results(|| write(io::stdout().lock(), self.stdout, text));
    }

    /// A document as JSON on one line, piece by piece: the whole text of one that names thousands of resources, and copies of
    /// it for each guard that it passes, would be much of the memory that the program needs.
    pub fn document(&self, document: &impl Serialize) {
        self.results(|| {
            let mut stream = BufWriter::with_capacity(PIECE, io::stdout().lock());
            document.serialize(&mut Serializer::with_formatter(&mut stream, Escaped)).map_err(io::Error::from)?;
            stream.write_all(b"\n")?;
            stream.flush()
        });
    }

    fn results(&self, write: impl FnOnce() -> io::Result<()>) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let written = self.between(write);
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

    /// Why results are lost although the reader is still there; reported once.
    pub fn lost(&self) -> Option<io::Error> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Progress, notes and errors. If it can't be reported, nothing is printed.
    pub fn message(&self, text: &str) {
        let _ = self.between(|| write(io::stderr().lock(), self.stderr, text));
    }

    /// The columns and rows of the terminal in which lines move.
    pub fn size(&self) -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stderr());
        let size = size.map(|(width, height)| (usize::from(width.0), usize::from(height.0)));
        size.filter(|(width, height)| *width > 0 && *height > 0).unwrap_or((80, 24))
    }

    /// From now on lines may move at the bottom of the terminal, and others are written above them.
    pub fn start_moving(&self) {
        *self.moving() = Some(Block::default());
    }

    /// Whether lines move now.
    pub fn is_moving(&self) -> bool {
        self.moving().is_some()
    }

    /// Shows these lines at the bottom of the terminal, in place of those that were there, if lines may move.
    pub fn move_lines(&self, lines: Vec<String>) {
        if let Some(block) = &mut *self.moving() {
            let lines = lines.iter().map(|line| passed(line, false).into_owned()).collect();
            draw(&block.show(lines, self.size().0));
        }
    }

    /// Takes them away. Lines don't move any more.
    pub fn end_moving(&self) {
        if let Some(mut block) = self.moving().take() {
            draw(&block.clear(self.size().0));
        }
    }

    fn moving(&self) -> MutexGuard<'_, Option<Block>> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn between<T>(&self, write: impl FnOnce() -> T) -> T {
        let mut moving = self.moving();
        let Some(block) = &mut *moving else { return write() };
        let width = self.size().0;
        let lines: Vec<_> = block.lines().iter().map(|line| cut(line, width)).collect();
        draw(&block.clear(width));
        let written = write();
        if !lines.is_empty() {
            draw(&block.show(lines, width));
        }
        written
    }
}

/// Lines that move, with the codes that move them.
fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// How wide the terminal is to which a stream leads; `None`: it leads elsewhere, or that is not known.
fn columns(stream: impl AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn write(stream: impl RawStream + AsLockedWrite, paint: Paint, text: &str) -> io::Result<()> {
    let choice = if paint.is_on() { ColorChoice::Always } else { ColorChoice::Never };
    let mut stream = AutoStream::new(stream, choice);
    stream.write_all(passed(text, paint.is_on()).as_bytes())?;
    stream.flush()
}
