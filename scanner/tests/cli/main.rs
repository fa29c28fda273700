//! The program from outside: arguments, exit codes, reports, bad input, hooks, acceptance corpora.

#[path = "../support/archive.rs"]
#[expect(dead_code, reason = "the tests of the sources use all of it")]
mod archive;
mod archives;
mod bad_input;
mod browser;
mod companions;
mod config;
mod corpus;
mod diff;
mod encoded;
mod fixture;
mod fleet;
mod formats;
#[path = "../support/corpus/mod.rs"]
mod generator;
mod history;
mod hook;
mod human_passwords;
mod inline_allow;
#[cfg(feature = "verify")]
#[path = "../support/loopback.rs"]
mod loopback;
mod manual;
mod merge;
mod migrate;
#[cfg(feature = "llama")]
mod model;
#[path = "../support/pdf.rs"]
#[expect(dead_code, reason = "the tests of the sources use all of it")]
mod pdf;
mod policy;
mod push;
mod recipes;
mod reports;
mod situations;
mod staged;
mod suppress;
#[cfg(feature = "llama")]
#[path = "../support/tiny_gguf.rs"]
mod tiny_gguf;
mod usage;
#[cfg(feature = "verify")]
mod verify;
