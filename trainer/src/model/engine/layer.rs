//! One block of the network: forward with what backward needs, and backward.

use super::{Engine, Weights, Workspace};
use crate::model::Batch;
use crate::model::kernel::gemm::{Into, Precision, Target, View, product};
use crate::model::kernel::{attention, norm, swiglu};

/// Where the block's weights stand.
#[derive(Debug)]
pub(super) struct Layer {
    attention_norm: usize,
    q: usize,
    k: usize,
    v: usize,
    o: usize,
    mlp_norm: usize,
    gate: usize,
    up: usize,
    down: usize,
}

/// What the forward pass leaves for the backward pass.
#[derive(Debug)]
pub(super) struct Saved {
    /// Input of the block.
    x: Vec<f32>,
    /// Normed.
    h: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    attended: Vec<f32>,
    /// After the attention's residual.
    middle: Vec<f32>,
    /// Normed.
    h2: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    inner: Vec<f32>,
}

/// `y (+)= x · wᵀ` for `w` `[out, in]`.
fn linear(precision: Precision, x: &[f32], w: &[f32], inputs: usize, into: Into, y: &mut [f32]) {
    let (rows, outputs) = (x.len() / inputs, w.len() / inputs);
    product(
        precision,
        &mut Target::rows(y, rows, outputs),
        into,
        View::rows(x, rows, inputs),
        View::rows(w, outputs, inputs).t(),
    );
}

/// `dx (+)= dy · w`.
fn linear_input(precision: Precision, dy: &[f32], w: &[f32], inputs: usize, into: Into, dx: &mut [f32]) {
    let outputs = w.len() / inputs;
    let rows = dy.len() / outputs;
    product(
        precision,
        &mut Target::rows(dx, rows, inputs),
        into,
        View::rows(dy, rows, outputs),
        View::rows(w, outputs, inputs),
    );
}

/// `dw += dyᵀ · x`.
fn linear_weight(precision: Precision, dy: &[f32], x: &[f32], inputs: usize, dw: &mut [f32]) {
    let outputs = dw.len() / inputs;
    let rows = dy.len() / outputs;
    product(
        precision,
        &mut Target::rows(dw, outputs, inputs),
        Into::Add,
        View::rows(dy, rows, outputs).t(),
        View::rows(x, rows, inputs),
    );
}

impl Layer {
    /// With the places that `index` gives to names.
    pub(super) fn new(layer: usize, index: impl Fn(&str) -> usize) -> Self {
        let at = |part: &str| index(&format!("model.layers.{layer}.{part}.weight"));
        Self {
            attention_norm: at("input_layernorm"),
            q: at("self_attn.q_proj"),
            k: at("self_attn.k_proj"),
            v: at("self_attn.v_proj"),
            o: at("self_attn.o_proj"),
            mlp_norm: at("post_attention_layernorm"),
            gate: at("mlp.gate_proj"),
            up: at("mlp.up_proj"),
            down: at("mlp.down_proj"),
        }
    }

    /// All but the last product, which [`Saved::finish`] does.
    pub(super) fn forward(
        &self,
        engine: &Engine,
        weights: &Weights<'_>,
        x: Vec<f32>,
        batch: &Batch,
        space: &mut Workspace,
    ) -> Saved {
        let (d, heads) = (engine.width, engine.heads);
        let tokens = batch.tokens.len();
        let mut h = space.take(x.len());
        norm::forward(&x, weights[self.attention_norm], engine.eps, &mut h);
        let mut project = |w: usize, columns: usize| {
            let mut y = space.take(tokens * columns);
            linear(engine.precision, &h, weights[w], d, Into::Replace, &mut y);
            y
        };
        let q = project(self.q, heads.heads * heads.width);
        let k = project(self.k, heads.groups * heads.width);
        let v = project(self.v, heads.groups * heads.width);
        let mut attended = space.take(q.len());
        let input = attention::Input { q: &q, k: &k, v: &v };
        attention::forward(input, &batch.lengths, heads, &engine.rope, &mut attended);
        let mut middle = space.take(x.len());
        middle.copy_from_slice(&x);
        linear(
            engine.precision,
            &attended,
            weights[self.o],
            heads.heads * heads.width,
            Into::Add,
            &mut middle,
        );
        let mut h2 = space.take(x.len());
        norm::forward(&middle, weights[self.mlp_norm], engine.eps, &mut h2);
        let mut project = |w: usize| {
            let mut y = space.take(tokens * engine.inner);
            linear(engine.precision, &h2, weights[w], d, Into::Replace, &mut y);
            y
        };
        let (gate, up) = (project(self.gate), project(self.up));
        let mut inner = space.take(gate.len());
        swiglu::forward(&gate, &up, &mut inner);
        Saved { x, h, q, k, v, attended, middle, h2, gate, up, inner }
    }

