//! The numbers of changes within the writer's transaction.

use std::collections::{HashMap, hash_map::Entry};

use runledger_model::Timestamp;
use runledger_store::TenantId;
use rusqlite::{Connection, params};

use crate::{Result, columns::stored_run_id};

/// How long a deletion is kept, in milliseconds: 30 days.
const DELETIONS_KEPT_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;
/// For each deletion of a transaction, the greatest number of earlier ones that it drops.
const DROPPED_PER_DELETION: i64 = 2;

/// The tenants whose runs the transaction has changed.
#[derive(Default)]
pub struct ChangeNumbers(HashMap<i64, TenantChanges>);

struct TenantChanges {
    last: i64,
    /// Whether a deleted run may be recorded again.
    has_deletions: bool,
    /// The number of runs that the transaction has deleted.
    deleted: i64,
}

impl ChangeNumbers {
    /// The next number of a tenant, for a run that is created or updated.
    pub fn next(&mut self, connection: &Connection, tenant: i64) -> Result<i64> {
        let changes = self.of(connection, tenant)?;
        changes.last += 1;
        Ok(changes.last)
    }

    /// Forgets that the run with this id, given as its code, was deleted before: it is recorded
    /// again.
    pub fn created(&mut self, connection: &Connection, tenant: i64, id: &[u8]) -> Result<()> {
        if self.of(connection, tenant)?.has_deletions {
            connection
                .prepare_cached("DELETE FROM deleted_run WHERE tenant = ?1 AND id = ?2")?
                .execute(params![tenant, id])?;
        }
        Ok(())
    }

    /// Keeps the number of the deletion of a run, whose id is given as its code.
    pub fn deleted(&mut self, connection: &Connection, tenant: i64, id: &[u8]) -> Result<()> {
        let changes = self.of(connection, tenant)?;
        changes.last += 1;
        changes.deleted += 1;
        changes.has_deletions = true;
        connection
            .prepare_cached(
                "INSERT INTO deleted_run (tenant, change, id, deleted_at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![tenant, changes.last, id, Timestamp::now().millis()])?;
        Ok(())
    }

    /// Writes the last number of each tenant, and returns these numbers.
    pub fn write(self, connection: &Connection) -> Result<Vec<(TenantId, u64)>> {
        let mut numbers = Vec::with_capacity(self.0.len());
        for (tenant, TenantChanges { last, has_deletions: _, deleted }) in self.0 {
            connection
                .prepare_cached("UPDATE tenant SET last_change = ?2 WHERE id = ?1")?
                .execute([tenant, last])?;
            if deleted > 0 {
                drop_deletions(connection, tenant, deleted * DROPPED_PER_DELETION)?;
            }
            numbers.push((TenantId(tenant), last.cast_unsigned()));
        }
        Ok(numbers)
    }

    fn of(&mut self, connection: &Connection, tenant: i64) -> Result<&mut TenantChanges> {
        match self.0.entry(tenant) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let mut statement = connection.prepare_cached(
                    "SELECT last_change,
                     EXISTS (SELECT 1 FROM deleted_run WHERE deleted_run.tenant = tenant.id)
                     FROM tenant WHERE id = ?1",
                )?;
                let changes = statement.query_row([tenant], |row| {
                    Ok(TenantChanges { last: row.get(0)?, has_deletions: row.get(1)?, deleted: 0 })
                })?;
                Ok(entry.insert(changes))
            }
        }
    }
}

/// Gives a run, whose row stays as it is otherwise, the number of a change.
pub fn set_number(connection: &Connection, pk: i64, number: i64) -> Result<()> {
    connection.prepare_cached("UPDATE run SET change = ?2 WHERE pk = ?1")?.execute([pk, number])?;
    Ok(())
}

/// Drops at most `max` of the tenant's deletions that need not be kept any more.
pub fn drop_deletions(connection: &Connection, tenant: i64, max: i64) -> Result<()> {
    let before = Timestamp::now().millis() - DELETIONS_KEPT_MILLIS;
    let mut statement = connection.prepare_cached(
        "SELECT change, deleted_at FROM deleted_run WHERE tenant = ?1 ORDER BY change LIMIT ?2",
    )?;
    let mut rows = statement.query([tenant, max])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? >= before {
            break;
        }
        last = Some(row.get::<_, i64>(0)?);
    }
    let Some(last) = last else { return Ok(()) };
    connection
        .prepare_cached("DELETE FROM deleted_run WHERE tenant = ?1 AND change <= ?2")?
        .execute([tenant, last])?;
    connection
        .prepare_cached("UPDATE tenant SET deletions_after = ?2 WHERE id = ?1")?
        .execute([tenant, last])?;
    Ok(())
}

/// What is wrong with the numbers, a sentence for each fault, at most `max`.
pub fn verify(connection: &Connection, max: usize) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut statement = connection.prepare(&format!(
        "SELECT name FROM tenant WHERE last_change < ({GREATEST_NUMBER}) LIMIT ?1"
    ))?;
    for tenant in statement.query_map([max as i64], |row| row.get::<_, String>(0))? {
        let tenant = tenant?;
        faults.push(format!("the last change of tenant {tenant} is not the one that is noted"));
    }
    let mut statement = connection.prepare(&format!("SELECT id {CONTRADICTED} LIMIT ?1"))?;
    for id in statement.query_map([max as i64], |row| stored_run_id(row, 0))? {
        faults.push(format!("a deletion is noted that has not taken place: {}", id?));
    }
    Ok(faults)
}

/// Corrects the numbers by those of the runs and the deletions.
pub fn rebuild(connection: &Connection) -> Result<()> {
    connection.execute(&format!("DELETE {CONTRADICTED}"), ())?;
    let sql = format!("UPDATE tenant SET last_change = max(last_change, ({GREATEST_NUMBER}))");
    connection.execute(&sql, ())?;
    Ok(())
}

/// The greatest number that a change of a tenant has, in a statement on the tenants.
const GREATEST_NUMBER: &str = "max(
    deletions_after,
    coalesce((SELECT max(change) FROM run WHERE run.tenant = tenant.id), 0),
    coalesce((SELECT max(change) FROM deleted_run WHERE deleted_run.tenant = tenant.id), 0))";

/// The deletions that cannot be: of runs that are there, and with the number of another change.
const CONTRADICTED: &str = "FROM deleted_run WHERE EXISTS (SELECT 1 FROM run
    WHERE run.tenant = deleted_run.tenant
    AND (run.id = deleted_run.id OR run.change = deleted_run.change))";
