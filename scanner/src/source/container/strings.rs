//! The strings of a workbook (`xl/sharedStrings.xml`), which its sheets name by number.

use std::io::{self, Read};

use super::limit::{Budget, Held};
use super::xml::Text;

/// All strings of a workbook, in memory.
pub(super) struct Strings<'b> {
    text: Vec<u8>,
    /// Where each one ends.
    ends: Vec<u32>,
    _held: Held<'b>,
}

impl<'b> Strings<'b> {
    /// Reads them all.
    pub(super) fn read(input: &mut dyn Read, budget: &'b Budget) -> io::Result<Self> {
        let mut held = budget.hold(0)?;
        let (text, ends) = Text::strings(input, |bytes| held.grow(bytes))?;
        Ok(Self { text, ends, _held: held })
    }

    /// String `number`, from 0; nothing if there is none.
    pub(super) fn get(&self, number: usize) -> &[u8] {
        let Some(&end) = self.ends.get(number) else { return b"" };
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..end as usize]
    }
}
