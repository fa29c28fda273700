//! The builtin rules from outside: every provider's samples in the settings that people write them in, texts made to be
//! slow, and bytes that nobody wrote.

#[path = "../support/archive.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod archive;
#[path = "../support/pdf.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod pdf;
#[path = "../support/tiny_gguf.rs"]
mod tiny_gguf;

mod fuzz;
mod growth;
mod name;
mod near_misses;
mod setting;
mod settings;
mod shapes;
