//! Jupyter notebooks: which cell a place in the file belongs to.
//!
//! A notebook is scanned as the JSON that it is, and findings point into that. People know a notebook by its cells, so
//! a finding says the cell as well. Formats 3 and 4 (<https://nbformat.readthedocs.io>). JSON is not checked here: of what is
//! no notebook, no place has a cell.

use std::cell::Cell as Remembered;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deepest nesting that is followed.
const DEEPEST: usize = 64;
/// Strings that are remembered of one notebook: some 10 MB.
const MOST_STRINGS: usize = 200_000;

/// A place in a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The cell, from 1.
    pub number: u32,
    /// The part of it.
    pub part: Part,
    /// The line in that source, or in that text of the output, from 1.
    pub line: u64,
}

/// What of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What somebody wrote.
    Source,
    /// What running it printed or showed.
    Output,
    /// Its metadata and attachments.
    Metadata,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, part, line } = self;
        match part {
            Part::Source => write!(f, "cell {number}, line {line}"),
            Part::Output => write!(f, "output of cell {number}, line {line}"),
            Part::Metadata => write!(f, "metadata of cell {number}"),
        }
    }
}

/// True if the file at `path` is a notebook by its name.
pub fn is_notebook(path: &str) -> bool {
    path.len() > 6 && path.as_bytes()[path.len() - 6..].eq_ignore_ascii_case(b".ipynb")
}

/// The cells of one notebook.
#[derive(Debug, Default)]
pub struct Notebook {
    strings: Vec<Piece>,
    /// The last place that was asked for, and its line. Places are asked for in order, so that a string of many
    /// megabytes is counted once.
    last: Remembered<(usize, u64)>,
}

/// A string in a cell.
#[derive(Debug)]
struct Piece {
    from: usize,
    to: usize,
    number: u32,
    part: Part,
    /// The line of its first character.
    line: u64,
}

/// What a list or an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    Worksheets,
    Worksheet,
    Cells,
    Cell,
    Inside(Part),
    Other,
}

impl Notebook {
    /// Goes through the JSON once.
    pub fn read(text: &[u8]) -> Self {
        let mut notebook = Self::default();
        // Each open list or object, and the key of its value at hand.
        let mut open: Vec<(Role, &[u8])> = Vec::new();
        let (mut at, mut number, mut line) = (0, 0, 1);
        while let Some(&byte) = text.get(at) {
            at += 1;
            match byte {
                b'{' | b'[' => {
                    let role = opened(open.last().copied(), byte == b'[');
                    number += u32::from(role == Role::Cell);
                    open.push((role, b""));
                    if open.len() > DEEPEST {
                        return Self::default();
                    }
                }
                b'}' | b']' => {
                    open.pop();
                }
                b'"' => {
                    let from = at;
                    let to = from + string_end(&text[from..]);
                    at = to + 1;
                    let Some((role, key)) = open.last_mut() else { continue };
                    if text[at.min(text.len())..].iter().find(|byte| !byte.is_ascii_whitespace())
                        == Some(&b':')
                    {
                        *key = &text[from..to];
                        line = 1;
                    } else if let Some(part) = part(*role, key) {
                        if notebook.strings.len() == MOST_STRINGS {
                            return Self::default();
                        }
                        notebook.strings.push(Piece { from, to, number, part, line });
                        line += breaks(&text[from..to]);
                    }
                }
                _ => {}
            }
        }
        notebook
    }

    /// The place of the byte at `offset` of `text`, which is what [`read`](Self::read) was given; none if it is in no
    /// string of a cell.
    pub fn cell(&self, text: &[u8], offset: usize) -> Option<Cell> {
        let next = self.strings.partition_point(|piece| piece.from <= offset);
        let piece = self.strings.get(next.checked_sub(1)?).filter(|piece| offset <= piece.to)?;
        let (last, line) = self.last.get();
        let (from, line) =
            if (piece.from..=offset).contains(&last) { (last, line) } else { (piece.from, piece.line) };
        let line = line + breaks(&text[from..offset]);
        self.last.set((offset, line));
        Some(Cell { number: piece.number, part: piece.part, line })
    }
}

