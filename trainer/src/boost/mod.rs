//! The feature model (L1): gradient-boosted trees over the scanner's features.
//!
//! ```text
//! train.features.jsonl ─► Table ─► folds by repository ─► fits ─► out-of-fold log-odds ─► priors.tsv
//! validation.features…    (rows)                                 │ calibration, metrics
//!                                                                └► fit on all ─► model.safetensors
//! ```
//!
//! The trees are grown by `forust-ml`; what is ours is what they learn from, how they are measured, and the file. Every
//! example's prior comes from a model that did not see its repository, because the language model is trained on top of
//! these log-odds: a prior that had seen the answer would teach it to trust the feature model blindly.
//!
//! Same input and recipe, same bytes, whatever the number of threads: each fit runs on one thread.

mod calibrate;
pub mod command;
mod fit;
mod fold;
mod importance;
mod metric;
mod recipe;
mod report;
mod table;
mod train;
mod weight;

pub use metric::{Curve, Point};
pub use recipe::Recipe;
pub use table::{Row, Table, TableError};
pub use train::{Outcome, train};
