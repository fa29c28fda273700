//! The last step, if the user asks for it: the providers say which tokens are live.

use std::collections::BTreeMap;

use super::Progress;
use crate::finding::{Companion, Finding, Severity};
use crate::ledger::Ledger;
use crate::rule::Template;
use crate::secret::Secret;
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

/// Asks about every token (with its companions) once, however often it was found, and sets what follows for its findings.
pub(super) fn verify(
    verifier: &Verifier,
    findings: &mut [Finding],
    ledger: &mut Ledger,
    progress: &dyn Progress,
) {
    type Asked<'a> = (&'a str, &'a Secret, BTreeMap<&'a str, &'a Secret>);
    let mut asked: BTreeMap<Asked<'_>, (&Template, Vec<usize>)> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(template) = &finding.rule.verify else { continue };
        let key = (finding.rule.id.as_str(), &finding.secret, companions(finding, template));
        asked.entry(key).or_insert_with(|| (template, Vec::new())).1.push(at);
    }
    let (questions, places): (Vec<Question<'_>>, Vec<Vec<usize>>) = asked
        .into_iter()
        .map(|((_, secret, companions), (template, places))| {
            (Question { template, secret, companions }, places)
        })
        .unzip();
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

/// The companions that the template names: of several of one name the nearest, as the finding was put together, and of
/// two equally near the first.
fn companions<'f>(finding: &'f Finding, template: &'f Template) -> BTreeMap<&'f str, &'f Secret> {
    let token = &finding.location.bytes;
    let distance = |companion: &&Companion| {
        let at = &companion.location.bytes;
        token.start.saturating_sub(at.end).max(at.start.saturating_sub(token.end))
    };
    let nearest = |name| {
        let named = finding.companions.iter().filter(|companion| companion.name == name);
        Some((name, &named.min_by_key(distance)?.value))
    };
    template.companions().into_iter().filter_map(nearest).collect()
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
