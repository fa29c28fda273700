//! The only unsafe code of this crate: what llama-cpp-2's safe interface leaves out.
//!
//! - loading a model from an open file or from memory (so that the file that was checked is the file that is
//!   loaded, and the embedded model needs no temporary file),
//! - a context that keeps its model alive, instead of borrowing it.
#![expect(unsafe_code, reason = "the one allowed place; every block says why it holds")]

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;

/// What a model is loaded from.
pub(in crate::judge) enum Bytes {
    /// A file that stands at its beginning. It is mapped into memory and must not be cut while the program runs.
    #[cfg(unix)]
    File(std::fs::File),
    /// A path, on systems where an open file cannot be handed over.
    #[cfg(not(unix))]
    Path(std::path::PathBuf),
    /// Memory, copied by llama.cpp.
    Memory(&'static [u8]),
}

/// Loads a model that [`crate::judge::gguf::check`] has let through; `None` if llama.cpp refuses it.
#[cfg(unix)]
pub(super) fn load(_: &LlamaBackend, bytes: Bytes) -> Option<LlamaModel> {
    use std::os::fd::IntoRawFd as _;

    use llama_cpp_sys_2 as sys;

    let mode = c"rb".as_ptr();
    let (stream, load_mode) = match bytes {
        Bytes::File(file) => {
            let fd = file.into_raw_fd();
            // SAFETY: the descriptor is open and ours; after success the stream owns it.
            let stream = unsafe { libc::fdopen(fd, mode) };
            if stream.is_null() {
                // SAFETY: fdopen failed, so the descriptor is still ours, and nobody else closes it.
                unsafe { libc::close(fd) };
            }
            (stream, sys::LLAMA_LOAD_MODE_MMAP)
        }
        Bytes::Memory(bytes) => {
            // SAFETY: the bytes live forever; a stream opened with "rb" never writes to them.
            let stream = unsafe { libc::fmemopen(bytes.as_ptr().cast_mut().cast(), bytes.len(), mode) };
            (stream, sys::LLAMA_LOAD_MODE_NONE)
        }
    };
    if stream.is_null() {
        return None;
    }
    // SAFETY: a plain function without arguments that returns a struct of plain fields.
    let mut params = unsafe { sys::llama_model_default_params() };
    params.load_mode = load_mode;
    params.n_gpu_layers = 0;
    // SAFETY: the stream is open and at its beginning, `params` has llama.cpp's defaults and no callbacks. llama.cpp
    // catches its own exceptions and gives null.
    let model = unsafe { sys::llama_model_load_from_file_ptr(stream.cast(), params) };
    // SAFETY: we opened it, llama.cpp does not own it, and a mapping outlives its descriptor.
    unsafe { libc::fclose(stream) };
    let model = std::ptr::NonNull::new(model)?;
    // SAFETY: `LlamaModel` is `repr(transparent)` over `Ptr`, that over `NonNull<llama_model>`, in the version that
    // Cargo.toml pins; the pointer is ours, so the wrapper may free it.
    Some(unsafe { std::mem::transmute::<std::ptr::NonNull<sys::llama_model>, LlamaModel>(model) })
}

/// Loads a model that [`crate::judge::gguf::check`] has let through; `None` if llama.cpp refuses it.
#[cfg(not(unix))]
pub(super) fn load(backend: &LlamaBackend, bytes: Bytes) -> Option<LlamaModel> {
    use llama_cpp_2::model::params::LlamaModelParams;

    let params = LlamaModelParams::default().with_n_gpu_layers(0);
    match bytes {
        Bytes::Path(path) => LlamaModel::load_from_file(backend, path, &params).ok(),
        Bytes::Memory(bytes) => {
            let name = format!("secretscan-{}-{:p}.gguf", std::process::id(), bytes);
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, bytes).ok()?;
            let params = params.with_use_mmap(false);
            let model = LlamaModel::load_from_file(backend, &path, &params).ok();
            // Best effort: the file holds the published model, nothing private.
            drop(std::fs::remove_file(&path));
            model
        }
    }
}

/// A context together with its model.
pub(super) struct Context {
    /// Borrows from `model`; dropped first, by hand.
    context: ManuallyDrop<LlamaContext<'static>>,
    model: ManuallyDrop<Arc<LlamaModel>>,
}

impl Context {
    /// Creates a context; `None` if llama.cpp refuses (no memory).
    pub(super) fn new(
        backend: &LlamaBackend,
        model: Arc<LlamaModel>,
        params: LlamaContextParams,
    ) -> Option<Self> {
        /// llama.cpp writes to the model while it creates a context.
        static CREATING: Mutex<()> = Mutex::new(());
        let guard = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
        let context = model.new_context(backend, params).ok()?;
        drop(guard);
        // SAFETY: only the lifetime changes. The model lies on the heap behind the `Arc` that moves into the same
        // struct, is never handed out mutably, and is dropped after the context (see `drop`).
        let context = unsafe { std::mem::transmute::<LlamaContext<'_>, LlamaContext<'static>>(context) };
        Some(Self { context: ManuallyDrop::new(context), model: ManuallyDrop::new(model) })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: both are dropped here and nowhere else, the borrower first.
        unsafe {
            ManuallyDrop::drop(&mut self.context);
            ManuallyDrop::drop(&mut self.model);
        }
    }
}

impl Deref for Context {
    type Target = LlamaContext<'static>;

    fn deref(&self) -> &Self::Target {
        &self.context
    }
}

impl DerefMut for Context {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}
