//! McNemar's test in its exact form: two systems on the same items differ only where one is right and the other wrong.

use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF as _};

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Items on which only the first is right.
    pub only_first: u64,
    /// Items on which only the second is right.
    pub only_second: u64,
    /// Two-sided exact probability of so uneven a count if both were equally good.
    pub p: f64,
}

/// Tests two lists of right and wrong, in the same order.
pub fn test(pairs: impl IntoIterator<Item = (bool, bool)>) -> McNemar {
    let (mut only_first, mut only_second) = (0, 0);
    for (first, second) in pairs {
        only_first += u64::from(first && !second);
        only_second += u64::from(second && !first);
    }
    McNemar { only_first, only_second, p: exact(only_first, only_second) }
}

/// Twice the binomial tail, at most 1.
fn exact(a: u64, b: u64) -> f64 {
    match Binomial::new(0.5, a + b) {
        Ok(binomial) if a + b > 0 => (2.0 * binomial.cdf(a.min(b))).min(1.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_counts_have_known_probabilities() {
        // 2 * sum of binomial(n, k) / 2^n by hand for the small ones; notes/model.md 5.2 for the others.
        for (a, b, p) in [(0, 0, 1.0), (0, 5, 0.0625), (5, 0, 0.0625), (1, 3, 0.625), (4, 4, 1.0)] {
            assert!((exact(a, b) - p).abs() < 1e-12, "{a} {b} {}", exact(a, b));
        }
        for (a, b, p) in [(20, 8, 0.036), (30, 15, 0.036), (60, 40, 0.057)] {
            assert!((exact(a, b) - p).abs() < 5e-4, "{a} {b} {}", exact(a, b));
        }
    }

    #[test]
    fn only_disagreements_count() {
        let pairs = [(true, true), (false, false), (true, false), (false, true), (true, false)];
        let got = test(pairs);
        assert_eq!((got.only_first, got.only_second), (2, 1));
    }
}
