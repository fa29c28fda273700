//! The table of tensors: shapes, types, and that their data lies within the file.

use std::collections::BTreeSet;
use std::io::Read;

use super::{GgufError, Header};

/// One tensor's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its shape; the first dimension is the contiguous one. One to four dimensions, none of them zero.
    pub shape: Vec<u64>,
    /// The type code.
    pub kind: u32,
    /// Where its data begins, in bytes from the start of the tensor data.
    pub offset: u64,
    /// Bytes of data.
    pub bytes: u64,
}

/// Longest name that ggml keeps (64 with the final zero).
const MAX_NAME: usize = 63;

/// Weights a block holds and bytes a block takes, by type code; `None` for types that models are not made of
/// (or that no CPU kernel of this build multiplies).
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),           // F32
        1 | 30 => (1, 2),      // F16, BF16
        2 | 20 => (32, 18),    // Q4_0, IQ4_NL
        3 => (32, 20),         // Q4_1
        6 => (32, 22),         // Q5_0
        7 => (32, 24),         // Q5_1
        8 => (32, 34),         // Q8_0
        10 => (256, 84),       // Q2_K
        11 | 21 => (256, 110), // Q3_K, IQ3_S
        12 => (256, 144),      // Q4_K
        13 => (256, 176),      // Q5_K
        14 => (256, 210),      // Q6_K
        16 => (256, 66),       // IQ2_XXS
        17 => (256, 74),       // IQ2_XS
        18 => (256, 98),       // IQ3_XXS
        19 => (256, 50),       // IQ1_S
        22 => (256, 82),       // IQ2_S
        23 => (256, 136),      // IQ4_XS
        29 => (256, 56),       // IQ1_M
        39 => (32, 17),        // MXFP4
        _ => return None,
    })
}

/// Reads `count` entries.
pub(super) fn read_table<R: Read>(header: &mut Header<R>, count: u64) -> Result<Vec<Tensor>, GgufError> {
    let mut names = BTreeSet::new();
    let mut tensors = Vec::new();
    for _ in 0..count {
        let tensor = read(header)?;
        if !names.insert(tensor.name.clone()) {
            return Err(GgufError::Broken(format!("tensor {} stands there twice", tensor.name)));
        }
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn read<R: Read>(header: &mut Header<R>) -> Result<Tensor, GgufError> {
    let name = header.string()?;
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(GgufError::Broken("a tensor's name is empty or too long".into()));
    }
    let dimensions = header.u32()?;
    if !(1..=4).contains(&dimensions) {
        return Err(GgufError::Broken(format!("tensor {name} has {dimensions} dimensions")));
    }
    let shape = (0..dimensions).map(|_| header.u64()).collect::<Result<Vec<_>, _>>()?;
    let kind = header.u32()?;
    let offset = header.u64()?;
    let (weights, size) = block(kind)
        .ok_or_else(|| GgufError::Broken(format!("tensor {name} has the unsupported type {kind}")))?;
    let elements =
        shape.iter().try_fold(1u64, |all, &n| all.checked_mul(n).filter(|&n| n > 0 && n < 1 << 48));
    let bytes = elements
        .filter(|_| shape[0].is_multiple_of(weights))
        .and_then(|n| (n / weights).checked_mul(size))
        .ok_or_else(|| GgufError::Broken(format!("tensor {name} has the impossible shape {shape:?}")))?;
    Ok(Tensor { name, shape, kind, offset, bytes })
}

/// Checks that all data lies within the file, aligned and in order (as ggml wants it); gives where it begins.
pub(super) fn check_extents(
    tensors: &[Tensor],
    header_end: u64,
    length: u64,
    alignment: u64,
) -> Result<u64, GgufError> {
    let start = header_end.next_multiple_of(alignment);
    let mut expected = 0u64;
    for tensor in tensors {
        if tensor.offset != expected {
            let (name, at) = (&tensor.name, tensor.offset);
            return Err(GgufError::Broken(format!("tensor {name} lies at {at}, not at {expected}")));
        }
        // No overflow: a tensor has fewer than 2^50 bytes and `expected` has passed the test below.
        let end = start + expected + tensor.bytes;
        if end > length {
            return Err(GgufError::DataTruncated { name: tensor.name.clone(), end, length });
        }
        expected = (expected + tensor.bytes).next_multiple_of(alignment);
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(offset: u64, bytes: u64) -> Tensor {
        Tensor { name: "t".into(), shape: vec![bytes / 4], kind: 0, offset, bytes }
    }

    #[test]
    fn data_must_lie_within_the_file_and_in_order() {
        assert_eq!(check_extents(&[tensor(0, 40), tensor(64, 8)], 33, 136, 32).expect("whole"), 64);
        assert!(check_extents(&[tensor(0, 40), tensor(64, 8)], 33, 135, 32).is_err());
        assert!(check_extents(&[tensor(0, 40), tensor(40, 8)], 33, 136, 32).is_err());
        assert!(check_extents(&[tensor(u64::MAX - 31, 8)], 33, 136, 32).is_err());
    }

    #[test]
    fn shapes_that_overflow_or_split_a_block_are_refused() {
        for (shape, kind) in [([u64::MAX, 2], 0u32), ([0, 4], 0), ([33, 1], 8), ([64, 1], 9)] {
            let mut bytes = 1u64.to_le_bytes().to_vec();
            bytes.extend(b"t");
            bytes.extend(2u32.to_le_bytes());
            bytes.extend(shape.iter().flat_map(|n| n.to_le_bytes()));
            bytes.extend(kind.to_le_bytes());
            bytes.extend(0u64.to_le_bytes());
            let length = bytes.len() as u64;
            assert!(read(&mut Header { reader: &bytes[..], at: 0, length }).is_err(), "{shape:?} {kind}");
        }
    }
}
