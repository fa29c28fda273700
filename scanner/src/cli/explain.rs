//! `secretscan explain`: a decision with its grounds, found again by fingerprint or by place.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::bail;

use super::args::ExplainArgs;
use super::progress::Spinner;
use super::{is_broken_pipe, settings};
use crate::candidate::encoded::chain;
use crate::exit::Exit;
use crate::report::redact::printable;
use crate::scan::Explanation;

/// What the user points at.
enum Wanted {
    Fingerprint(String),
    /// `inside` is the path in a container, if the place is in one.
    Place {
        file: PathBuf,
        inside: Option<String>,
        line: u64,
    },
}

/// Scans again and prints every matching decision. Exit code 1 if there is none.
pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let wanted = wanted(&args.what)?;
    let paths = match &wanted {
        Wanted::Fingerprint(_) => args.paths.clone(),
        Wanted::Place { file, .. } => vec![file.clone()],
    };
    let target = paths.first().cloned().unwrap_or_default();
    let mut settings = settings::resolve(&args.settings, &target, None)?;
    settings.options.explain = true;
    settings.options.inline_allow = true;
    let scanner = settings::scanner(settings.options)?;
    let spinner = Spinner::new(false);
    let outcome = scanner.paths(&paths, &spinner);
    spinner.finish();
    let matching: Vec<&Explanation> = outcome
        .explanations
        .iter()
        .filter(|explanation| match &wanted {
            Wanted::Fingerprint(start) => explanation.fingerprint.to_string().starts_with(start.as_str()),
            Wanted::Place { inside, line, .. } => {
                explanation.path.split_once("!/").map(|(_, inside)| inside) == inside.as_deref()
                    && (explanation.location.start_line..=explanation.location.end_line).contains(line)
            }
        })
        .collect();
    for failure in &outcome.ledger.failures {
        super::remark(
            false,
            &format!("secretscan: {}: {} ({})", failure.path, failure.cause, failure.remedy),
        );
    }
    let mut out = BufWriter::new(anstream::stdout().lock());
    let written = matching.iter().try_for_each(|explanation| print(explanation, &mut out));
    let written = written.and_then(|()| {
        if matching.is_empty() { writeln!(out, "nothing was considered there") } else { Ok(()) }
    });
    match written.and_then(|()| out.flush()) {
        Err(error) if !is_broken_pipe(&error) => return Err(error.into()),
        _ => {}
    }
    Ok(Exit::of_scan(outcome.ledger.complete(), matching.is_empty(), false))
}

fn wanted(what: &str) -> anyhow::Result<Wanted> {
    if what.starts_with("v1:") {
        return Ok(Wanted::Fingerprint(what.to_owned()));
    }
    if let Some((file, line)) = what.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        let (file, inside) = match file.split_once("!/") {
            Some((container, inside)) => (container, Some(inside.to_owned())),
            None => (file, None),
        };
        return Ok(Wanted::Place { file: PathBuf::from(file), inside, line });
    }
    bail!("`{what}` is neither a fingerprint (v1:…) nor a place (FILE:LINE)")
}

fn print(explanation: &Explanation, out: &mut impl Write) -> std::io::Result<()> {
    let Explanation { path, location, rule, verdict, .. } = explanation;
    writeln!(out, "{}:{}:{}", printable(path), location.start_line, location.start_column)?;
    writeln!(out, "  value        {}", explanation.secret)?;
    if let Some(key) = &explanation.key {
        writeln!(out, "  name         {}", printable(key))?;
    }
    if !explanation.decoded.is_empty() {
        writeln!(out, "  decoded      {}", chain(&explanation.decoded))?;
    }
    writeln!(out, "  fingerprint  {}", explanation.fingerprint)?;
    writeln!(out, "  rule         {} ({})", rule.id, rule.description)?;
    if !explanation.also.is_empty() {
        writeln!(out, "  also         {}", explanation.also.join(", "))?;
    }
    let (class, by) = (verdict.class, verdict.by);
    writeln!(out, "  verdict      {class}: {} ({})", verdict.reason.describe(), verdict.reason.name())?;
    writeln!(out, "  decided by   {by}, probability {:.2}", verdict.probability)?;
    for fact in &explanation.facts {
        writeln!(out, "  {:12} {}", fact.name, printable(&fact.value))?;
    }
    if let Some(by) = &explanation.suppressed {
        writeln!(out, "  silenced by  {by}")?;
    }
    if !explanation.grounds.is_empty() {
        writeln!(out, "  the score, in log-odds:")?;
        for (feature, weight) in &explanation.grounds {
            writeln!(out, "    {weight:+6.2}  {feature}")?;
        }
    }
    writeln!(out)
}
