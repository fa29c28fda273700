//! Logistic regression by Newton's method.

use super::{Point, logistic};

/// `logistic(prior * log_odds + scale * delta + bias)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stack {
    /// Weight of the feature model's log-odds.
    pub prior: f64,
    /// Weight of the language model's difference of logits.
    pub scale: f64,
    /// Constant.
    pub bias: f64,
}

/// Ridge on the distance from "feature model plus correction", in units of one example: keeps a fit on few or
/// separable points finite.
const RIDGE: f64 = 1.0;
/// Newton steps; it converges in fewer than ten.
const STEPS: usize = 50;

impl Stack {
    /// The stack that says nothing new: feature model plus the language model's correction, as it was trained.
    pub const PLAIN: Self = Self { prior: 1.0, scale: 1.0, bias: 0.0 };

    /// Least weighted log-loss over `points` with a ridge around [`Self::PLAIN`].
    pub fn fit(points: &[Point]) -> Self {
        let start = [1.0, 1.0, 0.0];
        let mut beta = start;
        for _ in 0..STEPS {
            let mut gradient = [0.0; 3];
            let mut hessian = [[0.0; 3]; 3];
            for n in 0..3 {
                gradient[n] = RIDGE * (beta[n] - start[n]);
                hessian[n][n] = RIDGE;
            }
            for point in points {
                let x = [point.prior, point.delta, 1.0];
                let p = logistic(x.iter().zip(&beta).map(|(x, b)| x * b).sum());
                let residual = point.weight * (p - f64::from(u8::from(point.alert)));
                let curvature = point.weight * p * (1.0 - p);
                for i in 0..3 {
                    gradient[i] += residual * x[i];
                    for j in 0..3 {
                        hessian[i][j] += curvature * x[i] * x[j];
                    }
                }
            }
            let Some(step) = solve(hessian, gradient) else { break };
            // A step too long where the curve is flat would overshoot for ever.
            let longest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            let shrink = if longest > 1.0 { 1.0 / longest } else { 1.0 };
            for (b, s) in beta.iter_mut().zip(step) {
                *b -= shrink * s;
            }
            if longest < 1e-9 {
                break;
            }
        }
        Self { prior: beta[0], scale: beta[1], bias: beta[2] }
    }

    /// Probability in (0, 1) that a point is a credential.
    pub fn probability(self, point: &Point) -> f64 {
        logistic(self.prior * point.prior + self.scale * point.delta + self.bias)
    }

    /// Mean cost of the truth, in natural logarithm, weighted; 0 without points.
    pub fn log_loss(self, points: &[Point]) -> f64 {
        let total: f64 = points.iter().map(|point| point.weight).sum();
        let cost = |point: &Point| {
            let p = self.probability(point);
            -point.weight * if point.alert { p.max(1e-9).ln() } else { (1.0 - p).max(1e-9).ln() }
        };
        points.iter().map(cost).sum::<f64>() / total.max(f64::MIN_POSITIVE)
    }
}

/// Solves a symmetric positive system of three equations by elimination with pivots.
fn solve(mut a: [[f64; 3]; 3], mut b: [f64; 3]) -> Option<[f64; 3]> {
    for column in 0..3 {
        let pivot = (column..3).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        if a[pivot][column].abs() < 1e-12 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..3 {
            let factor = a[row][column] / a[column][column];
            let upper = a[column];
            for (x, y) in a[row].iter_mut().zip(upper).skip(column) {
                *x -= factor * y;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3).map(|n| a[row][n] * x[n]).sum();
        x[row] = (b[row] - known) / a[row][row];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points drawn from a known stack on a grid, each with the weight of its probability.
    fn points(truth: Stack) -> Vec<Point> {
        let mut points = Vec::new();
        for i in -20..=20 {
            for j in -20..=20 {
                let point = Point {
                    alert: true,
                    real: true,
                    weight: 1.0,
                    prior: f64::from(i) / 5.0,
                    delta: f64::from(j) / 7.0,
                };
                let p = truth.probability(&point);
                points.push(Point { weight: p, ..point });
                points.push(Point { weight: 1.0 - p, alert: false, ..point });
            }
        }
        points
    }

    #[test]
    fn a_known_stack_is_found_again() {
        let truth = Stack { prior: 0.8, scale: 0.35, bias: -0.6 };
        let found = Stack::fit(&points(truth));
        for (a, b) in [(found.prior, truth.prior), (found.scale, truth.scale), (found.bias, truth.bias)] {
            assert!((a - b).abs() < 0.02, "{found:?}");
        }
    }

    #[test]
    fn separable_points_stay_finite_and_none_change_nothing() {
        let separable: Vec<Point> = (0..100)
            .map(|n| Point {
                alert: n % 2 == 0,
                real: true,
                weight: 1.0,
                prior: if n % 2 == 0 { 3.0 } else { -3.0 },
                delta: 0.0,
            })
            .collect();
        let stack = Stack::fit(&separable);
        assert!(stack.prior.is_finite() && stack.prior < 20.0, "{stack:?}");
        assert_eq!(Stack::fit(&[]), Stack::PLAIN);
    }
}
