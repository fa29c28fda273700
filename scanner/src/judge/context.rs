//! Cuts the window that a judge sees out of a blob.
//!
//! Pure and bounded: at most `REACH` bytes each way are looked at for lines, and `USAGE_REACH` for another use of
//! the name, whatever the blob's size or the length of its lines. Any bytes are allowed; line breaks are `\n` or
//! `\r\n` and never part of the window's lines.

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};

use super::Window;
use crate::candidate::Candidate;

/// Lines before and lines after the value.
const LINES: usize = 5;
/// Bytes kept of a line, and of each side of the value's line.
pub const LINE_BYTES: usize = 256;
/// Bytes kept of the value: its head and its tail.
const VALUE_HEAD: usize = 3072;
const VALUE_TAIL: usize = 1024;
/// Bytes kept of a name.
const KEY_BYTES: usize = 128;
/// How far from the value line breaks are looked for.
const REACH: usize = 8 << 10;
/// How far from the value another use of the name is looked for, and at how many places.
const USAGE_REACH: usize = 32 << 10;
const USAGE_HITS: usize = 64;

/// The window of `candidate` in `text`, the bytes its spans count in. `path` is the blob's, as shown.
///
/// Spans beyond the text are cut to it. A value longer than 4 KiB loses its middle.
pub fn window(text: &[u8], candidate: &Candidate, path: &str) -> Window {
    let span = within(text, &candidate.span);
    let body = if text.starts_with(b"\xEF\xBB\xBF") { 3.min(span.start) } else { 0 };
    let line_start = line_start(text, span.start);
    let line_end = line_end(text, span.end);
    let left_from = line_start.unwrap_or(0).max(body).max(span.start.saturating_sub(LINE_BYTES));
    let right_to = line_end.unwrap_or(text.len()).min(span.end + LINE_BYTES).max(span.end);
    let (before, seen_from) = lines_before(text, line_start, body);
    let (after, seen_to) = lines_after(text, line_end);
    let key = candidate.key.as_ref().map(|key| cut_tail(&text[within(text, key)], KEY_BYTES).to_vec());
    let usage = key.as_deref().and_then(last_name).and_then(|name| {
        let seen = seen_from.unwrap_or(left_from)..seen_to.unwrap_or(right_to);
        usage(text, name, &seen)
    });
    Window {
        path: path.to_owned(),
        before,
        left: snap_start(&text[left_from..span.start], left_from > line_start.unwrap_or(0)).to_vec(),
        value: value(&text[span.clone()]),
        right: trim_break(cut_head_of(text, span.end..right_to)).to_vec(),
        after,
        key,
        usage,
    }
}

fn within(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let end = span.end.min(text.len());
    span.start.min(end)..end
}

/// Where the line of `at` begins; `None` if that is further away than [`REACH`].
fn line_start(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(REACH);
    match memrchr(b'\n', &text[from..at]) {
        Some(found) => Some(from + found + 1),
        None => (from == 0).then_some(0),
    }
}

/// Where the line of `at` ends (at its `\n` or the end of the text); `None` if that is further away than [`REACH`].
fn line_end(text: &[u8], at: usize) -> Option<usize> {
    let to = text.len().min(at + REACH);
    match memchr(b'\n', &text[at..to]) {
        Some(found) => Some(at + found),
        None => (to == text.len()).then_some(to),
    }
}

/// Up to [`LINES`] whole lines that end before `line_start`, and where the first of them begins.
fn lines_before(text: &[u8], line_start: Option<usize>, body: usize) -> (Vec<Vec<u8>>, Option<usize>) {
    let Some(mut end) = line_start else { return (Vec::new(), None) };
    let from = end.saturating_sub(REACH).max(body);
    let mut lines = Vec::with_capacity(LINES);
    while lines.len() < LINES && end > from {
        let stop = end - 1;
        let start = match memrchr(b'\n', &text[from..stop]) {
            Some(at) => from + at + 1,
            None if from == body => body,
            None => break,
        };
        lines.push(line(&text[start..stop]));
        end = start;
    }
    lines.reverse();
    (lines, Some(end))
}

