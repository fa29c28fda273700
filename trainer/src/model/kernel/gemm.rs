//! Matrix products over views of slices. The only place that hands out raw pointers; every view is checked first.

use gemm::Parallelism;

/// A matrix in a slice: element (r, c) stands at `r * row + c * column`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row: usize,
    column: usize,
}

impl<'a> View<'a> {
    /// Rows one after the other.
    pub(crate) fn rows(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows that start `stride` elements apart.
    pub(crate) fn strided(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(fits(data.len(), rows, columns, stride), "a view lies within its slice");
        Self { data, rows, columns, row: stride, column: 1 }
    }

    /// Its first rows.
    pub(crate) fn top(self, rows: usize) -> Self {
        assert!(rows <= self.rows, "a part is no larger than the whole");
        Self { rows, ..self }
    }

    /// Rows and columns.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Whether the elements of a row are neighbours.
    pub(crate) fn is_rows(&self) -> bool {
        self.column == 1
    }

    /// The elements from (r, c) on, of a view whose rows' elements are neighbours.
    pub(crate) fn part(&self, r: usize, c: usize) -> &'a [f32] {
        &self.data[r * self.row + c * self.column..]
    }

    /// Transposed.
    pub(crate) fn t(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }
}

fn fits(length: usize, rows: usize, columns: usize, stride: usize) -> bool {
    stride >= columns && (rows == 0 || columns == 0 || (rows - 1) * stride + columns <= length)
}

/// A matrix to write, rows `stride` apart.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> Target<'a> {
    /// Rows one after the other.
    pub(crate) fn rows(data: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows that start `stride` elements apart.
    pub(crate) fn strided(data: &'a mut [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(fits(data.len(), rows, columns, stride), "a target lies within its slice");
        Self { data, rows, columns, stride }
    }
}

impl Target<'_> {
    /// Rows, columns, and elements from row to row.
    pub(crate) fn shape(&self) -> (usize, usize, usize) {
        (self.rows, self.columns, self.stride)
    }

    /// The whole slice.
    pub(crate) fn elements(&mut self) -> &mut [f32] {
        self.data
    }
}

/// How exactly products are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// In F32.
    #[default]
    F32,
    /// Factors rounded to bfloat16, summed in F32, on the tile unit of the processor: large products only.
    Bf16,
}

/// `out = a · b`, or `out += a · b`, in the given precision.
pub(crate) fn product(precision: Precision, out: &mut Target<'_>, into: Into, a: View<'_>, b: View<'_>) {
    match precision {
        Precision::F32 => gemm(out, into, 1.0, a, b),
        Precision::Bf16 => super::amx::gemm(out, into, a, b),
    }
}

/// What becomes of the target's old content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// Replaced; it need not be initialised to anything.
    Replace,
    /// Added to.
    Add,
}

/// `out = scale · a · b`, or `out += scale · a · b`, on the current rayon pool's threads.
pub(crate) fn gemm(out: &mut Target<'_>, into: Into, scale: f32, a: View<'_>, b: View<'_>) {
    assert!(
        a.columns == b.rows && out.rows == a.rows && out.columns == b.columns,
        "shapes of a product agree: {}x{} = {}x{} · {}x{}",
        out.rows,
        out.columns,
        a.rows,
        a.columns,
        b.rows,
        b.columns
    );
    let parallelism = match rayon::current_num_threads() {
        1 => Parallelism::None,
        threads if a.rows * a.columns * b.columns > 1 << 18 => Parallelism::Rayon(threads),
        _ => Parallelism::None,
    };
    #[expect(unsafe_code, reason = "gemm takes pointers; every view was checked against its slice")]
    // SAFETY: constructors have checked that the last element of each view lies in its slice; `out` is borrowed mutably,
    // so it overlaps neither `a` nor `b`.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.data.as_mut_ptr(),
            1,
            out.stride as isize,
            into == Into::Add,
            a.data.as_ptr(),
            a.column as isize,
            a.row as isize,
            b.data.as_ptr(),
            b.column as isize,
            b.row as isize,
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: f32) -> Vec<f32> {
        (0..n).map(|i| ((i as f32 + seed) * 0.37).sin()).collect()
    }

    #[test]
    fn products_of_strided_and_transposed_views_are_exact_sums() {
        let (m, n, k, stride) = (7, 5, 9, 12);
        let (a, b) = (numbers(m * stride, 1.0), numbers(n * stride, 2.0));
        let mut out = vec![1f32; m * stride];
        let (left, right) = (View::strided(&a, m, k, stride), View::strided(&b, n, k, stride));
        gemm(&mut Target::strided(&mut out, m, n, stride), Into::Add, 0.5, left, right.t());
        for r in 0..m {
            for c in 0..stride {
                let sum: f32 = (0..k).map(|i| a[r * stride + i] * b[(c % n) * stride + i]).sum();
                let expected = if c < n { 1.0 + 0.5 * sum } else { 1.0 };
                assert!((out[r * stride + c] - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    #[should_panic(expected = "within its slice")]
    fn a_view_beyond_its_slice_is_refused() {
        View::rows(&[0.0; 5], 2, 3);
    }
}
