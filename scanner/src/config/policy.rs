//! `--policy FILE`: settings that the configuration of an untrusted repository cannot weaken.
//!
//! A policy is a configuration of somebody who is trusted. Every setting has a direction: more is found, or more is
//! reported, or the scan fails sooner. What the repository's file says is used where it goes in that direction from the
//! policy (or from the default that the policy leaves standing); the rest is ignored, with a notice that says so.
//!
//! | setting | the repository may |
//! |---|---|
//! | `preset` | go from strict to balanced to recall |
//! | `min-confidence` | lower it, where the policy sets one |
//! | `fail-on` | go from error to warning to note |
//! | `tests` | go from drop to lower to keep |
//! | `archives`, `decode` | switch on |
//! | `judge`, `model` | change nothing: no order of models says which finds more |
//! | `fingerprint-salt` | set one, if the policy has none |
//! | what is listed in `permit` | as without a policy |
//!
//! Everything else reduces detection and takes a [`Permission`]. So do rules: one of the repository's could take a token
//! from the rule that calls it an error, and call it publishable.

use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load::{load_any, over};
use super::{Config, ConfigError, Loaded};
use crate::candidate::Decode;
use crate::finding::Severity;
use crate::scan::{Preset, TestPolicy};
use crate::source::Archives;

/// What a policy may leave to the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// `allow.paths`: paths that are not scanned.
    AllowPaths,
    /// `[[allow.findings]]`.
    AllowFindings,
    /// `rules.disable`.
    DisableRules,
    /// `[[rule]]` and `rules.files`.
    AddRules,
    /// Allow tags in the scanned text.
    InlineAllow,
    /// A baseline that lies in the repository.
    Baseline,
}

/// A policy in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(Loaded);

impl Policy {
    /// Reads the file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        load_any(path).map(Self)
    }

    /// The policy's own settings.
    pub fn loaded(&self) -> &Loaded {
        &self.0
    }

    /// True if the repository may do this.
    pub fn permits(&self, permission: Permission) -> bool {
        self.0.config.permit.as_ref().is_some_and(|list| list.contains(&permission))
    }

    /// The policy's settings with what is left of the repository's, and a notice for everything that was ignored. The
    /// policy's patterns are relative to the folder of the repository's file, too.
    pub fn hold(&self, repository: Loaded) -> (Loaded, Vec<String>) {
        let Loaded { path, config, extended, rules } = repository;
        let floor = &self.0.config;
        let mut held = Hold { file: &path, policy: &self.0.path, notices: Vec::new() };
        let preset = held.at_least("preset", config.preset, floor.preset, |preset| match preset {
            Preset::Strict => 0,
            Preset::Balanced => 1,
            Preset::Recall => 2,
        });
        let tests = held.at_least("tests", config.tests, floor.tests, |tests| match tests {
            TestPolicy::Drop => 0,
            TestPolicy::Lower => 1,
            TestPolicy::Keep => 2,
        });
        let archives =
            held.at_least("archives", config.archives, floor.archives, |archives| match archives {
                Archives::Off => 0,
                Archives::On => 1,
            });
        let decode = held.at_least("decode", config.decode, floor.decode, |decode| match decode {
            Decode::Off => 0,
            Decode::On => 1,
        });
        let fail_on = held.fail_on(config.fail_on, floor.fail_on);
        let min_confidence = held.min_confidence(config.min_confidence, floor.min_confidence);
        let judge = held.fixed("judge", config.judge.as_ref(), floor.judge);
        let model = held.fixed("model", config.model.as_ref(), floor.model.clone());
        let mut list = |key: &str, permission: Permission, is_empty: bool| {
            let permitted = self.permits(permission);
            if !permitted && !is_empty {
                held.ignored(key, "would reduce what is found");
            }
            permitted
        };
        let mut allow = config.allow;
        if !list("allow.paths", Permission::AllowPaths, allow.paths.is_empty()) {
            allow.paths.clear();
        }
        if !list("allow.findings", Permission::AllowFindings, allow.findings.is_empty()) {
            allow.findings.clear();
        }
        let mut own = config.rules;
        if !list("rules.disable", Permission::DisableRules, own.disable.is_empty()) {
            own.disable.clear();
        }
        if !list("rules.files", Permission::AddRules, own.files.is_empty()) {
            own.files.clear();
        }
        let add = list("rule", Permission::AddRules, rules.is_empty());
        let permitted = list("baseline", Permission::Baseline, config.baseline.is_none());
        let baseline = config.baseline.filter(|_| permitted);
        let fingerprint_salt = floor.fingerprint_salt.clone().or(config.fingerprint_salt);
        let notices = held.notices;
        let config = Config {
            extend: config.extend,
            judge,
            model,
            preset,
            min_confidence,
            fail_on,
            tests,
            archives,
            decode,
            fingerprint_salt,
            baseline,
            allow,
            rules: own,
            rule: if add { config.rule } else { Vec::new() },
            permit: None,
        };
        let mut all_rules = self.0.rules.clone();
        all_rules.extend(rules.into_iter().filter(|_| add));
        (Loaded { path, config: over(config, floor.clone()), extended, rules: all_rules }, notices)
    }
}

