//! Measures verdicts: precision and recall with intervals, paired tests, the ship gate.
//!
//! ```text
//! collection ─┐ (the scanner over labelled checkouts)   ┌─► report   text, JSON
//!             ├─► items + answers ─► metrics, statistics ─┼─► store    SQLite
//! set ────────┘ (JSONL examples, any system)             └─► gate     limits, exit code
//! ```
//!
//! Two layers, never mixed: `collection` measures the scanner end to end, where what the candidate stage misses is missed;
//! `set` measures judges on given examples. No value of a labelled repository reaches a report, a log or the store.

pub mod cli;
pub mod collection;
pub mod compare;
pub mod figures;
pub mod gate;
pub mod measure;
pub mod metrics;
pub mod model_file;
pub mod report;
pub mod scored;
pub mod set;
pub mod statistics;
pub mod store;
