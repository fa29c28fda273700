//! Synthetic findings. Values are put together here, so that no file of this repository holds what looks like a
//! working token.

use std::ops::Range;
use std::sync::Arc;

use secretscan::finding::{Class, Context, Decider, Finding, Severity, Snippet, Suppression, Verdict};
use secretscan::fingerprint::Fingerprint;
use secretscan::ledger::{Failure, JudgeInfo, Ledger, SkipReason};
use secretscan::line_hash::line_hashes;
use secretscan::location::{Base, LineIndex};
use secretscan::reason::Reason;
use secretscan::report::{self, Format, Options, Report, ToolInfo};
use secretscan::rule::{Detector, Kind, Rule};
use secretscan::secret::Secret;
use secretscan::source::Origin;

/// All formats.
pub(crate) const FORMATS: [Format; 10] = [
    Format::Text,
    Format::Json,
    Format::Jsonl,
    Format::Sarif,
    Format::Github,
    Format::Csv,
    Format::Junit,
    Format::Gitlab,
    Format::Markdown,
    Format::Html,
];

/// A token in a made-up format.
pub(crate) fn token(last: &str) -> String {
    ["exmpl", "_", "4b8Kq2Zt", "9LmWx7Pd", last].concat()
}

pub(crate) fn rule(
    id: &str,
    description: &str,
    kind: Kind,
    severity: Severity,
    detector: Detector,
) -> Arc<Rule> {
    Arc::new(Rule {
        family: "example".to_owned(),
        provider: "Example".to_owned(),
        description: description.to_owned(),
        severity,
        remediation: "Revoke it in the console under Tokens".to_owned(),
        references: vec!["https://docs.example.com/tokens".to_owned()],
        ..Rule::bare(id, kind, detector)
    })
}

pub(crate) fn token_rule() -> Arc<Rule> {
    rule("example-token", "An Example access token", Kind::Token, Severity::Error, Detector::Token)
}

pub(crate) fn password_rule() -> Arc<Rule> {
    rule("generic-password", "a password in code", Kind::Password, Severity::Error, Detector::Assignment)
}

/// The bytes `at` of the file `text`, as the driver would report them.
pub(crate) fn at(rule: &Arc<Rule>, path: &str, text: &[u8], at: Range<usize>) -> Finding {
    let index = LineIndex::new(text, Base::default());
    let location = index.locate(text, at.clone());
    let span = index.line_span(text, at.start);
    let highlight = at.start - span.start..at.end.min(span.end) - span.start;
    let secret = Secret::new(&text[at]);
    Finding {
        rule: Arc::clone(rule),
        also: Vec::new(),
        encoded: None,
        companions: Vec::new(),
        key: None,
        cell: None,
        origin: Arc::new(Origin { path: path.to_owned(), ..Origin::default() }),
        snippet: Snippet {
            line: Secret::new(&text[span]),
            cut: (false, false),
            hidden: vec![highlight.clone()],
            highlight,
        },
        verdict: Verdict {
            class: Class::Leak,
            by: Decider::Rule,
            reason: Reason::ProviderFormat,
            probability: 0.99,
        },
        proof: secretscan::candidate::Proof::None,
        severity: rule.severity,
        context: Context::default(),
        fingerprint: Fingerprint::new(b"", &rule.family, &secret),
        line_hash: line_hashes(text, [location.start_line]).into_values().next(),
        verification: None,
        facts: Vec::new(),
        material: None,
        suppression: None,
        location,
        secret,
    }
}

/// The first `value` in `text`.
pub(crate) fn of(rule: &Arc<Rule>, path: &str, text: &str, value: &str) -> Finding {
    let start = text.find(value).expect("the value stands in the text");
    at(rule, path, text.as_bytes(), start..start + value.len())
}

