//! `--verify`, against a server on the loopback interface.

use serde_json::{Value, json};

use crate::fixture::{Fixture, Run};
use crate::loopback::{Server, http};

/// Tokens of a made-up provider, told apart by their first digit.
fn token(digit: char) -> String {
    ["acme", "_live_", &digit.to_string(), "9b1f4e07c3d8a26", "5b0e7d1c94f83a6", "27d5c0b1e8"].concat()
}

/// Says "yes" to tokens with an `a`, "no" to those with a `d`; to others a firewall answers.
fn provider() -> Server {
    Server::new(|request, _| {
        let has = |digit| request.contains(&token(digit));
        if has('a') {
            http("200 OK", "", "{\"user\": {\"id\": 7}}")
        } else if has('d') {
            http("401 Unauthorized", "", &format!("{{\"error\": \"unknown key {}\"}}", token('d')))
        } else {
            http("403 Forbidden", "", "<html>blocked</html>")
        }
    })
}

fn rules(server: &Server) -> String {
    format!(
        "family = \"acme\"\nprovider = \"Acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"Acme token\"\n\
         kind = \"token\"\nseverity = \"error\"\ndetector = \"token\"\nkeywords = [\"acme_live_\"]\n\
         pattern = '\\b(?<secret>acme_live_[0-9a-f]{{41}}){{end}}'\nremediation = \"Revoke it\"\n\
         [rule.verify]\nurl = \"http://{}/me\"\nheaders = {{ X-Key = \"{{{{secret}}}}\" }}\n\
         live = {{ status = [200], present = [\"/user/id\"] }}\ndead = {{ status = [401] }}\n",
        server.authority()
    )
}

/// A folder with a live, a dead and a blocked token (one of them twice), and the rule file outside of it.
fn fixture(server: &Server) -> (Fixture, String) {
    let fixture = Fixture::new();
    for (path, digit) in [("src/a.py", 'a'), ("tests/a_test.py", 'a'), ("src/d.py", 'd'), ("src/f.py", 'f')] {
        fixture.write(path, format!("client = Client('{}')\n", token(digit)));
    }
    let rules_file = fixture.home().join("acme.toml");
    std::fs::write(&rules_file, rules(server)).expect("a file");
    let rules_file = rules_file.to_str().expect("a plain path").to_owned();
    (fixture, rules_file)
}

fn run(fixture: &Fixture, rules: &str, more: &[&str]) -> Run {
    run_in(fixture, rules, &[&["tests"], more].concat())
}

/// Scans `src` and what else is named, and sees to it that no token is shown.
fn run_in(fixture: &Fixture, rules: &str, more: &[&str]) -> Run {
    let run = fixture.run(&[&["src", "--judge", "off", "--rules", rules], more].concat());
    for digit in ['a', 'd', 'f'] {
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(&token(digit)), "{run:?}");
        }
    }
    run
}

const VERIFY: [&str; 4] = ["--verify", "--verify-allow-private", "--verify-rate", "100"];

fn by_path(report: &Value) -> Vec<(String, String, Value)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| (text(&finding["path"]), text(&finding["severity"]), finding["verification"].clone()))
        .collect()
}

#[test]
fn without_the_flag_nobody_is_asked() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    let report = run(&fixture, &rules, &["--format", "json"]).json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(4));
    assert!(
        report["findings"].as_array().expect("findings").iter().all(|it| it.get("verification").is_none())
    );
    assert!(report["ledger"].get("verified").is_none());
    assert_eq!(server.requests(), [""; 0]);
    for flag in [&["--verify-allow-private"][..], &["--verify-rate", "5"], &["--verify-proxy", "http://p:1"]]
    {
        let run = run(&fixture, &rules, flag);
        assert!(run.code == 2 && run.stderr.contains("--verify"), "{run:?}");
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn live_is_raised_dead_is_lowered_and_a_firewall_changes_nothing() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    let report = run(&fixture, &rules, &[&VERIFY[..], &["--format", "json"]].concat()).json();
    let host = server.authority();
    let live = json!({"standing": "live", "host": host, "status": 200});
    let dead = json!({"standing": "dead", "host": host, "status": 401});
    let blocked = json!({"standing": "unknown", "host": host, "status": 403, "doubt": "unexpected-answer"});
    let expected = [
        ("src/a.py", "error", &live),
        ("src/d.py", "warning", &dead),
        ("src/f.py", "error", &blocked),
        ("tests/a_test.py", "error", &live),
    ]
    .map(|(path, severity, verification)| (path.to_owned(), severity.to_owned(), verification.clone()));
    assert_eq!(by_path(&report), expected);
    assert_eq!(report["ledger"]["verified"], json!({"live": 1, "dead": 1, "unknown": 1}));
    assert_eq!(server.requests().len(), 3, "a token that stands twice is asked about once");
}

