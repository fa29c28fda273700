//! What git tells its pre-push and pre-receive hooks on standard input.

use std::io::BufRead;

use super::history::Update;

/// Why the lines could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Standard input broke off.
    #[error("cannot read the references that are pushed: {0}")]
    Read(#[from] std::io::Error),
    /// A line is something else. What it says is not repeated: it may be anything.
    #[error(
        "line {line} is neither `<local ref> <local id> <remote ref> <remote id>` (a pre-push hook) nor `<old id> <new id> \
         <ref>` (a pre-receive hook); run this in a git hook, or pipe such lines in"
    )]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// Lines of both hooks, or of neither.
    #[error("there are lines of a pre-push and of a pre-receive hook; they cannot be mixed")]
    Mixed,
}

/// What is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The references that move.
    pub updates: Vec<Update>,
    /// True if the lines are those of a pre-receive hook: the push comes in here. `None` if there are none.
    pub incoming: Option<bool>,
}

/// Reads the lines. No line means that nothing is pushed.
pub fn read_push(input: impl BufRead) -> Result<Push, PushError> {
    let mut push = Push { updates: Vec::new(), incoming: None };
    for (line, text) in input.lines().enumerate() {
        let text = text?;
        let words: Vec<&str> = text.split(' ').collect();
        let (reference, old, new, incoming) = match words[..] {
            [_, new, reference, old] if is_id(new) && is_id(old) => (reference, old, new, false),
            [old, new, reference] if is_id(new) && is_id(old) => (reference, old, new, true),
            [""] => continue,
            _ => return Err(PushError::Line { line: line + 1 }),
        };
        if *push.incoming.get_or_insert(incoming) != incoming {
            return Err(PushError::Mixed);
        }
        let id = |id: &str| (!id.bytes().all(|byte| byte == b'0')).then(|| id.to_owned());
        push.updates.push(Update { reference: reference.to_owned(), old: id(old), new: id(new) });
    }
    Ok(push)
}

fn is_id(word: &str) -> bool {
    matches!(word.len(), 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_hooks_are_read() {
        let (one, two, none) = ("1".repeat(40), "2".repeat(40), "0".repeat(40));
        let read = |text: String| read_push(text.as_bytes());
        let update = |old: &str, new: &str| Update {
            reference: "refs/heads/x".to_owned(),
            old: Some(old.to_owned()).filter(|_| !old.is_empty()),
            new: Some(new.to_owned()).filter(|_| !new.is_empty()),
        };
        for (text, updates, incoming) in [
            (format!("refs/heads/x {two} refs/heads/x {one}\n"), vec![update(&one, &two)], Some(false)),
            (format!("HEAD~2 {two} refs/heads/x {none}\n"), vec![update("", &two)], Some(false)),
            (format!("(delete) {none} refs/heads/x {one}\n"), vec![update(&one, "")], Some(false)),
            (format!("{none} {two} refs/heads/x\n"), vec![update("", &two)], Some(true)),
            (String::new(), Vec::new(), None),
        ] {
            assert_eq!(read(text.clone()).expect(&text), Push { updates, incoming }, "{text}");
        }
        for text in ["hello", "a b c d", "refs/heads/x 12 refs/heads/x 34"] {
            assert!(matches!(read(text.to_owned()), Err(PushError::Line { line: 1 })), "{text}");
        }
        let mixed = format!("a {two} b {one}\n{one} {two} c\n");
        assert!(matches!(read(mixed), Err(PushError::Mixed)));
    }
}
