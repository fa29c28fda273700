//! LoRA adapters (Hu et al. 2021, arXiv 2106.09685): training, PEFT files, merging, GGUF, verification.
//!
//! ```text
//! settings ──► lora (A, B over a frozen base) ──► peft (adapter_config.json, adapter_model.safetensors)
//!                                            ├──► merge (a checkpoint)      ──► `trainer gguf convert`
//!                                            └──► gguf  (adapter of llama.cpp)
//! verify: proves that all of them are one and the same model, and another one than the base
//! ```
//!
//! An adapter changes linear layers of the blocks only; embeddings, norms and the output matrix stay as they are.
//! QLoRA, DoRA, GRIT and PEFT's other additions are refused by name, never read as plain LoRA. An adapter that is not
//! applied is an error everywhere here: a network whose base lacks an adapted layer is not built.

pub mod command;
pub mod config;
pub mod gguf;
pub mod lora;
pub mod merge;
pub mod peft;
pub mod settings;
pub mod target;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
pub(crate) mod testing;
pub mod verify;

pub use config::{AdapterError, PeftConfig};
pub use lora::{Adapters, Lora};
pub use settings::{LoraSettings, Method};
