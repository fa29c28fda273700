//! Which kinds of bytes a value is made of.

/// Byte kinds; each is one bit of [`Charset`].
const LOWER: u8 = 1;
const UPPER: u8 = 1 << 1;
const DIGIT: u8 = 1 << 2;
const SPACE: u8 = 1 << 3;
const SYMBOL: u8 = 1 << 4;
const CONTROL: u8 = 1 << 5;
const NON_ASCII: u8 = 1 << 6;

/// The kind of every byte.
const KINDS: [u8; 256] = {
    let mut kinds = [SYMBOL; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b' ' | b'\t' => SPACE,
            0..=8 | 10..=31 | 127 => CONTROL,
            128.. => NON_ASCII,
            _ => SYMBOL,
        };
        at += 1;
    }
    kinds
};

/// The byte kinds that occur in a value, with the counts that candidates and judges ask for. One pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Charset {
    bits: u8,
    /// Letters, ASCII only.
    pub letters: usize,
    /// ASCII digits.
    pub digits: usize,
    /// Printable ASCII that is neither letter, digit nor blank.
    pub symbols: usize,
    /// Spaces and tabs.
    pub spaces: usize,
    /// Bytes of 128 and above.
    pub non_ascii: usize,
    /// Neighbouring bytes of different kinds: high in random strings, low in words and numbers.
    pub transitions: usize,
    /// All bytes.
    pub len: usize,
}

impl Charset {
    /// Reads the whole value.
    pub fn of(value: &[u8]) -> Self {
        let mut set = Self { len: value.len(), ..Self::default() };
        let mut before = None;
        for &byte in value {
            let kind = KINDS[usize::from(byte)];
            set.bits |= kind;
            match kind {
                LOWER | UPPER => set.letters += 1,
                DIGIT => set.digits += 1,
                SPACE => set.spaces += 1,
                NON_ASCII => set.non_ascii += 1,
                SYMBOL => set.symbols += 1,
                _ => {}
            }
            set.transitions += usize::from(before.is_some_and(|b| b != kind));
            before = Some(kind);
        }
        set
    }

    /// True if there is a lower-case letter.
    pub fn has_lower(self) -> bool {
        self.bits & LOWER != 0
    }

    /// True if there is an upper-case letter.
    pub fn has_upper(self) -> bool {
        self.bits & UPPER != 0
    }

    /// True if there is a digit.
    pub fn has_digit(self) -> bool {
        self.bits & DIGIT != 0
    }

    /// True if there is a control byte other than a tab.
    pub fn has_control(self) -> bool {
        self.bits & CONTROL != 0
    }

    /// How many of the kinds lower, upper, digit and symbol occur (0 to 4).
    pub fn variety(self) -> u32 {
        (self.bits & (LOWER | UPPER | DIGIT | SYMBOL)).count_ones()
    }
}

/// True if every byte is a hexadecimal digit (and there is one).
pub fn is_hex(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_hexdigit)
}

/// True if every byte is a decimal digit (and there is one).
pub fn is_decimal(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// True if the value is spelled in the standard or URL-safe Base64 alphabet, with padding at its end only.
pub fn is_base64(value: &[u8]) -> bool {
    let body = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    !body.is_empty()
        && body.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
}

/// True if the value has the 8-4-4-4-12 form of a UUID, with or without braces.
pub fn is_uuid(value: &[u8]) -> bool {
    let inner = value.strip_prefix(b"{").and_then(|v| v.strip_suffix(b"}")).unwrap_or(value);
    inner.len() == 36
        && inner.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_counts_every_kind() {
        let set = Charset::of("aB3 é-".as_bytes());
        assert_eq!((set.letters, set.digits, set.spaces, set.non_ascii, set.symbols), (2, 1, 1, 2, 1));
        assert_eq!((set.variety(), set.transitions, set.len), (4, 5, 7));
        assert!(set.has_lower() && set.has_upper() && set.has_digit() && !set.has_control());
    }

    #[test]
    fn forms_are_told_apart() {
        assert!(is_hex(b"00ffAA") && !is_hex(b"") && !is_hex(b"0g"));
        assert!(is_decimal(b"0129") && !is_decimal(b"1.2"));
        assert!(is_base64(b"ab+/==") && is_base64(b"a-_b") && !is_base64(b"a=b") && !is_base64(b"=="));
        assert!(is_uuid(b"01234567-89ab-cdef-0123-456789abcdef"));
        assert!(is_uuid(b"{01234567-89ab-cdef-0123-456789abcdef}"));
        assert!(!is_uuid(b"01234567-89ab-cdef-0123-456789abcdeg"));
        assert!(!is_uuid(b"0123456789abcdef0123456789abcdef0123"));
    }
}
