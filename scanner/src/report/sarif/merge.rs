//! SARIF reports into one, result by result: what a shard wrote stays as it is, only order, indices, limits and counts
//! are those of the whole.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Map, Value, json};

use super::notification::{self, Left, MAX_LISTED};
use super::{Counter, MAX_RESULT_BYTES, MAX_RESULTS};
use crate::finding::Severity;
use crate::ledger::{Failure, ShardPart, SkipReason};
use crate::report::merge::{MergeError, Named, Shard, check, spare};
use crate::report::neutral_json;

/// Numbers of a ledger that say how it was scanned; all others are counts.
const SETTINGS: [&str; 1] = ["rules"];

/// The whole, as SARIF, and what the exit code depends on.
#[derive(Debug)]
pub struct Merged {
    log: Value,
    /// The worst level of a result.
    pub worst: Option<Severity>,
    /// True if every report says that its run scanned everything, and no shard is missing.
    pub complete: bool,
}

impl Merged {
    /// Writes the report as one run writes it.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        neutral_json::write_compact(&self.log, out)?;
        out.write_all(b"\n")
    }
}

/// Merges reports that this program wrote. `category` is the automation's id. Everything that is not a result, a rule, a
/// notification or a count is the first report's.
pub fn merge(reports: Vec<Named<Value>>, category: &str) -> Result<Merged, MergeError> {
    let mut runs = Vec::new();
    for Named { name, mut report } in reports {
        let run = report.pointer_mut("/runs/0").map(Value::take);
        let run = run.filter(|run| run.pointer("/tool/driver/name") == Some(&json!(env!("CARGO_PKG_NAME"))));
        let Some(run) = run else { return Err(MergeError::Foreign { report: name }) };
        runs.push((name, run, report));
    }
    let shards: Vec<Shard<'_>> =
        runs.iter().enumerate().filter_map(|(at, (name, run, _))| shard(at, name, run)).collect();
    let missing = check(&shards)?;
    let spare = spare(&shards, |one, other| runs[one].1 == runs[other].1)?;

    let mut whole = Whole::default();
    let mut first = None;
    for (at, (_, mut run, log)) in runs.into_iter().enumerate() {
        if !spare.contains(&at) {
            whole.take(&mut run);
            first.get_or_insert((run, log));
        }
    }
    let Some((run, mut log)) = first else {
        return Ok(Merged { log: json!(null), worst: None, complete: true });
    };
    whole.missing(&missing);
    let worst = whole.results.iter().filter_map(level).max();
    let complete = whole.complete;
    log["runs"] = json!([whole.into_run(run, category)]);
    Ok(Merged { log, worst, complete })
}

fn shard<'a>(at: usize, name: &'a str, run: &Value) -> Option<Shard<'a>> {
    let ledger = run.pointer("/properties/ledger")?;
    let part: ShardPart = serde_json::from_value(ledger.get("shard")?.clone()).ok()?;
    let others = ledger.pointer("/skipped/other-shard").and_then(Value::as_u64).unwrap_or_default();
    Some(Shard { at, name, part, others })
}

/// What is gathered from the runs.
struct Whole {
    rules: BTreeMap<String, Value>,
    results: Vec<Value>,
    /// Notifications by the id of their descriptor.
    notifications: BTreeMap<String, Vec<Value>>,
    ledger: Map<String, Value>,
    complete: bool,
}

impl Default for Whole {
    fn default() -> Self {
        Self {
            rules: BTreeMap::new(),
            results: Vec::new(),
            notifications: BTreeMap::new(),
            ledger: Map::new(),
            complete: true,
        }
    }
}

impl Whole {
    /// Takes a run's parts out of it.
    fn take(&mut self, run: &mut Value) {
        for rule in list(run, "/tool/driver/rules") {
            let id = rule["id"].as_str().unwrap_or_default().to_owned();
            self.rules.entry(id).or_insert(rule);
        }
        self.results.extend(list(run, "/results"));
        for notification in list(run, "/invocations/0/toolExecutionNotifications") {
            let id = notification.pointer("/descriptor/id").and_then(Value::as_str).unwrap_or_default();
            self.notifications.entry(id.to_owned()).or_default().push(notification);
        }
        self.complete &= run.pointer("/invocations/0/executionSuccessful") == Some(&json!(true));
        if let Some(Value::Object(ledger)) = run.pointer_mut("/properties/ledger").map(Value::take) {
            for (name, value) in ledger {
                let summed = !SETTINGS.contains(&name.as_str());
                let known = self.ledger.entry(name).or_insert(Value::Null);
                *known = if summed || known.is_null() { sum(known.take(), value) } else { known.take() };
            }
        }
    }

