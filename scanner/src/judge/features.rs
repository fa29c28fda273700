//! The feature model's view of a candidate: numbers about its value, its name, its place, and its whole file.
//!
//! One list of features, in one order, for training and for scanning; [`names`] is part of what a trained model is
//! bound to. Pure: no file, no clock.

pub mod statistics;

pub use statistics::FileStatistics;

/// The features of a candidate.
pub fn measure(
    candidate: &crate::candidate::Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &crate::value::path::PathInfo,
    text: &[u8],
    _: &FileStatistics,
) -> Vec<f32> {
    crate::judge::heuristic::measure(candidate, value, name, path, text).into_iter().map(|(_, x)| x).collect()
}
