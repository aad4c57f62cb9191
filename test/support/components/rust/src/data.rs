//! Clients of the data socket, one behaviour per SDK generation.

use std::io::{self, Error, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::component::Component;
use crate::json::{quote, Json};
use crate::rows::Rows;

/// One Rust generation reconnects after so long without a row.
const QUIET_LIMIT: Duration = Duration::from_secs(60);
/// How often a reader looks whether the program ends.
const LOOK: Duration = Duration::from_millis(100);

pub struct Streaming {
    pub half_close: bool,
    pub answer_limit: Duration,
}

/// Connects again and again, as the Rust SDKs do.
pub fn stream_rows(component: &Component, path: &str, out: Option<&str>, how: &Streaming) {
    let mut rows = match Rows::open(component, out) {
        Ok(rows) => rows,
        Err(error) => return failed(component, &error),
    };
    component.wait(component.settings.data_delay);
    while !component.stopping() {
        if let Err(error) = attempt(component, path, &mut rows, how) {
            failed(component, &error);
        }
        rows.reconnected();
        component.wait(component.settings.data_retry);
    }
}

/// As the Go example: drops what it read with the answer, and ends its worker at the first error after it.
pub fn stream_rows_once(component: &Component, path: &str) {
    let mut rows = match Rows::open(component, component.settings.out.as_deref()) {
        Ok(rows) => rows,
        Err(error) => return failed(component, &error),
    };
    while !component.stopping() {
        let opened = open(component, path).and_then(|mut data| {
            answer(component, &mut data, Duration::from_secs(10))?;
            Ok(data)
        });
        match opened {
            Ok(mut data) => {
                let end = read_rows(component, &mut data, &mut rows, Duration::MAX);
                return failed(component, &end.err().unwrap_or(ErrorKind::UnexpectedEof.into()));
            }
            Err(error) => failed(component, &error),
        }
        component.wait(component.settings.data_retry);
    }
}

/// One data connection, from its handshake to its end.
fn attempt(component: &Component, path: &str, rows: &mut Rows, how: &Streaming) -> io::Result<()> {
    let mut data = open(component, path)?;
    if how.half_close {
        data.shutdown(Shutdown::Write)?;
    }
    let rest = answer(component, &mut data, how.answer_limit)?;
    rows.take(&rest)?;
    read_rows(component, &mut data, rows, QUIET_LIMIT)
}

/// Sends the handshake: the ids of REGISTERED, not those of the environment.
fn open(component: &Component, path: &str) -> io::Result<UnixStream> {
    let mut data = UnixStream::connect(path)?;
    data.set_read_timeout(Some(LOOK))?;
    let (id, session) = component.ids();
    let hello = format!("{{\"component_id\":{},\"session_token\":{}}}\n", quote(&id), quote(&session));
    data.write_all(hello.as_bytes())?;
    Ok(data)
}

/// Reads the answer to the handshake; gives what was read beyond it.
fn answer(component: &Component, data: &mut UnixStream, limit: Duration) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    let end = loop {
        read.extend(receive(component, data, limit)?);
        if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
            break end;
        }
    };
    let rest = read.split_off(end + 1);
    let answer = Json::parse(&String::from_utf8_lossy(&read)).map_err(Error::other)?;
    if answer.get("status").text() != "ok" {
        return Err(Error::other(answer.get("message").text()));
    }
    component.report().data_connections += 1;
    Ok(rest)
}

fn read_rows(component: &Component, data: &mut UnixStream, rows: &mut Rows, quiet: Duration) -> io::Result<()> {
    loop {
        let chunk = receive(component, data, quiet)?;
        rows.take(&chunk)?;
    }
}

/// The next piece; an error at the end of the connection, after the limit, and when the program ends.
fn receive(component: &Component, data: &mut UnixStream, limit: Duration) -> io::Result<Vec<u8>> {
    let since = Instant::now();
    let mut chunk = vec![0; 65536];
    while since.elapsed() < limit && !component.stopping() {
        match data.read(&mut chunk) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                chunk.truncate(count);
                return Ok(chunk);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

fn failed(component: &Component, error: &Error) {
    component.report().data_error = Some(error.to_string());
}
