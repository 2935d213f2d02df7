//! Saving what can be read into a new file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use runledger_model::WorkflowRunDetail;
use runledger_store::{
    Fault, KeyStore, Recorded, RunName, RunStore, Salvage, StoreError, TenantId,
};
use rusqlite::Connection;
use tokio::runtime::Handle;

use super::{ended_runs, keys, replace::replace, shared_rows, steps_in_order, tables, unopenable};
use crate::{
    Result, SqliteStore,
    change_numbers::{self, ChangeNumbers},
    check,
    columns::stored_run_id,
    connection, counted_index,
    files::beside,
    id_code,
    stored_runs::{self, ReadRun, State},
    tenants,
};

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
    if let Some(Fault { message, is_derived: _, lost_run: _ }) = faults.into_iter().next() {
        let database = path.display().to_string();
        return Err(StoreError::Unrepairable { database, fault: message }.into());
    }
    // The transaction of a file that could not be opened otherwise.
    if !from.is_autocommit() {
        from.execute_batch("ROLLBACK")?;
        unopenable::tolerate_damaged_schema(&from)?;
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
    let mut salvage = Salvage { decisions: shared_rows::create(from)?, ..Salvage::default() };
    {
        let to = connection::open_writer(new, false)?;
        let transaction = to.unchecked_transaction()?;
        salvage.lost_others.extend(tables::copy(from, &transaction, "tenant")?);
        let (decisions, lost) = keys::copy(from, &transaction)?;
        salvage.decisions.extend(decisions);
        salvage.lost_others.extend(lost);
        salvage.lost_others.extend(copy_deletions(from, &transaction)?);
        transaction.commit()?;
    }
    let store = SqliteStore::open(new)?;
    copy_runs(from, &store, &mut salvage)?;
    drop(store);
    salvage.lost_runs.sort_unstable();
    salvage.lost_runs.dedup();
    let to = connection::open_writer(new, true)?;
    let transaction = to.unchecked_transaction()?;
    correct_changes(&transaction, &salvage.lost_runs)?;
    salvage.lost_others.extend(ended_runs::copy(from, &transaction)?);
    transaction.commit()?;
    Ok(salvage)
}

fn copy_runs(from: &Connection, store: &SqliteStore, salvage: &mut Salvage) -> Result<()> {
    let tenants = tenants::list(from)?.into_iter().collect();
    let mut runs = Runs { store, tenants, batches: BTreeMap::new(), pending: 0, saved: 0 };
    let (mut lost, mut altered) = (BTreeSet::new(), BTreeSet::new());
    let are_all = stored_runs::visit(from, &mut |number, read| {
        let is_saved = match read {
            Ok(ReadRun { state: State::Altered, .. }) => {
                altered.insert(number);
                false
            }
            Ok(run) => runs.add_read(run)?,
            Err(_) => false,
        };
        if !is_saved {
            lost.insert(number);
        }
        Ok(())
    })?;
    let unreadable = &lost - &altered;
    let mut lost = steps_in_order::visit(from, unreadable, &mut |run| runs.add_read(run))?;
    lost.extend(&altered);
    runs.finish()?;
    // Last, so that none takes the place of a run that is whole.
    for number in altered {
        let read = stored_runs::read_again(from, number)?;
        let Some(name) = runs.name(read.tenant, &read.run.id) else { continue };
        if !runs.has(&name)? && runs.add_read(read)? {
            runs.finish()?;
            lost.remove(&number);
            salvage.altered_runs.push(name);
        }
    }
    salvage.saved_runs = runs.saved;
    let named = check::names(from, &lost)?;
    salvage.unnamed_lost_runs = (lost.len() - named.len()) as u64;
    for name in named.into_values().flatten() {
        // An index that is damaged may give a run the number of another one.
        if !runs.has(&name)? {
            salvage.lost_runs.push(name);
        }
    }
    if !are_all {
        add_unseen(from, salvage);
    }
    Ok(())
}

