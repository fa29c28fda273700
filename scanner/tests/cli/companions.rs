//! Id and secret found near each other are one finding.

use secretscan::rule::RuleSet;
use serde_json::{Value, json};

use crate::fixture::{Fixture, password};

/// The secret of a rule's first example.
fn example(rule: &str, seed: u64) -> String {
    let rules = RuleSet::builtin();
    let example =
        rules.get(rule).expect("a builtin rule").examples[0].build(seed).expect("its recipe builds");
    example.text[example.secret_span].to_owned()
}

fn findings(text: &str) -> Vec<Value> {
    let fixture = Fixture::new();
    fixture.write("settings.txt", text);
    let report = fixture.run(&["settings.txt", "--format", "json", "--judge", "off"]).json();
    report["findings"].as_array().expect("a list").clone()
}

/// A name and its line.
type Named = (String, u64);

/// Rule and line, and those of each companion.
fn shown(text: &str) -> Vec<(String, u64, Vec<Named>)> {
    let text_of = |value: &Value| value.as_str().expect("a string").to_owned();
    let line_of = |value: &Value| value["start_line"].as_u64().expect("a line");
    findings(text)
        .iter()
        .map(|finding| {
            let companions = finding["companions"].as_array().cloned().unwrap_or_default();
            let companions = companions.iter().map(|it| (text_of(&it["name"]), line_of(it))).collect();
            (text_of(&finding["rule_id"]), line_of(finding), companions)
        })
        .collect()
}

const SECRET: &str = "aws-secret-access-key";
const ID: &str = "aws-access-key-id";

pub(crate) fn id_line(seed: u64) -> String {
    format!("aws_access_key_id = {}\n", example(ID, seed))
}

pub(crate) fn secret_line(seed: u64) -> String {
    format!("aws_secret_access_key = {}\n", example(SECRET, seed))
}

