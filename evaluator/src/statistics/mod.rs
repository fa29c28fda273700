//! How sure a figure is, and whether two systems differ. Pure; every seed is an argument.

pub mod bootstrap;
pub mod effect;
pub mod holm;
pub mod mcnemar;
pub mod permutation;
pub mod spearman;
pub mod wilson;

pub use bootstrap::{Bootstrap, Interval};
pub use spearman::Spearman;
