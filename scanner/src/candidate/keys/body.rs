//! Reads the base64 body of a block as people store it: on lines, on one line, escaped, quoted, concatenated.
//!
//! What stands between pieces of base64 (line breaks, `\n` as two characters, quotes, operators, indentation, comment
//! signs, `%0A`, `<br>`) is skipped. Only runs that look like key material count, so that the code after a header
//! that is a string constant does not become its body.

use std::ops::Range;

use crate::rule::codec;

/// Longest body. An RSA key of 16,384 bits has 12 KiB.
pub(super) const LONGEST: usize = 64 * 1024;
/// Shortest run that counts; the last line of a body is often shorter and not needed.
const SHORTEST_RUN: usize = 16;
/// The body ends when so many bytes hold no run that counts.
const LARGEST_GAP: usize = 512;
/// Characters kept for a look inside.
const HEAD: usize = 16 * 1024;
/// Different characters that a genuine body has at least.
const LEAST_DIVERSITY: u32 = 16;

/// A body as read.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// From the first byte after the header to the end of the body (before the footer, if there is one).
    pub(super) span: Range<usize>,
    /// Offset of the first run that counts.
    pub(super) first: usize,
    /// Base64 characters in runs that count.
    pub(super) length: usize,
    /// The first of these characters.
    pub(super) head: Vec<u8>,
}

impl Body {
    /// True if there are at least `length` characters, and not the same few again and again.
    pub(super) fn is_genuine(&self, length: usize) -> bool {
        let mut seen = 0u128;
        for &byte in &self.head {
            seen |= 1 << (byte & 127);
        }
        self.length >= length && seen.count_ones() >= LEAST_DIVERSITY
    }

    /// The decoded beginning; empty if it is no base64.
    pub(super) fn decoded_head(&self) -> Vec<u8> {
        use base64::Engine as _;
        let whole = &self.head[..self.head.len() & !3];
        base64::engine::general_purpose::STANDARD
            .decode(whole)
            .or_else(|_| {
                base64::engine::general_purpose::STANDARD.decode(&whole[..whole.len().saturating_sub(4)])
            })
            .unwrap_or_default()
    }
}

/// One step through a body: what was read and how many bytes it took.
enum Piece {
    Char(u8),
    Gap,
    /// The dashes of a footer or of the next header.
    End,
}

/// Reads the body that begins at `from`, up to `to` at most.
pub(super) fn read(text: &[u8], from: usize, to: usize) -> Body {
    let to = to.min(text.len()).min(from.saturating_add(LONGEST));
    let mut body = Body { span: from..from, first: from, ..Body::default() };
    let mut run = Vec::new();
    let mut run_start = from;
    let mut at = from;
    while at < to {
        let (piece, length) = piece(&text[at..to]);
        if let Piece::Char(byte) = piece {
            if run.is_empty() {
                run_start = at;
            }
            run.push(byte);
            at += length;
            continue;
        }
        body.take_run(&mut run, run_start, at);
        if matches!(piece, Piece::End) {
            body.span.end = at;
            return body;
        }
        at += length;
        if at - body.span.end > LARGEST_GAP {
            return body;
        }
    }
    body.take_run(&mut run, run_start, at.min(to));
    body
}

/// What stands in `range` as Base64, down to its last and shortest line; none if anything else stands there than what
/// joins the lines of a key.
pub(super) fn decode(text: &[u8], range: Range<usize>) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(range.len().min(LONGEST));
    let (mut at, mut run) = (range.start, 0);
    while at < range.end.min(range.start.saturating_add(LONGEST)) {
        let (piece, length) = piece(&text[at..range.end]);
        at += length;
        if let Piece::Char(byte) = piece {
            all.push(byte);
            continue;
        }
        drop_signs(&mut all, run);
        run = all.len();
        if matches!(piece, Piece::End) {
            break;
        }
    }
    drop_signs(&mut all, run);
    let padding = all.iter().rev().take_while(|&&byte| byte == b'=').count();
    codec::base64_decode(&all[..all.len() - padding])
}

/// Takes away a run from `start` that is an operator between strings or the sign of a comment.
fn drop_signs(all: &mut Vec<u8>, start: usize) {
    if all.len() - start <= 3 && all[start..].iter().all(|byte| !byte.is_ascii_alphanumeric()) {
        all.truncate(start);
    }
}