    /// Turns the gradient of the block's result, `dx`, into that of its input; adds the weights' gradients.
    #[expect(clippy::too_many_arguments, reason = "the pass's whole state, in one place")]
    pub(super) fn backward(
        &self,
        engine: &Engine,
        weights: &Weights<'_>,
        saved: Saved,
        batch: &Batch,
        dx: &mut [f32],
        gradients: &mut [Vec<f32>],
        space: &mut Workspace,
    ) {
        let (d, heads) = (engine.width, engine.heads);
        let Saved { x, h, q, k, v, attended, middle, h2, gate, up, inner } = saved;
        let mut d_inner = space.take(inner.len());
        linear_input(engine.precision, dx, weights[self.down], engine.inner, Into::Replace, &mut d_inner);
        linear_weight(engine.precision, dx, &inner, engine.inner, &mut gradients[self.down]);
        let (mut d_gate, mut d_up) = (gate, up);
        swiglu::backward(&mut d_gate, &mut d_up, &d_inner);
        space.give([inner, d_inner]);

        let mut dh = space.take(x.len());
        linear_input(engine.precision, &d_gate, weights[self.gate], d, Into::Replace, &mut dh);
        linear_input(engine.precision, &d_up, weights[self.up], d, Into::Add, &mut dh);
        linear_weight(engine.precision, &d_gate, &h2, d, &mut gradients[self.gate]);
        linear_weight(engine.precision, &d_up, &h2, d, &mut gradients[self.up]);
        let d_norm = &mut gradients[self.mlp_norm];
        norm::backward(&middle, weights[self.mlp_norm], &dh, engine.eps, Into::Add, dx, d_norm);
        space.give([d_gate, d_up, middle, h2]);

        let mut d_attended = space.take(attended.len());
        let query_width = heads.heads * heads.width;
        linear_input(engine.precision, dx, weights[self.o], query_width, Into::Replace, &mut d_attended);
        linear_weight(engine.precision, dx, &attended, query_width, &mut gradients[self.o]);
        let (mut dq, mut dk, mut dv) = (space.take(q.len()), space.take(k.len()), space.take(v.len()));
        let input = attention::Input { q: &q, k: &k, v: &v };
        let to = [&mut dq[..], &mut dk[..], &mut dv[..]];
        attention::backward(input, &d_attended, &batch.lengths, heads, &engine.rope, to);
        space.give([q, k, v, attended, d_attended]);

        linear_input(engine.precision, &dq, weights[self.q], d, Into::Replace, &mut dh);
        linear_input(engine.precision, &dk, weights[self.k], d, Into::Add, &mut dh);
        linear_input(engine.precision, &dv, weights[self.v], d, Into::Add, &mut dh);
        linear_weight(engine.precision, &dq, &h, d, &mut gradients[self.q]);
        linear_weight(engine.precision, &dk, &h, d, &mut gradients[self.k]);
        linear_weight(engine.precision, &dv, &h, d, &mut gradients[self.v]);
        let d_norm = &mut gradients[self.attention_norm];
        norm::backward(&x, weights[self.attention_norm], &dh, engine.eps, Into::Add, dx, d_norm);
        space.give([dq, dk, dv, dh, x, h]);
    }
}

impl Saved {
    /// The block's result; everything else stays for the backward pass.
    pub(super) fn finish_keeping(
        &self,
        engine: &Engine,
        weights: &Weights<'_>,
        layer: &Layer,
        space: &mut Workspace,
    ) -> Vec<f32> {
        let mut out = space.take(self.middle.len());
        out.copy_from_slice(&self.middle);
        linear(engine.precision, &self.inner, weights[layer.down], engine.inner, Into::Add, &mut out);
        out
    }

    /// The block's result, where there is no backward pass.
    pub(super) fn finish(
        self,
        engine: &Engine,
        weights: &Weights<'_>,
        layer: &Layer,
        space: &mut Workspace,
    ) -> Vec<f32> {
        let mut out = self.middle;
        linear(engine.precision, &self.inner, weights[layer.down], engine.inner, Into::Add, &mut out);
        space.give([self.x, self.h, self.q, self.k, self.v, self.attended]);
        space.give([self.h2, self.gate, self.up, self.inner]);
        out
    }
}
