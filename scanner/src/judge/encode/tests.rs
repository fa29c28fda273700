use super::*;
use crate::candidate::{Proof, Syntax};
use crate::judge::Window;
use crate::rule::{Detector, Kind, Rule};

/// 256 bytes (ids are the bytes), a few merges, then the special tokens.
fn vocabulary(pre: PreTokenizer) -> Vocabulary {
    let merges: Vec<(String, String)> =
        [("p", "a"), ("s", "s"), ("pa", "ss"), ("w", "o"), ("r", "d"), ("wo", "rd"), ("1", "2"), ("Ġ", "=")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .to_vec();
    let mut tokens: Vec<String> = (0..=u8::MAX).map(|b| byte_char(b).to_string()).collect();
    tokens.extend(merges.iter().map(|(a, b)| format!("{a}{b}")));
    let normal = tokens.len();
    tokens.extend(specials());
    Vocabulary::new(&tokens, |id| id >= normal, merges, pre).expect("a vocabulary")
}

fn encoder() -> Encoder {
    Encoder::new(vocabulary(PreTokenizer::Smollm)).expect("all tokens are there")
}

fn query(window: Window) -> Query {
    Query {
        window,
        rule: Rule::for_test("generic-password", Kind::Password, Detector::Assignment),
        syntax: Syntax::Quoted,
        proof: Proof::None,
        statistics: crate::judge::FileStatistics::default(),
        prior: 0.0,
    }
}

fn window(value: &[u8]) -> Window {
    Window {
        path: "app/settings.py".into(),
        before: vec![b"import os".to_vec()],
        left: b"password = '".to_vec(),
        value: value.to_vec(),
        right: b"'".to_vec(),
        after: vec![b"connect()".to_vec()],
        key: Some(b"password".to_vec()),
        usage: Some(b"login(password)".to_vec()),
    }
}

/// Readable form: special tokens by name, everything else as text.
fn show(encoder: &Encoder, tokens: &[u32]) -> String {
    let vocabulary = encoder.vocabulary();
    let names: std::collections::BTreeMap<u32, String> =
        specials().into_iter().map(|name| (vocabulary.special(&name).expect("special"), name)).collect();
    let merged = ["pa", "ss", "pass", "wo", "rd", "word", "12", " ="];
    tokens
        .iter()
        .map(|&id| match id {
            0..=255 => char::from(id as u8).to_string(),
            id => names.get(&id).cloned().unwrap_or_else(|| merged[id as usize - 256].to_owned()),
        })
        .collect()
}

#[test]
fn the_layout_is_the_documented_one() {
    let encoder = encoder();
    let tokens = encoder.encode(&query(window(b"a1b2")));
    assert_eq!(
        show(&encoder, &tokens),
        "<|path|>app/settings.py<|ctx|>import os\npassword = '<|val|>a1b2<|/val|>'\nconnect()<|/ctx|>\
         <|use|>login(password)<|key|>password<|echo|>a1b2<|len0|><|ent1|><|cs1|><|te0|><|syn0|><|kind0|><|det1|>\
         <|same0|><|names0|><|rules0|><|dense0|><|prior7|><|ans|>"
    );
    let word = vocabulary(PreTokenizer::Smollm).encode("password");
    assert_eq!(word, [258, 261], "text is merged");
}

#[test]
fn version_two_is_frozen() {
    // Whoever changes what these see must raise VERSION: models trained before would be asked in another language.
    let tokens = encoder().encode(&query(window("Gr\u{fc}n-12\tx  ".repeat(8).as_bytes())));
    let ids: Vec<u8> = tokens.iter().flat_map(|id| id.to_le_bytes()).collect();
    assert_eq!((VERSION, tokens.len()), (2, 145));
    assert_eq!(sha256_hex(&ids)[..8], *"ed4d8065");
    assert_eq!(hash()[..8], *"7e8a1f04");
}

#[test]
fn text_of_a_file_never_becomes_a_special_token() {
    let encoder = encoder();
    let hostile = specials().concat();
    let all = Window {
        path: hostile.clone(),
        before: vec![hostile.clone().into_bytes(); 5],
        left: hostile.clone().into_bytes(),
        value: hostile.clone().into_bytes(),
        right: hostile.clone().into_bytes(),
        after: vec![hostile.clone().into_bytes(); 5],
        key: Some(hostile.clone().into_bytes()),
        usage: Some(hostile.clone().into_bytes()),
    };
    let marks = |window: Window| {
        let tokens = encoder.encode(&query(window));
        let first_special = 256 + 8;
        tokens.iter().filter(|&&id| id >= first_special).count()
    };
    // The layout's own: 8 marks, 12 features, ans; one more for the cut in a long echo.
    assert_eq!(marks(window(b"x")), 21);
    assert_eq!(marks(all), 22);
    let text = encoder.vocabulary().encode(&hostile);
    assert!(text.iter().all(|&id| id < first_special_id()));
}

fn first_special_id() -> u32 {
    256 + 8
}

#[test]
fn every_part_is_cut_to_its_budget_at_the_documented_end() {
    let encoder = encoder();
    let digits: Vec<u8> = (0..900).map(|n| b"0123456789abcdef"[n * n % 16]).collect();
    let huge = Window {
        path: format!("{}/the-file.py", "x".repeat(100)),
        before: vec![[&digits[..200], b"NEAR"].concat(); 5],
        left: [&digits[..200], b"LEFTEND"].concat(),
        value: [b"VHEAD", &digits[..], b"VTAIL"].concat(),
        right: [b"RIGHTSTART", &digits[..200]].concat(),
        after: vec![[b"NEXT", &digits[..200]].concat(); 5],
        key: Some([&digits[..200], b"keyend"].concat()),
        usage: Some([b"USAGE", &digits[..100]].concat()),
    };
    let tokens = encoder.encode(&query(huge));
    assert_eq!(tokens.len(), MAX_TOKENS, "all budgets are used up");
    let shown = show(&encoder, &tokens);
    for expected in [
        "x/the-file.py<|ctx|>",
        "NEAR\n",
        "LEFTEND<|val|>VHEAD",
        "VTAIL<|/val|>RIGHTSTART",
        "\nNEXT",
        "<|use|>USAGE",
        "keyend<|echo|>VHEAD",
        "VTAIL<|len7|>",
        "<|cut|>",
    ] {
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
    assert_eq!(tokens.last(), Some(&encoder.ans));
}

#[test]
fn the_echo_holds_the_bytes_as_they_are() {
    let encoder = encoder();
    for length in [0, 1, ECHO_HEAD + ECHO_TAIL, ECHO_HEAD + ECHO_TAIL + 1, 4096] {
        let value: Vec<u8> = (0..length).map(|n| (n * 37 % 256) as u8).collect();
        let tokens = encoder.encode(&query(window(&value)));
        let at = tokens.iter().position(|&id| id == encoder.echo).expect("an echo");
        let echo = &tokens[at + 1..tokens.len() - 13];
        let expected: Vec<u32> = if length <= ECHO_HEAD + ECHO_TAIL {
            value.iter().map(|&b| u32::from(b)).collect()
        } else {
            let head = value[..ECHO_HEAD].iter().map(|&b| u32::from(b));
            head.chain([encoder.cut])
                .chain(value[length - ECHO_TAIL..].iter().map(|&b| u32::from(b)))
                .collect()
        };
        assert_eq!(echo, expected, "{length}");
    }
}

#[test]
fn an_empty_window_still_ends_in_the_answer_position() {
    let empty = Window {
        path: String::new(),
        before: vec![],
        left: vec![],
        value: vec![],
        right: vec![],
        after: vec![],
        key: None,
        usage: None,
    };
    let encoder = encoder();
    let tokens = encoder.encode(&query(empty));
    assert_eq!((tokens.len(), tokens.last()), (21, Some(&encoder.ans)));
}

#[test]
fn the_two_splits_differ_in_digits_alone() {
    assert_eq!(vocabulary(PreTokenizer::Gpt2).encode("12"), [262]);
    assert_eq!(vocabulary(PreTokenizer::Smollm).encode("12"), [u32::from(b'1'), u32::from(b'2')]);
}

#[test]
fn a_vocabulary_without_what_the_encoding_needs_is_refused() {
    let mut tokens: Vec<String> = (0..=u8::MAX).map(|b| byte_char(b).to_string()).collect();
    tokens.extend(specials());
    let special = |id: usize| id >= 256;
    let build = |tokens: &[String], merges| Vocabulary::new(tokens, special, merges, PreTokenizer::Gpt2);
    assert!(Encoder::new(build(&tokens, vec![]).expect("plain")).is_ok());

    let lacks_one = build(&tokens[..tokens.len() - 1], vec![]).expect("plain");
    assert!(
        matches!(Encoder::new(lacks_one), Err(VocabularyError::MissingToken(name)) if name == "<|why15|>")
    );
    let mut no_byte = tokens.clone();
    no_byte[7] = "other".into();
    let no_byte = build(&no_byte, vec![]).expect("plain");
    assert!(matches!(Encoder::new(no_byte), Err(VocabularyError::MissingToken(_))));
    let as_text = Vocabulary::new(&tokens, |_| false, vec![], PreTokenizer::Gpt2).expect("plain");
    assert!(Encoder::new(as_text).is_err(), "special tokens must be control tokens");

    for (left, right) in [("a", "b"), ("<|val|>", "a"), ("<|", "val|>"), ("a", &"b".repeat(500))] {
        let merges = vec![(left.to_owned(), right.to_owned())];
        assert!(matches!(build(&tokens, merges), Err(VocabularyError::BadMerge(0))), "{left} {right}");
    }
}
