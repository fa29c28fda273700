//! Large texts as overlapping segments, in bounded memory.
//!
//! The segments' own ranges are disjoint and cover the text. A cut stands after a line break if there is one near,
//! else between two characters, so that a segment's [`Base`] counts lines and columns as the whole text would.
//! Around its own range every segment shows at least [`OVERLAP`] bytes on either side (less only at the ends of the
//! text): no value and no key block is longer.

use super::{BlobSink, Content, Segment};
use crate::location::Base;

/// Size of a segment's own range; also what is held in memory, with the overlaps. Small enough that the columns of
/// many candidates on one endless line stay cheap.
const OWN: usize = 2 * 1024 * 1024;
/// Context on either side of the own range.
pub(super) const OVERLAP: usize = 64 * 1024;
/// How far from the wanted place a line break is looked for.
const REACH: usize = 64 * 1024;

/// Cuts a text that arrives in pieces.
pub(super) struct Segmenter {
    /// The text from `base` on, as far as it arrived.
    text: Vec<u8>,
    /// Where the next own range begins in `text`.
    own: usize,
    base: Base,
    content: Content,
    sizes: Sizes,
}

/// The three lengths, so that tests can cut small texts.
#[derive(Clone, Copy)]
struct Sizes {
    own: usize,
    overlap: usize,
    reach: usize,
}

impl Segmenter {
    /// A segmenter for the text that begins at `base`. `buffer` is cleared and used, to save its allocation.
    pub(super) fn new(mut buffer: Vec<u8>, base: Base, content: Content) -> Self {
        buffer.clear();
        let sizes = Sizes { own: OWN, overlap: OVERLAP, reach: REACH };
        Self { text: buffer, own: 0, base, content, sizes }
    }

    /// Takes the next piece, as `fill` appends it, and hands on every segment that is complete.
    pub(super) fn push(&mut self, sink: &mut impl BlobSink, fill: impl FnOnce(&mut Vec<u8>)) {
        fill(&mut self.text);
        let Sizes { own, overlap, reach } = self.sizes;
        while self.text.len() - self.own >= own + overlap + reach {
            self.emit(sink);
        }
    }

    /// Hands on the rest and gives the buffer back.
    pub(super) fn finish(self, sink: &mut impl BlobSink) -> Vec<u8> {
        if self.own < self.text.len() {
            self.hand_on(sink, self.text.len(), self.text.len());
        }
        self.text
    }

    fn emit(&mut self, sink: &mut impl BlobSink) {
        let Sizes { own, overlap, reach } = self.sizes;
        let cut = cut_before(&self.text, self.own + own, reach);
        let end = after_line_break(&self.text[cut + overlap..][..reach])
            .map_or_else(|| char_floor(&self.text, cut + overlap + 3), |at| cut + overlap + at);
        self.hand_on(sink, cut, end);
        let start = match cut.checked_sub(overlap) {
            None | Some(0) => 0,
            Some(wanted) => cut_before(&self.text, wanted, reach),
        };
        self.base = self.base.after(&self.text[..start]);
        self.text.drain(..start);
        self.own = cut - start;
    }

    fn hand_on(&self, sink: &mut impl BlobSink, cut: usize, end: usize) {
        sink.segment(Segment {
            text: &self.text[..end],
            own: (self.own, cut),
            base: self.base,
            content: self.content,
        });
    }
}

/// The last line start in the `reach` bytes up to `wanted`, else the start of the character at `wanted`.
fn cut_before(text: &[u8], wanted: usize, reach: usize) -> usize {
    let from = wanted.saturating_sub(reach);
    memchr::memrchr(b'\n', &text[from..wanted]).map_or_else(|| char_floor(text, wanted), |at| from + at + 1)
}

/// Offset after the first line break.
fn after_line_break(text: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', text).map(|at| at + 1)
}

