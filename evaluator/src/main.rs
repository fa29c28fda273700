//! The program `evaluator`.

fn main() {}
