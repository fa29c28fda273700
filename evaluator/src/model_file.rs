//! What a model file says about itself, without loading it.

use std::io::Read;

use anyhow::Context as _;
use secretscan::judge::encode;
use secretscan::judge::gguf::Gguf;
use secretscan::judge::model::ModelSource;

/// The hash of the encoding that a model was trained with; `None` for models of other kinds.
pub fn encoding(source: &ModelSource) -> anyhow::Result<Option<String>> {
    let (reader, length): (Box<dyn Read>, u64) = match source {
        ModelSource::File(path) => {
            let file =
                std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            let length = file.metadata().with_context(|| format!("cannot read {}", path.display()))?.len();
            (Box::new(std::io::BufReader::new(file)), length)
        }
        ModelSource::Memory { bytes, .. } => (Box::new(*bytes), bytes.len() as u64),
    };
    let gguf = Gguf::read(reader, length).with_context(|| format!("cannot use {}", source.shown()))?;
    Ok(gguf.text(encode::HASH_KEY).map(str::to_owned))
}
