//! Tokenizer, pre-training, verdict training.
