//! GGUF files: writing, converting, quantizing, parity.
