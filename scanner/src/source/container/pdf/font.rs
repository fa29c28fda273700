//! From a font's codes to characters and widths: the map that the font brings along (`ToUnicode`), the differences of its
//! encoding, or Latin-1.

use std::collections::BTreeMap;
use std::io;

use super::document::Document;
use super::syntax::{Dictionary, Lexer, Token, Value, hex_bytes};
use crate::source::container::limit::Held;
use crate::source::container::utf16;

/// Entries of one font's tables.
const MOST_ENTRIES: usize = 65_536;
/// Characters that one code reads: ligatures have three.
const MOST_CHARACTERS: usize = 8;
/// Memory for an entry.
const ENTRY: u64 = 96;
/// The last code of two bytes.
const LAST_CODE: u32 = 0xffff;
/// Unpacked bytes of a map.
const LONGEST_MAP: usize = 4 * 1024 * 1024;

/// How a font's codes read.
#[derive(Default)]
pub(super) struct Font<'b> {
    /// Bytes of a code.
    wide: bool,
    /// Codes that are UTF-16 themselves.
    utf16: bool,
    /// First and last code, and what the first one reads; the next ones read the next characters.
    ranges: BTreeMap<u32, (u32, String)>,
    /// First code, last code, width in thousandths.
    widths: BTreeMap<u32, (u32, f64)>,
    default_width: f64,
    /// True if no code can be read.
    pub(super) unreadable: bool,
    /// What it takes of memory.
    held: Option<Held<'b>>,
}

impl<'b> Font<'b> {
    /// Reads a font. Fails if its tables cannot be held.
    pub(super) fn read(document: &Document<'b>, dictionary: Dictionary<'_>) -> io::Result<Self> {
        let mut font = Self { default_width: 500.0, ..Self::default() };
        let get = |key: &[u8]| document.get(dictionary, key);
        let encoding = get(b"Encoding");
        if dictionary.is(b"Subtype", b"Type0") {
            font.wide = true;
            font.default_width = 1000.0;
            font.utf16 = encoding.and_then(Value::name).is_some_and(|name| {
                [&b"UCS2"[..], b"UTF16"].iter().any(|part| memchr::memmem::find(&name, part).is_some())
            });
            font.composite_widths(document, dictionary);
        } else {
            font.simple_widths(document, dictionary);
            let differences = encoding.and_then(Value::dictionary);
            if let Some(differences) = differences.and_then(|found| document.get(found, b"Differences")) {
                font.differences(differences);
            }
        }
        let mapped = dictionary.get(b"ToUnicode").and_then(Value::reference);
        if let Some(Ok(map)) = mapped.and_then(|number| document.stream(number))
            && map.bytes.len() <= LONGEST_MAP
        {
            font.map(&map.bytes);
        }
        font.unreadable = font.wide && !font.utf16 && font.ranges.is_empty();
        font.held = Some(document.budget.hold(font.entries() as u64 * ENTRY)?);
        Ok(font)
    }

    /// Entries, which are what a font takes of memory.
    pub(super) fn entries(&self) -> usize {
        self.ranges.len() + self.widths.len() + 1
    }

    /// Each code of a shown string: what it reads, and its width.
    pub(super) fn codes(&self, shown: &[u8], mut each: impl FnMut(&str, f64)) {
        let mut text = String::new();
        for code in shown.chunks(if self.wide { 2 } else { 1 }) {
            let number = code.iter().fold(0, |number, &byte| number << 8 | u32::from(byte));
            text.clear();
            if let Some((&first, (last, reads))) = self.ranges.range(..=number).next_back()
                && number <= *last
            {
                next_characters(reads, number - first, &mut text);
            } else if self.utf16 {
                text.push_str(&utf16::decode(code, u16::from_be_bytes));
            } else if !self.wide {
                text.push(char::from(number as u8));
            }
            let width = self.widths.range(..=number).next_back().filter(|(_, (last, _))| number <= *last);
            each(&text, width.map_or(self.default_width, |(_, &(_, width))| width));
        }
    }

    fn simple_widths(&mut self, document: &Document<'_>, dictionary: Dictionary<'_>) {
        let first = document.get(dictionary, b"FirstChar").and_then(Value::number).unwrap_or(0.0) as u32;
        let widths = document.get(dictionary, b"Widths");
        for (code, width) in (first.min(255)..).zip(widths.into_iter().flat_map(Value::items)).take(256) {
            if let Some(width) = width.number().filter(|width| *width > 0.0) {
                self.widths.insert(code, (code, width));
            }
        }
    }

