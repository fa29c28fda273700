//! A linear layer, and the place where an adapter steps in.

use std::fmt::Debug;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::ops;

/// Takes over a linear layer: low-rank additions, quantized weights.
pub trait Adapter: Debug + Send + Sync {
    /// The layer's result for `x` `[n, in]`; `weight` `[out, in]` is the layer's own.
    fn forward(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor>;
}

/// `x · weightᵀ`, or what an adapter makes of it.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor,
    adapter: Option<Arc<dyn Adapter>>,
}

impl Linear {
    /// With a weight `[out, in]`.
    pub fn new(weight: Tensor) -> Self {
        Self { weight, adapter: None }
    }

    /// With an adapter that replaces the product.
    #[must_use]
    pub fn with_adapter(self, adapter: Arc<dyn Adapter>) -> Self {
        Self { adapter: Some(adapter), ..self }
    }

    /// The weight `[out, in]`.
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// `[n, in]` to `[n, out]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.adapter {
            Some(adapter) => adapter.forward(x, &self.weight),
            None => ops::linear(x, &self.weight),
        }
    }
}
