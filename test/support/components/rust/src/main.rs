//! Components that behave as each generation of SDKs does, with nothing but the standard library: the Rust form of the
//! Python programs beside this folder, with the same options (those that tests need) and the same summary. There are no
//! signals in the standard library, so SIGTERM ends it without a summary.

mod component;
mod control;
mod data;
mod generations;
#[path = "../../../../../examples/rust/src/json.rs"]
mod json;
mod report;
mod rows;
mod settings;

use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use component::Component;
use control::{Connection, End};
use settings::Settings;

fn main() {
    let component = Arc::new(Component::new(Settings::read()));
    let Some(serve) = generations::named(&component.settings.generation) else {
        eprintln!("no such generation: {:?}", component.settings.generation);
        process::exit(2);
    };
    let mut pause = component.settings.reconnect;
    for _ in 0..component.settings.attempts {
        match converse(&component, serve) {
            Ok(()) => component.finish("shutdown", 0),
            Err(End::Refused(payload)) => component.finish(&format!("refused: {payload}"), 1),
            Err(End::Lost(reason)) => eprintln!("lost: {reason}"),
        }
        thread::sleep(pause);
        pause = Duration::from_secs(60).min(2 * pause);
    }
    component.finish("attempts", 1)
}

/// One control connection. Ok: the component has no reason to come back.
fn converse(component: &Arc<Component>, serve: generations::Serve) -> Result<(), End> {
    let fresh = component.settings.generation == "fresh_decoder";
    let mut control = Connection::open(&component.settings.socket, fresh)?;
    component.report().connections += 1;
    serve(component, &mut control)
}
