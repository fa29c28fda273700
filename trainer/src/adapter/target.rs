//! Which linear layers of a network an adapter changes, and with which rank and scale.
//!
//! The rules are PEFT's; the layers are those of the blocks, by Hugging Face's module paths
//! (`model.layers.0.self_attn.q_proj`).

use std::collections::BTreeMap;

use regex::Regex;

use super::config::{AdapterError, PeftConfig, Targets};
use crate::model::{Config, parameters};

/// The place of one adapter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Rank r.
    pub rank: usize,
    /// Factor of B·A.
    pub scale: f64,
    /// Columns of the layer's weight.
    pub inputs: usize,
    /// Rows of the layer's weight.
    pub outputs: usize,
}

impl Place {
    /// Shape of A.
    pub fn a(&self) -> [usize; 2] {
        [self.rank, self.inputs]
    }

    /// Shape of B.
    pub fn b(&self) -> [usize; 2] {
        [self.outputs, self.rank]
    }
}

/// The adapted layers of a network. An error if a name of the configuration is none of its linear layers.
pub fn places(config: &PeftConfig, model: &Config) -> Result<BTreeMap<String, Place>, AdapterError> {
    let linears: BTreeMap<String, (usize, usize)> = parameters::shapes(model)
        .into_iter()
        .filter_map(|(name, shape)| match (name.strip_suffix(".weight"), &shape[..]) {
            (Some(path), &[outputs, inputs]) if path.starts_with("model.layers.") => {
                Some((path.to_owned(), (outputs, inputs)))
            }
            _ => None,
        })
        .collect();
    let wanted = Matcher::new(&config.targets)?;
    wanted.check_names(&linears.keys().map(String::as_str).collect::<Vec<_>>())?;
    let excluded = config.excluded.as_ref().map(Matcher::new).transpose()?;
    let ranks = patterns(&config.rank_pattern)?;
    let alphas = patterns(&config.alpha_pattern)?;
    let places: BTreeMap<String, Place> = linears
        .into_iter()
        .filter(|(path, _)| wanted.matches(path) && !excluded.as_ref().is_some_and(|e| e.matches(path)))
        .filter(|(path, _)| config.layers.as_ref().is_none_or(|layers| layers.contains(&layer_of(path))))
        .map(|(path, (outputs, inputs))| {
            let rank = first(&ranks, &path).unwrap_or(config.rank);
            let alpha = first(&alphas, &path).unwrap_or(config.alpha);
            (path, Place { rank, scale: config.scale(rank, alpha), inputs, outputs })
        })
        .collect();
    if places.is_empty() {
        return Err(AdapterError::Target(
            "the adapter's configuration selects no linear layer of the base: it would change nothing; check target_modules, \
             exclude_modules and layers_to_transform"
                .into(),
        ));
    }
    Ok(places)
}

/// The block of a path below `model.layers.`.
fn layer_of(path: &str) -> usize {
    let number = path.strip_prefix("model.layers.").and_then(|rest| rest.split('.').next());
    number.and_then(|n| n.parse().ok()).expect("linear layers stand below model.layers.N")
}

enum Matcher<'a> {
    All,
    Names(&'a [String]),
    Expression(Regex),
}

impl<'a> Matcher<'a> {
    fn new(targets: &'a Targets) -> Result<Self, AdapterError> {
        Ok(match targets {
            Targets::AllLinear => Self::All,
            Targets::Names(names) => Self::Names(names),
            Targets::Expression(expression) => {
                Self::Expression(regex(&format!("^(?:{expression})$"), expression)?)
            }
        })
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|name| is_of(path, name)),
            Self::Expression(regex) => regex.is_match(path),
        }
    }

    /// PEFT asks for one match among all names; a name that matches nothing is a layer left out in silence.
    fn check_names(&self, paths: &[&str]) -> Result<(), AdapterError> {
        let Self::Names(names) = self else { return Ok(()) };
        match names.iter().find(|name| !paths.iter().any(|path| is_of(path, name))) {
            Some(name) if matches!(name.as_str(), "embed_tokens" | "lm_head") => {
                Err(AdapterError::Target(format!(
                    "target_modules has {name}: embeddings and the output matrix cannot be adapted here; leave it out, or merge \
                 the adapter with PEFT"
                )))
            }
            Some(name) => Err(AdapterError::Target(format!(
                "target_modules has {name}, which is no linear layer of the base; take some of q_proj, k_proj, v_proj, o_proj, \
                 gate_proj, up_proj, down_proj, or give the base that the adapter is of"
            ))),
            None => Ok(()),
        }
    }
}