/// One finding of each severity, among them one over several lines and one in history.
pub(crate) fn some() -> Vec<Finding> {
    let token = token("AbCd");
    let text = format!("import os\n\nclient = Client(\"{token}\")  # production\n");
    let mut leak = of(&token_rule(), "src/client.py", &text, &token);
    leak.key = Some("client".to_owned());
    leak.also = vec!["high-entropy-string".to_owned()];

    let mut weak = of(&password_rule(), "./tests/login test.py", "\tpassword: 'hunter2'\n", "hunter2");
    weak.severity = Severity::Warning;
    weak.key = Some("password".to_owned());
    weak.verdict = Verdict {
        class: Class::Weak,
        by: Decider::Heuristic,
        reason: Reason::WeakCredential,
        probability: 0.7351,
    };
    weak.context = Context { test: true, ..Context::default() };

    let armour = |word: &str| ["-----", word, " EXAMPLE KEY-----"].concat();
    let key = format!("{}\nbm90IGEga2V5\n{}", armour("BEGIN"), armour("END"));
    let key_rule =
        rule("private-key", "An unencrypted private key", Kind::PrivateKey, Severity::Error, Detector::Key);
    let mut key = of(&key_rule, "deploy/schlüssel.pem", &key, &key);
    key.verdict.reason = Reason::PrivateKey;
    key.severity = Severity::Note;

    let mut old = of(&token_rule(), "old/client.py", &text, &token);
    old.origin = Arc::new(Origin {
        path: "old/client.py".to_owned(),
        commit: Some("0123abcd".repeat(5)),
        author: Some("Ada <ada@example.org>".to_owned()),
        date: Some("2026-01-02T03:04:05+00:00".to_owned()),
        blob: Some("4567ef01".repeat(5)),
    });
    old.line_hash = None;
    vec![leak, weak, key, old]
}

pub(crate) fn ledger() -> Ledger {
    Ledger {
        source: "files".to_owned(),
        blobs: 1234,
        bytes: 5_678_901,
        binary_blobs: 3,
        skipped: [(SkipReason::Media, 2), (SkipReason::Symlink, 1)].into(),
        candidates: 321,
        safe: [(Reason::Placeholder, 300), (Reason::Reference, 17)].into(),
        suppressed: [("inline tag".to_owned(), 1)].into(),
        rules: 312,
        rules_sha256: "ab12cd34".repeat(8),
        judge: JudgeInfo {
            mode: "auto".to_owned(),
            name: "heuristic".to_owned(),
            model_sha256: None,
            notice: Some("built without the language model".to_owned()),
        },
        ..Ledger::default()
    }
}

pub(crate) fn failure(path: &str) -> Failure {
    Failure {
        path: path.to_owned(),
        cause: "permission denied".to_owned(),
        remedy: "Run the scan as a user who may read it".to_owned(),
    }
}

pub(crate) fn incomplete_ledger() -> Ledger {
    Ledger {
        failures: vec![failure("data/locked.db"), failure("odd {name}, 100%\n::error::x")],
        notices: vec!["vendor/lib is a submodule".to_owned()],
        ..ledger()
    }
}

/// The findings of [`some`], the first silenced by the baseline, the second by a tag.
pub(crate) fn partly_silenced() -> Vec<Finding> {
    let mut findings = some();
    let by = |by: &str, in_source: bool, reason: Option<&str>| {
        Some(Suppression { by: by.to_owned(), in_source, reason: reason.map(str::to_owned) })
    };
    findings[0].suppression = by("baseline", false, Some("used in {0} [tests] only"));
    findings[1].suppression = by("secretscan:allow", true, None);
    findings
}

pub(crate) fn options() -> Options {
    Options { base_directory: "/work/repo".to_owned(), ..Options::default() }
}

pub(crate) fn bytes(format: Format, findings: &[Finding], ledger: &Ledger, options: &Options) -> Vec<u8> {
    let tool = ToolInfo {
        name: "secretscan".to_owned(),
        version: "1.2.3".to_owned(),
        information_uri: "https://example.com/secretscan".to_owned(),
    };
    let mut out = Vec::new();
    let silenced = |finding: &Finding| finding.suppression.is_some();
    let (suppressed, findings): (Vec<Finding>, Vec<Finding>) = findings.iter().cloned().partition(silenced);
    let report = Report { tool: &tool, ledger, findings: &findings, suppressed: &suppressed, options };
    report::write(format, &report, &mut out).expect("memory takes everything");
    out
}

/// The report as text; every format is UTF-8.
pub(crate) fn written(format: Format, findings: &[Finding], ledger: &Ledger, options: &Options) -> String {
    String::from_utf8(bytes(format, findings, ledger, options)).expect("reports are UTF-8")
}
