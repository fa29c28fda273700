//! What a path says about its content.

/// What a path says about its content, computed once a blob.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathInfo {
    /// The path with `/` between parts.
    pub path: String,
    /// File name, lower case.
    pub name: String,
    /// Extension, lower case, without the dot; empty if there is none (`.env` has none).
    pub extension: String,
    /// In a test, fixture or mock.
    pub test: bool,
    /// In an example, a sample or documentation.
    pub example: bool,
    /// Vendored, generated or minified by its path.
    pub generated: bool,
    /// A package manager's lock file.
    pub lock_file: bool,
}
