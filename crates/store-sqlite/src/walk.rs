//! Filters that no scope of the counted index combines: the runs of the scope with the fewest are
//! tested one by one.

use runledger_model::{HistogramBucket, Timestamp, WorkflowRunMetadata, WorkflowRunStatus};
use runledger_store::{
    ListStart, RunFilter, StoreError,
    codes::StorageCode,
    counted_index::{RunKey, Scope},
};
use rusqlite::{Connection, params};

use crate::{
    Result,
    columns::Columns,
    run_rows,
    runs_in_order::stored_parts,
    selection::{Selection, Totals},
};

/// The runs that match, newest first.
pub struct Walk<'a> {
    connection: &'a Connection,
    runs: Vec<Found>,
}

/// A run that matches.
struct Found {
    key: RunKey,
    pk: i64,
    status: WorkflowRunStatus,
}

impl<'a> Walk<'a> {
    /// The runs of this tenant that match all of these filters, which name a workflow or a pair of
    /// metadata each and have the same states and range; `None` if one of them names what no run
    /// has.
    ///
    /// # Errors
    /// [`StoreError::TooBroad`] if each of them matches more than `max` runs.
    pub fn new(
        connection: &'a Connection,
        tenant: i64,
        filters: &[RunFilter],
        max: u64,
    ) -> Result<Option<Self>> {
        let mut selections = Vec::with_capacity(filters.len());
        for filter in filters {
            let all = || WorkflowRunStatus::ALL.to_vec();
            let statuses = Some(filter.statuses.clone().unwrap_or_else(all));
            let filter = RunFilter { statuses, ..filter.clone() };
            let Some(selection) = Selection::new(connection, tenant, &filter)? else {
                return Ok(None);
            };
            selections.push((selection.totals()?.total, selection));
        }
        selections.sort_by_key(|(runs, _)| *runs);
        let mut selections = selections.into_iter();
        let Some((runs, rarest)) = selections.next() else { return Ok(None) };
        if runs > max {
            return Err(StoreError::TooBroad { runs, max }.into());
        }
        let others: Vec<Scope> =
            selections.filter_map(|(_, other)| other.scopes.first().copied()).collect();
        let mut walk = Self { connection, runs: Vec::new() };
        for scope in &rarest.scopes {
            walk.test(*scope, &rarest, &others)?;
        }
        walk.runs.sort_by(|a, b| b.key.cmp(&a.key));
        Ok(Some(walk))
    }

    /// How many runs match.
    pub fn totals(&self) -> Totals {
        let count = |status| self.runs.iter().filter(|run| run.status == status).count() as u64;
        Totals {
            total: self.runs.len() as u64,
            succeeded: count(WorkflowRunStatus::Succeeded),
            failed: count(WorkflowRunStatus::Failed),
            ..Totals::default()
        }
    }

    /// At most `limit` runs from a place on, newest first, and whether others follow.
    pub fn items(&self, start: ListStart, limit: u64) -> Result<(Vec<WorkflowRunMetadata>, bool)> {
        let start = match start {
            ListStart::Offset(offset) => usize::try_from(offset).unwrap_or(usize::MAX),
            ListStart::Below(key) => self.runs.partition_point(|run| run.key >= key),
        };
        let following = self.runs.get(start..).unwrap_or_default();
        let page = &following[..following.len().min(limit as usize)];
        let item = |run: &Found| run_rows::metadata_of_number(self.connection, run.pk);
        let items = page.iter().map(item).collect::<Result<_>>()?;
        Ok((items, page.len() < following.len()))
    }

