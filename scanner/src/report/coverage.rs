//! The ledger in words, for reports that people read.

use std::collections::BTreeMap;

use crate::ledger::{HistoryCounts, Ledger};

/// Names and texts, in order. Not yet printable: paths are among them. An empty name goes on with the line before.
pub(super) fn rows(ledger: &Ledger) -> Vec<(&'static str, String)> {
    let mut rows = vec![("scanned", scanned(ledger))];
    rows.extend(
        ledger.shard.iter().map(|part| {
            ("shard", format!("{} of {}, {} files", part.index, part.count, grouped(part.files)))
        }),
    );
    rows.extend(ledger.history.iter().map(|history| ("history", walked(history))));
    if !ledger.skipped.is_empty() {
        rows.push(("skipped", counts(&ledger.skipped)));
    }
    rows.extend(ledger.skipped_paths.iter().map(|(path, reason)| ("", format!("{}: {path}", name(reason)))));
    if !ledger.suppressed.is_empty() {
        rows.push(("suppressed", counts(&ledger.suppressed)));
    }
    let safe: u64 = ledger.safe.values().sum();
    rows.push(("candidates", format!("{}, {} safe", grouped(ledger.candidates), grouped(safe))));
    rows.push(("judge", judge(ledger)));
    if !ledger.verified.is_empty() {
        rows.push(("verified", counts(&ledger.verified)));
    }
    rows.push(("rules", rules(ledger)));
    rows.extend(ledger.config.iter().map(|config| ("config", config.clone())));
    if !ledger.seconds.is_empty() {
        let spent: Vec<String> =
            ledger.seconds.iter().map(|(stage, seconds)| format!("{stage} {seconds:.2} s")).collect();
        rows.push(("time", spent.join(", ")));
    }
    rows
}

fn scanned(ledger: &Ledger) -> String {
    let what = if ledger.source.is_empty() { String::new() } else { format!(" from {}", ledger.source) };
    let binary = match ledger.binary_blobs {
        0 => String::new(),
        count => format!(", {} binary (tokens and keys only)", grouped(count)),
    };
    let opened = match ledger.containers {
        0 => String::new(),
        1 => ", 1 container opened".to_owned(),
        count => format!(", {} containers opened", grouped(count)),
    };
    let noun = if ledger.blobs == 1 { "blob" } else { "blobs" };
    format!("{} {noun}{what}, {}{binary}{opened}", grouped(ledger.blobs), bytes(ledger.bytes))
}

fn walked(history: &HistoryCounts) -> String {
    let known = match history.known_clean_blobs {
        0 => String::new(),
        count => format!(", {} of them known to be clean", grouped(count)),
    };
    let (commits, blobs) = (grouped(history.commits), grouped(history.unique_blobs));
    format!("{commits} commits, {blobs} different blobs{known}")
}

fn judge(ledger: &Ledger) -> String {
    let judge = &ledger.judge;
    let digest = judge.model_sha256.as_deref().map(|sha256| format!(", model sha256 {}", short(sha256)));
    format!("{} (--judge {}{})", judge.name, judge.mode, digest.unwrap_or_default())
}

fn rules(ledger: &Ledger) -> String {
    format!("{} (sha256 {})", grouped(ledger.rules), short(&ledger.rules_sha256))
}

/// The name of a unit variant in its serialised form.
pub(super) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `3: 2 media, 1 symlink`, the keys as they serialise.
fn counts<K: serde::Serialize>(counts: &BTreeMap<K, u64>) -> String {
    let total: u64 = counts.values().sum();
    let parts: Vec<String> =
        counts.iter().map(|(key, count)| format!("{} {}", grouped(*count), name(key))).collect();
    format!("{}: {}", grouped(total), parts.join(", "))
}

/// The first twelve digits of a digest tell it apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Thousands apart: `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Decimal units with one decimal.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_bytes_have_units() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_960, "1.0 MB"),
            (12_345_678, "12.3 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }
}
