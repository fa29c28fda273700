//! Wilson's score interval of a share (Wilson 1927): good for few items and for shares near 0 and 1.

use statrs::distribution::{ContinuousCDF as _, Normal};

/// The interval of `hits` out of `of` that holds the true share with probability `level`; (0, 1) for none.
pub fn interval(hits: f64, of: f64, level: f64) -> (f64, f64) {
    if of <= 0.0 {
        return (0.0, 1.0);
    }
    let z = Normal::new(0.0, 1.0)
        .expect("the standard normal distribution exists")
        .inverse_cdf(f64::midpoint(1.0, level.clamp(0.0, 1.0)));
    let (share, square) = (hits / of, z * z);
    let middle = (share + square / (2.0 * of)) / (1.0 + square / of);
    let half =
        z / (1.0 + square / of) * (share * (1.0 - share) / of + square / (4.0 * of * of)).max(0.0).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_agree_with_statsmodels() {
        // proportion_confint(hits, of, alpha=0.05, method="wilson").
        let cases = [
            (0.0, 10.0, 0.0, 0.277_532_799_862_889_26),
            (10.0, 10.0, 0.722_467_200_137_110_6, 1.0),
            (7.0, 10.0, 0.396_778_147_461_145_37, 0.892_208_732_593_698_9),
            (95.0, 100.0, 0.888_249_530_768_080_8, 0.978_456_320_845_631_9),
            (1.0, 300.0, 0.000_588_657_721_851_158_1, 0.018_636_693_694_531_24),
        ];
        for (hits, of, low, high) in cases {
            let got = interval(hits, of, 0.95);
            assert!((got.0 - low).abs() < 1e-9 && (got.1 - high).abs() < 1e-9, "{hits}/{of}: {got:?}");
        }
        assert_eq!(interval(0.0, 0.0, 0.95), (0.0, 1.0));
    }
}
