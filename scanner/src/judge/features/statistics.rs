//! What is counted over a whole file: how often its value, its name and its rule occur among the candidates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::candidate::Candidate;

/// Counts for one candidate over all candidates of its file (of its segment, in files that are read in pieces).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStatistics {
    /// Candidates with the same value, itself included.
    pub same_value: u32,
    /// Candidates bound to the same name; 0 without a name.
    pub same_key: u32,
    /// Candidates of the same rule.
    pub same_rule: u32,
    /// All candidates.
    pub candidates: u32,
    /// Lines of the text.
    pub lines: u32,
    /// Bytes of the text.
    pub bytes: u32,
}

/// The statistics of every candidate, in their order.
pub fn of_file(text: &[u8], candidates: &[Candidate]) -> Vec<FileStatistics> {
    let mut values: BTreeMap<&[u8], u32> = BTreeMap::new();
    let mut keys: BTreeMap<&[u8], u32> = BTreeMap::new();
    let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
    for candidate in candidates {
        *values.entry(&text[candidate.span.clone()]).or_default() += 1;
        if let Some(key) = &candidate.key {
            *keys.entry(&text[key.clone()]).or_default() += 1;
        }
        *rules.entry(&candidate.rule.id).or_default() += 1;
    }
    let lines = u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX).saturating_add(1);
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    candidates
        .iter()
        .map(|candidate| FileStatistics {
            same_value: values[&text[candidate.span.clone()]],
            same_key: candidate.key.as_ref().map_or(0, |key| keys[&text[key.clone()]]),
            same_rule: rules[candidate.rule.id.as_str()],
            candidates: candidates.len() as u32,
            lines,
            bytes,
        })
        .collect()
}
