//! Whether a model is measured on what it was trained on: its receipt names the repositories of every split.
//!
//! A model without a receipt may know any repository, so its figures are no better than those of one that does.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use secretscan::judge::digest::sha256_hex;
use trainer::data::receipt::{NAME, Receipt};

use super::system::System;
use crate::report::SystemReport;

/// Count of a system: measured repositories that its model was fitted on (receipt: train or validation).
pub const TRAINED_ON: &str = "repositories of the model's training";
/// Count of a system: measured repositories that its receipt does not name, or all if there is no receipt.
pub const UNKNOWN: &str = "repositories that the model's receipt does not name";

/// The receipt of the model that is built in.
const BUILT_IN: &str = include_str!("../../../models/default/receipt.json");

/// What a receipt says about the measured repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leakage {
    /// SHA-256 of the receipt.
    pub receipt: Option<String>,
    /// Fitted on, or chosen by.
    pub trained_on: Vec<String>,
    /// In no split of the receipt.
    pub unknown: Vec<String>,
}

/// Looks up `repos` in the receipt of the system's model: `given`, else `receipt.json` beside the model file, else that of
/// the built-in model. `None` for a system without a model.
pub fn of(system: &System, given: Option<&Path>, repos: &[String]) -> anyhow::Result<Option<Leakage>> {
    if !super::system::asks_model(system.judge) {
        return Ok(None);
    }
    let beside = system.model.as_ref().map(|model| model.with_file_name(NAME));
    let text = match (given, beside) {
        (Some(path), _) => Some(read(path)?),
        (None, Some(path)) if path.is_file() => Some(read(&path)?),
        (None, Some(_)) => None,
        (None, None) => Some(BUILT_IN.to_owned()),
    };
    let Some(text) = text else {
        return Ok(Some(Leakage { unknown: repos.to_vec(), ..Leakage::default() }));
    };
    let receipt: Receipt = serde_json::from_str(&text).with_context(|| {
        let path = given.map_or_else(|| "beside the model".to_owned(), |path| path.display().to_string());
        format!("the receipt {path} is none that `trainer data build` wrote")
    })?;
    Ok(Some(looked_up(&receipt, sha256_hex(text.as_bytes()), repos)))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read the receipt {}", path.display()))
}

fn looked_up(receipt: &Receipt, sha256: String, repos: &[String]) -> Leakage {
    let of = |wanted: &dyn Fn(&str) -> bool| -> BTreeSet<&str> {
        let splits = receipt.repositories.iter().filter(|(split, _)| wanted(split));
        splits.flat_map(|(_, repos)| repos.iter().map(String::as_str)).collect()
    };
    let (kept_out, fitted) = (of(&|split| split == "test"), of(&|split| split != "test"));
    let listed = |which: &dyn Fn(&str) -> bool| repos.iter().filter(|repo| which(repo)).cloned().collect();
    Leakage {
        receipt: Some(sha256),
        trained_on: listed(&|repo| fitted.contains(repo)),
        unknown: listed(&|repo| !fitted.contains(repo) && !kept_out.contains(repo)),
    }
}

impl Leakage {
    /// Puts the receipt and the counts that fail a gate into the system's report.
    pub fn note(self, report: &mut SystemReport) {
        report.settings.extend(self.receipt.map(|sha256| ("receipt".to_owned(), sha256)));
        report.counts.insert(TRAINED_ON.to_owned(), self.trained_on.len() as u64);
        report.counts.insert(UNKNOWN.to_owned(), self.unknown.len() as u64);
    }

    /// Sentences for people; none if all is well.
    pub fn warnings(&self, system: &str, measured: usize) -> Vec<String> {
        let named = |repos: &[String]| {
            let some: Vec<&str> = repos.iter().take(8).map(String::as_str).collect();
            let more = if repos.len() > some.len() { " …" } else { "" };
            format!("{}{more}", some.join(", "))
        };
        let mut warnings = Vec::new();
        if !self.trained_on.is_empty() {
            warnings.push(format!(
                "LEAKAGE: {} of the {measured} repositories are in the receipt of {system}'s model as train or validation ({}); \
                 its figures there say nothing about unseen code",
                self.trained_on.len(),
                named(&self.trained_on)
            ));
        }
        if self.receipt.is_none() {
            warnings.push(format!(
                "{system}'s model has no receipt, so nobody knows what it was trained on; put receipt.json beside the model or \
                 give it with --receipt FILE"
            ));
        } else if !self.unknown.is_empty() {
            warnings.push(format!(
                "{} of the {measured} repositories are not in the receipt of {system}'s model ({}); was it built from this \
                 collection?",
                self.unknown.len(),
                named(&self.unknown)
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secretscan::scan::{JudgeMode, Preset};
    use std::path::PathBuf;

    fn system(judge: JudgeMode, model: Option<PathBuf>) -> System {
        let models: Vec<PathBuf> = model.into_iter().collect();
        System::product(&[judge], &[Preset::Balanced], &models, None, &[]).remove(0)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_repository_of_the_training_is_told_from_one_kept_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut receipt = Receipt::new("r".into());
        for (split, repos) in [("train", ["a", "b"]), ("validation", ["c", "d"]), ("test", ["e", "f"])] {
            receipt.repositories.insert(split.to_owned(), names(&repos));
        }
        receipt.write(folder.path()).expect("written");
        let measured = names(&["a", "c", "e", "x"]);
        let model = Some(folder.path().join("m.gguf"));
        let beside = of(&system(JudgeMode::Auto, model), None, &measured).expect("read").expect("a model");
        assert_eq!((beside.trained_on.clone(), beside.unknown.clone()), (names(&["a", "c"]), names(&["x"])));
        let warnings = beside.warnings("auto/balanced", 4);
        assert!(
            warnings[0].starts_with("LEAKAGE: 2 of the 4") && warnings[0].contains("(a, c)"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("1 of the 4"), "{warnings:?}");

        let given = folder.path().join(NAME);
        let elsewhere = system(JudgeMode::Features, Some(PathBuf::from("/nowhere/m.gguf")));
        assert_eq!(of(&elsewhere, Some(&given), &measured).expect("read"), Some(beside));
        let none = of(&elsewhere, None, &measured).expect("none").expect("a model");
        assert_eq!((none.receipt.clone(), none.unknown.len()), (None, 4));
        assert!(none.warnings("features/balanced", 4)[0].contains("--receipt"));
        assert_eq!(of(&system(JudgeMode::Off, None), Some(&given), &measured).expect("no model"), None);
    }

    #[test]
    fn the_built_in_models_receipt_is_one() {
        let kept_out = trainer::data::split::of_repository("110f8d35");
        assert_eq!(kept_out, trainer::example::Split::Test);
        let got = of(&system(JudgeMode::Auto, None), None, &names(&["110f8d35", "0401c075"]));
        let got = got.expect("it is read").expect("a model");
        assert_eq!((got.trained_on, got.unknown), (names(&["0401c075"]), Vec::new()));
    }
}
