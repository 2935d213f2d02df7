//! The documented contract as a suite: every claim that it makes of a server, tried on any server at an address.
//!
//! The requests are written by hand and the answers are read as bytes: a generated client would hide half of the
//! faults. (The clients' scenario, in `xtask/src/clients`, asks the opposite question: whether a client that was
//! generated from the document gets along with a server that is known to be right.)
//!
//! Nothing is recorded unless [`Target::write`] says so.

mod answer;
mod claim;
mod claims;
mod contract;
mod listing;
mod outcome;
mod probe;
mod suite;

pub use claim::{Claim, Verdict};
pub use claims::REQUESTS;
pub use contract::{Contract, ContractError};
pub use outcome::{Judged, Outcome};
pub use suite::conform;

/// A server, and how far to go with it.
#[derive(Clone)]
pub struct Target {
    /// Where it is, such as `https://runledger.example.com`.
    pub url: String,
    /// An API key of it that may read; with [`Target::write`], one that may record as well. It is printed nowhere.
    pub key: String,
    /// The API key of another tenant, to see whether the two are kept apart. It is printed nowhere.
    pub other_key: Option<String>,
    /// Whether runs may be recorded. They stay there, in a workflow of their own.
    pub write: bool,
    /// How many pages of a list are read at most, from the first on; the last one is read besides. At least 2.
    pub most_pages: usize,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    /// The address is none that paths can be put behind.
    #[error("the URL must be an address such as https://runledger.example.com")]
    Url,
    /// A key has a character that no key has.
    #[error("the API key has a character that no key has")]
    Key,
    /// The two keys are the same one.
    #[error("the other key must be another tenant's, not the same key again")]
    SameKey,
    /// There is no HTTP client on this machine.
    #[error("no HTTP client can be made: {0}")]
    Tls(reqwest::Error),
    /// Nothing answers there.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
}

impl Target {
    /// How many pages are read unless somebody says otherwise.
    pub const MOST_PAGES: usize = 20;
}
