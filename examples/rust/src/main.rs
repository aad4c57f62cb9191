//! An Aegis component in plain Rust, against the protocol alone: counts the rows of each topic, adds up their volume and
//! remembers the last price. To make a component of your own, change `NEEDS` below and totals.rs.

mod control;
mod json;
mod stream;
mod totals;

use std::time::Duration;
use std::{env, process, thread};

use control::{Control, Identity, Problem};
use stream::Stream;

/// What this component wants to get: all combinations of streams, symbols and timeframes (for klines).
const NEEDS: &str = concat!(
    r#"{"requires_streams":["klines","trades"],"#,
    r#""supported_symbols":["BTCUSDT","ETHUSDT"],"supported_timeframes":["1m"]}"#
);

/// Between two attempts to reach Aegis.
const FIRST_PAUSE: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

fn main() {
    let rows = Stream::default();
    let component_id = env::var("AEGIS_COMPONENT_ID").unwrap_or_default();
    let mut me = Identity { component_id, ..Identity::default() };
    let mut pause = FIRST_PAUSE;
    loop {
        match serve(&mut me, &rows) {
            Ok(()) => return,
            Err(Problem::Refused(reason)) => {
                eprintln!("registration refused: {reason}");
                process::exit(1);
            }
            Err(Problem::Lost(error)) => eprintln!("control connection lost: {error}"),
        }
        thread::sleep(pause);
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// One control connection, from REGISTER to its end. Ok is the end by SHUTDOWN.
fn serve(me: &mut Identity, rows: &Stream) -> Result<(), Problem> {
    let mut control = Control::connect(&env::var("AEGIS_SOCKET").unwrap_or_default())?;
    control.register(me)?;
    let configuration = control.handshake()?;
    eprintln!("running with {} topics", configuration.get("topics").items().len());
    rows.start(configuration.get("data_stream_socket").text(), me);
    loop {
        let message = control.next()?;
        match message.command.as_str() {
            "PING" => control.pong(&message)?,
            "REBORN" => {
                // The session runs again.
                println!("{}", rows.begin().summary());
                control.ack(&message)?;
            }
            "SHUTDOWN" => {
                println!("{}", rows.end().summary());
                return Ok(control.ack(&message)?);
            }
            _ => {}
        }
    }
}
