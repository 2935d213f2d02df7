//! Building and checking the counted index of all scopes.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use runledger_store::{
    StoreError,
    counted_index::{self, ANY, Changes, RunKey, Scope},
};
use rusqlite::Connection;

use crate::{Result, index_rows::StoredIndex, newest, runs_in_order::RunsInOrder};

/// How many runs are counted between two reports of the progress.
const RUNS_PER_REPORT: u64 = 1_000_000;

/// The value of a future that never waits, as those of [`StoredIndex`].
pub fn ready<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let waits = || Err(StoreError::engine("the counted index waits").into());
    future.now_or_never().unwrap_or_else(waits)
}

/// Counts the changes of a transaction, which has written the runs already, and notes the newest
/// run of each workflow.
pub fn apply(connection: &Connection, changes: Changes) -> Result<()> {
    for (scope, changes) in changes {
        if scope.workflow != ANY && scope.status == ANY {
            newest::apply(connection, scope, &changes)?;
        }
        ready(counted_index::apply(&mut StoredIndex::new(connection, scope), &changes))?;
    }
    Ok(())
}

/// Writes the index of every scope from the runs. `progress` is called with the number of runs that
/// have been counted and the number of all, now and then.
pub fn rebuild(connection: &Connection, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
    connection.execute("DELETE FROM run_block", ())?;
    let runs: i64 = connection.query_row("SELECT count(*) FROM run", (), |row| row.get(0))?;
    let scopes = scopes_of_runs(connection)?;
    // Every run belongs to as many scopes as there are kinds of them.
    let kinds = Scope { tenant: 0, workflow: ANY, status: ANY }.enclosing().len() as u64;
    let mut counted = 0;
    for scope in scopes {
        let mut blocks = counted_index::Builder::default();
        RunsInOrder::new(connection, scope).visit(&RunKey::LEAST, &mut |key| {
            blocks.push(key);
            counted += 1;
            if counted % (RUNS_PER_REPORT * kinds) == 0 {
                progress(counted / kinds, runs.cast_unsigned());
            }
            true
        })?;
        ready(blocks.write(&mut StoredIndex::new(connection, scope)))?;
    }
    Ok(())
}

/// The number of all runs of all tenants; `None` if the index contradicts itself.
pub fn total(connection: &Connection) -> Result<Option<u64>> {
    // The greatest level of each scope has one block, with all runs of the scope.
    let sum = |of: &str| -> Result<i64> {
        let sql = format!(
            "SELECT coalesce(sum(runs), 0) FROM (
                SELECT runs, max(level) FROM run_block WHERE {of}
                GROUP BY tenant, workflow, status)"
        );
        Ok(connection.query_row(&sql, (), |row| row.get(0))?)
    };
    let total = sum("workflow = 0 AND status = 0")?;
    let is_sound = total == sum("workflow = 0 AND status <> 0")?;
    Ok(u64::try_from(total).ok().filter(|_| is_sound))
}

/// What is wrong with the index, a sentence for each fault, at most `max`.
pub fn verify(connection: &Connection, max: usize) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let scopes = &scopes_of_runs(connection)? | &indexed_scopes(connection)?;
    for scope in scopes {
        let Scope { tenant, workflow, status } = scope;
        let of = match scope.is_of_pair() {
            true => format!("pair of metadata {}", -workflow),
            false => format!("workflow {workflow}"),
        };
        let found = ready(counted_index::verify(&mut StoredIndex::new(connection, scope)))?;
        faults.extend(found.into_iter().map(|fault| {
            format!(
                "the counts of tenant {tenant}, {of}, status {status} (0 is any) are wrong: {fault}"
            )
        }));
        if faults.len() >= max {
            faults.truncate(max);
            break;
        }
    }
    Ok(faults)
}

fn scopes_of_runs(connection: &Connection) -> Result<BTreeSet<Scope>> {
    let sql = "SELECT DISTINCT tenant, workflow, status FROM run";
    let of_runs = scopes(connection, sql)?.into_iter().flat_map(Scope::enclosing);
    let sql = "SELECT DISTINCT tenant, -pair.id, status FROM metadata_pair pair JOIN run_pair
        ON run_pair.pair = pair.id";
    Ok(of_runs.chain(scopes(connection, sql)?).collect())
}

fn indexed_scopes(connection: &Connection) -> Result<BTreeSet<Scope>> {
    scopes(connection, "SELECT DISTINCT tenant, workflow, status FROM run_block")
}

fn scopes(connection: &Connection, sql: &str) -> Result<BTreeSet<Scope>> {
    let mut statement = connection.prepare(sql)?;
    let scopes = statement.query_map((), |row| {
        Ok(Scope { tenant: row.get(0)?, workflow: row.get(1)?, status: row.get(2)? })
    })?;
    Ok(scopes.collect::<rusqlite::Result<_>>()?)
}
