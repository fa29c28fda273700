//! Base64 (RFC 4648): either alphabet, padded or not, on one line or wrapped as MIME (RFC 2045) and PEM do.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::map::Unit;
use super::{Budget, Encoding, compressed, gate};
use crate::candidate::run;

/// Characters of the shortest run worth a look.
pub(super) const LEAST: usize = 16;
/// Characters decoded before the result is looked at; a multiple of four.
const CHUNK: usize = 4096;
/// A line that has fewer is not full.
const FULL_LINE: usize = 40;
/// Blanks before a line that goes on.
const INDENTATION: usize = 64;

const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

const PLAIN: GeneralPurpose = lenient(&STANDARD);
const SAFE: GeneralPurpose = lenient(&URL_SAFE);

/// An encoded part that holds text.
#[derive(Debug)]
pub(super) struct Found {
    /// The part, padding included.
    pub(super) outer: Range<usize>,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
    /// Lengths in `bytes`, where they come from, and how.
    pub(super) pieces: Vec<(usize, Range<usize>, Unit)>,
    /// Outermost first.
    pub(super) by: &'static [Encoding],
}

impl Found {
    /// The part, if it holds text, or a compressed text.
    pub(super) fn of(
        outer: Range<usize>,
        bytes: Vec<u8>,
        pieces: Vec<(usize, Range<usize>, Unit)>,
        encoding: Encoding,
        budget: &mut Budget,
    ) -> Option<Self> {
        use Encoding::{Base64, Gzip, Hex, Zlib};
        let sort = compressed::sort(&bytes);
        let (by, found): (&[Encoding], _) = match (encoding, sort) {
            (Hex, None) => (&[Hex], None),
            (Hex, Some(Gzip)) => (&[Hex, Gzip], sort),
            (Hex, Some(_)) => (&[Hex, Zlib], sort),
            (_, None) => (&[Base64], None),
            (_, Some(Gzip)) => (&[Base64, Gzip], sort),
            (_, Some(_)) => (&[Base64, Zlib], sort),
        };
        let (bytes, pieces) = match found {
            None => (bytes, pieces),
            Some(sort) => {
                let unpacked = compressed::unpack(sort, &bytes, budget);
                let length = unpacked.len();
                (unpacked, vec![(length, outer.clone(), Unit::Whole)])
            }
        };
        (gate::is_text(&bytes) && budget.take_part()).then_some(Self { outer, bytes, pieces, by })
    }

    /// The part, if the bytes from so many lines are UTF-16.
    fn wide(outer: Range<usize>, bytes: &[u8], lines: usize, budget: &mut Budget) -> Option<Self> {
        let mark = bytes.strip_prefix(b"\xff\xfe");
        let (bytes, has_mark) = (mark.unwrap_or(bytes), mark.is_some());
        let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        // Where each character is one byte, as many of the Base64 hold it each time.
        let unit = if lines == 1 && text.is_ascii() && !has_mark { Unit::WideBase64 } else { Unit::Whole };
        let (length, bytes) = (text.len(), text.into_bytes());
        let by = &[Encoding::Base64, Encoding::Utf16];
        let pieces = vec![(length, outer.clone(), unit)];
        (gate::is_text(&bytes) && budget.take(length) == length && budget.take_part()).then_some(Self {
            outer,
            bytes,
            pieces,
            by,
        })
    }
}

