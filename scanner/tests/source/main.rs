//! The sources against real files and real repositories; the `git` program is the oracle.

mod bad_input;
mod encodings;
mod files;
mod git;
mod ignored;
mod large;
mod record;
mod staged;
mod staged_random;
mod staged_states;
mod unprivileged;
