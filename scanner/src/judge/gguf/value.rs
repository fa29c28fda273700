//! The values of GGUF metadata.

use std::io::Read;

use super::{GgufError, Header, MAX_ARRAY};

/// Type codes of the format.
const U8: u32 = 0;
const I8: u32 = 1;
const U16: u32 = 2;
const I16: u32 = 3;
pub(super) const U32: u32 = 4;
pub(super) const I32: u32 = 5;
pub(super) const F32: u32 = 6;
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;
const U64: u32 = 10;
const I64: u32 = 11;
const F64: u32 = 12;

/// One value. `kind` is the type code in the file: llama.cpp wants most keys in one type exactly.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any integer (a u64 beyond `i64::MAX` is an error of the file).
    Integer {
        /// The number.
        value: i64,
        /// The type code.
        kind: u32,
    },
    /// A floating-point number.
    Float {
        /// The number.
        value: f64,
        /// The type code.
        kind: u32,
    },
    /// A truth value.
    Bool(bool),
    /// A string.
    Text(String),
    /// An array of one type.
    Array(Array),
}

/// An array of one type; arrays of arrays are refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Integers (and truth values, as 0 and 1).
    Integers {
        /// The numbers.
        values: Vec<i64>,
        /// The type code of an element.
        kind: u32,
    },
    /// Floating-point numbers.
    Floats {
        /// The numbers.
        values: Vec<f64>,
        /// The type code of an element.
        kind: u32,
    },
    /// Strings.
    Strings(Vec<String>),
}

impl Array {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers { values, .. } => values.len(),
            Self::Floats { values, .. } => values.len(),
            Self::Strings(values) => values.len(),
        }
    }

    /// True if there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Value {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is an integer and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Integer { value, .. } => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The number, if it is a floating-point number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float { value, .. } => Some(*value),
            _ => None,
        }
    }
}

/// Reads a type code and its value.
pub(super) fn read<R: Read>(header: &mut Header<R>, key: &str) -> Result<Value, GgufError> {
    let kind = header.u32()?;
    Ok(match kind {
        STRING => Value::Text(header.string()?),
        ARRAY => Value::Array(array(header, key)?),
        BOOL => Value::Bool(header.array::<1>()?[0] != 0),
        F32 | F64 => Value::Float { value: float(header, kind)?, kind },
        _ => Value::Integer { value: integer(header, kind, key)?, kind },
    })
}

fn array<R: Read>(header: &mut Header<R>, key: &str) -> Result<Array, GgufError> {
    let kind = header.u32()?;
    let count = header.count("number of elements of an array", MAX_ARRAY)?;
    // Grown as the bytes come, so that a lie about the count takes no memory.
    let mut strings = Vec::new();
    let mut floats = Vec::new();
    let mut integers = Vec::new();
    for _ in 0..count {
        match kind {
            STRING => strings.push(header.string()?),
            F32 | F64 => floats.push(float(header, kind)?),
            BOOL => integers.push(i64::from(header.array::<1>()?[0] != 0)),
            _ => integers.push(integer(header, kind, key)?),
        }
    }
    Ok(match kind {
        STRING => Array::Strings(strings),
        F32 | F64 => Array::Floats { values: floats, kind },
        U8 | I8 | U16 | I16 | U32 | I32 | BOOL | U64 | I64 => Array::Integers { values: integers, kind },
        _ => return Err(GgufError::Broken(format!("{key} has elements of the unknown type {kind}"))),
    })
}

fn float<R: Read>(header: &mut Header<R>, kind: u32) -> Result<f64, GgufError> {
    Ok(if kind == F32 {
        f64::from(f32::from_le_bytes(header.array()?))
    } else {
        f64::from_le_bytes(header.array()?)
    })
}

fn integer<R: Read>(header: &mut Header<R>, kind: u32, key: &str) -> Result<i64, GgufError> {
    Ok(match kind {
        U8 => i64::from(header.array::<1>()?[0]),
        I8 => i64::from(i8::from_le_bytes(header.array()?)),
        U16 => i64::from(u16::from_le_bytes(header.array()?)),
        I16 => i64::from(i16::from_le_bytes(header.array()?)),
        U32 => i64::from(header.u32()?),
        I32 => i64::from(i32::from_le_bytes(header.array()?)),
        I64 => i64::from_le_bytes(header.array()?),
        U64 => i64::try_from(header.u64()?)
            .map_err(|_| GgufError::Broken(format!("the value of {key} is beyond every range")))?,
        _ => return Err(GgufError::Broken(format!("{key} has the unknown type {kind}"))),
    })
}
