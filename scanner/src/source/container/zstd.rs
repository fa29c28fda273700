//! Zstandard (RFC 8878): frames one after the other, with frames to skip between them.

use std::io::{self, Cursor, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::limit::{Budget, Held};
use super::problem::Problem;
use super::random::{fill, skip};

/// Longest header of a frame that says how large its window is.
const HEADER: usize = 18;
/// Memory that the decoder takes for any frame; the window of the first frame may be larger.
const LEAST_WINDOW: u64 = 8 * 1024 * 1024;

/// Unpacks all frames of `input`.
pub(super) fn unpack<'a>(
    mut input: Box<dyn Read + 'a>,
    budget: &'a Budget,
) -> io::Result<(Box<dyn Read + 'a>, Held<'a>)> {
    let mut head = [0; HEADER];
    let count = fill(&mut input, &mut head)?;
    let window = window(&head[..count]).max(LEAST_WINDOW);
    let held = budget.hold(window)?;
    let source: Source<'a> = Cursor::new(head).take(count as u64).chain(input);
    Ok((Box::new(Frames { state: State::Between(source), window }), held))
}

type Source<'a> = io::Chain<io::Take<Cursor<[u8; HEADER]>>, Box<dyn Read + 'a>>;
type Frame<'a> = StreamingDecoder<io::Chain<Cursor<[u8; 4]>, Source<'a>>, FrameDecoder>;

enum State<'a> {
    Between(Source<'a>),
    Inside(Box<Frame<'a>>),
    Ended,
}

struct Frames<'a> {
    state: State<'a>,
    window: u64,
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(source) => self.state = self.next(source)?,
                State::Inside(mut frame) => {
                    let count = frame.read(buffer)?;
                    if count > 0 {
                        self.state = State::Inside(frame);
                        return Ok(count);
                    }
                    self.state = State::Between(frame.into_inner().into_inner().1);
                }
            }
        }
    }
}

impl<'a> Frames<'a> {
    /// Begins the next frame, or ends.
    fn next(&self, mut source: Source<'a>) -> io::Result<State<'a>> {
        let mut magic = [0; 4];
        match fill(&mut source, &mut magic)? {
            0 => return Ok(State::Ended),
            4 => {}
            _ => return Err(Problem::Damaged("something follows the last frame").into()),
        }
        if (0x184d_2a50..=0x184d_2a5f).contains(&u32::from_le_bytes(magic)) {
            let mut length = [0; 4];
            source.read_exact(&mut length)?;
            skip(&mut source, u32::from_le_bytes(length).into())?;
            return Ok(State::Between(source));
        }
        let frame = StreamingDecoder::new_with_max_window_size(Cursor::new(magic).chain(source), self.window)
            .map_err(|error| match error {
                FrameDecoderError::WindowSizeTooBig { .. } => Problem::Memory.into(),
                error => io::Error::other(error),
            })?;
        Ok(State::Inside(Box::new(frame)))
    }
}

/// The window of the first frame; 0 if there is none.
fn window(head: &[u8]) -> u64 {
    let Some(&[_, _, _, _, descriptor, next]) = head.first_chunk() else { return 0 };
    if descriptor & 0x20 == 0 {
        let base = 1_u64 << (10 + (next >> 3));
        return base + base / 8 * u64::from(next & 7);
    }
    // A single segment: the window is the content, whose size follows the dictionary's id.
    let from = 5 + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let width = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let mut size = [0; 8];
    if let Some(bytes) = head.get(from..from + width) {
        size[..width].copy_from_slice(bytes);
    }
    u64::from_le_bytes(size)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_window_of_a_frame_is_read() {
        let magic = [0x28, 0xb5, 0x2f, 0xfd];
        for (rest, expected) in [
            (&[0x00, 0x58][..], 2 << 20),
            (&[0x00, 0x59], (2 << 20) + (2 << 17)),
            (&[0x20, 200], 200),
            (&[0xa0, 0, 0, 0, 1], 1 << 24),
            (&[], 0),
        ] {
            assert_eq!(window(&[&magic[..], rest].concat()), expected, "{rest:?}");
        }
    }
}
