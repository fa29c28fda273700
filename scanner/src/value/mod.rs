//! Pure functions over a value, a name or a path: what candidates and judges both need to know.

pub mod path;
