//! A finding as a SARIF result.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, Region, Result as SarifResult,
    ResultLevel, Suppression,
};

use super::{bag, cut, literal};
use crate::candidate::encoded::chain;
use crate::finding::{self, Companion, Finding, Severity};
use crate::report::json::{Verification, confidence};
use crate::report::location::{OneLine, Place};
use crate::report::redact::{Redactor, printable};
use crate::report::{Report, sentence};

/// Names longer than this say no more in a message.
const MAX_KEY: usize = 120;

pub(super) fn result(
    report: &Report<'_>,
    finding: &Finding,
    rule_index: i64,
    redactor: &Redactor<'_>,
) -> SarifResult {
    let uri = Place::new(&redactor.path(&finding.origin.path), &report.options.base_directory).uri();
    let at = OneLine::utf16(finding);
    let region = Region::builder()
        .start_line(signed(at.line))
        .start_column(signed(at.start_column))
        .end_line(signed(at.line))
        .end_column(signed(at.end_column))
        .build();
    let place = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).build())
        .region(region)
        .build();
    let mut properties = bag(
        Vec::new(),
        [
            ("class", json!(finding.verdict.class)),
            ("confidence", json!(confidence(finding.verdict.probability))),
            ("decidedBy", json!(finding.verdict.by)),
            ("reason", json!(finding.verdict.reason)),
            ("context", json!(finding.context)),
            ("lastLine", json!(finding.location.end_line)),
        ],
    );
    if let Some(commit) = &finding.origin.commit {
        properties.additional_properties.insert("commit".to_owned(), json!(redactor.text(commit)));
    }
    if let Some(verification) = Verification::of(finding) {
        properties.additional_properties.insert("verification".to_owned(), json!(verification));
    }
    let facts = redactor.facts(finding);
    if !facts.is_empty() {
        properties.additional_properties.insert("facts".to_owned(), json!(facts));
    }
    if report.options.show_secrets {
        properties.additional_properties.insert("secret".to_owned(), json!(redactor.secret(&finding.secret)));
    }
    if let Some(encoded) = &finding.encoded {
        properties.additional_properties.insert("decoded".to_owned(), json!(encoded.by));
    }
    let mut location = Location::builder().physical_location(place).build();
    if let Some(cell) = finding.cell {
        let cell = LogicalLocation::builder().name(cell.to_string()).kind("notebookCell").build();
        location.logical_locations = Some(vec![cell]);
    }
    let related = related(report, finding, redactor);
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.id.clone())
        .rule_index(rule_index)
        .level(match finding.severity {
            Severity::Error => ResultLevel::Error,
            Severity::Warning => ResultLevel::Warning,
            Severity::Note => ResultLevel::Note,
        })
        .message(Message::builder().text(message(finding, redactor)).build())
        .locations(vec![location])
        .partial_fingerprints(fingerprints(finding))
        .properties(properties)
        .build();
    result.related_locations = Some(related).filter(|related| !related.is_empty());
    // Of all results or of none (section 3.27.23); an empty list says that nothing silenced this one.
    if !report.suppressed.is_empty() {
        let suppressions = finding.suppression.iter().map(|by| suppression(by, redactor));
        result.suppressions = Some(suppressions.collect());
    }
    result
}

/// The places of the companions, each on its first line.
fn related(report: &Report<'_>, finding: &Finding, redactor: &Redactor<'_>) -> Vec<Location> {
    let uri = Place::new(&redactor.path(&finding.origin.path), &report.options.base_directory).uri();
    let location = |(companion, id): (&Companion, i64)| {
        let at = &companion.location;
        let region = Region::builder()
            .start_line(signed(at.start_line))
            .start_column(signed(at.start_column_utf16))
            .end_line(signed(at.start_line))
            .end_column(signed(at.first_line_end_utf16))
            .build();
        let place = PhysicalLocation::builder()
            .artifact_location(ArtifactLocation::builder().uri(uri.clone()).build())
            .region(region)
            .build();
        let message = literal(&sentence(&format!("{} {}", companion.name, redactor.companion(companion))));
        Location::builder()
            .id(id)
            .physical_location(place)
            .message(Message::builder().text(message).build())
            .build()
    };
    finding.companions.iter().zip(1..).map(location).collect()
}

/// Section 3.35: where it was silenced, and why.
fn suppression(by: &finding::Suppression, redactor: &Redactor<'_>) -> Suppression {
    let why = by.reason.as_deref().map(|reason| format!(": {}", redactor.text(reason))).unwrap_or_default();
    Suppression::builder()
        .kind(if by.in_source { "inSource" } else { "external" })
        .status("accepted")
        .justification(printable(&format!("{}{why}", by.by)).into_owned())
        .build()
}

/// The first sentence is the alert's title; then the reason, who decided, and the name.
fn message(finding: &Finding, redactor: &Redactor<'_>) -> String {
    let rule = &finding.rule;
    let title = if rule.description.is_empty() { &rule.id } else { &rule.description };
    let why = format!(
        "Why: {} (probability {:.2}).",
        finding.verdict.reason.describe(),
        confidence(finding.verdict.probability)
    );
    let mut message = vec![literal(&sentence(title)), why];
    if let Some(key) = &finding.key {
        message.push(format!("Name: '{}'.", literal(&cut(&redactor.text(key), MAX_KEY))));
    }
    if let Some(cell) = finding.cell {
        message.push(sentence(&format!("In {cell}")));
    }
    if let Some(encoded) = &finding.encoded {
        message.push(format!("Decoded: {}.", chain(&encoded.by)));
    }
    for companion in &finding.companions {
        let value = cut(&redactor.companion(companion), MAX_KEY);
        message.push(literal(&sentence(&format!("With {} {value}", companion.name))));
    }
    if let Some(verification) = &finding.verification {
        message.push(literal(&sentence(&redactor.text(&verification.to_string()))));
    }
    if !rule.remediation.is_empty() {
        message.push(literal(&sentence(&rule.remediation)));
    }
    message.join(" ")
}

/// Code scanning matches alerts by `primaryLocationLineHash` alone; the other is ours and survives every edit.
fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let ours = ("secretscan/v1".to_owned(), finding.fingerprint.to_string());
    let line = finding.line_hash.iter().map(|hash| ("primaryLocationLineHash".to_owned(), hash.clone()));
    line.chain([ours]).collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
