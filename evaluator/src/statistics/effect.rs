//! Sizes of differences.

/// Cohen's d of paired differences: their mean over their standard deviation (d_z; Cohen 1988). `None` for fewer than two
/// or without spread.
pub fn cohens_d(differences: &[f64]) -> Option<f64> {
    let n = differences.len() as f64;
    if n < 2.0 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (variance > 1e-24).then(|| mean / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_the_mean_in_deviations() {
        // Mean 2, standard deviation 1.
        assert!((cohens_d(&[1.0, 2.0, 3.0]).expect("defined") - 2.0).abs() < 1e-12);
        assert_eq!(cohens_d(&[1.0]), None);
        assert_eq!(cohens_d(&[0.5, 0.5]), None);
    }
}
