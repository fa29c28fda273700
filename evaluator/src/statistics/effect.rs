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

/// Spearman's rank correlation, ties at their mean rank; `None` for fewer than two points or without spread.
pub fn spearman(points: &[(f64, f64)]) -> Option<f64> {
    let first = ranks(points.iter().map(|point| point.0));
    let second = ranks(points.iter().map(|point| point.1));
    let middle = f64::midpoint(points.len() as f64, 1.0);
    let sum =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| (x - middle) * (y - middle)).sum() };
    let below = (sum(&first, &first) * sum(&second, &second)).sqrt();
    (below > 1e-12).then(|| sum(&first, &second) / below)
}

/// Ranks from 1; equal values share their mean rank.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<(f64, usize)> = values.enumerate().map(|(at, value)| (value, at)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; sorted.len()];
    let mut start = 0;
    while start < sorted.len() {
        let tied = sorted[start..].iter().take_while(|one| one.0.total_cmp(&sorted[start].0).is_eq()).count();
        let rank = start as f64 + f64::midpoint(tied as f64, 1.0);
        for one in &sorted[start..start + tied] {
            ranks[one.1] = rank;
        }
        start += tied;
    }
    ranks
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

    #[test]
    fn ranks_correlate_whatever_the_scale() {
        let rising: Vec<_> = (1..6).map(|n| (f64::from(n), f64::from(n).exp())).collect();
        assert!((spearman(&rising).expect("defined") - 1.0).abs() < 1e-12);
        // scipy.stats.spearmanr([1,2,3,4,5], [5,6,7,8,7]): 0.8207826816681233.
        let tied = [(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0), (5.0, 7.0)];
        assert!((spearman(&tied).expect("defined") - 0.820_782_681_668_123_3).abs() < 1e-12);
        assert_eq!(spearman(&[(1.0, 1.0), (2.0, 1.0)]), None);
    }
}
