use super::*;
use candle_core::Device;

fn tiny() -> Config {
    Config {
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        intermediate_size: 48,
        max_position_embeddings: 64,
        ..Config::nano(50)
    }
}

fn batch() -> Batch {
    let sequences: [Vec<u32>; 3] = [(1..20).collect(), vec![7], (0..33).map(|n| n * 11 % 50).collect()];
    Batch::new(sequences.iter().map(Vec::as_slice))
}

fn loss(llama: &Llama, batch: &Batch) -> Tensor {
    let (rows, targets) = batch.next_tokens();
    let states = ops::rows(&llama.hidden(batch).unwrap(), &rows).unwrap();
    let weights = vec![1.0 / rows.len() as f32; rows.len()];
    ops::cross_entropy(&states, llama.output(), &targets, &weights).unwrap()
}

#[test]
fn every_parameter_gets_a_finite_gradient_that_is_not_zero() {
    for tied in [true, false] {
        let config = Config { tie_word_embeddings: tied, ..tiny() };
        let parameters = Parameters::init(&config, 1, &Device::Cpu).unwrap();
        let llama = Llama::trainable(&config, &parameters).unwrap();
        let gradients = loss(&llama, &batch()).backward().unwrap();
        assert_eq!(parameters.iter().len(), 2 + 9 * 2 + usize::from(!tied));
        for (name, var) in parameters.iter() {
            let gradient = gradients.get(var).unwrap_or_else(|| panic!("{name} gets no gradient"));
            let norm = ops::inplace::sum_of_squares(gradient).unwrap();
            assert!(norm.is_finite() && norm > 0.0, "{name}: {norm}");
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let config = tiny();
    let parameters = Parameters::init(&config, 2, &Device::Cpu).unwrap();
    let llama = Llama::trainable(&config, &parameters).unwrap();
    let gradients = loss(&llama, &batch()).backward().unwrap();
    for name in
        ["model.layers.0.self_attn.k_proj.weight", "model.layers.1.mlp.gate_proj.weight", "model.norm.weight"]
    {
        let var = parameters.get(name).unwrap();
        let gradient = gradients.get(var).unwrap();
        // Along the gradient itself, so that the change is far above the rounding of the loss.
        let length = ops::inplace::sum_of_squares(gradient).unwrap().sqrt();
        let old = var.as_detached_tensor().copy().unwrap();
        let at = |step: f64| {
            var.set(&(&old + (gradient * (step / length)).unwrap()).unwrap()).unwrap();
            f64::from(
                loss(&Llama::frozen(&config, &parameters).unwrap(), &batch()).to_scalar::<f32>().unwrap(),
            )
        };
        let h = 0.05;
        let slope = (at(h) - at(-h)) / (2.0 * h);
        var.set(&old).unwrap();
        assert!((slope - length).abs() < 0.03 * length, "{name}: {slope} against {length}");
    }
}

#[test]
fn a_sequence_does_not_see_its_neighbours_nor_its_future() {
    let config = tiny();
    let parameters = Parameters::init(&config, 3, &Device::Cpu).unwrap();
    let llama = Llama::frozen(&config, &parameters).unwrap();
    let all: Vec<Vec<f32>> = llama.hidden(&batch()).unwrap().to_vec2().unwrap();
    let batch = batch();
    let alone = Batch::new([&batch.tokens[20..40]]);
    let cut: Vec<Vec<f32>> = llama.hidden(&alone).unwrap().to_vec2().unwrap();
    for (a, b) in all[20..40].iter().zip(&cut) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    assert_eq!(batch.last_rows(), [18, 19, 52]);
    let (rows, targets) = batch.next_tokens();
    assert_eq!(rows.len(), 18 + 32);
    assert_eq!((rows[17], targets[17], rows[18], targets[18]), (17, 19, 20, 11));
}

#[test]
fn a_saved_model_is_read_back_and_a_wrong_one_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = tiny();
    let parameters = Parameters::init(&config, 4, &Device::Cpu).unwrap();
    config.save(directory.path()).unwrap();
    parameters.save(&directory.path().join("model.safetensors")).unwrap();
    let read = Config::load(directory.path()).unwrap();
    assert_eq!(read, config);
    let again = Parameters::load(directory.path(), &read, &Device::Cpu).unwrap();
    let hidden = |p: &Parameters| -> Vec<Vec<f32>> {
        Llama::frozen(&config, p).unwrap().hidden(&batch()).unwrap().to_vec2().unwrap()
    };
    assert_eq!(hidden(&parameters), hidden(&again));
    let other = Config { intermediate_size: 64, ..config.clone() };
    let error = Parameters::load(directory.path(), &other, &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("down_proj") && error.contains("64"), "{error}");
    let other = Config { num_hidden_layers: 1, ..config };
    assert!(Parameters::load(directory.path(), &other, &Device::Cpu).is_err());
    assert!(Config { rope_interleaved: false, ..other }.check().is_err());
}

#[test]
fn the_same_seed_gives_the_same_weights() {
    let values = |seed| -> Vec<Vec<f32>> {
        let parameters = Parameters::init(&tiny(), seed, &Device::Cpu).unwrap();
        parameters.get(parameters::EMBEDDING).unwrap().to_vec2().unwrap()
    };
    assert_eq!(values(5), values(5));
    assert_ne!(values(5), values(6));
    let all: Vec<f32> = values(5).concat();
    let deviation = (all.iter().map(|x| x * x).sum::<f32>() / all.len() as f32).sqrt();
    assert!((deviation - 0.02).abs() < 0.002, "{deviation}");
}
