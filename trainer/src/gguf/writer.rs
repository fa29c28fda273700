//! Writes GGUF files.

use std::io::{self, Write};

use candle_core::quantized::GgmlDType;
use secretscan::judge::gguf::{Array, Value};

/// Alignment of tensor data in bytes: the format's default.
const ALIGNMENT: usize = 32;
/// Type codes of strings, arrays and truth values.
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// A tensor as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Name in the file.
    pub name: String,
    /// Dimensions, slowest first (`[out, in]`), as candle gives them.
    pub shape: Vec<usize>,
    /// Type of the elements or blocks.
    pub dtype: GgmlDType,
    /// The bytes.
    pub data: Vec<u8>,
}

/// Writes a whole file: `metadata` in its order, then the tensors in theirs.
pub fn write(mut out: impl Write, metadata: &[(String, Value)], tensors: &[Stored]) -> io::Result<()> {
    let mut header = Vec::new();
    header.extend(b"GGUF");
    header.extend(3u32.to_le_bytes());
    header.extend((tensors.len() as u64).to_le_bytes());
    header.extend((metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        push_text(&mut header, key);
        push_value(&mut header, value);
    }
    let mut offset = 0usize;
    for tensor in tensors {
        push_text(&mut header, &tensor.name);
        header.extend((tensor.shape.len() as u32).to_le_bytes());
        for &dimension in tensor.shape.iter().rev() {
            header.extend((dimension as u64).to_le_bytes());
        }
        header.extend(type_code(tensor.dtype).to_le_bytes());
        header.extend((offset as u64).to_le_bytes());
        offset += tensor.data.len().next_multiple_of(ALIGNMENT);
    }
    header.resize(header.len().next_multiple_of(ALIGNMENT), 0);
    out.write_all(&header)?;
    for tensor in tensors {
        out.write_all(&tensor.data)?;
        let padding = tensor.data.len().next_multiple_of(ALIGNMENT) - tensor.data.len();
        out.write_all(&[0; ALIGNMENT][..padding])?;
    }
    out.flush()
}

/// The format's number of a type.
fn type_code(dtype: GgmlDType) -> u32 {
    match dtype {
        GgmlDType::F32 => 0,
        GgmlDType::F16 => 1,
        GgmlDType::Q4_0 => 2,
        GgmlDType::Q4_1 => 3,
        GgmlDType::Q5_0 => 6,
        GgmlDType::Q5_1 => 7,
        GgmlDType::Q8_0 => 8,
        GgmlDType::Q8_1 => 9,
        GgmlDType::Q2K => 10,
        GgmlDType::Q3K => 11,
        GgmlDType::Q4K => 12,
        GgmlDType::Q5K => 13,
        GgmlDType::Q6K => 14,
        GgmlDType::Q8K => 15,
        GgmlDType::BF16 => 30,
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Integer { value, kind } => {
            out.extend(kind.to_le_bytes());
            push_integer(out, *value, *kind);
        }
        Value::Float { value, kind } => {
            out.extend(kind.to_le_bytes());
            push_float(out, *value, *kind);
        }
        Value::Bool(value) => {
            out.extend(BOOL.to_le_bytes());
            out.push(u8::from(*value));
        }
        Value::Text(text) => {
            out.extend(STRING.to_le_bytes());
            push_text(out, text);
        }
        Value::Array(array) => {
            out.extend(ARRAY.to_le_bytes());
            push_array(out, array);
        }
    }
}

fn push_array(out: &mut Vec<u8>, array: &Array) {
    let kind = match array {
        Array::Integers { kind, .. } | Array::Floats { kind, .. } => *kind,
        Array::Strings(_) => STRING,
    };
    out.extend(kind.to_le_bytes());
    out.extend((array.len() as u64).to_le_bytes());
    match array {
        Array::Integers { values, kind } => values.iter().for_each(|&value| push_integer(out, value, *kind)),
        Array::Floats { values, kind } => values.iter().for_each(|&value| push_float(out, value, *kind)),
        Array::Strings(values) => values.iter().for_each(|text| push_text(out, text)),
    }
}

/// The low bytes of `value`: two's complement is the same in every width.
fn push_integer(out: &mut Vec<u8>, value: i64, kind: u32) {
    let width = match kind {
        0 | 1 | BOOL => 1,
        2 | 3 => 2,
        4 | 5 => 4,
        _ => 8,
    };
    out.extend(&value.to_le_bytes()[..width]);
}

fn push_float(out: &mut Vec<u8>, value: f64, kind: u32) {
    if kind == 6 {
        out.extend((value as f32).to_le_bytes());
    } else {
        out.extend(value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use secretscan::judge::gguf::Gguf;

    use super::super::metadata::{float, text, unsigned};
    use super::*;

    #[test]
    fn the_scanner_reads_back_what_is_written() {
        let metadata = vec![
            ("general.architecture".to_owned(), text("llama")),
            ("a.number".to_owned(), unsigned(70_000)),
            ("a.real".to_owned(), float(0.25)),
            ("a.flag".to_owned(), Value::Bool(true)),
            ("a.list".to_owned(), Value::Array(Array::Strings(vec!["x".into(), "yz".into()]))),
            ("a.small".to_owned(), Value::Array(Array::Integers { values: vec![1, -3], kind: 5 })),
            ("a.floats".to_owned(), Value::Array(Array::Floats { values: vec![0.5], kind: 6 })),
        ];
        let tensor = |name: &str, shape: Vec<usize>, bytes: usize| Stored {
            name: name.into(),
            shape,
            dtype: GgmlDType::F32,
            data: vec![7; bytes],
        };
        let tensors = [tensor("one", vec![3], 12), tensor("two", vec![2, 5], 40)];
        let mut file = Vec::new();
        write(&mut file, &metadata, &tensors).expect("memory");
        let gguf = Gguf::read(&file[..], file.len() as u64).expect("a GGUF");
        for (key, value) in &metadata {
            assert_eq!(gguf.get(key), Some(value), "{key}");
        }
        let shapes: Vec<_> =
            gguf.tensors.iter().map(|t| (t.name.as_str(), t.shape.clone(), t.offset)).collect();
        assert_eq!(shapes, [("one", vec![3], 0), ("two", vec![5, 2], 32)]);
        let at = gguf.data_start as usize + 32;
        assert_eq!(file[at..at + 40], [7; 40]);
        assert_eq!(file.len(), at + 64, "the last tensor is padded");
    }
}
