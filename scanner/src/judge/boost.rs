//! Placeholder until the branch `boost` is merged.

/// Trees.
#[derive(Debug)]
pub struct Ensemble;

impl Ensemble {
    /// Reads.
    pub fn from_bytes(_: &[u8]) -> Result<Self, String> {
        Err("not yet".into())
    }

    /// Log-odds.
    pub fn alert(&self, _: &[f32]) -> f32 {
        0.0
    }

    /// Log-odds.
    pub fn real(&self, _: &[f32]) -> f32 {
        0.0
    }
}
