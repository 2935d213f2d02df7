//! API keys as the store knows them: by their hash, never by their secret.

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

/// What a new key may do, for whom, and for how long. Made by [`NewApiKey::of`].
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// The hash of its secret.
    pub hash: KeyHash,
    /// Whose runs it opens.
    pub tenant: TenantId,
    /// Whether it may read runs.
    pub read: bool,
    /// Whether it may record runs.
    pub write: bool,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The first characters of its secret, by which its owner knows it again; too few to be of use to others.
    pub prefix: String,
    /// What it is for, in its maker's words.
    pub note: String,
}

impl NewApiKey {
    /// A key with this secret that may read and record for the tenant, for ever.
    pub fn of(secret: &str, tenant: TenantId) -> Self {
        let shown = (secret.chars().count() / 4).min(MOST_SHOWN);
        Self {
            hash: KeyHash::of(secret.as_bytes()),
            tenant,
            read: true,
            write: true,
            expires_at: None,
            prefix: secret.chars().take(shown).collect(),
            note: String::new(),
        }
    }
}

/// The most characters of a secret that are ever stored: `rl_` and five.
const MOST_SHOWN: usize = 8;

/// A key as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its number, by which it is revoked.
    pub id: i64,
    /// The name of the tenant whose runs it opens.
    pub tenant: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// Whether it may read runs.
    pub read: bool,
    /// Whether it may record runs.
    pub write: bool,
    /// When it was made; `None` where that was not noted yet.
    pub created_at: Option<Timestamp>,
    /// When it stops working; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it last opened something, to some ten seconds; `None` for never.
    pub last_used_at: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// What it is for.
    pub note: String,
}

impl ListedKey {
    /// Whether the key opens anything at this moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its number, by which it is revoked.
    pub id: i64,
    /// Whose runs it opens.
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
    /// Whether the key opens anything at this moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A new secret: `rl_` and 32 base62 characters, 190 bits from the operating system's seeded generator.
pub fn new_secret() -> String {
    format!("rl_{}", Alphanumeric.sample_string(&mut rand::rng(), 32))
}
