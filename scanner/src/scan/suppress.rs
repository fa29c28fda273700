//! Holds what was found against the baseline, before the model is asked: what is accepted needs no judgement.

use std::collections::BTreeSet;

use super::collect::{Collector, Gathered, severity};
use crate::finding::{Class, Finding, Suppression};
use crate::suppress::baseline::{self, Baseline, Entry};

/// Lines that a notice lists.
const LISTED: usize = 10;

impl Collector<'_> {
    /// Takes out what the baseline covers, and says which of its entries are expired or match nothing any more.
    pub(super) fn apply_baseline(&self, gathered: &mut Gathered) {
        let Some(baseline) = &self.scanner.baseline else { return };
        let mut used = Used::default();
        let mut kept = Vec::with_capacity(gathered.findings.len());
        for finding in std::mem::take(&mut gathered.findings) {
            match self.entry_for(baseline, &finding, &mut used) {
                Some(at) => self.silence(finding, baseline.entry(at), &mut used, gathered),
                None => kept.push(finding),
            }
        }
        gathered.findings = kept;
        let mut waiting = Vec::with_capacity(gathered.doubtful.len());
        for doubtful in std::mem::take(&mut gathered.doubtful) {
            match self.entry_for(baseline, &doubtful.finding, &mut used) {
                Some(at) => self.silence(doubtful.finding, baseline.entry(at), &mut used, gathered),
                None => waiting.push(doubtful),
            }
        }
        gathered.doubtful = waiting;
        for explanation in &mut gathered.explanations {
            let place = (explanation.path.clone(), explanation.location.bytes.start);
            if used.places.contains(&place) {
                explanation.suppressed.get_or_insert_with(|| baseline::NAME.to_owned());
            }
        }
        self.notify(baseline, &used, gathered);
    }

    /// The entry that silences the finding. Expired ones are only noted.
    fn entry_for(&self, baseline: &Baseline, finding: &Finding, used: &mut Used) -> Option<usize> {
        let entries = baseline.find(&self.base, &finding.origin.path, finding.identity());
        used.seen.extend(&entries);
        let today = self.scanner.options.today;
        let expired = entries.iter().find(|at| baseline.entry(**at).is_expired(today));
        if let Some(expired) = expired {
            used.expired.insert(*expired);
            return None;
        }
        entries.first().copied()
    }

    fn silence(&self, mut finding: Finding, entry: &Entry, used: &mut Used, gathered: &mut Gathered) {
        *gathered.ledger.suppressed.entry(baseline::NAME.to_owned()).or_default() += 1;
        let options = &self.scanner.options;
        if options.explain {
            used.places.insert((finding.origin.path.clone(), finding.location.bytes.start));
        }
        if options.keep_suppressed && finding.verdict.class != Class::Safe {
            finding.severity = severity(&finding, options.tests);
            let (by, reason) = (baseline::NAME.to_owned(), entry.reason.clone());
            finding.suppression = Some(Suppression { by, in_source: false, reason });
            gathered.suppressed.push(finding);
        }
    }

    fn notify(&self, baseline: &Baseline, used: &Used, gathered: &mut Gathered) {
        let options = &self.scanner.options;
        let file =
            options.baseline.as_deref().map(|path| super::shown(path, &options.base)).unwrap_or_default();
        for &at in &used.expired {
            let entry = baseline.entry(at);
            let expires = entry.expires.map(|day| day.to_string()).unwrap_or_default();
            let owner = entry.owner.as_deref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
            gathered.ledger.notices.push(format!(
                "{file}:{}: the entry for {} expired on {expires}{owner}; its finding is reported again",
                baseline.line(at),
                entry.path
            ));
        }
        // What was not read says nothing about its entries.
        let failed: BTreeSet<&str> =
            gathered.ledger.failures.iter().map(|failure| failure.path.as_str()).collect();
        let is_unread = |at: &usize| {
            failed.iter().any(|path| {
                baseline.entry_path(&self.base, path).as_deref() == Some(&baseline.entry(*at).path)
            })
        };
        let stale: Vec<usize> =
            baseline.stale(&used.seen, &self.covered).into_iter().filter(|at| !is_unread(at)).collect();
        if stale.is_empty() {
            return;
        }
        let mut lines: Vec<String> =
            stale.iter().take(LISTED).map(|at| baseline.line(*at).to_string()).collect();
        if stale.len() > LISTED {
            lines.push("…".to_owned());
        }
        gathered.ledger.notices.push(format!(
            "{file}: entries that match nothing any more: {} (lines {}); `secretscan baseline update` drops them",
            stale.len(),
            lines.join(", ")
        ));
    }
}

/// Positions of entries, and what they silenced.
#[derive(Default)]
struct Used {
    /// That cover something that was found.
    seen: BTreeSet<usize>,
    /// Of these, the expired ones.
    expired: BTreeSet<usize>,
    /// Path and first byte of what was silenced, for explanations.
    places: BTreeSet<(String, u64)>,
}
