//! The objects of a document, found by going through the file once.
//!
//! The table of objects at the end of a file is not used: it may be wrong, may name one object a million times, and hides
//! what an older version of the document held. An object that is defined twice is the later one, as editors have it.

use std::collections::BTreeMap;
use std::io;

use memchr::memmem::Finder;

use super::filter::{self, Content};
use super::syntax::{Dictionary, Lexer, Value, is_space};
use crate::source::container::limit::{Budget, Held};
use crate::source::container::problem::Problem;

/// Memory for the place of an object.
const PLACE: u64 = 96;
/// Places that memory is reserved for at once.
const STEP: usize = 16 * 1024;
/// References to references.
const MOST_HOPS: usize = 8;

/// Where an object lies.
#[derive(Clone, Copy)]
struct Place {
    /// The unpacked stream of objects, or the file.
    packed: Option<usize>,
    from: usize,
    to: usize,
    /// The bytes of its stream, which lie in the file.
    stream: Option<(usize, usize)>,
}

/// A document's objects, by number.
pub(super) struct Document<'a> {
    file: &'a [u8],
    /// Of the container that the document is.
    pub(super) budget: &'a Budget,
    places: BTreeMap<u32, Place>,
    packed: Vec<Content<'a>>,
    held: Vec<Held<'a>>,
    next_end: usize,
    /// Numbers of the catalog and the information, as the file's end has them.
    pub(super) root: Option<u32>,
    pub(super) info: Option<u32>,
    /// Numbers of objects that say that they are a page, in the order of the file.
    pub(super) pages: Vec<u32>,
    /// Of XML about the document.
    pub(super) metadata: Vec<u32>,
    /// Of form fields, links, comments and scripts.
    pub(super) notes: Vec<u32>,
    /// Of embedded files.
    pub(super) files: Vec<u32>,
    /// Embedded files, and the dictionaries that name them.
    pub(super) named: BTreeMap<u32, u32>,
    /// What could not be read on the way.
    pub(super) errors: Vec<io::Error>,
}

impl<'a> Document<'a> {
    /// Finds all objects. Fails if the document is encrypted or beyond a limit.
    pub(super) fn read(file: &'a [u8], budget: &'a Budget) -> io::Result<Self> {
        let mut document = Self {
            file,
            budget,
            places: BTreeMap::new(),
            packed: Vec::new(),
            held: Vec::new(),
            next_end: 0,
            root: None,
            info: None,
            pages: Vec::new(),
            metadata: Vec::new(),
            notes: Vec::new(),
            files: Vec::new(),
            named: BTreeMap::new(),
            errors: Vec::new(),
        };
        let finder = Finder::new(b"obj");
        let (mut at, mut between) = (0, 0);
        while let Some(found) = finder.find(&file[at..]) {
            let word = at + found;
            at = word + 3;
            if let Some(number) = number_before(&file[between..word]) {
                document.trailer(&file[between..word])?;
                at = document.object(number, at)?;
                between = at;
            }
        }
        document.trailer(&file[between..])?;
        Ok(document)
    }

    /// True if there is no object at all.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The value itself, not a reference to it.
    pub(super) fn resolve<'s>(&'s self, value: Value<'s>) -> Option<Value<'s>> {
        let mut value = value;
        for _ in 0..MOST_HOPS {
            let Value::Reference(number) = value else { return Some(value) };
            if self.budget.refusal().is_some() {
                return None;
            }
            let mut lexer = self.lexer(self.places.get(&number)?);
            value = lexer.value()?;
            // Reading costs, so that a page named a million times has an end.
            self.budget.unpacked(lexer.at as u64).ok()?;
        }
        None
    }

    /// A dictionary's value itself.
    pub(super) fn get<'s>(&'s self, dictionary: Dictionary<'s>, key: &[u8]) -> Option<Value<'s>> {
        self.resolve(dictionary.get(key)?)
    }

    /// As [`get`](Self::get), and its search counts: for what a page asks for as often as it likes.
    pub(super) fn find<'s>(&'s self, dictionary: Dictionary<'s>, key: &[u8]) -> Option<Value<'s>> {
        self.budget.unpacked(dictionary.0.len() as u64).ok()?;
        dictionary.get(key)
    }

