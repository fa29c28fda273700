//! End to end on a labelled collection: the scanner, as its users run it, over whole checkouts, held against people's
//! labels. What the candidate stage misses counts as missed.
//!
//! Layout of a collection: `repositories.csv`, `classes.csv` (values in four classes) and `meta/<repo>.csv` (CredData's own
//! rows, of which private keys and blocks over several lines are taken). Checkouts: one folder a repository.
//!
//! Values never leave the scanner's types: a finding is known here by its place, rule and probability.

pub mod checkout;
pub mod command;
pub mod figures;
pub mod label;
pub mod leakage;
pub mod matching;
pub mod readers;
pub mod run;
pub mod system;
