//! JSON that neither a build log nor a terminal can take for a command.
//!
//! Azure Pipelines, `TeamCity` and older GitHub runners obey `##vso[…`, `##teamcity[…` and `##[…` anywhere in a line
//! of a step's output, so a file name could command the build that prints a JSON report. In JSON, `##` stands in
//! strings only, where the second `#` may be written `\u0023`: the value stays what it is. The same for the
//! control, invisible and direction-changing characters that JSON itself lets through.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::redact::is_treacherous;

/// Writes `value` over several lines, indented by two spaces, without a line break at the end.
pub(super) fn write_pretty<T: Serialize>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    write(value, out, PrettyFormatter::new())
}

/// Writes `value` on one line, without a line break at the end.
pub(super) fn write_compact<T: Serialize>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    write(value, out, CompactFormatter)
}

fn write<T: Serialize, F: Formatter>(value: &T, out: &mut dyn io::Write, inner: F) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Neutral(inner));
    value.serialize(&mut serializer).map_err(io::Error::from)
}

struct Neutral<F>(F);

/// Passes a call on to the wrapped formatter.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*)),* $(,)?) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, out: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        }
    )*};
}

impl<F: Formatter> Formatter for Neutral<F> {
    pass_on! {
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(),
        begin_object(), end_object(), begin_object_key(first: bool), end_object_key(),
        begin_object_value(), end_object_value(),
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        let mut previous = ' ';
        for (at, c) in fragment.char_indices() {
            if (c == '#' && previous == '#') || c == '\x7f' || is_treacherous(c) {
                out.write_all(&fragment.as_bytes()[written..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
                written = at + c.len_utf8();
            }
            previous = c;
        }
        out.write_all(&fragment.as_bytes()[written..])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_stays_and_no_command_is_left() {
        for text in ["##vso[task]", "####[x", "###", "a##\n##[b", "#", "\u{9b}31m\u{202e}\x7f\u{e0041}"] {
            let mut out = Vec::new();
            write_pretty(&[text], &mut out).expect("writes to memory");
            let out = String::from_utf8(out).expect("UTF-8");
            assert!(!out.contains("##"), "{out}");
            assert!(!out.contains(|c| c == '\x7f' || is_treacherous(c)), "{out:?}");
            assert_eq!(serde_json::from_str::<Vec<String>>(&out).expect("JSON"), [text]);
        }
    }
}
