//! Messages to the user on standard error.

/// Writes a line to standard error, like `eprintln!`, but ignores a failure: a command must not
/// end because its messages cannot be written, such as to a full disk.
macro_rules! message {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($argument)*);
    }};
}

pub(crate) use message;
