//! The pairs of metadata that runs have: a dictionary of the pairs, and for each the runs that have
//! it, by status and in the order of lists.
//!
//! A pair is stored as the text `key:value`, by which a filter names it, and found by its hash.
//! Unlike a workflow, a pair that no run has any more is deleted: its value may be different for
//! every run. Another process may delete it, so no number of a pair is cached.

use std::collections::BTreeSet;

use runledger_model::{WorkflowRunDetail, metadata_pairs};
use runledger_store::{
    codes::StorageCode,
    counted_index::{Changes, RunKey, Scope},
};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::{Result, dictionary::find_or_insert, id_code, run_rows};

/// Where the pairs of a run are written.
pub struct PairWriter<'a> {
    /// The transaction.
    pub connection: &'a Connection,
    /// Where the changes of counts are added.
    pub changes: &'a mut Changes,
    /// The tenant of the run.
    pub tenant: i64,
    /// The number of the run.
    pub pk: i64,
}

/// A run under a pair.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Posting<'a> {
    pair: String,
    status: i64,
    created_at: i64,
    id: &'a str,
}

impl PairWriter<'_> {
    /// Follows the change of a run; `None` stands for no run.
    pub fn change(
        &mut self,
        before: Option<&WorkflowRunDetail>,
        after: Option<&WorkflowRunDetail>,
    ) -> Result<()> {
        let [before, after] = [before, after].map(|run| run.map(postings).unwrap_or_default());
        for added in after.difference(&before) {
            let pair = find_or_add(self.connection, self.tenant, &added.pair)?;
            insert(self.connection, pair, self.pk, added)?;
            self.count(pair, added, 1);
        }
        let kept: BTreeSet<&str> = after.iter().map(|posting| posting.pair.as_str()).collect();
        for removed in before.difference(&after) {
            let pair = find_or_add(self.connection, self.tenant, &removed.pair)?;
            let mut statement = self.connection.prepare_cached(
                "DELETE FROM run_pair
                 WHERE pair = ?1 AND status = ?2 AND created_at = ?3 AND id = ?4",
            )?;
            let Posting { pair: _, status, created_at, id } = removed;
            statement.execute(params![pair, status, created_at, id_code::encode(id.as_bytes())])?;
            self.count(pair, removed, -1);
            if !kept.contains(removed.pair.as_str()) {
                delete_unused(self.connection, pair)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, pair: i64, posting: &Posting<'_>, by: i64) {
        let scope = Scope::of_pair(self.tenant, pair, posting.status);
        self.changes.add_to(scope, &RunKey::new(posting.created_at, posting.id), by);
    }
}

/// The number of a pair; `None` if no run has it.
pub fn find(connection: &Connection, tenant: i64, pair: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(FIND)?;
    Ok(statement.query_row((tenant, hash(pair), pair), |row| row.get(0)).optional()?)
}

/// Copies the pairs of a file in which they had no hash.
pub fn copy_older(connection: &Connection) -> Result<()> {
    let mut select = connection.prepare("SELECT id, tenant, pair FROM older_metadata_pair")?;
    let mut insert = connection
        .prepare("INSERT INTO metadata_pair (id, tenant, hash, pair) VALUES (?1, ?2, ?3, ?4)")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        let (id, tenant, pair): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        insert.execute(params![id, tenant, hash(&pair), pair])?;
    }
    Ok(())
}

/// Writes the pairs of all runs again.
pub fn rebuild(connection: &Connection) -> Result<()> {
    connection.execute_batch("DELETE FROM run_pair; DELETE FROM metadata_pair")?;
    visit(connection, &mut |tenant, pk, run| {
        for posting in postings(run) {
            let pair = find_or_add(connection, tenant, &posting.pair)?;
            insert(connection, pair, pk, &posting)?;
        }
        Ok(())
    })
}

