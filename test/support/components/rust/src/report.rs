//! The summary that is printed as one JSON line when the program ends.

use crate::json::{quote, Json};

#[derive(Default)]
pub struct Report {
    pub style: String,
    pub component_id: String,
    pub session_id: Option<String>,
    pub connections: u64,
    pub data_connections: u64,
    pub rows: u64,
    pub commands: Vec<String>,
    /// As CONFIGURE has it.
    pub topics: Option<String>,
    pub config: Option<String>,
    pub data_error: Option<String>,
}

impl Report {
    pub fn heard(&mut self, command: &str) {
        if command != "PING" && command != "ACK" {
            self.commands.push(command.to_string());
        }
    }

    pub fn summary(&self, end: &str) -> String {
        let null = || "null".to_string();
        let fields = [
            ("style", quote(&self.style)),
            ("componentId", quote(&self.component_id)),
            ("sessionId", self.session_id.as_deref().map_or_else(null, quote)),
            ("connections", self.connections.to_string()),
            ("dataConnections", self.data_connections.to_string()),
            ("rows", self.rows.to_string()),
            ("commands", list(self.commands.iter().map(|command| quote(command)))),
            ("topics", self.topics.clone().unwrap_or_else(null)),
            ("config", self.config.clone().unwrap_or_else(null)),
            ("dataError", self.data_error.as_deref().map_or_else(null, quote)),
            ("end", quote(end)),
        ];
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", quote(name))).collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// A list of texts that are JSON already.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// The value as JSON text.
pub fn text_of(value: &Json) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.to_string(),
        Json::Text(value) => quote(value),
        Json::List(items) => list(items.iter().map(text_of)),
        Json::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}:{}", quote(name), text_of(value))).collect();
            format!("{{{}}}", fields.join(","))
        }
    }
}
