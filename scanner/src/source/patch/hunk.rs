//! Hunks: which lines of them are the new side's, and which of those are added.

use std::ops::RangeInclusive;

/// A hunk as far as it was read.
#[derive(Debug)]
pub(super) struct Hunk {
    /// Number of the line of the diff that it begins on.
    pub(super) line: u64,
    /// Bytes of the diff before it.
    pub(super) offset: u64,
    /// Line of the new file that it begins with, from 1.
    pub(super) start: u64,
    /// The new side's lines.
    pub(super) text: Vec<u8>,
    /// Lines of the new file that are added.
    pub(super) added: Vec<RangeInclusive<u64>>,
    /// Lines that are still to come: of each old side, and of the new one.
    left: (Vec<u64>, u64),
    next: u64,
}

/// A line that does not belong into a hunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced;

impl Hunk {
    /// Reads `@@ -1,2 +3,4 @@ …`, or the `@@@ -1,2 -5,6 +3,4 @@@ …` of a merge; `None` if it makes no sense.
    pub(super) fn parse(header: &[u8], line: u64, offset: u64) -> Option<Self> {
        let signs = header.iter().take_while(|&&byte| byte == b'@').count();
        let text = std::str::from_utf8(header.get(signs..)?.split(|&byte| byte == b'@').next()?).ok()?;
        let mut old = Vec::new();
        let mut new = None;
        for part in text.split_ascii_whitespace() {
            match part.split_at_checked(1)? {
                ("-", range) if new.is_none() => old.push(numbers(range)?.1),
                ("+", range) if new.is_none() => new = Some(numbers(range)?),
                _ => return None,
            }
        }
        let (start, count) = new?;
        // A merge of many parents has a sign more for each.
        (signs >= 2 && old.len() == signs - 1 && header[signs..].starts_with(b" -")).then(|| Self {
            line,
            offset,
            start: start.max(1),
            text: Vec::new(),
            added: Vec::new(),
            left: (old, count),
            next: start.max(1),
        })
    }

    /// True if all its lines were read.
    pub(super) fn is_complete(&self) -> bool {
        self.left.1 == 0 && self.left.0.iter().all(|&left| left == 0)
    }

    /// Takes the next line, with its line break.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), Misplaced> {
        if line.starts_with(b"\\") {
            self.without_line_break();
            return Ok(());
        }
        // Mail programs cut off blanks at the ends of lines: an empty line is one of context.
        let signs = match line {
            b"\n" | b"\r\n" => &b""[..],
            line => line.get(..self.left.0.len()).ok_or(Misplaced)?,
        };
        if signs.iter().any(|sign| !b" +-".contains(sign)) {
            return Err(Misplaced);
        }
        let gone = signs.contains(&b'-');
        for (at, left) in self.left.0.iter_mut().enumerate() {
            let sign = signs.get(at).copied().unwrap_or(b' ');
            if sign == b'-' || sign == b' ' && !gone {
                *left = left.checked_sub(1).ok_or(Misplaced)?;
            }
        }
        if gone {
            return Ok(());
        }
        self.left.1 = self.left.1.checked_sub(1).ok_or(Misplaced)?;
        self.text.extend_from_slice(&line[signs.len()..]);
        if signs.contains(&b'+') {
            match self.added.last_mut() {
                Some(last) if *last.end() + 1 == self.next => *last = *last.start()..=self.next,
                _ => self.added.push(self.next..=self.next),
            }
        }
        self.next += 1;
        Ok(())
    }

    /// `\ No newline at end of file`, about the line before.
    pub(super) fn without_line_break(&mut self) {
        if self.text.last() == Some(&b'\n') && self.left.1 == 0 {
            self.text.pop();
        }
    }
}

/// `12,3`, or `12` for one line.
fn numbers(range: &str) -> Option<(u64, u64)> {
    let (start, count) = range.split_once(',').unwrap_or((range, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, lines: &str) -> Result<(String, Vec<RangeInclusive<u64>>, bool), Misplaced> {
        let mut hunk = Hunk::parse(header.as_bytes(), 1, 0).expect("a header");
        for line in lines.split_inclusive('\n') {
            hunk.take(line.as_bytes())?;
        }
        let complete = hunk.is_complete();
        Ok((String::from_utf8(hunk.text).expect("UTF-8"), hunk.added, complete))
    }

    #[test]
    fn the_new_side_and_its_added_lines() {
        for (header, lines, text, added) in [
            ("@@ -1,3 +1,3 @@ fn x()", " a\n-b\n+B\n c\n", "a\nB\nc\n", vec![2..=2]),
            ("@@ -0,0 +1,2 @@", "+a\n+b\n\\ No newline at end of file\n", "a\nb", vec![1..=2]),
            ("@@ -5 +7 @@", "-x\n\\ No newline at end of file\n+y\n", "y\n", vec![7..=7]),
            ("@@ -1,2 +1,2 @@", "\n-b\n+c\n", "\nc\n", vec![2..=2]),
            ("@@@ -1,2 -1,3 +1,3 @@@", "  a\n- b\n -c\n++d\n+ e\n", "a\nd\ne\n", vec![2..=3]),
        ] {
            // In the merge, `e` is a line of the second parent.
            let (found, lines_added, complete) = read(header, lines).expect("lines of a hunk");
            assert_eq!((found.as_str(), lines_added), (text, added), "{header}");
            assert!(complete, "{header}");
        }
    }

    #[test]
    fn headers_and_lines_that_make_no_sense_are_refused() {
        for header in
            ["@@", "@@ @@", "@@ -1 @@", "@@ +1 -1 @@", "@@ -1,x +1 @@", "@@@ -1 +1 @@@", "@@ -1 -2 +1 @@"]
        {
            assert!(Hunk::parse(header.as_bytes(), 1, 0).is_none(), "{header}");
        }
        for lines in ["*a\n", "diff --git a/x b/x\n", " a\n b\n", "-a\n-b\n"] {
            assert_eq!(read("@@ -1 +1 @@", lines), Err(Misplaced), "{lines:?}");
        }
    }
}
