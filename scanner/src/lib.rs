//! Finds leaked credentials in code.
//!
//! ```text
//! bytes ──► source ──► candidate ──► judge ──► finding ──► suppress ──► report
//!           Blob       Candidate     Verdict   Finding                 text, JSON, SARIF …
//! ```
//!
//! Types flow one way and are created once. Everything that decides is pure and deterministic; threads, files
//! and git live in [`scan`], the terminal and the environment only in [`cli`]. Nothing opens a connection, except
//! `verify` (a cargo feature) where [`scan::Options::verify`] asks for it.

pub mod candidate;
pub mod cli;
pub mod config;
pub mod database;
pub mod exit;
pub mod finding;
pub mod fingerprint;
pub mod hook;
pub mod judge;
pub mod ledger;
pub mod line_hash;
pub mod location;
pub mod migrate;
mod nearest;
pub mod notebook;
pub mod reason;
pub mod report;
pub mod rule;
pub mod scan;
pub mod secret;
pub mod shard;
pub mod source;
pub mod suppress;
pub mod text_file;
pub mod toml_file;
pub mod value;
pub mod verification;
#[cfg(feature = "verify")]
pub mod verify;

/// The page's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/library.md")]
struct LibraryPage;