/// Up to [`LINES`] lines after `line_end`, and where the last of them ends.
fn lines_after(text: &[u8], line_end: Option<usize>) -> (Vec<Vec<u8>>, Option<usize>) {
    let Some(end) = line_end else { return (Vec::new(), None) };
    let to = text.len().min(end + 1 + REACH);
    let mut lines = Vec::with_capacity(LINES);
    let mut start = end + 1;
    // A final line break makes no line of its own.
    while lines.len() < LINES && start < text.len() {
        let stop = match memchr(b'\n', &text[start..to]) {
            Some(at) => start + at,
            None if to == text.len() => to,
            None => break,
        };
        lines.push(line(&text[start..stop]));
        start = stop + 1;
    }
    (lines, Some(start.min(text.len())))
}

/// A whole line without its carriage return, cut to [`LINE_BYTES`].
fn line(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    snap_end(bytes, LINE_BYTES).to_vec()
}

fn value(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() <= VALUE_HEAD + VALUE_TAIL {
        return bytes.to_vec();
    }
    [&bytes[..VALUE_HEAD], &bytes[bytes.len() - VALUE_TAIL..]].concat()
}

fn cut_head_of(text: &[u8], range: Range<usize>) -> &[u8] {
    snap_end(&text[range.start..text.len().min(range.end + 4)], range.len())
}

fn cut_tail(bytes: &[u8], limit: usize) -> &[u8] {
    snap_start(&bytes[bytes.len().saturating_sub(limit)..], bytes.len() > limit)
}

fn trim_break(bytes: &[u8]) -> &[u8] {
    let line = memchr(b'\n', bytes).map_or(bytes, |at| &bytes[..at]);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The first `limit` bytes, without a character that the cut would split.
fn snap_end(bytes: &[u8], limit: usize) -> &[u8] {
    if bytes.len() <= limit {
        return bytes;
    }
    let is_continuation = |at: usize| bytes[at] & 0xC0 == 0x80;
    // A character has at most three continuation bytes; more of them are no UTF-8 and are cut anywhere.
    let end = (limit.saturating_sub(3)..=limit).rev().find(|&at| !is_continuation(at)).unwrap_or(limit);
    &bytes[..end]
}

/// Without the rest of a character that a cut before `bytes` has split.
fn snap_start(bytes: &[u8], was_cut: bool) -> &[u8] {
    let rest = bytes.iter().take(3).take_while(|&&b| b & 0xC0 == 0x80).count();
    if was_cut { &bytes[rest..] } else { bytes }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The last identifier of a name (`password` of `config["db"].password`), if it is long enough to search for.
fn last_name(key: &[u8]) -> Option<&[u8]> {
    let end = key.iter().rposition(|&b| is_name(b))? + 1;
    let start = key[..end].iter().rposition(|&b| !is_name(b)).map_or(0, |at| at + 1);
    (end - start >= 3).then(|| &key[start..end])
}

/// A line outside `seen` that holds `name` as a whole identifier: the first after, or else the last before.
fn usage(text: &[u8], name: &[u8], seen: &Range<usize>) -> Option<Vec<u8>> {
    let whole = |at: usize| {
        !at.checked_sub(1).is_some_and(|i| is_name(text[i]))
            && !text.get(at + name.len()).is_some_and(|&b| is_name(b))
    };
    let to = text.len().min(seen.end + USAGE_REACH);
    let from = seen.start.saturating_sub(USAGE_REACH);
    let forward = memmem::find_iter(&text[seen.end..to], name).map(|at| seen.end + at);
    let backward = memmem::rfind_iter(&text[from..seen.start], name).map(|at| from + at);
    let at = forward
        .take(USAGE_HITS)
        .find(|&at| whole(at))
        .or_else(|| backward.take(USAGE_HITS).find(|&at| whole(at)))?;
    let before = &text[at.saturating_sub(LINE_BYTES / 2)..at];
    let start = memrchr(b'\n', before).map_or(before, |cut| &before[cut + 1..]);
    let whole_line = start.len() < before.len() || start.len() == at;
    let after = trim_break(cut_head_of(text, at..text.len().min(at + LINE_BYTES / 2)));
    Some([snap_start(start, !whole_line), after].concat())
}

#[cfg(test)]
mod tests;
