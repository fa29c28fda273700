//! What a secret says about itself, read offline from its own bytes and the few around it that belong to it.
//!
//! Facts help to find the owner and to judge the haste; they prove nothing and decide nothing. What is read comes from
//! the scanned text and is cut to [`LONGEST`] characters; the secret's own random part is never in it.

use std::ops::Range;

use serde_json::{Map, Value};

use super::codec::{base64_decode, percent_decode};
use super::validator::{Jwt, Validator, aws_account_id, macaroon_location};
use super::{Detector, Kind, Rule, service_account};
use crate::candidate::keys;
use crate::finding::Fact;
use crate::value::digest;

/// Longest value of a fact, in characters.
const LONGEST: usize = 120;
/// Bytes before and after a signature in which the other parts of its query are looked for.
const QUERY: usize = 1024;

/// The facts of the value `text[span]` that `rule` found. Empty for values that say nothing, which are most.
///
/// Cost: bounded by the value and [`QUERY`] or, of a service account, its JSON object, or, of a key, its body.
pub fn of(rule: &Rule, text: &[u8], span: &Range<usize>) -> Vec<Fact> {
    let Some(value) = text.get(span.clone()) else { return Vec::new() };
    let mut facts = if rule.detector == Detector::Key { key(text, span.start) } else { Vec::new() };
    facts.extend(of_value(rule, text, span, value));
    facts
}

