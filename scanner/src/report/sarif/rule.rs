//! A rule as code scanning wants it: title, help, severity, precision, tags.

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, ReportingConfiguration, ReportingDescriptor};

use super::{bag, cut, level, text};
use crate::finding::Severity;
use crate::report::{ToolInfo, sentence};
use crate::rule::{Detector, Kind, Rule};

/// Characters that code scanning takes for a rule's name and for each of its descriptions.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 1024;

/// Describes a rule; no member is empty.
pub(super) fn descriptor(rule: &Rule, tool: &ToolInfo) -> ReportingDescriptor {
    let title = if rule.description.is_empty() { rule.id.as_str() } else { rule.description.as_str() };
    let short = sentence(title);
    let full = format!("{short} {}", exposure(rule.kind));
    let mut descriptor = ReportingDescriptor::builder()
        .id(rule.id.clone())
        .name(cut(&pascal_case(&rule.id), MAX_NAME))
        .short_description(text(&short, MAX_DESCRIPTION))
        .full_description(text(&full, MAX_DESCRIPTION))
        .help(help(rule, &full))
        .default_configuration(ReportingConfiguration::builder().level(json!(level(rule.severity))).build())
        .properties(bag(
            tags(rule.kind),
            [("precision", json!(precision(rule.detector))), ("security-severity", json!(severity(rule)))],
        ))
        .build();
    // The provider's documentation, or this program's.
    descriptor.help_uri =
        rule.references.iter().find_map(|url| uri(url)).or_else(|| uri(&tool.information_uri));
    descriptor
}

/// `url` if it is one that a viewer can open.
pub(super) fn uri(url: &str) -> Option<String> {
    (url.starts_with("https://") || url.starts_with("http://")).then(|| url.to_owned())
}

/// What whoever finds it can do.
fn exposure(kind: Kind) -> &'static str {
    match kind {
        Kind::Password | Kind::Login => {
            "Whoever can read the code can log in with it, and it stays in the history when the line is removed."
        }
        Kind::PrivateKey => {
            "Whoever can read the code can decrypt, sign or log in with it, and it stays in the history when the \
             file is removed."
        }
        Kind::PasswordHash => "Whoever can read the code can try passwords against it without being noticed.",
        Kind::ApiKey | Kind::Token | Kind::ConnectionString | Kind::Webhook | Kind::Generic => {
            "Whoever can read the code can use it, and it stays in the history when the line is removed."
        }
    }
}

fn help(rule: &Rule, full: &str) -> MultiformatMessageString {
    let remedy = if rule.remediation.is_empty() {
        "Revoke the credential where it was issued, put a new one into a secret store and read it at run time."
            .to_owned()
    } else {
        sentence(&rule.remediation)
    };
    let quiet = "If it is harmless, say so on the line with a comment `secretscan:allow` and a reason, or add its \
         fingerprint to the baseline.";
    let links = rule.references.iter().fold(String::new(), |links, url| format!("{links}\n- <{url}>"));
    let plain_links = rule.references.iter().fold(String::new(), |links, url| format!("{links} {url}"));
    let markdown = format!(
        "{full}\n\n**What to do.** {remedy} Removing the line is not enough: it was public to all who could read \
         it.\n\n**Not a secret?** {quiet}\n{}",
        if links.is_empty() { String::new() } else { format!("\n**References**\n{links}\n") }
    );
    let plain = format!(
        "{full} {remedy} Removing the line is not enough. {}{}",
        quiet.replace('`', "'"),
        if plain_links.is_empty() { String::new() } else { format!(" See{plain_links}") }
    );
    MultiformatMessageString::builder().text(plain).markdown(markdown).build()
}

/// How often a finding of such a rule is right; orders alerts in code scanning.
fn precision(detector: Detector) -> &'static str {
    match detector {
        Detector::Token | Detector::Key => "very-high",
        Detector::Structural | Detector::Keyword => "high",
        Detector::Assignment => "medium",
        Detector::Entropy => "low",
    }
}

/// A score as in CVSS: above 9 critical, from 7 high, from 4 medium, below low.
fn severity(rule: &Rule) -> &'static str {
    match (rule.severity, rule.detector) {
        (Severity::Error, Detector::Token | Detector::Key) => "9.5",
        (Severity::Error, _) => "8.0",
        (Severity::Warning, _) => "5.5",
        (Severity::Note, _) => "2.0",
    }
}

/// `security` first (without it an alert is no security alert); CWE-798 is the use of hard-coded credentials,
/// CWE-259 of a hard-coded password, CWE-321 of a hard-coded cryptographic key.
fn tags(kind: Kind) -> Vec<String> {
    let narrower = match kind {
        Kind::Password | Kind::Login => Some("external/cwe/cwe-259"),
        Kind::PrivateKey => Some("external/cwe/cwe-321"),
        _ => None,
    };
    let kind = kind.to_string();
    let tags = ["security", "secret", &kind, "external/cwe/cwe-798"];
    tags.into_iter().chain(narrower).map(str::to_owned).collect()
}

/// `github-token` becomes `GithubToken`, as the standard wants names.
fn pascal_case(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| word.split_at_checked(1))
        .map(|(first, rest)| first.to_ascii_uppercase() + rest)
        .collect()
}
