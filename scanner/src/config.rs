//! `.secretscan.toml`: found from what is scanned up to the repository's root.
//!
//! Unknown keys are errors. What the command line says wins over the file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::finding::Severity;
use crate::scan::{JudgeMode, Preset, TestPolicy};
use crate::source::Archives;
use crate::toml_file::{self, TomlError};

/// The file's name.
pub const FILE_NAME: &str = ".secretscan.toml";

/// The settings of one configuration file. Every key is optional.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// `off`, `auto` or `all`.
    pub judge: Option<JudgeMode>,
    /// A GGUF to judge with, relative to the file.
    pub model: Option<PathBuf>,
    /// `strict`, `balanced` or `recall`.
    pub preset: Option<Preset>,
    /// Least probability of a reported finding, in [0, 1].
    pub min_confidence: Option<f32>,
    /// Least severity that makes the scan fail.
    pub fail_on: Option<Severity>,
    /// What to do with findings in tests and examples.
    pub tests: Option<TestPolicy>,
    /// Whether archives and databases are opened: `on` or `off`.
    pub archives: Option<Archives>,
    /// Key of the fingerprints; any text. Keep it out of public repositories that publish fingerprints.
    pub fingerprint_salt: Option<String>,
    /// What is allowed to stay.
    pub allow: Allow,
    /// Rules switched off and added.
    pub rules: Rules,
}

/// `[allow]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Allow {
    /// Paths that are not scanned, in the pattern language of `.gitignore`, relative to the file.
    pub paths: Vec<String>,
}

/// `[rules]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rules {
    /// Ids of rules to switch off.
    pub disable: Vec<String>,
    /// Further rule files, relative to the file.
    pub files: Vec<PathBuf>,
}

/// A configuration with the place it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The file.
    pub path: PathBuf,
    /// Its settings.
    pub config: Config,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error(transparent)]
    Syntax(#[from] TomlError),
    /// A value is out of its range.
    #[error("{}: `{key}` is {value}, but must be between 0 and 1", path.display())]
    Range {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What it says.
        value: f32,
    },
}

/// Reads the file at `path`.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let config: Config = toml_file::parse(&text, &path.display().to_string())?;
    if let Some(value) = config.min_confidence.filter(|value| !(0.0..=1.0).contains(value)) {
        return Err(ConfigError::Range { path: path.to_owned(), key: "min-confidence", value });
    }
    Ok(Loaded { path: path.to_owned(), config })
}

/// Looks for the file from `target` (absolute) up to the repository's root, or only in the target's own folder
/// when there is no repository around it.
pub fn discover(target: &Path) -> Result<Option<Loaded>, ConfigError> {
    let folder = if target.is_dir() { target } else { target.parent().unwrap_or(target) };
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists()).unwrap_or(folder);
    for ancestor in folder.ancestors() {
        let file = ancestor.join(FILE_NAME);
        if file.is_file() {
            return load(&file).map(Some);
        }
        if ancestor == root {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_file_up_to_the_repository_root_is_used() {
        let top = tempfile::tempdir().expect("a temporary folder");
        let repo = top.path().join("repo");
        let deep = repo.join("a/b");
        fs::create_dir_all(&deep).expect("folders");
        fs::create_dir(repo.join(".git")).expect("a folder");
        fs::write(top.path().join(FILE_NAME), "preset = 'strict'").expect("a file");
        assert_eq!(discover(&deep).expect("no error"), None, "a file above the repository is not ours");
        fs::write(repo.join(FILE_NAME), "preset = 'recall'").expect("a file");
        let loaded = discover(&deep).expect("no error").expect("a file");
        assert_eq!((loaded.path, loaded.config.preset), (repo.join(FILE_NAME), Some(Preset::Recall)));
    }

    #[test]
    fn errors_name_place_and_cause() {
        let top = tempfile::tempdir().expect("a temporary folder");
        let file = top.path().join(FILE_NAME);
        fs::write(&file, "[allow]\npath = ['x']\n").expect("a file");
        let error = load(&file).expect_err("unknown key").to_string();
        assert!(error.contains(":2:1: ") && error.ends_with("did you mean `paths`?"), "{error}");
        fs::write(&file, "min-confidence = 1.5").expect("a file");
        assert!(load(&file).expect_err("range").to_string().contains("`min-confidence` is 1.5"));
    }
}
