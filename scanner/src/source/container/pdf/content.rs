//! What a page shows, as lines of text (ISO 32000-2, 8.3 and 9).
//!
//! A page says where each piece of text stands, not what a word or a line is. Pieces that touch are one word, as kerning
//! cuts words anywhere; a gap is a space, a wide one a tabulator, another height a new line. Order is that of the page's
//! own operators.

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use super::document::Document;
use super::font::Font;
use super::syntax::{Dictionary, Lexer, Token, Value, is_space};
use crate::source::container::limit::Held;

/// A gap of this part of the font's size is a space; letters of a word stand closer, words further apart.
const SPACE: f64 = 0.17;
/// One of this many sizes separates columns.
const COLUMN: f64 = 2.0;
/// Another line stands this part of the size higher or lower; indices are closer.
const LINE: f64 = 0.5;
/// Drawings inside drawings.
const DEEPEST: usize = 8;
/// States that are kept at a time.
const MOST_STATES: usize = 64;
/// Operands of one operator that are looked at.
const MOST_OPERANDS: usize = 8;
/// Entries of all fonts that are kept.
const MOST_FONT_ENTRIES: usize = 256 * 1024;
/// Names of fonts, and of drawings, whose meaning is remembered, whether they have one or not.
const MOST_NAMES: usize = 1024;
/// Longest of them; the format allows 127 bytes.
const LONGEST_NAME: usize = 128;
/// Bytes of a string that are shown before what they read is counted. Even, so that it cuts no code.
const PIECE: usize = 4096;

type Matrix = [f64; 6];
const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// `first`, then `then`.
fn product(first: Matrix, then: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = then;
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

/// A name, and the place in memory of the resources that it is looked up in.
type Named = (usize, Vec<u8>);

fn named(resources: Option<Dictionary<'_>>, name: &[u8]) -> Named {
    (resources.map_or(0, |resources| resources.0.as_ptr() as usize), name.to_vec())
}

/// Makes the next names forget the others when there are too many.
fn remember<T>(names: &mut BTreeMap<Named, T>, key: Named, meaning: T) {
    if names.len() >= MOST_NAMES {
        names.clear();
    }
    if key.1.len() <= LONGEST_NAME {
        names.insert(key, meaning);
    }
}

/// Reads pages one after the other.
pub(super) struct Pages<'d> {
    document: &'d Document<'d>,
    fonts: BTreeMap<u32, Rc<Font<'d>>>,
    font_entries: usize,
    /// What names mean on this page. A page changes its font all the time.
    named_fonts: BTreeMap<Named, Option<Rc<Font<'d>>>>,
    named_drawings: BTreeMap<Named, Option<u32>>,
    /// What the page at hand takes of memory, and the limit that it reached.
    held: Held<'d>,
    error: Option<io::Error>,
    /// True if some text stood in a font whose codes nobody can read.
    pub(super) unreadable: bool,
}

