//! The ledger as one would write it without a thought for speed: what every engine is held to.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::Recorded;
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail, WorkflowRunStatus,
};

/// Runs by tenant and id.
#[derive(Default)]
pub struct ReferenceLedger(BTreeMap<(usize, String), WorkflowRunDetail>);

impl ReferenceLedger {
    /// What became of the run.
    pub fn record(&mut self, tenant: usize, run: &WorkflowRunDetail) -> Recorded {
        let key = (tenant, run.id.clone());
        let recorded = match self.0.get(&key) {
            None => Recorded::Created,
            Some(before) if before == run => return Recorded::Unchanged,
            Some(before) if before.status.is_final() && !run.status.is_final() => {
                return Recorded::Conflict { from: before.status, to: run.status };
            }
            Some(_) => Recorded::Updated,
        };
        self.0.insert(key, run.clone());
        recorded
    }

    /// The run.
    pub fn get(&self, tenant: usize, id: &str) -> Option<WorkflowRunDetail> {
        self.0.get(&(tenant, id.to_owned())).cloned()
    }

    /// The page, by filtering, sorting, counting and skipping.
    pub fn list(&self, tenant: usize, query: &ListExecutionsQuery) -> ListWorkflowRunsResponse {
        let mut runs: Vec<_> =
            self.0.iter().filter(|((t, _), _)| *t == tenant).map(|(_, run)| run).collect();
        runs.retain(|run| query.workflow_id.as_ref().is_none_or(|id| *id == run.workflow_id));
        runs.retain(|run| query.status.status().is_none_or(|status| status == run.status));
        runs.sort_by_key(|run| Reverse((run.created_at, run.id.as_bytes())));
        let count = |status| runs.iter().filter(|run| run.status == status).count() as i64;
        ListWorkflowRunsResponse {
            total: runs.len() as i64,
            succeeded: count(WorkflowRunStatus::Succeeded),
            failed: count(WorkflowRunStatus::Failed),
            page: query.page,
            limit: query.limit,
            items: runs
                .iter()
                .skip(query.offset() as usize)
                .take(query.limit as usize)
                .map(|run| run.metadata())
                .collect(),
        }
    }
}
