//! Presets and bounds from scored points.

/// A scored point: probability, weight, alert.
pub(super) type Scored = (f64, f64, bool);

/// Precision that `strict` asks for.
const STRICT_PRECISION: f64 = 0.97;
/// Recall that `recall` asks for.
const HIGH_RECALL: f64 = 0.97;
/// How far below the greatest F1 counts as great: the curve is flat there, and where on it the greatest lies is chance.
const FLAT: f64 = 0.002;
/// Share of the credentials' weight that may end below the lower bound, where the language model is not asked.
const LOST: f64 = 0.003;
/// Precision that is asked for above the upper bound.
const SURE: f64 = 0.995;

/// `[strict, balanced, recall]`: the lowest threshold with [`STRICT_PRECISION`], the middle between the highest and the lowest with
/// an F1 within [`FLAT`] of the greatest, the highest with [`HIGH_RECALL`]; in falling order.
pub(super) fn presets(points: &[Scored]) -> [f64; 3] {
    let steps = curve(points);
    let most = steps.iter().map(Step::f1).fold(0.0, f64::max);
    let great: Vec<f64> =
        steps.iter().filter(|step| step.f1() >= most - FLAT).map(|step| step.threshold).collect();
    let best = great.first().zip(great.last()).map_or(0.5, |(high, low)| f64::midpoint(*high, *low));
    let strict = steps
        .iter()
        .filter(|step| step.precision() >= STRICT_PRECISION)
        .map(|step| step.threshold)
        .fold(f64::INFINITY, f64::min);
    let recall = steps
        .iter()
        .filter(|step| step.recall() >= HIGH_RECALL)
        .map(|step| step.threshold)
        .fold(0.0, f64::max);
    let strict = if strict.is_finite() { strict.max(best) } else { 0.95 };
    [strict, best, recall.min(best)]
}

/// The lower and the upper bound of the feature model's probability between which the language model is asked.
pub(super) fn bounds(points: &[Scored]) -> [f64; 2] {
    let steps = curve(points);
    let low = steps
        .iter()
        .filter(|step| step.recall() >= 1.0 - LOST)
        .map(|step| step.threshold)
        .fold(0.0, f64::max);
    // From the top down as far as precision holds all the way: a lucky stretch further down does not count.
    let high = steps
        .iter()
        .take_while(|step| step.flagged < 50.0 || step.precision() >= SURE)
        .map(|step| step.threshold)
        .fold(1.0, f64::min);
    [low, high.max(low)]
}

/// One threshold of the precision-recall curve. Weights.
struct Step {
    threshold: f64,
    hits: f64,
    flagged: f64,
    alerts: f64,
}

impl Step {
    fn precision(&self) -> f64 {
        self.hits / self.flagged.max(f64::MIN_POSITIVE)
    }

    fn recall(&self) -> f64 {
        self.hits / self.alerts.max(f64::MIN_POSITIVE)
    }

    fn f1(&self) -> f64 {
        2.0 * self.hits / (self.flagged + self.alerts).max(f64::MIN_POSITIVE)
    }
}

/// The curve from the highest threshold down, one step for each distinct probability (rounded to 1/10,000).
fn curve(points: &[Scored]) -> Vec<Step> {
    let mut sorted: Vec<Scored> = points.iter().map(|&(p, w, a)| ((p * 1e4).round() / 1e4, w, a)).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let alerts = sorted.iter().filter(|point| point.2).map(|point| point.1).sum();
    let (mut hits, mut flagged) = (0.0, 0.0);
    let mut steps: Vec<Step> = Vec::new();
    for (p, weight, alert) in sorted {
        flagged += weight;
        hits += if alert { weight } else { 0.0 };
        match steps.last_mut() {
            Some(step) if step.threshold.total_cmp(&p).is_eq() => (step.hits, step.flagged) = (hits, flagged),
            _ => steps.push(Step { threshold: p, hits, flagged, alerts }),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_fall_from_strict_to_recall() {
        let points: Vec<Scored> =
            (0..1000).map(|n| (f64::from(n) / 1000.0, 1.0, n > 500 && n % 10 != 0 || n == 100)).collect();
        let [strict, balanced, recall] = presets(&points);
        assert!(strict >= balanced && balanced >= recall, "{strict} {balanced} {recall}");
        assert!((0.499..0.502).contains(&balanced), "{balanced}");
    }

    #[test]
    fn balanced_is_the_middle_of_what_is_as_good() {
        // Nothing between 0.3 and 0.7: each threshold there is as good as another.
        let points: Vec<Scored> = (0..1000)
            .map(|n| (f64::from(n) / 1000.0, 1.0, n > 500))
            .filter(|p| !(0.3..0.7).contains(&p.0))
            .collect();
        let harmless = [(0.5, 1.0, false)];
        let [_, balanced, _] = presets(&[&points[..], &harmless].concat());
        assert!((0.55..0.65).contains(&balanced), "{balanced}");
    }

    #[test]
    fn bounds_lose_little_and_are_sure() {
        let points: Vec<Scored> = (0..2000)
            .map(|n| {
                let p = f64::from(n) / 2000.0;
                (
                    p,
                    1.0,
                    if n < 400 {
                        false
                    } else if n > 1600 {
                        true
                    } else {
                        n % 2 == 0
                    },
                )
            })
            .collect();
        let [low, high] = bounds(&points);
        assert!((0.19..0.21).contains(&low), "{low}");
        assert!((0.79..0.81).contains(&high), "{high}");
    }
}
