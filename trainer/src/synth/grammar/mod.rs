//! A small grammar of texts: pools of templates with holes that other pools fill.
//!
//! Written as TOML (`synth/data/`), so that words, lines of code and whole files are data. A hole stands between `‹` and `›`:
//!
//! | hole | becomes |
//! | --- | --- |
//! | `‹noun›` | an entry of the pool `noun`, its own holes filled |
//! | `‹noun/cap/leet›` | the same, changed by forms (`form`) |
//! | `‹near*1-4›` | one to four different entries, one a line |
//! | `‹@app›`, `‹@other=app›` | an entry that stays the same through the example |
//! | `‹hex:32›`, `‹int:1-99›` | a made part (`values`) |
//! | `‹one\|two\|›` | one of the alternatives, which may have holes |
//! | `‹key›`, `‹value›`, `‹slot›` | what the caller put in, as it is |
//!
//! A line of which nothing remains is dropped, and every line of what fills a hole takes the indentation of the hole's
//! own line. `«` and `»` pass through: they mark the labelled value. `¦` vanishes when a file is loaded: it keeps
//! values that look like secrets apart in the source.

mod form;
mod pools;
mod write;

pub(crate) use form::apply as apply_form;
pub(crate) use pools::Pools;
pub(crate) use write::{Vars, Writer};

/// Why a template cannot be filled. A test fills every template, so this never reaches a user of the built-in data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrammarError {
    /// No pool, made part or variable of this name.
    #[error("`‹{hole}›` is no pool, made part or variable")]
    Unknown {
        /// As written.
        hole: String,
    },
    /// A form that does not exist.
    #[error("`/{form}` is no form; see synth/grammar/form.rs")]
    Form {
        /// As written.
        form: String,
    },
    /// A `‹` without `›` on its line.
    #[error("a hole is not closed on its line: `{line}`")]
    Open {
        /// The template's line.
        line: String,
    },
    /// The pools refer to each other without an end.
    #[error("`‹{hole}›` is nested too deeply; pools must not refer to themselves")]
    Deep {
        /// Where it was noticed.
        hole: String,
    },
    /// A data file is not what it should be.
    #[error("{file}: {cause}")]
    File {
        /// Name of the file under `synth/data/`.
        file: String,
        /// What is wrong there.
        cause: String,
    },
}
