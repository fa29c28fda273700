//! AdamW with its state in the open: two groups (with and without decay), clipping by the global norm, everything
//! saved and restored.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::model::ops::inplace;
use crate::model::{AdamStep, Parameters, parameters};

/// Gradients of all weights, in the order of [`Parameters::iter`].
#[derive(Debug)]
pub struct Gradients {
    tensors: Vec<Tensor>,
}

impl Gradients {
    /// Of tensors in that order.
    pub(crate) fn new(tensors: Vec<Tensor>) -> Self {
        Self { tensors }
    }

    /// In that order.
    pub(crate) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Those of one backward pass. A weight without one is an error: the graph is cut somewhere.
    pub fn of(store: &mut candle_core::backprop::GradStore, parameters: &Parameters) -> Result<Self> {
        let take = |(name, var): (&str, &candle_core::Var)| {
            store
                .remove(var)
                .ok_or_else(|| candle_core::Error::Msg(format!("{name} got no gradient: the graph is cut")))
        };
        Ok(Self { tensors: parameters.iter().map(take).collect::<Result<_>>()? })
    }

    /// Adds others of the same weights.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.tensors.iter_mut().zip(&other.tensors).try_for_each(|(to, from)| inplace::add(to, from))
    }

    /// Euclidean norm over all weights.
    pub fn norm(&self) -> Result<f64> {
        let sum: f64 = self.tensors.iter().map(inplace::sum_of_squares).sum::<Result<f64>>()?;
        Ok(sum.sqrt())
    }
}

/// Settings of AdamW.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdamConfig {
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// Added to the root.
    pub eps: f32,
    /// Decoupled decay of all weights but norms and embeddings.
    pub weight_decay: f32,
    /// Longest global norm of the gradient; 0 for no clipping.
    pub clip: f32,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, clip: 1.0 }
    }
}

/// Moments of one weight.
#[derive(Debug)]
enum Moments {
    /// On the CPU, for the fused step.
    Fused(Vec<f32>, Vec<f32>),
    /// On another device.
    Stock(Tensor, Tensor),
}

/// The optimizer and its state.
#[derive(Debug)]
pub struct AdamW {
    config: AdamConfig,
    steps: u32,
    moments: Vec<Moments>,
}

impl AdamW {
    /// With zero moments.
    pub fn new(config: AdamConfig, parameters: &Parameters) -> Result<Self> {
        let zero = |(_, var): (&str, &candle_core::Var)| {
            Ok(if var.device().is_cpu() {
                Moments::Fused(vec![0.0; var.elem_count()], vec![0.0; var.elem_count()])
            } else {
                Moments::Stock(var.zeros_like()?, var.zeros_like()?)
            })
        };
        Ok(Self { config, steps: 0, moments: parameters.iter().map(zero).collect::<Result<_>>()? })
    }

    /// One step at learning rate `rate`. Returns the norm of the gradient before clipping. A norm that is not finite is
    /// an error: the weights stay as they were.
    pub fn step(&mut self, parameters: &Parameters, gradients: &Gradients, rate: f64) -> Result<f64> {
        let norm = gradients.norm()?;
        if !norm.is_finite() {
            candle_core::bail!("the gradient's norm is {norm}: lower the learning rate or look at the data");
        }
        self.steps += 1;
        let clip = f64::from(self.config.clip);
        let scale = if clip > 0.0 && norm > clip { clip / norm } else { 1.0 };
        let correction = |beta: f32| (1.0 - f64::from(beta).powf(f64::from(self.steps))) as f32;
        let step = AdamStep {
            rate: rate as f32,
            beta1: self.config.beta1,
            beta2: self.config.beta2,
            eps: self.config.eps,
            decay: 0.0,
            correction1: correction(self.config.beta1),
            correction2: correction(self.config.beta2),
            scale: scale as f32,
        };
        for (((name, var), gradient), moments) in
            parameters.iter().zip(&gradients.tensors).zip(&mut self.moments)
        {
            let decay = if parameters::is_undecayed(name) { 0.0 } else { self.config.weight_decay };
            let step = AdamStep { decay, ..step };
            match moments {
                Moments::Fused(m, v) => inplace::adam_step(var, gradient, step, m, v)?,
                Moments::Stock(m, v) => stock_step(var, gradient, step, m, v)?,
            }
        }
        Ok(norm)
    }

    /// Steps taken.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Writes all moments as safetensors, named `m.<weight>` and `v.<weight>`.
    pub fn save(&self, parameters: &Parameters, path: &Path) -> Result<()> {
        let mut tensors = Vec::with_capacity(2 * self.moments.len());
        for ((name, var), moments) in parameters.iter().zip(&self.moments) {
            let (m, v) = match moments {
                Moments::Fused(m, v) => {
                    let tensor = |x: &[f32]| Tensor::from_slice(x, var.shape(), &Device::Cpu);
                    (tensor(m)?, tensor(v)?)
                }
                Moments::Stock(m, v) => (m.clone(), v.clone()),
            };
            tensors.extend([(format!("m.{name}"), m), (format!("v.{name}"), v)]);
        }
        parameters::save(tensors.into_iter(), path)
    }

