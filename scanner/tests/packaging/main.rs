//! What is shipped: the GitHub Action, the release with its archive and wheel, the image, and linters over all of them.

mod action;
mod licences;
mod lint;
mod release;
#[cfg(feature = "llama")]
mod source;
mod tool;

#[path = "../cli/fixture.rs"]
#[expect(dead_code, reason = "the tests of the program use all of it")]
mod fixture;
