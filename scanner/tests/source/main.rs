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
mod history;
mod history_random;
mod history_states;
mod ignored;
mod large;
mod patch;
#[path = "../support/pdf.rs"]
mod pdf;
mod pdf_documents;
mod range;
mod record;
mod staged;
mod staged_random;
mod staged_states;
mod unprivileged;
