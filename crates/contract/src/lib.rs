//! The meaning of OpenAPI documents: faults (`lint`), differences between two versions (`diff`),
//! and the 3.0 form of a 3.1 document (`downlevel`).

mod changelog;
mod diff;
mod document;
mod downlevel;
mod finding;
pub mod grammar;
mod json;
mod lint;
mod nullability;
mod print;
mod report;
mod rule;

pub use changelog::{changelog, check_version, has_section, next_version};
pub use diff::{DIFF_RULES, diff};
pub use document::{Document, Operation, ReadError};
pub use downlevel::{DownlevelError, downlevel};
pub use finding::{Finding, Level, Party};
pub use lint::{LINT_RULES, lint};
pub use print::to_pretty;
pub use report::{Format, Report};
pub use rule::Rule;
pub use semver::Version;
