//! DER (ITU-T X.690): values one after another, each a tag, a length and as many bytes.
//!
//! [`Reader`] is strict: lengths are definite and as short as they can be, and nothing is left over, so that random bytes are
//! no structure. Tags have one byte, which is all that keys need. [`beginning`] and [`announced`] take what is cut, and BER.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Reads values from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next value.
    pub(super) fn tag(self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value, whatever it is.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        // More bytes of the tag follow.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, after) = length(rest)?;
        let length = length.filter(|&length| rest.len() - after.len() == width(length))?;
        let (content, rest) = after.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, if it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut after = *self;
        let (_, content) = after.any().filter(|(found, _)| *found == tag)?;
        *self = after;
        Some(content)
    }

    /// The next value, a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.take(SEQUENCE).map(Self)
    }

    /// The next value: a number that is not negative, without the zero before a first bit that is set. Zero is empty.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let digits = self.take(INTEGER)?;
        match digits {
            [] | [0x80..=0xff, ..] => None,
            [0, rest @ ..] => (rest.is_empty() || rest[0] >= 0x80).then_some(rest),
            _ => Some(digits),
        }
    }

    /// The next value: a number below 256.
    pub(super) fn small(&mut self) -> Option<u8> {
        match self.unsigned()? {
            [] => Some(0),
            [digit] => Some(*digit),
            _ => None,
        }
    }
}

/// `bytes` as one sequence and nothing else.
pub(super) fn sequence(bytes: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader(bytes);
    let content = reader.sequence()?;
    reader.is_empty().then_some(content)
}

/// The content of the value that `bytes` begin with, if it has this tag: as far as it goes.
pub(super) fn beginning(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (length, rest) = length(bytes.strip_prefix(&[tag])?)?;
    Some(&rest[..length.map_or(rest.len(), |length| length.min(rest.len()))])
}

/// Bytes of the sequence that begins like this, with its tag and its length; none if it does not say.
pub(super) fn announced(head: &[u8]) -> Option<usize> {
    let (length, rest) = length(head.strip_prefix(&[SEQUENCE])?)?;
    length.map(|length| head.len() - rest.len() + length)
}

/// A length, which BER may leave open, and what follows it.
fn length(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((Some(usize::from(first)), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = digits.iter().fold(0_u64, |sum, &digit| sum << 8 | u64::from(digit));
    let length = usize::try_from(length).ok().filter(|_| digits.len() <= 4)?;
    Some(((!digits.is_empty()).then_some(length), rest))
}

/// Bytes that DER takes for a length.
fn width(length: usize) -> usize {
    let digits = (usize::BITS - length.leading_zeros()).div_ceil(8) as usize;
    if length < 0x80 { 1 } else { 1 + digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_spelling() {
        let long = [&[0x30, 0x81, 0x80][..], &[0; 128]].concat();
        for (bytes, whole) in [
            (&[0x30, 0][..], true),
            (&[0x30, 2, 5, 0], true),
            (&long, true),
            (&[0x30, 2, 5, 0, 0], false),
            (&[0x30, 3, 5, 0], false),
            (&[0x30, 0x81, 2, 5, 0], false),
            (&[0x30, 0x80, 0, 0], false),
            (&[0x30, 0x85, 0, 0, 0, 0, 0], false),
            (&[0x31, 0], false),
            (&[], false),
        ] {
            assert_eq!(sequence(bytes).is_some(), whole, "{bytes:x?}");
        }
    }

    #[test]
    fn a_beginning_is_read_as_far_as_it_goes() {
        for (bytes, content, whole) in [
            (&[0x30, 3, 5, 0, 7, 8][..], Some(&[5, 0, 7][..]), Some(5)),
            (&[0x30, 3, 5], Some(&[5]), Some(5)),
            (&[0x30, 0x82, 1, 0, 5], Some(&[5]), Some(260)),
            (&[0x30, 0x80, 5, 0], Some(&[5, 0]), None),
            (&[0x30, 0x85, 0, 0, 0, 0, 1, 5], None, None),
            (&[0x30, 0x82, 1], None, None),
            (&[2, 1, 5], None, None),
        ] {
            assert_eq!((beginning(bytes, SEQUENCE), announced(bytes)), (content, whole), "{bytes:x?}");
        }
    }

    #[test]
    fn numbers_are_not_negative_and_not_padded() {
        for (bytes, number) in [
            (&[2, 1, 0][..], Some(&[][..])),
            (&[2, 1, 5], Some(&[5])),
            (&[2, 2, 0, 0x80], Some(&[0x80])),
            (&[2, 1, 0x80], None),
            (&[2, 2, 0, 5], None),
            (&[2, 3, 0, 5, 5], None),
            (&[2, 0], None),
            (&[4, 1, 5], None),
        ] {
            assert_eq!(Reader::new(bytes).unsigned(), number, "{bytes:x?}");
        }
    }
}