    pub(super) fn dictionary(&self, number: u32) -> Option<Dictionary<'_>> {
        self.resolve(Value::Reference(number))?.dictionary()
    }

    /// The content of a stream; none if the object has none.
    pub(super) fn stream(&self, number: u32) -> Option<io::Result<Content<'a>>> {
        let (from, to) = self.places.get(&number)?.stream?;
        if let Err(error) = self.budget.unpacked((to - from) as u64) {
            return Some(Err(error));
        }
        Some(filter::decode(self.dictionary(number)?, &self.file[from..to], self.budget))
    }

    fn lexer(&self, place: &Place) -> Lexer<'_> {
        let bytes = place.packed.map_or(self.file, |packed| &self.packed[packed].bytes);
        Lexer::new(bytes.get(place.from..place.to).unwrap_or_default())
    }

    /// True if there is this object.
    pub(super) fn has(&self, number: u32) -> bool {
        self.places.contains_key(&number)
    }

    /// Reads the object whose first word stands at `from`; the answer is its end.
    fn object(&mut self, number: u32, from: usize) -> io::Result<usize> {
        if self.next_end < from {
            let end = memchr::memmem::find(&self.file[from..], b"endobj");
            self.next_end = end.map_or(self.file.len(), |end| from + end);
        }
        let file = self.file;
        let mut lexer = Lexer::new(&file[..self.next_end]);
        lexer.at = from;
        let value = lexer.value();
        let mut to = lexer.at;
        if to == self.next_end {
            // The word may stand in a string: it is read up to the next one when it is asked for.
            let after = (to + b"endobj".len()).min(file.len());
            let end = memchr::memmem::find(&file[after..], b"endobj");
            to = end.map_or(file.len(), |end| after + end);
        }
        lexer.skip_space();
        let mut end = lexer.at;
        let dictionary = value.and_then(Value::dictionary);
        let mut stream = None;
        if let Some(dictionary) = dictionary
            && let Some(after) = file[end..].strip_prefix(b"stream")
        {
            let after = after.strip_prefix(b"\r").unwrap_or(after);
            let after = after.strip_prefix(b"\n").unwrap_or(after);
            let begin = file.len() - after.len();
            end = self.stream_end(dictionary, begin);
            stream = Some((begin, end));
        }
        self.place(number, Place { packed: None, from, to, stream })?;
        if let Some(dictionary) = dictionary {
            self.classify(number, dictionary)?;
            if let Some((begin, end)) = stream.filter(|_| dictionary.is(b"Type", b"ObjStm")) {
                match filter::decode(dictionary, &file[begin..end], self.budget) {
                    Ok(content) => self.unpack(dictionary, content)?,
                    Err(error) => self.errors.push(error),
                }
            }
        }
        self.budget.unpacked((lexer.at - from) as u64)?;
        Ok(end)
    }

    /// Where the stream ends that begins at `begin`.
    fn stream_end(&mut self, dictionary: Dictionary<'_>, begin: usize) -> usize {
        let file = self.file;
        let rest = &file[begin..];
        let stated = dictionary.get(b"Length").and_then(Value::number).map_or(0, |length| length as usize);
        if let Some(after) = rest.get(stated..).filter(|_| stated > 0) {
            let spaces = after.iter().take(4).take_while(|&&byte| is_space(byte)).count();
            if after[spaces..].starts_with(b"endstream") {
                return begin + stated;
            }
        }
        memchr::memmem::find(rest, b"endstream").map_or_else(
            || {
                self.errors.push(io::ErrorKind::UnexpectedEof.into());
                self.file.len()
            },
            |end| begin + end,
        )
    }

    fn place(&mut self, number: u32, place: Place) -> io::Result<()> {
        self.budget.entry()?;
        if self.places.len() >= self.held.len() * STEP {
            self.held.push(self.budget.hold(STEP as u64 * PLACE)?);
        }
        self.places.insert(number, place);
        Ok(())
    }

    /// Takes the objects in an unpacked stream for objects of the document.
    fn unpack(&mut self, dictionary: Dictionary<'_>, mut content: Content<'a>) -> io::Result<()> {
        self.errors.extend(content.error.take());
        let bytes = &*content.bytes;
        let count = |key: &[u8]| {
            dictionary.get(key).and_then(Value::number).map_or(0, |number| number.max(0.0) as usize)
        };
        let (objects, first) = (count(b"N"), count(b"First"));
        let mut numbers = Lexer::new(&bytes[..first.min(bytes.len())]);
        for _ in 0..objects {
            let (Some(Value::Number(number)), Some(Value::Number(offset))) =
                (numbers.value(), numbers.value())
            else {
                break;
            };
            let number = number as u32;
            let from = first.saturating_add(offset as usize).min(bytes.len());
            let mut lexer = Lexer::new(&bytes[from..]);
            let found = lexer.value().and_then(Value::dictionary);
            let place = Place { packed: Some(self.packed.len()), from, to: from + lexer.at, stream: None };
            self.place(number, place)?;
            if let Some(dictionary) = found {
                self.classify(number, dictionary)?;
            }
            self.budget.unpacked(lexer.at as u64)?;
        }
        self.packed.push(content);
        Ok(())
    }

    fn classify(&mut self, number: u32, dictionary: Dictionary<'_>) -> io::Result<()> {
        let kind = dictionary.get(b"Type").and_then(Value::name).unwrap_or_default();
        match &*kind {
            b"XRef" => self.ends(dictionary)?,
            b"Catalog" if self.root.is_none() => self.root = Some(number),
            b"Page" => self.pages.push(number),
            b"Metadata" => self.metadata.push(number),
            b"EmbeddedFile" => self.files.push(number),
            _ => {}
        }
        let embedded = dictionary.get(b"EF").and_then(Value::dictionary);
        if let Some(file) = embedded.and_then(|embedded| embedded.get(b"F")?.reference()) {
            self.named.insert(file, number);
        }
        let has = |key: &[u8]| dictionary.get(key).is_some();
        if has(b"T") && (has(b"V") || has(b"DV"))
            || kind.is_empty() && (has(b"URI") || has(b"JS"))
            || *kind == *b"Annot"
            || has(b"Subtype") && (has(b"A") || has(b"Contents"))
        {
            self.notes.push(number);
        }
        Ok(())
    }

    /// Reads the dictionaries that end a version of the document.
    fn trailer(&mut self, between: &[u8]) -> io::Result<()> {
        for at in memchr::memmem::find_iter(between, b"trailer") {
            let rest = &between[at + 7..];
            // One after the other: none is read twice.
            let rest = &rest[..memchr::memmem::find(rest, b"trailer").unwrap_or(rest.len())];
            if let Some(dictionary) = Lexer::new(rest).value().and_then(Value::dictionary) {
                self.ends(dictionary)?;
            }
        }
        Ok(())
    }

    fn ends(&mut self, dictionary: Dictionary<'_>) -> io::Result<()> {
        if dictionary.get(b"Encrypt").is_some_and(|value| value != Value::Other) {
            return Err(Problem::Encrypted.into());
        }
        let number = |key: &[u8]| dictionary.get(key).and_then(Value::reference);
        self.root = number(b"Root").or(self.root);
        self.info = number(b"Info").or(self.info);
        Ok(())
    }
}

