//! A control connection that reads lines, or as the Go SDK does.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::json::Json;

/// Why a control connection is over without SHUTDOWN.
pub enum End {
    /// Anything but REGISTERED came as the answer to REGISTER: final for every SDK.
    Refused(String),
    Lost(String),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        End::Lost(error.to_string())
    }
}

pub struct Message {
    pub id: String,
    pub command: String,
    pub payload: Json,
}

pub struct Connection {
    socket: UnixStream,
    buffer: Vec<u8>,
    /// A new decoder for each message: what one has read beyond its message is lost.
    fresh: bool,
}

impl Connection {
    pub fn open(path: &str, fresh: bool) -> io::Result<Connection> {
        Ok(Connection { socket: UnixStream::connect(path)?, buffer: Vec::new(), fresh })
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.socket.write_all(text.as_bytes())
    }

    pub fn next(&mut self, limit: Duration) -> Result<Message, End> {
        self.socket.set_read_timeout(Some(limit))?;
        let text = if self.fresh { self.decode()? } else { self.line()? };
        let Json::Object(mut fields) = Json::parse(&text).map_err(End::Lost)? else {
            return Err(End::Lost("a message is no object".into()));
        };
        let mut take = |name: &str| fields.remove(name).unwrap_or(Json::Null);
        let (id, command, payload) = (take("message_id"), take("command"), take("payload"));
        Ok(Message { id: id.text().to_string(), command: command.text().to_string(), payload })
    }

    fn line(&mut self) -> Result<String, End> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return utf8(line);
            }
            let mut chunk = [0; 65536];
            let count = read(&mut self.socket, &mut chunk)?;
            self.buffer.extend(&chunk[..count]);
        }
    }

    /// One value, read as Go's json.Decoder does: into a buffer of 512 bytes that grows to twice its size and 512.
    fn decode(&mut self) -> Result<String, End> {
        let (mut buffer, mut used) = (Vec::new(), 0);
        loop {
            if buffer.len() - used < 512 {
                buffer.resize(2 * buffer.len() + 512, 0);
            }
            used += read(&mut self.socket, &mut buffer[used..])?;
            let text = buffer[..used].trim_ascii_start();
            if text.first().is_some_and(|byte| *byte != b'{') {
                return Err(End::Lost(format!("invalid character {:?}", text[0] as char)));
            }
            if let Some(end) = end_of_object(text) {
                return utf8(text[..end].to_vec());
            }
        }
    }
}

fn read(socket: &mut UnixStream, buffer: &mut [u8]) -> Result<usize, End> {
    match socket.read(buffer)? {
        0 => Err(End::Lost("end of connection".into())),
        count => Ok(count),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, End> {
    String::from_utf8(bytes).map_err(|error| End::Lost(error.to_string()))
}

/// Where the object ends with which the text begins.
fn end_of_object(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}
