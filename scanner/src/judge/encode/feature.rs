//! Buckets of the value and its place that become one token each.

use super::FAMILIES;
use crate::candidate::Syntax;
use crate::judge::Query;
use crate::rule::{Detector, Kind};

/// Lower bounds of buckets 1 to 7 of the value's length in bytes.
const LENGTHS: [usize; 7] = [6, 9, 13, 20, 33, 48, 80];
/// Lower bounds of buckets 1 to 7 of the Shannon entropy in thousandths of a bit per byte.
const ENTROPIES: [usize; 7] = [1501, 2251, 2751, 3251, 3751, 4251, 5001];
/// Lower bounds of buckets 1 to 7 of the bytes per token of the value, in hundredths: natural text takes few tokens.
const EFFICIENCIES: [usize; 7] = [110, 135, 160, 190, 230, 280, 350];

/// Lower bounds of buckets 1 to 7 of the counts over the file.
const COUNTS: [usize; 7] = [2, 3, 5, 9, 17, 65, 257];
/// Lower bounds of buckets 1 to 7 of the candidates in 100 KiB of the file.
const DENSITIES: [usize; 7] = [3, 8, 20, 50, 130, 320, 800];
/// Lower bounds of buckets 1 to 14 of the feature model's log-odds, in hundredths: 7 is "it says nothing".
const PRIORS: [i32; 14] = [-500, -400, -300, -225, -150, -75, -25, 25, 75, 150, 225, 300, 400, 500];

pub(super) fn description() -> String {
    format!(
        "len {LENGTHS:?} ent {ENTROPIES:?} te {EFFICIENCIES:?} \
         same names rules {COUNTS:?} dense {DENSITIES:?} prior {PRIORS:?} \
         cs digits hex lower letters alnum urlsafe base64 other \
         syn quoted bare markup argument flag field prose token block \
         kind password api-key token private-key connection-string login webhook password-hash generic \
         det entropy assignment structural keyword token key"
    )
}

/// The buckets in the order len, ent, cs, te, syn, kind, det, same, names, rules, dense, prior; `tokens` is what the value
/// takes in the vocabulary.
pub(super) fn buckets(query: &Query, tokens: usize) -> [usize; FAMILIES] {
    let value = &query.window.value[..];
    let statistics = &query.statistics;
    let count = |n: u32| bucket(n as usize, &COUNTS);
    let hundredths = (query.prior.clamp(-100.0, 100.0) * 100.0) as i32;
    [
        bucket(value.len(), &LENGTHS),
        bucket(entropy_millibits(value), &ENTROPIES),
        charset(value),
        bucket(value.len() * 100 / tokens.max(1), &EFFICIENCIES),
        syntax(query.syntax),
        kind(query.rule.kind),
        detector(query.rule.detector),
        count(statistics.same_value),
        count(statistics.same_key),
        count(statistics.same_rule),
        bucket(statistics.candidates as usize * 102_400 / (statistics.bytes as usize).max(1024), &DENSITIES),
        PRIORS.partition_point(|&bound| bound <= hundredths),
    ]
}

fn bucket(n: usize, bounds: &[usize; 7]) -> usize {
    bounds.partition_point(|&bound| bound <= n)
}

/// Shannon entropy of the bytes, in thousandths of a bit per byte.
fn entropy_millibits(bytes: &[u8]) -> usize {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    let bits: f64 =
        counts.iter().filter(|&&n| n > 0).map(|&n| f64::from(n) / total).map(|p| -p * p.log2()).sum();
    (bits * 1000.0) as usize
}

/// The smallest class that holds all bytes.
fn charset(bytes: &[u8]) -> usize {
    let all = |class: fn(&u8) -> bool| bytes.iter().all(class);
    let classes: [fn(&u8) -> bool; 7] = [
        u8::is_ascii_digit,
        u8::is_ascii_hexdigit,
        u8::is_ascii_lowercase,
        u8::is_ascii_alphabetic,
        u8::is_ascii_alphanumeric,
        |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'),
        |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='),
    ];
    classes.into_iter().position(all).unwrap_or(7)
}

// The numbers below are part of the encoding; the enums may be reordered, the numbers may not.
fn syntax(syntax: Syntax) -> usize {
    match syntax {
        Syntax::Quoted => 0,
        Syntax::Bare => 1,
        Syntax::Markup => 2,
        Syntax::Argument => 3,
        Syntax::Flag => 4,
        Syntax::Field => 5,
        Syntax::Prose => 6,
        Syntax::Token => 7,
        Syntax::Block => 8,
    }
}

fn kind(kind: Kind) -> usize {
    match kind {
        Kind::Password => 0,
        Kind::ApiKey => 1,
        Kind::Token => 2,
        Kind::PrivateKey => 3,
        Kind::ConnectionString => 4,
        Kind::Login => 5,
        Kind::Webhook => 6,
        Kind::PasswordHash => 7,
        Kind::Generic => 8,
    }
}

fn detector(detector: Detector) -> usize {
    match detector {
        Detector::Entropy => 0,
        Detector::Assignment => 1,
        Detector::Structural => 2,
        Detector::Keyword => 3,
        Detector::Token => 4,
        Detector::Key => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_sets_go_from_narrow_to_wide() {
        let cases: [(&[u8], usize); 9] = [
            (b"123", 0),
            (b"12af", 1),
            (b"word", 2),
            (b"Word", 3),
            (b"Word1z", 4),
            (b"a-b_zZ9", 5),
            (b"aZ9+/=", 6),
            (b"a b", 7),
            (b"\xFF", 7),
        ];
        for (bytes, expected) in cases {
            assert_eq!(charset(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn entropy_of_known_distributions() {
        assert_eq!(entropy_millibits(b""), 0);
        assert_eq!(entropy_millibits(b"aaaa"), 0);
        assert_eq!(entropy_millibits(b"abab"), 1000);
        assert_eq!(entropy_millibits(b"abcdefgh"), 3000);
    }

    #[test]
    fn buckets_begin_at_their_bounds() {
        assert_eq!([0, 5, 6, 79, 80, 5000].map(|n| bucket(n, &LENGTHS)), [0, 0, 1, 6, 7, 7]);
    }
}
