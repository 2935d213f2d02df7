//! The contract of recording and listing, stated without any of the store's own code.

use std::{cmp::Reverse, collections::BTreeSet};

use runledger_model::{
    BucketWidth, HistogramBucket, HistogramQuery, ListCursor, ListExecutionsQuery,
    ListWorkflowRunsResponse, ListWorkflowsQuery, Timestamp, WorkflowList, WorkflowRunDetail,
    WorkflowRunMetadata,
    WorkflowRunStatus::{Cancelled, Failed, Paused, Pending, Running, Succeeded},
    WorkflowSummary,
};
use runledger_store::Recorded;

/// The runs of one tenant in no order: the newest attempt of each, and the earlier ones.
#[derive(Default)]
pub struct Contract(Vec<WorkflowRunDetail>, Vec<WorkflowRunDetail>);

impl Contract {
    /// The first or a higher attempt of a run is what is listed of it; the one before is kept. An
    /// attempt replaces the one with its number, unless they are equal, or the stored one is final
    /// and the new one is not.
    pub fn record(&mut self, run: &WorkflowRunDetail) -> Recorded {
        let Self(newest, earlier) = self;
        let Some(stored) = newest.iter_mut().find(|stored| stored.id == run.id) else {
            newest.push(run.clone());
            return Recorded::Created;
        };
        if run.attempt > stored.attempt {
            earlier.push(std::mem::replace(stored, run.clone()));
            return Recorded::Updated;
        }
        if run.attempt == stored.attempt {
            return replace(stored, run);
        }
        let known = |stored: &&mut WorkflowRunDetail| {
            (&stored.id, stored.attempt) == (&run.id, run.attempt)
        };
        match earlier.iter_mut().find(known) {
            Some(stored) => replace(stored, run),
            None => {
                earlier.push(run.clone());
                Recorded::Updated
            }
        }
    }

    /// The run with this id, with the list of its attempts if there are several.
    pub fn get(&self, id: &str) -> Option<WorkflowRunDetail> {
        let newest = self.0.iter().find(|run| run.id == id)?;
        let all = self.1.iter().filter(|run| run.id == id).chain([newest]);
        let mut attempts: Vec<_> = all.map(WorkflowRunDetail::as_attempt).collect();
        attempts.sort_by_key(|attempt| attempt.attempt);
        attempts.truncate(if attempts.len() > 1 { attempts.len() } else { 0 });
        Some(WorkflowRunDetail { attempts, ..newest.clone() })
    }

    /// The buckets that have matching runs: for each, the list of the runs created within it.
    pub fn buckets_with_runs(&self, query: &HistogramQuery) -> Vec<HistogramBucket> {
        let width = match query.bucket {
            BucketWidth::Minute => 60_000,
            BucketWidth::Hour => 3_600_000,
            BucketWidth::Day => 86_400_000,
            BucketWidth::Week => 604_800_000,
        };
        // 1969-12-29 was a Monday.
        let start = |run: &WorkflowRunMetadata| {
            let since = run.created_at.millis() + 3 * 86_400_000;
            run.created_at.millis() - since.rem_euclid(width)
        };
        let all = ListExecutionsQuery { limit: i32::MAX, ..query.clone().into() };
        let runs = self.list(&all).items;
        let starts: BTreeSet<_> = runs.iter().map(start).collect();
        let bucket = |at: i64| {
            let inside: Vec<_> = runs.iter().filter(|run| start(run) == at).collect();
            let count = |status| inside.iter().filter(|run| run.status == status).count() as i64;
            HistogramBucket {
                start: Timestamp::from_millis(at).unwrap(),
                total: inside.len() as i64,
                pending: count(Pending),
                running: count(Running),
                succeeded: count(Succeeded),
                failed: count(Failed),
                cancelled: count(Cancelled),
                paused: count(Paused),
            }
        };
        starts.into_iter().map(bucket).collect()
    }

