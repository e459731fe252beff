//! Answers that no AWS gives: without end, without a word, or of another service.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// What comes in an answer's place.
#[derive(Debug, Clone, Copy)]
pub enum Malformed {
    /// Nothing; the connection stays open.
    Silent,
    /// An announced body of which a byte comes ten times a second.
    Drip,
    /// A body that says it has 3 GB, and comes as fast as it is taken.
    Giant,
    /// Chunks without end.
    Chunks,
    /// A body that breaks off.
    Truncated,
    /// A web page with status 403, as a firewall puts it.
    WebPage,
    /// A plain refusal with status 403 and no word of AWS's.
    Refusal,
}

impl Malformed {
    /// Answers until the other side has had enough.
    pub fn answer(self, stream: &TcpStream) {
        // The other side leaves when it gives up, which ends this.
        let _ = self.write(stream);
    }

    fn write(self, mut stream: &TcpStream) -> std::io::Result<()> {
        match self {
            Self::Silent => {
                // Until the other side leaves.
                std::io::copy(&mut stream, &mut std::io::sink())?;
            }
            Self::Drip => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
                loop {
                    stream.write_all(b"<")?;
                    thread::sleep(Duration::from_millis(100));
                }
            }
            Self::Giant => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n")?;
                loop {
                    stream.write_all(&[b' '; 65_536])?;
                }
            }
            Self::Chunks => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
                loop {
                    stream.write_all(&chunk)?;
                }
            }
            Self::Truncated => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<ListTopics")?,
            Self::WebPage => refuse(stream, "text/html; charset=utf-8", "<!DOCTYPE html><title>Blocked</title>")?,
            Self::Refusal => refuse(stream, "text/plain", "Forbidden by policy")?,
        }
        Ok(())
    }
}

fn refuse(mut stream: &TcpStream, sort: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 403 Forbidden\r\nContent-Type: {sort}\r\nContent-Length: {length}\r\n\r\n{body}")
}
