//! A small reader of GGUF headers: metadata and the table of tensors, never the weights.
//!
//! llama.cpp aborts the process on some broken files, so every file passes through here first: whatever this
//! reader (and [`check`]) lets through is a model that llama.cpp can load. Every count and length is capped before
//! memory is taken for it, so a file of a few bytes cannot ask for gigabytes.
//!
//! Reads version 2 and 3, little-endian. The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

pub mod check;
mod tensor;
mod value;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};

pub use tensor::Tensor;
pub use value::{Array, Value};

/// Longest string (a chat template may take some 100 KB).
const MAX_STRING: u64 = 16 << 20;
/// Most elements of an array (the largest vocabularies have 262,144 tokens and about 500,000 merges).
const MAX_ARRAY: u64 = 4 << 20;
/// Most metadata keys and most tensors.
const MAX_ENTRIES: u64 = 65_536;
/// Most bytes of the whole header (a vocabulary of 262,144 tokens with its merges takes about 15 MiB).
const MAX_HEADER: u64 = 64 << 20;

/// What a GGUF file says about itself.
#[derive(Debug, Clone)]
pub struct Gguf {
    /// All metadata, by key.
    pub metadata: BTreeMap<String, Value>,
    /// All tensors, in the file's order.
    pub tensors: Vec<Tensor>,
    /// Where the tensor data begins, in bytes from the start of the file.
    pub data_start: u64,
}

/// Why a file is no usable GGUF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// It begins with something else.
    #[error("it is not a GGUF file (its first bytes are not \"GGUF\")")]
    Magic,
    /// A version that is not read here.
    #[error("GGUF version {0} is not supported (2 and 3 are; big-endian files are not)")]
    Version(u32),
    /// It ends within its header.
    #[error("the file is cut off within its header")]
    Truncated,
    /// It ends before the data of a tensor does.
    #[error("the file is cut off: tensor {name} ends at byte {end}, the file at {length}")]
    DataTruncated {
        /// The tensor.
        name: String,
        /// Where its data would end.
        end: u64,
        /// Length of the file.
        length: u64,
    },
    /// A count or length beyond what any real model has.
    #[error("the header is broken: {what} is {count}, more than {limit}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The count in the file.
        count: u64,
        /// The cap.
        limit: u64,
    },
    /// Something in the header has no meaning.
    #[error("the header is broken: {0}")]
    Broken(String),
    /// The file cannot be read.
    #[error("reading failed: {0}")]
    Io(#[source] std::io::Error),
}

impl Gguf {
    /// Reads the header from `reader`, which stands at the start of a file of `length` bytes.
    pub fn read(reader: impl Read, length: u64) -> Result<Self, GgufError> {
        let mut header = Header { reader, at: 0, length };
        if header.array::<4>()? != *b"GGUF" {
            return Err(GgufError::Magic);
        }
        let version = header.u32()?;
        if !(2..=3).contains(&version) {
            return Err(GgufError::Version(version));
        }
        let tensors = header.count("number of tensors", MAX_ENTRIES)?;
        let entries = header.count("number of metadata keys", MAX_ENTRIES)?;

        let mut metadata = BTreeMap::new();
        for _ in 0..entries {
            let key = header.string()?;
            if key.is_empty() {
                return Err(GgufError::Broken("a metadata key is empty".into()));
            }
            let value = value::read(&mut header, &key)?;
            if metadata.insert(key.clone(), value).is_some() {
                return Err(GgufError::Broken(format!("metadata key {key} stands there twice")));
            }
        }
        let tensors = tensor::read_table(&mut header, tensors)?;
        let data_start = tensor::check_extents(&tensors, header.at, length, alignment(&metadata)?)?;
        Ok(Self { metadata, tensors, data_start })
    }

    /// Reads the header of an open file that stands at its start.
    pub fn of_file(file: &File) -> Result<Self, GgufError> {
        let length = file.metadata().map_err(GgufError::Io)?.len();
        Self::read(BufReader::with_capacity(1 << 16, file), length)
    }

    /// The value of `key`, if it is there.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// The string under `key`; `None` if it is missing or not a string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The integer under `key`; `None` if it is missing, not an integer or negative.
    pub fn unsigned(&self, key: &str) -> Option<u64> {
        self.get(key).and_then(Value::as_u64)
    }

    /// The number under `key`; `None` if it is missing or not a floating-point number.
    pub fn float(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_f64)
    }

    /// The strings under `key`; `None` if they are missing or something else.
    pub fn strings(&self, key: &str) -> Option<&[String]> {
        match self.get(key) {
            Some(Value::Array(Array::Strings(all))) => Some(all),
            _ => None,
        }
    }

    /// The integers under `key`; `None` if they are missing or something else.
    pub fn integers(&self, key: &str) -> Option<&[i64]> {
        match self.get(key) {
            Some(Value::Array(Array::Integers { values, .. })) => Some(values),
            _ => None,
        }
    }

    /// `general.name` in a form that can be shown: at most 80 characters, none of them a control character.
    pub fn title(&self) -> String {
        let name: String = self.text("general.name").unwrap_or("unnamed").chars().take(80).collect();
        name.replace(char::is_control, " ")
    }

    /// The architecture's own key: `{arch}.{name}`.
    pub fn of_architecture(&self, name: &str) -> Option<&Value> {
        self.get(&format!("{}.{name}", self.text("general.architecture")?))
    }
}

