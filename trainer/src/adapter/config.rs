//! PEFT's `adapter_config.json`.
//!
//! Read: what a plain LoRA needs is typed; keys whose other values mean another method are refused with the reason; keys
//! that say nothing about the numbers are passed over; unknown keys are kept by name, so that a caller can tell of them.
//! Written: all keys of PEFT 0.18 with their defaults, sorted as PEFT sorts them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

/// Name of the file in an adapter's directory.
pub const FILE: &str = "adapter_config.json";
/// The version of PEFT whose keys are written.
const VERSION: &str = "0.18.0";

/// Why an adapter cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// A file cannot be read or written.
    #[error("cannot read or write {path}: {source}; give the directory of an adapter")]
    File {
        /// The file.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("{path} is no adapter configuration: {source}; take the file that PEFT or this program wrote")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A key has a value that makes no adapter.
    #[error("{key} is {value}: {problem}")]
    Value {
        /// The key.
        key: String,
        /// What stands there.
        value: String,
        /// What should.
        problem: String,
    },
    /// A method or addition that is not plain LoRA.
    #[error("{key} is {value}: {reason}")]
    Refused {
        /// The key.
        key: String,
        /// What stands there.
        value: String,
        /// What it means and what to do.
        reason: &'static str,
    },
    /// The modules do not fit the base model.
    #[error("{0}")]
    Target(String),
    /// The tensors do not fit the configuration.
    #[error("{path}: {problem}; train or export the adapter again, or give the base that it was trained on")]
    Tensors {
        /// The file.
        path: String,
        /// Which tensor, and what is wrong.
        problem: String,
    },
    /// The file of tensors is no safetensors file.
    #[error("{path} is no safetensors file: {source}; export the adapter again")]
    Format {
        /// The file.
        path: String,
        /// What is wrong.
        source: candle_core::Error,
    },
}

/// Which modules an adapter changes, as `target_modules` and `exclude_modules` say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// All linear layers of the blocks (`"all-linear"`).
    AllLinear,
    /// A module of this path, or whose path ends in `.` and this.
    Names(Vec<String>),
    /// Paths that this expression matches from end to end.
    Expression(String),
}

/// What is known of an adapter besides its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PeftConfig {
    /// `base_model_name_or_path`.
    pub base: Option<String>,
    /// `revision` of the base.
    pub revision: Option<String>,
    /// `r`, at least 1.
    pub rank: usize,
    /// `lora_alpha`, above 0.
    pub alpha: f64,
    /// `lora_dropout`, in [0, 1): training only.
    pub dropout: f64,
    /// `target_modules`.
    pub targets: Targets,
    /// `exclude_modules`.
    pub excluded: Option<Targets>,
    /// `layers_to_transform`: these blocks only.
    pub layers: Option<Vec<usize>>,
    /// Other ranks: the first expression that the end of a path matches counts.
    pub rank_pattern: Vec<(String, usize)>,
    /// Other alphas, likewise.
    pub alpha_pattern: Vec<(String, f64)>,
    /// The scale is α/√r, not α/r (Kalajdzievski 2023, arXiv 2312.03732).
    pub rslora: bool,
    /// Keys that PEFT 0.18 does not have; they change nothing here.
    pub unknown: Vec<String>,
}

impl Default for PeftConfig {
    /// PEFT's defaults for a Llama.
    fn default() -> Self {
        Self {
            base: None,
            revision: None,
            rank: 8,
            alpha: 8.0,
            dropout: 0.0,
            targets: Targets::Names(vec!["q_proj".into(), "v_proj".into()]),
            excluded: None,
            layers: None,
            rank_pattern: Vec::new(),
            alpha_pattern: Vec::new(),
            rslora: false,
            unknown: Vec::new(),
        }
    }
}

