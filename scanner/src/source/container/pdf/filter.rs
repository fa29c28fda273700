//! From a stream's stored bytes to its content (ISO 32000-2, 7.4): DEFLATE, and the two ways to write bytes as ASCII.
//! What other filters make of a stream (LZW, images) is not known here.

use std::borrow::Cow;
use std::io;

use flate2::bufread::DeflateDecoder;

use super::syntax::{Dictionary, Value, hex_bytes, is_space};
use crate::source::container::limit::{Budget, Counted, Held};
use crate::source::container::problem::Problem;

/// Filters of one stream; real ones have one or two.
const MOST_FILTERS: usize = 4;

/// A stream's content, or as much of it as could be read, with what it takes of memory.
pub(super) struct Content<'b> {
    pub(super) bytes: Cow<'b, [u8]>,
    held: Held<'b>,
    /// Why it ends early.
    pub(super) error: Option<io::Error>,
}

impl Content<'_> {
    /// Adds a line break and `after`.
    pub(super) fn append(&mut self, after: &[u8]) -> io::Result<()> {
        if let Cow::Borrowed(bytes) = self.bytes {
            self.held.grow(bytes.len() as u64)?;
        }
        let bytes = self.bytes.to_mut();
        if bytes.capacity() - bytes.len() <= after.len() {
            // Growing by halves, as the budget does when it reads.
            let room = (bytes.len() / 2).max(after.len() + 1);
            self.held.grow(room as u64)?;
            bytes.reserve_exact(room);
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(after);
        Ok(())
    }
}

/// Decodes `stored`, which is not copied if no filter changes it. `dictionary` must hold its filters itself, not by
/// reference.
pub(super) fn decode<'b>(
    dictionary: Dictionary<'_>,
    stored: &'b [u8],
    budget: &'b Budget,
) -> io::Result<Content<'b>> {
    let filters = dictionary.get(b"Filter").or_else(|| dictionary.get(b"F")).unwrap_or(Value::Other);
    let parameters = dictionary.get(b"DecodeParms").or_else(|| dictionary.get(b"DP"));
    let predicted = parameters.into_iter().flat_map(Value::items).any(|item| {
        let predictor = item.dictionary().and_then(|item| item.get(b"Predictor")).and_then(Value::number);
        predictor.is_some_and(|predictor| predictor > 1.0)
    });
    if predicted {
        return Err(Problem::Filter.into());
    }
    let mut content = Content { bytes: Cow::Borrowed(stored), held: budget.hold(0)?, error: None };
    for (at, filter) in filters.items().enumerate() {
        let Some(name) = filter.name() else {
            if matches!(filter, Value::Other) {
                continue;
            }
            return Err(Problem::Filter.into());
        };
        if at >= MOST_FILTERS {
            return Err(Problem::Filter.into());
        }
        content = match &*name {
            b"FlateDecode" | b"Fl" => inflate(&content, budget)?,
            b"ASCIIHexDecode" | b"AHx" => {
                let end = memchr::memchr(b'>', &content.bytes).unwrap_or(content.bytes.len());
                let held = budget.hold(end as u64)?;
                counted(hex_bytes(&content.bytes[..end]), held, content.error, budget)?
            }
            b"ASCII85Decode" | b"A85" => {
                let held = budget.hold(most_of_ascii85(&content.bytes) as u64)?;
                counted(ascii85(&content.bytes), held, content.error, budget)?
            }
            _ => return Err(Problem::Filter.into()),
        };
    }
    Ok(content)
}

fn counted<'b>(
    bytes: Vec<u8>,
    held: Held<'b>,
    error: Option<io::Error>,
    budget: &Budget,
) -> io::Result<Content<'b>> {
    budget.unpacked(bytes.len() as u64)?;
    Ok(Content { bytes: Cow::Owned(bytes), held, error })
}

