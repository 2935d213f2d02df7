//! Errors of usage, after which the process ends as after an argument that clap refuses.

/// The command line or the environment is invalid; the message says what to type.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Returns a [`UsageError`] with this message.
macro_rules! bail_usage {
    ($($argument:tt)*) => {
        return Err($crate::usage::UsageError(format!($($argument)*)).into())
    };
}

pub(crate) use bail_usage;
