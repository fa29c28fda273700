//! Layers: stretches of a text with their encoded parts replaced by what these hold.

use std::ops::Range;
use std::sync::Arc;

use super::base64::Found;
use super::map::{SpanMap, Unit};
use super::{Budget, base64, escape, gate, hex};

/// Bytes before an encoded part that come along: the name that it is bound to may stand there.
const BEFORE: usize = 256;
/// Bytes after it, to the end of its line.
const AFTER: usize = 128;
/// Whole lines before that of the part.
const LINES: usize = 2;

/// A stretch of text with its encoded parts decoded.
#[derive(Debug)]
pub(crate) struct Layer {
    /// What is to be searched.
    pub(crate) text: Arc<[u8]>,
    pub(super) map: SpanMap,
    /// Encodings that lie in one another here.
    pub(crate) depth: usize,
}

impl Layer {
    /// Where bytes of the layer are written in the text that it was made from.
    pub(crate) fn outer(&self, range: &Range<usize>) -> Range<usize> {
        self.map.outer(range)
    }
}

/// What a text says before any of it is decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hints<'a> {
    /// Its long runs ([`crate::candidate::run`]).
    pub(crate) runs: &'a [Range<usize>],
    /// Where [`super::ANCHORS`] stand, in order.
    pub(crate) escapes: &'a [usize],
    /// The text begins in the middle of something.
    pub(crate) is_cut: bool,
}

/// The layers of a text, in order; they do not overlap. `room` is how many encodings may still lie in one another: what
/// needs more is left out and said.
pub(crate) fn layers(text: &[u8], hints: Hints<'_>, room: usize, budget: &mut Budget) -> Vec<Layer> {
    let mut found: Vec<Found> = Vec::new();
    let mut done = 0;
    for run in hints.runs {
        if run.start < done || is_cut_by_escape(text, run) {
            continue;
        }
        let phases = if hints.is_cut && run.start == 0 { 4 } else { 1 };
        let part = hex::read(text, run, budget);
        match part.or_else(|| base64::read(text, run, phases, &mut done, budget)) {
            Some(part) if part.by.len() <= room => found.push(part),
            Some(_) => budget.is_exceeded = true,
            None => {}
        }
    }
    let windows = windows(text, &found, hints.escapes);
    if room == 0 {
        budget.is_exceeded |= !windows.is_empty();
        return Vec::new();
    }
    let mut rest = found.as_slice();
    let mut layers = Vec::with_capacity(windows.len());
    for window in windows {
        let count = rest.partition_point(|part| part.outer.start < window.end);
        let (parts, others) = rest.split_at(count);
        rest = others;
        layers.extend(layer(text, window, parts, budget));
    }
    layers
}

/// True for a piece of Base64 whose `+` or `/` are written as `%2B` and `%2F`: it is whole one layer further in.
fn is_cut_by_escape(text: &[u8], run: &Range<usize>) -> bool {
    let is_sign = |sign: Option<&[u8]>| {
        sign.is_some_and(|sign| sign[..2] == *b"%2" && matches!(sign[2], b'B' | b'b' | b'F' | b'f'))
    };
    is_sign(text.get(run.end..run.end + 3))
        || run.start > 0 && is_sign(text.get(run.start - 1..run.start + 2))
}

/// The stretches of text around encoded parts and escapes, joined where they touch.
fn windows(text: &[u8], found: &[Found], escapes: &[usize]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut parts = found.iter().map(|part| part.outer.clone()).peekable();
    let mut escapes = escapes.iter().copied().filter_map(|at| printable_escape(text, at)).peekable();
    loop {
        let part = match (parts.peek(), escapes.peek()) {
            (Some(part), Some(escape)) if escape.start < part.start => escapes.next(),
            (Some(_), _) => parts.next(),
            (None, _) => escapes.next(),
        };
        let Some(part) = part else { return windows };
        let end = line_end(text, part.end);
        match windows.last_mut() {
            Some(last) if part.start < last.end => last.end = last.end.max(end),
            last => {
                let floor = last.map_or(0, |last| last.end);
                let start = lines_start(text, part.start).max(floor);
                windows.push(start..end);
            }
        }
    }
}

fn printable_escape(text: &[u8], at: usize) -> Option<Range<usize>> {
    escape::read(&text[at..]).filter(escape::Escape::is_printable).map(|escape| at..at + escape.length)
}

/// Where the line [`LINES`] above that of `at` begins, or [`BEFORE`] bytes before.
fn lines_start(text: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(BEFORE);
    memchr::memrchr_iter(b'\n', &text[floor..at]).nth(LINES).map_or(floor, |line| floor + line + 1)
}

/// The end of the line of `at`, or [`AFTER`] bytes further.
fn line_end(text: &[u8], at: usize) -> usize {
    let roof = text.len().min(at + AFTER);
    memchr::memchr(b'\n', &text[at..roof]).map_or(roof, |line| at + line)
}

/// The layer of a window; none if its escapes stand for bytes that are no text.
fn layer(text: &[u8], window: Range<usize>, parts: &[Found], budget: &mut Budget) -> Option<Layer> {
    let end = parts.last().map_or(window.end, |part| window.end.max(part.outer.end));
    let mut draft = Draft { text: Vec::with_capacity(end - window.start), ..Draft::default() };
    let mut at = window.start;
    for part in parts {
        draft.copy(text, at..part.outer.start);
        draft.part(part);
        at = part.outer.end;
    }
    draft.copy(text, at..end);
    let is_text = !parts.is_empty() || 2 * draft.noise <= draft.escapes;
    (is_text && budget.take(draft.text.len()) == draft.text.len()).then(|| Layer {
        text: draft.text.into(),
        map: draft.map,
        depth: draft.depth,
    })
}

/// A layer under construction.
#[derive(Default)]
struct Draft {
    text: Vec<u8>,
    map: SpanMap,
    depth: usize,
    /// Escapes, and how many of them stand for what is no text.
    escapes: usize,
    noise: usize,
}

impl Draft {
    /// Copies `range` of `text`, its escapes decoded.
    fn copy(&mut self, text: &[u8], range: Range<usize>) {
        let text = &text[..range.end.max(range.start)];
        let mut at = range.start;
        for sign in memchr::memchr3_iter(b'%', b'&', b'\\', &text[at..]).map(|sign| range.start + sign) {
            if sign < at {
                continue;
            }
            let Some(escape) = escape::read(&text[sign..]) else { continue };
            self.text.extend_from_slice(&text[at..sign]);
            self.map.push(sign - at, at..sign, Unit::Copied, &[]);
            at = sign + escape.length;
            let bytes = escape.bytes();
            self.text.extend_from_slice(bytes);
            self.map.push(bytes.len(), sign..at, Unit::Of(bytes.len(), escape.length), escape.by);
            self.depth = self.depth.max(escape.by.len());
            self.escapes += 1;
            self.noise += usize::from(gate::noise(bytes) > 0);
        }
        self.text.extend_from_slice(&text[at..]);
        self.map.push(text.len() - at, at..text.len(), Unit::Copied, &[]);
    }

    fn part(&mut self, part: &Found) {
        self.text.extend_from_slice(&part.bytes);
        for (length, outer, unit) in &part.pieces {
            self.map.push(*length, outer.clone(), *unit, part.by);
        }
        self.depth = self.depth.max(part.by.len());
    }
}
