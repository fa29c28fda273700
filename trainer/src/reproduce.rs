//! `trainer reproduce`: the commands that rebuild a shipped model, and whether its files are the ones they made.
//!
//! A shipped model is a folder with a `manifest.json`: what went in, the steps with their commands and seeds, and the
//! SHA-256 of every file. Nothing is run here; the commands are printed for a shell.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use secretscan::judge::digest::sha256_hex;
use serde::{Deserialize, Serialize};

/// Print the commands that rebuild a shipped model, and check its files against its manifest.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder with manifest.json.
    #[arg(default_value = "models/default")]
    model: PathBuf,
}

/// How a model came about.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name and version.
    pub name: String,
    /// What must be there before the first step: name, and where it comes from.
    pub inputs: BTreeMap<String, String>,
    /// In their order.
    pub steps: Vec<Step>,
    /// SHA-256 (hexadecimal) of the folder's other files by name.
    pub files: BTreeMap<String, String>,
}

/// One step.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it makes, in a few words.
    pub what: String,
    /// The command, from the root of the project.
    pub command: String,
    /// SHA-256 of what it made, by path; empty where a rebuild differs (wall-clock limits, other thread counts).
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
}

/// Runs it; an error if a file is not the one that the manifest names.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let manifest = read(&arguments.model)?;
    anstream::print!("{}", script(&manifest));
    check(&arguments.model, &manifest)
}

fn read(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join("manifest.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; give the folder of a shipped model", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no manifest", path.display()))
}

/// The steps as a shell script.
fn script(manifest: &Manifest) -> String {
    let mut text = format!("# {}\n", manifest.name);
    for (name, origin) in &manifest.inputs {
        let _ = writeln!(text, "# needs {name}: {origin}");
    }
    for (n, step) in manifest.steps.iter().enumerate() {
        let _ = write!(text, "\n# {}. {}\n{}\n", n + 1, step.what, step.command);
        for (path, sha256) in &step.outputs {
            let _ = writeln!(text, "# makes {path}, sha256 {sha256}");
        }
    }
    text
}

/// Every file must have the hash that the manifest says.
fn check(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    for (name, expected) in &manifest.files {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let found = sha256_hex(&bytes);
        if found != *expected {
            bail!(
                "{} has sha256 {found}, the manifest says {expected}: rebuild it, or restore it",
                path.display()
            );
        }
    }
    anstream::println!("\n# {} files are those of the manifest", manifest.files.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("model.gguf"), b"weights").expect("written");
        let step = Step { what: "train".into(), command: "trainer train".into(), outputs: BTreeMap::new() };
        let manifest = Manifest {
            name: "m".into(),
            inputs: BTreeMap::from([("labels".into(), "somewhere".into())]),
            steps: vec![step],
            files: BTreeMap::from([("model.gguf".into(), sha256_hex(b"weights"))]),
        };
        let text = serde_json::to_string(&manifest).expect("JSON");
        std::fs::write(folder.path().join("manifest.json"), text).expect("written");
        let arguments = Arguments { model: folder.path().into() };
        run(&arguments).expect("as it was");
        assert!(script(&manifest).contains("# 1. train\ntrainer train\n"));

        std::fs::write(folder.path().join("model.gguf"), b"other").expect("written");
        let error = run(&arguments).expect_err("it changed").to_string();
        assert!(error.contains("model.gguf") && error.contains("the manifest says"), "{error}");
    }
}