/// Compares settings and takes notes.
struct Hold<'a> {
    file: &'a Path,
    policy: &'a Path,
    notices: Vec<String>,
}

impl Hold<'_> {
    fn ignored(&mut self, key: &str, why: &str) {
        self.notices.push(format!(
            "{}: `{key}` {why}; the policy {} does not permit it, so it is ignored",
            self.file.display(),
            self.policy.display()
        ));
    }

    /// The repository's setting if `rank` puts it no lower than the policy's (or the default), else the policy's.
    fn at_least<T: Copy + Default + fmt::Debug>(
        &mut self,
        key: &str,
        wanted: Option<T>,
        floor: Option<T>,
        rank: impl Fn(T) -> u8,
    ) -> Option<T> {
        let Some(setting) = wanted else { return floor };
        let least = floor.unwrap_or_default();
        if rank(setting) >= rank(least) {
            return Some(setting);
        }
        self.ignored(key, &format!("= {setting:?} would reduce what is reported").to_lowercase());
        Some(least)
    }

    /// As `at_least`; the lower the severity that makes the scan fail, the more does.
    fn fail_on(&mut self, wanted: Option<Severity>, floor: Option<Severity>) -> Option<Severity> {
        let least = floor.unwrap_or(Severity::Warning);
        match wanted {
            Some(setting) if setting > least => {
                self.ignored("fail-on", &format!("= {setting} would let more pass"));
                floor
            }
            Some(setting) => Some(setting),
            None => floor,
        }
    }

    /// A probability is comparable with another one, but not with a preset.
    fn min_confidence(&mut self, wanted: Option<f32>, floor: Option<f32>) -> Option<f32> {
        match (wanted, floor) {
            (Some(setting), Some(most)) if setting <= most => Some(setting),
            (Some(setting), _) => {
                self.ignored("min-confidence", &format!("= {setting} may reduce what is reported"));
                floor
            }
            (None, floor) => floor,
        }
    }

    /// The policy's setting, whatever the repository wants.
    fn fixed<T: PartialEq>(&mut self, key: &str, wanted: Option<&T>, floor: Option<T>) -> Option<T> {
        if wanted.is_some() && wanted != floor.as_ref() {
            self.ignored(key, "may reduce what is found");
        }
        floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::JudgeMode;

    fn loaded(name: &str, toml: &str) -> Loaded {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, toml).expect("a file");
        load_any(&path).expect("a good file")
    }

    /// The settings under a policy, and the keys that were ignored.
    fn held(policy: &str, repository: &str) -> (Config, Vec<String>) {
        let (held, notices) =
            Policy(loaded("policy.toml", policy)).hold(loaded("repository.toml", repository));
        let key = |notice: &String| notice.split('`').nth(1).map(str::to_owned);
        (held.config, notices.iter().filter_map(key).collect())
    }

    #[test]
    fn every_setting_that_weakens_is_ignored_and_named() {
        for (policy, repository, key) in [
            ("", "preset = 'strict'", "preset"),
            ("preset = 'recall'", "preset = 'balanced'", "preset"),
            ("", "min-confidence = 0.1", "min-confidence"),
            ("min-confidence = 0.3", "min-confidence = 0.9", "min-confidence"),
            ("", "fail-on = 'error'", "fail-on"),
            ("", "tests = 'drop'", "tests"),
            ("tests = 'keep'", "tests = 'lower'", "tests"),
            ("", "archives = 'off'", "archives"),
            ("", "decode = 'off'", "decode"),
            ("", "judge = 'off'", "judge"),
            ("judge = 'auto'", "judge = 'features'", "judge"),
            ("", "model = 'blind.gguf'", "model"),
            ("", "baseline = 'all'", "baseline"),
            ("", "[allow]\npaths = ['*']", "allow.paths"),
            ("", "[[allow.findings]]\nvalues = ['.']", "allow.findings"),
            ("", "[rules]\ndisable = ['generic-password']", "rules.disable"),
            ("", "[rules]\nfiles = ['mine.toml']", "rules.files"),
            ("", "[[rule]]\nid = 'mine'", "rule"),
        ] {
            let (config, ignored) = held(policy, repository);
            assert_eq!(ignored, [key], "{repository}");
            let alone = Policy(loaded("p", policy)).0.config;
            let same = |a: &Config, b: &Config| {
                a.preset.unwrap_or_default() == b.preset.unwrap_or_default()
                    && a.tests.unwrap_or_default() == b.tests.unwrap_or_default()
                    && a.archives.unwrap_or_default() == b.archives.unwrap_or_default()
                    && a.decode.unwrap_or_default() == b.decode.unwrap_or_default()
                    && (a.min_confidence, a.fail_on, a.judge, &a.model, &a.baseline)
                        == (b.min_confidence, b.fail_on, b.judge, &b.model, &b.baseline)
                    && (&a.allow, &a.rules, &a.rule) == (&b.allow, &b.rules, &b.rule)
            };
            assert!(same(&config, &alone), "{repository}: {config:?}");
        }
    }

    #[test]
    fn what_finds_more_is_used() {
        let (config, ignored) = held(
            "min-confidence = 0.5\njudge = 'off'",
            "preset = 'recall'\ntests = 'keep'\nfail-on = 'note'\nmin-confidence = 0.2\narchives = 'on'\njudge = 'off'",
        );
        assert_eq!(ignored, [""; 0]);
        assert_eq!((config.preset, config.tests), (Some(Preset::Recall), Some(TestPolicy::Keep)));
        assert_eq!((config.fail_on, config.min_confidence), (Some(Severity::Note), Some(0.2)));
        assert_eq!((config.archives, config.judge), (Some(Archives::On), Some(JudgeMode::Off)));
    }

    #[test]
    fn what_the_policy_permits_is_used() {
        let permit = "permit = ['allow-paths', 'allow-findings', 'disable-rules', 'add-rules', 'baseline']";
        let repository = "baseline = 'b'\n[allow]\npaths = ['*.snap']\n[[allow.findings]]\nvalues = ['x']\n\
                          [rules]\ndisable = ['generic-password']\nfiles = ['mine.toml']\n[[rule]]\nid = 'mine'";
        let (config, ignored) = held(permit, repository);
        assert_eq!(ignored, [""; 0]);
        assert_eq!((config.allow.paths.len(), config.allow.findings.len()), (1, 1));
        assert_eq!((config.rules.disable.len(), config.rules.files.len(), config.rule.len()), (1, 1, 1));
        assert!(config.baseline.is_some());
    }
}
