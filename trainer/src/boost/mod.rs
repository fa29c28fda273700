//! The feature model (L1): gradient-boosted trees.
