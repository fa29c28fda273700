//! Matrix products in bfloat16 on the tile unit of Intel processors (AMX): five times as fast as F32.
//!
//! Factors are rounded to bfloat16 (8 bits of mantissa), products are summed in F32: what mixed-precision training does on
//! GPUs (Kalamkar et al. 2019). Weights, gradients and sums stay F32. Linux on x86-64 only, where the processor has it and the
//! system grants it: see [`available`].
//!
//! A factor is packed into tiles of 16 rows of 64 bytes. For the left one a row is a row of the matrix and holds 32 of its
//! columns; for the right one a row holds 16 columns of two neighbouring rows, interleaved.

use std::cell::RefCell;

use super::gemm::{Into, Target, View};
use super::wide;

/// Rows and columns of a tile of the result.
const SIDE: usize = 16;
/// Rows and columns of a block of the result: two by two tiles.
const BLOCK: usize = 2 * SIDE;
/// Depth of a tile of a factor.
const DEPTH: usize = 32;

/// One row of a tile: 16 pairs of bfloat16.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Row([u32; SIDE]);

/// One tile of a factor.
type Tile = [Row; SIDE];

const ZERO: Tile = [Row([0; SIDE]); SIDE];

/// Whether this process may use the tile unit. Asks the system for it the first time.
pub(crate) fn available() -> bool {
    static AVAILABLE: std::sync::LazyLock<bool> = std::sync::LazyLock::new(unit::request);
    *AVAILABLE
}