/// The sum at the end need not be right: readers do not mind. Where nothing is left for it, the data ended too early.
fn inflate<'b>(packed: &Content<'_>, budget: &'b Budget) -> io::Result<Content<'b>> {
    let packed = packed.bytes.get(2..).unwrap_or_default();
    let mut decoder = DeflateDecoder::new(packed);
    let (mut bytes, mut held, mut error) = budget.hold_some(&mut Counted::new(&mut decoder, budget));
    bytes.shrink_to_fit();
    held.shrink(bytes.len() as u64);
    if error.is_none() && !packed.is_empty() && decoder.get_ref().is_empty() {
        error = Some(io::ErrorKind::UnexpectedEof.into());
    }
    let inner = error.as_ref().and_then(io::Error::get_ref);
    let is_refusal = inner.is_some_and(|inner| inner.downcast_ref::<Problem>().is_some());
    if let Some(refused) = error.take_if(|_| is_refusal) {
        return Err(refused);
    }
    Ok(Content { bytes: Cow::Owned(bytes), held, error })
}

/// Bytes that [`ascii85`] makes at most: `z` alone stands for four.
fn most_of_ascii85(written: &[u8]) -> usize {
    written.len() + 3 * memchr::memchr_iter(b'z', written).count()
}

/// Five characters for four bytes, up to `~`; characters that mean nothing are passed over.
fn ascii85(written: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(most_of_ascii85(written));
    let (mut value, mut count) = (0_u32, 0);
    for &byte in written.iter().filter(|&&byte| !is_space(byte)) {
        match byte {
            b'~' => break,
            b'z' if count == 0 => bytes.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                value = value.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
            }
            _ => {}
        }
        if count == 5 {
            bytes.extend_from_slice(&value.to_be_bytes());
            (value, count) = (0, 0);
        }
    }
    if count > 1 {
        for _ in count..5 {
            value = value.wrapping_mul(85).wrapping_add(84);
        }
        bytes.extend_from_slice(&value.to_be_bytes()[..count - 1]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::container::limit::HELD;

    #[test]
    fn bytes_written_as_ascii_are_read() {
        for (written, expected) in
            [(&b"87cURD]i,\"Ebo80~>"[..], &b"Hello World!"[..]), (b"z87cUR~", b"\0\0\0\0Hell"), (b"", b"")]
        {
            assert_eq!(ascii85(written), expected);
        }
    }

    #[test]
    fn filters_are_applied_in_order_and_unknown_ones_told() {
        let budget = Budget::new(100);
        let decoded = |dictionary: &[u8], stored: &[u8]| {
            decode(Dictionary(dictionary), stored, &budget).map(|content| content.bytes.into_owned()).ok()
        };
        assert_eq!(decoded(b"", b"plain"), Some(b"plain".to_vec()));
        assert_eq!(decoded(b"/Filter /AHx", b"41 42>zz"), Some(b"AB".to_vec()));
        assert_eq!(decoded(b"/Filter [/A85 /AHx]", b"1,^uP~>"), Some(hex_bytes(&ascii85(b"1,^uP"))));
        assert_eq!(decoded(b"/Filter /LZWDecode", b"x"), None);
        assert_eq!(decoded(b"/Filter /Fl /DecodeParms << /Predictor 12 >>", b"x"), None);
        assert_eq!(decoded(b"/Filter [null null null null null /AHx]", b"41>"), None, "too many");
    }

    #[test]
    fn what_a_filter_makes_is_held() {
        let stored = vec![b'z'; HELD as usize / 3];
        let budget = Budget::new(HELD);
        let plain = decode(Dictionary(b""), &stored, &budget).expect("nothing is copied");
        assert!(budget.hold(HELD).is_ok());
        assert!(matches!(plain.bytes, Cow::Borrowed(_)));
        assert!(decode(Dictionary(b"/Filter /A85"), &stored, &budget).is_err(), "four times as much");
        assert!(decode(Dictionary(b"/Filter /AHx"), &stored, &budget).is_ok());
    }

    #[test]
    fn parts_are_joined_in_held_memory() {
        let budget = Budget::new(HELD);
        let part = vec![b' '; HELD as usize / 8];
        let mut whole = decode(Dictionary(b""), b"first", &budget).expect("it fits");
        whole.append(b"second").expect("it fits");
        assert_eq!(*whole.bytes, b"first\nsecond"[..]);
        assert!((0..8).any(|_| whole.append(&part).is_err()));
        drop(whole);
        assert!(budget.hold(HELD).is_ok());
    }
}