    /// `FIRST [W1 W2 …]` or `FIRST LAST W`, over and over.
    fn composite_widths(&mut self, document: &Document<'_>, dictionary: Dictionary<'_>) {
        let descendants = document.get(dictionary, b"DescendantFonts");
        let descendant = descendants.and_then(|found| found.items().next());
        let descendant = descendant.and_then(|found| document.resolve(found)).and_then(Value::dictionary);
        let Some(descendant) = descendant else { return };
        if let Some(width) = document.get(descendant, b"DW").and_then(Value::number) {
            self.default_width = width;
        }
        let widths = document.get(descendant, b"W");
        let mut items = widths.into_iter().flat_map(Value::items);
        while let (Some(first), Some(next)) = (items.next().and_then(Value::number), items.next()) {
            let first = (first as u32).min(LAST_CODE);
            if let Value::Number(last) = next {
                if let Some(width) = items.next().and_then(Value::number) {
                    self.widths.insert(first, (last as u32, width));
                }
            } else {
                for (code, width) in (first..).zip(next.items()).take(MOST_ENTRIES) {
                    self.widths.insert(code, (code, width.number().unwrap_or(self.default_width)));
                }
            }
            if self.widths.len() >= MOST_ENTRIES {
                return;
            }
        }
    }

    fn differences(&mut self, differences: Value<'_>) {
        let mut code = 0_u32;
        for item in differences.items().take(1024) {
            if let Some(number) = item.number() {
                code = number as u32;
            } else if let Some(name) = item.name() {
                if let Some(character) = character(&name) {
                    self.ranges.insert(code, (code, character.to_string()));
                }
                code = code.saturating_add(1);
            }
        }
    }

    /// Reads a `ToUnicode` map: `<CODE> <TEXT>` in `bfchar`, `<FIRST> <LAST> <TEXT>` or `[<TEXT> …]` in `bfrange`.
    fn map(&mut self, map: &[u8]) {
        let mut lexer = Lexer::new(map);
        let mut ranges = None;
        let mut codes = Vec::new();
        while let Some(token) = lexer.token() {
            match token {
                Token::Word(b"begincodespacerange") => {
                    if let Some(Token::Hex(code)) = lexer.token() {
                        self.wide = hex_bytes(code).len() > 1;
                    }
                }
                Token::Word(b"beginbfchar") => ranges = Some(false),
                Token::Word(b"beginbfrange") => ranges = Some(true),
                Token::Word(_) => {
                    ranges = None;
                    codes.clear();
                }
                Token::Hex(written) => codes.push(hex_bytes(written)),
                Token::OpenArray if ranges == Some(true) && codes.len() == 2 => {
                    let mut code = number(&codes[0]);
                    while let Some(Token::Hex(written)) = lexer.token() {
                        self.reads(code, code, &hex_bytes(written));
                        code = code.saturating_add(1);
                    }
                    codes.clear();
                }
                _ => {}
            }
            match (ranges, codes.as_slice()) {
                (Some(false), [code, text]) => {
                    self.reads(number(code), number(code), text);
                    codes.clear();
                }
                (Some(true), [first, last, text]) => {
                    self.reads(number(first), number(last), text);
                    codes.clear();
                }
                (None, _) => codes.clear(),
                _ => {}
            }
        }
    }

    fn reads(&mut self, first: u32, last: u32, text: &[u8]) {
        if self.ranges.len() < MOST_ENTRIES && first <= last {
            let text = &text[..text.len().min(2 * MOST_CHARACTERS)];
            self.ranges.insert(first, (last, utf16::decode(text, u16::from_be_bytes)));
        }
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// Writes `reads` with its last character that many places on.
fn next_characters(reads: &str, places: u32, text: &mut String) {
    let Some(last) = reads.chars().next_back() else { return };
    text.push_str(&reads[..reads.len() - last.len_utf8()]);
    let next = u32::from(last).checked_add(places).and_then(char::from_u32);
    text.push(next.unwrap_or(char::REPLACEMENT_CHARACTER));
}

/// What a glyph's name reads (the Adobe Glyph List, as far as ASCII goes, and its `uniXXXX` and `uXXXX`).
fn character(name: &[u8]) -> Option<char> {
    if let [letter] = name {
        return Some(char::from(*letter));
    }
    let name = std::str::from_utf8(name).ok()?;
    let hexadecimal = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'));
    if let Some(value) = hexadecimal.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        return char::from_u32(value);
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|&(_, character)| character)
}

const NAMES: [(&str, char); 46] = [
    ("space", ' '),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("quoteright", '\''),
    ("quoteleft", '`'),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("minus", '-'),
    ("period", '.'),
    ("slash", '/'),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("braceleft", '{'),
    ("bar", '|'),
    ("braceright", '}'),
    ("asciitilde", '~'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_codes_is_read() {
        let map = b"1 begincodespacerange <0000> <ffff> endcodespacerange \
            1 beginbfchar <0003> <00660069> endbfchar \
            2 beginbfrange <0010> <0012> <0041> <0020> <0021> [<0078> <0079>] endbfrange";
        let mut font = Font::default();
        font.map(map);
        let mut read = String::new();
        font.codes(b"\0\x03\0\x10\0\x12\0\x21\0\x22", |text, _| read.push_str(text));
        assert_eq!(read, "fiACy");
        assert!(font.wide);
    }

    #[test]
    fn glyphs_have_names() {
        let names: [&[u8]; 6] = [b"A", b"equal", b"uni0041", b"u1F600", b"nine", b"g17"];
        assert_eq!(
            names.map(character),
            [Some('A'), Some('='), Some('A'), char::from_u32(0x1f600), Some('9'), None]
        );
    }
}