thread_local! {
    /// Packed factors, used again from product to product.
    static PACKED: RefCell<[Vec<Tile>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// `out = a · b`, or `out += a · b`, on the calling thread. [`available`] must have said yes.
pub(crate) fn gemm(out: &mut Target<'_>, into: Into, a: View<'_>, b: View<'_>) {
    assert!(available(), "the tile unit is asked for only where there is one");
    let (rows, columns, _) = out.shape();
    let depth = a.shape().1;
    assert_eq!((a.shape(), b.shape()), ((rows, depth), (depth, columns)), "shapes of a product agree");
    PACKED.with_borrow_mut(|[left, right]| {
        pack(left, rows, depth, |m, k, tile| left_tile(a, m, k, tile));
        pack(right, columns, depth, |n, k, tile| right_tile(b, n, k, tile));
        let blocks = depth.div_ceil(DEPTH);
        unit::with_tiles(|| {
            for m in (0..rows).step_by(BLOCK) {
                let left = &left[m / SIDE * blocks..][..2 * blocks];
                for n in (0..columns).step_by(BLOCK) {
                    let right = &right[n / SIDE * blocks..][..2 * blocks];
                    block(out, into, (m, n), left, right);
                }
            }
        });
    });
}

/// One block of the result; at the edges by way of a whole block.
fn block(out: &mut Target<'_>, into: Into, at: (usize, usize), left: &[Tile], right: &[Tile]) {
    let (rows, columns, stride) = out.shape();
    let (high, wide) = ((rows - at.0).min(BLOCK), (columns - at.1).min(BLOCK));
    let start = at.0 * stride + at.1;
    if (high, wide) == (BLOCK, BLOCK) {
        let length = (BLOCK - 1) * stride + BLOCK;
        unit::multiply(&mut out.elements()[start..start + length], stride, into == Into::Add, left, right);
        return;
    }
    let mut whole = [0f32; BLOCK * BLOCK];
    unit::multiply(&mut whole, BLOCK, false, left, right);
    for (r, from) in whole.chunks_exact(BLOCK).take(high).enumerate() {
        let to = &mut out.elements()[start + r * stride..][..wide];
        match into {
            Into::Add => to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
            Into::Replace => to.copy_from_slice(&from[..wide]),
        }
    }
}

/// Packs a factor of `side` rows (left) or columns (right): for every [`BLOCK`] of them, for every [`DEPTH`], two tiles.
fn pack(to: &mut Vec<Tile>, side: usize, depth: usize, tile: impl Fn(usize, usize, &mut Tile)) {
    let tiles = side.div_ceil(BLOCK) * 2 * depth.div_ceil(DEPTH);
    if to.len() < tiles {
        to.resize(tiles, ZERO);
    }
    let mut places = to.iter_mut();
    for block in (0..side).step_by(BLOCK) {
        for k in (0..depth).step_by(DEPTH) {
            for half in [block, block + SIDE] {
                let place = places.next().expect("there is room for every tile");
                if half < side {
                    tile(half, k, place);
                } else {
                    *place = ZERO;
                }
            }
        }
    }
}

/// Rows `m..m + 16` and columns `k..k + 32` of the left factor.
fn left_tile(a: View<'_>, m: usize, k: usize, tile: &mut Tile) {
    let (rows, depth) = a.shape();
    let (rows, depth) = ((rows - m).min(SIDE), (depth - k).min(DEPTH));
    if a.is_rows() {
        along(a, m, k, rows, depth, tile);
    } else {
        let mut across_tile = ZERO;
        across(a.t(), k, m, depth, rows, &mut across_tile);
        transpose(&across_tile, tile);
    }
}

/// Rows `k..k + 32` and columns `n..n + 16` of the right factor.
fn right_tile(b: View<'_>, n: usize, k: usize, tile: &mut Tile) {
    let (depth, columns) = b.shape();
    let (depth, columns) = ((depth - k).min(DEPTH), (columns - n).min(SIDE));
    if b.is_rows() {
        across(b, k, n, depth, columns, tile);
    } else {
        let mut along_tile = ZERO;
        along(b.t(), n, k, columns, depth, &mut along_tile);
        transpose(&along_tile, tile);
    }
}

/// Tile rows are rows of `x`, each 32 elements from column `column`; what is missing is 0.
fn along(x: View<'_>, row: usize, column: usize, rows: usize, columns: usize, tile: &mut Tile) {
    if (rows, columns) == (SIDE, DEPTH) {
        wide(
            #[inline(always)]
            || {
                for (r, to) in tile.iter_mut().enumerate() {
                    let from: &[f32; DEPTH] =
                        x.part(row + r, column).first_chunk().expect("a whole row of the tile");
                    for (pair, to) in from.as_chunks::<2>().0.iter().zip(&mut to.0) {
                        *to = rounded(pair[0]) >> 16 | rounded(pair[1]) & 0xFFFF_0000;
                    }
                }
            },
        );
        return;
    }
    *tile = ZERO;
    for (r, to) in tile.iter_mut().enumerate().take(rows) {
        for (c, x) in x.part(row + r, column)[..columns].iter().enumerate() {
            to.0[c / 2] |= if c % 2 == 0 { rounded(*x) >> 16 } else { rounded(*x) & 0xFFFF_0000 };
        }
    }
}

/// Tile rows are pairs of rows of `x`, interleaved, 16 columns each; what is missing is 0.
fn across(x: View<'_>, row: usize, column: usize, rows: usize, columns: usize, tile: &mut Tile) {
    if (rows, columns) == (DEPTH, SIDE) {
        wide(
            #[inline(always)]
            || {
                for (pair, to) in tile.iter_mut().enumerate() {
                    let from = |r: usize| -> &[f32; SIDE] {
                        x.part(row + 2 * pair + r, column).first_chunk().expect("a whole row of the tile")
                    };
                    let (even, odd) = (from(0), from(1));
                    for ((to, even), odd) in to.0.iter_mut().zip(even).zip(odd) {
                        *to = rounded(*even) >> 16 | rounded(*odd) & 0xFFFF_0000;
                    }
                }
            },
        );
        return;
    }
    *tile = ZERO;
    for r in 0..rows {
        for (c, x) in x.part(row + r, column)[..columns].iter().enumerate() {
            tile[r / 2].0[c] |= if r % 2 == 0 { rounded(*x) >> 16 } else { rounded(*x) & 0xFFFF_0000 };
        }
    }
}

/// Pairs keep together.
fn transpose(from: &Tile, to: &mut Tile) {
    wide(
        #[inline(always)]
        || {
            for (r, to) in to.iter_mut().enumerate() {
                for (c, to) in to.0.iter_mut().enumerate() {
                    *to = from[c].0[r];
                }
            }
        },
    );
}

/// The bits of a number whose upper half is the nearest bfloat16 (ties to even).
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7FFF + (bits >> 16 & 1))
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "the tile unit has no stable intrinsics: instructions are written out")]
mod unit {
    //! The instructions.