    fn missing(&mut self, failures: &[Failure]) {
        self.complete &= failures.is_empty();
        let list = self.notifications.entry("not-scanned".to_owned()).or_default();
        let all = failures.iter().map(|failure| json!(notification::not_scanned(failure, "")));
        list.extend(all);
    }

    /// The whole in the place of `run`.
    fn into_run(mut self, mut run: Value, category: &str) -> Value {
        let over_limit = self.order_results();
        let indices: BTreeMap<&str, usize> = self.rules.keys().map(String::as_str).zip(0..).collect();
        for result in &mut self.results {
            let index = result["ruleId"].as_str().and_then(|id| indices.get(id));
            if let Some(index) = index {
                result["ruleIndex"] = json!(index);
            }
        }
        let (notifications, failures) = self.notifications(over_limit);
        self.ledger.insert("failures".to_owned(), json!(failures));
        self.ledger.shift_remove("shard");
        if let Some(skipped) = self.ledger.get_mut("skipped") {
            // Read and written again, they are in the order of a run.
            let counts = serde_json::from_value::<BTreeMap<SkipReason, u64>>(skipped.take());
            let mut counts = counts.unwrap_or_default();
            counts.remove(&SkipReason::OtherShard);
            *skipped = json!(counts);
        }
        run["tool"]["driver"]["rules"] = self.rules.into_values().collect();
        run["automationDetails"]["id"] = json!(super::automation_id(category));
        run["invocations"][0]["executionSuccessful"] = json!(self.complete);
        run["invocations"][0]["toolExecutionNotifications"] = json!(notifications);
        run["results"] = json!(self.results);
        run["properties"]["ledger"] = Value::Object(self.ledger);
        run
    }

    /// Most severe first, then by path; within a file the order is right already. Drops doubles and what is over the
    /// platform's limits; gives the number of the latter.
    fn order_results(&mut self) -> usize {
        for result in &mut self.results {
            // The same rule has another index in another report.
            if let Some(index) = result.get_mut("ruleIndex") {
                *index = json!(0);
            }
        }
        let mut known = BTreeSet::new();
        self.results.retain(|result| known.insert(result.to_string()));
        self.results.sort_by_cached_key(|result| {
            let uri = result.pointer("/locations/0/physicalLocation/artifactLocation/uri");
            (Reverse(level(result)), decoded(uri))
        });
        let wanted = self.results.len();
        self.results.truncate(MAX_RESULTS);
        let mut bytes = 0;
        let fitting = self.results.iter().take_while(|result| {
            let mut size = Counter(0);
            let fits = neutral_json::write_compact(result, &mut size).is_ok();
            bytes += size.0;
            fits && bytes <= MAX_RESULT_BYTES
        });
        let fitting = fitting.count();
        self.results.truncate(fitting);
        wanted - fitting
    }

    /// Notifications in the order of a report, and the number of things that were not scanned.
    fn notifications(&mut self, over_limit: usize) -> (Vec<Value>, usize) {
        let mut of = |id: &str| self.notifications.remove(id).unwrap_or_default();
        let mut not_scanned = of("not-scanned");
        let mut failures = count(&not_scanned);
        not_scanned.retain(|notification| counted(notification).is_none());
        not_scanned.sort_by_cached_key(|notification| {
            let uri = notification.pointer("/locations/0/physicalLocation/artifactLocation/uri");
            (decoded(uri), notification["message"]["text"].as_str().unwrap_or_default().to_owned())
        });
        not_scanned.dedup();
        failures += not_scanned.len();
        not_scanned.truncate(MAX_LISTED);
        let left =
            Left { over_limit: over_limit + count(&of("over-limit")), history: count(&of("history-only")) };
        let mut remarks = of("remark");
        remarks
            .sort_by_cached_key(|remark| remark["message"]["text"].as_str().unwrap_or_default().to_owned());
        remarks.dedup();
        let more = notification::more_failures(failures - not_scanned.len());
        let own =
            more.into_iter().chain(notification::left_out(&left)).map(|notification| json!(notification));
        (not_scanned.into_iter().chain(own).chain(remarks).collect(), failures)
    }
}

