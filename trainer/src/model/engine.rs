//! Forward and backward of the whole network in one pass over slices, for training on a CPU.
//!
//! The same mathematics as [`super::Llama`] (a test holds both to the same gradients) without a graph: nothing is added to
//! zeros, no tensor is made for a step in between, and all memory is reused from batch to batch. It runs on the
//! calling thread; several threads each take batches of their own.

mod layer;
mod workspace;

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, Device, Result, Storage, Tensor};

use super::kernel::attention::Heads;
use super::kernel::gemm::{self, Precision};
use super::kernel::rope::Rope;
use super::kernel::{self, norm};
use super::parameters::{self, Parameters};
use super::{Batch, Config, ConfigError};
use layer::{Layer, Saved};
use workspace::Workspace;

/// The network's shape and the memory to run it.
#[derive(Debug)]
pub struct Engine {
    width: usize,
    heads: Heads,
    inner: usize,
    eps: f32,
    precision: Precision,
    rope: Rope,
    layers: Vec<Layer>,
    embedding: usize,
    output: usize,
    norm: usize,
    shapes: Vec<Vec<usize>>,
    workspaces: Mutex<Vec<Workspace>>,
}

/// The weights' elements, in the order of [`Parameters::iter`].
type Weights<'a> = [&'a [f32]];

/// What a loss may see and must fill in.
#[derive(Debug)]
pub struct Head<'a> {
    /// The states after the last norm, `[tokens, width]`.
    pub hidden: &'a [f32],
    /// The output matrix, `[vocabulary, width]`.
    pub output: &'a [f32],
    /// Width of a state.
    pub width: usize,
    /// Of large products.
    pub precision: Precision,
    /// Gradient of the states: zeros at first.
    pub d_hidden: &'a mut [f32],
    /// Gradient of the output matrix: to be added to.
    pub d_output: &'a mut [f32],
}

impl Engine {
    /// For networks of this shape. bfloat16 where the processor cannot is an error.
    pub fn new(config: &Config, precision: Precision) -> Result<Self> {
        if precision == Precision::Bf16 && !kernel::amx::available() {
            candle_core::bail!(
                "this processor or system has no tile unit (AMX) for bf16: set loop.precision to \"f32\""
            );
        }
        config.check().map_err(|e: ConfigError| candle_core::Error::Msg(e.to_string()))?;
        let shapes = parameters::shapes(config);
        let index = |name: &str| {
            shapes.keys().position(|key| key == name).expect("the shapes name every weight of the network")
        };
        let width = config.head_width();
        Ok(Self {
            width: config.hidden_size,
            heads: Heads { heads: config.num_attention_heads, groups: config.num_key_value_heads, width },
            inner: config.intermediate_size,
            eps: config.rms_norm_eps as f32,
            precision,
            rope: Rope::new(width, config.max_position_embeddings, config.rope_theta),
            layers: (0..config.num_hidden_layers).map(|n| Layer::new(n, index)).collect(),
            embedding: index(parameters::EMBEDDING),
            output: index(if config.tie_word_embeddings {
                parameters::EMBEDDING
            } else {
                parameters::OUTPUT
            }),
            norm: index(parameters::FINAL_NORM),
            shapes: shapes.into_values().collect(),
            workspaces: Mutex::new(Vec::new()),
        })
    }

    /// The states after the last norm, `[tokens, width]`, handed to `read`, with the output matrix.
    pub fn states<R>(
        &self,
        parameters: &Parameters,
        batch: &Batch,
        read: impl FnOnce(&[f32], &[f32]) -> R,
    ) -> Result<R> {
        self.check(batch)?;
        with_slices(parameters, |weights| {
            let mut space = self.workspace();
            let mut x = self.embed(weights, batch, &mut space);
            for layer in &self.layers {
                let saved = layer.forward(self, weights, x, batch, &mut space);
                x = saved.finish(self, weights, layer, &mut space);
            }
            let mut hidden = space.take(x.len());
            norm::forward(&x, weights[self.norm], self.eps, &mut hidden);
            let result = read(&hidden, weights[self.output]);
            space.give([x, hidden]);
            self.keep(space);
            result
        })
    }

