//! A unified diff as a stream: `git diff | secretscan diff -`.
//!
//! The added lines count, judged in what the diff shows around them; more context (`git diff -U20`) lets the judge see
//! more. Each file of the diff is a blob with a segment a hunk, on the lines of the new file. Merges (`diff --cc`) count
//! with every line that is new to one of the parents. Text between the files (commit messages, mail headers) is passed
//! over. Byte offsets are those of the hunk in the diff, and lines have no hash of their surroundings.
//!
//! Counted, not scanned: files that the diff only says are binary, and submodules. A hunk that is cut off or does not
//! keep to its counts is a failure that names the line; what was read of it is scanned. One file's part of the diff is
//! held in memory.

mod hunk;
mod name;

use std::io::BufRead;
use std::mem;
use std::sync::Arc;

use super::segment::Segmenter;
use super::{BlobInfo, BlobSink, Content, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};
use crate::location::Base;
use hunk::Hunk;

/// What a diff on standard input is called.
const NAME: &str = "<stdin>";
/// Mistakes that are listed one by one.
const LISTED: usize = 20;

/// How a diff is scanned.
#[derive(Clone, Default)]
pub struct PatchOptions {
    /// The configuration's path allow-list, asked with the paths of the new side.
    pub excludes: Option<Excludes>,
}

/// Scans the added lines of the diff `input`.
pub fn scan_patch(mut input: impl BufRead, options: &PatchOptions, sink: &impl Sink) {
    let mut parser = Parser {
        sink: sink.worker(),
        options,
        line: 0,
        offset: 0,
        file: File::default(),
        hunk: None,
        ended: false,
        mistakes: 0,
        found: false,
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => parser.take(&line),
            Err(error) => {
                parser.failed(format!("the input ended with an error: {error}"));
                break;
            }
        }
    }
    parser.finish();
}

/// The file at hand.
#[derive(Default)]
struct File {
    /// The two names of `diff --git`.
    header: Option<(Vec<u8>, Vec<u8>)>,
    old: Vec<u8>,
    /// The new side's name; none for a deleted file, and before it was read.
    path: Option<String>,
    /// It was told where the new side is.
    named: bool,
    hunks: Vec<Hunk>,
    submodule: bool,
}

struct Parser<'a, S> {
    sink: S,
    options: &'a PatchOptions,
    /// Number of the line at hand, from 1.
    line: u64,
    /// Bytes before it.
    offset: u64,
    file: File,
    hunk: Option<Hunk>,
    /// The line before was the last of a hunk, or followed it.
    ended: bool,
    mistakes: usize,
    /// Anything that a diff is made of was found.
    found: bool,
}

