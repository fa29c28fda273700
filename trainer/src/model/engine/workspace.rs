//! Memory that is used again from batch to batch: fresh pages cost as much as the arithmetic on them.

/// Free buffers.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    free: Vec<Vec<f32>>,
}

impl Workspace {
    /// A buffer of `length` elements with any content: whoever takes it writes all of it.
    pub(super) fn take(&mut self, length: usize) -> Vec<f32> {
        // The smallest that is large enough, else the largest: sizes settle after a few batches.
        let fits = |buffer: &Vec<f32>| (buffer.capacity() < length, buffer.capacity().abs_diff(length));
        let best = (0..self.free.len()).min_by_key(|&n| fits(&self.free[n]));
        let mut buffer = best.map(|n| self.free.swap_remove(n)).unwrap_or_default();
        if buffer.capacity() < length {
            buffer = Vec::with_capacity(length + length / 4);
        }
        buffer.resize(length, 0.0);
        buffer
    }

    /// The same, zeroed.
    pub(super) fn zeros(&mut self, length: usize) -> Vec<f32> {
        let mut buffer = self.take(length);
        buffer.fill(0.0);
        buffer
    }

    /// Takes buffers back.
    pub(super) fn give<const N: usize>(&mut self, buffers: [Vec<f32>; N]) {
        self.free.extend(buffers);
    }
}