impl<'d> Pages<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> io::Result<Self> {
        Ok(Self {
            document,
            fonts: BTreeMap::new(),
            font_entries: 0,
            named_fonts: BTreeMap::new(),
            named_drawings: BTreeMap::new(),
            held: document.budget.hold(0)?,
            error: None,
            unreadable: false,
        })
    }

    /// The text of a page's content, up to the limit that it reached. Its memory is held until the next page.
    pub(super) fn text(
        &mut self,
        content: &[u8],
        resources: Option<Dictionary<'d>>,
    ) -> (String, Option<io::Error>) {
        self.held.shrink(0);
        self.named_fonts.clear();
        self.named_drawings.clear();
        let mut text = String::new();
        let mut painter = Painter {
            pages: self,
            text: &mut text,
            state: State::default(),
            kept: Vec::new(),
            end: None,
            open: Vec::new(),
        };
        painter.paint(content, resources);
        if !text.ends_with('\n') && !text.is_empty() {
            text.push('\n');
        }
        (text, self.error.take())
    }

    fn font(&mut self, resources: Option<Dictionary<'d>>, name: &[u8]) -> Option<Rc<Font<'d>>> {
        let key = named(resources, name);
        if let Some(known) = self.named_fonts.get(&key) {
            return known.clone();
        }
        let found = self.find_font(resources, name);
        remember(&mut self.named_fonts, key, found.clone());
        found
    }

    fn find_font(&mut self, resources: Option<Dictionary<'d>>, name: &[u8]) -> Option<Rc<Font<'d>>> {
        let document = self.document;
        let fonts = document.resolve(document.find(resources?, b"Font")?)?.dictionary()?;
        let font = document.find(fonts, name)?;
        let number = font.reference();
        if let Some(known) = number.and_then(|number| self.fonts.get(&number)) {
            return Some(Rc::clone(known));
        }
        let read = Font::read(document, document.resolve(font)?.dictionary()?);
        let read = read.map_err(|error| self.error = Some(error)).ok().map(Rc::new)?;
        if let Some(number) = number {
            self.font_entries += read.entries();
            if self.font_entries > MOST_FONT_ENTRIES {
                self.fonts.clear();
                self.named_fonts.clear();
                self.font_entries = read.entries();
            }
            self.fonts.insert(number, Rc::clone(&read));
        }
        Some(read)
    }

    /// The number of a drawing.
    fn drawing(&mut self, resources: Option<Dictionary<'d>>, name: &[u8]) -> Option<u32> {
        let key = named(resources, name);
        if let Some(&known) = self.named_drawings.get(&key) {
            return known;
        }
        let found = self.find_drawing(resources, name);
        remember(&mut self.named_drawings, key, found);
        found
    }

    fn find_drawing(&self, resources: Option<Dictionary<'d>>, name: &[u8]) -> Option<u32> {
        let document = self.document;
        let drawings = document.resolve(document.find(resources?, b"XObject")?)?.dictionary()?;
        document.find(drawings, name)?.reference()
    }
}

/// What holds until it is changed.
#[derive(Clone)]
struct State<'d> {
    /// From the place of drawing to that of the page.
    drawing: Matrix,
    /// Where the next piece stands, and where its line began.
    text: Matrix,
    line: Matrix,
    leading: f64,
    size: f64,
    between_letters: f64,
    between_words: f64,
    stretch: f64,
    font: Option<Rc<Font<'d>>>,
}

impl Default for State<'_> {
    fn default() -> Self {
        Self {
            drawing: UNIT,
            text: UNIT,
            line: UNIT,
            leading: 0.0,
            size: 1.0,
            between_letters: 0.0,
            between_words: 0.0,
            stretch: 1.0,
            font: None,
        }
    }
}

struct Painter<'p, 'd> {
    pages: &'p mut Pages<'d>,
    text: &'p mut String,
    state: State<'d>,
    kept: Vec<State<'d>>,
    /// Where the last piece ended.
    end: Option<(f64, f64)>,
    /// Drawings that are being drawn: none can draw itself.
    open: Vec<u32>,
}

