//! Sets of examples: collections, generators, splits, checks.

pub mod command;
