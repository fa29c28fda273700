//! The sources against real files and real repositories; the `git` program is the oracle.

#[path = "../support/archive.rs"]
mod archive;
mod bad_input;
mod containers;
mod containers_hostile;
mod databases;
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
