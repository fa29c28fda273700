//! The rows of one table as text.

use std::io::{self, Read};

use rusqlite::types::ValueRef;

use crate::source::container::limit::Budget;

/// What a row costs at least: a damaged file can show one empty row over and over.
const ROW_COST: u64 = 64;
/// Shorter cells that are no text are numbers and flags.
const SHORTEST_BINARY: usize = 16;

/// Reads as a JSON object on a line for each row. Cells without a value are left out, as is what is no text.
pub(super) struct Rows<'a> {
    stored: rusqlite::Rows<'a>,
    /// Column names as JSON strings.
    names: Vec<String>,
    budget: &'a Budget,
    line: Vec<u8>,
    at: usize,
    binary: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(stored: rusqlite::Rows<'a>, columns: &[String], budget: &'a Budget) -> Self {
        let names = columns.iter().map(|name| serde_json::Value::from(name.as_str()).to_string()).collect();
        Self { stored, names, budget, line: Vec::new(), at: 0, binary: false }
    }

    /// True if a cell was left out because it is no text.
    pub(super) fn has_binary(&self) -> bool {
        self.binary
    }

    /// Writes the next row; false if there is none.
    fn advance(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.at = 0;
        let Some(row) = self.stored.next().map_err(io::Error::other)? else { return Ok(false) };
        self.line.push(b'{');
        for (at, name) in self.names.iter().enumerate() {
            let value = row.get_ref(at).map_err(io::Error::other)?;
            self.binary |= binary(value).is_some();
            let before = self.line.len();
            if before > 1 {
                self.line.extend_from_slice(b", ");
            }
            self.line.extend_from_slice(name.as_bytes());
            self.line.extend_from_slice(b": ");
            if !write_value(value, &mut self.line)? {
                self.line.truncate(before);
            }
        }
        self.line.extend_from_slice(b"}\n");
        self.budget.unpacked((self.line.len() as u64).max(ROW_COST))?;
        Ok(true)
    }
}

impl Read for Rows<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() && !self.advance()? {
            return Ok(0);
        }
        let mut rest = &self.line[self.at..];
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// False, with nothing written, if the value is none or no text.
fn write_value(value: ValueRef<'_>, line: &mut Vec<u8>) -> io::Result<bool> {
    match value {
        ValueRef::Null => return Ok(false),
        ValueRef::Integer(number) => serde_json::to_writer(line, &number)?,
        ValueRef::Real(number) => serde_json::to_writer(line, &number)?,
        ValueRef::Text(bytes) => serde_json::to_writer(line, &String::from_utf8_lossy(bytes))?,
        ValueRef::Blob(bytes) => match as_text(bytes) {
            Some(text) => serde_json::to_writer(line, text)?,
            None => return Ok(false),
        },
    }
    Ok(true)
}

fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// The bytes of a cell that is no text.
pub(super) fn binary(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Blob(bytes) if bytes.len() >= SHORTEST_BINARY && as_text(bytes).is_none() => Some(bytes),
        _ => None,
    }
}
