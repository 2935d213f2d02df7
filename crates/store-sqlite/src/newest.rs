//! The newest run of each workflow, which stands in the workflow's row.

use runledger_store::counted_index::{ANY, Change, RunKey, Scope};
use rusqlite::{Connection, params};

use crate::{Result, runs_in_order::RunsInOrder};

/// Follows the changes of a scope of all runs of one workflow, which have been made already.
pub fn apply(connection: &Connection, scope: Scope, changes: &[Change]) -> Result<()> {
    let mut statement = connection.prepare_cached("SELECT newest FROM workflow WHERE id = ?1")?;
    let stored: Option<Vec<u8>> = statement.query_row([scope.workflow], |row| row.get(0))?;
    let stored = stored.map(RunKey::from_bytes);
    let was_removed = |change: &Change| change.by < 0 && Some(&change.key) == stored.as_ref();
    let newest = if changes.iter().any(was_removed) {
        newest_run(connection, scope)?
    } else {
        let added = changes.iter().filter(|change| change.by > 0).map(|change| &change.key).max();
        added.max(stored.as_ref()).cloned()
    };
    if newest != stored {
        write(connection, scope.workflow, newest.as_ref())?;
    }
    Ok(())
}

/// Writes the newest run of every workflow.
pub fn rebuild(connection: &Connection) -> Result<()> {
    for (scope, _, _) in workflows(connection)? {
        write(connection, scope.workflow, newest_run(connection, scope)?.as_ref())?;
    }
    Ok(())
}

/// What is wrong with the newest runs, a sentence for each fault, at most `max`.
pub fn verify(connection: &Connection, max: usize) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (scope, uid, stored) in workflows(connection)? {
        if stored != newest_run(connection, scope)? {
            faults.push(format!("the newest run of workflow {uid} is not the one that is noted"));
            if faults.len() == max {
                break;
            }
        }
    }
    Ok(faults)
}

/// Each workflow: the scope of its runs, its UID, and the newest run that is noted.
fn workflows(connection: &Connection) -> Result<Vec<(Scope, String, Option<RunKey>)>> {
    let mut statement = connection.prepare("SELECT tenant, id, uid, newest FROM workflow")?;
    let workflows = statement.query_map((), |row| {
        let scope = Scope { tenant: row.get(0)?, workflow: row.get(1)?, status: ANY };
        let newest: Option<Vec<u8>> = row.get(3)?;
        Ok((scope, row.get(2)?, newest.map(RunKey::from_bytes)))
    })?;
    Ok(workflows.collect::<rusqlite::Result<_>>()?)
}

fn newest_run(connection: &Connection, scope: Scope) -> Result<Option<RunKey>> {
    let newest = RunsInOrder::new(connection, scope).newest_below(None, &RunKey::LEAST, 1)?;
    Ok(newest.into_iter().next().map(|(key, _)| key))
}

fn write(connection: &Connection, workflow: i64, newest: Option<&RunKey>) -> Result<()> {
    connection
        .prepare_cached("UPDATE workflow SET newest = ?2 WHERE id = ?1")?
        .execute(params![workflow, newest.map(RunKey::as_bytes)])?;
    Ok(())
}
