//! Rules to measure with: as many as asked for, of the forms and with keywords as frequent as real ones.

use std::sync::Arc;

use secretscan::rule::{Detector, Kind, Pattern, Rule, RuleSet};

/// Prefixes that tokens have: some short enough to stand in words, most not.
const PREFIXES: &[&str] = &[
    "AKIA", "eyJ", "sk-", "pk_", "rk_", "key-", "ghp_", "glpat-", "xoxb-", "AIza", "SG.", "npm_", "hf_",
    "dop_v1_", "shpat_", "pypi-", "lin_api_", "phc_", "NRAK-", "ya29.", "EAAC", "sq0", "r8_", "gsk_", "tk_",
    "at_", "api-",
];
/// Names that stand in source code quite often.
const NAMES: &[&str] = &[
    "aws",
    "azure",
    "google",
    "github",
    "gitlab",
    "slack",
    "stripe",
    "heroku",
    "docker",
    "twitter",
    "facebook",
    "linear",
    "discord",
    "telegram",
    "datadog",
    "sentry",
    "grafana",
    "travis",
    "circle",
    "jenkins",
    "consul",
    "vault",
    "okta",
    "auth0",
    "segment",
    "intercom",
    "zoom",
    "asana",
    "notion",
    "figma",
    "shopify",
    "square",
    "paypal",
    "plaid",
    "twilio",
    "sendgrid",
    "mailgun",
    "mailchimp",
    "algolia",
    "fastly",
    "cloudflare",
    "netlify",
    "vercel",
    "digitalocean",
    "linode",
    "mongodb",
    "redis",
    "postgres",
    "elastic",
    "snyk",
    "sonar",
    "codecov",
    "npm",
    "pypi",
    "rubygems",
    "bitbucket",
    "atlassian",
    "jira",
    "dropbox",
    "box",
    "trello",
    "airtable",
    "hubspot",
    "salesforce",
    "zendesk",
    "freshbooks",
    "pagerduty",
    "opsgenie",
];

/// The builtin rules and `count` more.
pub(crate) fn sample(count: usize) -> Vec<Arc<Rule>> {
    let mut rules = RuleSet::builtin().rules().to_vec();
    rules.extend((0..count).map(|number| if number % 5 < 3 { token(number) } else { keyword(number) }));
    rules
}

fn token(number: usize) -> Arc<Rule> {
    let prefix = match PREFIXES.get(number / 2) {
        Some(prefix) => (*prefix).to_owned(),
        None => format!("{}{}_", word(number), number % 7),
    };
    let pattern =
        format!(r"\b(?P<secret>{}[0-9A-Za-z]{{{}}}){{end}}", prefix.replace('.', r"\."), 20 + number % 40);
    rule(&format!("token-{number}"), Detector::Token, prefix.to_lowercase(), &pattern)
}

fn keyword(number: usize) -> Arc<Rule> {
    let name = NAMES.get(number / 2).map_or_else(|| word(number), |name| (*name).to_owned());
    let class = if number.is_multiple_of(2) { "[0-9a-f]" } else { "[0-9A-Za-z_-]" };
    let pattern = format!("(?i:{name}){{bind}}(?P<secret>{class}{{32}}){{end}}");
    rule(&format!("keyword-{number}"), Detector::Keyword, name, &pattern)
}

/// A word of five to eight letters that reads like a name.
fn word(number: usize) -> String {
    let syllables = ["ba", "ko", "ri", "ten", "lu", "max", "no", "fi", "ge", "dy", "ra", "vox", "pi", "su"];
    (0..3)
        .map(|at| syllables[(number * 31 + number / 14 * 7 + at * (number / 3 + 5)) % syllables.len()])
        .collect()
}

fn rule(id: &str, detector: Detector, keyword: String, pattern: &str) -> Arc<Rule> {
    Arc::new(Rule {
        family: "sample".to_owned(),
        provider: "Sample".to_owned(),
        description: "A rule to measure with".to_owned(),
        keywords: vec![keyword],
        pattern: Some(Pattern::new(pattern)),
        min_entropy: Some(3.0),
        ..Rule::bare(id, Kind::Token, detector)
    })
}