/// What is wrong with the pairs, a sentence for each fault, at most `max`.
pub fn verify(connection: &Connection, max: usize) -> Result<Vec<String>> {
    let (mut faults, mut expected) = (Vec::new(), 0);
    visit(connection, &mut |tenant, pk, run| {
        for posting in postings(run) {
            expected += 1;
            if !is_stored(connection, tenant, pk, &posting)? && faults.len() < max {
                let (id, pair) = (posting.id, &posting.pair);
                faults.push(format!("the run {id:?} is missing under its metadata {pair:?}"));
            }
        }
        Ok(())
    })?;
    let stored: i64 =
        connection.query_row("SELECT count(*) FROM run_pair", (), |row| row.get(0))?;
    if faults.is_empty() && stored != expected {
        faults.push(format!("{stored} runs stand under pairs of metadata, not {expected}"));
    }
    let unused: i64 = connection.query_row(
        "SELECT count(*) FROM metadata_pair WHERE id NOT IN (SELECT pair FROM run_pair)",
        (),
        |row| row.get(0),
    )?;
    if unused > 0 {
        faults.push(format!("{unused} pairs of metadata are those of no run"));
    }
    Ok(faults)
}

fn find_or_add(connection: &Connection, tenant: i64, pair: &str) -> Result<i64> {
    find_or_insert(
        connection,
        FIND,
        "INSERT INTO metadata_pair (tenant, hash, pair) VALUES (?1, ?2, ?3)",
        (tenant, hash(pair), pair),
    )
}

const FIND: &str = "SELECT id FROM metadata_pair WHERE tenant = ?1 AND hash = ?2 AND pair = ?3";

/// By which a pair is found: the first bytes of its SHA-256, so that no client can choose many
/// pairs of one hash. It is in databases and never changes.
fn hash(pair: &str) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = Sha256::digest(pair.as_bytes()).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn postings(run: &WorkflowRunDetail) -> BTreeSet<Posting<'_>> {
    let (status, created_at) = (run.status.code(), run.created_at.millis());
    let posting = |pair| Posting { pair, status, created_at, id: &run.id };
    metadata_pairs(&run.metadata).into_iter().map(posting).collect()
}

fn insert(connection: &Connection, pair: i64, pk: i64, posting: &Posting<'_>) -> Result<()> {
    let Posting { pair: _, status, created_at, id } = posting;
    let mut statement = connection.prepare_cached(
        "INSERT INTO run_pair (pair, status, created_at, id, run) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![pair, status, created_at, id_code::encode(id.as_bytes()), pk])?;
    Ok(())
}

fn is_stored(connection: &Connection, tenant: i64, pk: i64, posting: &Posting<'_>) -> Result<bool> {
    let Posting { pair, status, created_at, id } = posting;
    let Some(pair) = find(connection, tenant, pair)? else { return Ok(false) };
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM run_pair
         WHERE pair = ?1 AND status = ?2 AND created_at = ?3 AND id = ?4 AND run = ?5",
    )?;
    let id = id_code::encode(id.as_bytes());
    Ok(statement.exists(params![pair, status, created_at, id, pk])?)
}

/// Deletes a pair that no run has.
fn delete_unused(connection: &Connection, pair: i64) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM metadata_pair
         WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM run_pair WHERE pair = ?1)",
    )?;
    statement.execute([pair])?;
    Ok(())
}

/// Calls `visit` with the tenant, the number and the content of each run that may have metadata.
fn visit(
    connection: &Connection,
    visit: &mut dyn FnMut(i64, i64, &WorkflowRunDetail) -> Result<()>,
) -> Result<()> {
    let mut statement =
        connection.prepare("SELECT tenant, pk FROM run WHERE optional_fields IS NOT NULL")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (tenant, pk) = (row.get(0)?, row.get(1)?);
        let run = run_rows::metadata_of_number(connection, pk)?.with_steps(Vec::new());
        visit(tenant, pk, &run)?;
    }
    Ok(())
}
