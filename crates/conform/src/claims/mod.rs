//! The claims, a file for each part of the contract. Each is a constant above the function that
//! tests it.

pub mod bounds;
pub mod changes;
pub mod cursors;
pub mod engines;
pub mod errors;
pub mod filters;
pub mod histogram;
pub mod isolation;
pub mod lost;
pub mod metadata;
pub mod pages;
pub mod ranges;
pub mod recording;
pub mod refusals;
pub mod requests;
pub mod responses;
pub mod runs;
pub mod sizes;
pub mod tags;
pub mod updates;
pub mod workflows;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
pub use requests::REQUESTS;

/// The unreserved characters of RFC 3986. All others are percent-encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text percent-encoded for a query or for one segment of a path.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

/// The path of a run.
fn path_of(id: &str) -> String {
    format!("/v1/executions/{}", encoded(id))
}
