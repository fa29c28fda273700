//! Changes to tensors where they lie: sums of gradients, the optimizer's step, averages of weights.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var};

use crate::model::kernel::optimizer::{AdamStep, adam, average};
use crate::model::kernel::{add_to, squares};

#[expect(clippy::needless_pass_by_value, reason = "the pairs are what candle hands over")]
fn slices<'a>(
    to: (&'a mut CpuStorage, &Layout),
    from: (&'a CpuStorage, &Layout),
) -> Result<(&'a mut [f32], &'a [f32])> {
    let (Some(a), Some(b)) = (to.1.contiguous_offsets(), from.1.contiguous_offsets()) else {
        candle_core::bail!("tensors are changed in place only if contiguous");
    };
    let CpuStorage::F32(values) = to.0 else {
        candle_core::bail!("tensors are changed in place only as F32")
    };
    let from = &from.0.as_slice::<f32>()?[b.0..b.1];
    let to = &mut values[a.0..a.1];
    if to.len() != from.len() {
        candle_core::bail!("{} elements cannot be combined with {}", to.len(), from.len());
    }
    Ok((to, from))
}

struct Adam<'a> {
    step: AdamStep,
    moments: Mutex<(&'a mut [f32], &'a mut [f32])>,
}

impl InplaceOp2 for Adam<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, w: &mut CpuStorage, wl: &Layout, g: &CpuStorage, gl: &Layout) -> Result<()> {
        let (weights, gradient) = slices((w, wl), (g, gl))?;
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let (m, v) = &mut *moments;
        adam(self.step, weights, gradient, m, v);
        Ok(())
    }
}

/// One step of AdamW on a tensor of the CPU; `m` and `v` as long as it.
pub(crate) fn adam_step(
    weights: &Tensor,
    gradient: &Tensor,
    step: AdamStep,
    m: &mut [f32],
    v: &mut [f32],
) -> Result<()> {
    weights.inplace_op2(gradient, &Adam { step, moments: Mutex::new((m, v)) })
}

struct Add;

impl InplaceOp2 for Add {
    fn name(&self) -> &'static str {
        "add in place"
    }

    fn cpu_fwd(&self, to: &mut CpuStorage, tl: &Layout, from: &CpuStorage, fl: &Layout) -> Result<()> {
        let (to, from) = slices((to, tl), (from, fl))?;
        add_to(to, from);
        Ok(())
    }
}

/// `to += from`, in place on the CPU.
pub(crate) fn add(to: &mut Tensor, from: &Tensor) -> Result<()> {
    if to.device().is_cpu() && to.is_contiguous() && from.is_contiguous() {
        to.inplace_op2(from, &Add)
    } else {
        *to = (&*to + from)?;
        Ok(())
    }
}

struct Average {
    decay: f32,
}

impl InplaceOp2 for Average {
    fn name(&self) -> &'static str {
        "average in place"
    }

    fn cpu_fwd(&self, to: &mut CpuStorage, tl: &Layout, from: &CpuStorage, fl: &Layout) -> Result<()> {
        let (to, from) = slices((to, tl), (from, fl))?;
        average(self.decay, to, from);
        Ok(())
    }
}

/// `to = decay · to + (1 − decay) · from`.
pub(crate) fn average_into(to: &Var, from: &Tensor, decay: f32) -> Result<()> {
    if to.device().is_cpu() {
        to.inplace_op2(from, &Average { decay })
    } else {
        to.set(&((to.as_tensor() * f64::from(decay))? + (from * f64::from(1.0 - decay))?)?)
    }
}

/// Sum of the squares of all elements.
pub(crate) fn sum_of_squares(x: &Tensor) -> Result<f64> {
    if x.device().is_cpu() && x.dtype() == candle_core::DType::F32 {
        super::fused::with(x, |x| Ok(squares(x)))
    } else {
        Ok(f64::from(x.to_dtype(candle_core::DType::F32)?.sqr()?.sum_all()?.to_scalar::<f32>()?))
    }
}
