//! DER (ITU-T X.690): values one after another, each a tag, a length and as many bytes.
//!
//! Strict: lengths are definite and as short as they can be, and nothing is left over, so that random bytes are no
//! structure. Tags have one byte, which is all that keys need.

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
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
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

/// A length and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = digits.iter().fold(0_u64, |sum, &digit| sum << 8 | u64::from(digit));
    let shortest = length >= 0x80 && digits.len() <= 4 && digits[0] != 0;
    shortest.then_some((usize::try_from(length).ok()?, rest))
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
