//! What lives longer than a control connection, and what all generations do alike.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::control::{Connection, End, Message};
use crate::json::quote;
use crate::report::{list, text_of, Report};
use crate::settings::Settings;

pub struct Component {
    pub settings: Settings,
    report: Mutex<Report>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
    started: Instant,
}

impl Component {
    pub fn new(settings: Settings) -> Component {
        let report = Report {
            style: settings.generation.clone(),
            component_id: settings.component_id.clone(),
            ..Report::default()
        };
        Component {
            settings,
            report: Mutex::new(report),
            workers: Mutex::default(),
            stopping: AtomicBool::new(false),
            started: Instant::now(),
        }
    }

    pub fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().expect("no thread panics with the report in its hands")
    }

    /// Component id and session id, as REGISTERED gave them.
    pub fn ids(&self) -> (String, String) {
        let report = self.report();
        (report.component_id.clone(), report.session_id.clone().unwrap_or_default())
    }

    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub fn wait(&self, pause: Duration) {
        let since = Instant::now();
        while since.elapsed() < pause && !self.stopping() {
            thread::sleep(Duration::from_millis(20).min(pause));
        }
    }

    pub fn worker_count(&self) -> usize {
        self.workers.lock().expect("no worker starts others").len()
    }

    pub fn work(self: &Arc<Self>, work: impl FnOnce(&Component) + Send + 'static) {
        let component = Arc::clone(self);
        let worker = thread::spawn(move || work(&component));
        self.workers.lock().expect("no worker starts others").push(worker);
    }

    pub fn receive(&self, control: &mut Connection, limit: Duration) -> Result<Message, End> {
        let message = control.next(limit)?;
        self.report().heard(&message.command);
        Ok(message)
    }

    pub fn register(&self, control: &mut Connection) -> Result<(), End> {
        let names = |names: &[String]| list(names.iter().map(|name| quote(name)));
        let settings = &self.settings;
        let capabilities = format!(
            r#"{{"supported_symbols":{},"supported_timeframes":{},"requires_streams":{}}}"#,
            names(&settings.symbols),
            names(&settings.timeframes),
            names(&settings.streams)
        );
        let payload = format!(
            r#"{{"session_token":{},"component_id":{},"component_name":{},"version":"0.1.0","capabilities":{capabilities}}}"#,
            quote(&settings.token),
            quote(&self.ids().0),
            quote(&settings.name)
        );
        control.send(&self.envelope("LIFECYCLE", "REGISTER", &payload, None))?;
        let answer = self.receive(control, Duration::from_secs(15))?;
        if answer.command != "REGISTERED" {
            return Err(End::Refused(text_of(&answer.payload)));
        }
        let mut report = self.report();
        report.component_id = answer.payload.get("component_id").text().to_string();
        report.session_id = Some(answer.payload.get("session_id").text().to_string());
        Ok(())
    }

    /// Reports a state and takes the next message for the answer.
    pub fn ask(&self, control: &mut Connection, state: &str) -> Result<Message, End> {
        control.send(&self.state(state))?;
        self.receive(control, Duration::from_secs(15))
    }

    /// Notes what CONFIGURE says, and gives the path of the data socket.
    pub fn configured(&self, message: &Message) -> Result<String, End> {
        if message.command != "CONFIGURE" {
            return Err(End::Lost(format!("expected CONFIGURE, got {}", message.command)));
        }
        let mut report = self.report();
        report.topics = Some(list(message.payload.get("topics").items().iter().map(text_of)));
        report.config = Some(text_of(message.payload.get("config")));
        Ok(message.payload.get("data_stream_socket").text().to_string())
    }

    pub fn state(&self, name: &str) -> String {
        self.envelope("LIFECYCLE", "STATE_UPDATE", &format!(r#"{{"state":"{name}"}}"#), None)
    }

    pub fn ack(&self, message: &Message) -> String {
        self.envelope("CONTROL", "ACK", r#"{"status":"ok"}"#, Some(&message.id))
    }

    pub fn pong(&self, ping: &Message) -> String {
        let payload = format!(r#"{{"state":"RUNNING","uptime_seconds":{}}}"#, self.started.elapsed().as_secs());
        self.envelope("HEARTBEAT", "PONG", &payload, Some(&ping.id))
    }

    pub fn shutdown(&self) -> String {
        self.envelope("LIFECYCLE", "SHUTDOWN", "{}", None)
    }

    /// A line with its newline; the timestamp, which may be missing, is missing.
    fn envelope(&self, kind: &str, command: &str, payload: &str, answers: Option<&str>) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{}-{}", process::id(), now.as_nanos());
        let source = quote(&format!("component:{}", self.settings.name));
        let correlation = answers.map_or("null".into(), quote);
        format!(
            concat!(
                r#"{{"protocol_version":"0.1","message_id":"{}","correlation_id":{},"source":{},"target":"aegis","#,
                r#""type":"{}","command":"{}","payload":{}}}"#,
                "\n"
            ),
            id, correlation, source, kind, command, payload
        )
    }

    /// Prints the summary and ends the process.
    pub fn finish(&self, end: &str, code: i32) -> ! {
        self.stopping.store(true, Ordering::Relaxed);
        for worker in self.workers.lock().expect("no worker starts others").drain(..) {
            if worker.join().is_err() {
                eprintln!("a data worker has panicked");
            }
        }
        println!("{}", self.report().summary(end));
        process::exit(code)
    }
}
