//! The ledger of several runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::ledger::{HistoryCounts, JudgeInfo, Ledger, SkipReason};
use crate::report::ToolInfo;
use crate::verification::Standing;

/// Files that a shard left to others.
pub(super) fn of_other_shards(ledger: &Ledger) -> u64 {
    ledger.skipped.get(&SkipReason::OtherShard).copied().unwrap_or_default()
}

/// Sums what can be summed; what should be the same in all and is not becomes a remark. Nothing is left of shards:
/// the whole has none.
pub(super) fn joined(ledgers: Vec<Ledger>, tools: &[ToolInfo], findings: &[Finding]) -> Ledger {
    let mut whole = Ledger {
        source: distinct(&ledgers, |ledger| Some(ledger.source.clone())).join(", "),
        history: history(&ledgers),
        verified: verified(&ledgers, findings),
        rules: ledgers.first().map_or(0, |ledger| ledger.rules),
        rules_sha256: ledgers.first().map(|ledger| ledger.rules_sha256.clone()).unwrap_or_default(),
        judge: judge(&ledgers),
        ..Ledger::default()
    };
    let versions: BTreeSet<&str> = tools.iter().map(|tool| tool.version.as_str()).collect();
    let versions: Vec<String> = versions.into_iter().map(str::to_owned).collect();
    let configs = distinct(&ledgers, |ledger| ledger.config.clone());
    for (what, values) in [
        ("versions of secretscan", &versions),
        ("rules (sha256)", &distinct(&ledgers, |ledger| Some(ledger.rules_sha256.clone()))),
        ("models (sha256)", &distinct(&ledgers, |ledger| ledger.judge.model_sha256.clone())),
        ("configurations", &configs),
    ] {
        if values.len() > 1 {
            whole
                .notices
                .push(format!("the reports were written with different {what}: {}", values.join(", ")));
        }
    }
    if let [check] = distinct(&ledgers, |ledger| Some(ledger.salt_check.clone())).as_slice() {
        whole.salt_check.clone_from(check);
    }
    if let [config] = configs.as_slice() {
        whole.config = Some(config.clone());
    }
    for ledger in ledgers {
        whole.merge(ledger);
    }
    whole.shard = None;
    whole.skipped.remove(&SkipReason::OtherShard);
    whole.skipped_paths.sort();
    whole.notices.sort();
    whole.notices.dedup();
    whole
}

fn distinct(ledgers: &[Ledger], part: impl Fn(&Ledger) -> Option<String>) -> Vec<String> {
    let parts: BTreeSet<String> = ledgers.iter().filter_map(part).collect();
    parts.into_iter().collect()
}

fn history(ledgers: &[Ledger]) -> Option<HistoryCounts> {
    ledgers.iter().filter_map(|ledger| ledger.history).reduce(|sum, next| HistoryCounts {
        commits: sum.commits + next.commits,
        unique_blobs: sum.unique_blobs + next.unique_blobs,
        known_clean_blobs: sum.known_clean_blobs + next.known_clean_blobs,
    })
}

/// A token in several shards was asked about by each, and counts once.
fn verified(ledgers: &[Ledger], findings: &[Finding]) -> BTreeMap<Standing, u64> {
    let mut tokens: BTreeMap<(&str, Fingerprint), Standing> = BTreeMap::new();
    for finding in findings {
        if let Some(verification) = &finding.verification {
            let token =
                tokens.entry((&finding.rule.id, finding.fingerprint)).or_insert(verification.standing);
            *token = (*token).min(verification.standing);
        }
    }
    let mut counts = BTreeMap::new();
    if ledgers.iter().any(|ledger| !ledger.verified.is_empty()) {
        for standing in tokens.into_values() {
            *counts.entry(standing).or_default() += 1;
        }
    }
    counts
}

/// A shard that needed no model does not name one: whoever needed most says what one run would have said.
fn judge(ledgers: &[Ledger]) -> JudgeInfo {
    let judges = ledgers.iter().map(|ledger| &ledger.judge);
    judges.max_by(|a, b| rank(a).cmp(&rank(b))).cloned().unwrap_or_default()
}

fn rank(judge: &JudgeInfo) -> (u8, bool, &str) {
    (judge.depth(), judge.notice.is_some(), &judge.name)
}
