//! The text of an XML document, as a stream: tags vanish, paragraphs become lines, rows of a table become one line with
//! ` | ` between cells.
//!
//! Formatting cuts words (`<w:t>pass</w:t></w:r><w:r><w:t>word</w:t>`), so that tags in general leave nothing behind.
//! Not a parser: it never fails, and memory does not grow with the document.

use std::io::{self, Read};

use super::strings::Strings;

/// Longest tag or entity that is looked at.
const LONGEST: usize = 64;
/// XML read at a time, and what a sheet's cell may show of a string that it only names (Excel's own limit).
const PIECE: usize = 32 * 1024;
/// XML read at a time where a few bytes name a long string.
const SHORT_PIECE: usize = 1024;

/// Elements whose end is the end of a line: paragraphs of Word, PowerPoint and OpenDocument, shared strings.
const LINES: [&[u8]; 5] = [b"/w:p", b"/a:p", b"/text:p", b"/text:h", b"/si"];
/// Elements that stand for a line break.
const BREAKS: [&[u8]; 5] = [b"w:br", b"w:cr", b"a:br", b"text:line-break", b"br"];
/// Elements that stand for a tabulator.
const TABS: [&[u8]; 2] = [b"w:tab", b"text:tab"];
/// Cells of tables and sheets.
const CELLS: [&[u8]; 4] = [b"w:tc", b"a:tc", b"table:table-cell", b"c"];
/// Their rows.
const ROWS: [&[u8]; 4] = [b"w:tr", b"a:tr", b"table:table-row", b"row"];
/// Between two cells of a row: what tables in text have there, so that a name and its value are read as such.
const BETWEEN: &[u8] = b" | ";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag,
    Entity,
}

/// What a tag leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Line,
    Tab,
    Cell,
}

