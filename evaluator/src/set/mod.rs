//! Judges on given examples (JSONL): what they decide when the candidate is there. An example that the scanner's engine
//! finds no candidate for is missed by every system that uses the engine, and is counted.
//!
//! A set is measured with its leakage receipt or, said expressly, without.

mod answer;
mod ask;
pub mod command;
pub mod read;
pub mod seen;

pub use answer::Scorer;
