//! The llama architecture once more, in plain loops and double precision, to compare llama.cpp with.
//!
//! Written from the definition: pre-norm `RMSNorm`, rotary embedding over neighbouring pairs (2i, 2i+1), causal grouped
//! attention, `SwiGLU`, tied embeddings.

use crate::tiny_gguf::Tiny;

const EPSILON: f64 = 1e-5;
const BASE: f64 = 10_000.0;

/// The logits after the last of `tokens`.
pub(crate) fn logits(model: &Tiny, tokens: &[u32]) -> Vec<f32> {
    let recipe = &model.recipe;
    let (d, head) = (recipe.width, recipe.width / recipe.heads);
    let weight = |name: &str| &model.weights[name][..];
    let embedding = weight("token_embd.weight");
    let mut stream: Vec<Vec<f64>> = tokens
        .iter()
        .map(|&id| embedding[id as usize * d..(id as usize + 1) * d].iter().map(|&x| f64::from(x)).collect())
        .collect();

    for layer in 0..recipe.layers {
        let of = |name: &str| weight(&format!("blk.{layer}.{name}.weight"));
        let normed: Vec<Vec<f64>> = stream.iter().map(|x| norm(x, of("attn_norm"))).collect();
        let project = |name: &str, rotate: bool| -> Vec<Vec<f64>> {
            let rows = normed.iter().enumerate().map(|(position, x)| {
                let mut y = multiply(of(name), x);
                if rotate {
                    y.chunks_exact_mut(head).for_each(|part| rope(part, position));
                }
                y
            });
            rows.collect()
        };
        let (q, k, v) = (project("attn_q", true), project("attn_k", true), project("attn_v", false));
        for position in 0..tokens.len() {
            let mixed =
                attend(&q[position], &k[..=position], &v[..=position], head, recipe.heads / recipe.kv_heads);
            add(&mut stream[position], &multiply(of("attn_output"), &mixed));
        }
        for x in &mut stream {
            let normed = norm(x, of("ffn_norm"));
            let gate = multiply(of("ffn_gate"), &normed);
            let up = multiply(of("ffn_up"), &normed);
            let inner: Vec<f64> = gate.iter().zip(&up).map(|(g, u)| g / (1.0 + (-g).exp()) * u).collect();
            add(x, &multiply(of("ffn_down"), &inner));
        }
    }
    let last = norm(stream.last().expect("tokens"), weight("output_norm.weight"));
    multiply(embedding, &last).into_iter().map(|x| x as f32).collect()
}

fn attend(q: &[f64], keys: &[Vec<f64>], values: &[Vec<f64>], head: usize, group: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(q.len());
    for (h, q) in q.chunks_exact(head).enumerate() {
        let part = h / group * head..(h / group + 1) * head;
        let scores: Vec<f64> = keys.iter().map(|k| dot(q, &k[part.clone()]) / (head as f64).sqrt()).collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        let mixed = (0..head)
            .map(|i| weights.iter().zip(values).map(|(w, v)| w * v[part.start + i]).sum::<f64>() / total);
        out.extend(mixed);
    }
    out
}

fn rope(part: &mut [f64], position: usize) {
    let head = part.len() as f64;
    for (i, pair) in part.chunks_exact_mut(2).enumerate() {
        let angle = position as f64 * BASE.powf(-2.0 * i as f64 / head);
        let (sin, cos) = angle.sin_cos();
        let (a, b) = (pair[0], pair[1]);
        pair[0] = a * cos - b * sin;
        pair[1] = a * sin + b * cos;
    }
}

fn norm(x: &[f64], weight: &[f32]) -> Vec<f64> {
    let scale = (x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64 + EPSILON).sqrt();
    x.iter().zip(weight).map(|(v, &w)| v / scale * f64::from(w)).collect()
}

fn multiply(matrix: &[f32], x: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(x.len()).map(|row| row.iter().zip(x).map(|(&a, b)| f64::from(a) * b).sum()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(x: &mut [f64], y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(a, b)| *a += b);
}
