//! Appends complete lines to a file; what is left of a line when its connection ends is forgotten.

use std::fs::{File, OpenOptions};
use std::io::{self, Error, Write};
use std::str;

use crate::component::Component;
use crate::json::Json;

pub struct Rows<'a> {
    component: &'a Component,
    file: Option<File>,
    rest: Vec<u8>,
}

impl<'a> Rows<'a> {
    pub fn open(component: &'a Component, path: Option<&str>) -> io::Result<Rows<'a>> {
        let open = |path| OpenOptions::new().append(true).create(true).open(path);
        Ok(Rows { component, file: path.map(open).transpose()?, rest: Vec::new() })
    }

    pub fn take(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.rest.extend(chunk);
        let Some(last) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(());
        };
        let complete: Vec<u8> = self.rest.drain(..=last).collect();
        let text = str::from_utf8(&complete).map_err(Error::other)?;
        for line in text.lines() {
            let row = Json::parse(line).map_err(Error::other)?;
            let ts = row.get("ts").number();
            if ts == 0.0 || ts.fract() != 0.0 {
                return Err(Error::other(format!("ts is not an integer: {line}")));
            }
        }
        if let Some(file) = &mut self.file {
            file.write_all(&complete)?;
        }
        self.component.report().rows += text.lines().count() as u64;
        Ok(())
    }

    pub fn reconnected(&mut self) {
        self.rest.clear();
    }
}
