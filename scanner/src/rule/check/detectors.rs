//! Examples and near misses of the rules whose detectors are written in code. They are run through the whole engine, in a
//! file of a name that fits; what they are checked for is the rule and where the secret stands (of a key, where it begins).

use std::ops::Range;

use super::{Problems, built};
use crate::candidate::{Candidates, Engine, EngineOptions, Scratch};
use crate::rule::example::Recipe;
use crate::rule::{Detector, Rule, RuleSet};
use crate::source::Segment;
use crate::value::path::PathInfo;

/// What is written for one rule.
pub(super) struct Samples {
    rule: &'static str,
    /// Name of the file that the texts are in.
    file: &'static str,
    found: &'static [&'static str],
    passed: &'static [&'static str],
}

impl Samples {
    /// Those of a rule; none if it has an expression, or is not builtin.
    pub(super) fn of(rule: &Rule) -> Option<&'static Self> {
        SAMPLES.iter().find(|samples| samples.rule == rule.id && rule.pattern.is_none())
    }

    /// The recipes of what is found.
    pub(super) fn found(&self) -> impl Iterator<Item = Recipe> {
        self.found.iter().map(|template| Recipe::new(template))
    }

    /// The recipes of what is not.
    pub(super) fn passed(&self) -> impl Iterator<Item = Recipe> {
        self.passed.iter().map(|template| Recipe::new(template))
    }
}

/// Checks every rule without an expression against its samples.
pub(super) fn check(set: &RuleSet, seeds: &Range<u64>, problems: &mut Problems) {
    let rules: Vec<&Rule> =
        set.rules().iter().map(AsRef::as_ref).filter(|rule| rule.pattern.is_none()).collect();
    if rules.is_empty() {
        return;
    }
    let mut search = Search::new();
    for rule in rules.into_iter().filter(|rule| is_in_code(rule.detector)) {
        let Some(samples) = Samples::of(rule).filter(|samples| samples.found.len() > 1) else {
            problems.error(rule, "there must be two examples or more", "add recipes of what people write");
            continue;
        };
        if samples.passed.is_empty() {
            problems.error(rule, "there must be a near miss", "add a recipe of what looks alike");
        }
        for seed in seeds.clone() {
            check_samples(&mut search, rule, samples, seed, problems);
        }
    }
}

fn is_in_code(detector: Detector) -> bool {
    !matches!(detector, Detector::Token | Detector::Keyword)
}

/// The engine of the builtin rules, without those of a user, which may see the same places; and its memory.
struct Search {
    engine: Engine,
    scratch: Scratch,
    out: Candidates,
}

impl Search {
    fn new() -> Self {
        let engine = Engine::new(&RuleSet::builtin(), EngineOptions::default());
        Self { engine, scratch: Scratch::default(), out: Candidates::default() }
    }

    /// Where the rule sees something in a text of this file.
    fn spans(&mut self, rule: &Rule, file: &str, text: &str) -> Vec<Range<usize>> {
        let segment = Segment::whole(text.as_bytes());
        self.engine.candidates(&segment, &PathInfo::new(file), &mut self.scratch, &mut self.out);
        let own = self.out.kept.drain(..).filter(|candidate| candidate.rule.id == rule.id);
        own.map(|candidate| candidate.span).collect()
    }
}

fn check_samples(search: &mut Search, rule: &Rule, samples: &Samples, seed: u64, problems: &mut Problems) {
    let mut seen = |text: &str| search.spans(rule, samples.file, text);
    for recipe in samples.found() {
        let Some(example) = built(rule, &recipe, seed, problems) else { continue };
        let is_key = rule.detector == Detector::Key;
        let is_it = |span: &Range<usize>| {
            *span == example.secret_span || is_key && span.start == example.secret_span.start
        };
        if !seen(&example.text).iter().any(is_it) {
            let text = format!("the example `{}` is not found (seed {seed})", recipe.template);
            problems.error(rule, text, "correct the detector, or the example");
        }
    }
    for recipe in samples.passed() {
        let Some(example) = built(rule, &recipe, seed, problems) else { continue };
        if !seen(&example.text).is_empty() {
            let text = format!("the near miss `{}` is found (seed {seed})", recipe.template);
            problems.error(rule, text, "make the detector stricter, or the near miss a miss");
        }
    }
}

