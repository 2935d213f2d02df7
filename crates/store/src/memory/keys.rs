//! The API keys of all tenants in memory.

use runledger_model::Timestamp;

use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, Result, StoreError, TenantId};

/// The keys in the order of their creation. The id of a key is its position, from 1.
#[derive(Default)]
pub struct Keys(Vec<Entry>);

struct Entry {
    key: NewApiKey,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    revoked: bool,
}

impl Keys {
    /// Adds a key and returns its id.
    ///
    /// # Errors
    /// [`StoreError::DuplicateKey`].
    pub fn create(&mut self, key: NewApiKey) -> Result<i64> {
        if self.0.iter().any(|entry| entry.key.hash == key.hash) {
            return Err(StoreError::DuplicateKey);
        }
        let created_at = Timestamp::now();
        self.0.push(Entry { key, created_at, last_used_at: None, revoked: false });
        Ok(self.0.len() as i64)
    }

    /// The key with this hash; if it is valid, this is noted as its last use.
    pub fn find(&mut self, hash: &KeyHash) -> Option<ApiKey> {
        let mut entries = (1..).zip(&mut self.0);
        let (id, entry) = entries.find(|(_, entry)| entry.key.hash == *hash)?;
        let NewApiKey { hash: _, tenant, read, write, expires_at, prefix: _, note: _ } = entry.key;
        let key = ApiKey { id, tenant, read, write, expires_at, revoked: entry.revoked };
        let now = Timestamp::now();
        if key.is_valid_at(now) {
            entry.last_used_at = Some(now);
        }
        Some(key)
    }

    /// All keys; `name` gives the name of a tenant.
    pub fn list(&self, name: impl Fn(TenantId) -> Option<String>) -> Vec<ListedKey> {
        let listed = |(id, entry): (i64, &Entry)| {
            let Entry { key, created_at, last_used_at, revoked } = entry;
            let NewApiKey { hash: _, tenant, read, write, expires_at, prefix, note } = key.clone();
            ListedKey {
                id,
                tenant: name(tenant).unwrap_or_default(),
                prefix,
                read,
                write,
                created_at: Some(*created_at),
                expires_at,
                last_used_at: *last_used_at,
                revoked: *revoked,
                note,
            }
        };
        (1..).zip(&self.0).map(listed).collect()
    }

    /// Revokes a key; returns `false` if no key has this id.
    pub fn revoke(&mut self, id: i64) -> bool {
        let entry = usize::try_from(id - 1).ok().and_then(|position| self.0.get_mut(position));
        entry.map(|entry| entry.revoked = true).is_some()
    }
}
