//! Reads a configuration file and those that it extends, and makes one of them.

use std::path::{Path, PathBuf};

use super::{Config, DEFAULT};
use crate::text_file;
use crate::toml_file::{self, TomlError};

/// A configuration with the place it came from. The paths in it are absolute, or relative to the current folder if the
/// file's is; patterns are relative to the folder of `path`, whichever file they stand in.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The file.
    pub path: PathBuf,
    /// Its settings, with those that it extends.
    pub config: Config,
    /// The files that it extends, nearest last.
    pub extended: Vec<PathBuf>,
    /// Name and text of the files among them that hold rules.
    pub rules: Vec<(String, String)>,
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
    /// Files that extend each other.
    #[error("{}: `extend` leads back to {}; a file cannot extend itself", path.display(), to.display())]
    Cycle {
        /// The file that closes the circle.
        path: PathBuf,
        /// The file that it names.
        to: PathBuf,
    },
    /// A link that leads out of what is scanned: whoever reads the repository does not see what it says.
    #[error(
        "{} is a link to {}, outside of {}; put the file itself there, or name the one that you mean with {option}",
        path.display(), to.display(), root.display()
    )]
    Outside {
        /// The link.
        path: PathBuf,
        /// What it leads to.
        to: PathBuf,
        /// The top of the repository; without one, the folder.
        root: PathBuf,
        /// The option that names a file.
        option: &'static str,
    },
    /// A key for policies in a file that is none.
    #[error("{}: `permit` belongs into the file that is given with --policy", path.display())]
    Permit {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the file at `path` and those that it extends.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let loaded = load_any(path)?;
    if loaded.config.permit.is_some() {
        return Err(ConfigError::Permit { path: path.to_owned() });
    }
    Ok(loaded)
}

/// As [`load`], for a policy too.
pub(super) fn load_any(path: &Path) -> Result<Loaded, ConfigError> {
    let mut loaded =
        Loaded { path: path.to_owned(), config: Config::default(), extended: Vec::new(), rules: Vec::new() };
    let mut chain = Vec::new();
    add(path, &mut chain, &mut loaded)?;
    loaded.extended.pop();
    Ok(loaded)
}

/// Puts what the file extends, and then the file, over what is there. `chain`: the files on the way here.
fn add(path: &Path, chain: &mut Vec<PathBuf>, loaded: &mut Loaded) -> Result<(), ConfigError> {
    let text = text_file::read(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let name = path.display().to_string();
    let mut config: Config = toml_file::parse(&text, &name)?;
    if let Some(value) = config.min_confidence.filter(|value| !(0.0..=1.0).contains(value)) {
        return Err(ConfigError::Range { path: path.to_owned(), key: "min-confidence", value });
    }
    // The same file by another name is the same file.
    chain.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    let folder = path.parent().unwrap_or(path);
    for name in config.extend.iter().filter(|name| *name != DEFAULT) {
        let next = folder.join(name);
        if next.canonicalize().is_ok_and(|real| chain.contains(&real)) {
            return Err(ConfigError::Cycle { path: path.to_owned(), to: next });
        }
        add(&next, chain, loaded)?;
    }
    chain.pop();
    for file in config.rules.files.iter_mut().chain(&mut config.model).chain(&mut config.baseline) {
        *file = folder.join(&*file);
    }
    if !config.rule.is_empty() {
        loaded.rules.push((name, text));
    }
    loaded.extended.push(path.to_owned());
    loaded.config = over(config, std::mem::take(&mut loaded.config));
    Ok(())
}

/// The settings of `config`, and of `base` what it does not say. Lists are joined.
pub(super) fn over(config: Config, base: Config) -> Config {
    fn joined<T: PartialEq>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
        for item in second {
            if !first.contains(&item) {
                first.push(item);
            }
        }
        first
    }
    Config {
        extend: config.extend,
        judge: config.judge.or(base.judge),
        model: config.model.or(base.model),
        preset: config.preset.or(base.preset),
        min_confidence: config.min_confidence.or(base.min_confidence),
        fail_on: config.fail_on.or(base.fail_on),
        tests: config.tests.or(base.tests),
        archives: config.archives.or(base.archives),
        decode: config.decode.or(base.decode),
        fingerprint_salt: config.fingerprint_salt.or(base.fingerprint_salt),
        baseline: config.baseline.or(base.baseline),
        allow: super::Allow {
            paths: joined(base.allow.paths, config.allow.paths),
            findings: joined(base.allow.findings, config.allow.findings),
        },
        rules: super::Rules {
            disable: joined(base.rules.disable, config.rules.disable),
            files: joined(base.rules.files, config.rules.files),
        },
        rule: joined(base.rule, config.rule),
        permit: config.permit.or(base.permit),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scan::{Preset, TestPolicy};

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn a_file_wins_over_what_it_extends_and_lists_are_joined() {
        let folder = folder(&[
            (
                "a.toml",
                "extend = ['default', 'sub/b.toml']\npreset = 'recall'\n[allow]\npaths = ['x', 'y']\n[rules]\nfiles = ['r.toml']\n",
            ),
            (
                "sub/b.toml",
                "extend = 'c.toml'\npreset = 'strict'\ntests = 'keep'\n[allow]\npaths = ['x', 'z']\n[rules]\nfiles = ['r.toml']\n",
            ),
            ("sub/c.toml", "tests = 'drop'\nmodel = 'm.gguf'\n"),
        ]);
        let loaded = load(&folder.path().join("a.toml")).expect("good files");
        let config = &loaded.config;
        assert_eq!((config.preset, config.tests), (Some(Preset::Recall), Some(TestPolicy::Keep)));
        assert_eq!(config.allow.paths, ["x", "z", "y"]);
        assert_eq!(config.rules.files, [folder.path().join("sub/r.toml"), folder.path().join("r.toml")]);
        assert_eq!(
            config.model,
            Some(folder.path().join("sub/m.gguf")),
            "relative to the file that names it"
        );
        assert_eq!(loaded.extended, [folder.path().join("sub/c.toml"), folder.path().join("sub/b.toml")]);
    }

    #[test]
    fn circles_missing_files_and_misplaced_keys_are_errors() {
        let folder = folder(&[
            ("a.toml", "extend = 'b.toml'"),
            ("b.toml", "extend = './sub/../a.toml'"),
            ("self.toml", "extend = 'self.toml'"),
            ("missing.toml", "extend = 'nothing.toml'"),
            ("twice.toml", "extend = ['leaf.toml', 'leaf.toml']"),
            ("leaf.toml", ""),
            ("permit.toml", "permit = ['baseline']"),
            ("sub/x", ""),
        ]);
        let error = |name: &str| load(&folder.path().join(name)).expect_err("refused").to_string();
        assert!(error("a.toml").contains("b.toml: `extend` leads back to"), "{}", error("a.toml"));
        assert!(error("self.toml").contains("leads back"));
        assert!(error("missing.toml").contains("nothing.toml"));
        assert!(error("permit.toml").contains("--policy"));
        assert!(load(&folder.path().join("twice.toml")).is_ok(), "twice is no circle");
    }
}
