//! One measured figure, as reports, stores and gates know it.

use serde::{Deserialize, Serialize};

/// A figure with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is counted: `all`, or `capped` (at most so many items of a repository, kind and class).
    pub scope: String,
    /// `precision`, `recall`, `average_precision` …
    pub metric: String,
    /// `all`, or a group: `class=real`, `kind=Password`.
    pub slice: String,
    /// The figure.
    pub value: f64,
    /// Lower end of the 95 % interval, if there is one.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// Items behind it (those in the denominator).
    pub n: u64,
}

impl Measure {
    /// `0.912 [0.871, 0.940] n=1289`.
    pub fn shown(&self) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!("{:.3} [{low:.3}, {high:.3}]", self.value),
            _ => format!("{:.3}", self.value),
        }
    }
}

/// The measure with these names.
pub fn find<'a>(measures: &'a [Measure], scope: &str, metric: &str, slice: &str) -> Option<&'a Measure> {
    measures.iter().find(|m| m.scope == scope && m.metric == metric && m.slice == slice)
}
