//! Several reports into one, as if one run had written it: the shards of a fleet, or the parts of a company.
//!
//! JSON reports merge into any format. SARIF holds too little for that (no source line, no name), so SARIF reports merge
//! into SARIF, result by result ([`sarif`](super::sarif::merge)). A shard that is missing is something that was not
//! scanned.

mod ledger;
mod prints;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::read::{self, Read, ReadError};
use crate::finding::Finding;
use crate::fingerprint::salt_check;
use crate::ledger::{Failure, Ledger, ShardPart};

/// Why reports cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Not JSON at all.
    #[error("{report} is not JSON ({source}); merge reads reports of --format json and --format sarif")]
    Syntax {
        /// The report's name.
        report: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// JSON of something else.
    #[error("{report} is no report of secretscan; merge reads reports of --format json and --format sarif")]
    Foreign {
        /// The report's name.
        report: String,
    },
    /// A JSON report of another contract.
    #[error("{report} cannot be read: {source}")]
    Contract {
        /// The report's name.
        report: String,
        /// Why.
        source: ReadError,
    },
    /// JSON and SARIF together.
    #[error("{json} is JSON and {sarif} is SARIF; merge one sort at a time")]
    Mixed {
        /// One of the JSON reports.
        json: String,
        /// One of the SARIF reports.
        sarif: String,
    },
    /// Shards of several partitions.
    #[error("{one} is one of {one_count} shards, {other} one of {other_count}; merge the shards of one scan")]
    Partitions {
        /// A report.
        one: String,
        /// Its number of shards.
        one_count: u32,
        /// Another one.
        other: String,
        /// Its number of shards.
        other_count: u32,
    },
    /// A shard that was scanned twice, with different results.
    #[error("{one} and {other} are both shard {index} and differ; give one of them")]
    Twice {
        /// A report.
        one: String,
        /// Another one.
        other: String,
        /// Which shard.
        index: u32,
    },
    /// Values that one shard found could not be masked in the text of another.
    #[error(
        "the fingerprints of {report} were made with another salt; merge it with the configuration of its scan (--config)"
    )]
    Salt {
        /// The report's name.
        report: String,
    },
    /// Raw values that nobody asked for.
    #[error(
        "{report} was written with --show-secrets; merge it with --show-secrets, or write it again without"
    )]
    ShowsSecrets {
        /// The report's name.
        report: String,
    },
    /// Masked values where raw ones are wanted.
    #[error("{report} was written without --show-secrets, so its secrets cannot be shown")]
    HidesSecrets {
        /// The report's name.
        report: String,
    },
}

/// A report and its name, for messages.
#[derive(Debug)]
pub struct Named<T> {
    /// The file's path.
    pub name: String,
    /// What it holds.
    pub report: T,
}

/// Reports of one sort.
#[derive(Debug)]
pub enum Reports {
    /// Of `--format json`.
    Json(Vec<Named<Read>>),
    /// Of `--format sarif`, as they stand.
    Sarif(Vec<Named<Value>>),
}

/// Parses reports, given as names and bytes.
pub fn parse(texts: &[(String, Vec<u8>)]) -> Result<Reports, MergeError> {
    let (mut json, mut sarif) = (Vec::new(), Vec::new());
    for (name, text) in texts {
        let name = name.clone();
        let value: Value = serde_json::from_slice(text)
            .map_err(|source| MergeError::Syntax { report: name.clone(), source })?;
        if value.get("runs").is_some() {
            sarif.push(Named { name, report: value });
        } else if value.get("findings").is_some() {
            match read::read(value) {
                Ok(report) => json.push(Named { name, report }),
                Err(source) => return Err(MergeError::Contract { report: name, source }),
            }
        } else {
            return Err(MergeError::Foreign { report: name });
        }
    }
    match (json.first(), sarif.first()) {
        (Some(json), Some(sarif)) => {
            Err(MergeError::Mixed { json: json.name.clone(), sarif: sarif.name.clone() })
        }
        (None, Some(_)) => Ok(Reports::Sarif(sarif)),
        _ => Ok(Reports::Json(json)),
    }
}

/// What one run would have found. `salt` is the fingerprints' ([`prints`]); `show_secrets` says whether raw values are
/// wanted, which must be what the reports hold.
pub fn json(
    reports: Vec<Named<Read>>,
    salt: &[u8],
    show_secrets: bool,
) -> Result<(Vec<Finding>, Ledger), MergeError> {
    for Named { name, report } in &reports {
        match (report.shows_secrets, show_secrets) {
            (true, false) => return Err(MergeError::ShowsSecrets { report: name.clone() }),
            (false, true) => return Err(MergeError::HidesSecrets { report: name.clone() }),
            _ => {}
        }
        // Reports without a shard are whole runs: each shows what its own run shows.
        if report.ledger.shard.is_some() && report.ledger.salt_check != salt_check(salt) {
            return Err(MergeError::Salt { report: name.clone() });
        }
    }
    let shards = reports.iter().enumerate().filter_map(|(at, Named { name, report })| {
        let part = report.ledger.shard?;
        Some(Shard { at, name, part, others: ledger::of_other_shards(&report.ledger) })
    });
    let shards: Vec<Shard<'_>> = shards.collect();
    let failures = check(&shards)?;
    let spare = spare(&shards, |one, other| {
        let [one, other] = [&reports[one].report, &reports[other].report];
        let same = |(a, b): (&Finding, &Finding)| identity(a) == identity(b);
        one.ledger == other.ledger
            && one.findings.len() == other.findings.len()
            && one.findings.iter().zip(&other.findings).all(same)
    })?;

    let mut findings: Vec<Finding> = Vec::new();
    let mut ledgers = Vec::new();
    let mut tools = Vec::new();
    for (at, Named { report, .. }) in reports.into_iter().enumerate() {
        if !spare.contains(&at) {
            findings.extend(report.findings);
            ledgers.push(report.ledger);
            tools.push(report.tool);
        }
    }
    findings.sort_by(|a, b| identity(a).cmp(&identity(b)));
    findings.dedup_by(|a, b| identity(a) == identity(b));
    let mut ledger = ledger::joined(ledgers, &tools, &findings);
    if !show_secrets {
        prints::mask(&mut findings, &mut ledger, salt);
    }
    ledger.failures.extend(failures);
    ledger.failures.sort();
    ledger.failures.dedup();
    Ok((findings, ledger))
}

