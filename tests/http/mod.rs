//! The server's side of HTTP/1.1, and what AWS's wire protocols have in common: enough to stand where AWS would.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use percent_encoding::percent_decode_str;
use serde_json::json;

/// Has `serve` answer each connection to a free port of this computer, in a thread of its own, until the test process ends.
/// It gets the port's address.
pub fn listen(serve: impl Fn(TcpStream, SocketAddr) + Send + Sync + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (address, serve) = (listener.local_addr()?, Arc::new(serve));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream, address));
        }
    });
    Ok(address)
}

/// A request to one of AWS's services.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// As they came, but for the one that asks for "100 Continue", which is answered already.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// Reads one request; `None` where there is none, or none that AWS's SDKs would send.
    pub fn read(mut stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).ok()?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.eq_ignore_ascii_case("expect") {
                true => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?,
                false => headers.push((name.to_owned(), value.trim().to_owned())),
            }
        }
        let mut request = Self { method, path, headers, body: Vec::new() };
        let length = request.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
        request.body = vec![0; length];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The service, by the scope of the signature: `Credential=AKID/20260101/us-east-1/iam/aws4_request`.
    pub fn service(&self) -> &str {
        self.header("authorization").and_then(|value| value.split('/').nth(3)).unwrap_or_default()
    }

    /// A field of a query-protocol call.
    pub fn field(&self, name: &str) -> Option<String> {
        let pairs = std::str::from_utf8(&self.body).ok()?.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.replace('+', " ")).next()?;
        Some(percent_decode_str(&value).decode_utf8_lossy().into_owned())
    }

    /// `service:Operation`, for example `iam:GetRole`; for S3 and other REST services `s3:HEAD /bucket?location`.
    pub fn name(&self) -> String {
        let target = self.header("x-amz-target").and_then(|target| target.rsplit('.').next()).map(str::to_owned);
        let plain = || format!("{} {}", self.method, self.path.replace("?x-id=", " ").replace("&x-id=", " "));
        format!("{}:{}", self.service(), target.or(self.field("Action")).unwrap_or_else(plain))
    }
}

/// What AWS answers to a call that fails.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

/// The request id of every answer made here.
pub const REQUEST_ID: &str = "7c1f2a9e-0000-4000-8000-example00000";

/// The answer to `request` that refuses it, in the form of its service's protocol.
pub fn refuse(request: &Request, Refusal { status, code, message }: &Refusal) -> Vec<u8> {
    let headers = match request.service() {
        "lambda" | "ses" => format!("x-amzn-errortype: {code}\r\n"),
        _ => String::new(),
    };
    answer(request, *status, &headers, &error(request, code, message, Some(REQUEST_ID)))
}

/// The body of an error that answers `request`, in the form of its service's protocol.
pub fn error(request: &Request, code: &str, message: &str, request_id: Option<&str>) -> String {
    let id = |name: &str| request_id.map(|id| format!("<{name}>{id}</{name}>")).unwrap_or_default();
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    match request.service() {
        "s3" => format!("<Error>{error}{}</Error>", id("RequestId")),
        "ec2" => format!("<Response><Errors><Error>{error}</Error></Errors>{}</Response>", id("RequestID")),
        service if ["lambda", "ses"].contains(&service) || request.header("x-amz-target").is_some() => {
            json!({ "__type": code, "message": message }).to_string()
        }
        _ => {
            format!("<ErrorResponse><Error><Type>Sender</Type>{error}</Error>{}</ErrorResponse>", id("RequestId"))
        }
    }
}

/// An answer to `request`.
pub fn answer(request: &Request, status: u16, headers: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Answer\r\nConnection: close\r\nx-amzn-requestid: {REQUEST_ID}\r\n\
         x-amz-request-id: {REQUEST_ID}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    match request.method.as_str() {
        "HEAD" => head.into_bytes(),
        _ => (head + body).into_bytes(),
    }
}