/// What other values of a key mean.
enum Other {
    /// Nothing for the numbers.
    Ignored,
    /// Something that is not done here.
    Refused(&'static str),
}

const LATER: &str =
    "the adapter is no plain LoRA; merge it with PEFT, or train it with [method] kind = \"lora\"";
const CHANGED_BASE: &str = "this start changes the base's weights, so the adapter fits the changed base only; save it with \
    PEFT's path_initial_model_for_weight_conversion, or merge it there";
const WHOLE_WEIGHTS: &str = "whole weights come with the adapter; merge it with PEFT";

/// Keys with their default, other values that mean the same here, and what any further value means.
fn fixed() -> [(&'static str, Value, &'static [&'static str], Other); 24] {
    use Other::{Ignored, Refused};
    [
        ("alora_invocation_tokens", Value::Null, &["[]"], Refused(LATER)),
        ("arrow_config", Value::Null, &[], Refused(LATER)),
        ("auto_mapping", Value::Null, &[], Ignored),
        (
            "bias",
            json!("none"),
            &[],
            Refused("trained biases come with the adapter, a Llama has none; use bias = \"none\""),
        ),
        ("corda_config", Value::Null, &[], Refused(CHANGED_BASE)),
        ("ensure_weight_tying", json!(false), &[], Ignored),
        ("eva_config", Value::Null, &[], Ignored),
        (
            "fan_in_fan_out",
            json!(false),
            &[],
            Refused("weights are transposed in such a base, which no Llama is; use false"),
        ),
        ("inference_mode", json!(true), &[], Ignored),
        ("init_lora_weights", json!(true), &["false", "\"gaussian\"", "\"eva\""], Refused(CHANGED_BASE)),
        (
            "layer_replication",
            Value::Null,
            &["[]"],
            Refused("blocks stand there more than once; merge it with PEFT"),
        ),
        (
            "layers_pattern",
            Value::Null,
            &["\"layers\"", "[\"layers\"]", "[]"],
            Refused("blocks of a Llama are called layers"),
        ),
        ("loftq_config", json!({}), &["null"], Refused(CHANGED_BASE)),
        ("lora_bias", json!(false), &[], Refused("B has a bias; train without lora_bias")),
        ("megatron_config", Value::Null, &[], Ignored),
        ("megatron_core", json!("megatron.core"), &[], Ignored),
        ("modules_to_save", Value::Null, &["[]"], Refused(WHOLE_WEIGHTS)),
        ("peft_type", json!("LORA"), &[], Refused("only adapters of type LORA are read")),
        ("qalora_group_size", json!(16), &[], Ignored),
        ("target_parameters", Value::Null, &["[]"], Refused(LATER)),
        ("task_type", json!("CAUSAL_LM"), &["null"], Refused("the base is a causal language model")),
        ("trainable_token_indices", Value::Null, &["[]", "{}"], Refused(WHOLE_WEIGHTS)),
        (
            "use_dora",
            json!(false),
            &[],
            Refused(
                "DoRA is not supported yet; merge it with PEFT, or train it with [method] kind = \"lora\"",
            ),
        ),
        ("use_qalora", json!(false), &[], Refused(LATER)),
    ]
}

impl PeftConfig {
    /// Reads `adapter_config.json` of a directory.
    pub fn load(directory: &Path) -> Result<Self, AdapterError> {
        let path = directory.join(FILE);
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| AdapterError::File { path: shown.clone(), source })?;
        let map =
            serde_json::from_str(&text).map_err(|source| AdapterError::Syntax { path: shown, source })?;
        Self::of_json(map)
    }

    /// The same of JSON in memory.
    pub fn of_json(mut map: Map<String, Value>) -> Result<Self, AdapterError> {
        if !map.contains_key("peft_type") {
            let problem = "this is no configuration of PEFT; peft_type must be \"LORA\"".to_owned();
            return Err(AdapterError::Value { key: "peft_type".into(), value: "missing".into(), problem });
        }
        for (key, default, same, other) in fixed() {
            let Some(value) = map.remove(key) else { continue };
            if let Other::Refused(reason) = other
                && value != default
                && !same.contains(&value.to_string().as_str())
            {
                return Err(AdapterError::Refused { key: key.into(), value: shown(&value), reason });
            }
        }
        map.remove("peft_version");
        let unset = Self::default();
        let config = Self {
            base: text(&mut map, "base_model_name_or_path")?,
            revision: text(&mut map, "revision")?,
            rank: take(&mut map, "r", "a whole number", whole)?.unwrap_or(unset.rank),
            alpha: take(&mut map, "lora_alpha", "a number", Value::as_f64)?.unwrap_or(unset.alpha),
            dropout: take(&mut map, "lora_dropout", "a number", Value::as_f64)?.unwrap_or(unset.dropout),
            targets: take(&mut map, "target_modules", MODULES, targets)?.unwrap_or(unset.targets),
            excluded: take(&mut map, "exclude_modules", MODULES, targets)?,
            layers: take(&mut map, "layers_to_transform", "a block or a list of blocks", layers)?,
            rank_pattern: pattern(&mut map, "rank_pattern", "ranks by module", whole)?,
            alpha_pattern: pattern(&mut map, "alpha_pattern", "alphas by module", Value::as_f64)?,
            rslora: take(&mut map, "use_rslora", "true or false", Value::as_bool)?.unwrap_or(false),
            unknown: map.keys().cloned().collect(),
        };
        if let Some((key, value)) =
            map.iter().find(|(key, value)| key.starts_with("use_") && **value == json!(true))
        {
            return Err(AdapterError::Refused { key: key.clone(), value: shown(value), reason: LATER });
        }
        config.check()?;
        Ok(config)
    }

    /// Refuses numbers that make no adapter.
    pub fn check(&self) -> Result<(), AdapterError> {
        let ranks = self.rank_pattern.iter().map(|(key, rank)| (key.as_str(), *rank));
        if let Some((key, rank)) = ranks.chain([("r", self.rank)]).find(|&(_, rank)| rank == 0) {
            return Err(problem(key, &json!(rank), "a rank is at least 1"));
        }
        let alphas = self.alpha_pattern.iter().map(|(key, alpha)| (key.as_str(), *alpha));
        if let Some((key, alpha)) =
            alphas.chain([("lora_alpha", self.alpha)]).find(|&(_, alpha)| !(alpha.is_finite() && alpha > 0.0))
        {
            let text = "with it the adapter would change nothing, or the wrong way; it must be above 0";
            return Err(problem(key, &json!(alpha), text));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(problem("lora_dropout", &json!(self.dropout), "it must be at least 0 and below 1"));
        }
        Ok(())
    }

    /// α/r, or α/√r for rsLoRA.
    pub fn scale(&self, rank: usize, alpha: f64) -> f64 {
        let rank = rank as f64;
        alpha / if self.rslora { rank.sqrt() } else { rank }
    }

    /// All keys with their values; unknown ones are left out, as PEFT does.
    pub fn to_json(&self) -> Value {
        let mut map: BTreeMap<&str, Value> =
            fixed().into_iter().map(|(key, default, ..)| (key, default)).collect();
        let ranks: Map<String, Value> =
            self.rank_pattern.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let alphas: Map<String, Value> =
            self.alpha_pattern.iter().map(|(k, v)| (k.clone(), number(*v))).collect();
        map.extend([
            ("alpha_pattern", Value::Object(alphas)),
            ("base_model_name_or_path", json!(self.base)),
            ("exclude_modules", self.excluded.as_ref().map_or(Value::Null, Targets::to_json)),
            ("layers_to_transform", json!(self.layers)),
            ("lora_alpha", number(self.alpha)),
            ("lora_dropout", json!(self.dropout)),
            ("peft_version", json!(VERSION)),
            ("r", json!(self.rank)),
            ("rank_pattern", Value::Object(ranks)),
            ("revision", json!(self.revision)),
            ("target_modules", self.targets.to_json()),
            ("use_rslora", json!(self.rslora)),
        ]);
        map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>().into()
    }

    /// Writes `adapter_config.json` into a directory.
    pub fn save(&self, directory: &Path) -> Result<(), AdapterError> {
        let path = directory.join(FILE);
        let shown = path.display().to_string();
        let text = serde_json::to_string_pretty(&self.to_json())
            .map_err(|source| AdapterError::Syntax { path: shown.clone(), source })?;
        std::fs::write(&path, text + "\n").map_err(|source| AdapterError::File { path: shown, source })
    }
}

impl Targets {
    fn to_json(&self) -> Value {
        match self {
            Self::AllLinear => json!("all-linear"),
            Self::Names(names) => json!(names),
            Self::Expression(expression) => json!(expression),
        }
    }
}

const MODULES: &str = "a list of module names, an expression or \"all-linear\"";

fn targets(value: &Value) -> Option<Targets> {
    match value {
        Value::String(text) if text == "all-linear" => Some(Targets::AllLinear),
        Value::String(text) => Some(Targets::Expression(text.clone())),
        Value::Array(names) => names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Targets::Names),
        _ => None,
    }
}

fn layers(value: &Value) -> Option<Vec<usize>> {
    match value {
        Value::Array(all) => all.iter().map(whole).collect(),
        one => Some(vec![whole(one)?]),
    }
}

fn whole(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| usize::try_from(n).ok())
}

