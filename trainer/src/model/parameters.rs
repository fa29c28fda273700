//! Weights by name: those of a network, as Hugging Face names a Llama's, or the matrices that an adapter adds.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::Config;

/// Weights by name, in the order of the names. All are trainable variables.
#[derive(Debug, Clone)]
pub struct Parameters {
    variables: BTreeMap<String, Var>,
}

/// Name of the embedding, which is the output matrix too if tied.
pub const EMBEDDING: &str = "model.embed_tokens.weight";
/// Name of the output matrix if not tied.
pub const OUTPUT: &str = "lm_head.weight";
/// Name of the last norm.
pub const FINAL_NORM: &str = "model.norm.weight";

/// Names and shapes of all weights of a network.
pub fn shapes(config: &Config) -> BTreeMap<String, Vec<usize>> {
    let (d, ffn) = (config.hidden_size, config.intermediate_size);
    let q = config.num_attention_heads * config.head_width();
    let kv = config.num_key_value_heads * config.head_width();
    let mut shapes = BTreeMap::new();
    shapes.insert(EMBEDDING.to_owned(), vec![config.vocab_size, d]);
    shapes.insert(FINAL_NORM.to_owned(), vec![d]);
    if !config.tie_word_embeddings {
        shapes.insert(OUTPUT.to_owned(), vec![config.vocab_size, d]);
    }
    for layer in 0..config.num_hidden_layers {
        for (name, shape) in [
            ("input_layernorm", vec![d]),
            ("self_attn.q_proj", vec![q, d]),
            ("self_attn.k_proj", vec![kv, d]),
            ("self_attn.v_proj", vec![kv, d]),
            ("self_attn.o_proj", vec![d, q]),
            ("post_attention_layernorm", vec![d]),
            ("mlp.gate_proj", vec![ffn, d]),
            ("mlp.up_proj", vec![ffn, d]),
            ("mlp.down_proj", vec![d, ffn]),
        ] {
            shapes.insert(format!("model.layers.{layer}.{name}.weight"), shape);
        }
    }
    shapes
}

/// Whether weight decay leaves this weight alone: norms and embeddings.
pub fn is_undecayed(name: &str) -> bool {
    name.contains("norm") || name == EMBEDDING
}

impl Parameters {
    /// Of variables that are there; they are shared, not copied.
    pub fn of(variables: impl IntoIterator<Item = (String, Var)>) -> Self {
        Self { variables: variables.into_iter().collect() }
    }

    /// Fresh weights: normal with deviation 0.02, those that write into the residual stream scaled by 1/√(2 layers)
    /// (Radford et al. 2019), norms 1. The same seed gives the same bits.
    pub fn init(config: &Config, seed: u64, device: &Device) -> Result<Self> {
        let mut variables = BTreeMap::new();
        let residual = 0.02 / (2.0 * config.num_hidden_layers as f64).sqrt();
        for (n, (name, shape)) in shapes(config).into_iter().enumerate() {
            let count: usize = shape.iter().product();
            let values = if name.contains("norm") {
                vec![1f32; count]
            } else {
                let into_residual = name.contains("o_proj") || name.contains("down_proj");
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(n as u64);
                normal(&mut random, count, if into_residual { residual } else { 0.02 })
            };
            variables.insert(name, Var::from_tensor(&Tensor::from_vec(values, shape, device)?)?);
        }
        Ok(Self { variables })
    }

    /// Weights of a directory's `model.safetensors`, as F32, checked against the shapes of `config`.
    pub fn load(directory: &Path, config: &Config, device: &Device) -> Result<Self> {
        Self::load_file(&directory.join("model.safetensors"), shapes(config), device)
    }

    /// Weights of these names and shapes, and no others, of a file of any name.
    pub fn load_file(path: &Path, shapes: BTreeMap<String, Vec<usize>>, device: &Device) -> Result<Self> {
        let mut found = candle_core::safetensors::load(path, device)?;
        let mut variables = BTreeMap::new();
        for (name, shape) in shapes {
            let Some(tensor) = found.remove(&name) else {
                candle_core::bail!("{} lacks {name}; is it of this config.json?", path.display());
            };
            if tensor.dims() != shape {
                candle_core::bail!("{}: {name} is {:?}, not {shape:?}", path.display(), tensor.dims());
            }
            variables.insert(name, Var::from_tensor(&tensor.to_dtype(DType::F32)?)?);
        }
        let mut left: Vec<_> = found.into_keys().collect();
        left.sort_unstable();
        if let Some(name) = left.first() {
            candle_core::bail!("{} has {name}, which this network does not", path.display());
        }
        Ok(Self { variables })
    }

    /// Writes a safetensors file.
    pub fn save(&self, path: &Path) -> Result<()> {
        let tensors = self.iter().map(|(name, var)| (name.to_owned(), var.as_detached_tensor()));
        save(tensors, path)
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Var)> {
        self.variables.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Result<&Var> {
        self.variables.get(name).ok_or_else(|| candle_core::Error::Msg(format!("no weight is named {name}")))
    }

    /// Names and shapes.
    pub fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        self.iter().map(|(name, var)| (name.to_owned(), var.dims().to_vec())).collect()
    }

    /// Numbers in all of them.
    pub fn count(&self) -> usize {
        self.variables.values().map(|var| var.elem_count()).sum()
    }

    /// A copy of its own.
    pub fn copied(&self) -> Result<Self> {
        let copy = |(name, var): (&String, &Var)| Ok((name.clone(), Var::from_tensor(&var.copy()?)?));
        Ok(Self { variables: self.variables.iter().map(copy).collect::<Result<_>>()? })
    }
}

/// Writes tensors, sorted by name, so that the same weights give the same bytes.
pub(crate) fn save(tensors: impl Iterator<Item = (String, Tensor)>, path: &Path) -> Result<()> {
    let tensors: BTreeMap<String, Tensor> = tensors.collect();
    let tensors: Vec<(String, Tensor)> = tensors.into_iter().collect();
    safetensors::serialize_to_file(tensors, None, path).map_err(candle_core::Error::wrap)
}

/// Normal numbers by Box and Muller.
fn normal(random: &mut ChaCha8Rng, count: usize, deviation: f64) -> Vec<f32> {
    let pairs = (0..count.div_ceil(2)).flat_map(|_| {
        let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt() * deviation;
        let angle = std::f64::consts::TAU * random.random::<f64>();
        [(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
    });
    pairs.take(count).collect()
}
