//! Opens a model: reads and checks the file, then hands it to llama.cpp.
//!
//! Works in every build: without feature `llama`, opening says that this build has no model.

use std::fs::File;
use std::io::Seek as _;
use std::path::PathBuf;

use super::cascade::Cascade;
use super::gguf::{Gguf, GgufError, check};
use super::profile::Profile;
use super::{Judge, JudgeError, Query, digest};

/// Where a model comes from.
#[derive(Debug, Clone)]
pub enum ModelSource {
    /// A GGUF file. It must not be changed while the program runs (its weights stay mapped).
    File(PathBuf),
    /// A GGUF in memory, with a name for messages; what is built into the program.
    Memory {
        /// The bytes.
        bytes: &'static [u8],
        /// Shown instead of a path.
        name: &'static str,
    },
}

impl ModelSource {
    /// As messages name it.
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory { name, .. } => (*name).to_owned(),
        }
    }
}

/// The model that is built into this program, if it is (feature `embedded-model`).
pub fn built_in() -> Option<ModelSource> {
    #[cfg(feature = "embedded-model")]
    return Some(ModelSource::Memory {
        bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/default/model.gguf")),
        name: "(built-in model)",
    });
    #[cfg(not(feature = "embedded-model"))]
    None
}

/// Reads the feature model of a file, without llama.cpp; `None` if it has none.
///
/// A file that is no GGUF or has a broken feature model is [`JudgeError::Unusable`].
pub fn cascade(source: ModelSource) -> Result<Option<Cascade>, JudgeError> {
    let path = source.shown();
    let read = || Cascade::of(&Opened::new(source)?.header()?).map_err(Fault::Unusable);
    read().map_err(|fault| fault.named(path))
}

/// The SHA-256 of a model's file, in hexadecimal.
pub fn digest(source: ModelSource) -> Result<String, JudgeError> {
    let path = source.shown();
    let read = || Opened::new(source)?.sha256();
    read().map_err(|fault: Fault| fault.named(path))
}

/// A model, loaded once; every worker gets a judge of its own from it. Cheap to clone.
#[derive(Clone)]
pub struct Model {
    sha256: String,
    profile: Profile,
    name: String,
    runtime: Runtime,
}

#[cfg(feature = "llama")]
use super::llama::Loaded as Runtime;

/// Without llama.cpp there is no model, and so no value of this type.
#[cfg(not(feature = "llama"))]
type Runtime = std::convert::Infallible;

/// Opens a model and gives one judge over it; [`Model`] is for several.
pub fn load(source: ModelSource, profile: Option<Profile>) -> Result<Box<dyn Judge>, JudgeError> {
    Model::open(source, profile)?.judge()
}

impl Model {
    /// Reads, checks and loads; `profile` overrides what the file says.
    ///
    /// A file that is broken, cut off or no model for this program is [`JudgeError::Unusable`] with the cause; a
    /// build or a machine that cannot run any is [`JudgeError::Unavailable`], whatever the file.
    pub fn open(source: ModelSource, profile: Option<Profile>) -> Result<Self, JudgeError> {
        available().map_err(|cause| JudgeError::Unavailable { cause })?;
        let path = source.shown();
        Self::open_named(source, profile).map_err(|fault| fault.named(path))
    }

    fn open_named(source: ModelSource, wish: Option<Profile>) -> Result<Self, Fault> {
        let mut opened = Opened::new(source)?;
        let gguf = opened.header()?;
        check::check(&gguf).map_err(Fault::Unusable)?;
        let profile = Profile::choose(&gguf, wish).map_err(Fault::Unusable)?;
        let sha256 = opened.sha256()?;
        let runtime = run(opened, &gguf, profile, &sha256).map_err(Fault::Unusable)?;
        let name = format!("{} ({profile}{})", gguf.title(), remark(&runtime));
        Ok(Self { sha256, profile, name, runtime })
    }

    /// A judge with a context of its own, for one worker. Creating it takes some milliseconds for a small model.
    pub fn judge(&self) -> Result<Box<dyn Judge>, JudgeError> {
        judge(&self.runtime, &self.name)
    }

    /// What lies behind a judge's answers, with a context of its own.
    pub fn probe(&self) -> Result<Box<dyn Probe>, JudgeError> {
        probe(&self.runtime, &self.name)
    }

