//! Git repositories: what is staged, what a range of commits changes, what history holds, what a push brings.
//!
//! Every byte comes from the object database, none from the work tree. Repositories are opened read only, with nothing
//! but their own configuration; no filter, hook or monitor that they name is run. Linked worktrees, bare repositories,
//! alternates, the quarantine of a push, shallow and partial clones, and SHA-256 repositories are read here; references
//! in a reftable take the `git` program.
//!
//! [`added`], [`rename`] and [`tree`] say what changes, [`objects`] reads, [`reference`] names, [`scan`] hands on.

mod added;
mod error;
pub mod history;
mod objects;
pub mod push;
pub mod range;
mod reference;
mod rename;
pub(super) mod repository;
mod scan;
pub mod staged;
mod tree;
mod walk;

pub use error::GitError;
pub use repository::GitEnvironment;
pub use scan::GitOptions;
