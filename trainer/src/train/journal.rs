//! The log of a run: JSONL for programs, CSV for tables, an event file for TensorBoard. Lines after a checkpoint's step go
//! when the run resumes there.

mod tensorboard;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use self::tensorboard::EventFile;

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Steps done.
    pub step: u64,
    /// Loss of the training steps since the last line, in the mean; none in a line about a validation.
    pub loss: Option<f64>,
    /// Its parts and, of a validation, its measures.
    pub measures: std::collections::BTreeMap<String, f64>,
    /// Learning rate.
    pub rate: f64,
    /// Norm of the gradient before clipping, of the last step.
    pub gradient_norm: Option<f64>,
    /// Tokens a second since the last line.
    pub tokens_per_second: Option<f64>,
    /// Tokens since the beginning.
    pub tokens: u64,
    /// Seconds since the beginning, pauses left out.
    pub elapsed_s: f64,
    /// Seconds of processor time.
    pub cpu_s: f64,
    /// Most memory held, MiB.
    pub peak_mib: f64,
}

impl Entry {
    /// Its numbers by name, without the measures.
    fn columns(&self) -> [(&'static str, Option<f64>); 9] {
        [
            ("step", Some(self.step as f64)),
            ("loss", self.loss),
            ("rate", Some(self.rate)),
            ("gradient_norm", self.gradient_norm),
            ("tokens_per_second", self.tokens_per_second),
            ("tokens", Some(self.tokens as f64)),
            ("elapsed_s", Some(self.elapsed_s)),
            ("cpu_s", Some(self.cpu_s)),
            ("peak_mib", Some(self.peak_mib)),
        ]
    }
}

/// The open files.
#[derive(Debug)]
pub struct Journal {
    jsonl: File,
    csv: csv::Writer<File>,
    events: EventFile,
}

impl Journal {
    /// Opens `log.jsonl`, `log.csv` and TensorBoard's file in a run's folder, keeping lines up to `step`.
    pub fn open(directory: &Path, step: u64) -> anyhow::Result<Self> {
        let (jsonl, csv) = (directory.join("log.jsonl"), directory.join("log.csv"));
        let mut kept: Vec<Entry> = Vec::new();
        if step > 0 && jsonl.exists() {
            let text = std::fs::read_to_string(&jsonl)?;
            // The last line may be cut off where a run was ended.
            kept = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            kept.retain(|entry| entry.step <= step);
        }
        let open = |path: &Path| {
            OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .open(path)
                .with_context(|| format!("cannot write {}", path.display()))
        };
        let events = EventFile::begin(open(&directory.join(tensorboard::NAME))?)?;
        let mut journal = Self { jsonl: open(&jsonl)?, csv: csv::Writer::from_writer(open(&csv)?), events };
        let names = Entry::default().columns().map(|(name, _)| name);
        journal.csv.write_record(names.into_iter().chain(["measures"]))?;
        kept.iter().try_for_each(|entry| journal.write(entry))?;
        Ok(journal)
    }

    /// Writes a line to all.
    pub fn write(&mut self, entry: &Entry) -> anyhow::Result<()> {
        writeln!(self.jsonl, "{}", serde_json::to_string(entry)?)?;
        let numbers = entry.columns().map(|(_, x)| x.map(|x| x.to_string()).unwrap_or_default());
        let measures: Vec<String> = entry.measures.iter().map(|(name, x)| format!("{name}={x}")).collect();
        self.csv.write_record(numbers.into_iter().chain([measures.join(" ")]))?;
        self.csv.flush()?;
        self.events.write(entry)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_step_of_a_checkpoint_are_dropped_on_resuming() {
        let directory = tempfile::tempdir().unwrap();
        let entry = |step| Entry { step, loss: Some(1.5), ..Entry::default() };
        let mut journal = Journal::open(directory.path(), 0).unwrap();
        (1..=5).for_each(|step| journal.write(&entry(step)).unwrap());
        drop(journal);
        let mut journal = Journal::open(directory.path(), 3).unwrap();
        journal.write(&entry(4)).unwrap();
        drop(journal);
        let text = std::fs::read_to_string(directory.path().join("log.jsonl")).unwrap();
        let steps: Vec<u64> = text.lines().map(|l| serde_json::from_str::<Entry>(l).unwrap().step).collect();
        assert_eq!(steps, [1, 2, 3, 4]);
        let csv = std::fs::read_to_string(directory.path().join("log.csv")).unwrap();
        assert_eq!(csv.lines().count(), 5);
        assert!(csv.lines().nth(1).unwrap().starts_with("1,1.5,"));
        let steps: Vec<u64> =
            tensorboard::tests::read(directory.path()).into_iter().map(|e| e.step).collect();
        assert_eq!(steps, [0, 1, 2, 3, 4]);
    }
}