impl<'d> Painter<'_, 'd> {
    fn paint(&mut self, content: &[u8], resources: Option<Dictionary<'d>>) {
        let mut lexer = Lexer::new(content);
        let mut operands: Vec<Value<'_>> = Vec::new();
        loop {
            lexer.skip_space();
            let before = lexer.at;
            let Some(token) = lexer.token() else { return };
            let Token::Word(operator) = token else {
                lexer.at = before;
                if let Some(value) = operand(&mut lexer)
                    && operands.len() < MOST_OPERANDS
                {
                    operands.push(value);
                }
                continue;
            };
            match operator {
                b"Do" => self.draw(&operands, resources),
                b"Tf" => {
                    if let [name, size] = operands[..] {
                        let name = name.name().unwrap_or_default();
                        self.state.font = self.pages.font(resources, &name);
                        self.state.size = size.number().unwrap_or(1.0);
                    }
                }
                b"ID" => skip_image(&mut lexer),
                _ => self.apply(operator, &operands),
            }
            operands.clear();
        }
    }

    /// A drawing of its own (a form), or an image, which is passed over.
    fn draw(&mut self, operands: &[Value<'_>], resources: Option<Dictionary<'d>>) {
        let document = self.pages.document;
        let Some(name) = operands.first().and_then(|name| name.name()) else { return };
        let Some(number) = self.pages.drawing(resources, &name) else { return };
        let Some(form) = document.dictionary(number) else { return };
        if !form.is(b"Subtype", b"Form") || self.open.len() == DEEPEST || self.open.contains(&number) {
            return;
        }
        let Some(Ok(content)) = document.stream(number) else { return };
        let own = document.get(form, b"Resources").and_then(Value::dictionary).or(resources);
        let kept = (self.state.clone(), std::mem::take(&mut self.kept));
        if let Some(matrix) = document.get(form, b"Matrix") {
            let numbers: Vec<Value<'_>> = matrix.items().take(6).collect();
            self.state.drawing = product(matrix_of(&numbers), self.state.drawing);
        }
        self.open.push(number);
        self.paint(&content.bytes, own);
        self.open.pop();
        (self.state, self.kept) = kept;
    }

    fn apply(&mut self, operator: &[u8], operands: &[Value<'_>]) {
        let number = |at: usize| operands.get(at).and_then(|value| value.number()).unwrap_or(0.0);
        match operator {
            b"q" if self.kept.len() < MOST_STATES => self.kept.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.kept.pop() {
                    self.state = state;
                }
            }
            b"cm" => self.state.drawing = product(matrix_of(operands), self.state.drawing),
            b"BT" => (self.state.text, self.state.line) = (UNIT, UNIT),
            b"Tm" => {
                self.state.line = matrix_of(operands);
                self.state.text = self.state.line;
            }
            b"Td" => self.move_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.move_line(number(0), number(1));
            }
            b"T*" => self.next_line(),
            b"TL" => self.state.leading = number(0),
            b"Tc" => self.state.between_letters = number(0),
            b"Tw" => self.state.between_words = number(0),
            b"Tz" => self.state.stretch = number(0) / 100.0,
            b"Tj" => self.show_all(operands),
            b"TJ" => {
                for item in operands.iter().take(1).flat_map(|array| array.items()) {
                    self.show(item);
                }
            }
            b"'" => {
                self.next_line();
                self.show_all(operands);
            }
            b"\"" => {
                (self.state.between_words, self.state.between_letters) = (number(0), number(1));
                self.next_line();
                self.show_all(operands.get(2..).unwrap_or_default());
            }
            _ => {}
        }
    }

    fn move_line(&mut self, x: f64, y: f64) {
        self.state.line = product([1.0, 0.0, 0.0, 1.0, x, y], self.state.line);
        self.state.text = self.state.line;
    }

    fn next_line(&mut self) {
        self.move_line(0.0, -self.state.leading);
    }

    fn show_all(&mut self, operands: &[Value<'_>]) {
        for &operand in operands.iter().take(1) {
            self.show(operand);
        }
    }

    /// Shows a string, or moves on by a number.
    fn show(&mut self, item: Value<'_>) {
        if let Some(number) = item.number() {
            self.advance(-number / 1000.0 * self.state.size * self.state.stretch);
            return;
        }
        if let Value::Literal(written) | Value::Hex(written) = item
            && self.pages.error.is_none()
            && let Err(error) = self.show_string(item, written.len())
        {
            self.pages.error = Some(error);
        }
    }

    /// Shows a string that is written in so many bytes.
    fn show_string(&mut self, string: Value<'_>, written: usize) -> io::Result<()> {
        let budget = self.pages.document.budget;
        let _held = budget.hold(written as u64)?;
        let shown = string.bytes().unwrap_or_default();
        for piece in shown.chunks(PIECE) {
            let before = self.text.len();
            self.show_bytes(piece);
            // A code may read several characters, and the text's buffer doubles as it grows.
            let more = 2 * (self.text.len() - before) as u64;
            self.pages.held.grow(more)?;
            budget.unpacked(more)?;
        }
        Ok(())
    }

    fn show_bytes(&mut self, shown: &[u8]) {
        let Some(font) = self.state.font.clone() else {
            self.separate();
            self.text.extend(shown.iter().map(|&byte| char::from(byte)));
            self.end = Some(self.place());
            return;
        };
        if font.unreadable {
            self.pages.unreadable = true;
            return;
        }
        self.separate();
        let mut along = 0.0;
        let State { size, between_letters, between_words, stretch, .. } = self.state;
        font.codes(shown, |reads, width| {
            self.text.extend(reads.chars().map(|shown| if shown.is_control() { ' ' } else { shown }));
            let space = if reads == " " { between_words } else { 0.0 };
            along += (width / 1000.0 * size + between_letters + space) * stretch;
        });
        self.advance(along);
        self.end = Some(self.place());
    }

    fn advance(&mut self, x: f64) {
        self.state.text = product([1.0, 0.0, 0.0, 1.0, x, 0.0], self.state.text);
    }

    fn place(&self) -> (f64, f64) {
        let [.., x, y] = product(self.state.text, self.state.drawing);
        (x, y)
    }

    /// Writes what stands between the last piece and the next one.
    fn separate(&mut self) {
        let Some((from_x, from_y)) = self.end else { return };
        let [a, b, .., x, y] = product(self.state.text, self.state.drawing);
        let scale = a.hypot(b);
        let size = (self.state.size * scale).abs();
        // Along the line, and across it, whichever way the text runs.
        let (right, up) = if scale > 0.0 { (a / scale, b / scale) } else { (1.0, 0.0) };
        let along = (x - from_x) * right + (y - from_y) * up;
        let across = (y - from_y) * right - (x - from_x) * up;
        if across.abs() > LINE * size {
            if !self.text.ends_with('\n') {
                self.text.push('\n');
            }
        } else if along.abs() > SPACE * size && !self.text.ends_with(char::is_whitespace) {
            self.text.push(if along > COLUMN * size { '\t' } else { ' ' });
        }
    }
}

