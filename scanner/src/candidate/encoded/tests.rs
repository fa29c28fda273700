//! Encoded text through the whole engine. Tokens are built by the rules' own recipes.

use std::io::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

use ::base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::Encoding::{Base64, Escape, Gzip, Hex, Html, Percent, Utf16, Zlib};
use super::*;
use crate::candidate::{Candidates, Engine, EngineOptions, Scratch, Work};
use crate::rule::RuleSet;
use crate::source::Segment;
use crate::value::path::PathInfo;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&RuleSet::builtin(), EngineOptions::default()));

fn scanned(text: &[u8]) -> (Candidates, Work) {
    let (mut scratch, mut out) = (Scratch::default(), Candidates::default());
    ENGINE.candidates(&Segment::whole(text), &PathInfo::default(), &mut scratch, &mut out);
    (out, scratch.work())
}

/// A candidate as tests compare it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    rule: String,
    by: Vec<Encoding>,
    written: Range<usize>,
    secret: String,
}

fn seen(text: &[u8]) -> Vec<Seen> {
    let one = |candidate: &Candidate| {
        let (bytes, inner) = match &candidate.decoded {
            Some(decoded) => (decoded.text(), &decoded.candidate),
            None => (text, candidate),
        };
        Seen {
            rule: candidate.rule.id.clone(),
            by: candidate.decoded.as_ref().map(|decoded| decoded.by.clone()).unwrap_or_default(),
            written: candidate.span.clone(),
            secret: String::from_utf8_lossy(&bytes[inner.span.clone()]).into_owned(),
        }
    };
    scanned(text).0.kept.iter().map(one).collect()
}

/// The secret of a rule's first example.
fn example(rule: &str, seed: u64) -> String {
    let rules = RuleSet::builtin();
    let example =
        rules.get(rule).expect("a builtin rule").examples[0].build(seed).expect("its recipe builds");
    example.text[example.secret_span].to_owned()
}

const TOKEN_RULE: &str = "github-personal-access-token";

fn token() -> String {
    example(TOKEN_RULE, 5)
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn wrapped(bytes: impl AsRef<[u8]>, width: usize, by: &str) -> String {
    let encoded = base64(bytes);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    lines.join(by)
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn each(text: &str, escape: impl Fn(char) -> String) -> String {
    text.chars().map(escape).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::default());
    stream.write_all(bytes).and_then(|()| stream.finish()).expect("memory takes everything")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    stream.write_all(bytes).and_then(|()| stream.finish()).expect("memory takes everything")
}

/// `text` in one more encoding.
fn encoded(text: &str, by: Encoding) -> String {
    match by {
        Base64 => base64(text),
        Hex => hex(text),
        Percent => each(text, |c| format!("%{:02X}", u32::from(c))),
        Html => each(text, |c| format!("&#{};", u32::from(c))),
        Escape => each(text, |c| format!("\\u{:04x}", u32::from(c))),
        Gzip => base64(gzip(text.as_bytes())),
        Utf16 => base64(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        Zlib => base64(zlib(text.as_bytes())),
    }
}

#[test]
fn a_token_is_found_in_every_encoding_and_points_at_all_of_it() {
    let token = token();
    let cases: Vec<(String, Vec<Encoding>)> = vec![
        (base64(&token), vec![Base64]),
        (BASE64_STANDARD_NO_PAD.encode(&token), vec![Base64]),
        (BASE64_URL_SAFE_NO_PAD.encode(&token), vec![Base64]),
        (wrapped(&token, 40, "\n"), vec![Base64]),
        (wrapped(&token, 40, "\r\n"), vec![Base64]),
        (wrapped(&token, 40, "\n    "), vec![Base64]),
        (wrapped(&token, 40, "\\n"), vec![Base64]),
        (wrapped(&token, 40, "\\r\\n"), vec![Base64]),
        (hex(&token), vec![Hex]),
        (hex(&token).to_uppercase(), vec![Hex]),
        (encoded(&token, Percent), vec![Percent]),
        (encoded(&token, Percent).to_lowercase(), vec![Percent]),
        (encoded(&token, Html), vec![Html]),
        (each(&token, |c| format!("&#x{:X};", u32::from(c))), vec![Html]),
        (encoded(&token, Escape), vec![Escape]),
        (each(&token, |c| format!("\\\\u{:04X}", u32::from(c))), vec![Escape]),
        (each(&token, |c| format!("\\u{{{:x}}}", u32::from(c))), vec![Escape]),
        (each(&token, |c| format!("\\x{:02x}", u32::from(c))), vec![Escape]),
        (encoded(&token, Gzip), vec![Base64, Gzip]),
        (encoded(&token, Zlib), vec![Base64, Zlib]),
        (hex(gzip(token.as_bytes())), vec![Hex, Gzip]),
    ];
    for (written, by) in cases {
        for (before, after) in [("x = \"", "\"\n"), ("", ""), ("a: 1\nb: ", "\nc: 2\n"), ("<v>", "</v>")] {
            let text = format!("{before}{written}{after}");
            let expected = Seen {
                rule: TOKEN_RULE.to_owned(),
                by: by.clone(),
                written: before.len()..before.len() + written.len(),
                secret: token.clone(),
            };
            assert_eq!(seen(text.as_bytes()), [expected], "{text:?}");
        }
    }
}

#[test]
fn what_binds_a_value_to_a_name_may_be_encoded_as_well() {
    let value = ["Blue-Kettle", "9x"].concat();
    let line = format!("password=\"{value}\"");
    for text in [
        format!("cloud-init: {}", base64(format!("#!/bin/sh\nexport DB_{line}\n"))),
        format!(
            "x: {}",
            BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"user\": \"a\", \"password\": \"{value}\"}}"))
        ),
        format!("body = \"{}\"", hex(&line)),
        format!("u = \"{}\"", line.replace('"', "%22").replace('=', "%3D")),
        format!("<v>{}</v>", line.replace('"', "&quot;")),
        format!("&lt;password&gt;{value}&lt;/password&gt;"),
        format!("{{\"v\": \"{}\"}}", line.replace('"', "\\u0022").replace('=', "\\u003d")),
    ] {
        let seen = seen(text.as_bytes());
        assert!(seen.iter().any(|one| one.secret == value), "{text}: {seen:?}");
        assert_eq!(seen.len(), 1, "one finding: {text}: {seen:?}");
    }
}

