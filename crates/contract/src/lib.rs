//! What an OpenAPI document means: what it says, what became of it, and how it reads in 3.0. Knows nothing of runs.

mod changelog;
mod diff;
mod document;
mod downlevel;
mod finding;
mod lint;
mod print;
mod report;
mod rule;

pub use changelog::{changelog, has_section, next_version, version_moved};
pub use diff::{DIFF_RULES, diff};
pub use document::{Document, METHODS, Operation, ReadError};
pub use downlevel::{DownlevelError, downlevel};
pub use finding::{Finding, Level, Party};
pub use lint::{LINT_RULES, lint};
pub use print::to_pretty;
pub use report::{Format, Report};
pub use rule::Rule;
pub use semver::Version;