/// By rule file and id.
#[rustfmt::skip]
const SAMPLES: &[Samples] = &[
    Samples {
        rule: "generic-password",
        file: "config.yaml",
        found: &["password: \"{<}{base62:14}{>}\"", "db_password: {<}{base62:16}{>}"],
        passed: &["password: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "generic-secret",
        file: "config.yaml",
        found: &["client_secret: \"{<}{base62:32}{>}\"", "jwt_signing_key: \"{<}{base62:40}{>}\""],
        passed: &["client_secret: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "generic-api-key",
        file: "config.yaml",
        found: &["api_key: \"{<}{base62:32}{>}\"", "weather_api_key: {<}{base62:24}{>}"],
        passed: &["api_key: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "generic-token",
        file: "config.yaml",
        found: &["access_token: \"{<}{base62:40}{>}\"", "bot_token: {<}{base62:32}{>}"],
        passed: &["access_token: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "generic-credential",
        file: "config.yaml",
        found: &["credential: \"{<}{base62:32}{>}\"", "otp_seed: \"{<}{base62:24}{>}\""],
        passed: &["credential: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "generic-private-key",
        file: "config.yaml",
        found: &["encryption_key: \"{<}{base62:44}{>}\"", "private_key: \"{<}{base62:43}{>}\""],
        passed: &["encryption_key: \"${{{upper:8}}}\""],
    },
    Samples {
        rule: "url-credentials",
        file: "app.py",
        found: &["url = \"https://deploy{[:]:1}{<}{base62:20}{>}@git.kestrel.io/x\"", "url = \"postgres://app{[:]:1}{<}{base62:16}{>}@db.kestrel.io/main\""],
        passed: &["url = \"https://deploy{[:]:1}${{{upper:8}}}@git.kestrel.io/x\""],
    },
    Samples {
        rule: "connection-string-password",
        file: "app.config",
        found: &["\"Server=db;Database=m;User Id=app;Password={<}{base62:16}{>};\"", "\"Data Source=db;Uid=app;Pwd={<}{base62:14}{>};\""],
        passed: &["\"Server=db;User Id=app;Password=${{{upper:8}}};\""],
    },
    Samples {
        rule: "basic-auth-header",
        file: "app.py",
        found: &["h = {{\"Authorization\": \"Basic {<}{basic_login}{>}\"}}", "Authorization: Basic {<}{basic_login}{>}"],
        passed: &["h = {{\"Authorization\": \"Basic ${{{upper:8}}}\"}}"],
    },
    Samples {
        rule: "bearer-token-header",
        file: "app.py",
        found: &["h = {{\"Authorization\": \"Bearer {<}{base62:40}{>}\"}}", "Authorization: Bearer {<}{base62:32}{>}"],
        passed: &["h = {{\"Authorization\": \"Bearer ${{{upper:8}}}\"}}"],
    },
    Samples {
        rule: "credential-header",
        file: "app.http",
        found: &["X-Api-Key: {<}{base62:32}{>}", "PRIVATE-TOKEN: {<}{base62:24}{>}"],
        passed: &["X-Api-Key: ${{{upper:8}}}"],
    },
    Samples {
        rule: "shell-flag-password",
        file: "run.sh",
        found: &["sshpass -p {<}{base62:14}{>} ssh kestrel.io", "mysqldump -u app --password={<}{base62:14}{>} shop"],
        passed: &["mysqldump -u app --password=\"${{{upper:8}}}\" shop"],
    },
    Samples {
        rule: "curl-user",
        file: "run.sh",
        found: &["curl -u deploy:{<}{base62:14}{>} https://kestrel.io", "curl --user deploy:{<}{base62:16}{>} https://kestrel.io"],
        passed: &["curl -u \"deploy:${{{upper:8}}}\" https://kestrel.io"],
    },
    Samples {
        rule: "sql-password",
        file: "users.sql",
        found: &["CREATE USER app WITH PASSWORD '{<}{base62:14}{>}';", "INSERT INTO users (name, password) VALUES ('ada', '{<}{base62:12}{>}');"],
        passed: &["CREATE USER app WITH PASSWORD '${{{upper:8}}}';"],
    },
    Samples {
        rule: "netrc-password",
        file: ".netrc",
        found: &["machine kestrel.io login app password {<}{base62:14}{>}", "default login app password {<}{base62:16}{>}"],
        passed: &["machine kestrel.io login app password ${{{upper:8}}}"],
    },
    Samples {
        rule: "pgpass-password",
        file: ".pgpass",
        found: &["db.kestrel.io:5432:main:app:{<}{base62:14}{>}", "*:*:*:app:{<}{base62:16}{>}"],
        passed: &["db.kestrel.io:5432:main:app:${{{upper:8}}}"],
    },
    Samples {
        rule: "password-file-entry",
        file: "chap-secrets",
        found: &["app * {<}{base62:14}{>} *", "\"app\" pptpd {<}{base62:16}{>} 10.0.0.7"],
        passed: &["app * ${{{upper:8}}} *"],
    },
    Samples {
        rule: "reversible-password",
        file: "router.cfg",
        found: &["username app password 7 {<}02050D480809{>}", "enable password 7 {<}02050D480809{>}"],
        passed: &["username app password 7 {<}{hex_upper:3}{>}"],
    },
    Samples {
        rule: "npmrc-auth",
        file: ".npmrc",
        found: &["//npm.kestrel.io/:_authToken={<}{base62:36}{>}", "//npm.kestrel.io/:_auth={<}{basic_login}{>}"],
        passed: &["//npm.kestrel.io/:_authToken=${{{upper:8}}}"],
    },
    Samples {
        rule: "password-hash",
        file: "users.txt",
        found: &["ada:{<}$6${base62:8}${base62:86}{>}:19000:0", "ada:{<}$2y$10${base62:53}{>}"],
        passed: &["ada:$6${base62:8}${base62:85}:19000:0"],
    },
    Samples {
        rule: "high-entropy-string",
        file: "app.py",
        found: &["x = f(\"{<}{base62:48}{>}\")", "values = [\"{<}{base62:64}{>}\"]"],
        passed: &["x = f(\"{lower:48}\")"],
    },
    Samples {
        rule: "jwk-private-key",
        file: "key.json",
        found: &["{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{base64url:43}\",\"y\":\"{base64url:43}\",\"d\":\"{<}{base64url:43}{>}\"}}", "{{\"kty\":\"oct\",\"k\":\"{<}{base64url:43}{>}\"}}"],
        passed: &["{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{base64url:43}\",\"y\":\"{base64url:43}\"}}"],
    },
    Samples {
        rule: "private-key",
        file: "key.pem",
        found: &["{<}{private_key_pem}{>}", "key = \"{<}{private_key_line}{>}\"", "tls.key: {<}{private_key_base64}{>}", "{<}{openssh_key_pem}{>}"],
        passed: &["{<}{public_key_pem}{>}"],
    },
    Samples {
        rule: "encrypted-private-key",
        file: "key.pem",
        found: &["{<}{encrypted_key_pem}{>}", "tls.key: {<}{encrypted_key_base64}{>}"],
        passed: &["{<}{private_key_pem}{>}"],
    },
    Samples {
        rule: "pgp-private-key",
        file: "key.asc",
        found: &["{<}{pgp_key}{>}", "exported:\n{<}{pgp_key}{>}"],
        passed: &["{<}{pgp_public_key}{>}"],
    },
    Samples {
        rule: "putty-private-key",
        file: "key.ppk",
        found: &["{<}{putty_key}{>}", "# a key\n{<}{putty_key}{>}"],
        passed: &["PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{<}{lower:8}{>}\n"],
    },
    Samples {
        rule: "pkcs12-keystore",
        file: "secret.yaml",
        found: &["keystore.p12: {<}{pkcs12_base64}{>}", "store = \"{<}{pkcs12_base64}{>}\""],
        passed: &["keystore.p12: {<}{base64_bytes:600}{>}"],
    },
    Samples {
        rule: "keepass-database",
        file: "secret.yaml",
        found: &["vault.kdbx: {<}{keepass_base64}{>}", "db = \"{<}{keepass_base64}{>}\""],
        passed: &["vault.kdbx: {<}{base64_bytes:600}{>}"],
    },
    Samples {
        rule: "nats-nkey-seed",
        file: "nats.conf",
        found: &["nkey: {<}{nkey_seed}{>}", "seed = \"{<}{nkey_seed}{>}\""],
        passed: &["nkey: {<}SUA{base32:55}{>}"],
    },
    Samples {
        rule: "gcp-service-account-key",
        file: "key.json",
        found: &["{{\"type\": \"service_account\", \"private_key_id\": \"{hex:40}\", \"private_key\": \"{<}{private_key_line}{>}\", \"client_email\": \"a@kestrel.iam.gserviceaccount.com\"}}", "{{\"project_id\": \"kestrel-1\", \"private_key\": \"{<}{private_key_line}{>}\", \"type\": \"service_account\"}}"],
        passed: &["{{\"type\": \"service_account\", \"private_key\": \"YOUR_{<}{upper:8}{>}\", \"client_email\": \"a@kestrel.iam.gserviceaccount.com\"}}"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_in_code_has_samples_and_every_sample_a_rule() {
        let set = RuleSet::builtin();
        for rule in set.rules().iter().filter(|rule| rule.pattern.is_none()) {
            let samples = Samples::of(rule).unwrap_or_else(|| panic!("{} has none", rule.id));
            assert!(samples.found.len() >= 2 && !samples.passed.is_empty(), "{}", rule.id);
        }
        for samples in SAMPLES {
            assert!(set.get(samples.rule).is_some_and(|rule| rule.pattern.is_none()), "{}", samples.rule);
        }
    }

    #[test]
    fn what_is_not_found_and_what_is_found_wrongly_are_errors() {
        let set = RuleSet::builtin();
        let rule = set.get("generic-password").expect("a rule");
        let samples = Samples {
            rule: "generic-password",
            file: "a.py",
            found: &["nothing {<}{lower:8}{>}"],
            passed: &["password = \"{<}{base62:14}{>}\""],
        };
        let mut problems = Problems::default();
        check_samples(&mut Search::new(), rule, &samples, 0, &mut problems);
        let texts: Vec<String> = problems.into_sorted().into_iter().map(|problem| problem.text).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
    }
}
