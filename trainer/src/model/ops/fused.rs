//! The operations over the kernels of the CPU, each with its backward pass.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor};

use super::Attention;
use crate::model::kernel::gemm::{Into, Precision, Target, View, gemm};
use crate::model::kernel::{self, attention as attend, loss, norm};

/// The elements of a contiguous tensor on the CPU.
fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => candle_core::bail!("a fused operation needs contiguous tensors, got {layout:?}"),
    }
}

/// Calls `work` with the elements of `x`.
pub(crate) fn with<R>(x: &Tensor, work: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let x = x.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => work(slice(storage, layout)?),
        _ => candle_core::bail!("a fused operation runs on the CPU only"),
    }
}

fn tensor(values: Vec<f32>, like: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, like.shape(), like.device())
}

fn wanted(values: Vec<f32>, like: &Tensor) -> Result<Option<Tensor>> {
    if like.track_op() { tensor(values, like).map(Some) } else { Ok(None) }
}

struct RmsNorm {
    eps: f32,
}

pub(crate) fn rms_norm(x: &Tensor, w: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op2(w, RmsNorm { eps })
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "fused rms_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, xl)?;
        let mut y = vec![0f32; x.len()];
        norm::forward(x, slice(w, wl)?, self.eps, &mut y);
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (mut dx, mut dw) = (vec![0f32; x.elem_count()], vec![0f32; w.elem_count()]);
        with(x, |x| {
            with(w, |w| {
                with(dy, |dy| {
                    norm::backward(x, w, dy, self.eps, Into::Replace, &mut dx, &mut dw);
                    Ok(())
                })
            })
        })?;
        Ok((wanted(dx, x)?, wanted(dw, w)?))
    }
}

struct Linear;

pub(crate) fn linear(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    x.apply_op2(w, Linear)
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "fused linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((n, width), (out, columns)) = (xl.shape().dims2()?, wl.shape().dims2()?);
        if width != columns {
            candle_core::bail!("linear: {n}x{width} times the transpose of {out}x{columns}");
        }
        let mut y = vec![0f32; n * out];
        let (x, w) = (View::rows(slice(x, xl)?, n, width), View::rows(slice(w, wl)?, out, width));
        gemm(&mut Target::rows(&mut y, n, out), Into::Replace, 1.0, x, w.t());
        Ok((CpuStorage::F32(y), Shape::from((n, out))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((n, width), out) = (x.dims2()?, w.dim(0)?);
        let product = |a: View<'_>, b: View<'_>, rows: usize| {
            let mut to = vec![0f32; rows * width];
            gemm(&mut Target::rows(&mut to, rows, width), Into::Replace, 1.0, a, b);
            to
        };
        with(dy, |dy| {
            let dy = View::rows(dy, n, out);
            let dx = if x.track_op() {
                Some(tensor(with(w, |w| Ok(product(dy, View::rows(w, out, width), n)))?, x)?)
            } else {
                None
            };
            let dw = if w.track_op() {
                Some(tensor(with(x, |x| Ok(product(dy.t(), View::rows(x, n, width), out)))?, w)?)
            } else {
                None
            };
            Ok((dx, dw))
        })
    }
}

struct SwiGlu;

pub(crate) fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.apply_op2(up, SwiGlu)
}

impl CustomOp2 for SwiGlu {
    fn name(&self) -> &'static str {
        "fused swiglu"
    }

    fn cpu_fwd(
        &self,
        g: &CpuStorage,
        gl: &Layout,
        u: &CpuStorage,
        ul: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let g = slice(g, gl)?;
        let mut y = vec![0f32; g.len()];
        kernel::swiglu::forward(g, slice(u, ul)?, &mut y);
        Ok((CpuStorage::F32(y), gl.shape().clone()))
    }

    fn bwd(
        &self,
        gate: &Tensor,
        up: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let copy = |x: &Tensor| with(x, |x| Ok(x.to_vec()));
        let (mut dg, mut du) = (copy(gate)?, copy(up)?);
        with(dy, |dy| {
            kernel::swiglu::backward(&mut dg, &mut du, dy);
            Ok(())
        })?;
        Ok((wanted(dg, gate)?, wanted(du, up)?))
    }
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "fused attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        ql: &Layout,
        k: &CpuStorage,
        kl: &Layout,
        v: &CpuStorage,
        vl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let input = attend::Input { q: slice(q, ql)?, k: slice(k, kl)?, v: slice(v, vl)? };
        let mut y = vec![0f32; input.q.len()];
        attend::forward(input, &self.lengths, self.heads, &self.rope, &mut y);
        Ok((CpuStorage::F32(y), ql.shape().clone()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [mut dq, mut dk, mut dv] = [q, k, v].map(|x| vec![0f32; x.elem_count()]);
        let gradients = [&mut dq[..], &mut dk[..], &mut dv[..]];
        with(q, |q| {
            with(k, |k| {
                with(v, |v| {
                    let input = attend::Input { q, k, v };
                    with(dy, |dy| {
                        attend::backward(input, dy, &self.lengths, self.heads, &self.rope, gradients);
                        Ok(())
                    })
                })
            })
        })?;
        Ok((wanted(dq, q)?, wanted(dk, k)?, wanted(dv, v)?))
    }
}

