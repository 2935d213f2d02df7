//! The runs of one tenant in memory.

use std::collections::{BTreeSet, HashMap};

use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, StepExecution, Timestamp, WorkflowRunDetail,
    WorkflowRunStatus,
};

use crate::{Recorded, decide};

/// The runs of one tenant.
#[derive(Default)]
pub struct Runs {
    by_id: HashMap<String, WorkflowRunDetail>,
    /// `created_at` and id of every run, in the reverse order of lists.
    order: BTreeSet<(Timestamp, String)>,
}

impl Runs {
    /// Records a run.
    pub fn record(&mut self, run: WorkflowRunDetail) -> Recorded {
        let stored = self.by_id.get(&run.id);
        let recorded = decide(stored, &run);
        if recorded.is_written() {
            if let Some(stored) = stored {
                self.order.remove(&(stored.created_at, stored.id.clone()));
            }
            self.order.insert((run.created_at, run.id.clone()));
            self.by_id.insert(run.id.clone(), run);
        }
        recorded
    }

    /// The run with this id.
    pub fn get(&self, id: &str) -> Option<&WorkflowRunDetail> {
        self.by_id.get(id)
    }

    /// The size in bytes of the text in the steps of a run; 0 if there is no such run.
    pub fn text_size(&self, id: &str) -> usize {
        let steps = self.by_id.get(id).map_or(&[][..], |run| &run.steps);
        steps.iter().map(step_text_size).sum()
    }

    /// One page of the runs that match, newest first, with the totals.
    pub fn list(&self, query: &ListExecutionsQuery) -> ListWorkflowRunsResponse {
        let mut response = ListWorkflowRunsResponse {
            items: Vec::new(),
            total: 0,
            succeeded: 0,
            failed: 0,
            page: query.page,
            limit: query.limit,
        };
        let page = query.offset()..query.offset() + i64::from(query.limit);
        let newest_first = self.order.iter().rev().filter_map(|(_, id)| self.by_id.get(id));
        for run in newest_first.filter(|run| matches(run, query)) {
            if page.contains(&response.total) {
                response.items.push(run.metadata());
            }
            response.total += 1;
            response.succeeded += i64::from(run.status == WorkflowRunStatus::Succeeded);
            response.failed += i64::from(run.status == WorkflowRunStatus::Failed);
        }
        response
    }
}

fn matches(run: &WorkflowRunDetail, query: &ListExecutionsQuery) -> bool {
    let ListExecutionsQuery { page: _, limit: _, workflow_id, status } = query;
    workflow_id.as_ref().is_none_or(|id| *id == run.workflow_id)
        && status.status().is_none_or(|status| status == run.status)
}

fn step_text_size(step: &StepExecution) -> usize {
    let StepExecution {
        id,
        step_name,
        step_type: _,
        status: _,
        attempt: _,
        error,
        duration: _,
        created_at: _,
        started_at: _,
        finished_at: _,
    } = step;
    id.len() + step_name.len() + error.as_ref().map_or(0, String::len)
}