/// The next operand; none if it is a bracket that nothing opened.
fn operand<'a>(lexer: &mut Lexer<'a>) -> Option<Value<'a>> {
    // No references stand in a page's content.
    let before = lexer.at;
    if let Some(Token::Number(number)) = lexer.token() {
        return Some(Value::Number(number));
    }
    lexer.at = before;
    lexer.value().filter(|value| *value != Value::Other)
}

fn matrix_of(operands: &[Value<'_>]) -> Matrix {
    let mut matrix = UNIT;
    for (place, value) in matrix.iter_mut().zip(operands) {
        *place = value.number().unwrap_or(*place);
    }
    matrix
}

/// Passes over the bytes of an image that stands in the content, up to its `EI`.
fn skip_image(lexer: &mut Lexer<'_>) {
    let rest = lexer.rest();
    let ends =
        |&at: &usize| at > 0 && is_space(rest[at - 1]) && rest.get(at + 2).is_none_or(|&byte| is_space(byte));
    lexer.at += memchr::memmem::find_iter(rest, b"EI").find(ends).map_or(rest.len(), |at| at + 2);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::container::limit::{Budget, HELD};

    #[test]
    fn names_are_not_remembered_without_bound() {
        let file = b"1 0 obj << /Font << /F 2 0 R >> >> endobj 2 0 obj << /Type /Font >> endobj";
        let budget = Budget::new(1);
        let document = Document::read(file, &budget).expect("within the limits");
        let mut pages = Pages::new(&document).expect("within the limits");
        let content: String =
            (0..3 * MOST_NAMES).map(|at| format!("/N{at} Do /N{at} 9 Tf (a) Tj /F 9 Tf (b) Tj ")).collect();
        let long = format!("/{} 9 Tf (c) Tj", "L".repeat(LONGEST_NAME + 1));
        let (text, error) = pages.text(format!("{content}{long}").as_bytes(), document.dictionary(1));
        assert!(error.is_none() && text.starts_with("ab") && text.ends_with("c\n"));
        for count in [pages.named_fonts.len(), pages.named_drawings.len()] {
            assert!((1..=MOST_NAMES).contains(&count), "{count}");
        }
        assert!(pages.named_fonts.keys().all(|(_, name)| name.len() <= LONGEST_NAME));
    }

    #[test]
    fn a_text_ends_where_its_memory_does() {
        // A code that reads eight characters of three bytes.
        let map = format!(
            "begincodespacerange <00> <ff> endcodespacerange beginbfchar <61> <{}>",
            "2022".repeat(8)
        );
        let file = format!(
            "1 0 obj << /Font << /F 2 0 R >> >> endobj 2 0 obj << /ToUnicode 3 0 R >> endobj \
             3 0 obj << /Length {} >> stream\n{map}\nendstream endobj",
            map.len()
        );
        let budget = Budget::new(HELD);
        let document = Document::read(file.as_bytes(), &budget).expect("within the limits");
        let mut pages = Pages::new(&document).expect("within the limits");
        let content = format!("/F 9 Tf ({}) Tj", "a".repeat(HELD as usize / 16));
        let (text, error) = pages.text(content.as_bytes(), document.dictionary(1));
        assert!(text.starts_with("\u{2022}") && error.is_some());
        assert!(text.len() <= HELD as usize / 2 + 24 * PIECE, "{}", text.len());
    }
}
