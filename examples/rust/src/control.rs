//! A connection to the control socket: one JSON object per line, in both directions.

use std::env;
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::json::{quote, Json};
use crate::NEEDS;

/// Aegis sends a PING every 5 s. Nothing for so long means that the connection is dead.
const SILENCE: Duration = Duration::from_secs(35);

/// Why a control connection is over without SHUTDOWN.
pub enum Problem {
    /// An ERROR in answer to REGISTER is final: trying again would give the same answer.
    Refused(String),
    Lost(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::Lost(error)
    }
}

/// What REGISTERED gives. The data socket wants both; a new control connection registers under the same id.
#[derive(Clone, Default)]
pub struct Identity {
    pub component_id: String,
    pub session_id: String,
}

pub struct Message {
    pub id: String,
    pub command: String,
    pub payload: Json,
}

/// Messages of this process: an id is used once, over all connections.
static SENT: AtomicU64 = AtomicU64::new(1);

pub struct Control {
    connection: UnixStream,
    /// One reader for the life of the connection: a new one would lose what the one before had read ahead.
    lines: BufReader<UnixStream>,
}

impl Control {
    pub fn connect(path: &str) -> io::Result<Control> {
        let connection = UnixStream::connect(path)?;
        connection.set_read_timeout(Some(SILENCE))?;
        let lines = BufReader::new(connection.try_clone()?);
        Ok(Control { connection, lines })
    }

    /// Gives the session's secret token and what the component needs.
    pub fn register(&mut self, me: &mut Identity) -> Result<(), Problem> {
        let token = quote(&env::var("AEGIS_SESSION_TOKEN").unwrap_or_default());
        let name = quote(&env::var("AEGIS_COMPONENT_NAME").unwrap_or("counter".into()));
        let id = quote(&me.component_id);
        let payload = format!(
            r#"{{"session_token":{token},"component_id":{id},"component_name":{name},"capabilities":{NEEDS}}}"#
        );
        self.send("LIFECYCLE", "REGISTER", &payload, None)?;
        let answer = self.receive()?; // a connection that ends without an answer is no refusal
        if answer.command != "REGISTERED" {
            return Err(Problem::Refused(answer.payload.get("message").text().to_string()));
        }
        me.component_id = answer.payload.get("component_id").text().to_string();
        me.session_id = answer.payload.get("session_id").text().to_string();
        Ok(())
    }

    /// Takes the component to RUNNING, waiting for the ACK of each state; gives the payload of CONFIGURE.
    pub fn handshake(&mut self) -> io::Result<Json> {
        self.report("INITIALIZING")?;
        self.report("READY")?;
        let configure = self.expect("CONFIGURE")?;
        self.ack(&configure)?;
        self.report("CONFIGURED")?;
        self.report("RUNNING")?;
        Ok(configure.payload)
    }

    fn report(&mut self, state: &str) -> io::Result<()> {
        self.send("LIFECYCLE", "STATE_UPDATE", &format!(r#"{{"state":"{state}"}}"#), None)?;
        self.expect("ACK").map(|_| ())
    }

    fn expect(&mut self, command: &str) -> io::Result<Message> {
        let message = self.next()?;
        if message.command == command {
            return Ok(message);
        }
        Err(Error::other(format!("{} came instead of {command}", message.command)))
    }

    /// Skips errors after which the conversation goes on; after others Aegis ends it.
    pub fn next(&mut self) -> io::Result<Message> {
        loop {
            let message = self.receive()?;
            if message.command != "RUNTIME_ERROR" {
                return Ok(message);
            }
            if !message.payload.get("recoverable").is_true() {
                return Err(Error::other(message.payload.get("message").text()));
            }
        }
    }

    fn receive(&mut self) -> io::Result<Message> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        if !line.ends_with('\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let Json::Object(mut fields) = Json::parse(&line).map_err(Error::other)? else {
            return Err(Error::other("a message is no object"));
        };
        let mut take = |name: &str| fields.remove(name).unwrap_or(Json::Null);
        let (id, command, payload) = (take("message_id"), take("command"), take("payload"));
        Ok(Message { id: id.text().to_string(), command: command.text().to_string(), payload })
    }

    pub fn ack(&mut self, message: &Message) -> io::Result<()> {
        self.send("CONTROL", "ACK", r#"{"status":"ok"}"#, Some(&message.id))
    }

    pub fn pong(&mut self, ping: &Message) -> io::Result<()> {
        self.send("HEARTBEAT", "PONG", r#"{"state":"RUNNING"}"#, Some(&ping.id))
    }

    fn send(&mut self, kind: &str, command: &str, payload: &str, answers: Option<&str>) -> io::Result<()> {
        let id = format!("{}-{}", process::id(), SENT.fetch_add(1, Ordering::Relaxed));
        let correlation = answers.map_or("null".into(), quote);
        let line = format!(
            concat!(
                r#"{{"protocol_version":"0.1.0","message_id":"{}","correlation_id":{},"source":"component:counter","#,
                r#""target":"aegis","type":"{}","command":"{}","payload":{}}}"#,
                "\n"
            ),
            id, correlation, kind, command, payload
        );
        self.connection.write_all(line.as_bytes())
    }
}