/// The object's number in `NUMBER GENERATION `, which `before` ends with.
fn number_before(before: &[u8]) -> Option<u32> {
    let before = &before[before.len().saturating_sub(32)..];
    let mut words = before.rsplit(|&byte| is_space(byte)).filter(|word| !word.is_empty());
    let ended = before.last().is_some_and(|byte| byte.is_ascii_digit() || is_space(*byte));
    let (generation, number) = (words.next()?, words.next()?);
    let number = &number[number.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1)..];
    if !ended || !generation.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(number).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_known_by_the_words_before_it() {
        for (before, expected) in [
            (&b"12 0 "[..], Some(12)),
            (b"endobj\r\n7 65535\n", Some(7)),
            (b"endobj7 0 ", Some(7)),
            (b"3 end", None),
            (b"0 ", None),
            (b"99999999999 0 ", None),
        ] {
            assert_eq!(number_before(before), expected, "{before:?}");
        }
    }

    #[test]
    fn an_object_is_read_to_its_end_and_no_further() {
        const OBJECTS: u32 = 50_000;
        let file: String =
            (1..=OBJECTS).map(|number| format!("{number} 0 obj << /Type /Page (endobj\n")).collect();
        let budget = Budget::new(file.len() as u64);
        let document = Document::read(file.as_bytes(), &budget).expect("within the limits");
        assert_eq!(document.pages.len(), OBJECTS as usize);
        assert!((1..=OBJECTS).all(|number| document.dictionary(number).is_some()));
        // All of them up to the end of the file would be 40 GB.
        assert_eq!(budget.refusal(), None);
    }

    #[test]
    fn what_a_string_holds_does_not_end_it() {
        let file = b"1 0 obj << /V (endobj and more) >> endobj 2 0 obj 3 0 R endobj 3 0 obj 7 endobj";
        let budget = Budget::new(1);
        let document = Document::read(file, &budget).expect("within the limits");
        let value = document.dictionary(1).and_then(|found| found.get(b"V")).and_then(Value::bytes);
        assert_eq!(value.as_deref(), Some(&b"endobj and more"[..]));
        assert_eq!(document.resolve(Value::Reference(2)), Some(Value::Number(7.0)));
    }

    #[test]
    fn nothing_is_read_after_a_refusal() {
        let file = [&b"1 0 obj ("[..], &b"a".repeat(16 << 20)].concat();
        let budget = Budget::new(1);
        let document = Document::read(&file, &budget).expect("within the limits");
        let started = std::time::Instant::now();
        for _ in 0..100_000 {
            document.resolve(Value::Reference(1));
        }
        assert!(budget.refusal().is_some());
        // Each reading takes more than a millisecond.
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn a_number_before_a_long_string_is_no_reference() {
        let file = b"1 0 obj 1 1(".repeat(150_000);
        let budget = Budget::new(file.len() as u64);
        let started = std::time::Instant::now();
        assert!(Document::read(&file, &budget).is_ok_and(|document| !document.is_empty()));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
