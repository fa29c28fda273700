//! JUnit XML, for CI systems that show test results and nothing else. It keeps to the schema of Jenkins (`junit-10.xsd`),
//! which is what test runners agree on.
//!
//! - A finding is a test case with a `failure`, whatever its severity (its type).
//! - Something that was not scanned is one with an `error`.
//! - A reason to leave something out is one `skipped` test case, with the count.
//! - One test case more says that everything was scanned, so that a clean report is not empty, which CI systems take
//!   for a broken one.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::json::confidence;
use super::redact::{Redactor, printable};
use super::{Report, coverage};
use crate::finding::Finding;

/// Name of the suite, and of the class of test cases that are no file's.
const SUITE: &str = "secretscan";

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let ledger = redactor.ledger(report.ledger);
    let findings = report.findings.len();
    let errors = ledger.failures.len();
    let skipped = ledger.skipped.len();
    let whole = usize::from(ledger.complete());
    let counts = [
        ("tests", (findings + errors + skipped + whole).to_string()),
        ("failures", findings.to_string()),
        ("errors", errors.to_string()),
    ];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    let skipped = skipped.to_string();

    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = xml.create_element("testsuites").with_attribute(("name", SUITE));
    suites.with_attributes(counts.iter().copied()).write_inner_content(|xml| {
        let suite = xml.create_element("testsuite").with_attribute(("name", SUITE));
        let suite =
            suite.with_attributes(counts.iter().copied()).with_attribute(("skipped", skipped.as_str()));
        suite.write_inner_content(|xml| {
            for finding in report.sorted() {
                write_finding(finding, &redactor, xml)?;
            }
            for failure in &ledger.failures {
                let told = Told { element: "error", kind: "not-scanned", message: &failure.cause };
                case(xml, &failure.path, "could not be scanned", Some((told, &failure.remedy)))?;
            }
            for (reason, &count) in &ledger.skipped {
                let message = format!("left out: {count}");
                let told = Told { element: "skipped", kind: "", message: &message };
                case(xml, SUITE, &format!("skipped: {}", coverage::name(reason)), Some((told, "")))?;
            }
            if ledger.complete() {
                case(xml, SUITE, "everything was scanned", None)?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    out.write_all(b"\n")
}

/// Why a test case did not pass.
#[derive(Clone, Copy)]
struct Told<'a> {
    element: &'static str,
    kind: &'a str,
    message: &'a str,
}

fn write_finding<W: io::Write>(
    finding: &Finding,
    redactor: &Redactor<'_>,
    xml: &mut Writer<W>,
) -> io::Result<()> {
    let at = &finding.location;
    let rule = &finding.rule;
    let path = redactor.path(&finding.origin.path);
    let name = format!("{} [{}] at {}:{}", rule.description, rule.id, at.start_line, at.start_column);
    let why = finding.verdict.reason.describe();
    let mut lines = vec![
        format!("place: {}:{}:{}", printable(&path), at.start_line, at.start_column),
        format!("why: {why} (probability {:.2})", confidence(finding.verdict.probability)),
        format!("value: {}", printable(&redactor.secret(&finding.secret))),
    ];
    let named = |name: &str, text: &str| format!("{name}: {}", printable(&redactor.text(text)));
    lines.extend(finding.key.as_deref().map(|key| named("name", key)));
    lines.extend(finding.verification.as_ref().map(|it| named("verified", &it.to_string())));
    lines.extend(finding.origin.commit.as_deref().map(|id| named("commit", id)));
    lines.extend(finding.origin.author.as_deref().map(|who| named("author", who)));
    lines.extend(finding.origin.date.as_deref().map(|date| named("date", date)));
    lines.push(format!("fingerprint: {}", finding.fingerprint));
    if !rule.remediation.is_empty() {
        lines.push(format!("help: {}", rule.remediation));
    }
    let severity = finding.severity.to_string();
    let message = format!("{}: {why}", finding.verdict.class);
    let told = Told { element: "failure", kind: &severity, message: &message };
    case(xml, &path, &name, Some((told, &lines.join("\n"))))
}

fn case<W: io::Write>(
    xml: &mut Writer<W>,
    class: &str,
    name: &str,
    told: Option<(Told<'_>, &str)>,
) -> io::Result<()> {
    let (class, name) = (legal(&printable(class)), legal(&printable(name)));
    let case = xml.create_element("testcase");
    let case = case.with_attributes([("classname", class.as_str()), ("name", &name), ("time", "0")]);
    let Some((Told { element, kind, message }, text)) = told else {
        case.write_empty()?;
        return Ok(());
    };
    case.write_inner_content(|xml| {
        let message = legal(&printable(message));
        let mut element = xml.create_element(element).with_attribute(("message", message.as_str()));
        if !kind.is_empty() {
            element = element.with_attribute(("type", kind));
        }
        if text.is_empty() {
            element.write_empty()?;
        } else {
            // Line breaks are ours; everything else was made printable.
            let lines: Vec<_> = text.split('\n').map(|line| legal(&printable(line))).collect();
            element.write_text_content(BytesText::new(&lines.join("\n")))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Without the characters that XML 1.0 has no way to write (section 2.2) and that are printable elsewhere.
fn legal(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::legal;

    #[test]
    fn what_xml_cannot_write_is_replaced() {
        assert_eq!(legal("a\u{ffff}b\u{fffe}"), "a\u{fffd}b\u{fffd}");
    }
}
