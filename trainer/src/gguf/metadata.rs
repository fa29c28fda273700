//! Metadata values in the types that llama.cpp wants them in.

use secretscan::judge::gguf::Value;

/// A u32, the type of most keys.
pub fn unsigned(value: usize) -> Value {
    Value::Integer { value: value as i64, kind: 4 }
}

/// An f32.
pub fn float(value: f32) -> Value {
    Value::Float { value: f64::from(value), kind: 6 }
}

/// A string.
pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}
