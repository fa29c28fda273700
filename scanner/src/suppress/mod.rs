//! What silences a finding: tags in the source, the configuration's allow-lists, the baseline.
//!
//! Whatever is silenced is counted in the ledger by the name of what silenced it.

pub mod allow;
pub mod baseline;
pub mod date;
pub mod inline;
pub mod paths;
