//! The feature model's view of a candidate: numbers about its value, its name, its place, and its whole file.
//!
//! One list of features, in one order, for training and for scanning; [`names`] is part of what a trained model is
//! bound to. Pure: no file, no clock.

pub mod statistics;

pub use statistics::FileStatistics;
