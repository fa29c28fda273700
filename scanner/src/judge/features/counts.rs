//! Counts over the whole file, in logarithms and shares.

use super::FileStatistics;

fn log(count: u32) -> f32 {
    (count as f32).ln_1p()
}

fn share(part: u32, whole: u32) -> f32 {
    part as f32 / whole.max(1) as f32
}

table! {
    /// Appends the numbers.
    s: FileStatistics;
    "file: candidates with the value, log" => log(s.same_value),
    "file: candidates with the name, log" => log(s.same_key),
    "file: candidates of the rule, log" => log(s.same_rule),
    "file: candidates, log" => log(s.candidates),
    "file: lines, log" => log(s.lines),
    "file: bytes, log" => log(s.bytes),
    "file: share with the value" => share(s.same_value, s.candidates),
    "file: share with the name" => share(s.same_key, s.candidates),
    "file: share of the rule" => share(s.same_rule, s.candidates),
    "file: candidates a line" => share(s.candidates, s.lines),
    "file: candidates a KiB" => share(s.candidates, s.bytes) * 1024.0,
    "file: bytes a line" => share(s.bytes, s.lines),
}
