//! What stands behind a proxy; the emulators are asked over connections that are kept, since making one costs both sides
//! more than most questions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use cloud101::sandbox::Running;

use crate::http::Request;

/// An idle connection is kept no longer, since the emulators end theirs after five seconds.
const FRESH: Duration = Duration::from_secs(2);

thread_local! {
    /// The connections of this thread, which serves one client, and when each was used last.
    static KEPT: RefCell<HashMap<SocketAddr, (TcpStream, Instant)>> = RefCell::default();
}

/// What stands behind a proxy.
pub trait Upstream: Send + Sync {
    /// Its answer, head and all.
    ///
    /// # Errors
    /// It has gone.
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>>;
}

/// One emulator.
#[derive(Debug, Clone, Copy)]
pub struct Emulator(SocketAddr);

impl Emulator {
    /// The one that listens at this port of this computer.
    pub fn at(port: u16) -> Self {
        Self(SocketAddr::from(([127, 0, 0, 1], port)))
    }
}

impl Upstream for Emulator {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        ask_at(self.0, request)
    }
}

/// Both emulators, of which each service has one.
#[derive(Debug, Clone)]
pub struct Emulators {
    moto: SocketAddr,
    ministack: SocketAddr,
}

impl Emulators {
    pub fn of(running: &Running) -> Result<Self> {
        let address = |service| {
            let url = running.endpoint_of(service);
            url.strip_prefix("http://").context("not http")?.parse().with_context(|| url.clone())
        };
        Ok(Self { moto: address("ec2")?, ministack: address("s3")? })
    }
}

impl Upstream for Emulators {
    fn answer(&self, request: &Request) -> io::Result<Vec<u8>> {
        let is_motos = ["ec2", "iam"].contains(&request.service());
        ask_at(if is_motos { self.moto } else { self.ministack }, request)
    }
}

/// An emulator's answer, head and all.
fn ask_at(address: SocketAddr, request: &Request) -> io::Result<Vec<u8>> {
    let kept = KEPT.with_borrow_mut(|kept| kept.remove(&address));
    let mut stream = match kept.filter(|(_, used)| used.elapsed() < FRESH) {
        Some((stream, _)) => stream,
        None => TcpStream::connect(address)?,
    };
    stream.set_nodelay(true)?;
    // The emulators answer to their own address only.
    let mut message = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        if !["host", "connection", "content-length"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
            message.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    message.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    stream.write_all(&[message.as_bytes(), &request.body].concat())?;
    let (answer, is_open) = read_answer(&stream, &request.method)?;
    if is_open {
        KEPT.with_borrow_mut(|kept| kept.insert(address, (stream, Instant::now())));
    }
    Ok(answer)
}

/// An answer to a request with this method, and whether the connection stays open. It says `Connection: close` only if
/// nothing else says where it ends.
fn read_answer(stream: &TcpStream, method: &str) -> io::Result<(Vec<u8>, bool)> {
    let mut reader = BufReader::new(stream);
    let mut answer = Vec::new();
    let (mut length, mut is_chunked, mut closes) = (None, false, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("connection") => {
                closes = value.trim().eq_ignore_ascii_case("close");
                continue;
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = Some(value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?);
            }
            Some((name, _)) if name.eq_ignore_ascii_case("transfer-encoding") => is_chunked = true,
            None if line.trim().is_empty() => break,
            _ => {}
        }
        answer.extend_from_slice(line.as_bytes());
    }
    let is_bodiless = method == "HEAD" || [" 204", " 304"].iter().any(|code| answer[8..].starts_with(code.as_bytes()));
    if is_chunked && !is_bodiless {
        answer.extend_from_slice(b"\r\n");
        read_chunks(&mut reader, &mut answer)?;
    } else if let Some(length) = length.or(is_bodiless.then_some(0)) {
        answer.extend_from_slice(b"\r\n");
        let length = if is_bodiless { 0 } else { length };
        let read = reader.by_ref().take(length).read_to_end(&mut answer)?;
        if read as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    } else {
        answer.extend_from_slice(b"Connection: close\r\n\r\n");
        reader.read_to_end(&mut answer)?;
        closes = true;
    }
    Ok((answer, !closes))
}

/// A body in chunks, as it comes.
fn read_chunks(reader: &mut impl BufRead, answer: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        answer.extend_from_slice(line.as_bytes());
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        // With the end of the line; after the last one, with no trailers, which emulators don't send.
        reader.by_ref().take(size + 2).read_to_end(answer)?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// Whether a client that gets this answer expects the connection to end.
pub fn is_last(answer: &[u8]) -> bool {
    let head = answer.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    head.skip(1).any(|line| line.trim_ascii().eq_ignore_ascii_case(b"connection: close"))
}
