//! How good scores are at telling credentials from the rest.

/// Average precision: the mean, over all credentials, of the precision among what scores at least as high. Equal scores count
/// as one threshold, so the order of the items does not matter. 0 without credentials.
pub fn average_precision(items: &[(f64, bool)]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = items.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let alerts = sorted.iter().filter(|item| item.1).count();
    let (mut found, mut seen, mut sum) = (0usize, 0usize, 0f64);
    for equal in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let here = equal.iter().filter(|item| item.1).count();
        found += here;
        seen += equal.len();
        sum += here as f64 * found as f64 / seen as f64;
    }
    if alerts == 0 { 0.0 } else { sum / alerts as f64 }
}

/// Mean cost, in natural logarithm, of the truth under log-odds.
pub fn log_loss(items: &[(f64, bool)]) -> f64 {
    let cost =
        |&(z, alert): &(f64, bool)| z.max(0.0) + (-z.abs()).exp().ln_1p() - if alert { z } else { 0.0 };
    items.iter().map(cost).sum::<f64>() / items.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_precision_equals_the_sums_by_hand() {
        let items = |all: &[(f64, bool)]| average_precision(all);
        assert!((items(&[(3.0, true), (2.0, true), (1.0, false)]) - 1.0).abs() < 1e-12);
        // Precision 1 at the first, 2/3 at the second.
        let mixed = [(1.0, true), (3.0, true), (2.0, false)];
        assert!((items(&mixed) - f64::midpoint(1.0, 2.0 / 3.0)).abs() < 1e-12);
        // A tie of one in two, in whatever order.
        assert!((items(&[(1.0, true), (1.0, false)]) - 0.5).abs() < 1e-12);
        assert!((items(&[(1.0, false), (1.0, true)]) - 0.5).abs() < 1e-12);
        assert!(items(&[(1.0, false)]).abs() < 1e-12);
    }

    #[test]
    fn log_loss_of_even_odds_is_ln_2_and_sure_mistakes_cost_their_odds() {
        assert!((log_loss(&[(0.0, true), (0.0, false)]) - 2f64.ln()).abs() < 1e-12);
        assert!((log_loss(&[(-700.0, true)]) - 700.0).abs() < 1e-9);
    }
}
