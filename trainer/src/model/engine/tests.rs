//! The engine against the graph.

use super::*;
use crate::model::kernel::loss;
use crate::model::{Llama, ops};

fn tiny(tied: bool) -> Config {
    Config {
        hidden_size: 32,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        intermediate_size: 48,
        max_position_embeddings: 128,
        tie_word_embeddings: tied,
        ..Config::nano(50)
    }
}

fn batch(shift: u32) -> Batch {
    let sequences: [Vec<u32>; 3] =
        [(1..20).collect(), vec![7, 9], (0..97).map(|n| (n * 11 + shift) % 50).collect()];
    Batch::new(sequences.iter().map(Vec::as_slice))
}

fn difference(a: &Tensor, b: &Tensor) -> f64 {
    let squares = |x: &Tensor| ops::inplace::sum_of_squares(x).unwrap();
    (squares(&(a - b).unwrap()) / squares(b).max(1e-30)).sqrt()
}

#[test]
fn gradients_and_states_equal_those_of_the_graph_also_in_used_memory() {
    for tied in [true, false] {
        let config = tiny(tied);
        let parameters = Parameters::init(&config, 1, &Device::Cpu).unwrap();
        let engine = Engine::new(&config, Precision::F32).unwrap();
        for shift in [0, 3] {
            let batch = batch(shift);
            let (rows, targets) = batch.next_tokens();
            let weights: Vec<f32> = (0..rows.len()).map(|n| (n % 3) as f32 / 100.0).collect();

            let llama = Llama::trainable(&config, &parameters).unwrap();
            let hidden = llama.hidden(&batch).unwrap();
            let selected = ops::rows(&hidden, &rows).unwrap();
            let expected_loss = ops::cross_entropy(&selected, llama.output(), &targets, &weights).unwrap();
            let expected = expected_loss.backward().unwrap();

            let (gradients, value) = engine
                .gradients(&parameters, &batch, |head| {
                    let width = head.width;
                    let gather: Vec<f32> = rows
                        .iter()
                        .flat_map(|&r| head.hidden[r as usize * width..][..width].to_vec())
                        .collect();
                    let mut d = vec![0f32; gather.len()];
                    let input = loss::Input {
                        hidden: &gather,
                        output: head.output,
                        width,
                        targets: &targets,
                        weights: &weights,
                        precision: head.precision,
                    };
                    let to = loss::Gradients { hidden: &mut d, output: head.d_output };
                    let value = loss::cross_entropy(input, Some(to));
                    for (row, d) in rows.iter().zip(d.chunks_exact(width)) {
                        head.d_hidden[*row as usize * width..][..width].copy_from_slice(d);
                    }
                    value
                })
                .unwrap();
            assert!((value - f64::from(expected_loss.to_scalar::<f32>().unwrap())).abs() < 1e-4);
            for ((name, var), gradient) in parameters.iter().zip(&gradients) {
                let far = difference(gradient, expected.get(var).unwrap());
                assert!(far < 1e-4, "{name} differs by {far}");
            }
            let states = engine.states(&parameters, &batch, |hidden, _| hidden.to_vec()).unwrap();
            let states = Tensor::from_vec(states, hidden.shape(), &Device::Cpu).unwrap();
            assert!(difference(&states, &hidden.detach()) < 1e-5);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let config = tiny(true);
    let parameters = Parameters::init(&config, 1, &Device::Cpu).unwrap();
    let engine = Engine::new(&config, Precision::F32).unwrap();
    let run = |tokens: &[u32]| engine.states(&parameters, &Batch::new([tokens]), |_, _| ()).is_ok();
    assert!(run(&[49]) && !run(&[50]) && run(&[1; 128]) && !run(&[1; 129]));
}
