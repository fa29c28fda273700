//! What a model file says about itself, without loading it.

use anyhow::Context as _;
use secretscan::judge::encode;
use secretscan::judge::gguf::Gguf;
use secretscan::judge::model::ModelSource;

/// The hash of the encoding that a model was trained with; `None` for models of other kinds.
pub fn encoding(source: &ModelSource) -> anyhow::Result<Option<String>> {
    let gguf = match source {
        ModelSource::File(path) => {
            let file =
                std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            Gguf::of_file(&file)
        }
        ModelSource::Memory { bytes, .. } => Gguf::read(*bytes, bytes.len() as u64),
    }
    .with_context(|| format!("cannot use {}", source.shown()))?;
    Ok(gguf.text(encode::HASH_KEY).map(str::to_owned))
}
