//! llama.cpp computes what the architecture's definition says, through our own path (encoding, loading, decoding), and
//! splits text as our own encoder does.

use secretscan::judge::{Query, Window, chat, encode, gguf};

use crate::question::{open, query};
use crate::reference;
use crate::tiny_gguf::{Meta, Recipe, Tiny};

/// Largest difference of a logit; their deviation is about 1, their largest about 3. llama.cpp computes attention with
/// half floats: measured are 0.0013 to 0.0046.
const TOLERANCE: f32 = 8e-3;

fn compare(tiny: &Tiny, rounds: usize) {
    let mut probe = open(tiny).probe().expect("a context");
    for n in 0..rounds {
        let query = query(n);
        let tokens = probe.tokens(&query);
        let expected = reference::logits(tiny, &tokens);
        let got = probe.logits(&query).expect("logits");
        assert_eq!(got.len(), tiny.tokens.len());
        let worst = got.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= TOLERANCE, "question {n} of {} tokens: {worst}", tokens.len());
        assert_eq!(largest(&got), largest(&expected), "question {n}");
    }
}

fn largest(logits: &[f32]) -> usize {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).expect("logits")
}

#[test]
fn native_logits_equal_the_reference() {
    compare(&Recipe::native().build(), 6);
}

#[test]
fn native_logits_equal_the_reference_for_other_shapes() {
    let wide = Recipe { width: 96, heads: 6, kv_heads: 3, ff: 160, layers: 3, seed: 5, ..Recipe::native() };
    compare(&wide.build(), 2);
}

#[test]
fn chat_logits_equal_the_reference() {
    compare(&Recipe::chat().build(), 3);
}

/// Random text out of what tokenisers differ over: digits, quotes, blanks, accents, other scripts, joined emoji.
fn odd_text(seed: usize) -> String {
    let pieces = [
        "password",
        "Word",
        " ",
        "  ",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "7",
        "42",
        "\u{664}",
        "\u{bd}",
        "'s",
        "'ll",
        "'x",
        "--",
        "_",
        "=\"",
        "\u{e9}",
        "e\u{301}",
        "\u{df}",
        "\u{3042}",
        "\u{4e2d}",
        "\u{1f469}\u{200d}\u{1f4bb}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{fffd}",
        "}{",
        "://",
        "secret",
        "token",
        "\r",
    ];
    let mut state = seed as u64 + 1;
    (0..60)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            pieces[(state >> 33) as usize % pieces.len()]
        })
        .collect()
}

#[test]
fn our_encoder_gives_the_tokens_that_llama_cpp_gives() {
    for pre in ["smollm", "gpt-2"] {
        let recipe = Recipe::chat().without("tokenizer.chat_template");
        let tiny = recipe.with("tokenizer.ggml.pre", Meta::Text(pre.into())).build();
        let header = gguf::Gguf::read(&tiny.bytes[..], tiny.bytes.len() as u64).expect("a header");
        let ours = encode::Vocabulary::of(&header).expect("a vocabulary");
        let probe = open(&tiny).probe().expect("a context");
        for n in 0..400 {
            let text = odd_text(n).into_bytes();
            let window = Window { value: text.clone(), before: vec![text], ..query(n).window };
            let query = Query { window, ..query(n) };
            // The prompt's fixed parts stand around the message, which llama.cpp gets in one piece.
            let expected = ours.encode(&chat::message(&query, 5));
            let theirs = probe.tokens(&query);
            assert!(theirs.windows(expected.len()).any(|part| part == expected), "{pre} {n}");
        }
    }
}
