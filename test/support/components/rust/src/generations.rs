//! How each generation of SDKs converses.

use std::sync::Arc;
use std::time::Duration;

use crate::component::Component;
use crate::control::{Connection, End, Message};
use crate::data::{stream_rows, stream_rows_once, Streaming};

pub type Serve = fn(&Arc<Component>, &mut Connection) -> Result<(), End>;

type OnMessage = fn(&Arc<Component>, &mut Connection, &Message) -> Result<(), End>;

pub fn named(generation: &str) -> Option<Serve> {
    match generation {
        "waits" => Some(waits),
        "pipelined" => Some(pipelined),
        "fresh_decoder" => Some(fresh_decoder),
        "asyncio_sdk" => Some(asyncio_sdk),
        "legacy" => Some(legacy),
        _ => None,
    }
}

/// How the generations differ once they are registered.
#[derive(Default)]
struct Reactions {
    silence: Duration,
    /// What CONFIGURE leads to, where it can come here.
    configure: Option<OnMessage>,
    /// REBORN is acknowledged; others ignore it.
    reborn: bool,
    /// A SHUTDOWN of its own follows the ACK.
    leaves: bool,
    /// The same, and it connects again.
    returns: bool,
    /// A command of later protocols ends the connection.
    strict: bool,
}

const LONG: Duration = Duration::from_secs(35);

/// The newest Rust SDK: waits for the ACKs of INITIALIZING and READY, which must be ACKs; one data worker per process.
fn waits(c: &Arc<Component>, control: &mut Connection) -> Result<(), End> {
    c.register(control)?;
    for state in ["INITIALIZING", "READY"] {
        let answer = c.ask(control, state)?;
        if answer.command != "ACK" {
            return Err(End::Lost(format!("expected ACK, got {}", answer.command)));
        }
    }
    let message = c.receive(control, LONG)?;
    let path = c.configured(&message)?;
    control.send(&c.ack(&message))?;
    control.send(&c.state("CONFIGURED"))?;
    control.send(&c.state("RUNNING"))?;
    if c.worker_count() == 0 {
        let how = Streaming { half_close: false, answer_limit: Duration::from_secs(3) };
        c.work(move |c| stream_rows(c, &path, c.settings.out.as_deref(), &how));
    }
    run(c, control, Reactions { silence: Duration::from_secs(25), reborn: true, ..Default::default() })
}

/// The Rust SDK of 2026-03: waits for nothing, half-closes its data socket, opens another one after each reconnect.
fn pipelined(c: &Arc<Component>, control: &mut Connection) -> Result<(), End> {
    c.register(control)?;
    control.send(&(c.state("INITIALIZING") + &c.state("READY")))?;
    run(c, control, Reactions { silence: LONG, reborn: true, configure: Some(pipeline), ..Default::default() })
}

fn pipeline(c: &Arc<Component>, control: &mut Connection, message: &Message) -> Result<(), End> {
    let path = c.configured(message)?;
    control.send(&(c.ack(message) + &c.state("CONFIGURED") + &c.state("RUNNING")))?;
    // Rows of further connections are the same rows: they go to files of their own.
    let suffix = match c.worker_count() {
        0 => String::new(),
        count => format!(".{count}"),
    };
    let out = c.settings.out.as_ref().map(|out| out.clone() + &suffix);
    let how = Streaming { half_close: true, answer_limit: Duration::from_secs(10) };
    c.work(move |c| stream_rows(c, &path, out.as_deref(), &how));
    Ok(())
}

/// The Go SDK: a new decoder per message that drops what it read too much; any line counts as an ACK; ignores REBORN;
/// returns after SHUTDOWN.
fn fresh_decoder(c: &Arc<Component>, control: &mut Connection) -> Result<(), End> {
    c.register(control)?;
    c.ask(control, "INITIALIZING")?;
    c.ask(control, "READY")?;
    let message = c.receive(control, LONG)?;
    let path = c.configured(&message)?;
    control.send(&c.ack(&message))?;
    c.ask(control, "CONFIGURED")?;
    c.ask(control, "RUNNING")?;
    if c.worker_count() == 0 {
        c.work(move |c| stream_rows_once(c, &path));
    }
    run(c, control, Reactions { silence: LONG, returns: true, ..Default::default() })
}

/// The Python SDK: waits for the ACK of INITIALIZING only, any line counts; no data client; returns after SHUTDOWN. It has
/// a name of its own for the socket's variable.
fn asyncio_sdk(c: &Arc<Component>, control: &mut Connection) -> Result<(), End> {
    c.register(control)?;
    c.ask(control, "INITIALIZING")?;
    control.send(&c.state("READY"))?;
    run(c, control, Reactions { silence: LONG, returns: true, configure: Some(confirm), ..Default::default() })
}

/// The first generation (Rust, C++, OCaml): waits for CONFIGURE without INITIALIZING and READY; no data client.
fn legacy(c: &Arc<Component>, control: &mut Connection) -> Result<(), End> {
    c.register(control)?;
    let how = Reactions { silence: LONG, strict: true, leaves: true, configure: Some(confirm), ..Default::default() };
    run(c, control, how)
}

fn confirm(c: &Arc<Component>, control: &mut Connection, message: &Message) -> Result<(), End> {
    c.configured(message)?;
    control.send(&c.ack(message))?;
    control.send(&c.state("CONFIGURED"))?;
    Ok(control.send(&c.state("RUNNING"))?)
}

/// Answers messages until the connection is of no use any more.
fn run(c: &Arc<Component>, control: &mut Connection, how: Reactions) -> Result<(), End> {
    loop {
        let message = c.receive(control, how.silence)?;
        match (message.command.as_str(), how.configure) {
            ("PING", _) => control.send(&c.pong(&message))?,
            ("CONFIGURE", Some(configure)) => configure(c, control, &message)?,
            ("REBORN", _) if how.strict => return Err(End::Lost("unknown command REBORN".into())),
            ("REBORN", _) if how.reborn => control.send(&c.ack(&message))?,
            ("SHUTDOWN", _) => return shut_down(c, control, &message, &how),
            ("RUNTIME_ERROR", _) if !message.payload.get("recoverable").is_true() => {
                return Err(End::Lost(message.payload.get("message").text().to_string()));
            }
            ("NACK", _) => return Ok(()),
            _ => {}
        }
    }
}

fn shut_down(c: &Arc<Component>, control: &mut Connection, message: &Message, how: &Reactions) -> Result<(), End> {
    control.send(&c.ack(message))?;
    if how.leaves || how.returns {
        control.send(&c.shutdown())?;
    }
    if how.returns {
        return Err(End::Lost("shut down: it connects again".into()));
    }
    Ok(())
}
