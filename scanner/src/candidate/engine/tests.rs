//! The engine with a handful of rules. Tokens are put together from parts; none is real.

use proptest::prelude::*;

use super::*;
use crate::candidate::Syntax;
use crate::location::Base;
use crate::rule::{Kind, Pattern};

fn rule(id: &str, detector: Detector, keywords: &[&str], pattern: Option<&str>) -> Arc<Rule> {
    let mut rule = Rule::for_test(id, Kind::Token, detector);
    let inner = Arc::get_mut(&mut rule).expect("nobody else has it");
    inner.keywords = keywords.iter().map(|&keyword| keyword.to_owned()).collect();
    inner.pattern = pattern.map(Pattern::new);
    rule
}

fn with_floor(mut rule: Arc<Rule>, floor: f32) -> Arc<Rule> {
    Arc::get_mut(&mut rule).expect("nobody else has it").min_entropy = Some(floor);
    rule
}

fn rules() -> Vec<Arc<Rule>> {
    use Detector::{Assignment, Entropy, Key, Keyword, Token};
    vec![
        rule("acme-token", Token, &["acm_", "acr_"], Some(r"ac[mr]_[A-Za-z0-9]{20}")),
        rule("bounded-token", Token, &["bndt"], Some(r"\bBNDT[A-Z2-7]{16}\b")),
        rule("open-token", Token, &["opn"], Some(r"opn[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
        rule("tail-token", Token, &["-us1"], Some(r"\b[0-9a-f]{12}-us1\b")),
        rule(
            "hook",
            Token,
            &["hooks.acme.test"],
            Some(r"https://hooks\.acme\.test/(?P<secret>[A-Z0-9]{8})\b"),
        ),
        with_floor(rule("floor-token", Token, &["flr_"], Some(r"flr_[a-z]{12}")), 2.0),
        rule("ended-token", Token, &["end_"], Some("(?:^|[^a-z])(?P<secret>end_[a-z]{8}){end}")),
        rule("acme-key", Keyword, &["acme"], Some(r#"(?i)acme[^\n]{0,30}?["'=: ](?P<secret>[0-9a-f]{32})"#)),
        rule("lines-key", Keyword, &["linesco"], Some(r"(?i)linesco[\s\S]{0,80}?(?P<secret>\d{20})")),
        rule("generic-password", Assignment, &[], None),
        rule("high-entropy-string", Entropy, &[], None),
        rule("private-key", Key, &[], None),
    ]
}

/// An assignment detector for tests: `password=VALUE`.
fn find_password(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let rest = &text.bytes[anchor.end..];
    let Some(value) = rest.strip_prefix(b"=") else { return };
    let length = value.iter().take(100).take_while(|byte| byte.is_ascii_graphic()).count();
    let span = anchor.end + 1..anchor.end + 1 + length;
    let dropped = value.starts_with(b"$").then_some(Reason::Template);
    let syntax = Syntax::Bare;
    hits.push(Hit {
        rule: "generic-password",
        span,
        key: Some(anchor),
        material: None,
        is_proven: false,
        syntax,
        dropped,
    });
}

fn find_everything(text: Text<'_>, own: (usize, usize), _: &[Range<usize>], hits: &mut Vec<Hit>) {
    for (at, _) in text.bytes.windows(8).enumerate().filter(|(_, window)| *window == b"entropy!") {
        if (own.0..own.1).contains(&at) {
            let rule = "high-entropy-string";
            hits.push(Hit {
                rule,
                span: at..at + 8,
                key: None,
                material: None,
                is_proven: false,
                syntax: Syntax::Bare,
                dropped: None,
            });
        }
    }
}

fn engine(options: EngineOptions) -> Engine {
    let mut detectors = keys::DETECTORS.to_vec();
    detectors.push(CodeDetector { anchors: &["password", "pass"], binary: false, find: find_password });
    Engine::with_detectors(&rules(), &detectors, Some(find_everything), options)
}

fn scan(segment: &Segment<'_>) -> (Candidates, Work) {
    let mut scratch = Scratch::default();
    let mut out = Candidates::default();
    let options = EngineOptions { trace: true, ..EngineOptions::default() };
    engine(options).candidates(segment, &PathInfo::default(), &mut scratch, &mut out);
    (out, scratch.work())
}

/// Rule and value of each candidate.
fn found(text: &str) -> Vec<(String, String)> {
    let (out, _) = scan(&Segment::whole(text.as_bytes()));
    out.kept.iter().map(|c| (c.rule.id.clone(), text[c.span.clone()].to_owned())).collect()
}

fn work(text: &str) -> Work {
    scan(&Segment::whole(text.as_bytes())).1
}

/// `length` characters without a repetition that matters.
fn noise(alphabet: &str, length: usize) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..length).map(|at| alphabet[(at * at + 7 * at + 3) % alphabet.len()]).collect()
}

const WORD: &str = "aZbY3cXdW4eVfU5gTh";

#[test]
fn tokens_are_found_where_they_stand_alone() {
    let token = format!("acm_{}", noise(WORD, 20));
    let alone = [("acme-token".to_owned(), token.clone())];
    for (text, expected) in [
        (token.clone(), true),
        (format!("x = \"{token}\";"), true),
        (format!("x_{token}"), true),
        (format!("x{token}"), false),
        (format!("{token}7"), false),
        (format!("{token}_7"), true),
        (format!("{token}-"), true),
        (token.to_uppercase(), false),
        // Letters of escapes are no part of a word.
        (format!("\"a\\n{token}\""), true),
        (format!("q=token%3D{token}&"), true),
        (format!("\\u003d{token}"), true),
        (format!("\\x3d{token}"), true),
        (format!("\x1b[31;1m{token}\x1b[0m"), true),
        (format!("31;1m{token}"), false),
    ] {
        let expected = if expected { &alone[..] } else { &[] };
        assert_eq!(found(&text), expected, "{text:?}");
    }
}

#[test]
fn every_keyword_of_a_rule_wakes_it() {
    for prefix in ["acm_", "acr_"] {
        assert_eq!(found(&format!(" {prefix}{} ", noise(WORD, 20))).len(), 1, "{prefix}");
    }
}

#[test]
fn tokens_of_every_form_are_found() {
    let hex = noise("0a1b2c3d", 12);
    let upper = noise("ABC234XYZ", 16);
    let open = noise(WORD, 12);
    for (rule, text, value) in [
        ("bounded-token", format!("id: BNDT{upper},"), format!("BNDT{upper}")),
        ("bounded-token", format!("\\tBNDT{upper}\\n"), format!("BNDT{upper}")),
        ("open-token", format!("Bearer opn{open}.{open}"), format!("opn{open}.{open}")),
        ("tail-token", format!("key {hex}-us1 x"), format!("{hex}-us1")),
        ("ended-token", "x=end_abcdefgh;".to_owned(), "end_abcdefgh".to_owned()),
        ("ended-token", "end_abcdefgh".to_owned(), "end_abcdefgh".to_owned()),
        ("hook", "at https://hooks.acme.test/AB12CD34?".to_owned(), "AB12CD34".to_owned()),
        ("acme-key", format!("ACME_KEY = \"{}\"", noise("0a1b2c3d", 32)), noise("0a1b2c3d", 32)),
        (
            "lines-key",
            format!("linesco:\n  id: 1\n  key: {}\n", noise("0123456789", 20)),
            noise("0123456789", 20),
        ),
    ] {
        assert_eq!(found(&text), [(rule.to_owned(), value)], "{text}");
    }
}

#[test]
fn a_keyword_reaches_two_lines_further_and_no_more() {
    let digits = noise("0123456789", 20);
    assert_eq!(found(&format!("linesco\n\n{digits}")).len(), 1);
    assert_eq!(found(&format!("linesco\n\n\n{digits}")).len(), 0);
}

#[test]
fn a_piece_of_a_longer_run_is_no_secret() {
    let hex = noise("0a1b2c3d", 32);
    assert_eq!(found(&format!("acme key={hex}")).len(), 1);
    assert_eq!(found(&format!("acme key={hex}0a1b2c3d")), []);
    let block = format!("BNDT{}", noise("ABC234XYZ", 16));
    assert_eq!(found(&format!("data:{block}{block}")), []);
}

#[test]
fn neighbours_share_the_byte_between_them() {
    assert_eq!(found("end_abcdefgh,end_ijklmnop,end_qrstuvwxy").len(), 2);
}

#[test]
fn every_builtin_example_is_found_by_its_rule() {
    let set = RuleSet::builtin();
    let engine = Engine::new(&set, EngineOptions::default());
    let mut scratch = Scratch::default();
    let mut out = Candidates::default();
    let mut missed = Vec::new();
    for rule in set.rules().iter().filter(|rule| rule.pattern.is_some()) {
        for (recipe, seed) in rule.examples.iter().zip(0..) {
            let example = recipe.build(seed).expect("the rule's own test builds it");
            let segment = Segment::whole(example.text.as_bytes());
            engine.candidates(&segment, &PathInfo::default(), &mut scratch, &mut out);
            let is_found = out.kept.iter().any(|candidate| {
                candidate.span == example.secret_span
                    && (candidate.rule.id == rule.id || candidate.also.contains(&rule.id))
            });
            if !is_found {
                missed.push(format!("{}: {} gave {:?}", rule.id, recipe.template, seen(&out)));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn no_builtin_near_miss_is_found_by_its_rule() {
    let set = RuleSet::builtin();
    let engine = Engine::new(&set, EngineOptions::default());
    let mut out = Candidates::default();
    for rule in set.rules().iter().filter(|rule| rule.pattern.is_some()) {
        for (recipe, seed) in rule.near_misses.iter().zip(0..) {
            let example = recipe.build(seed).expect("the rule's own test builds it");
            let segment = Segment::whole(example.text.as_bytes());
            engine.candidates(&segment, &PathInfo::default(), &mut Scratch::default(), &mut out);
            let found = out.kept.iter().any(|candidate| candidate.rule.id == rule.id);
            assert!(!found, "{}: {}", rule.id, recipe.template);
        }
    }
}

/// Rules and spans of the candidates.
fn seen(out: &Candidates) -> Vec<(&str, Range<usize>)> {
    out.kept.iter().map(|candidate| (candidate.rule.id.as_str(), candidate.span.clone())).collect()
}

#[test]
fn long_matches_are_found_whole() {
    let endless = format!("t=opn{}", noise(WORD, 6000));
    let (out, work) = scan(&Segment::whole(format!("{endless}.{}", &endless[5..]).as_bytes()));
    assert_eq!((out.kept.len(), out.kept[0].span.start), (1, 2), "what is longer than any token is cut");
    assert!(work.regex_bytes < 9000);
    let long = noise(WORD, 3000);
    assert_eq!(
        found(&format!("t=opn{long}.{long} ")),
        [("open-token".to_owned(), format!("opn{long}.{long}"))]
    );
}

#[test]
fn a_value_below_the_entropy_floor_is_dropped() {
    let (out, _) = scan(&Segment::whole(b"flr_aaaaaaaaaaaa flr_abcdefghijkl"));
    assert_eq!(out.kept.len(), 1);
    assert_eq!(out.kept[0].span, 17..33);
    assert_eq!(out.drops, BTreeMap::from([(Reason::TooWeakToBeSecret, 1)]));
}

#[test]
fn the_token_wins_over_its_assignment_and_takes_its_key() {
    let text = format!("password=acm_{}", noise(WORD, 20));
    let (out, _) = scan(&Segment::whole(text.as_bytes()));
    let [candidate] = &out.kept[..] else { panic!("one candidate: {out:?}") };
    assert_eq!((candidate.rule.id.as_str(), candidate.key.clone()), ("acme-token", Some(0..8)));
    assert_eq!(candidate.also, ["generic-password"]);
    assert_eq!(candidate.syntax, Syntax::Token);
}

#[test]
fn a_detector_whose_rule_is_switched_off_reports_nothing() {
    let detectors = [CodeDetector { anchors: &["password"], binary: false, find: find_password }];
    let all = rules();
    for (rules, count) in [(&all[..], 1), (&all[..2], 0)] {
        let engine = Engine::with_detectors(rules, &detectors, None, EngineOptions::default());
        let mut out = Candidates::default();
        let segment = Segment::whole(b"password=hello");
        engine.candidates(&segment, &PathInfo::default(), &mut Scratch::default(), &mut out);
        assert_eq!(out.kept.len(), count);
    }
}

#[test]
fn options_switch_entropy_and_trace() {
    let text = b"entropy! password=$X";
    for (entropy, trace) in [(true, true), (false, false)] {
        let mut out = Candidates::default();
        let engine = engine(EngineOptions { entropy, trace, ..EngineOptions::default() });
        engine.candidates(&Segment::whole(text), &PathInfo::default(), &mut Scratch::default(), &mut out);
        assert_eq!(out.kept.len(), usize::from(entropy));
        assert_eq!(out.dropped.len(), usize::from(trace));
        assert_eq!(out.drops, BTreeMap::from([(Reason::Template, 1)]));
    }
}

#[test]
fn binary_content_has_tokens_and_keys_only() {
    let hex = noise("0a1b2c3d", 32);
    let token = format!("acm_{}", noise(WORD, 20));
    let text = format!("\0{token}\0password=hello\0acme={hex}\0entropy!\0");
    let segment = Segment { content: Content::Binary, ..Segment::whole(text.as_bytes()) };
    let (out, _) = scan(&segment);
    assert_eq!(out.kept.iter().map(|c| c.rule.id.as_str()).collect::<Vec<_>>(), ["acme-token"]);
    assert_eq!(scan(&Segment::whole(text.as_bytes())).0.kept.len(), 4);
}

#[test]
fn a_key_container_is_looked_for_at_the_start_of_the_blob() {
    let store = [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1][..], &[7; 40]].concat();
    let mut rules = rules();
    rules.push(rule("pkcs12-keystore", Detector::Key, &[], None));
    let engine = Engine::with_detectors(&rules, keys::DETECTORS, None, EngineOptions::default());
    for (offset, count) in [(0, 1), (4096, 0)] {
        let base = Base { offset, ..Base::default() };
        let segment = Segment { content: Content::Binary, base, ..Segment::whole(&store) };
        let mut out = Candidates::default();
        engine.candidates(&segment, &PathInfo::default(), &mut Scratch::default(), &mut out);
        assert_eq!(out.kept.len(), count);
    }
}

#[test]
fn a_candidate_belongs_to_the_segment_that_owns_its_first_byte() {
    let text = format!("{}password=hello1 ", "x ".repeat(50));
    let at = text.find("hello1").expect("it is there");
    for (own, count) in [((0, at), 0), ((0, at + 1), 1), ((at, text.len()), 1), ((at + 1, text.len()), 0)] {
        let segment = Segment { own, ..Segment::whole(text.as_bytes()) };
        assert_eq!(scan(&segment).0.kept.len(), count, "{own:?}");
    }
}

#[test]
fn work_is_linear_whatever_stands_in_the_file() {
    let size = 1 << 20;
    for unit in [
        "password",
        "BNDT",
        "opn",
        "acm_",
        "-us1",
        "acme ",
        "acme\n",
        "linesco\n",
        "hooks.acme.test",
        "\\nopn",
        "opnopnopnop.",
        "0a1b2c3d4e5f-us1",
        "acme 0a1b2c3d4e5f0a1b2c3d4e5f0a1b2c3d",
        "acr_aB3aB3aB3aB3aB3aB3aB3x",
        "https://hooks.acme.test/",
        "linesco0123456789",
        "BNDTABC234XYZABC234X",
    ] {
        let text = unit.repeat(size / unit.len());
        let work = work(&text);
        assert!(work.regex_bytes <= 4 * size as u64, "{unit}: {} bytes to regexes", work.regex_bytes);
        assert!(work.detector_calls <= size as u64 / 4, "{unit}: {} calls", work.detector_calls);
    }
    assert!(work(&"password".repeat(size / 8)).detector_calls <= 64, "one word is looked at a few times");
    assert_eq!(work(&"password ".repeat(1000)).detector_calls, 2000, "every word is looked at");
}

#[test]
fn ordinary_text_reaches_no_regex() {
    let text = "fn acme_main() { let pass = acm_x; opn(1); password(2) } // bndt -us1 linesco\n".repeat(100);
    assert_eq!(work(&text).regex_bytes, 0);
}

/// Lines of code with a token here and there.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-z =]{0,40}".prop_map(String::from),
        1 => "[A-Za-z0-9]{20}".prop_map(|body| format!("t = acm_{body};")),
        1 => "[A-Z2-7]{16}".prop_map(|body| format!("id: BNDT{body}")),
        1 => "[A-Za-z0-9]{10,40}".prop_map(|body| format!("opn{body}.{body}")),
        1 => "[0-9a-f]{32}".prop_map(|body| format!("acme_key = '{body}'")),
        1 => "[a-z$]{1,12}".prop_map(|body| format!("password={body} passwordpassword")),
        1 => "[0-9]{20}".prop_map(|body| format!("linesco\n{body}")),
        1 => Just(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", noise(WORD, 100))),
    ];
    prop::collection::vec(line, 0..60).prop_map(|lines| lines.join("\n"))
}

fn check_invariants(text: &[u8], own: (usize, usize), out: &Candidates) {
    let mut end = 0;
    for candidate in &out.kept {
        assert!(candidate.span.start >= end && candidate.span.start < candidate.span.end);
        assert!(candidate.span.end <= text.len());
        assert!((own.0..own.1).contains(&candidate.span.start));
        for range in candidate.key.iter().chain(&candidate.material) {
            assert!(range.start < range.end && range.end <= text.len());
        }
        assert!(candidate.also.is_sorted());
        end = candidate.span.end;
    }
    assert!(out.dropped.is_sorted_by_key(|dropped| dropped.span.start));
    assert_eq!(out.drops.values().sum::<u64>(), out.dropped.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_do_no_harm(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                prop::sample::select(vec![
                    "acm_", "BNDT", "opn", "-us1", "acme", "linesco", "password=", "-----BEGIN ", "PRIVATE KEY-----",
                    "---- BEGIN SSH2 ", "-----", "PuTTY-User-Key-File-2: ssh-rsa", "Private-Lines: 1", "Encryption: none",
                    "\"kty\":\"RSA\"", "\"d\":\"", "\"", "\\", "\\u00", "%", "LS0tLS1CRUdJTi", "ssh-rsa AAAA", "\n",
                    "X509Certificate>", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "DEK-Info: ", "Proc-Type", "{", "}", ":",
                ]).prop_map(|piece| piece.as_bytes().to_vec()),
            ],
            0..40,
        ),
        own in (0usize..400, 0usize..400),
        binary in any::<bool>(),
    ) {
        let text = pieces.concat();
        let own = (own.0.min(text.len()), own.1.min(text.len()));
        let content = if binary { Content::Binary } else { Content::Text };
        let (out, _) = scan(&Segment { own, content, ..Segment::whole(&text) });
        check_invariants(&text, own, &out);
    }

    #[test]
    fn cutting_the_text_changes_nothing(text in lines(), size in 300usize..900) {
        /// More than any value and its context here.
        const OVERLAP: usize = 400;
        let bytes = text.as_bytes();
        let engine = engine(EngineOptions { trace: true, ..EngineOptions::default() });
        let mut scratch = Scratch::default();
        let mut spans = |text: &[u8], own: (usize, usize), at: usize| {
            let mut out = Candidates::default();
            let segment = Segment { own, ..Segment::whole(text) };
            engine.candidates(&segment, &PathInfo::default(), &mut scratch, &mut out);
            check_invariants(text, own, &out);
            out.kept.iter().map(|c| (c.rule.id.clone(), c.span.start + at, c.span.end + at)).collect::<Vec<_>>()
        };
        let whole = spans(bytes, (0, bytes.len()), 0);
        let mut cut = Vec::new();
        let mut from = 0;
        while from < bytes.len() {
            let to = bytes.len().min(from + size);
            let (start, end) = (from.saturating_sub(OVERLAP), bytes.len().min(to + OVERLAP));
            cut.extend(spans(&bytes[start..end], (from - start, to - start), start));
            from = to;
        }
        prop_assert_eq!(whole, cut);
    }
}