    /// The workflows of all runs; those with the newest runs come first. Each is told by the lists
    /// of its runs.
    pub fn workflows(&self, query: &ListWorkflowsQuery) -> WorkflowList {
        let uids: BTreeSet<_> = self.0.iter().map(|run| run.workflow_id.clone()).collect();
        let beginning = query.q.clone().unwrap_or_default();
        let summary = |uid: String| {
            let all = ListExecutionsQuery { workflow_id: Some(uid.clone()), ..unlimited() };
            let runs = self.list(&all).items;
            let count = |status| runs.iter().filter(|run| run.status == status).count() as i64;
            let finished = [Succeeded, Failed, Cancelled];
            let finished = runs.iter().filter(|run| finished.contains(&run.status)).take(200);
            let mut durations: Vec<_> = finished.filter_map(|run| run.duration).collect();
            durations.sort();
            // The duration that this share of the runs does not exceed.
            let percentile = |share: f64| {
                let enough = durations.len() as f64 * share;
                (1..).zip(&durations).find(|(n, _)| f64::from(*n) >= enough).map(|(_, it)| *it)
            };
            WorkflowSummary {
                workflow_id: uid,
                total: runs.len() as i64,
                pending: count(Pending),
                running: count(Running),
                succeeded: count(Succeeded),
                failed: count(Failed),
                cancelled: count(Cancelled),
                paused: count(Paused),
                median_duration: percentile(0.5),
                p95_duration: percentile(0.95),
                newest_run: runs[0].clone(),
            }
        };
        let matching =
            uids.into_iter().filter(|uid| uid.as_bytes().starts_with(beginning.as_bytes()));
        let mut items: Vec<_> = matching.map(summary).collect();
        items.sort_by_key(|it| Reverse((it.newest_run.created_at, it.newest_run.id.clone())));
        let total = items.len() as i64;
        let (page, limit) = (query.page, query.limit);
        let skipped = (page - 1) as usize * limit as usize;
        let items = items.into_iter().skip(skipped).take(limit as usize).collect();
        WorkflowList { items, total, page, limit }
    }

    /// The runs that match, sorted by `created_at` and id, both descending; the page is a part of
    /// them.
    pub fn list(&self, query: &ListExecutionsQuery) -> ListWorkflowRunsResponse {
        let mut runs: Vec<_> = self.0.iter().collect();
        runs.retain(|run| query.workflow_id.as_ref().is_none_or(|id| *id == run.workflow_id));
        runs.retain(|run| query.status.status().is_none_or(|status| status == run.status));
        if let Some(statuses) = &query.statuses {
            runs.retain(|run| statuses.contains(&run.status));
        }
        runs.retain(|run| query.created_after.is_none_or(|time| run.created_at >= time));
        runs.retain(|run| query.created_before.is_none_or(|time| run.created_at < time));
        let has = |run: &WorkflowRunDetail, pair: &str| {
            run.metadata.iter().any(|(key, value)| format!("{key}:{value}") == pair)
        };
        runs.retain(|run| query.metadata.iter().all(|pair| has(run, pair)));
        runs.sort_by_key(|run| Reverse((run.created_at, run.id.as_bytes())));
        let count = |status| runs.iter().filter(|run| run.status == status).count() as i64;
        let skipped = match &query.cursor {
            None => (query.page - 1) as usize * query.limit as usize,
            Some(ListCursor::Newest) => 0,
            Some(ListCursor::Below { created_at, id, .. }) => {
                let listed = |run: &&&WorkflowRunDetail| {
                    (run.created_at, run.id.as_bytes()) >= (*created_at, id.as_bytes())
                };
                runs.iter().filter(listed).count()
            }
        };
        let items: Vec<_> = runs
            .iter()
            .skip(skipped)
            .take(query.limit as usize)
            .map(|run| run.metadata())
            .collect();
        let last = items.last().filter(|_| skipped + items.len() < runs.len());
        let next = last
            .map(|run| ListCursor::below(&query.filters(), run.created_at, &run.id).to_string());
        ListWorkflowRunsResponse {
            total: runs.len() as i64,
            succeeded: count(Succeeded),
            failed: count(Failed),
            page: query.page,
            limit: query.limit,
            items,
            next_cursor: query.cursor.is_some().then_some(next),
        }
    }
}

/// The list of all runs.
fn unlimited() -> ListExecutionsQuery {
    ListExecutionsQuery { limit: i32::MAX, ..ListExecutionsQuery::default() }
}

/// One attempt replaces another of the same number.
fn replace(stored: &mut WorkflowRunDetail, run: &WorkflowRunDetail) -> Recorded {
    let is_final = |run: &WorkflowRunDetail| [Succeeded, Failed, Cancelled].contains(&run.status);
    if stored == run {
        return Recorded::Unchanged;
    }
    if is_final(stored) && !is_final(run) {
        return Recorded::Conflict { from: stored.status, to: run.status };
    }
    *stored = run.clone();
    Recorded::Updated
}
