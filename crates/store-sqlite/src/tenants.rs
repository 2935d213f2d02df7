//! The table of tenants.

use runledger_store::TenantId;
use rusqlite::{Connection, OptionalExtension};

use crate::Result;

/// The tenant with this name.
pub fn find(connection: &Connection, name: &str) -> Result<Option<TenantId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM tenant WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0).map(TenantId)).optional()?)
}

/// All tenants with their names, in the order of the names' bytes.
pub fn list(connection: &Connection) -> Result<Vec<(TenantId, String)>> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM tenant ORDER BY name")?;
    let tenants = statement.query_map([], |row| Ok((TenantId(row.get(0)?), row.get(1)?)))?;
    Ok(tenants.collect::<rusqlite::Result<_>>()?)
}

/// The tenant with this name, which is created if there is none.
pub fn find_or_create(connection: &Connection, name: &str) -> Result<TenantId> {
    if let Some(tenant) = find(connection, name)? {
        return Ok(tenant);
    }
    let mut statement = connection.prepare_cached("INSERT INTO tenant (name) VALUES (?1)")?;
    Ok(TenantId(statement.insert([name])?))
}

/// Reads the table. For a new connection this also opens the log.
pub fn expect_readable(connection: &Connection) -> Result<()> {
    Ok(connection.query_row("SELECT count(*) FROM tenant", [], |_| Ok(()))?)
}
