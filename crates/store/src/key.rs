//! API keys as a store knows them: by the hash of their secret.

use std::fmt;

use rand::distr::{Alphanumeric, SampleString};
use runledger_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::TenantId;

/// The SHA-256 of a key's secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// The hash of a secret, which may be any bytes.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// A key to create.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// The hash of its secret.
    pub hash: KeyHash,
    /// The tenant whose runs it opens.
    pub tenant: TenantId,
    /// Whether it may read runs.
    pub read: bool,
    /// Whether it may record runs.
    pub write: bool,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The first characters of its secret, by which its owner recognizes it; too few to be of use
    /// to others.
    pub prefix: String,
    /// What it is for, in its owner's words.
    pub note: String,
}

impl NewApiKey {
    /// A key with this secret that may read and record the tenant's runs and does not expire.
    pub fn of(secret: &str, tenant: TenantId) -> Self {
        Self {
            hash: KeyHash::of(secret.as_bytes()),
            tenant,
            read: true,
            write: true,
            expires_at: None,
            prefix: key_prefix(secret),
            note: String::new(),
        }
    }
}

/// The greatest number of characters of a secret that is stored: `rl_` and five more.
const MAX_PREFIX_CHARACTERS: usize = 8;

/// The first characters of a secret: enough for its owner to recognize it, too few to be of use to
/// others.
pub fn key_prefix(secret: &str) -> String {
    let length = (secret.chars().count() / 4).min(MAX_PREFIX_CHARACTERS);
    secret.chars().take(length).collect()
}

/// A key as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The id by which it is revoked.
    pub id: i64,
    /// The name of the tenant whose runs it opens.
    pub tenant: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// Whether it may read runs.
    pub read: bool,
    /// Whether it may record runs.
    pub write: bool,
    /// When it was created; `None` for a key of the first schema, which did not store this.
    pub created_at: Option<Timestamp>,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about ten seconds; `None` for never.
    pub last_used_at: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// What it is for.
    pub note: String,
}

impl ListedKey {
    /// Whether the key works at this moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        is_valid_at(self.revoked, self.expires_at, now)
    }
}

/// A key as authentication needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The id by which it is revoked.
    pub id: i64,
    /// The tenant whose runs it opens.
    pub tenant: TenantId,
    /// Whether it may read runs.
    pub read: bool,
    /// Whether it may record runs.
    pub write: bool,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl ApiKey {
    /// Whether the key works at this moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        is_valid_at(self.revoked, self.expires_at, now)
    }
}

fn is_valid_at(revoked: bool, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    !revoked && expires_at.is_none_or(|end| now < end)
}

/// A new secret: `rl_` and 32 alphanumeric characters (190 bits) from a generator that the
/// operating system seeds.
pub fn new_secret() -> String {
    format!("rl_{}", Alphanumeric.sample_string(&mut rand::rng(), 32))
}
