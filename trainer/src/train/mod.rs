//! Training: the tokenizer, the language model's pre-training, its training on verdicts.

pub mod command;
pub mod lesson;
pub mod optimizer;
pub mod speed;
pub mod step;
pub mod usage;
