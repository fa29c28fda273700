//! `secretscan rules`: lists, checks and explains rules. Examples are built afresh and always shown masked.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::finding::Severity;
use crate::nearest::nearest;
use crate::rule::check::{self, Problem, Steps};
use crate::rule::example::Recipe;
use crate::rule::{Detector, Kind, Rule, RuleSet};
use crate::secret::Secret;
use crate::text_file;

/// Arguments of `secretscan rules`.
#[derive(Debug, Clone, Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum RulesCommand {
    /// List all rules
    List {
        /// How to write the list
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
        #[command(flatten)]
        extra: ExtraRules,
    },
    /// Test every rule against its own examples and near misses
    Check {
        /// Also print remarks that are no errors
        #[arg(long)]
        notices: bool,
        #[command(flatten)]
        extra: ExtraRules,
    },
    /// Show everything about one rule, with masked examples
    Explain {
        /// The rule's id, as `rules list` prints it
        id: String,
        #[command(flatten)]
        extra: ExtraRules,
    },
}

/// Rule files besides the builtin ones.
#[derive(Debug, Clone, Default, Args)]
struct ExtraRules {
    /// Add the rules of this TOML file (repeatable)
    #[arg(long = "rules", value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table
    Text,
    /// One JSON array
    Json,
}

/// A rule as `rules list --format json` shows it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    family: &'a str,
    provider: &'a str,
    description: &'a str,
    kind: Kind,
    severity: Severity,
    detector: Detector,
    keywords: &'a [String],
    validator: Option<&'static str>,
    remediation: &'a str,
    references: &'a [String],
}

/// Runs the subcommand. False if `check` found errors.
///
/// # Errors
/// A rule file that cannot be read or loaded, an unknown id, or output that cannot be written.
pub fn run(args: &RulesArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    match &args.command {
        RulesCommand::List { format, extra } => {
            let set = extra.load()?;
            match format {
                ListFormat::Text => list_text(&set, out)?,
                ListFormat::Json => list_json(&set, out)?,
            }
            Ok(true)
        }
        RulesCommand::Check { notices, extra } => {
            let set = extra.load()?;
            report_problems(&set, &check::check(&set), *notices, out)
        }
        RulesCommand::Explain { id, extra } => {
            let set = extra.load()?;
            let Some(rule) = set.get(id) else {
                let suggestion = nearest(id, set.rules().iter().map(|rule| rule.id.as_str()));
                let hint = suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                bail!("there is no rule `{id}`{hint} (`secretscan rules list` shows all)");
            };
            explain(rule, out)?;
            Ok(true)
        }
    }
}

impl ExtraRules {
    fn load(&self) -> anyhow::Result<RuleSet> {
        self.files.iter().try_fold(RuleSet::builtin(), |set, file| add_file(&set, file))
    }
}

fn add_file(set: &RuleSet, file: &Path) -> anyhow::Result<RuleSet> {
    let name = file.display().to_string();
    let text = text_file::read(file).with_context(|| format!("cannot read the rule file {name}"))?;
    Ok(set.with_extra(&text, &name)?)
}

fn list_text(set: &RuleSet, out: &mut dyn Write) -> std::io::Result<()> {
    let id_width = set.rules().iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    writeln!(out, "{:id_width$}  {:17}  {:8}  {:10}  PROVIDER", "ID", "KIND", "SEVERITY", "DETECTOR")?;
    for rule in set.rules() {
        let provider = if rule.provider.is_empty() { "-" } else { &rule.provider };
        writeln!(
            out,
            "{:id_width$}  {:17}  {:8}  {:10}  {provider}",
            rule.id, rule.kind, rule.severity, rule.detector
        )?;
    }
    Ok(())
}

