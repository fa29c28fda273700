//! Training: the tokenizer, the language model's pre-training, its training on verdicts.
//!
//! ```text
//! text ─► corpus ─► tokenizer            examples ─► question ─┐
//!           └─────► stream ─► pretrain ─► weights ──────────► verdict ─► weights
//! ```
//! `run` is the loop of both; `learner` says whether it trains all weights or an adapter; `lesson` the losses; `step` the
//! gradients on several threads; `optimizer`, `schedule`, `checkpoint`, `journal` its parts; `curriculum` the order of
//! questions. Only `run` and `command` know files of a run and the clock.

pub mod augment;
pub mod checkpoint;
pub mod command;
pub mod corpus;
pub mod curriculum;
pub mod journal;
pub mod learner;
pub mod lesson;
pub mod measure;
pub mod optimizer;
pub mod pretrain;
pub mod question;
pub mod run;
pub mod schedule;
pub mod score;
pub mod settings;
pub mod shuffle;
pub mod speed;
pub mod start;
pub mod step;
pub mod stream;
pub mod tokenizer;
pub mod verdict;

#[cfg(test)]
mod tests;