#[test]
fn every_format_says_what_the_provider_said() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    let host = server.authority();
    let text = run(&fixture, &rules, &VERIFY);
    for line in [
        format!("verified: live: {host} accepts it (HTTP 200)"),
        format!("verified: dead: {host} refuses it, so the severity is one step lower (HTTP 401)"),
        format!("verified: unknown: {host}: the answer says nothing about the token (HTTP 403)"),
        "  verified   3: 1 live, 1 dead, 1 unknown".to_owned(),
    ] {
        assert!(text.stdout.contains(&line), "{line}: {}", text.stdout);
    }
    assert!(text.stderr.contains("sends tokens that are found to their providers"), "{}", text.stderr);
    let sarif = run(&fixture, &rules, &[&VERIFY[..], &["--format", "sarif"]].concat()).json();
    let standings: Vec<&Value> = sarif["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["properties"]["verification"]["standing"])
        .collect();
    assert_eq!(standings, ["live", "unknown", "live", "dead"], "most severe first");
    let github = run(&fixture, &rules, &[&VERIFY[..], &["--format", "github"]].concat());
    assert!(github.stdout.contains("accepts it (HTTP 200)"), "{}", github.stdout);
}

#[test]
fn private_addresses_need_a_flag_of_their_own() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    let report = run(&fixture, &rules, &["--verify", "--format", "json"]).json();
    for (path, _, verification) in by_path(&report) {
        assert_eq!(verification["doubt"], "private-address", "{path}");
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn the_scanned_tree_cannot_choose_whom_to_ask() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    fixture.write("acme.toml", std::fs::read(&rules).expect("the rules"));
    fixture.write("src/.secretscan.toml", "[rules]\nfiles = ['../acme.toml']\n");
    let run = fixture.run(&[&["src", "--judge", "off", "--format", "json"], &VERIFY[..]].concat());
    let found = by_path(&run.json());
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(_, _, verification)| verification.is_null()), "{found:?}");
    assert_eq!(server.requests(), [""; 0]);
    fixture.write("src/.secretscan.toml", "verify = true\n");
    assert_eq!(fixture.run(&["src"]).code, 2, "a configuration file cannot switch it on");
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let (server, proxy) = (provider(), Server::new(|_, _| http("200 OK", "", "{}")));
    let (fixture, rules) = fixture(&server);
    let mut command = fixture.command(&[&["src", "--judge", "off", "--rules", &rules], &VERIFY[..]].concat());
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"] {
        command.env(name, format!("http://{}", proxy.authority()));
    }
    assert_eq!(command.output().expect("the program starts").status.code(), Some(1));
    assert_eq!((server.requests().len(), proxy.requests().len()), (3, 0));
}

#[test]
fn clear_answers_are_kept_between_runs_without_the_token() {
    let server = provider();
    let (fixture, rules) = fixture(&server);
    let first = run(&fixture, &rules, &[&VERIFY[..], &["--format", "json"]].concat());
    let again = run(&fixture, &rules, &[&VERIFY[..], &["--format", "json"]].concat());
    assert_eq!(first.stdout, again.stdout);
    assert_eq!(server.requests().len(), 3 + 1, "only the unknown one is asked again");
    run(&fixture, &rules, &[&VERIFY[..], &["--no-cache"]].concat());
    assert_eq!(server.requests().len(), 4 + 3);
    let folder = fixture.home().join(".cache/secretscan");
    let files: Vec<_> = std::fs::read_dir(&folder).expect("the caches").flatten().collect();
    assert!(files.iter().any(|file| file.file_name() == "verifications.sqlite"), "{files:?}");
    for file in files {
        let bytes = std::fs::read(file.path()).expect("a file");
        for digit in ['a', 'd', 'f'] {
            let token = token(digit);
            assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
        }
    }
}

