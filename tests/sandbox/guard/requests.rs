//! Requests as bytes, to each port at which the sandbox listens.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cloud101::sandbox::Emulator;

use crate::support::fixture::Fixture;

/// An emulator, asked for a list that is not empty.
struct Port<'a> {
    emulator: Emulator,
    port: u16,
    key: &'a str,
}

/// The buckets and the default VPC.
const LIST: &str = "Action=DescribeVpcs&Version=2016-11-15";

impl Port<'_> {
    fn service(&self) -> &'static str {
        match self.emulator {
            Emulator::MiniStack => "s3",
            Emulator::Moto => "ec2",
        }
    }

    fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port)
    }

    fn signed_with(&self, key: &str) -> String {
        let scope = format!("20250101/us-east-1/{}/aws4_request", self.service());
        format!("Authorization: AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=host, Signature=0")
    }

    fn signed(&self) -> String {
        self.signed_with(self.key)
    }

    fn credential(&self) -> String {
        format!("X-Amz-Credential={}%2F20250101%2Fus-east-1%2F{}%2Faws4_request", self.key, self.service())
    }

    /// The status of the answer to a list call whose head has these lines; 0 if there is none.
    fn ask(&self, lines: &[&str]) -> Result<u16> {
        let lines = lines.join("\r\n");
        self.send(&match self.emulator {
            Emulator::MiniStack => format!("GET / HTTP/1.1\r\n{lines}\r\n\r\n"),
            Emulator::Moto => format!(
                "POST / HTTP/1.1\r\n{lines}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: \
                 {}\r\n\r\n{LIST}",
                LIST.len()
            ),
        })
    }

    fn send(&self, bytes: &str) -> Result<u16> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(bytes.as_bytes())?;
        let mut answer = [0; 12];
        let mut length = 0;
        while length < answer.len() {
            match stream.read(&mut answer[length..])? {
                0 => return Ok(0),
                more => length += more,
            }
        }
        let text = std::str::from_utf8(&answer)?;
        text.strip_prefix("HTTP/1.1 ").with_context(|| text.to_owned())?.trim().parse().with_context(|| text.to_owned())
    }

    /// Nothing but a refusal.
    fn refuses(&self, what: &str, lines: &[&str]) -> Result<()> {
        let status = self.ask(lines)?;
        ensure!([400, 403].contains(&status), "{}: {what}: {status}", self.emulator);
        Ok(())
    }

    fn answers(&self, what: &str, lines: &[&str]) -> Result<()> {
        let status = self.ask(lines)?;
        ensure!(status == 200, "{}: {what}: {status}", self.emulator);
        Ok(())
    }
}

fn each(test: impl Fn(&Port) -> Result<()>) -> Result<()> {
    let fixture = Fixture::shared()?;
    let running = fixture.running();
    ensure!(running.emulators.len() == Emulator::ALL.len());
    running
        .emulators
        .iter()
        .try_for_each(|one| test(&Port { emulator: one.emulator, port: one.port, key: running.access_key() }))
}

#[test]
fn only_the_key_of_this_sandbox_opens_it() -> Result<()> {
    each(|port| {
        let host = port.host();
        port.answers("the key", &[&host, &port.signed()])?;
        port.answers("in lowercase letters", &[&host.to_lowercase(), &port.signed().replace("Auth", "auth")])?;
        port.answers("an address by name", &[&format!("Host: localhost:{}", port.port), &port.signed()])?;
        port.refuses("no key", &[&host])?;
        for wrong in ["test", "000000000000", "AKIAIOSFODNN7EXAMPLE", "", &port.key[..39], &format!("{}A", port.key)] {
            port.refuses(wrong, &[&host, &port.signed_with(wrong)])?;
        }
        port.refuses("lowercase letters", &[&host, &port.signed_with(&port.key.to_lowercase())])?;
        port.refuses("another place", &[&host, &format!("X-Key: {}", port.key)])?;
        port.refuses("a bearer", &[&host, &format!("Authorization: Bearer {}", port.key)])?;
        port.refuses("a name", &[&host, &format!("Authorization: Basic {}", port.key)])?;
        port.refuses("two", &[&host, &port.signed_with("test"), &port.signed()])
    })
}

#[test]
fn only_its_own_address_leads_to_it() -> Result<()> {
    each(|port| {
        let number = port.port;
        let hosts = [
            // What a page's own name may be made to lead to.
            format!("www.example.edu:{number}"),
            "www.example.edu".to_owned(),
            format!("127.0.0.1.example.edu:{number}"),
            format!("localhost.example.edu:{number}"),
            // Names by which emulators recognise buckets and functions.
            format!("bucket.localhost:{number}"),
            format!("bucket.s3.localhost:{number}"),
            format!("0123456789abcdef0123456789abcdef.lambda-url.us-east-1.localhost:{number}"),
            "s3.amazonaws.com".to_owned(),
            // Another port, or none.
            format!("127.0.0.1:{}", number.wrapping_add(1)),
            "127.0.0.1".to_owned(),
            "localhost".to_owned(),
            // Other ways to write the address.
            format!("[::1]:{number}"),
            format!("0.0.0.0:{number}"),
            format!("127.1:{number}"),
            format!("127.0.0.1:{number}.example.edu"),
            format!("user@127.0.0.1:{number}"),
            format!("127.0.0.1:{number},www.example.edu"),
            String::new(),
        ];
        for host in &hosts {
            port.refuses(host, &[&format!("Host: {host}"), &port.signed()])?;
            port.refuses(host, &[&format!("host: {host}"), &port.signed()])?;
        }
        port.refuses("no host", &[&port.signed()])?;
        let (own, other) = (port.host(), format!("Host: www.example.edu:{number}"));
        port.refuses("two hosts", &[&own, &other, &port.signed()])?;
        port.refuses("two hosts", &[&other, &own, &port.signed()])?;
        // A target that is a whole URL goes before the header.
        let target = format!("GET http://www.example.edu:{number}/ HTTP/1.1\r\n{own}\r\n{}\r\n\r\n", port.signed());
        ensure!([400, 403].contains(&port.send(&target)?), "{}: a URL for a target", port.emulator);
        Ok(())
    })
}

