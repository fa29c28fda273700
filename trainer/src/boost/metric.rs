//! Average precision and points of the precision-recall curve, weighted.

/// One scored example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The higher, the more it is held for a credential.
    pub score: f32,
    /// It is one.
    pub positive: bool,
    /// Above 0.
    pub weight: f64,
}

/// A precision-recall curve. Examples with equal scores are one step of it: their order is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// (threshold, recall, precision), thresholds falling.
    steps: Vec<(f32, f64, f64)>,
    /// Weight of the positive ones over all.
    pub prevalence: f64,
}

impl Curve {
    /// `None` without positive examples.
    pub fn of(points: &[Point]) -> Option<Self> {
        let mut sorted = points.to_vec();
        sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
        let all: f64 = sorted.iter().map(|point| point.weight).sum();
        let positive: f64 = sorted.iter().filter(|point| point.positive).map(|point| point.weight).sum();
        if positive <= 0.0 {
            return None;
        }
        let (mut hits, mut reported) = (0.0, 0.0);
        let steps = sorted
            .chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq())
            .map(|equal| {
                for point in equal {
                    reported += point.weight;
                    hits += if point.positive { point.weight } else { 0.0 };
                }
                (equal[0].score, hits / positive, hits / reported)
            })
            .collect();
        Some(Self { steps, prevalence: positive / all })
    }

    /// Sum over steps of the gain in recall times the precision there (no interpolation).
    pub fn average_precision(&self) -> f64 {
        let mut before = 0.0;
        self.steps
            .iter()
            .map(|&(_, recall, precision)| {
                let gain = recall - before;
                before = recall;
                gain * precision
            })
            .sum()
    }

    /// The highest threshold that reaches the recall, and the precision there.
    pub fn at_recall(&self, wanted: f64) -> (f32, f64) {
        let step = self.steps.iter().find(|(_, recall, _)| *recall >= wanted - 1e-12).or(self.steps.last());
        step.map_or((0.0, 0.0), |&(threshold, _, precision)| (threshold, precision))
    }

    /// The greatest recall at which the precision is still reached, 0 if it never is.
    pub fn recall_at_precision(&self, wanted: f64) -> f64 {
        self.steps
            .iter()
            .filter(|(_, _, precision)| *precision >= wanted)
            .map(|step| step.1)
            .fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(score: f32, positive: bool, weight: f64) -> Point {
        Point { score, positive, weight }
    }

    #[test]
    fn the_curve_matches_hand_counts() {
        let curve = Curve::of(&[
            point(0.9, true, 1.0),
            point(0.8, false, 1.0),
            point(0.7, true, 1.0),
            point(0.7, false, 1.0),
            point(0.1, false, 2.0),
        ])
        .expect("there are positive ones");
        // Steps: (1/2, 1), (1/2, 1/2), (1, 2/4), (1, 2/6).
        assert!((curve.average_precision() - (0.5 + 0.5 * 0.5)).abs() < 1e-12);
        assert!((curve.at_recall(0.9).1 - 0.5).abs() < 1e-12);
        assert!((curve.at_recall(0.5).1 - 1.0).abs() < 1e-12);
        assert!((curve.recall_at_precision(0.9) - 0.5).abs() < 1e-12);
        assert!((curve.prevalence - 2.0 / 6.0).abs() < 1e-12);
        assert!(Curve::of(&[point(0.5, false, 1.0)]).is_none());
    }

    #[test]
    fn a_weight_counts_as_so_many_examples() {
        let twice = [point(0.9, false, 2.0), point(0.5, true, 3.0)];
        let apart =
            [point(0.9, false, 1.0), point(0.9, false, 1.0), point(0.5, true, 1.5), point(0.5, true, 1.5)];
        let ap = |points: &[Point]| Curve::of(points).expect("positive ones").average_precision();
        assert!((ap(&twice) - ap(&apart)).abs() < 1e-12 && (ap(&twice) - 0.6).abs() < 1e-12);
    }
}