impl<S: BlobSink> Parser<'_, S> {
    /// Takes the next line, with its line break.
    fn take(&mut self, line: &[u8]) {
        self.line += 1;
        if let Some(mut hunk) = self.hunk.take() {
            match hunk.take(line) {
                Ok(()) if hunk.is_complete() => {
                    self.file.hunks.push(hunk);
                    self.ended = true;
                }
                Ok(()) => self.hunk = Some(hunk),
                Err(hunk::Misplaced) => {
                    self.broken(hunk, "does not belong into the hunk");
                    self.outside(line);
                }
            }
        } else {
            self.outside(line);
        }
        self.offset += line.len() as u64;
    }

    /// A line that no hunk holds.
    fn outside(&mut self, line: &[u8]) {
        let ended = mem::take(&mut self.ended);
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if let Some(names) = text.strip_prefix(b"diff --git ") {
            self.next_file();
            self.file.header = name::of_header(names);
        } else if let Some(path) =
            text.strip_prefix(b"diff --cc ").or_else(|| text.strip_prefix(b"diff --combined "))
        {
            self.next_file();
            let path = name::unquote(path);
            self.file.header = Some((path.clone(), path));
        } else if let Some(old) = text.strip_prefix(b"--- ") {
            if !self.file.hunks.is_empty() {
                self.next_file();
            }
            self.file.old = name::unquote(old);
        } else if let Some(new) = text.strip_prefix(b"+++ ").filter(|_| !self.file.old.is_empty()) {
            self.named(&name::unquote(new));
        } else if text.starts_with(b"@@ -") || text.starts_with(b"@@@") {
            self.begin_hunk(text);
        } else if text.starts_with(b"Binary files ") && text.ends_with(b" differ")
            || text == b"GIT binary patch"
        {
            self.binary(text);
        } else if is_submodule(text) {
            self.file.submodule = true;
        } else if ended && text.starts_with(b"\\") {
            if let Some(last) = self.file.hunks.last_mut() {
                last.without_line_break();
            }
            self.ended = true;
        } else if ended && (text.starts_with(b"+") || text.starts_with(b" ")) {
            self.mistake(format!(
                "line {} stands after a hunk's last line, but looks like part of it",
                self.line
            ));
        }
    }

    fn named(&mut self, new: &[u8]) {
        self.found = true;
        self.file.named = true;
        let plain = self.file.header.as_ref().is_some_and(|(old, new)| old == new);
        let combined = plain && new.strip_prefix(b"b/").is_some() && self.file.old.starts_with(b"a/");
        let path = name::without_prefix(&self.file.old, new, plain && !combined);
        self.file.path = (new != b"/dev/null").then(|| String::from_utf8_lossy(path).into_owned());
    }

    fn begin_hunk(&mut self, header: &[u8]) {
        self.found = true;
        let problem = if self.file.named {
            match Hunk::parse(header, self.line, self.offset) {
                Some(hunk) if hunk.is_complete() => return,
                Some(hunk) => {
                    self.hunk = Some(hunk);
                    return;
                }
                None => "is no hunk header: its ranges make no sense",
            }
        } else {
            "begins a hunk, but no `---` and `+++` before it name a file"
        };
        self.mistake(format!("line {} {problem}", self.line));
    }

    /// A file whose bytes the diff does not show.
    fn binary(&mut self, text: &[u8]) {
        self.found = true;
        let told = text.strip_prefix(b"Binary files ").and_then(|names| names.strip_suffix(b" differ"));
        let told = told.and_then(|names| {
            let at = memchr::memmem::find(names, b" and ")?;
            Some((name::unquote(&names[..at]), name::unquote(&names[at + 5..])))
        });
        let Some((old, new)) = told.or_else(|| self.file.header.clone()) else {
            return self.sink.skipped(NAME.to_owned(), SkipReason::BinaryDiff);
        };
        if new != b"/dev/null" {
            let path = name::without_prefix(&old, &new, false);
            self.sink.skipped(String::from_utf8_lossy(path).into_owned(), SkipReason::BinaryDiff);
        }
    }

    /// Hands the file at hand on, and begins another one.
    fn next_file(&mut self) {
        let File { path, hunks, submodule, .. } = mem::take(&mut self.file);
        self.found = true;
        let Some(path) = path else { return };
        if self.options.excludes.as_ref().is_some_and(|excluded| excluded(&path)) {
            self.sink.skipped(path, SkipReason::ConfiguredPath);
            return;
        }
        if submodule {
            self.sink.notice(format!("{path}: the submodule moves; scan it in its own repository"));
            self.sink.skipped(path, SkipReason::Submodule);
            return;
        }
        let mut added: Vec<_> = hunks.iter().flat_map(|hunk| hunk.added.iter().cloned()).collect();
        if added.is_empty() {
            return;
        }
        added.sort_by_key(|lines| (*lines.start(), *lines.end()));
        let origin = Arc::new(Origin { path, ..Origin::default() });
        self.sink.begin(BlobInfo { origin, scope: Scope::Lines(added) });
        let mut bytes = 0;
        let mut buffer = Vec::new();
        for Hunk { start, offset, text, .. } in hunks {
            bytes += text.len() as u64;
            let base = Base { offset, lines: start - 1, ..Base::default() };
            let mut segmenter = Segmenter::new(buffer, base, Content::Text);
            segmenter.push(&mut self.sink, |all| all.extend_from_slice(&text));
            buffer = segmenter.finish(&mut self.sink);
        }
        self.sink.end(bytes, None);
    }

    fn finish(mut self) {
        if let Some(hunk) = self.hunk.take() {
            self.line += 1;
            self.broken(hunk, "should go on with a hunk, but the diff ends");
        }
        let found = self.found;
        self.next_file();
        if !found && self.line > 0 {
            self.failed("there is no diff in it".to_owned());
        } else if self.line == 0 {
            self.sink.notice("the diff is empty".to_owned());
        }
        if self.mistakes > LISTED {
            self.failed(format!("{} more lines make no sense", self.mistakes - LISTED));
        }
    }

    /// Keeps what was read of a hunk, and says that it is not all.
    fn broken(&mut self, hunk: Hunk, problem: &str) {
        let path = self.file.path.clone().unwrap_or_default();
        let begun = hunk.line;
        self.file.hunks.push(hunk);
        self.mistake(format!("line {} {problem} of {path} that begins on line {begun}", self.line));
    }

    fn mistake(&mut self, cause: String) {
        self.mistakes += 1;
        if self.mistakes <= LISTED {
            self.failed(cause);
        }
    }

    fn failed(&mut self, cause: String) {
        let remedy =
            "pipe the diff in as git writes it (`git diff`, `git show`, `git format-patch --stdout`)";
        self.sink.failed(Failure { path: NAME.to_owned(), cause, remedy: remedy.to_owned() });
    }
}

/// True of the header lines that tell that a path is another repository's commit.
fn is_submodule(text: &[u8]) -> bool {
    text == b"new file mode 160000"
        || text == b"new mode 160000"
        || text.starts_with(b"index ") && text.ends_with(b" 160000")
}