fn list_json(set: &RuleSet, out: &mut dyn Write) -> anyhow::Result<()> {
    let listed: Vec<Listed<'_>> = set
        .rules()
        .iter()
        .map(|rule| Listed {
            id: &rule.id,
            family: &rule.family,
            provider: &rule.provider,
            description: &rule.description,
            kind: rule.kind,
            severity: rule.severity,
            detector: rule.detector,
            keywords: &rule.keywords,
            validator: rule.validator.map(crate::rule::Validator::name),
            remediation: &rule.remediation,
            references: &rule.references,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &listed)?;
    writeln!(out)?;
    Ok(())
}

fn report_problems(
    set: &RuleSet,
    problems: &[Problem],
    notices: bool,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    for problem in problems.iter().filter(|problem| problem.is_error || notices) {
        writeln!(out, "{problem}")?;
    }
    let errors = problems.iter().filter(|problem| problem.is_error).count();
    let remarks = problems.len() - errors;
    writeln!(out, "{} rules checked: {errors} errors, {remarks} notices", set.rules().len())?;
    Ok(errors == 0)
}

fn explain(rule: &Rule, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{}\n{}\n", rule.id, rule.description)?;
    let field = |out: &mut dyn Write, name: &str, value: &str| {
        if value.is_empty() { Ok(()) } else { writeln!(out, "{name:12} {value}") }
    };
    field(out, "provider", &rule.provider)?;
    field(out, "family", &rule.family)?;
    field(out, "kind", &rule.kind.to_string())?;
    field(out, "severity", &rule.severity.to_string())?;
    field(out, "detector", &rule.detector.to_string())?;
    field(out, "keywords", &rule.keywords.join(", "))?;
    if let Some(pattern) = &rule.pattern {
        field(out, "pattern", pattern.source())?;
        field(out, "reach", &format!("{} bytes", rule.reach))?;
        if let Some(steps) = check::Steps::of(rule) {
            let Steps { states, window } = steps;
            let bound =
                format!("at most {} steps a keyword ({states} states on {window} bytes)", steps.most());
            field(out, "cost", &bound)?;
        }
    }
    if let Some(least) = rule.min_entropy {
        field(out, "min entropy", &format!("{least} bits per byte"))?;
    }
    field(out, "validator", rule.validator.map_or("", crate::rule::Validator::name))?;
    if let Some(template) = &rule.verify {
        let companions: Vec<&str> = template.companions().into_iter().collect();
        let with = if companions.is_empty() { "" } else { ", with the companions: " };
        let asked = format!("{} {}{with}{}", template.method, template.url, companions.join(", "));
        field(out, "verify", &asked)?;
    }
    writeln!(out, "\nWhat to do: {}", rule.remediation)?;
    for reference in &rule.references {
        writeln!(out, "  {reference}")?;
    }
    let (examples, near_misses) = check::recipes(rule);
    for (title, recipes) in [("Examples", &examples), ("Near misses", &near_misses)] {
        if !recipes.is_empty() {
            writeln!(out, "\n{title} (built now, masked):")?;
        }
        for recipe in recipes {
            writeln!(out, "  {}", masked(recipe)?)?;
        }
    }
    Ok(())
}

/// The example with its secret masked.
fn masked(recipe: &Recipe) -> anyhow::Result<String> {
    let example =
        recipe.build(0).with_context(|| format!("the recipe `{}` cannot be built", recipe.template))?;
    let (before, after) =
        (&example.text[..example.secret_span.start], &example.text[example.secret_span.end..]);
    Ok(format!("{before}{}{after}", Secret::new(example.secret())))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        rules: RulesArgs,
    }

    fn output(args: &[&str]) -> anyhow::Result<(bool, String)> {
        let cli = Cli::try_parse_from(std::iter::once(&"rules").chain(args))?;
        let mut out = Vec::new();
        let fine = run(&cli.rules, &mut out)?;
        Ok((fine, String::from_utf8(out)?))
    }

    #[test]
    fn the_list_has_a_line_for_every_rule() {
        let (_, text) = output(&["list"]).expect("a list");
        assert_eq!(text.lines().count(), RuleSet::builtin().rules().len() + 1);
        assert!(text.lines().any(|line| line.starts_with("generic-password ") && line.ends_with("  -")));
        assert!(text.lines().any(|line| line.starts_with("github-") && line.ends_with("  GitHub")));
    }

    #[test]
    fn the_json_list_has_the_same_rules() {
        let (_, text) = output(&["list", "--format", "json"]).expect("a list");
        let listed: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        assert_eq!(listed.len(), RuleSet::builtin().rules().len());
        let rule = listed.iter().find(|rule| rule["id"] == "npm-access-token").expect("the rule");
        assert_eq!((rule["kind"].as_str(), rule["detector"].as_str()), (Some("token"), Some("token")));
        assert_eq!(rule["validator"].as_str(), Some("crc32-base62"));
    }

    #[test]
    fn an_explanation_shows_no_whole_example() {
        let rule = RuleSet::builtin();
        let rule = rule.get("github-personal-access-token").expect("the rule");
        let (_, text) = output(&["explain", &rule.id]).expect("an explanation");
        assert!(text.contains("ghp_********") && text.contains(&rule.remediation));
        for recipe in rule.examples.iter().chain(&rule.near_misses) {
            let example = recipe.build(0).expect("a good recipe");
            assert!(!text.contains(std::str::from_utf8(example.secret()).expect("ASCII")));
        }
    }

    #[test]
    fn an_explanation_says_who_is_asked_with_what() {
        for (rule, line) in [
            ("npm-access-token", "https://registry.npmjs.org/-/whoami\n"),
            (
                "aws-secret-access-key",
                "POST https://sts.us-east-1.amazonaws.com/, with the companions: access key id, session token\n",
            ),
            ("twilio-auth-token", "/{{account SID}}.json, with the companions: account SID\n"),
        ] {
            let (_, text) = output(&["explain", rule]).expect("an explanation");
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn an_unknown_id_is_an_error_with_a_suggestion() {
        let error = output(&["explain", "github-personal-access-tokem"]).expect_err("an unknown id");
        assert!(error.to_string().contains("did you mean `github-personal-access-token`?"), "{error}");
    }

    #[test]
    fn a_users_file_is_checked_with_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("acme.toml");
        let rule = |examples: &str| {
            format!(
                "family = \"acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"Acme token\"\nkind = \"token\"\n\
                 severity = \"error\"\ndetector = \"token\"\nkeywords = [\"acme_\"]\npattern = '\\bacme_[0-9a-f]{{8}}\\b'\n\
                 remediation = \"Revoke it\"\n{examples}near_misses = [\"acme_{{hex:7}}\"]\n"
            )
        };
        let path = file.to_str().expect("a plain path");
        std::fs::write(&file, rule("examples = [\"acme_{hex:8}\", \"k = 'acme_{hex:8}'\"]\n"))
            .expect("written");
        let (passed, text) = output(&["check", "--rules", path]).expect("a check");
        assert!(passed && text.contains(": 0 errors"), "{text}");
        std::fs::write(&file, rule("examples = [\"acme_{hex:9}\", \"acme_{hex:8}\"]\n")).expect("written");
        let (passed, text) = output(&["check", "--rules", path]).expect("a check");
        assert!(
            !passed && text.contains("error: acme-token: the example `acme_{hex:9}` is not found"),
            "{text}"
        );
        std::fs::write(&file, rule("").replace("kind", "kinds")).expect("written");
        let error = output(&["check", "--rules", path]).expect_err("a refused file");
        assert!(error.to_string().contains("acme.toml:5:1: unknown key `kinds`"), "{error}");
    }
}
