//! The program from outside: arguments, exit codes, reports, bad input, hooks, acceptance corpora.

#[path = "../support/archive.rs"]
#[expect(dead_code, reason = "the tests of the sources use all of it")]
mod archive;
mod archives;
mod bad_input;
mod config;
mod corpus;
mod diff;
mod fixture;
#[path = "../support/corpus/mod.rs"]
mod generator;
mod history;
mod hook;
mod human_passwords;
mod inline_allow;
#[cfg(feature = "verify")]
#[path = "../support/loopback.rs"]
mod loopback;
#[cfg(feature = "llama")]
mod model;
mod push;
mod reports;
mod staged;
#[cfg(feature = "llama")]
#[path = "../support/tiny_gguf.rs"]
mod tiny_gguf;
mod usage;
#[cfg(feature = "verify")]
mod verify;
