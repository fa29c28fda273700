//! The language model: a small Llama of own differentiable operations, made for training on a CPU.
//!
//! `kernel` is arithmetic over slices, `ops` the differentiable operations that the network is made of, [`llama`] the
//! network, [`parameters`] its weights by name (Hugging Face's names), [`linear`] the layers that an adapter may change.
//! Nothing here knows data, losses of the task, files of a run or the clock.

pub mod config;
pub mod engine;
mod kernel;
pub mod linear;
pub mod llama;
pub mod ops;
pub mod parameters;

pub use config::{Config, ConfigError};
pub use engine::Engine;
pub use kernel::gemm::Precision;
pub(crate) use kernel::loss;
pub use kernel::optimizer::AdamStep;
pub use linear::Linear;
pub use llama::{Batch, Llama};
pub use parameters::Parameters;
