//! The workflows of one tenant in memory.

use std::collections::{HashMap, hash_map::Entry};

use runledger_model::{
    ListWorkflowsQuery, Seconds, WorkflowList, WorkflowRunDetail, WorkflowSummary,
    limits::SUMMARIZED_RUNS,
};

use super::runs::Runs;
use crate::workflows::set_durations;

impl Runs {
    /// One page of the workflows that have runs; the one with the newest run comes first.
    pub fn workflows(&self, query: &ListWorkflowsQuery) -> WorkflowList {
        // The order of the workflows is that in which their first runs are found here.
        let mut workflows: Vec<Vec<&WorkflowRunDetail>> = Vec::new();
        let mut positions = HashMap::new();
        for run in self.newest_first().filter(|run| query.matches(&run.workflow_id)) {
            match positions.entry(&run.workflow_id) {
                Entry::Vacant(vacant) => {
                    vacant.insert(workflows.len());
                    workflows.push(vec![run]);
                }
                Entry::Occupied(position) => workflows[*position.get()].push(run),
            }
        }
        let page = workflows.iter().skip(query.offset() as usize).take(query.limit as usize);
        WorkflowList {
            items: page.filter_map(|newest_first| summary(newest_first)).collect(),
            total: workflows.len() as i64,
            page: query.page,
            limit: query.limit,
        }
    }
}

fn summary(newest_first: &[&WorkflowRunDetail]) -> Option<WorkflowSummary> {
    let mut workflow = WorkflowSummary::new(newest_first.first()?.metadata());
    for run in newest_first {
        workflow.add(run.status, 1);
    }
    let finished = newest_first.iter().filter(|run| run.status.is_final()).take(SUMMARIZED_RUNS);
    let durations: Vec<Seconds> = finished.filter_map(|run| run.duration).collect();
    set_durations(&mut workflow, durations);
    Some(workflow)
}
