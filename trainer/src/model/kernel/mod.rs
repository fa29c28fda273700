//! The arithmetic of training on a CPU, over plain slices: forward and backward of each step of the network.
//!
//! No tensors, no graph, no allocation besides the results. Loops are written so that they vectorise ([`wide`] turns on
//! what the processor has), with sums in a fixed number of lanes: the same input gives the same bits whatever the vector
//! width. Matrix products ([`gemm`]) may differ between processors, never between runs.

#![expect(clippy::inline_always, reason = "loops must take on the vector instructions of whoever calls them")]

pub(crate) mod amx;
pub(crate) mod attention;
pub(crate) mod gemm;
pub(crate) mod loss;
pub(crate) mod norm;
pub(crate) mod optimizer;
pub(crate) mod rope;
pub(crate) mod swiglu;

use rayon::prelude::*;

/// Partial sums of a reduction.
const LANES: usize = 16;

/// Runs `work` compiled for the best vector instructions of this processor.
#[inline]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Calls `work` with each block of whole rows of `out` and the number of its first row; on the current pool's threads.
/// The blocks depend on the sizes alone.
pub(crate) fn for_rows(out: &mut [f32], width: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    const BLOCK: usize = 64;
    if rayon::current_num_threads() == 1 || out.len() <= BLOCK * width {
        work(0, out);
    } else {
        out.par_chunks_mut(BLOCK * width).enumerate().for_each(|(n, block)| work(n * BLOCK, block));
    }
}

/// Inner product.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] = x[lane].mul_add(y[lane], lanes[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(0.0, |sum, (x, y)| x.mul_add(*y, sum));
    total(lanes) + rest
}

/// Sum of the lanes, as a balanced tree.
#[inline(always)]
pub(crate) fn total(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// Each number of `row` becomes e to the power of it less the largest; gives the largest and the sum.
#[inline(always)]
pub(crate) fn exponentials(row: &mut [f32]) -> (f32, f32) {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
        }
    }
    let most = lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    let mut sum = [0f32; LANES];
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            chunk[lane] = exp(chunk[lane] - most);
            sum[lane] += chunk[lane];
        }
    }
    let mut tail = 0.0;
    for x in rest {
        *x = exp(*x - most);
        tail += *x;
    }
    (most, total(sum) + tail)
}

/// `to += from`.
pub(crate) fn add_to(to: &mut [f32], from: &[f32]) {
    assert_eq!(to.len(), from.len(), "sums have equal lengths");
    wide(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(t, f)| *t += f),
    );
}

/// Sum of squares, in double precision over the blocks.
pub(crate) fn squares(values: &[f32]) -> f64 {
    wide(
        #[inline(always)]
        || values.chunks(4096).map(|block| f64::from(dot(block, block))).sum(),
    )
}

/// e^x within 2 ulp for x in [-87, 88]; beyond, the value at the end. Branch-free, so that loops over it vectorise:
/// x = n ln 2 + r, a polynomial for e^r, and n added to the exponent.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_145_75;
    const LN2_LOW: f32 = 1.428_606_8e-6;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let p = (1.0f32 / 720.0).mul_add(r, 1.0 / 120.0);
    let p = p.mul_add(r, 1.0 / 24.0);
    let p = p.mul_add(r, 1.0 / 6.0);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r, 1.0).mul_add(r, 1.0);
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_a_few_ulp_over_its_whole_range() {
        let mut worst = 0f64;
        for n in -87_000..=88_000 {
            let x = n as f32 / 1000.0;
            let expected = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - expected).abs() / expected);
        }
        assert!(worst < 3e-7, "{worst}");
        assert!(exp(-1e30) < 2e-38 && exp(0.0).to_bits() == 1f32.to_bits());
    }

    #[test]
    fn sums_take_every_element_once() {
        for length in [0, 1, 15, 16, 17, 100] {
            let ones = vec![1f32; length];
            let numbers: Vec<f32> = (0..length).map(|n| n as f32).collect();
            let expected = (length * length.saturating_sub(1) / 2) as f32;
            assert!((dot(&ones, &numbers) - expected).abs() < 1e-3, "{length}");
        }
    }
}