#[test]
fn a_name_outside_and_a_value_inside_meet() {
    let rules = RuleSet::builtin();
    let recipe = &rules.get("twilio-auth-token").expect("a rule").examples[0];
    let example = recipe.build(3).expect("it builds");
    let value = &example.text[example.secret_span];
    let text = format!("data:\n  TWILIO_AUTH_TOKEN: {}\n", base64(value));
    let found = seen(text.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].rule.as_str(), found[0].secret.as_str()), ("twilio-auth-token", value));
}

#[test]
fn three_encodings_in_one_another_are_followed_and_a_fourth_is_said() {
    let token = token();
    for chain in [
        vec![Base64, Base64],
        vec![Base64, Base64, Base64],
        vec![Percent, Base64],
        vec![Base64, Percent],
        vec![Escape, Base64, Hex],
        vec![Html, Percent, Base64],
        vec![Percent, Percent],
    ] {
        let text = chain.iter().rev().fold(token.clone(), |text, by| encoded(&text, *by));
        let found = seen(format!("x = \"{text}\"").as_bytes());
        assert_eq!(found.len(), 1, "{chain:?}: {found:?}");
        assert_eq!((&found[0].secret, found[0].written.clone()), (&token, 5..5 + text.len()), "{chain:?}");
        let mut once = chain.clone();
        once.dedup();
        assert!(found[0].by == chain || found[0].by == once, "{chain:?}: {found:?}");
    }
    let three = (0..3).fold(token.clone(), |text, _| base64(text));
    assert!(!scanned(three.as_bytes()).0.is_limited);
    for four in [base64(&three), base64(gzip(base64(gzip(token.as_bytes())).as_bytes()))] {
        let (out, _) = scanned(format!("x = '{four}'").as_bytes());
        assert!(out.is_limited && out.kept.iter().all(|candidate| candidate.rule.id != TOKEN_RULE), "{four}");
    }
}

#[test]
fn a_value_is_found_where_only_what_stands_around_it_is_escaped_twice() {
    let password = ["Blue-Kettle", "9x"].concat();
    let text = format!("x = \"%257B%2522password%2522%253A%2522{password}%2522%257D\"\n");
    let found = seen(text.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0].secret, &text[found[0].written.clone()]), (&password, password.as_str()));
}

#[test]
fn base64_whose_signs_are_escaped_is_read_whole() {
    let token = token();
    // Some of these streams have a sign.
    let mut texts = (0..32).map(|n| base64(gzip(format!("{}{token}\n", "-".repeat(n)).as_bytes())));
    let text = texts.find(|text| text.contains(['+', '/'])).expect("a sign");
    let text = text.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D");
    let found = seen(format!("x={text}&y=1\n").as_bytes());
    assert_eq!(found.iter().map(|one| &one.secret).collect::<Vec<_>>(), [&token], "{text}");
}

