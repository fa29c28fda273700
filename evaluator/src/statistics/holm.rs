//! Holm's correction for several tests (Holm 1979): the chance of any false claim stays below the level.

/// Adjusted probabilities, in the order given.
pub fn adjust(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max(p[at] * (p.len() - rank) as f64).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::adjust;

    #[test]
    fn probabilities_are_adjusted_step_by_step() {
        // By hand: 0.01 * 4; 0.02 * 3; 0.03 * 2; 0.9 * 1.
        let got = adjust(&[0.03, 0.01, 0.9, 0.02]);
        for (got, wanted) in got.iter().zip([0.06, 0.04, 0.9, 0.06]) {
            assert!((got - wanted).abs() < 1e-12, "{got} is not {wanted}");
        }
        assert_eq!(adjust(&[0.7, 0.8]), [1.0, 1.0]);
        assert!(adjust(&[]).is_empty());
    }
}