/// The rule of the made-up provider with an account beside the token.
fn paired_rules(server: &Server) -> String {
    let companion =
        |key: &str| format!("[[rule.companion]]\nname = \"account\"\npattern = '{key}=(?<id>[0-9A-Z-]+)'\n");
    rules(server)
        .replace("detector = \"token\"", "detector = \"keyword\"")
        .replace("{ X-Key = \"{{secret}}\" }", "{ X-Key = \"{{account}}.{{secret}}\" }")
        + &companion("account")
        + &companion("acct")
}

#[test]
fn both_parts_of_a_credential_are_asked_about_and_half_of_one_is_not() {
    let account = |number: u32| ["ACME-", "ACCT-", &number.to_string()].concat();
    let server = Server::new(move |request, _| {
        if request.contains(&format!("{}.{}", account(1), token('a'))) {
            http("200 OK", "", "{\"user\": {\"id\": 7}}")
        } else {
            http("401 Unauthorized", "", "")
        }
    });
    let fixture = Fixture::new();
    let rules_file = fixture.home().join("acme.toml");
    std::fs::write(&rules_file, paired_rules(&server)).expect("a file");
    let client = format!("client('{}')\n", token('a'));
    for (path, text) in [
        ("src/1.py", format!("account={}\n{client}", account(1))),
        ("src/2.py", format!("account={}\n{client}", account(2))),
        ("src/3.py", client.clone()),
        // The finding has two companions of one name, and the nearer one counts.
        ("src/4.py", format!("acct={}\n# elsewhere\n\n{client}account={}\n", account(2), account(1))),
        ("src/5.py", format!("account={}\n{client}", account(1))),
    ] {
        fixture.write(path, text);
    }
    let rules_file = rules_file.to_str().expect("a plain path");
    let report = run_in(&fixture, rules_file, &[&VERIFY[..], &["--format", "json"]].concat()).json();
    let got: Vec<(String, Value, Value)> = by_path(&report)
        .into_iter()
        .map(|(path, _, it)| (path, it["standing"].clone(), it["doubt"].clone()))
        .collect();
    let expected = [
        ("src/1.py", json!("live"), Value::Null),
        ("src/2.py", json!("dead"), Value::Null),
        ("src/3.py", json!("unknown"), json!("missing-part")),
        ("src/4.py", json!("live"), Value::Null),
        ("src/5.py", json!("live"), Value::Null),
    ]
    .map(|(path, standing, doubt)| (path.to_owned(), standing, doubt));
    assert_eq!(got, expected);
    assert_eq!(server.requests().len(), 2, "one for each pair");
    let text = run_in(&fixture, rules_file, &VERIFY).stdout;
    let why = "not asked, because the other part of the credential was not found near it";
    assert!(text.contains(&format!("verified: unknown: {}: {why}", server.authority())), "{text}");
    assert_eq!(server.requests().len(), 2, "the answers are kept");
    for file in std::fs::read_dir(fixture.home().join(".cache/secretscan")).expect("the caches").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        for part in [token('a'), account(1), account(2)] {
            assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()), "{file:?}");
        }
    }
}

#[test]
fn a_rule_that_names_a_companion_it_does_not_have_is_refused() {
    let server = provider();
    let fixture = Fixture::new();
    let rules_file = fixture.home().join("acme.toml");
    let wrong = paired_rules(&server).replace("name = \"account\"", "name = \"account id\"");
    std::fs::write(&rules_file, wrong).expect("a file");
    let run = fixture.run(&["rules", "check", "--rules", rules_file.to_str().expect("a plain path")]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("`{{account}}` is no placeholder"), "{run:?}");
}
