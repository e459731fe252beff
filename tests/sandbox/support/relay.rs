//! What stands before each emulator of a test's sandbox: AWS's models judge what goes there. The programs find it where
//! they look for the emulator, in the sandbox's state.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::Result;
use cloud101::sandbox::Running;

use super::upstream::{ask_at, is_last};
use crate::http::{self, Refusal, Request};
use crate::model::Record;

/// The same sandbox, with relays in the emulators' places. They end with the test process.
pub fn before(direct: &Running, record: &Arc<Record>) -> Result<Running> {
    let mut relayed = direct.clone();
    for emulator in &mut relayed.emulators {
        let upstream = SocketAddr::from(([127, 0, 0, 1], emulator.port));
        let record = record.clone();
        emulator.port = http::listen(move |stream, _| serve(stream, upstream, &record))?.port();
    }
    Ok(relayed)
}

/// What a model refuses, the emulator does not get: so the test that sent it fails, and not only the process at its end.
fn serve(mut stream: TcpStream, upstream: SocketAddr, record: &Record) {
    while let Some(request) = Request::read(&stream) {
        let answer = match record.judge(&request) {
            Ok(()) => ask_at(upstream, &request),
            Err(refused) => {
                let message = refused.to_string().replace(['"', '<', '>', '&', '\\'], "'");
                Ok(http::refuse(&request, &Refusal { status: 400, code: "ValidationException", message }))
            }
        };
        // A client or an emulator that has gone is no trouble of the relay's.
        let Ok(answer) = answer else { return };
        if stream.write_all(&answer).is_err() || is_last(&answer) {
            return;
        }
    }
}
