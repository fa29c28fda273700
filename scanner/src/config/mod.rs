//! `.secretscan.toml`: found from what is scanned up to the repository's root.
//!
//! Unknown keys are errors. What the command line says wins over the file, and a file wins over those that it extends.
//! A file may come with code that nobody here has read: [`policy`] says what such a file may not do.

mod load;
pub mod policy;
mod schema;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::candidate::Decode;
use crate::finding::Severity;
use crate::scan::{JudgeMode, Preset, TestPolicy};
use crate::source::Archives;
use crate::suppress::allow::AllowedFindings;

pub use load::{ConfigError, Loaded, load};
pub use policy::Permission;
pub use schema::schema;

/// The file's name.
pub const FILE_NAME: &str = ".secretscan.toml";
/// In `extend`: what the program does without a file.
const DEFAULT: &str = "default";

/// The settings of one configuration file. Every key is optional.
#[derive(Debug, Default, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "secretscan configuration")]
pub struct Config {
    /// Another configuration file (or several), relative to this one, that this one adds to and overrides; `"default"` is
    /// what the program does without a file.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(with = "OneOrMany")]
    pub extend: Vec<String>,
    /// Whether the model is asked: `off`, `features`, `auto` or `all`.
    pub judge: Option<JudgeMode>,
    /// A GGUF to judge with, relative to the file.
    pub model: Option<PathBuf>,
    /// Threshold of candidates that no rule settles: `strict`, `balanced` or `recall`.
    pub preset: Option<Preset>,
    /// Least probability of a reported finding, in [0, 1]; overrides the preset.
    #[schemars(range(min = 0, max = 1))]
    pub min_confidence: Option<f32>,
    /// Least severity that makes the scan fail.
    pub fail_on: Option<Severity>,
    /// What to do with findings in tests and examples.
    pub tests: Option<TestPolicy>,
    /// Whether archives and databases are opened: `on` or `off`.
    pub archives: Option<Archives>,
    /// Whether encoded text (Base64, hexadecimal, escapes …) is decoded and searched: `on` or `off`.
    pub decode: Option<Decode>,
    /// Key of the fingerprints; any text. Keep it out of public repositories that publish fingerprints.
    pub fingerprint_salt: Option<String>,
    /// File of accepted findings, relative to this one; without it `.secretscan-baseline`, where there is one.
    pub baseline: Option<PathBuf>,
    /// What is allowed to stay.
    pub allow: Allow,
    /// Rules switched off, and files of further ones.
    pub rules: Rules,
    /// Further rules, as in a rule file (docs/rules.md); their family is `custom`.
    #[schemars(with = "Vec<schema::Rule>")]
    pub rule: Vec<toml::Table>,
    /// For files that are given with --policy: what a repository's own configuration may do all the same.
    pub permit: Option<Vec<Permission>>,
}

/// `[allow]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Allow {
    /// Paths that are not scanned, in the pattern language of `.gitignore`, relative to the file that was found first.
    pub paths: Vec<String>,
    /// Findings that may stay.
    pub findings: Vec<AllowedFindings>,
}

/// `[rules]`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rules {
    /// Ids of rules to switch off.
    pub disable: Vec<String>,
    /// Further rule files, relative to the file.
    pub files: Vec<PathBuf>,
}

/// A name, or a list of names.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    /// One.
    One(String),
    /// Several; later ones override earlier ones.
    Many(Vec<String>),
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(name) => vec![name],
        OneOrMany::Many(names) => names,
    })
}

/// Looks for the configuration from `target` (absolute) up to the repository's root, or only in the target's own folder
/// when there is no repository around it.
pub fn discover(target: &Path) -> Result<Option<Loaded>, ConfigError> {
    find(target, FILE_NAME, "--config")?.map(|file| load(&file)).transpose()
}

/// The nearest file of this name from `target` (absolute) up to the repository's root. A link that leads out of the
/// repository (or out of the folder, where there is none) is an error: what it says is not in the code that people read. `option`
/// is what the error names to say which file is meant.
pub fn find(target: &Path, name: &str, option: &'static str) -> Result<Option<PathBuf>, ConfigError> {
    let folder = if target.is_dir() { target } else { target.parent().unwrap_or(target) };
    let root = repository_root(folder).unwrap_or(folder);
    let mut within = folder.ancestors().take_while(|ancestor| ancestor.starts_with(root));
    let Some(path) = within.find_map(|ancestor| Some(ancestor.join(name)).filter(|file| file.is_file()))
    else {
        return Ok(None);
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (to, top) = (real(&path), real(root));
    if to.starts_with(&top) {
        Ok(Some(path))
    } else {
        Err(ConfigError::Outside { path, to, root: root.to_owned(), option })
    }
}

/// The top of the work tree that `folder` (absolute) is in.
pub fn repository_root(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|ancestor| ancestor.join(".git").exists())
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

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_repository_is_refused_and_one_within_is_followed() {
        use std::os::unix::fs::symlink;
        let top = tempfile::tempdir().expect("a temporary folder");
        let repo = top.path().join("repo");
        fs::create_dir_all(repo.join(".git")).expect("folders");
        fs::create_dir(repo.join("tools")).expect("a folder");
        fs::write(top.path().join("ours.toml"), "preset = 'strict'").expect("a file");
        fs::write(repo.join("tools/x.toml"), "preset = 'recall'").expect("a file");
        let link = repo.join(FILE_NAME);
        for outside in ["../ours.toml", "tools/../../ours.toml"] {
            symlink(outside, &link).expect("a link");
            for target in [repo.clone(), repo.join("tools")] {
                let error = discover(&target).expect_err("it leads out");
                assert!(matches!(error, ConfigError::Outside { .. }), "{error}");
                assert!(error.to_string().contains("--config"), "{error}");
            }
            fs::remove_file(&link).expect("removed");
        }
        symlink("tools/x.toml", &link).expect("a link");
        let loaded = discover(&repo).expect("it stays within").expect("a file");
        assert_eq!(loaded.config.preset, Some(Preset::Recall));
        // The repository itself may be reached through a link.
        symlink("repo", top.path().join("alias")).expect("a link");
        assert!(discover(&top.path().join("alias")).expect("it stays within").is_some());
        // Without a repository, only the folder is looked at.
        fs::remove_dir(repo.join(".git")).expect("removed");
        fs::remove_file(&link).expect("removed");
        symlink("../ours.toml", &link).expect("a link");
        assert!(discover(&repo).is_err());
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
