//! Spearman's rank correlation (Spearman 1904), prepared so that resamples change weights and sort nothing.

/// Points in both orders. Ties share their mean rank.
#[derive(Debug, Clone)]
pub struct Spearman {
    first: Vec<Tie>,
    second: Vec<Tie>,
    points: usize,
}

/// The points with one value.
type Tie = Vec<usize>;

impl Spearman {
    /// Sorts.
    pub fn new(points: &[(f64, f64)]) -> Self {
        Self {
            first: ties(points.iter().map(|point| point.0)),
            second: ties(points.iter().map(|point| point.1)),
            points: points.len(),
        }
    }

    /// The correlation in [-1, 1], where point `n` counts `weight(n)` times; `None` without spread in either value.
    pub fn of(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (first, second) = (self.ranks(&self.first, &weight), self.ranks(&self.second, &weight));
        let total: f64 = (0..self.points).map(&weight).sum();
        let middle = f64::midpoint(total, 1.0);
        let sum = |a: &[f64], b: &[f64]| -> f64 {
            (0..self.points).map(|n| weight(n) * (a[n] - middle) * (b[n] - middle)).sum()
        };
        let below = (sum(&first, &first) * sum(&second, &second)).sqrt();
        (below > 1e-12).then(|| sum(&first, &second) / below)
    }

    /// Rank of each point, from 1.
    fn ranks(&self, order: &[Tie], weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut ranks = vec![0.0; self.points];
        let mut before = 0.0;
        for tie in order {
            let tied: f64 = tie.iter().map(|&n| weight(n)).sum();
            for &n in tie {
                ranks[n] = before + f64::midpoint(tied, 1.0);
            }
            before += tied;
        }
        ranks
    }
}

/// Positions by rising value, equal values together.
fn ties(values: impl Iterator<Item = f64>) -> Vec<Tie> {
    let mut sorted: Vec<(f64, usize)> = values.enumerate().map(|(at, value)| (value, at)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    sorted
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(|tie| tie.iter().map(|one| one.1).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Spearman;

    fn one(_: usize) -> f64 {
        1.0
    }

    #[test]
    fn ranks_correlate_whatever_the_scale() {
        let rising: Vec<_> = (1..6).map(|n| (f64::from(n), f64::from(n).exp())).collect();
        assert!((Spearman::new(&rising).of(one).expect("defined") - 1.0).abs() < 1e-12);
        // scipy.stats.spearmanr([1,2,3,4,5], [5,6,7,8,7]): 0.8207826816681233.
        let tied = Spearman::new(&[(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0), (5.0, 7.0)]);
        assert!((tied.of(one).expect("defined") - 0.820_782_681_668_123_3).abs() < 1e-12);
        assert_eq!(Spearman::new(&[(1.0, 1.0), (2.0, 1.0)]).of(one), None);
        assert_eq!(Spearman::new(&[]).of(one), None);
    }

    #[test]
    fn a_weight_is_a_repetition() {
        let points = [(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0), (5.0, 7.0)];
        let repeated = [points.as_slice(), &points[1..3], &points[2..3]].concat();
        let weight = |n: usize| [1.0, 2.0, 3.0, 1.0, 1.0][n];
        let got = Spearman::new(&points).of(weight).expect("defined");
        assert!((got - Spearman::new(&repeated).of(one).expect("defined")).abs() < 1e-12);
        // A point of weight 0 is not there.
        let without = Spearman::new(&points[..4]).of(one);
        let got = Spearman::new(&points).of(|n| if n == 4 { 0.0 } else { 1.0 });
        assert!((got.expect("defined") - without.expect("defined")).abs() < 1e-12);
    }
}