#[test]
fn spans_are_as_tight_as_the_encoding_allows() {
    let token = token();
    for before in 0..7 {
        for after in 0..4 {
            let plain = format!("{}k={token} {}", "-".repeat(before + 9), "z".repeat(after));
            let start = plain.find(&token).expect("it is there");
            let run = base64(&plain);
            let text = format!("v: {run}\n");
            let found = seen(text.as_bytes());
            let expected = 3 + start * 8 / 6..3 + ((start + token.len()) * 8).div_ceil(6);
            assert_eq!(found.first().map(|one| one.written.clone()), Some(expected), "{plain}: {found:?}");
            let text = format!("v: {}\n", hex(&plain));
            let found = seen(text.as_bytes());
            let expected = 3 + 2 * start..3 + 2 * (start + token.len());
            assert_eq!(found.first().map(|one| one.written.clone()), Some(expected), "{plain}: {found:?}");
        }
    }
    // Over lines, of which the middle one is all secret.
    let plain = format!("{}k={token} and so on, and so on, and more of it", "-".repeat(20));
    let text = wrapped(&plain, 40, "\n  ");
    let found = seen(text.as_bytes());
    let at = |offset: usize| offset * 8 / 6 + offset * 8 / 6 / 40 * 3;
    assert_eq!(found[0].written, at(22)..at(22 + token.len() - 1) + 2, "{found:?}\n{text}");
}