    use std::arch::asm;

    use super::{BLOCK, SIDE, Tile};

    /// Asks the processor whether it has the unit, and the system for leave to use it in this process.
    pub(super) fn request() -> bool {
        const REQUEST_PERMISSION: libc::c_long = 0x1023;
        const TILE_DATA: libc::c_long = 18;
        const BF16_AND_TILES: u32 = 1 << 22 | 1 << 24;
        let leaf = std::arch::x86_64::__cpuid_count(7, 0);
        if leaf.edx & BF16_AND_TILES != BF16_AND_TILES {
            return false;
        }
        // SAFETY: the call changes nothing but which registers this process may use.
        unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0 }
    }

    /// Shape of the eight tiles: 16 rows of 64 bytes.
    #[repr(C, align(64))]
    struct Shape {
        palette: u8,
        start: u8,
        reserved: [u8; 14],
        bytes: [u16; 16],
        rows: [u8; 16],
    }

    const fn shape() -> Shape {
        let mut shape = Shape { palette: 1, start: 0, reserved: [0; 14], bytes: [0; 16], rows: [0; 16] };
        let mut tile = 0;
        while tile < 8 {
            shape.bytes[tile] = 64;
            shape.rows[tile] = SIDE as u8;
            tile += 1;
        }
        shape
    }

    /// Calls `work` with the unit set up on this thread.
    pub(super) fn with_tiles(work: impl FnOnce()) {
        static SHAPE: Shape = shape();
        // SAFETY: the caller has made sure that there is a unit and leave to use it; the shape is valid.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPE, options(nostack)) };
        work();
        // SAFETY: as above; nothing compiled uses tile registers.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }

    /// One block of 32 by 32 of the result, rows `stride` elements apart, from two tiles of each factor per depth. Only inside
    /// [`with_tiles`].
    pub(super) fn multiply(out: &mut [f32], stride: usize, add: bool, left: &[Tile], right: &[Tile]) {
        assert!(out.len() >= (BLOCK - 1) * stride + BLOCK && stride >= BLOCK, "the block lies in its slice");
        assert!(left.len() == right.len() && left.len().is_multiple_of(2), "factors are equally deep");
        if left.is_empty() {
            return;
        }
        let out = out.as_mut_ptr();
        // SAFETY: rows 0 to 31 of `stride` elements with 32 each lie in `out`, checked above; `left` and `right` hold
        // `blocks` times two tiles of 1,024 bytes; tile registers are set up by `with_tiles` and used by no one else.
        unsafe {
            let lower = out.add(SIDE * stride);
            if add {
                asm!(
                    "tileloadd tmm0, [{upper} + {stride}]",
                    "tileloadd tmm1, [{upper} + {stride} + 64]",
                    "tileloadd tmm2, [{lower} + {stride}]",
                    "tileloadd tmm3, [{lower} + {stride} + 64]",
                    upper = in(reg) out,
                    lower = in(reg) lower,
                    stride = in(reg) 4 * stride,
                    options(nostack, readonly)
                );
            } else {
                asm!(
                    "tilezero tmm0",
                    "tilezero tmm1",
                    "tilezero tmm2",
                    "tilezero tmm3",
                    options(nostack, nomem)
                );
            }
            asm!(
                "2:",
                "tileloadd tmm4, [{left} + {row}]",
                "tileloadd tmm6, [{right} + {row}]",
                "tileloadd tmm5, [{left} + {row} + 1024]",
                "tileloadd tmm7, [{right} + {row} + 1024]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {left}, 2048",
                "add {right}, 2048",
                "dec {blocks}",
                "jnz 2b",
                "tilestored [{upper} + {stride}], tmm0",
                "tilestored [{upper} + {stride} + 64], tmm1",
                "tilestored [{lower} + {stride}], tmm2",
                "tilestored [{lower} + {stride} + 64], tmm3",
                left = inout(reg) left.as_ptr() => _,
                right = inout(reg) right.as_ptr() => _,
                row = in(reg) 64usize,
                blocks = inout(reg) left.len() / 2 => _,
                upper = in(reg) out,
                lower = in(reg) lower,
                stride = in(reg) 4 * stride,
                options(nostack)
            );
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod unit {
    //! No unit here.

    use super::Tile;

    pub(super) fn request() -> bool {
        false
    }

    pub(super) fn with_tiles(work: impl FnOnce()) {
        work();
    }

    pub(super) fn multiply(_: &mut [f32], _: usize, _: bool, _: &[Tile], _: &[Tile]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: f32) -> Vec<f32> {
        (0..n).map(|i| ((i as f32 + seed) * 0.37).sin()).collect()
    }

    fn bf16(x: f32) -> f32 {
        f32::from_bits(rounded(x) & 0xFFFF_0000)
    }

    #[test]
    fn rounding_is_to_the_nearest_and_ties_go_to_even() {
        for (x, expected) in [
            (1.0, 1.0),
            (1.0 + 1.0 / 256.0, 1.0),
            (1.0 + 3.0 / 256.0, 1.0 + 4.0 / 256.0),
            (1.0 + 1.1 / 256.0, 1.0 + 2.0 / 256.0),
            (-1.0 - 1.1 / 256.0, -1.0 - 2.0 / 256.0),
        ] {
            assert!((bf16(x) - expected).abs() < 1e-9, "{x}: {}", bf16(x));
        }
        assert!(bf16(f32::NAN).is_nan() && bf16(f32::INFINITY).is_infinite());
    }

    #[test]
    fn products_of_all_layouts_and_edges_are_sums_of_rounded_factors() {
        if !available() {
            return;
        }
        for (m, n, k) in [(64, 32, 64), (1, 1, 1), (37, 50, 70), (33, 96, 31), (16, 48, 300)] {
            for (left_rows, right_rows) in [(true, true), (true, false), (false, true), (false, false)] {
                let (a, b) = (numbers(m * k, 1.0), numbers(n * k, 2.0));
                let left = if left_rows { View::rows(&a, m, k) } else { View::rows(&a, k, m).t() };
                let right = if right_rows { View::rows(&b, k, n) } else { View::rows(&b, n, k).t() };
                let at = |x: &[f32], r: usize, c: usize, rows: usize, columns: usize, by_rows: bool| {
                    bf16(if by_rows { x[r * columns + c] } else { x[c * rows + r] })
                };
                let stride = n + 3;
                for into in [Into::Replace, Into::Add] {
                    let mut out = vec![0.5f32; m * stride];
                    gemm(&mut Target::strided(&mut out, m, n, stride), into, left, right);
                    for r in 0..m {
                        for c in 0..stride {
                            let sum: f32 = (0..k)
                                .map(|i| at(&a, r, i, m, k, left_rows) * at(&b, i, c % n, k, n, right_rows))
                                .sum();
                            let before = if into == Into::Add || c >= n { 0.5 } else { 0.0 };
                            let expected = if c < n { before + sum } else { before };
                            let found = out[r * stride + c];
                            assert!(
                                (found - expected).abs() < 1e-4,
                                "{m} {n} {k} at {r} {c}: {found} {expected}"
                            );
                        }
                    }
                }
            }
        }
    }
}
