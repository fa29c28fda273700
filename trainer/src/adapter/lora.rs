//! Low-rank additions to linear layers: W·x + s·B·A·x (Hu et al. 2021).
//!
//! A starts uniform in ±1/√inputs (Kaiming with a = √5, as PEFT), B at zero, so that fresh adapters change nothing and
//! the first step moves B only. The base is frozen: nothing here ever writes to it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::config::{AdapterError, PeftConfig};
use super::target::{self, Place};
use crate::model::linear::{Adapter, Linear};
use crate::model::{Config, Llama, Parameters, ops};

/// The addition to one layer.
#[derive(Debug, Clone)]
pub struct Lora {
    /// `[rank, inputs]`.
    pub a: Var,
    /// `[outputs, rank]`.
    pub b: Var,
    /// Factor of B·A.
    pub scale: f64,
}

impl Lora {
    /// s·B·A, `[outputs, inputs]`, without a graph.
    pub fn update(&self) -> Result<Tensor> {
        self.b.as_detached_tensor().matmul(&self.a.as_detached_tensor())? * self.scale
    }

    /// Rank.
    pub fn rank(&self) -> usize {
        self.a.dims()[0]
    }
}

/// All additions of an adapter, by module path.
#[derive(Debug, Clone)]
pub struct Adapters {
    config: PeftConfig,
    modules: BTreeMap<String, Lora>,
}

impl Adapters {
    /// Fresh ones. The same seed gives the same bits. A rank above a layer's smaller side is an error: B·A cannot have it.
    pub fn init(
        config: PeftConfig,
        model: &Config,
        seed: u64,
        device: &Device,
    ) -> std::result::Result<Self, AdapterError> {
        config.check()?;
        let places = target::places(&config, model)?;
        if let Some((path, place)) = places.iter().find(|(_, p)| p.rank > p.inputs.min(p.outputs)) {
            let most = place.inputs.min(place.outputs);
            return Err(AdapterError::Value {
                key: "r".into(),
                value: place.rank.to_string(),
                problem: format!(
                    "{path} is {}x{}, so an addition to it has rank {most} at most; lower r, or leave the module out",
                    place.outputs, place.inputs
                ),
            });
        }
        let fresh = |(n, (path, place)): (usize, (String, Place))| -> Result<(String, Lora)> {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(n as u64);
            let bound = 1.0 / (place.inputs as f32).sqrt();
            let values: Vec<f32> =
                (0..place.rank * place.inputs).map(|_| random.random_range(-bound..bound)).collect();
            let a = Var::from_tensor(&Tensor::from_vec(values, &place.a()[..], device)?)?;
            let b = Var::zeros(&place.b()[..], DType::F32, device)?;
            Ok((path, Lora { a, b, scale: place.scale }))
        };
        let modules = places.into_iter().enumerate().map(fresh).collect::<Result<_>>();
        let modules =
            modules.map_err(|e| AdapterError::Target(format!("the adapter cannot be made: {e}")))?;
        Ok(Self { config, modules })
    }

    /// Of modules that fit `config`; whoever reads them from a file has checked that.
    pub(super) fn of_modules(config: PeftConfig, modules: BTreeMap<String, Lora>) -> Self {
        Self { config, modules }
    }

    /// What PEFT says of it.
    pub fn config(&self) -> &PeftConfig {
        &self.config
    }

    /// By module path, sorted.
    pub fn modules(&self) -> &BTreeMap<String, Lora> {
        &self.modules
    }

    /// All matrices by PEFT's names, sorted: what an optimizer changes.
    pub fn variables(&self) -> Vec<(String, Var)> {
        let both = self.modules.iter().flat_map(|(path, lora)| {
            [(super::peft::key(path, 'A'), lora.a.clone()), (super::peft::key(path, 'B'), lora.b.clone())]
        });
        both.collect()
    }

    /// The same adapter over other matrices (a running average, a checkpoint's), taken by the names of
    /// [`Adapters::variables`].
    pub fn rebound(&self, mut variable: impl FnMut(&str) -> Result<Var>) -> Result<Self> {
        let mut modules = BTreeMap::new();
        for (path, lora) in &self.modules {
            let mut take = |matrix, old: &Var| {
                let name = super::peft::key(path, matrix);
                let new = variable(&name)?;
                if new.shape() != old.shape() {
                    candle_core::bail!("{name} is {:?}, not {:?}", new.dims(), old.dims());
                }
                Ok(new)
            };
            let (a, b) = (take('A', &lora.a)?, take('B', &lora.b)?);
            modules.insert(path.clone(), Lora { a, b, scale: lora.scale });
        }
        Ok(Self { config: self.config.clone(), modules })
    }

