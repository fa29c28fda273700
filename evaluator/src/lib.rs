//! Measures verdicts: precision and recall with intervals, paired tests, the ship gate.
