//! Log lines, which must not show secrets either.

use std::io;

use super::Ui;

/// For `tracing_subscriber::fmt().with_writer(move || ui.log())`: each write is one whole line.
#[derive(Debug)]
pub struct LogWriter(Ui);

impl LogWriter {
    pub(super) fn new(ui: Ui) -> Self {
        Self(ui)
    }
}

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.unbroken(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
