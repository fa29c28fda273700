//! Tests of the whole program.

mod corpus;
#[path = "../support/corpus/mod.rs"]
mod generator;
mod human_passwords;
