//! Bytes of the value: how many of which kind, how evenly, first and last, forms.

use super::Subject;
use crate::judge::weak;
use crate::value::charset::{self, Charset};
use crate::value::placeholder::{self, Form};

/// One pass and a few looks.
pub(super) struct Facts<'a> {
    value: &'a [u8],
    written: usize,
    lines: usize,
    charset: Charset,
    upper: usize,
    vowels: usize,
    counts: [u16; 256],
    distinct: usize,
    /// Highest count of a byte.
    peak: usize,
    shannon: f32,
    /// Sum of squared shares: chance that two drawn bytes are equal.
    collision: f32,
    form: Option<Form>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(subject: &'a Subject<'_>) -> Self {
        let value = &*subject.value;
        let mut counts = [0_u16; 256];
        for &byte in value {
            counts[usize::from(byte)] += 1;
        }
        let total = value.len().max(1) as f32;
        let (mut distinct, mut peak, mut shannon, mut collision) = (0, 0, 0.0_f32, 0.0_f32);
        for &count in counts.iter().filter(|&&count| count > 0) {
            let share = f32::from(count) / total;
            distinct += 1;
            peak = peak.max(usize::from(count));
            shannon -= share * share.log2();
            collision += share * share;
        }
        let count = |bytes: &[u8]| bytes.iter().map(|b| usize::from(counts[usize::from(*b)])).sum();
        Self {
            value,
            written: subject.written,
            lines: memchr::memchr_iter(b'\n', value).count(),
            charset: Charset::of(value),
            upper: counts[usize::from(b'A')..=usize::from(b'Z')].iter().map(|&n| usize::from(n)).sum(),
            vowels: count(b"aeiouAEIOU"),
            counts,
            distinct,
            peak,
            shannon,
            collision,
            form: placeholder::form(value),
        }
    }

    fn count(&self, byte: u8) -> usize {
        usize::from(self.counts[usize::from(byte)])
    }

    fn share(&self, count: usize) -> f32 {
        count as f32 / self.value.len().max(1) as f32
    }

    fn lower(&self) -> usize {
        self.charset.letters - self.upper
    }

    /// Kinds of marks that occur.
    fn kinds_of_marks(&self) -> usize {
        (33..127_u8).filter(|b| b.is_ascii_punctuation() && self.count(*b) > 0).count()
    }
}

/// Kind of a byte as a number, in the order of how much it speaks for a credential at an end of a value.
fn kind(byte: Option<&u8>) -> usize {
    match byte {
        None => 0,
        Some(b'a'..=b'z') => 1,
        Some(b'A'..=b'Z') => 2,
        Some(b'0'..=b'9') => 3,
        Some(b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?') => 4,
        Some(b'_' | b'-' | b'.' | b'/' | b':' | b'\\' | b'~' | b',') => 5,
        Some(b'=' | b'+') => 6,
        Some(b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>') => 7,
        Some(b' ' | b'\t' | b'\n' | b'\r') => 8,
        Some(128..) => 9,
        Some(_) => 10,
    }
}

fn form(form: Option<Form>) -> usize {
    match form {
        None => 0,
        Some(Form::Sequence) => 1,
        Some(Form::Repeated) => 2,
        Some(Form::Example) => 3,
        Some(Form::Masked) => 4,
        Some(Form::FillIn) => 5,
    }
}

/// `12`, `1.2.3`, `2024-01-02`, `10:30`, `+1 (555)`: digits with the marks of numbers.
fn numeric(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|b| b.is_ascii_digit() || b"+-.,:/() xT%".contains(b))
}

fn ipv4(value: &[u8]) -> bool {
    let mut parts = 0;
    value.split(|b| *b == b'.').all(|part| {
        parts += 1;
        (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    }) && parts == 4
}

/// Letters, digits and dots with a known-looking ending: `db.example.com`.
fn host(value: &[u8]) -> bool {
    value.len() <= 80
        && value.iter().all(|b| b.is_ascii_alphanumeric() || b".-".contains(b))
        && value.rsplit(|b| *b == b'.').next().is_some_and(|last| {
            last.len() < value.len()
                && (2..=6).contains(&last.len())
                && last.iter().all(u8::is_ascii_lowercase)
        })
}

table! {
    /// Appends the numbers.
    f: Facts<'_>;
    "value: bytes as written" => f.written,
    "value: bytes" => f.value.len(),
    "value: line breaks" => f.lines,
    "value: small letters" => f.lower(),
    "value: capitals" => f.upper,
    "value: digits" => f.charset.digits,
    "value: marks" => f.charset.symbols,
    "value: blanks" => f.charset.spaces,
    "value: bytes above ASCII" => f.charset.non_ascii,
    "value: share of small letters" => f.share(f.lower()),
    "value: share of capitals" => f.share(f.upper),
    "value: share of digits" => f.share(f.charset.digits),
    "value: share of marks" => f.share(f.charset.symbols),
    "value: share of vowels in letters" => f.vowels as f32 / f.charset.letters.max(1) as f32,
    "value: kinds of bytes" => f.charset.variety() as usize,
    "value: kinds of marks" => f.kinds_of_marks(),
    "value: changes of kind" => f.charset.transitions,
    "value: share of changes of kind" => f.share(f.charset.transitions),
    "value: distinct bytes" => f.distinct,
    "value: share of distinct bytes" => f.share(f.distinct),
    "value: share of the commonest byte" => f.share(f.peak),
    "value: Shannon entropy, bits per byte" => f.shannon,
    "value: Shannon entropy over its bound" => f.shannon / (f.value.len().max(2) as f32).log2(),
    "value: collision entropy, bits per byte" => -f.collision.max(1e-6).log2(),
    "value: least entropy, bits per byte" => -f.share(f.peak.max(1)).log2(),
    "value: bits in all" => f.shannon * f.value.len() as f32,
    "value: kind of the first byte" => kind(f.value.first()),
    "value: kind of the last byte" => kind(f.value.last()),
    "value: dots" => f.count(b'.'),
    "value: dashes" => f.count(b'-'),
    "value: underscores" => f.count(b'_'),
    "value: slashes" => f.count(b'/') + f.count(b'\\'),
    "value: colons" => f.count(b':'),
    "value: equals signs" => f.count(b'='),
    "value: plus signs" => f.count(b'+'),
    "value: at signs" => f.count(b'@'),
    "value: dollar and percent signs" => f.count(b'$') + f.count(b'%'),
    "value: exclamation and number signs" => f.count(b'!') + f.count(b'#'),
    "value: stars and question marks" => f.count(b'*') + f.count(b'?'),
    "value: brackets" => f.value.iter().filter(|b| b"()[]{}<>".contains(b)).count(),
    "value: commas and semicolons" => f.count(b',') + f.count(b';'),
    "value: quotes" => f.count(b'"') + f.count(b'\'') + f.count(b'`'),
    "value: bars and ampersands" => f.count(b'|') + f.count(b'&'),
    "value: letters x" => f.count(b'x') + f.count(b'X'),
    "value: zeros" => f.count(b'0'),
    "value: placeholder form" => form(f.form),
    "value: in the list of common passwords" => weak::is_common(f.value),
    "value: hexadecimal" => charset::is_hex(f.value),
    "value: Base64 alphabet" => charset::is_base64(f.value),
    "value: length is a multiple of 4" => f.value.len().is_multiple_of(4),
    "value: length is a multiple of 8" => f.value.len().is_multiple_of(8),
    "value: digits and marks of numbers" => numeric(f.value),
    "value: IPv4 address" => ipv4(f.value),
    "value: host or file name" => host(f.value),
}