/// The bytes that begin at `from`, of which there are `count` in Base64, and where they end. Lines may be wrapped; one that
/// `is_next` ends it, so that a text full of beginnings is read once.
pub(super) fn decode_count(
    text: &[u8],
    from: usize,
    count: usize,
    is_next: impl Fn(&[u8]) -> bool,
) -> Option<(Vec<u8>, usize)> {
    let wanted = count * 4 / 3 + usize::from(!count.is_multiple_of(3));
    let mut all = Vec::with_capacity(wanted.min(LONGEST));
    let (mut at, mut is_start) = (from, false);
    while all.len() < wanted {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (piece, length) = piece(rest);
        match piece {
            Piece::Char(b'=') => return None,
            Piece::Char(_) if is_start && is_next(rest) => return None,
            Piece::Char(byte) => {
                all.push(byte);
                is_start = false;
            }
            Piece::Gap if rest[0].is_ascii_whitespace() || rest[0] == b'\\' && length > 1 => is_start = true,
            _ => return None,
        }
        at += length;
    }
    let padding = text[at..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    Some((codec::base64_decode(&all)?, at + padding))
}

/// The bytes in Base64 from `from` on, up to `to` at most and but for what fills no group of four characters, and where they
/// end: at the padding or the end of the line. Where the line is wrapped, those that follow are as long as the first one, the
/// last of them at most so, and nothing else stands on them; one that `is_next` ends it.
pub(super) fn decode_lines(
    text: &[u8],
    from: usize,
    to: usize,
    is_next: impl Fn(&[u8]) -> bool,
) -> Option<(Vec<u8>, usize)> {
    let text = &text[..text.len().min(to)];
    let mut all = Vec::new();
    let mut end = take_digits(text, from, &mut all);
    let (width, mut length) = (all.len(), all.len());
    while length == width
        && let Some(next) = next_line(text, end)
        && !is_next(&text[next..])
    {
        let held = all.len();
        let close = take_digits(text, next, &mut all);
        length = all.len() - held;
        let closed =
            matches!(text.get(close), None | Some(b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b'`' | b'<' | b'='));
        if length > width || !closed {
            all.truncate(held);
            break;
        }
        end = close;
    }
    let padding = text[end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    Some((codec::base64_decode(&all[..all.len() & !3])?, end + padding))
}

/// Adds the digits of Base64 that stand from `at` on, without padding. Where they end.
fn take_digits(text: &[u8], mut at: usize, all: &mut Vec<u8>) -> usize {
    while at < text.len()
        && let (Piece::Char(byte), length) = piece(&text[at..])
        && byte != b'='
    {
        all.push(byte);
        at += length;
    }
    at
}

/// Where the next line begins, behind its indentation; none if something else than a line break, written or escaped, stands
/// at `at`, or nothing after it.
fn next_line(text: &[u8], at: usize) -> Option<usize> {
    let mut next = at;
    while next < text.len()
        && let (Piece::Gap, length) = piece(&text[next..])
        && (text[next].is_ascii_whitespace() || text[next] == b'\\' && length > 1)
    {
        next += length;
    }
    let breaks = text[at..next].iter().any(|byte| matches!(byte, b'\n' | b'\r' | b'\\'));
    (breaks && next < text.len()).then_some(next)
}

impl Body {
    fn take_run(&mut self, run: &mut Vec<u8>, start: usize, end: usize) {
        if is_material(run) {
            if self.length == 0 {
                self.first = start;
            }
            self.length += run.len();
            self.span.end = end;
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend_from_slice(&run[..run.len().min(room)]);
        }
        run.clear();
    }
}

/// Base64 of random bytes has letters of both cases and digits; a name in code seldom has, and a line of
/// hexadecimal digits (an `OpenVPN` key) is told by its length.
fn is_material(run: &[u8]) -> bool {
    run.len() >= SHORTEST_RUN
        && run.iter().any(u8::is_ascii_digit)
        && (run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase)
            || run.len() == 32 && run.iter().all(u8::is_ascii_hexdigit))
}

/// True for a character of Base64, its padding included.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn piece(text: &[u8]) -> (Piece, usize) {
    let byte = text[0];
    match byte {
        _ if is_base64(byte) => (Piece::Char(byte), 1),
        b'\\' => escape(text),
        b'%' => match text.get(1..3).and_then(hex) {
            Some(byte) => (decoded(byte), 3),
            None => (Piece::Gap, 1),
        },
        b'&' => (Piece::Gap, closing(text, b';')),
        b'<' => (Piece::Gap, closing(text, b'>')),
        b'-' if text.starts_with(b"----") => (Piece::End, 4),
        _ => (Piece::Gap, 1),
    }
}

/// An escape of a string literal, escaped any number of times.
fn escape(text: &[u8]) -> (Piece, usize) {
    let slashes = text.iter().take_while(|&&byte| byte == b'\\').count();
    let rest = &text[slashes..];
    match rest {
        [b'n' | b'r' | b't', ..] => (Piece::Gap, slashes + 1),
        [b'/', ..] => (Piece::Char(b'/'), slashes + 1),
        [b'u', digits @ ..] => {
            match digits.get(..4).filter(|d| d.starts_with(b"00")).and_then(|d| hex(&d[2..])) {
                Some(byte) => (decoded(byte), slashes + 5),
                None => (Piece::Gap, slashes),
            }
        }
        [b'x', digits @ ..] => match digits.get(..2).and_then(hex) {
            Some(byte) => (decoded(byte), slashes + 3),
            None => (Piece::Gap, slashes),
        },
        [b'0', b'1', b'2' | b'5', ..] => (Piece::Gap, slashes + 3),
        _ => (Piece::Gap, slashes),
    }
}

fn decoded(byte: u8) -> Piece {
    if is_base64(byte) { Piece::Char(byte) } else { Piece::Gap }
}

fn hex(digits: &[u8]) -> Option<u8> {
    std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
}

/// Length of a short entity or tag that ends with `close`.
fn closing(text: &[u8], close: u8) -> usize {
    text.iter().take(8).position(|&byte| byte == close).map_or(1, |at| at + 1)
}
