//! The table of API keys.

use runledger_model::Timestamp;
use runledger_store::{ApiKey, KeyCache, KeyHash, KeyUse, ListedKey, NewApiKey, TenantId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Result;

/// The columns that [`key`] reads.
const COLUMNS: &str = "hash, id, tenant, can_read, can_write, expires_at, revoked";

/// Reads all keys into the cache if a key has changed since it was last read.
pub fn follow(connection: &Connection, cache: &KeyCache) -> Result<()> {
    // Read before the keys: a change between the two is then seen at the next call.
    let sql = "SELECT n FROM key_change";
    let change = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    cache.follow(change, || {
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key"))?;
        let keys = statement.query_map([], key)?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    })
}

/// The key with this hash.
pub fn find(connection: &Connection, hash: &KeyHash) -> Result<Option<ApiKey>> {
    let sql = format!("SELECT {COLUMNS} FROM api_key WHERE hash = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([hash.0], key);
    Ok(found.optional()?.map(|(_, key)| key))
}

/// All keys with the names of their tenants, oldest first.
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

/// Writes a new key; `None` if a key has this hash already.
pub fn create(connection: &Connection, new: &NewApiKey) -> Result<Option<ApiKey>> {
    let NewApiKey { hash, tenant, read, write, expires_at, prefix, note } = new;
    let written = connection.execute(
        "INSERT INTO api_key (hash, tenant, can_read, can_write, expires_at, prefix, note,
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO NOTHING",
        params![
            hash.0,
            tenant.0,
            read,
            write,
            expires_at.map(|time| time.millis()),
            prefix,
            note,
            Timestamp::now().millis(),
        ],
    )?;
    let key = ApiKey {
        id: connection.last_insert_rowid(),
        tenant: *tenant,
        read: *read,
        write: *write,
        expires_at: *expires_at,
        revoked: false,
    };
    Ok((written == 1).then_some(key))
}

/// Revokes a key; returns `false` if no key has this id.
pub fn revoke(connection: &Connection, id: i64) -> Result<bool> {
    Ok(connection.execute("UPDATE api_key SET revoked = 1 WHERE id = ?1", [id])? == 1)
}

/// Writes when keys were last used. If several processes use a key, the latest use is kept.
pub fn write_uses(connection: &Connection, uses: &[KeyUse]) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE api_key SET last_used_at = max(?2, coalesce(last_used_at, ?2)) WHERE id = ?1",
    )?;
    for KeyUse { id, used_at } in uses {
        statement.execute([id, used_at])?;
    }
    Ok(())
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

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(Timestamp::from_millis))
}