#[test]
fn a_key_pair_is_one_finding() {
    let text = format!("[default]\n{}{}", id_line(1), secret_line(1));
    let found = findings(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    let companion = &found[0]["companions"][0];
    assert_eq!((&found[0]["rule_id"], &companion["rule_id"]), (&json!(SECRET), &json!(ID)));
    assert_eq!(companion["value"], json!(format!("{}********", &example(ID, 1)[..4])), "an id is masked");
    assert_eq!((&companion["start_line"], &companion["start_column"]), (&json!(2), &json!(21)));
}

#[test]
fn a_pair_without_a_name_is_told_by_its_id() {
    let (id, secret) = (example(ID, 1), example(SECRET, 1));
    for text in [
        format!("Aws::Credentials.new('{id}', '{secret}')\n"),
        format!("url = s3://{id}:{secret}@bucket\n"),
        format!("{{\"id\": \"{id}\",\n  \"secret\": \"{secret}\"}}\n"),
    ] {
        let found = findings(&text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(
            (&found[0]["rule_id"], &found[0]["companions"][0]["rule_id"]),
            (&json!(SECRET), &json!(ID))
        );
    }
}

#[test]
fn an_id_alone_or_far_away_stays_a_finding() {
    assert_eq!(shown(&id_line(1)), [(ID.to_owned(), 1, Vec::new())]);
    let far = format!("{}{}{}", id_line(1), "# other\n".repeat(5), secret_line(1));
    assert_eq!(shown(&far), [(ID.to_owned(), 1, Vec::new()), (SECRET.to_owned(), 7, Vec::new())]);
}

#[test]
fn of_several_pairs_each_has_its_own_id() {
    let expected = |secrets: [u64; 2], ids: [u64; 2]| {
        secrets
            .into_iter()
            .zip(ids)
            .map(|(secret, id)| (SECRET.to_owned(), secret, vec![("access key id".to_owned(), id)]))
    };
    let id_first = [id_line(1), secret_line(1), id_line(2), secret_line(2)].concat();
    assert!(shown(&id_first).into_iter().eq(expected([2, 4], [1, 3])), "{:?}", shown(&id_first));
    let id_last = [secret_line(1), id_line(1), secret_line(2), id_line(2)].concat();
    assert!(shown(&id_last).into_iter().eq(expected([1, 3], [2, 4])), "{:?}", shown(&id_last));
}

#[test]
fn temporary_credentials_are_one_finding_of_three() {
    let token = format!("aws_session_token = {}\n", example("aws-session-token", 1));
    for (lines, secret, companions) in [
        ([id_line(1), secret_line(1), token.clone()], 2, [("access key id", 1), ("session token", 3)]),
        ([id_line(1), token.clone(), secret_line(1)], 3, [("access key id", 1), ("session token", 2)]),
        ([token.clone(), secret_line(1), id_line(1)], 2, [("session token", 1), ("access key id", 3)]),
    ] {
        let companions = companions.map(|(name, line)| (name.to_owned(), line)).to_vec();
        assert_eq!(shown(&lines.concat()), [(SECRET.to_owned(), secret, companions)]);
    }
    let without = format!("{}{token}", id_line(1));
    assert_eq!(shown(&without), [("aws-session-token".to_owned(), 2, vec![("access key id".to_owned(), 1)])]);
}

#[test]
fn what_an_expression_describes_is_shown_with_the_secret() {
    let sid = ["AC", &"0123456789abcdef".repeat(2)].concat();
    let twilio = example("twilio-auth-token", 2);
    let password = password();
    let login = {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        BASE64_STANDARD.encode(format!("deploy-bot:{password}"))
    };
    let secret = ["q7XvT2mK9wZ4", "bR8nYc5JdL3h"].concat();
    for (text, rule, name, value) in [
        (
            format!("TWILIO_SID={sid}\nTWILIO_AUTH_TOKEN={twilio}\n"),
            "twilio-auth-token",
            "account SID",
            sid.as_str(),
        ),
        (
            format!("twilio = require('twilio');\nc = twilio('{sid}', '{twilio}');\n"),
            "twilio-auth-token",
            "account SID",
            sid.as_str(),
        ),
        (format!("auth_token: {twilio}\naccount: {sid}\n"), "generic-token", "account SID", sid.as_str()),
        (format!("Authorization: Basic {login}\n"), "basic-auth-header", "user", "deploy-bot"),
        (
            format!("url = 'postgres://deploy-bot:{}@db/x'\n", "Blue-Kettle9x"),
            "url-credentials",
            "user",
            "deploy-bot",
        ),
        (
            format!("db_user = 'deploy-bot'\ndb_password = '{password}'\n"),
            "generic-password",
            "user",
            "deploy-bot",
        ),
        (
            format!("client_id = 'my-app-4711'\nclient_secret = '{secret}'\n"),
            "generic-secret",
            "client id",
            "my-app-4711",
        ),
    ] {
        let found = findings(&text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let companion = &found[0]["companions"][0];
        assert_eq!(found[0]["rule_id"], json!(rule), "{text}");
        assert_eq!(
            (&companion["name"], &companion["value"]),
            (&json!(name), &json!(value)),
            "{text}: {found:?}"
        );
    }
    let other = format!("client_id = 'my-app-4711'\ncookie_secret = '{secret}'\n");
    assert_eq!(findings(&other)[0].get("companions"), None, "only of secrets of clients");
}

#[test]
fn a_client_id_that_looks_like_the_secret_is_a_part_of_it() {
    let hex = |seed| example("spotify-client-secret", seed);
    let text = format!("SPOTIFY_CLIENT_ID={}\nSPOTIFY_CLIENT_SECRET={}\n", hex(1), hex(2));
    let pair = ("spotify-client-secret".to_owned(), 2, vec![("client id".to_owned(), 1)]);
    assert_eq!(shown(&text), [pair]);
    let (public, private) = (example("mailjet-secret", 1), example("mailjet-secret", 2));
    let text = format!("MJ_APIKEY_PUBLIC={public}\nMJ_APIKEY_PRIVATE={private}\n");
    let pair = ("mailjet-secret".to_owned(), 2, vec![("API key".to_owned(), 1)]);
    assert_eq!(shown(&text), [pair]);
    let keys = format!(
        "DD_API_KEY={}\nDD_APP_KEY={}\n",
        example("datadog-api-key", 1),
        example("datadog-app-key", 1)
    );
    let found: Vec<_> = shown(&keys).into_iter().map(|(rule, line, _)| (rule, line)).collect();
    let both = [("datadog-api-key".to_owned(), 1), ("datadog-app-key".to_owned(), 2)];
    assert_eq!(found, both, "a companion that is a secret itself stays a finding");
}

#[test]
fn a_rule_of_ones_own_can_have_companions() {
    let fixture = Fixture::new();
    let rule = "family = 'acme'\n[[rule]]\nid = 'acme-token'\ndescription = 'Acme token'\nkind = 'token'\nseverity = 'error'\n\
                detector = 'token'\nkeywords = ['acme_live_']\npattern = '\\b(?<secret>acme_live_[0-9a-f]{16}){end}'\n\
                remediation = 'Revoke it'\nexamples = ['acme_live_{hex:16}', 'k = acme_live_{hex:16}']\n\
                near_misses = ['acme_live_{hex:15}']\n[[rule.companion]]\nname = 'account'\n";
    fixture.write("good.toml", format!("{rule}pattern = 'account=(?<id>[0-9]{{8}})'\npublic = true\n"));
    fixture.write("bad.toml", format!("{rule}rule = 'acme-acount'\n"));
    fixture.write("worse.toml", format!("{rule}pattern = '[0-9]{{8}}'\n"));
    assert_eq!(fixture.run(&["rules", "check", "--rules", "good.toml"]).code, 0);
    let bad = fixture.run(&["rules", "check", "--rules", "bad.toml"]);
    let said = [bad.stdout.clone(), bad.stderr.clone()].concat();
    assert!(bad.code != 0 && said.contains("there is no rule `acme-acount`"), "{bad:?}");
    let worse = fixture.run(&["rules", "check", "--rules", "worse.toml"]);
    assert!(worse.code == 2 && worse.stderr.contains("needs a group `id`"), "{worse:?}");

    fixture.write("a.txt", format!("account=12345678\nt=acme_live_{}\n", "9f8e7d6c5b4a3f2e"));
    let run = fixture.run(&["a.txt", "--rules", "good.toml", "--format", "json", "--judge", "off"]);
    assert_eq!(run.json()["findings"][0]["companions"][0]["value"], json!("12345678"), "{run:?}");
}
