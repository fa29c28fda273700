//! The learning rate of each step.

use serde::{Deserialize, Serialize};

/// Its course after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// Half a cosine down to the floor (Loshchilov & Hutter 2017).
    Cosine,
    /// A straight line down to the floor.
    Linear,
    /// No change.
    Constant,
    /// Constant, then a straight line down over the last `decay` part of the steps (Hu et al. 2024).
    Wsd,
}

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// Course after the warm-up.
    pub course: Course,
    /// Highest rate.
    pub rate: f64,
    /// Steps of the straight rise from 0.
    pub warmup: u64,
    /// Last rate, as a part of the highest.
    pub floor: f64,
    /// Part of the steps that [`Course::Wsd`] falls in.
    pub decay: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { course: Course::Cosine, rate: 1e-3, warmup: 100, floor: 0.1, decay: 0.2 }
    }
}

impl Schedule {
    /// The rate of step `step` (from 0) of `steps`.
    pub fn rate(&self, step: u64, steps: u64) -> f64 {
        if step < self.warmup {
            return self.rate * (step + 1) as f64 / self.warmup as f64;
        }
        let part = |from: u64| {
            let length = steps.saturating_sub(from).max(1);
            ((step - from.min(step)) as f64 / length as f64).min(1.0)
        };
        let line = |part: f64| 1.0 - (1.0 - self.floor) * part;
        self.rate
            * match self.course {
                Course::Constant => 1.0,
                Course::Linear => line(part(self.warmup)),
                Course::Cosine => {
                    let half = 0.5 * (1.0 + (std::f64::consts::PI * part(self.warmup)).cos());
                    self.floor + (1.0 - self.floor) * half
                }
                Course::Wsd => {
                    let from = (steps as f64 * (1.0 - self.decay)) as u64;
                    if step < from { 1.0 } else { line(part(from)) }
                }
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_rise_stay_and_fall_as_their_names_say() {
        let schedule = |course| Schedule { course, rate: 1.0, warmup: 10, floor: 0.1, decay: 0.5 };
        let close = |course, step: u64, expected: f64| {
            let rate = schedule(course).rate(step, 110);
            assert!((rate - expected).abs() < 1e-9, "{course:?} at {step}: {rate}");
        };
        for course in [Course::Cosine, Course::Linear, Course::Constant, Course::Wsd] {
            close(course, 0, 0.1);
            close(course, 9, 1.0);
            close(course, 10, 1.0);
        }
        close(Course::Cosine, 60, 0.55);
        close(Course::Cosine, 110, 0.1);
        close(Course::Linear, 60, 0.55);
        close(Course::Constant, 109, 1.0);
        close(Course::Wsd, 54, 1.0);
        close(Course::Wsd, 110, 0.1);
        close(Course::Linear, 500, 0.1);
    }
}