fn opened(parent: Option<(Role, &[u8])>, list: bool) -> Role {
    match parent {
        None => Role::Root,
        Some((Role::Root, b"worksheets")) if list => Role::Worksheets,
        Some((Role::Worksheets, _)) if !list => Role::Worksheet,
        Some((Role::Root | Role::Worksheet, b"cells")) if list => Role::Cells,
        Some((Role::Cells, _)) if !list => Role::Cell,
        Some((role, key)) => part(role, key).map_or(Role::Other, Role::Inside),
    }
}

/// The part that a value belongs to.
fn part(role: Role, key: &[u8]) -> Option<Part> {
    match role {
        Role::Inside(part) => Some(part),
        Role::Cell => Some(match key {
            b"source" | b"input" => Part::Source,
            b"outputs" => Part::Output,
            _ => Part::Metadata,
        }),
        _ => None,
    }
}

/// Where a string ends, without its quote.
fn string_end(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        if text[at + found] == b'"' {
            return at + found;
        }
        at = (at + found + 2).min(text.len());
    }
    text.len()
}

/// Line breaks in a string as it is written.
fn breaks(written: &[u8]) -> u64 {
    let mut count = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &written[at..]) {
        count += u64::from(written.get(at + found + 1) == Some(&b'n'));
        at = (at + found + 2).min(written.len());
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cell of `mark`.
    fn cell(text: &str, mark: &str) -> Option<String> {
        let offset = text.find(mark).expect("it is there");
        Notebook::read(text.as_bytes()).cell(text.as_bytes(), offset).map(|cell| cell.to_string())
    }

    #[test]
    fn a_place_has_a_cell_a_part_and_a_line() {
        let text = r##"{ "metadata": {"x": "TOP"}, "cells": [
            {"cell_type": "markdown", "source": "# one\n\\n two\nAAA", "metadata": {"k": "BBB"}},
            {"source": ["a\n", "b \"q\" \n", "CCC = \nDDD"],
             "outputs": [{"text": ["x\n", "EEE"], "data": {"text/plain": ["FFF"]}}]}
        ]}"##;
        for (mark, expected) in [
            ("TOP", None),
            ("AAA", Some("cell 1, line 3")),
            ("BBB", Some("metadata of cell 1")),
            ("CCC", Some("cell 2, line 3")),
            ("DDD", Some("cell 2, line 4")),
            ("EEE", Some("output of cell 2, line 2")),
            ("FFF", Some("output of cell 2, line 1")),
            ("outputs", None),
        ] {
            assert_eq!(cell(text, mark).as_deref(), expected, "{mark}");
        }
    }

    #[test]
    fn the_third_format_has_sheets() {
        let text = r#"{"worksheets": [{"cells": [{"input": ["AAA"], "outputs": [{"text": "BBB"}]}]}]}"#;
        assert_eq!(cell(text, "AAA").as_deref(), Some("cell 1, line 1"));
        assert_eq!(cell(text, "BBB").as_deref(), Some("output of cell 1, line 1"));
    }

    #[test]
    fn places_in_any_order_have_the_same_cell() {
        let text = format!(r#"{{"cells": [{{"source": "{}"}}]}}"#, "x\\n".repeat(50));
        let notebook = Notebook::read(text.as_bytes());
        let from = text.find("x\\n").expect("it is there");
        for line in (0..50).chain((0..50).rev()) {
            let cell = notebook.cell(text.as_bytes(), from + 3 * line).expect("a cell");
            assert_eq!(cell.line, line as u64 + 1);
        }
    }

    #[test]
    fn anything_can_be_read() {
        for text in ["", "\"", "{\"cells\": [{\"source\": \"\\", "[[[[", "}}}}", "{\"cells\":\"x\"}"] {
            let notebook = Notebook::read(text.as_bytes());
            for at in 0..=text.len() {
                let _ = notebook.cell(text.as_bytes(), at);
            }
        }
        let deep = "[".repeat(1000);
        assert!(Notebook::read(deep.as_bytes()).strings.is_empty());
    }

    #[test]
    fn notebooks_are_known_by_their_name() {
        assert!(is_notebook("a/b.ipynb") && is_notebook("B.IPYNB"));
        assert!(!is_notebook(".ipynb") && !is_notebook("a.json"));
    }
}