/// Report order first; two findings with the same identity are one that was reported twice.
fn identity(finding: &Finding) -> impl Ord + '_ {
    (finding.sort_key(), finding.origin.commit.as_deref(), finding.fingerprint)
}

/// A report of a shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shard<'a> {
    /// The how-manieth report, from 0.
    pub(super) at: usize,
    pub(super) name: &'a str,
    pub(super) part: ShardPart,
    /// Files that it left to the others.
    pub(super) others: u64,
}

/// What is missing of the whole: shards without a report, and shards that saw different trees.
pub(super) fn check(shards: &[Shard<'_>]) -> Result<Vec<Failure>, MergeError> {
    let Some(first) = shards.first() else { return Ok(Vec::new()) };
    let count = first.part.count;
    if let Some(other) = shards.iter().find(|shard| shard.part.count != count) {
        return Err(MergeError::Partitions {
            one: first.name.to_owned(),
            one_count: count,
            other: other.name.to_owned(),
            other_count: other.part.count,
        });
    }
    let present: BTreeMap<u32, &Shard<'_>> = shards.iter().map(|shard| (shard.part.index, shard)).collect();
    let missing = (1..=count).filter(|index| !present.contains_key(index));
    let mut failures: Vec<Failure> = missing
        .map(|index| Failure {
            path: format!("shard {index}/{count}"),
            cause: "its report is missing".to_owned(),
            remedy: format!("run the scan with --shard {index}/{count}, and merge its report too"),
        })
        .collect();
    let seen = |shard: &Shard<'_>| shard.part.files + shard.others;
    let dealt: u64 = present.values().map(|shard| shard.part.files).sum();
    let differs = present.values().find(|shard| seen(shard) != seen(first));
    if differs.is_some() || (failures.is_empty() && dealt != seen(first)) {
        let (other, files) =
            differs.map_or(("all shards together", dealt), |shard| (shard.name, seen(shard)));
        failures.push(Failure {
            path: "shards".to_owned(),
            cause: format!(
                "they did not come to the same files: {} in {}, {files} in {other}",
                seen(first),
                first.name
            ),
            remedy: "run all shards on the same commit, with the same paths and the same version".to_owned(),
        });
    }
    Ok(failures)
}

/// The reports of shards that an earlier one is equal to. `same` compares two.
pub(super) fn spare(
    shards: &[Shard<'_>],
    same: impl Fn(usize, usize) -> bool,
) -> Result<BTreeSet<usize>, MergeError> {
    let mut first: BTreeMap<u32, &Shard<'_>> = BTreeMap::new();
    let mut spare = BTreeSet::new();
    for shard in shards {
        match first.get(&shard.part.index) {
            None => {
                first.insert(shard.part.index, shard);
            }
            Some(one) if same(one.at, shard.at) => {
                spare.insert(shard.at);
            }
            Some(one) => {
                let (one, other) = (one.name.to_owned(), shard.name.to_owned());
                return Err(MergeError::Twice { one, other, index: shard.part.index });
            }
        }
    }
    Ok(spare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(name: &'static str, index: u32, files: u64, others: u64) -> Shard<'static> {
        Shard { at: name.len(), name, part: ShardPart { index, count: 3, files }, others }
    }

    #[test]
    fn all_shards_of_one_tree_are_whole() {
        let shards = [shard("a", 1, 2, 5), shard("b", 2, 4, 3), shard("c", 3, 1, 6)];
        assert_eq!(check(&shards).expect("one partition"), []);
        assert!(spare(&shards, |_, _| false).expect("no doubles").is_empty());
    }

    #[test]
    fn a_missing_shard_and_another_tree_are_failures() {
        let failures = check(&[shard("a", 1, 2, 5), shard("c", 3, 1, 6)]).expect("one partition");
        assert_eq!(failures.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["shard 2/3"]);
        let failures = check(&[shard("a", 1, 2, 5), shard("b", 2, 4, 3), shard("c", 3, 1, 7)]).expect("one");
        assert!(failures[0].cause.contains("7 in a, 8 in c"), "{failures:?}");
        let failures = check(&[shard("a", 1, 2, 5), shard("b", 2, 5, 2), shard("c", 3, 1, 6)]).expect("one");
        assert!(failures[0].cause.contains("8 in all shards together"), "{failures:?}");
    }

    #[test]
    fn a_shard_twice_is_spare_or_an_error() {
        let shards = [shard("a", 1, 2, 5), shard("again", 1, 2, 5)];
        assert_eq!(spare(&shards, |_, _| true).expect("equal"), [5].into());
        assert!(matches!(spare(&shards, |_, _| false), Err(MergeError::Twice { index: 1, .. })));
        let mut other = shard("b", 2, 4, 3);
        other.part.count = 4;
        assert!(matches!(check(&[shard("a", 1, 2, 5), other]), Err(MergeError::Partitions { .. })));
    }
}
