//! PEFT's `adapter_model.safetensors`: `base_model.model.<path>.lora_A.weight` `[r, in]` and `.lora_B.weight` `[out, r]`.
//!
//! The same adapter gives the same bytes. Other precisions are read, F32 is written. A tensor too few, too many or of
//! another shape is an error: a part that is left out in silence is an adapter that is not applied.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};

use super::config::{AdapterError, PeftConfig};
use super::lora::{Adapters, Lora};
use super::target::{self, Place};
use crate::model::Config;

/// Name of the file in an adapter's directory.
pub const FILE: &str = "adapter_model.safetensors";
const PREFIX: &str = "base_model.model.";

/// The name of a module's matrix; `matrix` is `A` or `B`.
pub(super) fn key(path: &str, matrix: char) -> String {
    format!("{PREFIX}{path}.lora_{matrix}.weight")
}

/// Reads an adapter for a base of shape `model`.
pub fn load(directory: &Path, model: &Config, device: &Device) -> Result<Adapters, AdapterError> {
    let config = PeftConfig::load(directory)?;
    let places = target::places(&config, model)?;
    let tensors = tensors(directory, device)?;
    assemble(config, &places, &tensors).map_err(|problem| AdapterError::Tensors {
        path: directory.join(FILE).display().to_string(),
        problem,
    })
}

/// Writes both files of an adapter. The directory is made if it is not there.
pub fn save(adapters: &Adapters, directory: &Path) -> Result<(), AdapterError> {
    let path = directory.join(FILE);
    let shown = path.display().to_string();
    let file = |source| AdapterError::File { path: shown.clone(), source };
    std::fs::create_dir_all(directory).map_err(file)?;
    adapters.config().save(directory)?;
    let tensors = adapters.variables().into_iter().map(|(name, var)| (name, var.as_detached_tensor()));
    // Loaders of Hugging Face ask for the format's name.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let partial = directory.join("adapter_model.partial");
    safetensors::serialize_to_file(tensors.collect::<Vec<_>>(), Some(metadata), &partial)
        .map_err(|e| AdapterError::Format { path: shown.clone(), source: candle_core::Error::wrap(e) })?;
    std::fs::rename(&partial, &path).map_err(file)
}

/// All tensors of an adapter's file as F32, whatever they are.
pub(super) fn tensors(directory: &Path, device: &Device) -> Result<BTreeMap<String, Tensor>, AdapterError> {
    let path = directory.join(FILE);
    let shown = path.display().to_string();
    if let Err(source) = std::fs::metadata(&path) {
        return Err(AdapterError::File { path: shown, source });
    }
    let wrong = |source| AdapterError::Format { path: shown.clone(), source };
    let found = candle_core::safetensors::load(&path, device).map_err(wrong)?;
    let found: BTreeMap<String, Tensor> = found.into_iter().collect();
    found.into_iter().map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F32).map_err(wrong)?))).collect()
}

/// What is wrong with an adapter's tensors, in the order of the modules.
pub(super) fn problems(places: &BTreeMap<String, Place>, tensors: &BTreeMap<String, Tensor>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expected = BTreeMap::new();
    for (path, place) in places {
        expected.insert(key(path, 'A'), place.a());
        expected.insert(key(path, 'B'), place.b());
    }
    for (name, shape) in &expected {
        match tensors.get(name) {
            None => problems.push(format!("{name} is missing")),
            Some(tensor) if tensor.dims() != shape => {
                problems.push(format!("{name} is {:?}, not {shape:?}", tensor.dims()));
            }
            Some(_) => {}
        }
    }
    for name in tensors.keys().filter(|name| !expected.contains_key(*name)) {
        problems.push(format!("{name} belongs to no module of {}", super::config::FILE));
    }
    problems
}

/// An adapter of its parts, or the first thing that is wrong with them.
pub(super) fn assemble(
    config: PeftConfig,
    places: &BTreeMap<String, Place>,
    tensors: &BTreeMap<String, Tensor>,
) -> Result<Adapters, String> {
    if let Some(problem) = problems(places, tensors).into_iter().next() {
        return Err(problem);
    }
    let var = |name: String| Var::from_tensor(&tensors[&name]).map_err(|e| format!("{name}: {e}"));
    let lora = |(path, place): (&String, &Place)| {
        Ok((path.clone(), Lora { a: var(key(path, 'A'))?, b: var(key(path, 'B'))?, scale: place.scale }))
    };
    let modules = places.iter().map(lora).collect::<Result<BTreeMap<_, _>, String>>()?;
    Ok(Adapters::of_modules(config, modules))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::testing::{config, parameters, trained};
    use super::*;

    #[test]
    fn an_adapter_is_written_read_and_written_with_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let adapters = trained(&parameters(), 5);
        save(&adapters, one.path()).unwrap();
        let again = load(one.path(), &config(), &Device::Cpu).unwrap();
        save(&again, two.path()).unwrap();
        for file in [FILE, super::super::config::FILE] {
            let bytes = |directory: &Path| std::fs::read(directory.join(file)).unwrap();
            assert_eq!(bytes(one.path()), bytes(two.path()), "{file}");
        }
        assert_eq!(std::fs::read_dir(one.path()).unwrap().count(), 2);
    }

    #[test]
    fn names_shapes_and_types_are_those_that_peft_documents() {
        let directory = tempfile::tempdir().unwrap();
        save(&trained(&parameters(), 5), directory.path()).unwrap();
        let bytes = std::fs::read(directory.path().join(FILE)).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let of = |name: &str| {
            let tensor = file.tensor(name).unwrap();
            assert_eq!(tensor.dtype(), safetensors::Dtype::F32);
            tensor.shape().to_vec()
        };
        assert_eq!(of("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"), [4, 64]);
        assert_eq!(of("base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight"), [32, 4]);
        assert_eq!(of("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"), [4, 96]);
        assert_eq!(file.names().len(), 2 * 7 * 2);
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
    }

    #[test]
    fn half_precision_is_read_and_misfits_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let adapters = trained(&parameters(), 5);
        save(&adapters, directory.path()).unwrap();
        let write = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
            let mut all: BTreeMap<String, Tensor> = adapters
                .variables()
                .into_iter()
                .map(|(name, var)| (name, var.as_detached_tensor()))
                .collect();
            change(&mut all);
            safetensors::serialize_to_file(all, None, &directory.path().join(FILE)).unwrap();
            load(directory.path(), &config(), &Device::Cpu)
        };
        write(&|all| all.values_mut().for_each(|t| *t = t.to_dtype(DType::BF16).unwrap())).unwrap();
        let name = key("model.layers.0.mlp.up_proj", 'A');
        let error = write(&|all| drop(all.remove(&name))).unwrap_err().to_string();
        assert!(error.contains(&name) && error.contains("missing"), "{error}");
        let error = write(&|all| {
            all.insert(name.clone(), all[&name].t().unwrap().contiguous().unwrap()).map(drop).unwrap();
        })
        .unwrap_err()
        .to_string();
        assert!(error.contains("[64, 4], not [4, 64]"), "{error}");
        let magnitude = "base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector".to_owned();
        let error =
            write(&|all| drop(all.insert(magnitude.clone(), all[&name].clone()))).unwrap_err().to_string();
        assert!(error.contains("belongs to no module"), "{error}");
        std::fs::write(directory.path().join(FILE), b"not tensors").unwrap();
        assert!(load(directory.path(), &config(), &Device::Cpu).is_err());
    }
}
