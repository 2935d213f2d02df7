//! The documented contract as claims that are tested on any server.
//!
//! Requests are written by hand and responses are read as bytes, because a generated client would
//! hide many faults. (The client scenarios in `tests/clients` test the opposite: generated clients
//! on a server that is known to be right.)
//!
//! Nothing is recorded unless [`Target::write`] is set.

mod announced;
mod claim;
mod claims;
mod contract;
mod event;
mod listing;
mod probe;
mod response;
mod results;
mod suite;

pub use claim::{Claim, Operation, Outcome};
pub use claims::REQUESTS;
pub use contract::{Contract, ContractError};
pub use results::{ClaimResult, Results};
pub use suite::conform;

/// The server to test and the extent of the test.
#[derive(Clone)]
pub struct Target {
    /// The URL of the server, such as `https://runledger.example.com`.
    pub url: String,
    /// An API key that may read and, with [`write`](Target::write), record. It is never printed.
    pub key: String,
    /// An API key of another tenant, to test that tenants are separate. It is never printed.
    pub other_key: Option<String>,
    /// Whether runs may be recorded. They stay on the server, in a workflow of their own.
    pub write: bool,
    /// The number of pages of the list that are read; the last page is read in addition. At least
    /// 2.
    pub max_pages: usize,
}

/// Why nothing could be tested.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    /// The URL is not an HTTP or HTTPS URL without user, query and fragment.
    #[error("the URL must be an address such as https://runledger.example.com")]
    Url,
    /// A key has a character that is not allowed in a header field.
    #[error("the API key has a character that is not allowed in a header field")]
    Key,
    /// Both keys are the same.
    #[error("the other key must be a key of another tenant, not the same key")]
    SameKey,
    /// No HTTP client could be created.
    #[error("no HTTP client can be created: {0}")]
    Client(reqwest::Error),
    /// The server does not respond.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
}

impl Target {
    /// The default of [`max_pages`](Target::max_pages).
    pub const DEFAULT_MAX_PAGES: usize = 20;
}
