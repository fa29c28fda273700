//! Command line.

pub mod rules;
