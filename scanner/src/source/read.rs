//! From stored bytes to a sink's segments: one blob at a time, with buffers that are reused.
//!
//! A blob of up to [`WHOLE`] stored bytes is read at once and is one segment. What is larger streams through
//! [`Segmenter`]. Memory stays below 24 MiB a thread, however large the blob or its lines are.

use std::io::{self, Read};

use super::decode::Decoder;
use super::segment::Segmenter;
use super::sniff::{Encoding, Kind, sniff};
use super::{BlobInfo, BlobSink, Content, Scope, Segment};
use crate::ledger::{Failure, SkipReason};
use crate::location::Base;

/// Up to this many stored bytes a blob is one segment.
pub(super) const WHOLE: usize = 8 * 1024 * 1024;
/// Stored bytes decoded at once beyond that.
const PIECE: usize = 256 * 1024;

/// One thread's buffers.
#[derive(Default)]
pub(super) struct BlobReader {
    stored: Vec<u8>,
    text: Vec<u8>,
}

/// What was read of a blob: stored bytes, and the error that ended it early.
pub(super) type Reading = (u64, Option<io::Error>);

impl BlobReader {
    /// Reads `input` to its end and hands it to `sink` as the blob `info`. `expected` (stored bytes, may be wrong)
    /// sizes the buffer. When all is read, `judge` turns what was read into the failure to report, if there is one.
    pub(super) fn feed(
        &mut self,
        mut input: impl Read,
        expected: u64,
        info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        let mut stored = std::mem::take(&mut self.stored);
        stored.clear();
        stored.reserve((expected as usize).min(WHOLE) + 1);
        // One byte more than fits tells a blob of exactly that size from a larger one.
        let result = (&mut input).take(WHOLE as u64 + 1).read_to_end(&mut stored);
        match result {
            Err(error) if stored.is_empty() => {
                if let Some(failure) = judge((0, Some(error))) {
                    sink.failed(failure);
                }
            }
            Err(error) => {
                self.deliver(&stored, io::empty(), info, sink, |(bytes, _)| judge((bytes, Some(error))));
            }
            Ok(_) if stored.len() <= WHOLE => self.deliver(&stored, io::empty(), info, sink, judge),
            Ok(_) => self.deliver(&stored, input, info, sink, judge),
        }
        self.stored = stored;
    }

    /// Hands `stored`, all bytes of the blob `info`, to `sink`.
    pub(super) fn feed_bytes(&mut self, stored: &[u8], info: BlobInfo, sink: &mut impl BlobSink) {
        self.deliver(stored, io::empty(), info, sink, |_| None);
    }

    fn deliver(
        &mut self,
        first: &[u8],
        rest: impl Read,
        mut info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        let (encoding, mark, content) = match sniff(first) {
            Kind::Text { encoding, mark } => (encoding, mark, Content::Text),
            Kind::Binary => (Encoding::Bytes, 0, Content::Binary),
            Kind::Media => {
                sink.skipped(info.origin.path.clone(), SkipReason::Media);
                return;
            }
        };
        let mut decoder = Decoder::new(encoding);
        // A mark that is passed over keeps its place in the offsets where text and stored bytes are the same.
        let offset = if decoder.passes_through() { mark as u64 } else { 0 };
        if !decoder.passes_through() || content == Content::Binary {
            // Line numbers of a diff over the stored bytes mean nothing here.
            info.scope = Scope::All;
        }
        let base = Base { offset, ..Base::default() };
        sink.begin(info);
        let body = &first[mark..];
        let read = if first.len() <= WHOLE {
            let text = if decoder.passes_through() {
                body
            } else {
                self.text.clear();
                decoder.decode(body, true, &mut self.text);
                &self.text
            };
            if !text.is_empty() {
                sink.segment(Segment { text, own: (0, text.len()), base, content });
            }
            (first.len() as u64, None)
        } else {
            let mut segmenter = Segmenter::new(std::mem::take(&mut self.text), base, content);
            for piece in body.chunks(PIECE) {
                segmenter.push(sink, |text| decoder.decode(piece, false, text));
            }
            let (bytes, error) = stream(rest, &mut decoder, &mut segmenter, sink);
            self.text = segmenter.finish(sink);
            (first.len() as u64 + bytes, error)
        };
        let bytes = read.0;
        sink.end(bytes, judge(read));
    }
}

/// Decodes and cuts `rest` to its end.
fn stream(
    mut rest: impl Read,
    decoder: &mut Decoder,
    segmenter: &mut Segmenter,
    sink: &mut impl BlobSink,
) -> Reading {
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    let error = loop {
        match rest.read(&mut piece) {
            Ok(0) => break None,
            Ok(count) => {
                bytes += count as u64;
                segmenter.push(sink, |text| decoder.decode(&piece[..count], false, text));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    segmenter.push(sink, |text| decoder.decode(&[], true, text));
    (bytes, error)
}
