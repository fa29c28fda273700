//! What silences a finding: tags in the source, the configuration's allow-lists.
//!
//! Whatever is silenced is counted in the ledger by the name of what silenced it.

pub mod inline;
pub mod paths;
