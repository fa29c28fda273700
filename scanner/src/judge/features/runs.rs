//! Order of the value's bytes: runs, sequences, periods, where digits and marks stand.

/// Bytes in which a period is looked for.
const PERIOD_BYTES: usize = 64;
/// Longest period.
const PERIOD: usize = 12;

/// Rows of a keyboard, for walks along them.
const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// Row and column of each small letter and digit on a keyboard; (0, 0) with row 0 unused for the rest.
const KEYS: [(u8, u8); 256] = {
    let mut keys = [(0, 0); 256];
    let mut row = 0;
    while row < ROWS.len() {
        let mut at = 0;
        while at < ROWS[row].len() {
            keys[ROWS[row][at] as usize] = (row as u8 + 1, at as u8);
            at += 1;
        }
        row += 1;
    }
    keys
};

/// Longest runs and positions, in bytes.
#[derive(Debug, Default)]
pub(super) struct Runs {
    len: usize,
    same: usize,
    digits: usize,
    letters: usize,
    lower: usize,
    upper: usize,
    consonants: usize,
    hex: usize,
    /// Each byte one above (or each one below) the one before.
    sequence: usize,
    /// Neighbouring keys.
    keys: usize,
    humps: usize,
    /// Digits at the start and at the end.
    head: usize,
    tail: usize,
    first_digit: Option<usize>,
    last_mark: Option<usize>,
    groups_of_digits: usize,
    parts: usize,
    longest_part: usize,
    shortest_part: usize,
    /// Parts that are all digits, or mix letters and digits.
    mixed_parts: usize,
    period: f32,
}

/// Longest run for which neighbours satisfy `joined`.
fn longest(value: &[u8], joined: impl Fn(u8, u8) -> bool) -> usize {
    let mut best = usize::from(!value.is_empty());
    let mut run = 1;
    for pair in value.windows(2) {
        run = if joined(pair[0], pair[1]) { run + 1 } else { 1 };
        best = best.max(run);
    }
    best
}

impl Runs {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut all = Self { len: value.len(), ..Self::default() };
        let [mut digits, mut letters, mut lower, mut upper, mut consonants, mut hex] = [0_usize; 6];
        let mut before = 0_u8;
        for (at, &b) in value.iter().enumerate() {
            let step = |run: &mut usize, best: &mut usize, holds: bool| {
                *run = if holds { *run + 1 } else { 0 };
                *best = (*best).max(*run);
            };
            step(&mut digits, &mut all.digits, b.is_ascii_digit());
            step(&mut letters, &mut all.letters, b.is_ascii_alphabetic());
            step(&mut lower, &mut all.lower, b.is_ascii_lowercase());
            step(&mut upper, &mut all.upper, b.is_ascii_uppercase());
            let vowel = matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
            step(&mut consonants, &mut all.consonants, b.is_ascii_alphabetic() && !vowel);
            step(&mut hex, &mut all.hex, b.is_ascii_hexdigit());
            all.humps += usize::from(before.is_ascii_lowercase() && b.is_ascii_uppercase());
            if b.is_ascii_digit() {
                all.groups_of_digits += usize::from(!before.is_ascii_digit());
                all.first_digit = all.first_digit.or(Some(at));
            } else if b.is_ascii_punctuation() {
                all.last_mark = Some(at);
            }
            before = b;
        }
        all.same = longest(value, |a, b| a == b);
        all.sequence =
            longest(value, |a, b| b == a.wrapping_add(1)).max(longest(value, |a, b| a == b.wrapping_add(1)));
        all.keys = longest(value, |a, b| {
            let (a, b) =
                (KEYS[usize::from(a.to_ascii_lowercase())], KEYS[usize::from(b.to_ascii_lowercase())]);
            a.0 > 0 && b.0 > 0 && a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1
        });
        all.head = value.iter().take_while(|b| b.is_ascii_digit()).count();
        all.tail = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        all.parts(value);
        all.period = period(&value[..value.len().min(PERIOD_BYTES)]);
        all
    }

    fn parts(&mut self, value: &[u8]) {
        self.shortest_part = usize::MAX;
        for part in value.split(|b| !b.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            self.parts += 1;
            self.longest_part = self.longest_part.max(part.len());
            self.shortest_part = self.shortest_part.min(part.len());
            self.mixed_parts += usize::from(part.iter().any(u8::is_ascii_digit));
        }
        if self.parts == 0 {
            self.shortest_part = 0;
        }
    }

    fn place(&self, at: Option<usize>) -> f32 {
        at.map_or(-1.0, |at| at as f32 / self.len as f32)
    }
}

/// The largest share of bytes equal to the one `p` before, over all periods `p`.
fn period(value: &[u8]) -> f32 {
    (1..=PERIOD.min(value.len() / 2))
        .map(|p| {
            let equal = value[p..].iter().zip(value).filter(|(a, b)| a == b).count();
            equal as f32 / (value.len() - p) as f32
        })
        .fold(0.0, f32::max)
}

table! {
    /// Appends the numbers.
    r: Runs;
    "value: longest run of one byte" => r.same,
    "value: longest run of digits" => r.digits,
    "value: longest run of letters" => r.letters,
    "value: longest run of small letters" => r.lower,
    "value: longest run of capitals" => r.upper,
    "value: longest run of consonants" => r.consonants,
    "value: longest run of hexadecimal digits" => r.hex,
    "value: longest sequence up or down" => r.sequence,
    "value: longest walk on the keyboard" => r.keys,
    "value: humps" => r.humps,
    "value: digits at the start" => r.head,
    "value: digits at the end" => r.tail,
    "value: place of the first digit" => r.place(r.first_digit),
    "value: place of the last mark" => r.place(r.last_mark),
    "value: groups of digits" => r.groups_of_digits,
    "value: parts between marks" => r.parts,
    "value: longest part" => r.longest_part,
    "value: shortest part" => r.shortest_part,
    "value: parts with digits" => r.mixed_parts,
    "value: repetition" => r.period,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_walks_have_their_lengths() {
        let r = Runs::of(b"aaa1234qwe-Zx");
        assert_eq!((r.same, r.sequence, r.digits, r.keys, r.parts), (3, 4, 4, 4, 2));
        assert_eq!((r.letters, r.tail, r.head, r.first_digit), (3, 0, 0, Some(3)));
        assert!((period(b"abcabcabc") - 1.0).abs() < 1e-6 && period(b"abcdefgh") < 1e-6);
        assert_eq!((Runs::of(b"").same, Runs::of(b"").shortest_part), (0, 0));
    }
}