    /// The gradients of all matrices, by the names of [`Adapters::variables`], from those of the merged weights, which `weight`
    /// gives by name: dA = s·Bᵀ·dW and dB = s·dW·Aᵀ, by the chain rule. Those of a network without dropout, that is.
    pub fn gradients(&self, weight: impl Fn(&str) -> Result<Tensor>) -> Result<BTreeMap<String, Tensor>> {
        let mut gradients = BTreeMap::new();
        for (path, lora) in &self.modules {
            let dw = weight(&format!("{path}.weight"))?;
            let (a, b) = (lora.a.as_detached_tensor(), lora.b.as_detached_tensor());
            gradients.insert(super::peft::key(path, 'A'), (b.t()?.matmul(&dw)? * lora.scale)?);
            gradients.insert(super::peft::key(path, 'B'), (dw.matmul(&a.t()?)? * lora.scale)?);
        }
        Ok(gradients)
    }

    /// Numbers in all matrices.
    pub fn count(&self) -> usize {
        self.modules.values().map(|lora| lora.a.elem_count() + lora.b.elem_count()).sum()
    }

    /// The network over the frozen `base`, with gradients to the adapters. `dropout` seeds the masks, if the configuration has
    /// any: one network for one micro-batch on one thread, with its own seed, makes training the same whatever the threads.
    pub fn trainable(&self, model: &Config, base: &Parameters, dropout: Option<u64>) -> Result<Llama> {
        let share = self.config.dropout as f32;
        self.network(model, base, |n, lora| Layer {
            a: lora.a.as_tensor().clone(),
            b: lora.b.as_tensor().clone(),
            scale: lora.scale,
            dropout: dropout.filter(|_| share > 0.0).map(|seed| Dropout {
                seed,
                stream: n as u64,
                share,
                calls: AtomicU64::new(0),
            }),
        })
    }

    /// The same to be asked only: no graph, no dropout.
    pub fn frozen(&self, model: &Config, base: &Parameters) -> Result<Llama> {
        self.network(model, base, |_, lora| Layer {
            a: lora.a.as_detached_tensor(),
            b: lora.b.as_detached_tensor(),
            scale: lora.scale,
            dropout: None,
        })
    }

    fn network(
        &self,
        model: &Config,
        base: &Parameters,
        layer: impl Fn(usize, &Lora) -> Layer,
    ) -> Result<Llama> {
        let layers: BTreeMap<&str, Arc<Layer>> = self
            .modules
            .iter()
            .enumerate()
            .map(|(n, (path, lora))| (path.as_str(), Arc::new(layer(n, lora))))
            .collect();
        let applied = RefCell::new(BTreeSet::new());
        let network = Llama::build(
            model,
            |name| Ok(base.get(name)?.as_detached_tensor()),
            |name, weight| match name.strip_suffix(".weight").and_then(|path| layers.get_key_value(path)) {
                Some((path, layer)) => {
                    applied.borrow_mut().insert(*path);
                    Linear::new(weight).with_adapter(layer.clone())
                }
                None => Linear::new(weight),
            },
        )?;
        let applied = applied.into_inner();
        match layers.keys().find(|path| !applied.contains(*path)) {
            Some(path) => {
                candle_core::bail!("the base has no layer {path}: this part of the adapter is not applied")
            }
            None => Ok(network),
        }
    }
}

/// What a network holds of one addition.
#[derive(Debug)]
struct Layer {
    a: Tensor,
    b: Tensor,
    scale: f64,
    dropout: Option<Dropout>,
}

#[derive(Debug)]
struct Dropout {
    seed: u64,
    /// The module's number.
    stream: u64,
    share: f32,
    calls: AtomicU64,
}

impl Dropout {
    /// `x` with a share of its elements gone and the rest scaled up.
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream((self.stream << 32) | call);
        let kept = 1.0 / (1.0 - self.share);
        let mask: Vec<f32> = (0..x.elem_count())
            .map(|_| if random.random::<f32>() < self.share { 0.0 } else { kept })
            .collect();
        x * Tensor::from_vec(mask, x.shape(), x.device())?.to_dtype(x.dtype())?
    }
}