/// Takes a list out of a run.
fn list(run: &mut Value, pointer: &str) -> Vec<Value> {
    match run.pointer_mut(pointer).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

fn level(result: &Value) -> Option<Severity> {
    serde_json::from_value(result.get("level")?.clone()).ok()
}

fn counted(notification: &Value) -> Option<usize> {
    notification
        .pointer("/properties/count")
        .and_then(Value::as_u64)
        .and_then(|count| usize::try_from(count).ok())
}

/// What notifications with a count stand for.
fn count(notifications: &[Value]) -> usize {
    notifications.iter().filter_map(counted).sum()
}

/// Numbers are summed, also in tables; of anything else the first that says something stays.
fn sum(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Null, other) => other,
        (Value::Number(one), Value::Number(other)) => {
            json!(one.as_u64().unwrap_or_default() + other.as_u64().unwrap_or_default())
        }
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let known = one.entry(name).or_insert(Value::Null);
                *known = sum(known.take(), value);
            }
            // As one run writes them.
            one.sort_keys();
            Value::Object(one)
        }
        (one, _) => one,
    }
}

/// A URI reference as the path that it was made of, to sort as a run sorts.
fn decoded(uri: Option<&Value>) -> Vec<u8> {
    let uri = uri.and_then(Value::as_str).unwrap_or_default().as_bytes();
    let mut path = Vec::with_capacity(uri.len());
    let mut at = 0;
    while let Some(&byte) = uri.get(at) {
        let hex = uri.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex.filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        path.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_and_settings_stay() {
        let one = json!({"blobs": 2, "skipped": {"symlink": 1}, "judge": "auto", "modelSha256": null});
        let other =
            json!({"blobs": 3, "skipped": {"media": 4, "symlink": 1}, "judge": "auto", "modelSha256": "ab"});
        let sum = sum(one, other);
        let expected =
            json!({"blobs": 5, "skipped": {"media": 4, "symlink": 2}, "judge": "auto", "modelSha256": "ab"});
        assert_eq!(sum, expected);
    }

    fn log(numbers: std::ops::Range<usize>, left_out: usize) -> Named<Value> {
        let results: Vec<Value> = numbers
            .clone()
            .map(|n| {
                let place = json!({"physicalLocation": {"artifactLocation": {"uri": format!("f{n:05}")}}});
                let level = if n == 5_999 { "error" } else { "note" };
                json!({"ruleId": "r", "ruleIndex": 0, "level": level, "locations": [place]})
            })
            .collect();
        let left = Left { over_limit: left_out, history: 1 };
        let run = json!({
            "tool": {"driver": {"name": "secretscan", "rules": [{"id": "r"}]}},
            "automationDetails": {"id": "a/"},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notification::left_out(&left),
            }],
            "results": results,
            "properties": {"ledger": {"blobs": numbers.len(), "rules": 7}},
        });
        Named { name: format!("{numbers:?}"), report: json!({"version": "2.1.0", "runs": [run]}) }
    }

    #[test]
    fn the_most_severe_stay_within_the_limit_and_the_rest_is_counted() {
        let whole = merge(vec![log(0..3_000, 10), log(2_900..6_000, 5)], "team").expect("two reports");
        let run = &whole.log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), MAX_RESULTS);
        assert_eq!(results[0]["level"], "error", "the last file's error comes first");
        assert_eq!((whole.worst, whole.complete), (Some(Severity::Error), true));
        assert_eq!(run["automationDetails"]["id"], "team/");
        assert_eq!(run["properties"]["ledger"], json!({"blobs": 6_100, "rules": 7, "failures": 0}));
        let said: Vec<&Value> = run["invocations"][0]["toolExecutionNotifications"]
            .as_array()
            .expect("notifications")
            .iter()
            .map(|notification| &notification["properties"]["count"])
            .collect();
        assert_eq!(said, [&json!(1_015), &json!(2)], "over the limit here and before; in history");
    }

    #[test]
    fn uris_sort_as_their_paths() {
        for (uri, path) in [("a%20b", "a b"), ("%C3%A9%", "é%"), ("a%2", "a%2")] {
            assert_eq!(decoded(Some(&json!(uri))), path.as_bytes());
        }
    }
}