fn is_of(path: &str, name: &str) -> bool {
    path == name || path.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}

fn regex(anchored: &str, shown: &str) -> Result<Regex, AdapterError> {
    Regex::new(anchored).map_err(|e| {
        AdapterError::Target(format!(
            "the expression {shown:?} for modules cannot be used ({e}); give a list of module names"
        ))
    })
}

/// As PEFT: an expression may begin at any dot of the path and must reach its end.
fn patterns<T: Copy>(all: &[(String, T)]) -> Result<Vec<(Regex, T)>, AdapterError> {
    let compile = |(key, value): &(String, T)| Ok((regex(&format!(r"^(?:.*\.)?(?:{key})$"), key)?, *value));
    all.iter().map(compile).collect()
}

fn first<T: Copy>(patterns: &[(Regex, T)], path: &str) -> Option<T> {
    patterns.iter().find(|(regex, _)| regex.is_match(path)).map(|(_, value)| *value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn paths(config: &PeftConfig) -> Vec<String> {
        places(config, &Config::nano(300)).unwrap().into_keys().collect()
    }

    #[test]
    fn modules_are_chosen_as_peft_does() {
        let of = |targets| PeftConfig { targets, ..PeftConfig::default() };
        assert_eq!(paths(&of(Targets::AllLinear)).len(), 28);
        assert_eq!(paths(&PeftConfig::default()).len(), 8);
        let names = of(Targets::Names(vec!["layers.3.mlp.up_proj".into(), "k_proj".into()]));
        assert_eq!(paths(&names).len(), 5);
        assert!(paths(&names).contains(&"model.layers.3.mlp.up_proj".to_owned()));
        let expression = of(Targets::Expression(r".*\.[02]\.self_attn\.[qk]_proj".into()));
        assert_eq!(paths(&expression).len(), 4);
        let narrowed = PeftConfig {
            excluded: Some(Targets::Names(vec!["o_proj".into()])),
            layers: Some(vec![1]),
            ..of(Targets::AllLinear)
        };
        assert_eq!(paths(&narrowed).len(), 6);
        for bad in [
            Targets::Names(vec!["q_proj".into(), "query".into()]),
            Targets::Names(vec!["lm_head".into()]),
            Targets::Names(vec!["proj".into()]),
            Targets::Expression("(".into()),
            Targets::Expression("q_proj".into()),
        ] {
            assert!(places(&of(bad.clone()), &Config::nano(300)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn patterns_override_rank_and_alpha_of_a_module() {
        let config = PeftConfig {
            rank: 4,
            alpha: 8.0,
            rank_pattern: vec![("layers.1.self_attn.q_proj".into(), 2), ("q_proj".into(), 16)],
            alpha_pattern: vec![("v_proj".into(), 1.0)],
            rslora: true,
            ..PeftConfig::default()
        };
        let places = places(&config, &Config::nano(300)).unwrap();
        let of = |path: &str| places[path];
        assert_eq!(of("model.layers.1.self_attn.q_proj").rank, 2, "the first expression that matches");
        assert_eq!(of("model.layers.0.self_attn.q_proj").a(), [16, 256]);
        assert!((of("model.layers.0.self_attn.q_proj").scale - 2.0).abs() < 1e-12);
        let v = of("model.layers.0.self_attn.v_proj");
        assert_eq!(v.b(), [128, 4]);
        assert!((v.scale - 0.5).abs() < 1e-12);
    }
}
