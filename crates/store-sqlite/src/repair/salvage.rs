//! Saving what can be read into a new file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use runledger_model::WorkflowRunDetail;
use runledger_store::{KeyStore, RunName, RunStore, Salvage, TenantId};
use rusqlite::Connection;
use tokio::runtime::Handle;

use super::{replace::replace, tables};
use crate::{
    Result, SqliteStore, change_numbers::ChangeNumbers, check, columns::stored_run_id, connection,
    error::damaged, files::beside, id_code, stored_runs, tenants,
};

/// The tables that are copied as they are. The others are written as the runs are recorded.
const COPIED: [&str; 2] = ["tenant", "api_key"];
/// The number of runs that are kept in memory until they are written.
const BATCH_RUNS: usize = 1000;

/// Saves what can be read into a new file, checks that, and puts it into the place of the damaged
/// one, to which `from` is the only connection.
pub fn salvage(path: &Path, from: Connection) -> Result<Salvage> {
    let new = NewFile(beside(path, ".repaired"));
    new.delete();
    let mut salvage = copy(&from, &new.0)?;
    let faults = {
        let copied = Connection::open(&new.0)?;
        connection::configure(&copied)?;
        check::find_faults(&copied)?
    };
    if let Some(fault) = faults.first() {
        return Err(damaged(path, &fault.message).into());
    }
    salvage.original = replace(path, &new.0, from)?.display().to_string();
    Ok(salvage)
}

/// The file that is written. Unless it gets its final name, it is deleted.
struct NewFile(PathBuf);

impl NewFile {
    fn delete(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.0, suffix));
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.delete();
    }
}

/// Writes all tenants, keys and runs that can be read.
fn copy(from: &Connection, new: &Path) -> Result<Salvage> {
    let mut salvage = Salvage::default();
    let known = {
        let to = connection::open_writer(new, false)?;
        let transaction = to.unchecked_transaction()?;
        for table in COPIED {
            salvage.lost_others.extend(tables::copy(from, &transaction, table)?);
        }
        salvage.lost_others.extend(delete_unusable_keys(&transaction)?);
        salvage.lost_others.extend(copy_deletions(from, &transaction)?);
        transaction.commit()?;
        tenants::list(&to)?.into_iter().map(|(tenant, _)| (tenant.0, tenant)).collect()
    };
    let store = SqliteStore::open(new)?;
    let mut runs =
        Runs { store: &store, tenants: known, batches: BTreeMap::new(), pending: 0, saved: 0 };
    let mut lost = BTreeSet::new();
    stored_runs::visit(from, &mut |number, read| {
        match read {
            Ok((tenant, run)) => runs.add(tenant, run)?,
            Err(_) => drop(lost.insert(number)),
        }
        Ok(())
    })?;
    runs.finish()?;
    salvage.saved_runs = runs.saved;
    let named = check::names(from, lost.iter().copied())?;
    salvage.unnamed_lost_runs = (lost.len() - named.len()) as u64;
    for name in named.into_values() {
        // An index that is damaged may give a run the number of another one.
        if !runs.has(&name.tenant, &name.id)? {
            salvage.lost_runs.push(name);
        }
    }
    drop(runs);
    drop(store);
    salvage.lost_runs.sort_unstable();
    note_deletions(new, &salvage.lost_runs)?;
    Ok(salvage)
}

/// Copies the deletions. Where some are lost, those who follow the changes begin again.
fn copy_deletions(from: &Connection, to: &Connection) -> Result<Vec<String>> {
    let mut lost = tables::copy(from, to, "deleted_run")?;
    let mut unreadable = Vec::new();
    {
        let mut statement = to.prepare("SELECT tenant, change, id FROM deleted_run")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if stored_run_id(row, 2).is_err() {
                unreadable.push([row.get::<_, i64>(0)?, row.get(1)?]);
            }
        }
    }
    for deletion in unreadable {
        to.execute("DELETE FROM deleted_run WHERE tenant = ?1 AND change = ?2", deletion)?;
        lost.push("the id of a deleted run".to_owned());
    }
    if !lost.is_empty() {
        to.execute("UPDATE tenant SET deletions_after = last_change", [])?;
    }
    Ok(lost)
}

/// Notes that the lost runs are gone, for those who follow the changes.
fn note_deletions(new: &Path, lost: &[RunName]) -> Result<()> {
    let to = connection::open_writer(new, true)?;
    let transaction = to.unchecked_transaction()?;
    let mut numbers = ChangeNumbers::default();
    for RunName { tenant, id } in lost {
        if let Some(tenant) = tenants::find(&transaction, tenant)? {
            numbers.deleted(&transaction, tenant.0, &id_code::encode(id.as_bytes()))?;
        }
    }
    numbers.write(&transaction)?;
    Ok(transaction.commit()?)
}

/// Deletes the keys that belong to no tenant or whose hash is not one. Returns them in words.
fn delete_unusable_keys(to: &Connection) -> Result<Vec<String>> {
    let mut statement = to.prepare(
        "DELETE FROM api_key WHERE length(hash) <> 32 OR tenant NOT IN (SELECT id FROM tenant)
         RETURNING id",
    )?;
    let ids = statement.query_map([], |row| row.get::<_, i64>(0))?;
    Ok(ids.map(|id| Ok(format!("the API key {}", id?))).collect::<rusqlite::Result<_>>()?)
}

/// The runs that are written to the new file.
struct Runs<'a> {
    store: &'a SqliteStore,
    /// The tenants in the new file, by their numbers in the damaged one.
    tenants: BTreeMap<i64, TenantId>,
    batches: BTreeMap<TenantId, Vec<WorkflowRunDetail>>,
    /// The number of runs in the batches.
    pending: usize,
    saved: u64,
}

impl Runs<'_> {
    /// Adds a run of the tenant with this number in the damaged file. A tenant whose name is lost
    /// is named after its number.
    fn add(&mut self, number: i64, run: WorkflowRunDetail) -> Result<()> {
        let tenant = match self.tenants.get(&number) {
            Some(tenant) => *tenant,
            None => {
                let name = format!("number {number}");
                let tenant = wait(self.store.find_or_create_tenant(&name))?;
                self.tenants.insert(number, tenant);
                tenant
            }
        };
        self.batches.entry(tenant).or_default().push(run);
        self.pending += 1;
        if self.pending < BATCH_RUNS { Ok(()) } else { self.finish() }
    }

    /// Records what has been added.
    fn finish(&mut self) -> Result<()> {
        self.pending = 0;
        let batches = std::mem::take(&mut self.batches);
        batches.into_iter().try_for_each(|(tenant, batch)| self.record(tenant, batch))
    }

    fn record(&mut self, tenant: TenantId, batch: Vec<WorkflowRunDetail>) -> Result<()> {
        let recorded = wait(self.store.record(tenant, batch))?;
        self.saved += recorded.iter().filter(|recorded| recorded.is_written()).count() as u64;
        Ok(())
    }

    fn has(&self, tenant: &str, id: &str) -> Result<bool> {
        let Some(tenant) = wait(self.store.find_tenant(tenant))? else { return Ok(false) };
        Ok(wait(self.store.get(tenant, id))?.is_some())
    }
}

/// Waits for the store on this thread, which may block.
fn wait<T>(result: impl Future<Output = runledger_store::Result<T>>) -> Result<T> {
    Ok(Handle::current().block_on(result)?)
}