    /// SHA-256 of the file in hexadecimal, for the ledger.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How it is asked.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Its name and profile, for reports.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A judge's work before calibration and rounding: for the evaluator (loss by quantization) and for tests.
pub trait Probe {
    /// All tokens that the model sees for `query`.
    fn tokens(&self, query: &Query) -> Vec<u32>;
    /// The logits of the whole vocabulary after the last of them.
    fn logits(&mut self, query: &Query) -> Result<Vec<f32>, JudgeError>;
}

/// Says why this build or this machine can run no language model, if it cannot.
#[cfg(feature = "llama")]
pub fn available() -> Result<(), String> {
    super::llama::available()
}

#[cfg(feature = "llama")]
fn run(opened: Opened, gguf: &Gguf, profile: Profile, sha256: &str) -> Result<Runtime, String> {
    Runtime::new(opened.into_bytes(), gguf, profile, sha256)
}

#[cfg(feature = "llama")]
fn remark(runtime: &Runtime) -> &'static str {
    runtime.remark()
}

#[cfg(feature = "llama")]
fn judge(runtime: &Runtime, name: &str) -> Result<Box<dyn Judge>, JudgeError> {
    runtime.judge(name).map(|judge| Box::new(judge) as _).map_err(|cause| JudgeError::Failed { cause })
}

#[cfg(feature = "llama")]
fn probe(runtime: &Runtime, name: &str) -> Result<Box<dyn Probe>, JudgeError> {
    runtime.judge(name).map(|judge| Box::new(judge) as _).map_err(|cause| JudgeError::Failed { cause })
}

/// Says why this build or this machine can run no language model, if it cannot.
#[cfg(not(feature = "llama"))]
pub fn available() -> Result<(), String> {
    Err("this program was built without llama.cpp (feature llama)".to_owned())
}

#[cfg(not(feature = "llama"))]
fn run(_: Opened, _: &Gguf, _: Profile, _: &str) -> Result<Runtime, String> {
    available().and(Err(String::new()))
}

#[cfg(not(feature = "llama"))]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the twin with llama.cpp takes a reference")]
fn remark(runtime: &Runtime) -> &'static str {
    match *runtime {}
}

#[cfg(not(feature = "llama"))]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the twin with llama.cpp takes a reference")]
fn judge(runtime: &Runtime, _: &str) -> Result<Box<dyn Judge>, JudgeError> {
    match *runtime {}
}

#[cfg(not(feature = "llama"))]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the twin with llama.cpp takes a reference")]
fn probe(runtime: &Runtime, _: &str) -> Result<Box<dyn Probe>, JudgeError> {
    match *runtime {}
}

/// What went wrong, before it is given the file's name.
enum Fault {
    Read(std::io::Error),
    Unusable(String),
}

impl Fault {
    fn named(self, path: String) -> JudgeError {
        match self {
            Self::Read(source) => JudgeError::Read { path, source },
            Self::Unusable(cause) => JudgeError::Unusable { path, cause },
        }
    }
}

impl From<GgufError> for Fault {
    fn from(error: GgufError) -> Self {
        match error {
            GgufError::Io(source) => Self::Read(source),
            other => Self::Unusable(other.to_string()),
        }
    }
}

/// A source that has been opened: what is checked is what is loaded.
enum Opened {
    File {
        file: File,
        #[cfg_attr(unix, expect(dead_code, reason = "only other systems load by path"))]
        path: PathBuf,
    },
    Memory(&'static [u8]),
}

impl Opened {
    fn new(source: ModelSource) -> Result<Self, Fault> {
        Ok(match source {
            ModelSource::File(path) => Self::File { file: File::open(&path).map_err(Fault::Read)?, path },
            ModelSource::Memory { bytes, .. } => Self::Memory(bytes),
        })
    }

    fn header(&mut self) -> Result<Gguf, Fault> {
        Ok(match self {
            Self::File { file, .. } => Gguf::of_file(file)?,
            Self::Memory(bytes) => Gguf::read(*bytes, bytes.len() as u64)?,
        })
    }

    /// Leaves a file at its beginning.
    fn sha256(&mut self) -> Result<String, Fault> {
        match self {
            Self::File { file, .. } => {
                file.rewind().map_err(Fault::Read)?;
                let hash = digest::sha256_hex_of(&*file).map_err(Fault::Read)?;
                file.rewind().map_err(Fault::Read)?;
                Ok(hash)
            }
            Self::Memory(bytes) => Ok(digest::sha256_hex(bytes)),
        }
    }

    #[cfg(feature = "llama")]
    fn into_bytes(self) -> super::llama::Bytes {
        match self {
            #[cfg(unix)]
            Self::File { file, .. } => super::llama::Bytes::File(file),
            #[cfg(not(unix))]
            Self::File { path, .. } => super::llama::Bytes::Path(path),
            Self::Memory(bytes) => super::llama::Bytes::Memory(bytes),
        }
    }
}

#[cfg(all(test, not(feature = "llama")))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_llama_cpp_says_so() {
        let source = ModelSource::Memory { bytes: b"GGUF", name: "x" };
        let Err(error) = load(source, None) else { panic!("there is no model") };
        assert!(matches!(error, JudgeError::Unavailable { .. }));
        assert!(error.to_string().contains("built without llama.cpp"), "{error}");
    }
}
