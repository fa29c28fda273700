//! Pure functions over a value, a name or a path: what candidates and judges both need to know.

pub mod charset;
pub mod digest;
pub mod entropy;
pub mod hex;
pub mod path;
pub mod placeholder;
pub mod randomness;
pub mod words;
