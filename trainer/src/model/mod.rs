//! The differentiable Llama.