#[test]
fn no_web_page_gets_through_even_with_the_key() -> Result<()> {
    each(|port| {
        let (host, signed) = (port.host(), port.signed());
        let own = format!("Origin: http://127.0.0.1:{}", port.port);
        for line in [
            "Origin: https://www.example.edu",
            "origin: https://www.example.edu",
            "ORIGIN: null",
            "Origin:",
            // A page that the sandbox itself gave out knows the key from its own address.
            &own,
            "Sec-Fetch-Site: cross-site",
            "sec-fetch-site: same-site",
            "Sec-Fetch-Site: same-origin",
            "Sec-Fetch-Site: none, cross-site",
            "Referer: https://www.example.edu/page.html",
            "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Private-Network: true",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ] {
            port.refuses(line, &[&host, &signed, line])?;
        }
        port.refuses("twice", &[&host, &signed, "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"])?;
        // What a person types into a browser.
        port.answers("typed", &[&host, &signed, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"])
    })
}

/// What a page can send without a question before it: forms, pictures, scripts, and what `fetch` calls simple.
#[test]
fn what_a_page_sends_without_asking_is_refused() -> Result<()> {
    each(|port| {
        let host = port.host();
        let bodies = [
            ("application/x-www-form-urlencoded", LIST.to_owned()),
            ("text/plain", LIST.to_owned()),
            ("text/plain;charset=UTF-8", "{}".to_owned()),
            // The field of a form that names a key is not a signature.
            (
                "multipart/form-data; boundary=x",
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"X-Amz-Credential\"\r\n\r\n{}/a/b/c\r\n--x--\r\n",
                    port.key
                ),
            ),
        ];
        let from = ["", "Origin: https://www.example.edu\r\nSec-Fetch-Site: cross-site\r\n"];
        for (kind, body) in &bodies {
            for from in from {
                let head = format!("POST / HTTP/1.1\r\n{host}\r\n{from}Content-Type: {kind}\r\n");
                let whole = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                ensure!(port.send(&whole)? == 403, "{}: {whole}", port.emulator);
                let chunked =
                    format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
                ensure!(port.send(&chunked)? == 403, "{}: {chunked}", port.emulator);
            }
        }
        // By path alone: the emulators' own pages, functions' addresses, objects of a bucket, metadata of an instance.
        for path in [
            "/_ministack/health",
            "/moto-api/",
            "/moto-api/data.json",
            "/_aws/lambda-url/0123456789abcdef0123456789abcdef/",
            "/2015-03-31/functions/",
            "/bucket/key",
            "/latest/meta-data/",
            "/favicon.ico",
            "/?Action=ListRoles&Version=2010-05-08",
        ] {
            for (method, from) in [("GET", ""), ("GET", from[1]), ("HEAD", ""), ("OPTIONS", from[1]), ("DELETE", "")] {
                let status = port.send(&format!("{method} {path} HTTP/1.1\r\n{host}\r\n{from}\r\n"))?;
                ensure!(status == 403, "{}: {method} {path}: {status}", port.emulator);
            }
        }
        Ok(())
    })
}

#[test]
fn a_presigned_address_needs_the_key_too() -> Result<()> {
    each(|port| {
        let (host, credential) = (port.host(), port.credential());
        let get = |query: &str, lines: &str| port.send(&format!("GET /?{query} HTTP/1.1\r\n{host}\r\n{lines}\r\n"));
        ensure!(get(&credential, "")? != 403, "{}: the key", port.emulator);
        ensure!(get(&format!("AWSAccessKeyId={}", port.key), "")? != 403, "{}: the older form", port.emulator);
        for query in [
            credential.replace(port.key, "AKIAIOSFODNN7EXAMPLE"),
            credential.replace("Credential", "credential"),
            format!("{credential}&X-Amz-Credential=test%2Fa"),
            "AWSAccessKeyId=test".to_owned(),
        ] {
            ensure!(get(&query, "")? == 403, "{}: {query}", port.emulator);
        }
        // A wrong key in the header is not made good by the address, and a page may not follow a link.
        ensure!(get(&credential, &format!("{}\r\n", port.signed_with("test")))? == 403, "{}: two keys", port.emulator);
        ensure!(get(&credential, "Sec-Fetch-Site: cross-site\r\n")? == 403, "{}: a link", port.emulator);
        Ok(())
    })
}
