//! What the run has to say besides results: what was not scanned, what was left out, remarks.

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, Notification, PhysicalLocation, ReportingConfiguration,
    ReportingDescriptor, ReportingDescriptorReference,
};

use super::{bag, literal, text};
use crate::ledger::Failure;
use crate::report::location::Place;
use crate::report::redact::Redactor;
use crate::report::{Report, plural, sentence};

/// Failures and remarks that are listed one by one; a report with more is about something else.
pub(super) const MAX_LISTED: usize = 1_000;

/// Findings without a result.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// They exist in history only.
    pub history: usize,
    /// There are too many.
    pub over_limit: usize,
}

/// The kinds of notifications; the discriminant is the index of the descriptor.
#[derive(Clone, Copy)]
enum Subject {
    NotScanned,
    OverLimit,
    HistoryOnly,
    Remark,
}

impl Subject {
    const ALL: [Self; 4] = [Self::NotScanned, Self::OverLimit, Self::HistoryOnly, Self::Remark];

    fn describe(self) -> Described {
        let (id, name, level, description, help) = match self {
            Self::NotScanned => (
                "not-scanned",
                "NotScanned",
                "error",
                "Something could not be scanned.",
                "Do what the message says and scan again: a secret may stand in it.",
            ),
            Self::OverLimit => (
                "over-limit",
                "OverLimit",
                "warning",
                "There are more findings than a report holds.",
                "See the JSON report, which holds all, or scan parts of the repository under a category each.",
            ),
            Self::HistoryOnly => (
                "history-only",
                "HistoryOnly",
                "note",
                "Findings in commits that the checkout does not show.",
                "See the JSON report, which holds all.",
            ),
            Self::Remark => (
                "remark",
                "ScanRemark",
                "note",
                "Something worth knowing about the scan.",
                "Nothing needs to be done.",
            ),
        };
        Described { id, name, level, description, help }
    }
}

/// What a descriptor says.
struct Described {
    id: &'static str,
    name: &'static str,
    level: &'static str,
    description: &'static str,
    help: &'static str,
}

pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    let descriptor = |subject: Subject| {
        let Described { id, name, level, description, help } = subject.describe();
        ReportingDescriptor::builder()
            .id(id)
            .name(name.to_owned())
            .short_description(text(description, description.len()))
            .full_description(text(description, description.len()))
            .help(text(help, help.len()))
            .default_configuration(ReportingConfiguration::builder().level(json!(level)).build())
            .build()
    };
    Subject::ALL.map(descriptor).into()
}

/// All notifications, failures first.
pub(super) fn all(report: &Report<'_>, redactor: &Redactor<'_>, left: &Left) -> Vec<Notification> {
    let ledger = redactor.ledger(report.ledger);
    let mut all = Vec::new();
    let base = &report.options.base_directory;
    all.extend(ledger.failures.iter().take(MAX_LISTED).map(|failure| not_scanned(failure, base)));
    all.extend(more_failures(ledger.failures.len().saturating_sub(MAX_LISTED)));
    all.extend(left_out(left));
    let remarks = ledger.judge.notice.iter().chain(&ledger.notices).take(MAX_LISTED);
    all.extend(remarks.map(|remark| notification(Subject::Remark, &sentence(remark))));
    all
}

/// Something that could not be scanned; `base` is what paths are relative to.
pub(super) fn not_scanned(failure: &Failure, base: &str) -> Notification {
    let message = format!("{}: {} {}", failure.path, sentence(&failure.cause), sentence(&failure.remedy));
    let mut notification = notification(Subject::NotScanned, &message);
    let uri = Place::new(&failure.path, base).uri();
    let place =
        PhysicalLocation::builder().artifact_location(ArtifactLocation::builder().uri(uri).build()).build();
    notification.locations = Some(vec![Location::builder().physical_location(place).build()]);
    notification
}

/// Stands for the failures beyond the limit, if there are any.
pub(super) fn more_failures(count: usize) -> Option<Notification> {
    let message =
        format!("{} could not be scanned. The JSON report lists them.", plural(count, "more thing"));
    (count > 0).then(|| counted(Subject::NotScanned, &message, count))
}

/// What did not become a result.
pub(super) fn left_out(left: &Left) -> Vec<Notification> {
    let mut all = Vec::new();
    if left.over_limit > 0 {
        let findings = plural(left.over_limit, "less severe finding");
        let message =
            format!("{findings} left out: code scanning shows 5,000 results. The JSON report has all.");
        all.push(counted(Subject::OverLimit, &message, left.over_limit));
    }
    if left.history > 0 {
        let findings = plural(left.history, "finding");
        let message = format!(
            "{findings} in history left out: code scanning cannot show them. The JSON report has all."
        );
        all.push(counted(Subject::HistoryOnly, &message, left.history));
    }
    all
}

/// A notification that stands for many things; reports that are merged add their counts.
fn counted(subject: Subject, message: &str, count: usize) -> Notification {
    let mut notification = notification(subject, message);
    notification.properties = Some(bag(Vec::new(), [("count", json!(count))]));
    notification
}

fn notification(subject: Subject, message: &str) -> Notification {
    let Described { id, level, .. } = subject.describe();
    Notification::builder()
        .descriptor(ReportingDescriptorReference::builder().id(id.to_owned()).index(subject as i64).build())
        .level(json!(level))
        .message(Message::builder().text(literal(message)).build())
        .build()
}
