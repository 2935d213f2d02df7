//! The claims, a file per part of the contract: each a constant that says it, above the function that tries it.

pub mod answers;
pub mod bounds;
pub mod errors;
pub mod filters;
pub mod isolation;
pub mod pages;
pub mod recording;
pub mod refusals;
pub mod requests;
pub mod runs;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
pub use requests::REQUESTS;

/// What stands in a path or a query as it is; everything else is percent-encoded.
const BARE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as it stands in a query or as one segment of a path.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, BARE).to_string()
}

/// The path of a run.
fn path_of(id: &str) -> String {
    format!("/v1/executions/{}", encoded(id))
}
