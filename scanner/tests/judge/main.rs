//! The language-model judge against small models that the tests make themselves.
#![cfg(feature = "llama")]

#[path = "../support/tiny_gguf.rs"]
mod tiny_gguf;

mod answers;
mod broken;
mod chat;
mod measure;
mod parity;
mod question;
mod reference;
