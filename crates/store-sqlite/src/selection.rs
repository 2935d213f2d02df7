//! The runs of a tenant that match a filter: how many they are, and where one of them is.

use runledger_model::{WorkflowRunMetadata, WorkflowRunStatus};
use runledger_store::{
    RunFilter, StoreError,
    codes::StorageCode,
    counted_index::{self, ANY, RunKey, Scope, UnionPosition},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{Result, counted_index::ready, index_rows::StoredIndex, pairs};

/// The runs that match.
pub struct Selection<'a> {
    /// The connection, in a transaction.
    pub connection: &'a Connection,
    /// The scopes with the runs, none of which have a run in common.
    pub scopes: Vec<Scope>,
    /// The least key.
    from: RunKey,
    /// The key above all, exclusive; `None`: no upper limit.
    end: Option<RunKey>,
}

/// How many runs match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All.
    pub total: u64,
    /// Those that succeeded.
    pub succeeded: u64,
    /// Those that failed.
    pub failed: u64,
    /// The runs of the scopes that are newer than the range of time.
    pub newer: u64,
}

impl<'a> Selection<'a> {
    /// The runs of this tenant that match; `None` if the filter names a workflow that never ran, or
    /// a pair of metadata that no run has. It names one of these at most.
    pub fn new(
        connection: &'a Connection,
        tenant: i64,
        filter: &RunFilter,
    ) -> Result<Option<Self>> {
        let RunFilter { workflow_id, statuses, created_from: _, created_before: _, metadata } =
            filter;
        let all = WorkflowRunStatus::ALL;
        let scopes = if let Some(pair) = metadata.first() {
            let Some(pair) = pairs::find(connection, tenant, pair)? else { return Ok(None) };
            let scope = |status: &WorkflowRunStatus| Scope::of_pair(tenant, pair, status.code());
            statuses.as_deref().unwrap_or(all).iter().map(scope).collect()
        } else {
            let workflow = match workflow_id {
                None => Some(ANY),
                Some(uid) => workflow_number(connection, tenant, uid)?,
            };
            let Some(workflow) = workflow else { return Ok(None) };
            let scope = |status| Scope { tenant, workflow, status };
            match statuses {
                None => vec![scope(ANY)],
                Some(statuses) => statuses.iter().map(|status| scope(status.code())).collect(),
            }
        };
        let (from, end) = (filter.first_key(), filter.end_key());
        Ok(Some(Self { connection, scopes, from, end }))
    }

    /// How many runs match.
    pub fn totals(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        let mut counts = Vec::with_capacity(self.scopes.len());
        for scope in &self.scopes {
            let (matching, older_than_end) = self.count(*scope)?;
            totals.total += matching;
            if self.end.is_some() {
                let all = ready(counted_index::total(&mut self.index(*scope)))?;
                totals.newer += all.saturating_sub(older_than_end);
            }
            counts.push((scope.status, matching));
        }
        totals.succeeded = self.count_status(WorkflowRunStatus::Succeeded, &counts)?;
        totals.failed = self.count_status(WorkflowRunStatus::Failed, &counts)?;
        Ok(totals)
    }

    /// The states of runs that may match.
    pub fn statuses(&self) -> impl Iterator<Item = WorkflowRunStatus> {
        let may_match = |status: &WorkflowRunStatus| {
            self.scopes.iter().any(|scope| [ANY, status.code()].contains(&scope.status))
        };
        WorkflowRunStatus::ALL.iter().copied().filter(may_match)
    }

    /// How many runs in one of the [`statuses`](Self::statuses) there are from each of these
    /// ascending keys to the next, and from the last on.
    pub fn count_from_each(&self, status: WorkflowRunStatus, keys: &[RunKey]) -> Result<Vec<u64>> {
        let Some(first) = self.scopes.first() else { return Ok(vec![0; keys.len()]) };
        let mut index = self.index(Scope { status: status.code(), ..*first });
        let mut keys: Vec<_> = keys.iter().map(|key| key.max(&self.from).clone()).collect();
        keys.extend(self.end.clone());
        let mut ranks = ready(counted_index::ranks(&mut index, &keys))?;
        if self.end.is_none() {
            ranks.push(ready(counted_index::total(&mut index))?);
        }
        Ok(ranks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect())
    }

    /// Where the run is that has `newer` newer runs in the selection, of which there are more.
    pub fn locate(&self, newer: u64, totals: &Totals) -> Result<UnionPosition> {
        if newer == 0 {
            return Ok(UnionPosition { ends: vec![self.end.clone(); self.scopes.len()], skip: 0 });
        }
        let newer = newer + totals.newer;
        let position = if let [scope] = self.scopes[..] {
            let position = ready(counted_index::locate(&mut self.index(scope), newer))?;
            position.map(|it| UnionPosition { ends: vec![it.end], skip: it.skip })
        } else {
            let mut indexes: Vec<_> = self.scopes.iter().map(|scope| self.index(*scope)).collect();
            ready(counted_index::locate_in_union(&mut indexes, newer))?
        };
        position.ok_or_else(|| StoreError::engine("the counts do not add up").into())
    }

    /// The place of the newest run of the selection whose key is below this one.
    pub fn below(&self, key: &RunKey) -> UnionPosition {
        let end = self.end.as_ref().filter(|end| *end < key).unwrap_or(key);
        UnionPosition { ends: vec![Some(end.clone()); self.scopes.len()], skip: 0 }
    }

    /// Whether a run of one of the scopes was not created before the range of time.
    pub fn includes(&self, run: &WorkflowRunMetadata) -> bool {
        self.from <= RunKey::new(run.created_at.millis(), &run.id)
    }

    /// The least key of the selection.
    pub fn from(&self) -> &RunKey {
        &self.from
    }

    /// The key above the selection, exclusive; `None`: no upper limit.
    pub fn end(&self) -> Option<&RunKey> {
        self.end.as_ref()
    }

    /// How many of the matching runs have this status. `counts` has the numbers of the scopes.
    fn count_status(&self, status: WorkflowRunStatus, counts: &[(i64, u64)]) -> Result<u64> {
        let status = status.code();
        match counts.iter().find(|(counted, _)| [ANY, status].contains(counted)) {
            Some((counted, count)) if *counted == status => Ok(*count),
            Some(_) => Ok(self.count(Scope { status, ..self.scopes[0] })?.0),
            None => Ok(0),
        }
    }

    /// How many runs of a scope are in the range of time, and how many are older than its end.
    fn count(&self, scope: Scope) -> Result<(u64, u64)> {
        let mut index = self.index(scope);
        let end = match &self.end {
            None => ready(counted_index::total(&mut index))?,
            Some(end) => ready(counted_index::rank(&mut index, end))?,
        };
        let from = match self.from == RunKey::LEAST {
            true => 0,
            false => ready(counted_index::rank(&mut index, &self.from))?,
        };
        Ok((end.saturating_sub(from), end))
    }

    fn index(&self, scope: Scope) -> StoredIndex<'a> {
        StoredIndex::new(self.connection, scope)
    }
}

fn workflow_number(connection: &Connection, tenant: i64, uid: &str) -> Result<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM workflow WHERE tenant = ?1 AND uid = ?2")?;
    Ok(statement.query_row((tenant, uid), |row| row.get(0)).optional()?)
}
