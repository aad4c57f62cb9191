//! What the component computes in one run. This is where a strategy would think.

use std::collections::BTreeMap;

use crate::json::{quote, Json};

/// Volume in the base asset, and the price that came last.
#[derive(Default)]
struct TopicTotals {
    rows: u64,
    volume: f64,
    last: f64,
}

pub struct Totals {
    pub rows: u64,
    /// Of whole rows: the position in the stream.
    pub bytes: u64,
    topics: BTreeMap<String, TopicTotals>,
    /// FNV-1a of all lines: the same in each run over the same data.
    checksum: u64,
}

impl Default for Totals {
    fn default() -> Self {
        Totals { rows: 0, bytes: 0, topics: BTreeMap::new(), checksum: 0xcbf29ce484222325 }
    }
}

impl Totals {
    /// Takes one line, with its newline: {"session_id":…,"topic":…,"ts":…,"data":{…}}.
    pub fn add(&mut self, line: &str) -> Result<(), String> {
        let row = Json::parse(line)?;
        if !row.get("status").text().is_empty() {
            return Ok(()); // no row: it says that a run begins
        }
        // aegis.<session>.<type>.<symbol>[.<timeframe>]
        let name = row.get("topic").text().splitn(3, '.').nth(2).ok_or("a topic without a type")?;
        let data = row.get("data");
        let (volume, price) = if name.starts_with("klines.") { ("volume", "close") } else { ("qty", "price") };
        let topic = self.topics.entry(name.to_string()).or_default();
        topic.rows += 1;
        topic.volume += data.get(volume).number();
        topic.last = data.get(price).number();
        self.rows += 1;
        self.bytes += line.len() as u64;
        for byte in line.bytes() {
            self.checksum = (self.checksum ^ u64::from(byte)).wrapping_mul(0x100000001b3);
        }
        Ok(())
    }

    /// One line of JSON.
    pub fn summary(&self) -> String {
        let topics: Vec<String> = self.topics.iter().map(describe).collect();
        let topics = topics.join(",");
        format!(r#"{{"checksum":"{:016x}","rows":{},"topics":{{{topics}}}}}"#, self.checksum, self.rows)
    }
}

fn describe((name, TopicTotals { rows, volume, last }): (&String, &TopicTotals)) -> String {
    format!(r#"{}:{{"rows":{rows},"volume":{volume},"last":{last}}}"#, quote(name))
}
