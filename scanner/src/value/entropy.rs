//! Shannon entropy of a value's bytes.

/// Shannon entropy in bits per byte, from the value's own byte frequencies: 0 for an empty value or one repeated
/// byte, at most `log2(len)`. A short value cannot score high whatever made it; compare with that bound in mind.
pub fn shannon(value: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    let total = value.len() as f32;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::shannon;

    #[test]
    fn entropy_is_bits_per_byte() {
        for (value, bits) in [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0), ("aabc", 1.5)] {
            assert!((shannon(value.as_bytes()) - bits).abs() < 1e-6, "{value}");
        }
    }
}