    /// Runs forward, lets `loss` fill in the gradient of the states, runs backward: the gradients of all weights, in the
    /// order of [`Parameters::iter`].
    pub fn gradients<R>(
        &self,
        parameters: &Parameters,
        batch: &Batch,
        loss: impl FnOnce(Head<'_>) -> R,
    ) -> Result<(Vec<Tensor>, R)> {
        self.check(batch)?;
        let (gradients, result) = with_slices(parameters, |weights| {
            let mut space = self.workspace();
            let mut gradients: Vec<Vec<f32>> = weights.iter().map(|w| vec![0f32; w.len()]).collect();
            let result = self.run(weights, batch, loss, &mut gradients, &mut space);
            self.keep(space);
            (gradients, result)
        })?;
        let tensor = |(values, shape): (Vec<f32>, &Vec<usize>)| {
            Tensor::from_vec(values, shape.as_slice(), &Device::Cpu)
        };
        Ok((gradients.into_iter().zip(&self.shapes).map(tensor).collect::<Result<_>>()?, result))
    }

    fn run<R>(
        &self,
        weights: &Weights<'_>,
        batch: &Batch,
        loss: impl FnOnce(Head<'_>) -> R,
        gradients: &mut [Vec<f32>],
        space: &mut Workspace,
    ) -> R {
        let mut x = self.embed(weights, batch, space);
        let mut saved: Vec<Saved> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            saved.push(layer.forward(self, weights, x, batch, space));
            x = saved.last().expect("just pushed").finish_keeping(self, weights, layer, space);
        }
        let mut hidden = space.take(x.len());
        norm::forward(&x, weights[self.norm], self.eps, &mut hidden);
        let mut d_hidden = space.zeros(x.len());
        let head = Head {
            hidden: &hidden,
            output: weights[self.output],
            width: self.width,
            precision: self.precision,
            d_hidden: &mut d_hidden,
            d_output: &mut gradients[self.output],
        };
        let result = loss(head);
        let mut dx = space.take(x.len());
        let d_norm = &mut gradients[self.norm];
        norm::backward(&x, weights[self.norm], &d_hidden, self.eps, gemm::Into::Replace, &mut dx, d_norm);
        space.give([x, hidden, d_hidden]);
        for (layer, saved) in self.layers.iter().zip(saved).rev() {
            layer.backward(self, weights, saved, batch, &mut dx, gradients, space);
        }
        let d_embedding = &mut gradients[self.embedding];
        for (row, &token) in dx.chunks_exact(self.width).zip(&batch.tokens) {
            kernel::add_to(&mut d_embedding[token as usize * self.width..][..self.width], row);
        }
        space.give([dx]);
        result
    }

    fn embed(&self, weights: &Weights<'_>, batch: &Batch, space: &mut Workspace) -> Vec<f32> {
        let mut x = space.take(batch.tokens.len() * self.width);
        let embedding = weights[self.embedding];
        for (row, &token) in x.chunks_exact_mut(self.width).zip(&batch.tokens) {
            row.copy_from_slice(&embedding[token as usize * self.width..][..self.width]);
        }
        x
    }

    fn check(&self, batch: &Batch) -> Result<()> {
        let vocabulary = self.shapes[self.embedding][0];
        if let Some(token) = batch.tokens.iter().find(|&&token| token as usize >= vocabulary) {
            candle_core::bail!("token {token} beyond a vocabulary of {vocabulary}");
        }
        let longest = batch.lengths.iter().max().copied().unwrap_or(0);
        if longest > self.rope.positions() || batch.lengths.iter().sum::<usize>() != batch.tokens.len() {
            candle_core::bail!(
                "a sequence of {longest} tokens in a network of {} positions",
                self.rope.positions()
            );
        }
        Ok(())
    }

    fn workspace(&self) -> Workspace {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn keep(&self, space: Workspace) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
    }
}

/// Calls `work` with the elements of all weights.
fn with_slices<R>(parameters: &Parameters, work: impl FnOnce(&Weights<'_>) -> R) -> Result<R> {
    let guards: Vec<_> = parameters.iter().map(|(_, var)| var.storage_and_layout()).collect();
    let slices = guards.iter().map(|(storage, layout)| match &**storage {
        Storage::Cpu(CpuStorage::F32(values)) => match layout.contiguous_offsets() {
            Some((from, to)) => Ok(&values[from..to]),
            None => candle_core::bail!("the weights must be contiguous"),
        },
        _ => candle_core::bail!("the weights must be F32 on the CPU"),
    });
    Ok(work(&slices.collect::<Result<Vec<_>>>()?))
}

#[cfg(test)]
mod tests;
