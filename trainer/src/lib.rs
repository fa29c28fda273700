//! Makes the models that `secretscan` judges with.
//!
//! ```text
//! data ──► example ──► prepare ──► boost  (the feature model, L1)
//! synth ─┘             (the scanner's   └─► train (the language model, L2) ──► gguf ──► models/default/
//!                       own engine)         model, tokenizer, adapter
//! ```
//!
//! Candidates, features and encoding are the scanner's own code, so training and inference cannot drift.

pub mod adapter;
pub mod boost;
pub mod calibrate;
pub mod cli;
pub mod data;
pub mod example;
pub mod gguf;
pub mod model;
pub mod prepare;
pub mod reproduce;
pub mod synth;
pub mod train;
pub mod usage;
