//! Sets of examples: collections, generators, splits, checks.
//!
//! ```text
//! collection ─► repository ─┐
//! handwritten ──────────────┼─► guard ─► realise (train, for the language model) ─► store + receipt
//! synthetic ────────────────┘
//! ```
//!
//! Values of real repositories pass through here. None is ever printed, logged or put into an error.

pub mod build;
pub mod check;
pub mod checkout;
pub mod collection;
pub mod command;
pub mod document;
pub mod examine;
pub mod excerpt;
pub mod guard;
pub mod handwritten;
pub mod labels;
pub mod realise;
pub mod receipt;
pub mod repository;
pub mod show;
pub mod split;
pub mod stats;
pub mod store;
pub mod synthetic;
pub mod text;
pub mod variants;
