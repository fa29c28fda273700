//! What went wrong with a file, and what the user can do about it.

use std::io::{self, ErrorKind};

use crate::ledger::Failure;

/// A file or folder that could not be opened or read.
pub(super) fn of_io(path: String, error: &io::Error) -> Failure {
    let (cause, remedy) = match error.kind() {
        ErrorKind::NotFound => {
            ("it was gone when the scan came to it".to_owned(), "scan again while nothing changes the files")
        }
        ErrorKind::PermissionDenied => (
            "reading it is not permitted".to_owned(),
            "give the scanning user read permission, or exclude the path in the configuration",
        ),
        ErrorKind::IsADirectory | ErrorKind::NotADirectory => (
            format!("it changed its kind while the scan ran: {error}"),
            "scan again while nothing changes the files",
        ),
        _ => (
            format!("it could not be read: {error}"),
            "check the file system, or exclude the path in the configuration",
        ),
    };
    Failure { path, cause, remedy: remedy.to_owned() }
}

/// A path that the user named and that cannot be looked at.
pub(super) fn of_name(path: String, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure {
            path,
            cause: "there is no such file or folder".to_owned(),
            remedy: "check the spelling and the current folder".to_owned(),
        },
        _ => of_io(path, error),
    }
}

/// A file that was written to while it was read.
pub(super) fn of_change(path: String) -> Failure {
    Failure {
        path,
        cause: "it changed while it was read, so a part may not have been scanned".to_owned(),
        remedy: "scan again while nothing writes to it".to_owned(),
    }
}
