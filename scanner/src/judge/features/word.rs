//! Words in the value: how much of it a dictionary covers, and how much its letters look like a language.

use super::bigram;
use crate::value::words;

/// Letters of a run that are searched for words.
const RUN: usize = 128;
/// Longest and shortest word of the dictionary.
const LONGEST: usize = 16;
const SHORTEST: usize = 4;

/// What the letters say.
#[derive(Debug, Default)]
pub(super) struct Words {
    letters: usize,
    covered: usize,
    count: usize,
    longest: usize,
    /// Of the value with the usual swaps (0 for o, 3 for e …) undone.
    leet_cover: f32,
    /// Surprise of letter pairs, bits: mean and largest over windows of four pairs; -1 without letters.
    surprise: f32,
    worst: f32,
    /// Mean surprise of all neighbouring bytes inside and at the ends of runs.
    total: f32,
    /// Parts that carry a sentence rather than a name or a password ([`CONNECTIVES`]).
    connectives: usize,
    len: usize,
}

/// Short words that tie a description together (`supplied-by-operator`, `same-as-root`). Passphrases are drawn from
/// lists of nouns and adjectives, which have none of them.
const CONNECTIVES: &[&[u8]] = &[
    b"a", b"after", b"an", b"and", b"any", b"are", b"as", b"ask", b"at", b"be", b"before", b"by", b"each",
    b"every", b"first", b"for", b"from", b"has", b"here", b"if", b"in", b"is", b"it", b"longer", b"no",
    b"none", b"not", b"of", b"on", b"only", b"or", b"per", b"same", b"see", b"set", b"that", b"the", b"this",
    b"to", b"until", b"used", b"when", b"where", b"with", b"yet",
];

impl Words {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut all = Self { len: value.len(), surprise: -1.0, worst: -1.0, ..Self::default() };
        let (mut pairs, mut sum) = (0_usize, 0.0_f32);
        for run in value.split(|b| !b.is_ascii_alphabetic()).filter(|run| !run.is_empty()) {
            all.run(&run[..run.len().min(RUN)]);
            all.connectives += usize::from(connects(run));
            let mut last = [0.0_f32; 4];
            for (n, pair) in run.windows(2).enumerate() {
                let bits = bigram::surprise(pair[0], pair[1]);
                sum += bits;
                pairs += 1;
                last[n % 4] = bits;
                if n >= 3 {
                    all.worst = all.worst.max(last.iter().sum::<f32>() / 4.0);
                }
            }
        }
        if pairs > 0 {
            all.surprise = sum / pairs as f32;
        }
        if value.len() > 1 {
            let bits: f32 = value.windows(2).map(|pair| bigram::surprise(pair[0], pair[1])).sum();
            all.total = bits / (value.len() - 1) as f32;
        }
        all.leet_cover = if value.len() <= 24 && value.iter().any(|b| b"013457@$!".contains(b)) {
            words::cover(&value.iter().map(|b| unleet(*b)).collect::<Vec<u8>>())
        } else {
            0.0
        };
        all
    }

    /// The longest words first, from left to right.
    fn run(&mut self, run: &[u8]) {
        self.letters += run.len();
        let mut at = 0;
        while at + SHORTEST <= run.len() {
            let most = LONGEST.min(run.len() - at);
            if let Some(len) = (SHORTEST..=most).rev().find(|&len| words::contains(&run[at..at + len])) {
                self.covered += len;
                self.count += 1;
                self.longest = self.longest.max(len);
                at += len;
            } else {
                at += 1;
            }
        }
    }
}

fn connects(run: &[u8]) -> bool {
    CONNECTIVES.iter().any(|word| word.eq_ignore_ascii_case(run))
}

fn unleet(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other,
    }
}

table! {
    /// Appends the numbers.
    w: Words;
    "value: share of letters in words" => w.covered as f32 / w.letters.max(1) as f32,
    "value: share of bytes in words" => w.covered as f32 / w.len.max(1) as f32,
    "value: bytes outside of words" => w.len - w.covered.min(w.len),
    "value: letters outside of words" => w.letters - w.covered,
    "value: words" => w.count,
    "value: longest word" => w.longest,
    "value: share of letters in words, swaps undone" => w.leet_cover,
    "value: connecting words" => w.connectives,
    "value: surprise of letter pairs, bits" => w.surprise,
    "value: largest surprise of five letters, bits" => w.worst,
    "value: surprise of all pairs, bits" => w.total,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cover_and_noise_surprises() {
        let words = Words::of(b"secret-password");
        assert_eq!((words.count, words.longest, words.letters - words.covered), (2, 8, 0));
        let noise = Words::of(b"xqzvkw9jpbq");
        assert!(noise.count == 0 && noise.surprise > words.surprise && noise.worst > words.worst);
        assert!(Words::of(b"p4ssw0rd").leet_cover > 0.9);
        assert_eq!(Words::of(b"supplied-by-operator").connectives, 1);
        assert_eq!(Words::of(b"coral-basilisk").connectives, 0);
        assert!((Words::of(b"12").surprise + 1.0).abs() < 1e-6);
    }
}
