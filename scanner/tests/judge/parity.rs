//! llama.cpp computes what the architecture's definition says, through our own path: encoding, loading, decoding.

use crate::question::{open, query};
use crate::reference;
use crate::tiny_gguf::{Recipe, Storage, Tiny};

/// The cache holds keys and values as half floats, so logits of deviation 1 to 3 differ by some thousandths.
const TOLERANCE: f32 = 1e-2;

fn compare(tiny: &Tiny, rounds: usize) {
    let mut probe = open(tiny).probe().expect("a context");
    for n in 0..rounds {
        let query = query(n);
        let tokens = probe.tokens(&query);
        let expected = reference::logits(tiny, &tokens);
        let got = probe.logits(&query).expect("logits");
        assert_eq!(got.len(), tiny.tokens.len());
        let worst = got.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let spread = expected.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        eprintln!("tokens {} worst {worst} spread {spread}", tokens.len());
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
