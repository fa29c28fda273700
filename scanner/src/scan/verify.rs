//! The last step, if the user asks for it: the providers say which tokens are live.

use std::collections::BTreeMap;

use super::Progress;
use crate::finding::{Finding, Severity};
use crate::ledger::Ledger;
use crate::verification::{Question, Standing};
#[cfg(feature = "verify")]
pub(super) use crate::verify::Verifier;

/// Stands in for the client in a build without it. There is none.
#[cfg(not(feature = "verify"))]
#[derive(Debug)]
pub(super) enum Verifier {}

#[cfg(not(feature = "verify"))]
impl Verifier {
    pub(super) fn new(
        _: crate::verification::VerifyOptions,
    ) -> Result<Self, crate::verification::VerifyError> {
        Err(crate::verification::VerifyError::Unavailable)
    }

    fn verify(&self, _: &[Question<'_>]) -> Vec<crate::verification::Verification> {
        match *self {}
    }

    fn trouble(&self) -> Option<String> {
        match *self {}
    }
}

/// Asks about every token once, however often it was found, and sets what follows for its findings.
pub(super) fn verify(
    verifier: &Verifier,
    findings: &mut [Finding],
    ledger: &mut Ledger,
    progress: &dyn Progress,
) {
    let mut places: BTreeMap<(&str, &[u8]), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| is_asked_about(finding)) {
        places.entry((finding.rule.id.as_str(), finding.secret.expose())).or_default().push(at);
    }
    let places: Vec<Vec<usize>> = places.into_values().collect();
    let questions: Vec<Question<'_>> = places
        .iter()
        .filter_map(|places| {
            let first = &findings[places[0]];
            Some(Question { template: first.rule.verify.as_ref()?, secret: &first.secret })
        })
        .collect();
    if questions.is_empty() {
        return;
    }
    progress.verifying(questions.len());
    let answers = verifier.verify(&questions);
    for (places, answer) in places.iter().zip(answers) {
        *ledger.verified.entry(answer.standing).or_default() += 1;
        for &at in places {
            findings[at].severity = severity(findings[at].severity, answer.standing);
            findings[at].verification = Some(answer.clone());
        }
    }
    ledger.notices.extend(verifier.trouble());
}

/// Only what has a provider's own format is sent to that provider; it was judged before.
fn is_asked_about(finding: &Finding) -> bool {
    finding.rule.detector.is_structured() && finding.rule.verify.is_some()
}

/// A live token is as bad as it gets, wherever it stands. A dead one is one step less, and still reported: it was
/// leaked, and whoever asked may have asked the wrong installation.
fn severity(found: Severity, standing: Standing) -> Severity {
    match (standing, found) {
        (Standing::Live, _) => Severity::Error,
        (Standing::Dead, Severity::Error) => Severity::Warning,
        (Standing::Dead, _) => Severity::Note,
        (Standing::Unknown, found) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_is_the_highest_and_dead_one_step_lower() {
        use Severity::{Error, Note, Warning};
        for (found, live, dead) in [(Error, Error, Warning), (Warning, Error, Note), (Note, Error, Note)] {
            assert_eq!(severity(found, Standing::Live), live);
            assert_eq!(severity(found, Standing::Dead), dead);
            assert_eq!(severity(found, Standing::Unknown), found);
        }
    }
}
