//! The text of an XML document, as a stream: tags vanish, paragraphs become lines.
//!
//! Formatting cuts words (`<w:t>pass</w:t></w:r><w:r><w:t>word</w:t>`), so that tags in general leave nothing behind.
//! Not a parser: it never fails, and memory does not grow with the document.

use std::io::{self, Read};

/// Longest tag name or entity that is looked at.
const LONGEST: usize = 32;

/// Elements whose end is the end of a line: paragraphs of Word, PowerPoint and OpenDocument, strings and rows of sheets.
const LINES: [&[u8]; 8] =
    [b"/w:p", b"/a:p", b"/text:p", b"/text:h", b"/si", b"/is", b"/row", b"/table:table-row"];
/// Elements that stand for a line break.
const BREAKS: [&[u8]; 5] = [b"w:br", b"w:cr", b"a:br", b"text:line-break", b"br"];
/// Elements that stand for, or end like, a tabulator.
const TABS: [&[u8]; 4] = [b"w:tab", b"text:tab", b"/v", b"/table:table-cell"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag,
    Entity,
}

/// Reads the text of the XML that `input` gives.
pub(super) struct Text<'a> {
    input: &'a mut dyn Read,
    state: State,
    /// The beginning of the tag or the entity at hand.
    word: Vec<u8>,
    xml: Vec<u8>,
    out: Vec<u8>,
    at: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(input: &'a mut dyn Read) -> Self {
        let xml = vec![0; 32 * 1024];
        Self { input, state: State::Text, word: Vec::new(), xml, out: Vec::new(), at: 0 }
    }

    fn push(&mut self, byte: u8) {
        match (self.state, byte) {
            (State::Tag, b'>') => {
                self.out.extend(stands_for(&self.word));
                self.state = State::Text;
            }
            (State::Entity, b';') => {
                self.end_entity(true);
            }
            (State::Text | State::Entity, b'<' | b'&') => {
                self.end_entity(false);
                self.word.clear();
                self.state = if byte == b'<' { State::Tag } else { State::Entity };
            }
            (State::Text, _) => self.out.push(byte),
            (State::Tag, _) => {
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

    /// Writes the entity at hand as its character, or as it stands if it is none.
    fn end_entity(&mut self, complete: bool) {
        if self.state != State::Entity {
            return;
        }
        self.state = State::Text;
        if let Some(character) = character(&self.word).filter(|_| complete) {
            self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.out.push(b'&');
            self.out.extend_from_slice(&self.word);
            self.out.extend(complete.then_some(b';'));
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

/// What a tag leaves behind.
fn stands_for(tag: &[u8]) -> Option<u8> {
    let name = tag.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let name = name.strip_suffix(b"/").unwrap_or(name);
    if LINES.contains(&name) || BREAKS.contains(&name) {
        Some(b'\n')
    } else if TABS.contains(&name) {
        Some(b'\t')
    } else {
        None
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
            ("<unclosed", ""),
            ("&&amp;<b>", "&&"),
        ] {
            assert_eq!(text(xml), expected, "{xml}");
        }
    }

    #[test]
    fn an_endless_tag_or_entity_takes_no_memory() {
        let long = "x".repeat(1_000_000);
        assert_eq!(text(&format!("a<{long}>b")), "ab");
        assert_eq!(text(&format!("&{long}")).len(), long.len() + 1);
    }
}
