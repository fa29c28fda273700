//! GGUF files: writing, converting checkpoints, quantizing, packaging what the scanner needs beside the weights.
//!
//! The format is the one of llama.cpp (`docs/gguf.md` of the ggml project), version 3, little-endian, tensors aligned to
//! 32 bytes. Reading is the scanner's own reader, so what is written here is what the scanner accepts.

pub mod command;
pub mod convert;
pub mod llama;
pub mod metadata;
pub(crate) mod names;
pub mod package;
pub mod parity;
pub mod quantize;
pub mod vocabulary;
pub mod writer;