/// Reads the text of the XML that `input` gives.
pub(super) struct Text<'a> {
    input: &'a mut dyn Read,
    /// The strings that cells of a sheet name by number.
    strings: Option<&'a Strings<'a>>,
    state: State,
    /// The beginning of the tag or the entity at hand.
    word: Vec<u8>,
    /// The last byte of the tag at hand.
    last: u8,
    /// Open cells.
    cells: usize,
    /// What stands before the next text of the row.
    pending: Option<Mark>,
    /// The cell at hand names a string.
    named: bool,
    /// The number of that string, as far as it is read.
    number: Option<usize>,
    xml: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    /// Where the strings of a workbook end in `out`, if somebody wants to know.
    ends: Option<Vec<u32>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(input: &'a mut dyn Read) -> Self {
        Self::with_strings(input, None)
    }

    /// The text of a sheet, whose cells name these strings.
    pub(super) fn with_strings(input: &'a mut dyn Read, strings: Option<&'a Strings<'a>>) -> Self {
        let piece = if strings.is_some() { SHORT_PIECE } else { PIECE };
        Self {
            input,
            strings,
            state: State::Text,
            word: Vec::new(),
            last: 0,
            cells: 0,
            pending: None,
            named: false,
            number: None,
            xml: vec![0; piece],
            out: Vec::new(),
            at: 0,
            ends: None,
        }
    }

    /// The text of a workbook's strings, and where each one ends. Takes no more than four times the XML in memory, which
    /// `grow` is told before.
    pub(super) fn strings(
        input: &mut dyn Read,
        mut grow: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<(Vec<u8>, Vec<u32>)> {
        let mut none = io::empty();
        let mut text = Text::new(&mut none);
        text.ends = Some(Vec::new());
        let mut xml = vec![0; PIECE];
        loop {
            let count = input.read(&mut xml)?;
            if count == 0 {
                return Ok((text.out, text.ends.unwrap_or_default()));
            }
            grow(4 * count as u64)?;
            for &byte in &xml[..count] {
                text.push(byte);
            }
        }
    }

    fn push(&mut self, byte: u8) {
        match (self.state, byte) {
            (State::Tag, b'>') => {
                self.state = State::Text;
                let word = std::mem::take(&mut self.word);
                self.tag(&word);
                self.word = word;
            }
            (State::Entity, b';') => {
                self.end_entity(true);
            }
            (State::Text | State::Entity, b'<' | b'&') => {
                self.end_entity(false);
                self.word.clear();
                self.last = 0;
                self.state = if byte == b'<' { State::Tag } else { State::Entity };
            }
            (State::Text, _) => self.text(&[byte]),
            (State::Tag, _) => {
                self.last = byte;
                if self.word.len() < LONGEST {
                    self.word.push(byte);
                }
            }
            (State::Entity, _) => {
                self.word.push(byte);
                if self.word.len() == LONGEST {
                    self.end_entity(false);
                }
            }
        }
    }

    /// Writes text, and before it what the tags since the last text stand for.
    fn text(&mut self, text: &[u8]) {
        if let (Some(number), &[digit @ b'0'..=b'9']) = (self.number, text) {
            self.number = Some(number.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
            return;
        }
        if let Some(mark) = self.pending {
            // Blanks between tags are no text.
            if text.iter().all(u8::is_ascii_whitespace) {
                return;
            }
            self.pending = None;
            self.out.extend_from_slice(match mark {
                Mark::Cell => BETWEEN,
                Mark::Line => b"\n",
                Mark::Tab => b"\t",
            });
        }
        self.out.extend_from_slice(text);
    }

    /// Does what a tag stands for.
    fn tag(&mut self, tag: &[u8]) {
        let name = tag.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let closed = name.strip_prefix(b"/");
        if CELLS.contains(&closed.unwrap_or(name)) {
            let alone = closed.is_none() && self.last == b'/';
            if closed.is_some() || alone {
                self.cells = self.cells.saturating_sub(usize::from(!alone));
                self.pending = Some(Mark::Cell);
            } else {
                self.cells += 1;
                self.named = memchr::memmem::find(tag, b" t=\"s\"").is_some();
            }
        } else if closed.is_some_and(|name| ROWS.contains(&name)) {
            self.pending = None;
            self.out.push(b'\n');
        } else if ROWS.contains(&name) {
            self.pending = None;
        } else if let (b"/si", Some(ends)) = (name, &mut self.ends) {
            ends.push(self.out.len() as u32);
        } else if LINES.contains(&name) || BREAKS.contains(&name) {
            self.mark(Mark::Line);
        } else if TABS.contains(&name) {
            self.mark(Mark::Tab);
        } else if name == b"v" && self.named && self.strings.is_some() {
            self.number = Some(0);
        } else if name == b"/v"
            && let Some(number) = self.number.take()
            && let Some(strings) = self.strings
        {
            let named = strings.get(number);
            // A cell is one line, whatever breaks it has.
            let named: Vec<u8> = named[..named.len().min(PIECE)]
                .iter()
                .map(|&byte| if byte == b'\n' { b' ' } else { byte })
                .collect();
            self.text(&named);
        }
    }

    /// In a cell, what would end a line waits for more text: most cells are one paragraph.
    fn mark(&mut self, mark: Mark) {
        if self.cells == 0 {
            self.out.push(if mark == Mark::Line { b'\n' } else { b'\t' });
        } else if self.pending != Some(Mark::Cell) {
            self.pending = Some(mark);
        }
    }

    /// Writes the entity at hand as its character, or as it stands if it is none.
    fn end_entity(&mut self, complete: bool) {
        if self.state != State::Entity {
            return;
        }
        self.state = State::Text;
        if let Some(character) = character(&self.word).filter(|_| complete) {
            self.text(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            let end: &[u8] = if complete { b";" } else { b"" };
            let word = [b"&", self.word.as_slice(), end].concat();
            self.text(&word);
        }
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            let count = self.input.read(&mut self.xml)?;
            if count == 0 {
                self.end_entity(false);
                if self.out.is_empty() {
                    return Ok(0);
                }
            }
            let xml = std::mem::take(&mut self.xml);
            for &byte in &xml[..count] {
                self.push(byte);
            }
            self.xml = xml;
        }
        let mut rest = &self.out[self.at..];
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// The character that an entity names.
fn character(entity: &[u8]) -> Option<char> {
    match entity {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => {
            char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)
        }
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(xml: &str) -> String {
        let mut out = String::new();
        Text::new(&mut xml.as_bytes()).read_to_string(&mut out).expect("no error");
        out
    }

    #[test]
    fn words_cut_by_formatting_are_whole_and_paragraphs_are_lines() {
        for (xml, expected) in [
            (
                "<w:p><w:r><w:t>pass</w:t></w:r><w:r><w:t xml:space='preserve'>word</w:t></w:r></w:p>",
                "password\n",
            ),
            ("<text:p>a<text:tab/>b<text:line-break/>c</text:p>", "a\tb\nc\n"),
            ("<si><t>one</t></si><si><t>two</t></si>", "one\ntwo\n"),
            ("a &amp; b &lt;c&gt; &#65;&#x42; &quot;", "a & b <c> AB \""),
            ("&nbsp; & &#xffffffff; &unknown", "&nbsp; & &#xffffffff; &unknown"),
            (
                "<w:tr><w:tc><w:p><w:t>name</w:t></w:p></w:tc>\n <w:tc><w:p>a</w:p><w:p>b</w:p></w:tc></w:tr><w:p>c</w:p>",
                "name | a\nb\nc\n",
            ),
            (
                "<row r='1'><c r='A1'><v>1</v></c><c r='B1' s='1'/><c t='inlineStr'><is><t>x</t></is></c></row>",
                "1 | x\n",
            ),
            (
                "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell/></table:table-row>",
                "a\n",
            ),
            ("<unclosed", ""),
            ("&&amp;<b>", "&&"),
        ] {
            assert_eq!(text(xml), expected, "{xml}");
        }
    }

    #[test]
    fn a_cell_shows_the_string_that_it_names() {
        let budget = crate::source::container::limit::Budget::new(1);
        let xml = "<sst><si><t>pass</t><t>word</t></si><si><t>a\nb</t></si></sst>";
        let strings = Strings::read(&mut xml.as_bytes(), &budget).expect("it fits");
        let sheet = "<row><c r=\"A1\" s=\"12\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c><v>1</v></c>\
                     <c t=\"s\"><v>99</v></c></row>";
        let mut out = String::new();
        let mut sheet = sheet.as_bytes();
        Text::with_strings(&mut sheet, Some(&strings)).read_to_string(&mut out).expect("no error");
        assert_eq!(out, "password | a b | 1\n");
    }

    #[test]
    fn an_endless_tag_or_entity_takes_no_memory() {
        let long = "x".repeat(1_000_000);
        assert_eq!(text(&format!("a<{long}>b")), "ab");
        assert_eq!(text(&format!("&{long}")).len(), long.len() + 1);
    }
}