impl Adapter for Layer {
    fn forward(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let dropped = match &self.dropout {
            Some(dropout) => dropout.apply(x)?,
            None => x.clone(),
        };
        let low = ops::linear(&ops::linear(&dropped, &self.a)?, &self.b)?;
        ops::linear(x, weight)? + (low * self.scale)?
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::testing::{self, adapters, config, parameters, questions};
    use super::*;
    use crate::gguf::parity::logits;

    #[test]
    fn fresh_adapters_change_nothing_and_their_first_gradient_is_that_of_b() {
        let (base, fresh) = (parameters(), adapters(3));
        let here = logits(&fresh.frozen(&config(), &base).unwrap(), &questions()).unwrap();
        assert_eq!(here, logits(&Llama::frozen(&config(), &base).unwrap(), &questions()).unwrap());
        let network = fresh.trainable(&config(), &base, None).unwrap();
        let gradients = testing::loss(&network, &questions()).backward().unwrap();
        for (name, var) in fresh.variables() {
            let norm = ops::inplace::sum_of_squares(gradients.get(&var).expect(&name)).unwrap();
            assert_eq!(norm > 0.0, name.contains("lora_B"), "{name}: {norm}");
        }
        assert!(base.iter().all(|(_, var)| gradients.get(var).is_none()), "the base is frozen");
    }

    #[test]
    fn the_addition_is_scale_times_b_times_a() {
        let trained = testing::trained(&parameters(), 3);
        let lora = &trained.modules()["model.layers.0.self_attn.q_proj"];
        let x = Tensor::ones((2, 64), DType::F32, &Device::Cpu).unwrap();
        let weight = parameters().get("model.layers.0.self_attn.q_proj.weight").unwrap().as_detached_tensor();
        let layer = Layer {
            a: lora.a.as_detached_tensor(),
            b: lora.b.as_detached_tensor(),
            scale: lora.scale,
            dropout: None,
        };
        let whole = (weight.clone() + lora.update().unwrap()).unwrap();
        let expected = x.matmul(&whole.t().unwrap()).unwrap().to_vec2::<f32>().unwrap();
        let here = layer.forward(&x, &weight).unwrap().to_vec2::<f32>().unwrap();
        let worst = testing::worst(&here, &expected);
        assert!(worst < 1e-5, "{worst}");
        assert!((lora.scale - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_starts_within_its_bound_and_by_its_seed() {
        let values = |seed| {
            adapters(seed).modules()["model.layers.0.mlp.down_proj"].a.to_vec2::<f32>().unwrap().concat()
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
        let bound = 1.0 / 96f32.sqrt();
        let all = values(1);
        assert!(all.iter().all(|x| x.abs() <= bound));
        assert!(all.iter().any(|x| x.abs() > 0.9 * bound));
    }

    #[test]
    fn dropout_goes_by_its_seed_and_keeps_the_mean() {
        let dropout = |seed| Dropout { seed, stream: 1, share: 0.25, calls: AtomicU64::new(0) };
        let x = Tensor::ones((100, 100), DType::F32, &Device::Cpu).unwrap();
        let of = |d: &Dropout| d.apply(&x).unwrap().to_vec2::<f32>().unwrap().concat();
        let one = dropout(5);
        let (first, second) = (of(&one), of(&one));
        assert_ne!(first, second, "a mask of its own for every call");
        let again = dropout(5);
        assert_eq!((first.clone(), second), (of(&again), of(&again)));
        assert_ne!(first, of(&dropout(6)));
        let mean = first.iter().sum::<f32>() / 10_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert!(first.iter().all(|&x| x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6));
    }

    #[test]
    fn other_matrices_take_the_places_of_the_same_names() {
        let (fresh, other) = (adapters(1), testing::trained(&parameters(), 1));
        let there: BTreeMap<String, Var> = other.variables().into_iter().collect();
        let bound = fresh.rebound(|name| Ok(there[name].clone())).unwrap();
        let ask = |a: &Adapters| logits(&a.frozen(&config(), &parameters()).unwrap(), &questions()).unwrap();
        assert_eq!(ask(&bound), ask(&other));
        assert_ne!(ask(&fresh), ask(&other));
        let narrow = |_: &str| Var::zeros((1, 1), DType::F32, &Device::Cpu);
        assert!(fresh.rebound(narrow).is_err());
    }

    #[test]
    fn an_adapter_of_a_layer_that_the_base_lacks_is_an_error() {
        let mut shallow = config();
        shallow.num_hidden_layers = 1;
        let base = Parameters::init(&shallow, 1, &Device::Cpu).unwrap();
        let error = adapters(1).frozen(&shallow, &base).unwrap_err().to_string();
        assert!(error.contains("model.layers.1") && error.contains("not applied"), "{error}");
    }
}