#[test]
fn each_secret_is_one_finding_under_its_most_specific_name() {
    let token = token();
    let password = ["Blue-Kettle", "9x"].concat();
    let jwt = [
        r#"{"alg":"HS256","typ":"JWT"}"#,
        &format!(r#"{{"sub":"1","password":"{password}"}}"#),
        "0123456789abcdefghijklmnopqrstuv",
    ]
    .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
    .join(".");
    let body = wrapped((0..600u32).map(|n| (n * n % 251) as u8).collect::<Vec<u8>>(), 64, "\n");
    let pem = ["-----BEGIN ", "PRIVATE KEY-----\n", &body, "\n-----END ", "PRIVATE KEY-----\n"].concat();
    let login = base64(format!("deploy:{password}"));
    for (text, expected) in [
        (format!("password: {}\n", base64(&password)), vec![("generic-password", false)]),
        (format!("token = '{jwt}'"), vec![("json-web-token", false)]),
        (format!("token: {}", base64(&jwt)), vec![("json-web-token", true)]),
        (format!("Authorization: Basic {login}"), vec![("basic-auth-header", false)]),
        (format!("tls.key: {}\n", base64(&pem)), vec![("private-key", false)]),
        (format!("tls: {}\n", base64(gzip(pem.as_bytes()))), vec![("private-key", true)]),
        (
            // A key does not hide what stands beside it in one stream.
            format!("x: {}\n", base64(gzip(format!("{pem}k: {token}\n").as_bytes()))),
            vec![("private-key", true), (TOKEN_RULE, true)],
        ),
        (format!("Authorization: Basic {}", base64(format!("x:{token}"))), vec![(TOKEN_RULE, true)]),
        (
            format!("secret: {}", base64(format!("a_password='{password}'\nb_token='{token}'\n"))),
            vec![("generic-password", true), (TOKEN_RULE, true)],
        ),
        (
            // As `echo` writes it: with a line break, which is no part of it.
            format!("v_password: {}", base64(format!("{password}\n"))),
            vec![("generic-password", false)],
        ),
        (
            format!(
                "v: {}",
                base64(gzip(format!("a_password='{password}'\nb_token='{token}'\n").as_bytes()))
            ),
            vec![("generic-password", true), (TOKEN_RULE, true)],
        ),
    ] {
        let mut found: Vec<(String, bool)> =
            seen(text.as_bytes()).into_iter().map(|one| (one.rule, !one.by.is_empty())).collect();
        found.sort();
        let mut expected: Vec<(String, bool)> =
            expected.into_iter().map(|(rule, is_decoded)| (rule.to_owned(), is_decoded)).collect();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn ordinary_code_has_no_layers() {
    let code = include_str!("layer.rs").replace('%', "");
    let (out, work) = scanned(code.as_bytes());
    assert!(out.kept.iter().all(|candidate| candidate.decoded.is_none()));
    assert!(work.decoded_bytes < code.len() as u64 / 4, "{work:?}");
    for text in [
        "let some_identifier_of_great_length = path/to/some/other/module_name;",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ] {
        assert_eq!(scanned(text.as_bytes()).1.decoded_bytes, 0, "{text}");
    }
}

#[test]
fn decoding_can_be_switched_off() {
    let text = base64(token());
    let options = EngineOptions { decode: false, ..EngineOptions::default() };
    let engine = Engine::new(&RuleSet::builtin(), options);
    let mut out = Candidates::default();
    engine.candidates(
        &Segment::whole(text.as_bytes()),
        &PathInfo::default(),
        &mut Scratch::default(),
        &mut out,
    );
    assert!(out.kept.iter().all(|candidate| candidate.rule.id != TOKEN_RULE));
}

#[test]
fn what_a_budget_leaves_out_is_said() {
    let token = token();
    // A stream that unpacks to more than is taken: its beginning is still searched.
    let bomb = [format!("k={token}\n").into_bytes(), vec![b' '; 5 << 20]].concat();
    let (out, _) = scanned(base64(gzip(&bomb)).as_bytes());
    assert!(out.is_limited && out.kept.iter().any(|candidate| candidate.rule.id == TOKEN_RULE));
    assert!(!scanned(base64(gzip(&bomb[..1 << 20])).as_bytes()).0.is_limited);

    let text = format!("{}\n{}\n", base64(&token), base64(&token));
    let mut runs = Vec::new();
    crate::candidate::run::find(text.as_bytes(), &mut runs);
    let hints = Hints { runs: &runs, escapes: &[], is_cut: false };
    for (mut budget, count, is_exceeded) in [
        (Budget::of(1 << 20, 9), 2, false),
        (Budget::of(1 << 20, 1), 1, true),
        (Budget::of(1 << 20, 0), 0, true),
        (Budget::of(60, 9), 0, true),
    ] {
        let layers = layers(text.as_bytes(), hints, DEPTH, &mut budget);
        assert_eq!((layers.len(), budget.is_exceeded), (count, is_exceeded));
    }
}

#[test]
fn a_cut_text_may_begin_inside_a_group() {
    let token = token();
    let plain = format!("{}k={token} {}", "words and more words ".repeat(10), "x".repeat(40));
    let run = base64(&plain);
    for cut in 0..9 {
        let text = &run.as_bytes()[cut..];
        let base = crate::location::Base { offset: 1, ..crate::location::Base::default() };
        let segment = Segment { base, ..Segment::whole(text) };
        let mut out = Candidates::default();
        ENGINE.candidates(&segment, &PathInfo::default(), &mut Scratch::default(), &mut out);
        assert!(out.kept.iter().any(|candidate| candidate.rule.id == TOKEN_RULE), "{cut}");
    }
}

#[test]
fn work_is_linear_whatever_is_encoded() {
    let size = 1 << 19;
    let text = base64("some words, and some more of them, without any end. ".repeat(9000));
    let noise =
        base64((0..400_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<u8>>());
    let half = format!("{}{}", base64("0123456789ab"), &noise[..60]);
    let twice = base64(&text);
    for unit in [
        "%41",
        "%25",
        "\\u0041",
        "\\x41",
        "&#65;",
        "&lt;",
        "&amp;amp;",
        "H4sIAAAA",
        "eJwx",
        "70617373",
        "0x70617373 ",
        "cGFz",
        "cGFzc3dvcmQ9aHVudGVyMg==\n",
        "cGFzc3dvcmQ9aHVudGVyMg==%3D&quot;",
        "\\ncGFzc3dvcmQ9aHVudGVyMg",
        "a/b-c_d+e",
        &text[..4096],
        &wrapped(&text, 76, "\n"),
        &wrapped(&text, 76, "\\n"),
        &noise[..4096],
        &wrapped(&noise, 76, "\n"),
        &format!("{half}\n"),
        &format!("{half} "),
        &twice[..8192],
        &wrapped(&twice, 64, "\n"),
    ] {
        let text = unit.repeat(size / unit.len() + 1);
        let (out, work) = scanned(text.as_bytes());
        let bytes = text.len() as u64;
        assert!(work.decoded_bytes <= 12 * bytes, "{:?}: {work:?}", &unit[..unit.len().min(20)]);
        assert!(work.regex_bytes <= 8 * bytes, "{:?}: {work:?}", &unit[..unit.len().min(20)]);
        check_order(&out, text.len());
    }
}

fn check_order(out: &Candidates, length: usize) {
    let mut before = 0..0;
    for candidate in &out.kept {
        let span = candidate.span.clone();
        assert!(span.start < span.end && span.end <= length);
        assert!(span.start >= before.end || span == before && candidate.decoded.is_some());
        if let Some(decoded) = &candidate.decoded {
            assert!(decoded.candidate.span.end <= decoded.text().len() && !decoded.by.is_empty());
            assert_eq!(decoded.written(&decoded.candidate.span), span);
        }
        before = span;
    }
}

fn any_encoding() -> impl Strategy<Value = Encoding> {
    prop::sample::select(vec![Base64, Hex, Percent, Html, Escape])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn random_nestings_lead_to_the_token(
        chain in prop::collection::vec(any_encoding(), 1..=3),
        before in "[a-z =:]{0,30}",
        after in "[ -~]{0,30}",
        seed in 0u64..50,
    ) {
        let token = example(TOKEN_RULE, seed);
        let plain = format!("{before} {token} {after}");
        let text = chain.iter().rev().fold(plain, |text, by| encoded(&text, *by));
        let found = seen(format!("x = \"{text}\"\n").as_bytes());
        prop_assert!(found.iter().any(|one| one.rule == TOKEN_RULE && one.secret == token), "{:?}: {:?}", chain, found);
    }

    #[test]
    fn random_bytes_do_no_harm(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                prop::collection::vec(any::<u8>(), 0..90).prop_map(|bytes| base64(bytes).into_bytes()),
                "[ -~]{0,60}".prop_map(|text| base64(base64(format!("text {text}"))).into_bytes()),
                prop::collection::vec(any::<u8>(), 0..90).prop_map(|bytes| base64([&[0x1f, 0x8b, 8][..], &bytes].concat()).into_bytes()),
                prop::collection::vec(any::<u8>(), 0..90).prop_map(|bytes| base64(gzip(&bytes)).into_bytes()),
                prop::sample::select(vec![
                    "%", "%4", "%41", "&#", "&#x41;", "&quot;", "\\", "\\u00", "\\u0041", "\\ud83d", "\\x", "\\x41", "\\u{41}", "=", "==",
                    "\n", "\\n", "password=", "0x7061737370617373706173737061737370", "token: ",
                ]).prop_map(|piece| piece.as_bytes().to_vec()),
            ],
            0..30,
        ),
        own in (0usize..600, 0usize..600),
    ) {
        let text = pieces.concat();
        let mut out = Candidates::default();
        let own = (own.0.min(text.len()), own.1.min(text.len()));
        for own in [(0, text.len()), own] {
            let segment = Segment { own, ..Segment::whole(&text) };
            ENGINE.candidates(&segment, &PathInfo::default(), &mut Scratch::default(), &mut out);
            check_order(&out, text.len());
            prop_assert!(out.kept.iter().all(|candidate| (own.0..own.1).contains(&candidate.span.start)));
        }
    }
}

#[test]
fn a_token_behind_escapes_is_found_however_often_they_are_escaped() {
    let token = example(TOKEN_RULE, 5);
    let once = |text: &str| text.replace('%', "%25").replace('=', "%3D").replace('&', "%26");
    let mut query = format!("a=1&token={token}");
    for depth in 1..=3 {
        query = once(&query);
        let text = format!("https://h.kestrel.io/p?u={query}&v=2\n");
        let found = seen(text.as_bytes());
        let [one] = &found[..] else { panic!("{depth}: {found:?}") };
        assert_eq!((one.rule.as_str(), &text[one.written.clone()]), (TOKEN_RULE, token.as_str()), "{depth}");
        assert_eq!(one.secret, token);
    }
}

#[test]
fn a_command_of_powershell_is_read() {
    let token = example(TOKEN_RULE, 6);
    for (command, exact) in [
        (format!("$env:TOKEN='{token}'; Invoke-Thing"), true),
        (format!("Write-Host 'Grüße'; $t='{token}'"), false),
    ] {
        let text = format!("powershell -EncodedCommand {}\n", encoded(&command, Utf16));
        let found = seen(text.as_bytes());
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!((one.rule.as_str(), one.secret.as_str()), (TOKEN_RULE, token.as_str()));
        assert_eq!(one.by, [Base64, Utf16]);
        assert_eq!(one.written.len() < text.len() - 30, exact, "{:?} of {}", one.written, text.len());
    }
    // Numbers of two bytes are no text.
    let numbers: Vec<u8> = (0..200_u16).flat_map(|n| [n as u8 ^ 0x5a, (n % 3) as u8 + 1]).collect();
    assert!(seen(format!("x: {}\n", base64(&numbers)).as_bytes()).iter().all(|one| one.by.is_empty()));
}