/// The text in the Base64 that begins with `run`, a maximal run of its characters. At the start of a cut text `phases` is 4:
/// the run may begin inside a group. Sets `done` to the end of a block that was read, whatever it holds: its other lines are
/// not tried by themselves.
pub(super) fn read(
    text: &[u8],
    run: &Range<usize>,
    phases: usize,
    done: &mut usize,
    budget: &mut Budget,
) -> Option<Found> {
    // The letter of `\n` is no part of it.
    let escape = run.start > 0 && text[run.start - 1] == b'\\' && b"nrt".contains(&text[run.start]);
    let first = run.start + usize::from(escape);
    let start = (first..first + phases).find(|&start| start < run.end && promises(&text[start..run.end]))?;
    if run.end - start < LEAST {
        return None;
    }
    let lines = lines(text, start..run.end);
    *done = lines.last().map_or(run.end, |last| last.end);
    budget.look(*done - start);
    let has = |signs: [u8; 2]| {
        lines.iter().any(|line| memchr::memchr2(signs[0], signs[1], &text[line.clone()]).is_some())
    };
    let engine = match (has([b'+', b'/']), has([b'-', b'_'])) {
        (true, true) => return None,
        (_, true) => SAFE,
        _ => PLAIN,
    };
    let mut bytes = Vec::new();
    let mut pieces = Vec::with_capacity(lines.len());
    let head = head(&text[start..run.end])?;
    let is_wide = gate::begins_wide(head);
    let is_text = !is_wide && compressed::sort(&head).is_none();
    let mut end = start;
    for line in lines {
        let before = bytes.len();
        for chunk in text[line.clone()].chunks(CHUNK) {
            // One character more than whole groups says nothing.
            let chunk = if chunk.len() % 4 == 1 { &chunk[..chunk.len() - 1] } else { chunk };
            if budget.take(chunk.len()) < chunk.len() {
                break;
            }
            engine.decode_vec(chunk, &mut bytes).ok()?;
            if is_text && bytes.len() >= CHUNK / 2 && !gate::is_text(&bytes[bytes.len() - CHUNK / 2..]) {
                return None;
            }
        }
        end = line.end + padding(text, line.end);
        pieces.push((bytes.len() - before, line.start..end, Unit::Base64));
    }
    if is_wide {
        return Found::wide(start..end, &bytes, pieces.len(), budget);
    }
    Found::of(start..end, bytes, pieces, Encoding::Base64, budget)
}

/// The whole of `value`, if it is Base64.
pub(super) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let body = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    PLAIN.decode(body).or_else(|_| SAFE.decode(body)).ok()
}

/// True if it may hold text or a compressed stream, by its first eight characters.
fn promises(encoded: &[u8]) -> bool {
    let is = |head: [u8; 6]| {
        gate::begins_text(&head) || gate::begins_wide(head) || compressed::sort(&head).is_some()
    };
    head(encoded).is_some_and(is)
}

/// What the first eight characters hold, without regard to the alphabet.
fn head(encoded: &[u8]) -> Option<[u8; 6]> {
    let mut bits = 0u64;
    for &byte in encoded.first_chunk::<8>()? {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u64::from(value);
    }
    let [_, _, head @ ..] = bits.to_be_bytes();
    Some(head)
}

/// The lines of a wrapped block that begins with `first`; one, if it is not wrapped.
fn lines(text: &[u8], first: Range<usize>) -> Vec<Range<usize>> {
    let width = first.len();
    let mut lines = vec![first];
    while let Some(last) = lines.last()
        && last.len() == width
        && width >= FULL_LINE
        && width.is_multiple_of(4)
        && let Some(start) = after_break(text, last.end)
    {
        let end = run::end(text, start);
        let ended = matches!(
            text.get(end),
            None | Some(b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b'`' | b'=' | b'<' | b',')
        );
        if start == end || end - start > width || !ended {
            break;
        }
        lines.push(start..end);
    }
    lines
}

/// Where the line after the break at `at` begins; the break may be written as an escape.
fn after_break(text: &[u8], at: usize) -> Option<usize> {
    let breaks: [&[u8]; 4] = [b"\r\n", b"\n", br"\r\n", br"\n"];
    let rest = text.get(at..)?;
    let length = breaks.iter().find(|sign| rest.starts_with(sign))?.len();
    let blanks = rest[length..].iter().take(INDENTATION).take_while(|b| matches!(b, b' ' | b'\t')).count();
    Some(at + length + blanks)
}

/// Characters of padding at `at`.
fn padding(text: &[u8], at: usize) -> usize {
    text[at..].iter().take(2).take_while(|&&b| b == b'=').count()
}