    /// Reads what [`AdamW::save`] wrote after `steps` steps.
    pub fn load(config: AdamConfig, parameters: &Parameters, path: &Path, steps: u32) -> Result<Self> {
        let mut found: BTreeMap<String, Tensor> =
            candle_core::safetensors::load(path, &Device::Cpu)?.into_iter().collect();
        let mut take = |name: String, var: &Tensor| match found.remove(&name) {
            Some(tensor) if tensor.shape() == var.shape() => Ok(tensor),
            _ => candle_core::bail!("{} lacks {name} of shape {:?}", path.display(), var.shape()),
        };
        let mut moments = Vec::with_capacity(parameters.iter().len());
        for (name, var) in parameters.iter() {
            let (m, v) = (take(format!("m.{name}"), var)?, take(format!("v.{name}"), var)?);
            moments.push(if var.device().is_cpu() {
                Moments::Fused(m.flatten_all()?.to_vec1()?, v.flatten_all()?.to_vec1()?)
            } else {
                Moments::Stock(m.to_device(var.device())?, v.to_device(var.device())?)
            });
        }
        Ok(Self { config, steps, moments })
    }
}

fn stock_step(
    var: &candle_core::Var,
    gradient: &Tensor,
    step: AdamStep,
    m: &mut Tensor,
    v: &mut Tensor,
) -> Result<()> {
    let number = f64::from;
    let gradient = (gradient * number(step.scale))?;
    *m = ((&*m * number(step.beta1))? + (&gradient * number(1.0 - step.beta1))?)?;
    *v = ((&*v * number(step.beta2))? + (gradient.sqr()? * number(1.0 - step.beta2))?)?;
    let root = ((&*v / number(step.correction2))?.sqrt()? + number(step.eps))?;
    let change = ((&*m * (number(step.rate) / number(step.correction1)))? / root)?;
    var.set(&((var.as_tensor() * (1.0 - number(step.rate) * number(step.decay)))? - change)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Config;

    fn tiny() -> Config {
        Config {
            hidden_size: 8,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            num_key_value_heads: 1,
            intermediate_size: 8,
            max_position_embeddings: 8,
            ..Config::nano(10)
        }
    }

    fn gradients(parameters: &Parameters) -> Gradients {
        let tensors = parameters.iter().map(|(_, var)| var.affine(0.5, 0.1).unwrap().detach());
        Gradients { tensors: tensors.collect() }
    }

    #[test]
    fn the_fused_step_equals_the_formula_on_stock_operations() {
        let fused = Parameters::init(&tiny(), 1, &Device::Cpu).unwrap();
        let stock = fused.copied().unwrap();
        let config = AdamConfig::default();
        let mut adam = AdamW::new(config, &fused).unwrap();
        let mut other = AdamW::new(config, &stock).unwrap();
        other.moments = stock
            .iter()
            .map(|(_, var)| Moments::Stock(var.zeros_like().unwrap(), var.zeros_like().unwrap()))
            .collect();
        for _ in 0..3 {
            let norm = adam.step(&fused, &gradients(&fused), 1e-2).unwrap();
            assert!(norm > 1.0, "clipping takes part in this test");
            other.step(&stock, &gradients(&stock), 1e-2).unwrap();
        }
        for ((name, a), (_, b)) in fused.iter().zip(stock.iter()) {
            let difference = inplace::sum_of_squares(&(a.as_tensor() - b.as_tensor()).unwrap()).unwrap();
            assert!(difference < 1e-10, "{name}: {difference}");
        }
    }

    #[test]
    fn the_first_step_goes_by_the_rate_and_decay_spares_norms() {
        let parameters = Parameters::init(&tiny(), 1, &Device::Cpu).unwrap();
        let before = parameters.copied().unwrap();
        let ones = parameters.iter().map(|(_, var)| var.ones_like().unwrap().detach()).collect();
        let config = AdamConfig { clip: 0.0, weight_decay: 0.5, ..AdamConfig::default() };
        let mut adam = AdamW::new(config, &parameters).unwrap();
        adam.step(&parameters, &Gradients { tensors: ones }, 0.01).unwrap();
        for ((name, a), (_, b)) in parameters.iter().zip(before.iter()) {
            let (a, b): (Vec<f32>, Vec<f32>) =
                (a.flatten_all().unwrap().to_vec1().unwrap(), b.flatten_all().unwrap().to_vec1().unwrap());
            let keep = if parameters::is_undecayed(name) { 1.0 } else { 1.0 - 0.01 * 0.5 };
            assert!(a.iter().zip(&b).all(|(a, b)| (a - (b * keep - 0.01)).abs() < 1e-5), "{name}");
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let parameters = Parameters::init(&tiny(), 1, &Device::Cpu).unwrap();
        let before = parameters.copied().unwrap();
        let bad =
            parameters.iter().map(|(_, var)| (var.ones_like().unwrap() / 0.0).unwrap().detach()).collect();
        let mut adam = AdamW::new(AdamConfig::default(), &parameters).unwrap();
        assert!(adam.step(&parameters, &Gradients { tensors: bad }, 0.01).is_err());
        let same = |(a, b): ((&str, &candle_core::Var), (&str, &candle_core::Var))| {
            inplace::sum_of_squares(&(a.1.as_tensor() - b.1.as_tensor()).unwrap()).unwrap() == 0.0
        };
        assert!(parameters.iter().zip(before.iter()).all(same) && adam.steps() == 0);
    }
}
