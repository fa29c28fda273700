//! What a step has cost: wall time, processor time, memory.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Costs since a start, of this whole process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Seconds on the clock.
    pub wall_s: f64,
    /// Seconds of processors, of all threads; 0 where the system does not say.
    pub cpu_s: f64,
    /// Most memory held at a time, in MiB; 0 where the system does not say.
    pub peak_mib: f64,
}

/// Measures from its creation.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    start: Instant,
    cpu_s: f64,
}

impl Meter {
    /// Starts.
    pub fn start() -> Self {
        Self { start: Instant::now(), cpu_s: cpu_seconds() }
    }

    /// What was used since.
    pub fn usage(&self) -> Usage {
        Usage {
            wall_s: self.start.elapsed().as_secs_f64(),
            cpu_s: cpu_seconds() - self.cpu_s,
            peak_mib: peak_kib() / 1024.0,
        }
    }
}

/// User and system time of this process. Linux counts it in hundredths of a second (`proc(5)`, fields 14 and 15).
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // The program's name, in brackets, may hold blanks: fields are counted from behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_time_and_memory() {
        let meter = Meter::start();
        let mut sum = 0u64;
        while meter.start.elapsed().as_millis() < 60 {
            sum = sum.wrapping_add((0..10_000u64).sum());
        }
        let usage = meter.usage();
        assert!(sum > 0 && usage.wall_s >= 0.06);
        if cfg!(target_os = "linux") {
            assert!(usage.cpu_s > 0.0 && usage.peak_mib > 1.0, "{usage:?}");
        }
    }
}
