//! Reads the rows, over as many data connections as it takes, each row once.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Write};
use std::mem;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::control::Identity;
use crate::json::{quote, Json};
use crate::totals::Totals;

#[derive(Default)]
struct State {
    /// Of this run.
    totals: Totals,
    /// The present connection has brought rows: it belongs to the run that is counted.
    brought: bool,
    /// The run is over and cannot be had from its start: wait for the next one.
    late: bool,
    started: bool,
}

/// Shared between the thread that reads rows and the one that converses with Aegis.
#[derive(Clone, Default)]
pub struct Stream {
    state: Arc<Mutex<State>>,
}

impl Stream {
    /// Begins to read; after a new control connection it is called again, and the stream simply goes on.
    pub fn start(&self, path: &str, me: &Identity) {
        if mem::replace(&mut self.lock().started, true) {
            return;
        }
        let (stream, path, me) = (self.clone(), path.to_string(), me.clone());
        thread::spawn(move || loop {
            if let Err(error) = stream.read(&path, &me) {
                eprintln!("data connection lost: {error}");
            }
            stream.lock().brought = false;
            thread::sleep(Duration::from_millis(500));
        });
    }

    /// Called at REBORN; gives what the old run has come to. Aegis has closed the connection of that run before, so there
    /// is an end to wait for.
    pub fn begin(&self) -> Totals {
        loop {
            let mut state = self.lock();
            if !state.brought {
                return mem::take(&mut state.totals);
            }
            drop(state);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Called at SHUTDOWN. Rows that have arrived already count: until none came for 100 ms, at most a second.
    pub fn end(&self) -> Totals {
        for _ in 0..10 {
            let before = self.lock().totals.rows;
            thread::sleep(Duration::from_millis(100));
            if before == self.lock().totals.rows {
                break;
            }
        }
        mem::take(&mut self.lock().totals)
    }

    /// One data connection, from its handshake to its end.
    fn read(&self, path: &str, me: &Identity) -> io::Result<()> {
        let mut connection = UnixStream::connect(path)?;
        connection.write_all(self.hello(me).as_bytes())?;
        let mut lines = BufReader::with_capacity(256 << 10, connection);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        self.accept(&line)?;
        loop {
            line.clear();
            lines.read_line(&mut line)?;
            if !line.ends_with('\n') {
                // What is left of a line when the connection ends is forgotten: it comes whole on the next one.
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let mut state = self.lock();
            state.brought = true;
            state.totals.add(&line).map_err(Error::other)?;
        }
    }

    /// Says where to begin. A process that has nothing yet, because it was just started or was killed in the middle of a
    /// run, asks for the run from its start; one that lost its connection says how many bytes of whole rows it has.
    fn hello(&self, me: &Identity) -> String {
        let state = self.lock();
        let position = match state.totals.rows {
            0 if !state.late => r#""from":"start""#.to_string(),
            _ => format!(r#""received":{}"#, state.totals.bytes),
        };
        let (id, session) = (quote(&me.component_id), quote(&me.session_id));
        format!("{{\"component_id\":{id},\"session_token\":{session},{position}}}\n")
    }

    fn accept(&self, line: &str) -> io::Result<()> {
        let answer = Json::parse(line).map_err(Error::other)?;
        let mut state = self.lock();
        state.late = answer.get("status").text() != "ok";
        if state.late {
            return Err(Error::other(answer.get("message").text()));
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the other thread does not panic")
    }
}
