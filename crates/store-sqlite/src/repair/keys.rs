//! Saving the API keys.

use rusqlite::{Connection, OptionalExtension, params, types::Value};

use super::tables;
use crate::{Result, check::unique::API_KEY};

/// The length of a key's hash in bytes.
const HASH_BYTES: usize = 32;

/// Copies the keys that can be read and belong to a tenant. Where the table and its index have
/// different hashes, both are kept, each for a key: a wrong one fits no secret. Returns what was
/// decided and what was lost, in words.
pub fn copy(from: &Connection, to: &Connection) -> Result<(Vec<String>, Vec<String>)> {
    let mut lost = tables::copy(from, to, "api_key")?;
    let mut decisions = Vec::new();
    for (number, copies) in API_KEY.read(from)? {
        let [table, index] = [hash(&copies.table), hash(&copies.index)];
        if copies.table.is_none() {
            lost.push(format!("the API key {number}"));
        }
        let Some(index) = index.filter(|_| table != index) else { continue };
        let prefix = to.query_row("SELECT prefix FROM api_key WHERE id = ?1", [number], |row| {
            row.get::<_, String>(0)
        });
        let Some(prefix) = prefix.optional()? else { continue };
        if table.is_none() {
            to.execute(
                "UPDATE OR IGNORE api_key SET hash = ?2 WHERE id = ?1",
                params![number, index],
            )?;
            continue;
        }
        let added = to.execute(
            "INSERT OR IGNORE INTO api_key (hash, tenant, can_read, can_write, expires_at, revoked,
             prefix, note, created_at, last_used_at)
             SELECT ?2, tenant, can_read, can_write, expires_at, revoked, prefix, note, created_at,
             last_used_at FROM api_key WHERE id = ?1",
            params![number, index],
        )?;
        if added == 1 {
            let copy = to.last_insert_rowid();
            decisions.push(format!(
                "the API key {number} (prefix {prefix:?}) has one hash in its table and another in \
                 its index; both are kept, as the keys {number} and {copy}. Create a new key, and \
                 revoke both"
            ));
        }
    }
    lost.extend(delete_unusable(to)?);
    Ok((decisions, lost))
}

/// The hash among the values of a key, if it is one.
fn hash(values: &Option<Vec<Value>>) -> Option<&Vec<u8>> {
    match values.as_ref()?.first()? {
        Value::Blob(hash) if hash.len() == HASH_BYTES => Some(hash),
        _ => None,
    }
}

/// Deletes the keys that belong to no tenant or whose hash is not one. Returns them in words.
fn delete_unusable(to: &Connection) -> Result<Vec<String>> {
    let mut statement = to.prepare(
        "DELETE FROM api_key WHERE length(hash) <> ?1 OR tenant NOT IN (SELECT id FROM tenant)
         RETURNING id",
    )?;
    let ids = statement.query_map([HASH_BYTES as i64], |row| row.get::<_, i64>(0))?;
    Ok(ids.map(|id| Ok(format!("the API key {}", id?))).collect::<rusqlite::Result<_>>()?)
}
