//! Keys: in the file, and all of them in memory, so that checking one that is known reads no database.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use runledger_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Result;
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, TenantId};

/// Every key of the file, by its hash.
pub struct Keys(RwLock<HashMap<KeyHash, Known>>);

/// A key, and when it was last used (milliseconds since 1970) as far as the file does not know it; 0 for not at all.
struct Known {
    key: ApiKey,
    used_at: AtomicI64,
}

impl Keys {
    /// Reads all keys.
    pub fn load(connection: &Connection) -> Result<Self> {
        let keys = Self(RwLock::default());
        keys.reload(connection)?;
        Ok(keys)
    }

    /// Reads all keys again. Nobody looks one up or changes one meanwhile: what is revoked here stays revoked.
    pub fn reload(&self, connection: &Connection) -> Result<()> {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = read_all(connection)?;
        for (hash, before) in keys.drain() {
            if let Some(known) = fresh.get_mut(&hash) {
                known.used_at = before.used_at;
            }
        }
        *keys = fresh;
        Ok(())
    }

    /// The key with this hash; where it opens something at this moment, that is remembered as its last use.
    pub fn get(&self, hash: &KeyHash) -> Option<ApiKey> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = keys.get(hash)?;
        let now = Timestamp::now();
        if known.key.is_valid_at(now) {
            known.used_at.store(now.millis(), Ordering::Relaxed);
        }
        Some(known.key.clone())
    }

    /// Takes in what was found in the file, where nothing newer is known of this key.
    pub fn learn(&self, hash: KeyHash, key: ApiKey) {
        let known = Known { key, used_at: AtomicI64::new(0) };
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(hash).or_insert(known);
    }

    /// Takes a new key in.
    pub fn insert(&self, hash: KeyHash, key: ApiKey) {
        let known = Known { key, used_at: AtomicI64::new(0) };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(hash, known);
    }

    /// From now on the key opens nothing.
    pub fn revoke(&self, id: i64) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for known in keys.values_mut().filter(|known| known.key.id == id) {
            known.key.revoked = true;
        }
    }

    /// The keys that were used since this was last asked, by their numbers, each with the time of its last use.
    pub fn take_uses(&self) -> Vec<(i64, i64)> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let uses =
            keys.values().map(|known| (known.key.id, known.used_at.swap(0, Ordering::Relaxed)));
        uses.filter(|(_, used_at)| *used_at != 0).collect()
    }
}

const COLUMNS: &str = "hash, id, tenant, can_read, can_write, expires_at, revoked";

/// The key with this hash, as the file has it.
pub fn find(connection: &Connection, hash: &KeyHash) -> Result<Option<ApiKey>> {
    let sql = format!("SELECT {COLUMNS} FROM api_key WHERE hash = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([hash.0], key);
    Ok(found.optional()?.map(|(_, key)| key))
}

fn read_all(connection: &Connection) -> Result<HashMap<KeyHash, Known>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key"))?;
    let keys = statement
        .query_map([], key)?
        .map(|found| found.map(|(hash, key)| (hash, Known { key, used_at: AtomicI64::new(0) })));
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

fn key(row: &Row<'_>) -> rusqlite::Result<(KeyHash, ApiKey)> {
    let key = ApiKey {
        id: row.get(1)?,
        tenant: TenantId(row.get(2)?),
        read: row.get(3)?,
        write: row.get(4)?,
        expires_at: time(row, 5)?,
        revoked: row.get(6)?,
    };
    Ok((KeyHash(row.get(0)?), key))
}

/// Every key as a list shows it, oldest first.
pub fn list(connection: &Connection) -> Result<Vec<ListedKey>> {
    let mut statement = connection.prepare_cached(
        "SELECT api_key.id, tenant.name, prefix, can_read, can_write, created_at, expires_at,
         last_used_at, revoked, note FROM api_key JOIN tenant ON tenant.id = api_key.tenant
         ORDER BY api_key.id",
    )?;
    let keys = statement.query_map([], |row| {
        Ok(ListedKey {
            id: row.get(0)?,
            tenant: row.get(1)?,
            prefix: row.get(2)?,
            read: row.get(3)?,
            write: row.get(4)?,
            created_at: time(row, 5)?,
            expires_at: time(row, 6)?,
            last_used_at: time(row, 7)?,
            revoked: row.get(8)?,
            note: row.get(9)?,
        })
    })?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(Timestamp::from_millis))
}

/// Writes a new key; `None` where there is one with this secret already.
pub fn create(connection: &Connection, new: &NewApiKey) -> Result<Option<(KeyHash, ApiKey)>> {
    let written = connection.execute(
        "INSERT INTO api_key (hash, tenant, can_read, can_write, expires_at, prefix, note, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO NOTHING",
        params![
            new.hash.0,
            new.tenant.0,
            new.read,
            new.write,
            new.expires_at.map(|t| t.millis()),
            new.prefix,
            new.note,
            Timestamp::now().millis(),
        ],
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

/// Writes when keys were last used; where several processes use one, the latest use stays.
pub fn write_uses(connection: &Connection, uses: &[(i64, i64)]) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE api_key SET last_used_at = max(?2, coalesce(last_used_at, ?2)) WHERE id = ?1",
    )?;
    for (id, used_at) in uses {
        statement.execute([id, used_at])?;
    }
    Ok(())
}