pub(crate) fn attention(q: &Tensor, k: &Tensor, v: &Tensor, with: &Attention) -> Result<Tensor> {
    q.apply_op3(k, v, with.clone())
}

struct Rows {
    ids: Vec<u32>,
}

pub(crate) fn rows(table: &Tensor, ids: &[u32]) -> Result<Tensor> {
    table.apply_op1(Rows { ids: ids.to_vec() })
}

impl CustomOp1 for Rows {
    fn name(&self) -> &'static str {
        "fused rows"
    }

    fn cpu_fwd(&self, table: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        let table = slice(table, layout)?;
        let mut out = Vec::with_capacity(self.ids.len() * width);
        for &id in &self.ids {
            out.extend_from_slice(&table[id as usize * width..][..width]);
        }
        Ok((CpuStorage::F32(out), Shape::from((self.ids.len(), width))))
    }

    fn bwd(&self, table: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (n, width) = table.dims2()?;
        let mut sum = vec![0f32; n * width];
        with(dy, |dy| {
            for (row, &id) in dy.chunks_exact(width).zip(&self.ids) {
                kernel::add_to(&mut sum[id as usize * width..][..width], row);
            }
            Ok(())
        })?;
        wanted(sum, table)
    }
}

/// Keeps the gradients that the forward pass has taken along the way.
struct CrossEntropy {
    targets: Vec<u32>,
    weights: Vec<f32>,
    with_gradients: bool,
    gradients: Mutex<Option<[Vec<f32>; 2]>>,
}

pub(crate) fn cross_entropy(
    hidden: &Tensor,
    output: &Tensor,
    targets: &[u32],
    weights: &[f32],
) -> Result<Tensor> {
    let op = CrossEntropy {
        targets: targets.to_vec(),
        weights: weights.to_vec(),
        with_gradients: hidden.track_op() || output.track_op(),
        gradients: Mutex::new(None),
    };
    hidden.apply_op2(output, op)
}

impl CrossEntropy {
    /// The loss, and the gradients of states and output matrix.
    fn run(&self, hidden: &[f32], output: &[f32], width: usize) -> (f32, Option<[Vec<f32>; 2]>) {
        let (targets, weights) = (&self.targets, &self.weights);
        let input = loss::Input { hidden, output, width, targets, weights, precision: Precision::F32 };
        if !self.with_gradients {
            return (loss::cross_entropy(input, None) as f32, None);
        }
        let mut gradients = [hidden, output].map(|x| vec![0f32; x.len()]);
        let [hidden, output] = &mut gradients;
        let loss = loss::cross_entropy(input, Some(loss::Gradients { hidden, output }));
        (loss as f32, Some(gradients))
    }
}

impl CustomOp2 for CrossEntropy {
    fn name(&self) -> &'static str {
        "fused cross_entropy"
    }

    fn cpu_fwd(
        &self,
        h: &CpuStorage,
        hl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = hl.shape().dims2()?;
        let (loss, gradients) = self.run(slice(h, hl)?, slice(w, wl)?, width);
        *self.gradients.lock().unwrap_or_else(PoisonError::into_inner) = gradients;
        Ok((CpuStorage::F32(vec![loss]), Shape::from(())))
    }

    fn bwd(
        &self,
        hidden: &Tensor,
        output: &Tensor,
        _: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let kept = self.gradients.lock().unwrap_or_else(PoisonError::into_inner).take();
        let [d_hidden, d_output] = match kept {
            Some(gradients) => gradients,
            // A second backward pass over the same graph.
            None => with(hidden, |h| with(output, |w| Ok(self.run(h, w, hidden.dim(1)?).1)))?
                .ok_or_else(|| candle_core::Error::Msg("no gradient was asked for".into()))?,
        };
        let factor = dy.to_scalar::<f32>()?;
        let scaled = |mut values: Vec<f32>| {
            if factor.to_bits() != 1f32.to_bits() {
                for x in &mut values {
                    *x *= factor;
                }
            }
            values
        };
        Ok((wanted(scaled(d_hidden), hidden)?, wanted(scaled(d_output), output)?))
    }
}
