//! The little of JSON that a component needs: a reader that takes every valid text, and quoting for what is written.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut reader = Reader { chars: text.chars().peekable() };
        let value = reader.value()?;
        reader.blanks();
        match reader.chars.next() {
            None => Ok(value),
            Some(other) => Err(format!("{other:?} after the end of the JSON value")),
        }
    }

    /// The field of an object; null when there is none.
    pub fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(fields) => fields.get(name).unwrap_or(&Json::Null),
            _ => &Json::Null,
        }
    }

    /// "" when it is no text.
    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }

    /// 0 when it is no number.
    pub fn number(&self) -> f64 {
        match self {
            Json::Number(number) => *number,
            _ => 0.0,
        }
    }

    /// None when it is no list.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    pub fn is_true(&self) -> bool {
        matches!(self, Json::Bool(true))
    }
}

/// The text in quotes, as JSON wants it.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Json, String> {
        self.blanks();
        match self.chars.peek() {
            Some('{') => self.object(),
            Some('[') => self.list(),
            Some('"') => Ok(Json::Text(self.string()?)),
            Some(_) => self.word(),
            None => Err("the JSON text ends too early".into()),
        }
    }

    fn blanks(&mut self) {
        while self.chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
    }

    /// Whether the next character, blanks aside, is this one; then it is taken.
    fn takes(&mut self, wanted: char) -> bool {
        self.blanks();
        self.chars.next_if_eq(&wanted).is_some()
    }

    fn demand(&mut self, wanted: char) -> Result<(), String> {
        if self.takes(wanted) {
            return Ok(());
        }
        Err(format!("{:?} came instead of {wanted:?}", self.chars.peek()))
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut fields = BTreeMap::new();
        self.demand('{')?;
        if self.takes('}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.demand(':')?;
            fields.insert(name, self.value()?);
            if !self.takes(',') {
                self.demand('}')?;
                return Ok(Json::Object(fields));
            }
        }
    }

    fn list(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        self.demand('[')?;
        if self.takes(']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if !self.takes(',') {
                self.demand(']')?;
                return Ok(Json::List(items));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.demand('"')?;
        let mut text = String::new();
        loop {
            match self.chars.next().ok_or("a text does not end")? {
                '"' => return Ok(text),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        Ok(match self.chars.next().ok_or("a text does not end")? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            c => c,
        })
    }

    /// Characters beyond 0xFFFF come as two halves.
    fn unicode(&mut self) -> Result<char, String> {
        let mut units = vec![self.hex()?];
        if (0xD800..0xDC00).contains(&units[0]) && self.chars.next_if_eq(&'\\').is_some() {
            self.chars.next();
            units.push(self.hex()?);
        }
        let text = String::from_utf16_lossy(&units);
        text.chars().next().ok_or("no character".into())
    }

    fn hex(&mut self) -> Result<u16, String> {
        let digits: String = self.chars.by_ref().take(4).collect();
        u16::from_str_radix(&digits, 16).map_err(|error| error.to_string())
    }

    fn word(&mut self) -> Result<Json, String> {
        let mut word = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)) {
            word.push(c);
        }
        match word.as_str() {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            number => number.parse().map(Json::Number).map_err(|_| format!("{number:?} is no JSON value")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_aegis_sends() {
        let row = Json::parse(r#" {"ts":17,"data":{"price":-6.5e-2,"bids":[{"q":1},[]],"m":true,"x":null,"y":{}}}   "#)
            .unwrap();
        assert_eq!(row.get("ts").number(), 17.0);
        assert_eq!(row.get("data").get("price").number(), -0.065);
        assert!(row.get("data").get("m").is_true());
        assert_eq!(row.get("data").get("bids").items().len(), 2);
        assert_eq!(row.get("missing").get("deeper").text(), "");
    }

    #[test]
    fn reads_and_quotes_every_character() {
        let text = "\u{1}\t\n\"\\/é😀";
        assert_eq!(Json::parse(&quote(text)).unwrap().text(), text);
        assert_eq!(Json::parse(r#""\u00e9\ud83d\ude00\b\/\ud83d""#).unwrap().text(), "é😀\u{8}/\u{fffd}");
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in ["", "{", "{\"a\"}", "[1,]", "nul", "1 2", "\"a", "{\"a\":1", "\"\\u12\""] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
