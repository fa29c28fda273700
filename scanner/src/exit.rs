//! The program's exit codes, part of its contract.

use std::process::ExitCode;

/// What the process says to its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything was scanned, nothing at or above `--fail-on`.
    Clean,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 2: wrong usage or configuration; nothing was scanned.
    Usage,
    /// 3: something could not be scanned. Findings may exist too, and are reported.
    Incomplete,
}

impl Exit {
    /// The code of a finished scan. `exit_zero` silences findings only: an incomplete scan is never a success.
    pub fn of_scan(complete: bool, failing: bool, exit_zero: bool) -> Self {
        match (complete, failing && !exit_zero) {
            (false, _) => Self::Incomplete,
            (true, true) => Self::Findings,
            (true, false) => Self::Clean,
        }
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn incomplete_outweighs_findings_and_exit_zero() {
        let table = [
            (true, false, false, 0),
            (true, true, false, 1),
            (true, true, true, 0),
            (false, false, false, 3),
            (false, true, false, 3),
            (false, true, true, 3),
        ];
        for (complete, failing, exit_zero, code) in table {
            assert_eq!(Exit::of_scan(complete, failing, exit_zero).code(), code);
        }
    }
}