    /// When the oldest and the newest run were created; `None` if none matches.
    pub fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.runs.last()?.created_at()?, self.runs.first()?.created_at()?))
    }

    /// Adds the runs to their buckets, which ascend.
    pub fn count(&self, buckets: &mut [HistogramBucket]) {
        for run in &self.runs {
            let Some(created_at) = run.created_at() else { continue };
            let following = buckets.partition_point(|bucket| bucket.start <= created_at);
            if let Some(bucket) = buckets[..following].last_mut() {
                bucket.add(run.status, 1);
            }
        }
    }

    /// The keys and numbers of at most `max` runs, oldest first.
    pub fn oldest(&self, max: usize) -> Vec<(RunKey, i64)> {
        self.runs.iter().rev().take(max).map(|run| (run.key.clone(), run.pk)).collect()
    }

    /// Adds the runs of a scope, in the range of time of `range`, that each of the other scopes has
    /// in the same status.
    fn test(&mut self, scope: Scope, range: &Selection<'_>, others: &[Scope]) -> Result<()> {
        let Scope { tenant, workflow, status } = scope;
        let from = match scope.is_of_pair() {
            true => "run_pair candidate WHERE ?1 > 0 AND pair = -?2",
            false => {
                "run candidate INDEXED BY run_by_workflow_status
                 WHERE tenant = ?1 AND workflow = ?2"
            }
        };
        let number = if scope.is_of_pair() { "candidate.run" } else { "candidate.pk" };
        let mut sql = format!(
            "SELECT created_at, id, {number} FROM {from}
             AND status = ?3 AND created_at >= ?4 AND created_at < ?5"
        );
        for other in others {
            sql += &match other.is_of_pair() {
                true => format!(
                    " AND EXISTS (SELECT 1 FROM run_pair other WHERE other.pair = {}
                      AND other.status = ?3 AND other.created_at = candidate.created_at
                      AND other.id = candidate.id)",
                    -other.workflow
                ),
                false => format!(
                    " AND (SELECT workflow FROM run WHERE run.pk = {number}) = {}",
                    other.workflow
                ),
            };
        }
        let (first, _) = stored_parts(range.from());
        // No run is created at the greatest time.
        let end = range.end().map_or(i64::MAX, |end| stored_parts(end).0);
        let state = WorkflowRunStatus::from_code(status)
            .map_err(|error| StoreError::engine_from("a scope has no status", error))?;
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params![tenant, workflow, status, first, end])?;
        while let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            let (created_at, id) = (columns.value()?, columns.run_id()?);
            let key = RunKey::new(created_at, &id);
            let pk = columns.value()?;
            self.runs.push(Found { key, pk, status: state });
        }
        Ok(())
    }
}

impl Found {
    fn created_at(&self) -> Option<Timestamp> {
        Timestamp::from_millis(self.key.parts()?.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use runledger_store::{
        KeyStore, RunStore,
        test_suite::{run, runtime},
    };

    use super::*;
    use crate::SqliteStore;

    #[test]
    fn filters_are_tested_on_the_rarest_of_them_up_to_a_number_of_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let store = SqliteStore::open(&path).unwrap();
        let tenant = runtime().block_on(async {
            let tenant = store.find_or_create_tenant("one").await.unwrap();
            let runs = (0..40).map(|number| {
                let mut run = run(&format!("run {number:02}"));
                run.created_at = Timestamp::from_millis(number).unwrap();
                run.metadata.insert("half".into(), (number / 20).to_string());
                run.metadata.insert("third".into(), (number % 3).to_string());
                run
            });
            store.record(tenant, runs.collect()).await.unwrap();
            tenant.0
        });
        let connection = Connection::open(&path).unwrap();
        let before = |time| RunFilter {
            created_before: Timestamp::from_millis(time),
            metadata: BTreeSet::from(["half:1".into(), "third:0".into()]),
            ..RunFilter::default()
        };
        let walk = |filter: RunFilter, max| {
            Walk::new(&connection, tenant, &filter.combined(), max).map(|walk| {
                let runs = walk.expect("the pairs exist").runs.into_iter();
                runs.filter_map(|run| Some(run.key.parts()?.0)).collect::<Vec<_>>()
            })
        };
        // 14 of the 40 runs have the rarer pair.
        assert_eq!(walk(before(40), 14).unwrap(), [39, 36, 33, 30, 27, 24, 21]);
        let error = StoreError::from(walk(before(40), 13).unwrap_err());
        assert!(matches!(error, StoreError::TooBroad { runs: 14, max: 13 }), "{error}");
        assert_eq!(walk(before(33), 13).unwrap(), [30, 27, 24, 21]);
        // In this range the other pair is the rarer one.
        assert_eq!(walk(before(22), 2).unwrap(), [21]);
        let never = RunFilter { metadata: BTreeSet::from(["half:2".into()]), ..before(40) };
        assert!(Walk::new(&connection, tenant, &never.combined(), 14).unwrap().is_none());
    }
}