/// Adds the lost runs of which nothing is left, by the number of runs that there were.
fn add_unseen(from: &Connection, salvage: &mut Salvage) {
    let Salvage { saved_runs, lost_runs, unnamed_lost_runs, .. } = salvage;
    let seen = *saved_runs + lost_runs.len() as u64 + *unnamed_lost_runs;
    match counted_index::total(from) {
        Ok(Some(total)) => *unnamed_lost_runs += total.saturating_sub(seen),
        Ok(None) | Err(_) => {
            let message = "runs whose number is unknown: neither they nor their count can be read";
            salvage.lost_others.push(message.to_owned());
        }
    }
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
    // Those of no tenant, or with a number that no change can have.
    let wrong = to.execute(
        "DELETE FROM deleted_run WHERE change NOT BETWEEN 1 AND coalesce(
         (SELECT last_change FROM tenant WHERE tenant.id = deleted_run.tenant), 0)",
        [],
    )?;
    lost.extend((0..wrong).map(|_| "the tenant or the number of a deleted run".to_owned()));
    for deletion in unreadable {
        to.execute("DELETE FROM deleted_run WHERE tenant = ?1 AND change = ?2", deletion)?;
        lost.push("the id of a deleted run".to_owned());
    }
    if !lost.is_empty() {
        to.execute("UPDATE tenant SET deletions_after = last_change", [])?;
    }
    Ok(lost)
}

/// Writes that the lost runs are gone, for those who follow the changes, and corrects the numbers
/// of changes by the deletions that were copied.
fn correct_changes(to: &Connection, lost: &[RunName]) -> Result<()> {
    change_numbers::rebuild(to)?;
    let mut numbers = ChangeNumbers::default();
    for RunName { tenant, id } in lost {
        if let Some(tenant) = tenants::find(to, tenant)? {
            let id = id_code::encode(id.as_bytes());
            numbers.created(to, tenant.0, &id)?;
            numbers.deleted(to, tenant.0, &id)?;
        }
    }
    numbers.write(to)?;
    Ok(())
}

/// The runs that are written to the new file.
struct Runs<'a> {
    store: &'a SqliteStore,
    /// The names of the tenants, which have the same numbers in both files.
    tenants: BTreeMap<TenantId, String>,
    batches: BTreeMap<TenantId, Vec<WorkflowRunDetail>>,
    /// The number of runs in the batches.
    pending: usize,
    saved: u64,
}

impl Runs<'_> {
    /// Adds a run with its earlier attempts, and returns whether its tenant is known.
    fn add_read(&mut self, read: ReadRun) -> Result<bool> {
        let ReadRun { tenant, run, earlier, state: _ } = read;
        for attempt in earlier {
            // Another row may state the same id.
            self.add(tenant, WorkflowRunDetail { id: run.id.clone(), ..attempt })?;
        }
        self.add(tenant, run)
    }

    /// Adds a run, and returns whether its tenant is known.
    fn add(&mut self, tenant: i64, run: WorkflowRunDetail) -> Result<bool> {
        let tenant = TenantId(tenant);
        if !self.tenants.contains_key(&tenant) {
            return Ok(false);
        }
        self.batches.entry(tenant).or_default().push(run);
        self.pending += 1;
        if self.pending >= BATCH_RUNS {
            self.finish()?;
        }
        Ok(true)
    }

    fn name(&self, tenant: i64, id: &str) -> Option<RunName> {
        let tenant = self.tenants.get(&TenantId(tenant))?.clone();
        Some(RunName { tenant, id: id.to_owned() })
    }

    /// Records what has been added.
    fn finish(&mut self) -> Result<()> {
        self.pending = 0;
        let batches = std::mem::take(&mut self.batches);
        batches.into_iter().try_for_each(|(tenant, batch)| self.record(tenant, batch))
    }

    fn record(&mut self, tenant: TenantId, batch: Vec<WorkflowRunDetail>) -> Result<()> {
        let recorded = wait(self.store.record(tenant, batch))?;
        let is_new = |recorded: &&Recorded| **recorded == Recorded::Created;
        self.saved += recorded.iter().filter(is_new).count() as u64;
        Ok(())
    }

    fn has(&self, RunName { tenant, id }: &RunName) -> Result<bool> {
        let Some(tenant) = wait(self.store.find_tenant(tenant))? else { return Ok(false) };
        Ok(wait(self.store.get(tenant, id))?.is_some())
    }
}

/// Waits for the store on this thread, which may block.
fn wait<T>(result: impl Future<Output = runledger_store::Result<T>>) -> Result<T> {
    Ok(Handle::current().block_on(result)?)
}