/// The alignment of the tensor data: a power of two, 32 unless the file says otherwise.
fn alignment(metadata: &BTreeMap<String, Value>) -> Result<u64, GgufError> {
    match metadata.get("general.alignment") {
        None => Ok(32),
        // llama.cpp reads this key as a u32 and nothing else.
        Some(Value::Integer { value, kind: value::U32 })
            if (1..=1 << 20).contains(value) && value.count_ones() == 1 =>
        {
            Ok(*value as u64)
        }
        Some(_) => Err(GgufError::Broken("general.alignment is no power of two".into())),
    }
}

/// The part of the file that is being read.
struct Header<R> {
    reader: R,
    /// Bytes read so far.
    at: u64,
    /// Bytes of the file.
    length: u64,
}

impl<R: Read> Header<R> {
    fn bytes(&mut self, n: u64) -> Result<Vec<u8>, GgufError> {
        // Before memory is taken; `n` is capped by the caller.
        if self.at.saturating_add(n) > self.length {
            return Err(GgufError::Truncated);
        }
        let mut bytes = vec![0; n as usize];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), GgufError> {
        let end = self.at + bytes.len() as u64;
        if end > MAX_HEADER {
            return Err(GgufError::TooLarge { what: "size of the header", count: end, limit: MAX_HEADER });
        }
        self.reader.read_exact(bytes).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => GgufError::Truncated,
            _ => GgufError::Io(e),
        })?;
        self.at = end;
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn count(&mut self, what: &'static str, limit: u64) -> Result<u64, GgufError> {
        match self.u64()? {
            count if count > limit => Err(GgufError::TooLarge { what, count, limit }),
            count => Ok(count),
        }
    }

    /// A string; invalid UTF-8 in it becomes U+FFFD (names and vocabularies are UTF-8 in every real file).
    fn string(&mut self) -> Result<String, GgufError> {
        let length = self.count("length of a string", MAX_STRING)?;
        let bytes = self.bytes(length)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u32, tensors: u64, entries: u64) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(version.to_le_bytes());
        bytes.extend(tensors.to_le_bytes());
        bytes.extend(entries.to_le_bytes());
        bytes
    }

    fn string(text: &str) -> Vec<u8> {
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Gguf, GgufError> {
        Gguf::read(bytes, bytes.len() as u64)
    }

    #[test]
    fn broken_headers_are_named() {
        let huge = string("general.name").into_iter().chain(8u32.to_le_bytes()).chain(u64::MAX.to_le_bytes());
        let cases: [(&str, Vec<u8>, &str); 7] = [
            ("empty", vec![], "cut off"),
            ("other magic", b"PK\x03\x04 and more bytes".to_vec(), "not a GGUF"),
            ("version", header(77, 0, 0), "version 77"),
            ("tensor count", header(3, u64::MAX, 0), "number of tensors"),
            ("key count", header(3, 0, u64::MAX), "number of metadata keys"),
            ("string length", header(3, 0, 1).into_iter().chain(huge).collect(), "length of a string"),
            ("empty key", header(3, 0, 1).into_iter().chain(string("")).collect(), "key is empty"),
        ];
        for (name, bytes, expected) in cases {
            let error = read(&bytes).expect_err(name).to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }

    #[test]
    fn a_count_within_its_cap_takes_no_memory_before_the_bytes_are_there() {
        let mut bytes = header(3, 0, 1);
        bytes.extend(string("k"));
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(10u32.to_le_bytes());
        bytes.extend((MAX_ARRAY - 1).to_le_bytes());
        assert!(matches!(read(&bytes), Err(GgufError::Truncated)));
    }

    #[test]
    fn values_are_read_by_key() {
        let mut bytes = header(3, 0, 3);
        bytes.extend(string("a").into_iter().chain(8u32.to_le_bytes()).chain(string("text")));
        bytes.extend(string("b").into_iter().chain(4u32.to_le_bytes()).chain(7u32.to_le_bytes()));
        bytes.extend(string("c").into_iter().chain(6u32.to_le_bytes()).chain(0.5f32.to_le_bytes()));
        let gguf = read(&bytes).expect("a header");
        assert_eq!((gguf.text("a"), gguf.unsigned("b"), gguf.float("c")), (Some("text"), Some(7), Some(0.5)));
        assert_eq!((gguf.text("b"), gguf.unsigned("a"), gguf.float("d")), (None, None, None));
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        let mut bytes = header(3, 0, 2);
        for _ in 0..2 {
            bytes.extend(string("a").into_iter().chain(8u32.to_le_bytes()).chain(string("text")));
        }
        assert!(read(&bytes).expect_err("twice").to_string().contains("twice"));
    }
}