/// `at`, or the start of the character that `at` stands inside of. In broken UTF-8 a stray continuation byte is a
/// character of its own, as in [`crate::location::widths`].
fn char_floor(text: &[u8], at: usize) -> usize {
    let continues = |byte: u8| byte & 0xc0 == 0x80;
    if !text.get(at).is_some_and(|&byte| continues(byte)) {
        return at;
    }
    let lead = (at.saturating_sub(3)..at).rev().find(|&before| !continues(text[before]));
    match lead {
        Some(lead) if text[lead] >= 0xc0 => lead,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::{Failure, SkipReason};
    use crate::location::LineIndex;
    use crate::source::BlobInfo;

    /// Keeps copies of the segments.
    #[derive(Default)]
    struct Kept(Vec<(Vec<u8>, (usize, usize), Base)>);

    impl BlobSink for Kept {
        fn begin(&mut self, _: BlobInfo) {}
        fn segment(&mut self, segment: Segment<'_>) {
            self.0.push((segment.text.to_vec(), segment.own, segment.base));
        }
        fn end(&mut self, _: u64, _: Option<Failure>) {}
        fn opened(&mut self) {}
        fn skipped(&mut self, _: String, _: SkipReason) {}
        fn failed(&mut self, _: Failure) {}
        fn notice(&mut self, _: String) {}
    }

    fn cut(text: &[u8], piece: usize, sizes: Sizes) -> Kept {
        let mut kept = Kept::default();
        let mut segmenter = Segmenter::new(Vec::new(), Base::default(), Content::Text);
        segmenter.sizes = sizes;
        for part in text.chunks(piece) {
            segmenter.push(&mut kept, |buffer| buffer.extend_from_slice(part));
        }
        segmenter.finish(&mut kept);
        kept
    }

    const SMALL: Sizes = Sizes { own: 24, overlap: 8, reach: 6 };

    fn check(text: &[u8], kept: &Kept, sizes: Sizes) {
        let whole = LineIndex::new(text, Base::default());
        let mut covered = 0;
        for (part, (own_start, own_end), base) in &kept.0 {
            let offset = base.offset as usize;
            assert_eq!(&text[offset..offset + part.len()], part, "a segment is a piece of the text");
            assert_eq!(offset + own_start, covered, "own ranges follow each other");
            covered = offset + own_end;
            assert!(*own_start >= sizes.overlap.min(offset + own_start), "context before");
            assert!(part.len() - own_end >= sizes.overlap.min(text.len() - covered), "context after");
            let index = LineIndex::new(part, *base);
            for at in *own_start..*own_end {
                if char_floor(text, offset + at) != offset + at {
                    continue;
                }
                assert_eq!(
                    index.locate(part, at..at + 1).start_column,
                    whole.locate(text, offset + at..offset + at + 1).start_column,
                    "column of byte {}",
                    offset + at
                );
                let (here, there) =
                    (index.locate(part, at..at), whole.locate(text, offset + at..offset + at));
                assert_eq!(here, there, "place of byte {}", offset + at);
            }
        }
        assert_eq!(covered, text.len(), "own ranges cover the text");
    }

    /// Bytes that cut badly: line breaks, characters of two to four bytes, stray and broken sequences.
    fn awkward_text() -> impl Strategy<Value = Vec<u8>> {
        let atom = prop_oneof![
            6 => Just(b"a".to_vec()),
            2 => Just(b"\n".to_vec()),
            1 => Just(b"\r\n".to_vec()),
            2 => Just("é".as_bytes().to_vec()),
            2 => Just("€".as_bytes().to_vec()),
            2 => Just("😀".as_bytes().to_vec()),
            1 => any::<u8>().prop_map(|byte| vec![byte]),
            1 => Just(vec![0x80]),
            1 => Just(vec![0xe2, 0x82]),
            1 => Just(vec![b'x'; 40]),
        ];
        prop::collection::vec(atom, 0..200).prop_map(|atoms| atoms.concat())
    }

    proptest! {
        #[test]
        fn segments_place_every_byte_as_the_whole_text_does(text in awkward_text(), piece in 1usize..90) {
            check(&text, &cut(&text, piece, SMALL), SMALL);
        }
    }

    #[test]
    fn a_cut_prefers_a_line_break() {
        let text = b"0123456789\n".repeat(9);
        let kept = cut(&text, 1000, SMALL);
        assert!(kept.0.len() > 2);
        for (part, (start, end), _) in &kept.0 {
            assert!(*start == 0 || part[start - 1] == b'\n');
            assert_eq!(part[end - 1], b'\n');
            assert_eq!(part.last(), Some(&b'\n'), "context ends with a line");
        }
    }

    #[test]
    fn an_endless_line_is_cut_between_characters() {
        let text = "😀".repeat(60);
        let kept = cut(text.as_bytes(), 7, SMALL);
        assert!(kept.0.len() > 2);
        for (part, _, _) in &kept.0 {
            assert!(std::str::from_utf8(part).is_ok());
        }
        check(text.as_bytes(), &kept, SMALL);
    }

    #[test]
    fn the_real_sizes_keep_memory_bounded() {
        let text = vec![b'x'; 3 * OWN + 12345];
        let sizes = Sizes { own: OWN, overlap: OVERLAP, reach: REACH };
        let kept = cut(&text, 256 * 1024, sizes);
        let longest = kept.0.iter().map(|(part, ..)| part.len()).max();
        assert!(longest.is_some_and(|len| len <= OWN + 2 * (OVERLAP + REACH)));
        assert_eq!(
            kept.0.last().map(|(part, own, base)| base.offset as usize + own.1.min(part.len())),
            Some(text.len())
        );
    }

    #[test]
    fn an_empty_text_has_no_segment() {
        assert!(cut(b"", 1, SMALL).0.is_empty());
    }
}
