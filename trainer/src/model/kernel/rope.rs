//! Rotary positions (Su et al. 2021), interleaved: elements 2i and 2i + 1 of a head are turned by position · θ^(-2i/width).
//!
//! llama.cpp's `llama` architecture turns the same pairs, so exported weights need no permutation.

/// Cosines and sines of all positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    /// Half the width of a head.
    half: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

/// Which way to turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Forward pass.
    With,
    /// Backward pass: the rotation is orthogonal, its transpose turns back.
    Against,
}

impl Rope {
    /// For heads of `width` elements (even) and positions below `positions`.
    pub fn new(width: usize, positions: usize, theta: f64) -> Self {
        let half = width / 2;
        let angles = (0..positions * half).map(|n| {
            let (position, pair) = (n / half, n % half);
            position as f64 * theta.powf(-2.0 * pair as f64 / width as f64)
        });
        let (cos, sin) = angles.map(|angle| (angle.cos() as f32, angle.sin() as f32)).unzip();
        Self { half, cos, sin }
    }

    /// Positions that the tables hold.
    pub fn positions(&self) -> usize {
        self.cos.len() / self.half.max(1)
    }

    /// Cosines, then sines, `[positions, width / 2]`, row by row.
    pub fn tables(&self) -> (&[f32], &[f32]) {
        (&self.cos, &self.sin)
    }

    /// Turns one head's elements at one position.
    #[inline(always)]
    pub(crate) fn turn(&self, from: &[f32], to: &mut [f32], position: usize, turn: Turn) {
        let at = position * self.half..(position + 1) * self.half;
        let (cos, sin) = (&self.cos[at.clone()], &self.sin[at]);
        let (from, to) = (from.as_chunks::<2>().0, to.as_chunks_mut::<2>().0);
        let sign = if turn == Turn::With { 1.0 } else { -1.0 };
        for (((from, to), c), s) in from.iter().zip(to).zip(cos).zip(sin) {
            let s = s * sign;
            *to = [from[0] * c - from[1] * s, from[0] * s + from[1] * c];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_zero_stays_and_turning_back_restores() {
        let rope = Rope::new(8, 16, 10_000.0);
        let x: Vec<f32> = (0..8u8).map(|n| f32::from(n) - 3.5).collect();
        let mut y = vec![0.0; 8];
        rope.turn(&x, &mut y, 0, Turn::With);
        assert_eq!(x, y);
        rope.turn(&x, &mut y, 3, Turn::With);
        let expected = x[0] * 3f32.cos() - x[1] * 3f32.sin();
        assert!((y[0] - expected).abs() < 1e-6, "the first pair turns by one radian a position");
        let mut back = vec![0.0; 8];
        rope.turn(&y, &mut back, 3, Turn::Against);
        assert!(x.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
