//! API keys: stored in the file, all of them held in memory, so that checking one reads no database.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use runledger_model::Timestamp;
use rusqlite::{Connection, params};

use super::Result;
use crate::{ApiKey, KeyHash, NewApiKey, TenantId};

/// Every key of the file, by its hash.
pub struct Keys(RwLock<HashMap<KeyHash, ApiKey>>);

impl Keys {
    /// Reads all keys.
    pub fn load(connection: &Connection) -> Result<Self> {
        let mut statement = connection.prepare(
            "SELECT hash, id, tenant, can_read, can_write, expires_at, revoked FROM api_key",
        )?;
        let keys = statement.query_map([], |row| {
            let key = ApiKey {
                id: row.get(1)?,
                tenant: TenantId(row.get(2)?),
                read: row.get(3)?,
                write: row.get(4)?,
                expires_at: row.get::<_, Option<i64>>(5)?.and_then(Timestamp::from_millis),
                revoked: row.get(6)?,
            };
            Ok((KeyHash(row.get(0)?), key))
        })?;
        Ok(Self(RwLock::new(keys.collect::<rusqlite::Result<_>>()?)))
    }

    /// The key with this hash.
    pub fn get(&self, hash: &KeyHash) -> Option<ApiKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Adds a key that is on disk.
    pub fn insert(&self, hash: KeyHash, key: ApiKey) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(hash, key);
    }

    /// Marks a key as revoked, which on disk it is.
    pub fn revoke(&self, id: i64) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.values_mut().find(|key| key.id == id) {
            key.revoked = true;
        }
    }
}

/// Writes a new key; `None` where there is one with this secret already.
pub fn create(connection: &Connection, new: &NewApiKey) -> Result<Option<(KeyHash, ApiKey)>> {
    let written = connection.execute(
        "INSERT INTO api_key (hash, tenant, can_read, can_write, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING",
        params![new.hash.0, new.tenant.0, new.read, new.write, new.expires_at.map(|t| t.millis())],
    )?;
    let key = ApiKey {
        id: connection.last_insert_rowid(),
        tenant: new.tenant,
        read: new.read,
        write: new.write,
        expires_at: new.expires_at,
        revoked: false,
    };
    Ok((written == 1).then_some((new.hash, key)))
}