/// PEFT writes whole alphas without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

fn text(map: &mut Map<String, Value>, key: &str) -> Result<Option<String>, AdapterError> {
    take(map, key, "a text", |value| value.as_str().map(str::to_owned))
}

fn take<T>(
    map: &mut Map<String, Value>,
    key: &str,
    expected: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, AdapterError> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            read(&value).map(Some).ok_or_else(|| problem(key, &value, &format!("it must be {expected}")))
        }
    }
}

/// In the file's order, which decides between expressions that match the same module.
fn pattern<T>(
    map: &mut Map<String, Value>,
    key: &str,
    expected: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<(String, T)>, AdapterError> {
    let all = take(map, key, expected, |value| {
        let entries = value.as_object()?.iter().map(|(name, value)| Some((name.clone(), read(value)?)));
        entries.collect::<Option<Vec<_>>>()
    })?;
    Ok(all.unwrap_or_default())
}

fn problem(key: &str, value: &Value, problem: &str) -> AdapterError {
    AdapterError::Value { key: key.into(), value: shown(value), problem: problem.into() }
}

/// At most 60 characters.
fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn read(extra: &Value) -> Result<PeftConfig, AdapterError> {
        let mut map = json!({"peft_type": "LORA", "r": 4, "lora_alpha": 16, "target_modules": ["q_proj"]});
        let all = map.as_object_mut().unwrap();
        all.extend(extra.as_object().unwrap().clone());
        PeftConfig::of_json(all.clone())
    }

    #[test]
    fn what_is_written_is_read_back_with_every_key_of_peft() {
        let config = PeftConfig {
            base: Some("models/base".into()),
            rank: 16,
            alpha: 24.5,
            dropout: 0.05,
            targets: Targets::AllLinear,
            excluded: Some(Targets::Names(vec!["k_proj".into()])),
            layers: Some(vec![0, 2]),
            rank_pattern: vec![("layers.1.mlp.down_proj".into(), 2), ("down_proj".into(), 4)],
            alpha_pattern: vec![("^model.layers.0.self_attn.q_proj".into(), 4.0)],
            rslora: true,
            ..PeftConfig::default()
        };
        let directory = tempfile::tempdir().unwrap();
        config.save(directory.path()).unwrap();
        assert_eq!(PeftConfig::load(directory.path()).unwrap(), config);
        let json = config.to_json();
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert!(keys.is_sorted() && keys.len() == 36, "{}", keys.len());
        assert_eq!(json["alpha_pattern"]["^model.layers.0.self_attn.q_proj"].to_string(), "4");
        assert_eq!(
            (json["init_lora_weights"].clone(), json["loftq_config"].clone()),
            (json!(true), json!({}))
        );
    }

    #[test]
    fn other_methods_are_refused_by_name_and_unknown_keys_are_told() {
        for (key, value) in [
            ("use_dora", json!(true)),
            ("use_new_method", json!(true)),
            ("loftq_config", json!({"loftq_bits": 4})),
            ("init_lora_weights", json!("pissa")),
            ("modules_to_save", json!(["lm_head"])),
            ("bias", json!("all")),
            ("peft_type", json!("IA3")),
            ("fan_in_fan_out", json!(true)),
            ("layer_replication", json!([[0, 2]])),
            ("r", json!(0)),
            ("r", json!(2.5)),
            ("lora_alpha", json!(0)),
            ("lora_dropout", json!(1.0)),
            ("rank_pattern", json!({"x": 0})),
            ("target_modules", json!([1])),
        ] {
            let error = read(&json!({key: value})).expect_err(key).to_string();
            assert!(error.contains(if key == "rank_pattern" { "x is 0" } else { key }), "{key}: {error}");
        }
        let config = read(&json!({"some_new_key": 3, "inference_mode": false, "eva_config": null})).unwrap();
        assert_eq!(config.unknown, ["some_new_key"]);
        assert!(PeftConfig::of_json(Map::new()).is_err(), "not of PEFT at all");
    }

    #[test]
    fn the_scale_is_alpha_over_rank_or_its_root() {
        let config = read(&json!({"use_rslora": true})).unwrap();
        assert!((config.scale(4, 16.0) - 8.0).abs() < 1e-12);
        assert!((read(&json!({})).unwrap().scale(4, 16.0) - 4.0).abs() < 1e-12);
    }
}