fn of_value(rule: &Rule, text: &[u8], span: &Range<usize>, value: &[u8]) -> Vec<Fact> {
    match rule.validator {
        Some(Validator::AwsKeyId) => aws(value),
        Some(Validator::Jwt) => jwt(value),
        Some(Validator::PypiMacaroon) => {
            fact("index", macaroon_location(value).map(str::to_owned)).into_iter().collect()
        }
        Some(Validator::Slack) => slack(value),
        Some(Validator::Telegram) => fact("bot", number(value, b':')).into_iter().collect(),
        Some(Validator::Discord) => {
            let first = value.split(|&b| b == b'.').next().unwrap_or_default();
            let id = base64_decode(first).and_then(|id| String::from_utf8(id).ok());
            fact("user", id).into_iter().collect()
        }
        Some(Validator::AzureSas) => signature(text, span),
        Some(Validator::GcpServiceAccount) => service_account_facts(text, span, value),
        None if rule.kind == Kind::PasswordHash => {
            fact("scheme", digest::scheme(value).map(str::to_owned)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A fact, if there is a value that fits on a line.
fn fact(name: &'static str, value: Option<String>) -> Option<Fact> {
    let value: String = value?.chars().take(LONGEST).collect();
    (!value.is_empty()).then_some(Fact { name: name.into(), value })
}

/// What the structure of the key whose finding begins at `start` says. Random bytes under a key's label say that they are
/// none that could be read.
fn key(text: &[u8], start: usize) -> Vec<Fact> {
    let Some(form) = keys::describe(text, start) else { return Vec::new() };
    let encrypted = if form.sort == keys::Sort::Encrypted { "yes" } else { "no" };
    let structure =
        if form.is_proven { "read to its end" } else { "not proven: cut, changed or not readable" };
    let known = form.is_proven || form.cipher.is_some();
    let facts = [
        fact("format", Some(form.format.to_owned())),
        fact("key", form.algorithm),
        fact("encrypted", known.then(|| encrypted.to_owned())),
        fact("cipher", form.cipher),
        fact("derivation", form.derivation),
        fact("comment", form.comment),
        fact("structure", Some(structure.to_owned())),
    ];
    facts.into_iter().flatten().collect()
}

/// The account that an AWS key id belongs to, as AWS writes it: twelve digits.
fn aws(key_id: &[u8]) -> Vec<Fact> {
    fact("account", aws_account_id(key_id).map(|account| format!("{account:012}"))).into_iter().collect()
}

fn jwt(token: &[u8]) -> Vec<Fact> {
    let Some(jwt) = Jwt::decode(token) else { return Vec::new() };
    let facts = [
        fact("algorithm", Some(jwt.algorithm)),
        fact("issuer", jwt.issuer),
        fact("role", jwt.role),
        fact("expires", jwt.expires.and_then(date)),
    ];
    facts.into_iter().flatten().collect()
}

/// The app that an app-level token (`xapp-1-A…`) belongs to.
fn slack(token: &[u8]) -> Vec<Fact> {
    let app = token.strip_prefix(b"xapp-1-").and_then(|rest| rest.split(|&b| b == b'-').next());
    fact("app", app.and_then(|app| String::from_utf8(app.to_vec()).ok())).into_iter().collect()
}

/// The digits before `end`.
fn number(value: &[u8], end: u8) -> Option<String> {
    let digits = value.split(|&b| b == end).next()?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.to_owned())
}

/// Expiry and permissions of a shared access signature: the fields `se` and `sp` of the query that it ends.
fn signature(text: &[u8], span: &Range<usize>) -> Vec<Fact> {
    let stops = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>".contains(byte);
    let floor = span.start.saturating_sub(QUERY);
    let start = text[floor..span.start].iter().rposition(stops).map_or(floor, |at| floor + at + 1);
    let roof = text.len().min(span.end + QUERY);
    let end = text[span.end..roof].iter().position(stops).map_or(roof, |at| span.end + at);
    // The `&` of markup is `&amp;`, which leaves `amp;` before the next name.
    let fields = text[start..end].split(|byte| matches!(byte, b'?' | b'&' | b';'));
    let field = |name: &[u8]| {
        let value = fields.clone().find_map(|field| field.strip_prefix(name))?;
        let value = String::from_utf8(percent_decode(value)?).ok()?;
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-+:.".contains(c));
        (plain && value.len() <= 32).then_some(value)
    };
    [fact("expires", field(b"se=")), fact("permissions", field(b"sp="))].into_iter().flatten().collect()
}

/// Address and project of a service account, from its file in Base64 or from the object that the key stands in.
fn service_account_facts(text: &[u8], span: &Range<usize>, value: &[u8]) -> Vec<Fact> {
    let file = base64_decode(value);
    let json = match &file {
        Some(file) => serde_json::from_slice(file).ok(),
        None => {
            service_account::object(text, span.start).and_then(|object| service_account::parse(&text[object]))
        }
    };
    let json: Map<String, Value> = json.unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let facts = [fact("account", text("client_email")), fact("project", text("project_id"))];
    facts.into_iter().flatten().collect()
}

/// Seconds since 1970 as a date of RFC 3339 in UTC. `None` outside of the years 1970 to 9999.
///
/// The days are turned into a date by Howard Hinnant's `civil_from_days`.
fn date(seconds: i64) -> Option<String> {
    if !(0..253_402_300_800).contains(&seconds) {
        return None;
    }
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era_day = shifted % 146_097;
    let era_year = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
    let year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    let month_from_march = (5 * year_day + 2) / 153;
    let day = year_day - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = shifted / 146_097 * 400 + era_year + i64::from(month <= 2);
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::super::codec::{base64_encode, base64url_encode};
    use super::super::example::Recipe;
    use super::super::forge;
    use super::super::random::SplitMix64;
    use super::*;

    /// The facts that the rule sees about `value` in `text`, as `name value`.
    fn facts(rule: &str, text: &str, value: &str) -> Vec<String> {
        let set = RuleSet::builtin();
        let rule = set.get(rule).expect("a builtin rule");
        let start = text.find(value).expect("the value stands in the text");
        let found = of(rule, text.as_bytes(), &(start..start + value.len()));
        found.into_iter().map(|fact| format!("{} {}", fact.name, fact.value)).collect()
    }

    fn alone(rule: &str, value: &str) -> Vec<String> {
        facts(rule, value, value)
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(date(seconds).as_deref(), Some(text));
        }
        assert_eq!((date(-1), date(253_402_300_800)), (None, None));
    }

    #[test]
    fn tokens_say_whose_they_are() {
        let id = concat!("ASIA", "QNZGKIQY56JQ7WML");
        assert_eq!(alone("aws-access-key-id", id), ["account 029608264753"]);
        let bot = format!("{}:{}", 123_456_789, ["AA", &"Hd7".repeat(11)].concat());
        assert_eq!(alone("telegram-bot-token", &bot), ["bot 123456789"]);
        let user = format!("{}.GhIjKl.{}", base64url_encode(b"175928847299117063"), "x8Z".repeat(9));
        assert_eq!(alone("discord-bot-token", &user), ["user 175928847299117063"]);
        let app = ["xapp-1-", "A0123ABCDEF", "-1234567890123-", &"0f".repeat(32)].concat();
        assert_eq!(alone("slack-app-token", &app), ["app A0123ABCDEF"]);
        let pypi = Recipe::new("pypi-{pypi_macaroon}").build(1).expect("a good recipe").text;
        assert_eq!(alone("pypi-api-token", &pypi), ["index pypi.org"]);
        assert_eq!(alone("github-personal-access-token", "ghp_x"), Vec::<String>::new());
    }

    #[test]
    fn a_web_token_says_how_it_is_signed_and_when_it_ends() {
        let part = |json: &str| base64url_encode(json.as_bytes());
        let claims = r#"{"iss":"https://login.kestrel.io","role":"anon","exp":1700000000}"#;
        let token = format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(claims), "c2ln");
        let expected = [
            "algorithm ES256",
            "issuer https://login.kestrel.io",
            "role anon",
            "expires 2023-11-14T22:13:20Z",
        ];
        assert_eq!(alone("json-web-token", &token), expected);
    }

    #[test]
    fn a_signature_says_what_the_other_fields_of_its_query_say() {
        let signature = base64_encode(&[7; 32]).replace('=', "%3D");
        let url =
            |query: &str| format!("see \"https://a.blob.core.windows.net/c?{query}\" and ?se=1999-01-01");
        for query in [
            format!("sp=rl&se=2030-01-01T00%3A00%3A00Z&sv=2022-11-02&sig={signature}"),
            format!("sv=2022-11-02&amp;sig={signature}&amp;se=2030-01-01T00:00:00Z&amp;sp=rl"),
        ] {
            let expected = ["expires 2030-01-01T00:00:00Z", "permissions rl"];
            assert_eq!(facts("azure-sas-token", &url(&query), &signature), expected, "{query}");
        }
        assert!(facts("azure-sas-token", &url(&format!("se=<b>&sig={signature}")), &signature).is_empty());
    }

    #[test]
    fn a_service_account_in_base64_says_its_address() {
        let file = r#"{"type":"service_account","project_id":"kestrel-1","client_email":"a@kestrel-1.iam.gserviceaccount.com"}"#;
        let expected = ["account a@kestrel-1.iam.gserviceaccount.com", "project kestrel-1"];
        assert_eq!(alone("gcp-service-account-base64", &base64_encode(file.as_bytes())), expected);
    }

    #[test]
    fn a_key_says_what_it_is() {
        let random = &mut SplitMix64::new(3);
        let text = forge::armoured("OPENSSH PRIVATE KEY", &forge::openssh("me@kestrel", random), "\n");
        let facts_of = |rule: &str, text: &str| facts(rule, text, "-----BEGIN");
        let expected = [
            "format OpenSSH",
            "key Ed25519",
            "encrypted no",
            "comment me@kestrel",
            "structure read to its end",
        ];
        assert_eq!(facts_of("private-key", &text), expected);
        let text = forge::armoured("ENCRYPTED PRIVATE KEY", &forge::encrypted(random), "\n");
        let expected = [
            "format PKCS#8",
            "encrypted yes",
            "cipher AES-256-CBC",
            "derivation PBKDF2",
            "structure read to its end",
        ];
        assert_eq!(facts_of("encrypted-private-key", &text), expected);
        let text = forge::armoured("PRIVATE KEY", &random.bytes(400), "\n");
        let expected = ["format PEM", "structure not proven: cut, changed or not readable"];
        assert_eq!(facts_of("private-key", &text), expected);
    }

    #[test]
    fn a_fact_fits_on_a_line() {
        assert_eq!(fact("x", Some("é".repeat(500))).map(|fact| fact.value.chars().count()), Some(LONGEST));
        assert_eq!(fact("x", Some(String::new())), None);
    }
}
