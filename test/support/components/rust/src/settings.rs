//! Everything comes from the environment, what the component declares from arguments.

use std::collections::HashMap;
use std::env;
use std::time::Duration;

pub struct Settings {
    pub generation: String,
    pub name: String,
    pub socket: String,
    pub token: String,
    pub component_id: String,
    pub symbols: Vec<String>,
    pub streams: Vec<String>,
    pub timeframes: Vec<String>,
    /// Rows are appended here, complete lines only.
    pub out: Option<String>,
    /// Before the first control reconnect.
    pub reconnect: Duration,
    /// Before a new data connection.
    pub data_retry: Duration,
    /// Before the first data connection.
    pub data_delay: Duration,
    /// Control connections for the life of the process.
    pub attempts: u32,
}

impl Settings {
    pub fn read() -> Settings {
        let args: Vec<String> = env::args().skip(1).collect();
        let given: HashMap<&str, &str> = args.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])).collect();
        let text = |name: &str, default: &str| given.get(name).unwrap_or(&default).to_string();
        let names = |name: &str| text(name, "").split(',').filter(|part| !part.is_empty()).map(String::from).collect();
        let seconds = |name: &str, default: &str| Duration::from_secs_f64(number(&text(name, default)));
        let generation = text("--generation", "waits");
        Settings {
            name: text("--name", &generation),
            socket: socket_of(&generation),
            token: variable("AEGIS_SESSION_TOKEN"),
            component_id: variable("AEGIS_COMPONENT_ID"),
            symbols: names("--symbols"),
            streams: names("--streams"),
            timeframes: names("--timeframes"),
            out: given.get("--out").map(|out| out.to_string()),
            reconnect: seconds("--reconnect", "3"),
            data_retry: seconds("--data-retry", "1"),
            data_delay: seconds("--data-delay", "0"),
            attempts: number(&text("--attempts", "10")) as u32,
            generation,
        }
    }
}

/// One SDK has a name of its own for the variable, and does not start without it.
fn socket_of(generation: &str) -> String {
    let path = variable("AEGIS_SOCKET");
    if generation == "asyncio_sdk" || path.is_empty() {
        return variable("AEGIS_COMPONENT_SOCKET");
    }
    path
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}
