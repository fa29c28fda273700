//! Questions and models for the tests.

use std::sync::Arc;

use secretscan::candidate::{Proof, Syntax};
use secretscan::judge::{Judge, JudgeError, Model, ModelSource, Profile, Query, Window};
use secretscan::rule::{Detector, Kind, Rule};

use crate::tiny_gguf::Tiny;

/// A question that differs with `n`, about 100 to 256 tokens long.
pub(crate) fn query(n: usize) -> Query {
    let word = ["alpha", "beta", "gamma", "delta"][n % 4];
    let line = |i: usize| format!("    {word}_{i} = load({}, '{word}')", n * 31 + i).into_bytes();
    let value: Vec<u8> = (0..6 + n % 40).map(|i| b"abcdXYZ0189-_+"[(i * 7 + n * 5 + i * i) % 14]).collect();
    Query {
        window: Window {
            path: format!("src/{word}/settings_{n}.py"),
            before: (0..n % 6).map(line).collect(),
            left: format!("{word}_password = \"").into_bytes(),
            value,
            right: b"\"  # from the vault".to_vec(),
            after: (6..6 + n % 5).map(line).collect(),
            key: Some(format!("{word}_password").into_bytes()),
            usage: n.is_multiple_of(3).then(|| format!("connect(user, {word}_password)").into_bytes()),
        },
        rule: rule(),
        syntax: Syntax::Quoted,
        proof: Proof::None,
        statistics: secretscan::judge::FileStatistics::default(),
        prior: 0.0,
    }
}

pub(crate) fn queries(range: std::ops::Range<usize>) -> Vec<Query> {
    range.map(query).collect()
}

fn rule() -> Arc<Rule> {
    Arc::new(Rule {
        family: "generic".into(),
        description: "a password".into(),
        remediation: "change it".into(),
        ..Rule::bare("generic-password", Kind::Password, Detector::Assignment)
    })
}

/// Opens a model from memory.
pub(crate) fn open(tiny: &Tiny) -> Model {
    open_bytes(&tiny.bytes, None).expect("a whole model")
}

/// Opens bytes as a model. They are leaked, as the embedded model's are.
pub(crate) fn open_bytes(bytes: &[u8], profile: Option<Profile>) -> Result<Model, JudgeError> {
    Model::open(ModelSource::Memory { bytes: bytes.to_vec().leak(), name: "test.gguf" }, profile)
}

pub(crate) fn judge(tiny: &Tiny) -> Box<dyn Judge> {
    open(tiny).judge().expect("a context")
}
