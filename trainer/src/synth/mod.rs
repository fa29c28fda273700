//! The synthetic generator: named strata of positives, hard negatives and contrast pairs.
