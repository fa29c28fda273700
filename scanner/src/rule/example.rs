//! Builds examples of tokens, so that no source file holds one.

/// How one example is put together (owned by the rule loader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The template; see `docs/rules.md`.
    pub template: String,
}
