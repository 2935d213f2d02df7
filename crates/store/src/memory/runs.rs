//! The runs of one tenant in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    convert::Infallible,
};

use runledger_model::{
    ApiError, Histogram, HistogramBucket, HistogramQuery, ListExecutionsQuery,
    ListWorkflowRunsResponse, Recording, RunPatch, StepExecution, Timestamp, WorkflowRunAttempt,
    WorkflowRunDetail, WorkflowRunStatus,
};

use super::change_log::ChangeLog;
use crate::{
    Changes, Decision, Heartbeat, ListStart, MAX_TESTED_RUNS, Patched, Place, RecordedRun, Refused,
    Result, RunChange, RunFilter, RunSize, StateBeforeLoss, StoreError, TenantId, begins_attempt,
    counted_index::RunKey, decide, earlier_attempt, is_sign_of_life, kept_steps, merge,
    merge_earlier, next_cursor,
};

/// The runs of one tenant.
#[derive(Default)]
pub struct Runs {
    /// The newest attempt of each run.
    by_id: HashMap<String, WorkflowRunDetail>,
    /// The earlier attempts by their numbers.
    earlier: HashMap<String, BTreeMap<i32, WorkflowRunDetail>>,
    /// Of runs that were merged: the number of the steps that keep their places.
    kept: HashMap<String, usize>,
    /// `created_at` and id of every run, in the reverse order of lists.
    order: BTreeSet<(Timestamp, String)>,
    change_log: ChangeLog,
    /// Of live runs with a timeout: when they were recorded last, and how often.
    heartbeats: HashMap<String, (Timestamp, i64)>,
    /// Of runs that were ended because their recorders were silent.
    lost: HashMap<String, StateBeforeLoss>,
    /// Of earlier attempts that were ended for that reason.
    earlier_lost: HashMap<(String, i32), StateBeforeLoss>,
}

impl Runs {
    /// Records a run whole.
    pub fn record(&mut self, recording: Recording) -> RecordedRun {
        let id = recording.id().to_owned();
        let (recorded, place) = self.write(recording);
        if recorded.recorded.is_written() && place != Place::Earlier {
            self.lost.remove(&id);
            self.kept.remove(&id);
        }
        recorded
    }

    /// Writes a run, and returns where.
    fn write(&mut self, recording: Recording) -> (RecordedRun, Place) {
        let id = recording.id().to_owned();
        let stored = self.by_id.get(&id);
        let earlier = |attempt| {
            let earlier = self.earlier.get(&id).and_then(|earlier| earlier.get(&attempt));
            let is_lost = self.earlier_lost.contains_key(&(id.clone(), attempt));
            Ok::<_, Infallible>(earlier.map(|run| (run.clone(), is_lost)))
        };
        let Ok(Decision { recorded, place, mut run }) =
            decide(stored, self.lost.contains_key(&id), earlier, recording);
        if recorded.outcome().is_ok() && place != Place::Earlier {
            let beats = self.heartbeats.remove(&id).map_or(0, |(_, beats)| beats);
            if run.heartbeat_timeout.is_some() && !run.status.is_final() {
                self.heartbeats.insert(id.clone(), (Timestamp::now(), beats + 1));
            }
        }
        if recorded.is_written() {
            self.change_log.add(&id);
            match place {
                Place::Newest => drop(self.replace(run.clone())),
                Place::Next => {
                    let before = self.replace(run.clone());
                    if let (Some(run), Some(lost)) = (&before, self.lost.get(&id)) {
                        self.earlier_lost.insert((id.clone(), run.attempt), lost.clone());
                    }
                    before.into_iter().for_each(|before| self.keep(before));
                }
                Place::Earlier => {
                    self.earlier_lost.remove(&(id.clone(), run.attempt));
                    self.keep(run.clone());
                }
            }
        }
        run.attempts = self.attempts(&id);
        (RecordedRun { recorded, run }, place)
    }

    /// Writes the newest attempt of a run, and returns the one before.
    fn replace(&mut self, run: WorkflowRunDetail) -> Option<WorkflowRunDetail> {
        let created_at = run.created_at;
        let id = run.id.clone();
        let before = self.by_id.insert(id.clone(), run);
        if let Some(before) = &before {
            self.order.remove(&(before.created_at, id.clone()));
        }
        self.order.insert((created_at, id));
        before
    }

    /// Writes an earlier attempt of a run.
    fn keep(&mut self, run: WorkflowRunDetail) {
        self.earlier.entry(run.id.clone()).or_default().insert(run.attempt, run);
    }

    /// All attempts of a run, where there are several.
    fn attempts(&self, id: &str) -> Vec<WorkflowRunAttempt> {
        let Some(earlier) = self.earlier.get(id) else { return Vec::new() };
        earlier.values().chain(self.by_id.get(id)).map(WorkflowRunDetail::as_attempt).collect()
    }

    /// Merges what is known by now into a run.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn patch(&mut self, patch: &RunPatch, max_bytes: usize) -> Result<Patched, Refused> {
        let (newest, now) = (self.by_id.get(&patch.id), Timestamp::now());
        let lost = self.lost.get(&patch.id).filter(|_| is_sign_of_life(patch));
        let earlier = newest.and_then(|newest| Some((newest, earlier_attempt(newest, patch)?)));
        let whole = |newest: &WorkflowRunDetail| kept_steps(&newest.steps);
        let kept = self.kept.get(&patch.id).copied().or(newest.map(whole)).unwrap_or_default();
        let stored = match earlier {
            Some((_, attempt)) => self.earlier.get(&patch.id).and_then(|all| all.get(&attempt)),
            None => newest.filter(|newest| !begins_attempt(newest, patch)),
        };
        let earlier_lost = earlier
            .and_then(|(_, attempt)| self.earlier_lost.get(&(patch.id.clone(), attempt)).cloned());
        let is_note = !is_sign_of_life(patch);
        let run = match earlier {
            Some((newest, _)) => {
                let stored = stored.cloned().map(|run| match &earlier_lost {
                    Some(before) if !is_note => before.restore(run),
                    _ => run,
                });
                merge_earlier(newest, stored, patch, now)
            }
            None => {
                let newest = newest.cloned();
                let newest = newest.map(|run| match lost {
                    Some(before) => before.restore(run),
                    None => run,
                });
                merge(newest, kept, patch, now)
            }
        };
        let run = run.map_err(Refused::Invalid)?;
        RunSize::of(&run).check(max_bytes, || stored.map(RunSize::of))?;
        let metadata = run.metadata();
        let (RecordedRun { recorded, run: _ }, place) = self.write(run.into());
        if let Some(lost) = earlier_lost.filter(|_| is_note) {
            self.earlier_lost.insert((patch.id.clone(), metadata.attempt), lost);
        }
        match place {
            Place::Newest => drop(self.kept.insert(patch.id.clone(), kept)),
            Place::Next => drop(self.kept.remove(&patch.id)),
            Place::Earlier => {}
        }
        if place != Place::Earlier && (place == Place::Next || is_sign_of_life(patch)) {
            self.lost.remove(&patch.id);
        }
        Ok(Patched { recorded, run: metadata, whole: None })
    }

    /// The live runs with a timeout; `tenant` is that of all runs.
    pub fn heartbeats(&self, tenant: TenantId) -> impl Iterator<Item = Heartbeat> {
        self.heartbeats.iter().filter_map(move |(id, (heard_at, beats))| {
            let timeout = self.by_id.get(id)?.heartbeat_timeout?;
            let (id, heard_at, beats) = (id.clone(), *heard_at, *beats);
            Some(Heartbeat { tenant, id, heard_at, timeout, beats })
        })
    }

    /// Ends a run, unless it was recorded since this heartbeat. Returns whether it was ended.
    pub fn end_lost(&mut self, heartbeat: &Heartbeat) -> bool {
        let known = self.heartbeats.get(&heartbeat.id);
        let heard = (heartbeat.heard_at, heartbeat.beats);
        let is_silent = known.is_some_and(|known| *known == heard);
        let Some(stored) = self.by_id.get(&heartbeat.id).filter(|_| is_silent) else {
            return false;
        };
        let before = StateBeforeLoss::new(stored);
        let end = heartbeat.end(stored);
        let is_ended = self.patch(&end, usize::MAX).is_ok();
        if is_ended {
            self.lost.insert(heartbeat.id.clone(), before);
        }
        is_ended
    }

    /// Deletes the run with this id. Returns whether there was one.
    pub fn delete(&mut self, id: &str) -> bool {
        let Some(run) = self.by_id.remove(id) else { return false };
        self.heartbeats.remove(id);
        self.earlier.remove(id);
        self.kept.remove(id);
        self.lost.remove(id);
        self.earlier_lost.retain(|(lost, _), _| lost != id);
        self.order.remove(&(run.created_at, run.id));
        self.change_log.add(id);
        true
    }

    /// Deletes at most `max` of the runs that match, the oldest first. Returns how many.
    pub fn delete_oldest(&mut self, filter: &RunFilter, max: usize) -> usize {
        let oldest_first = self.order.iter().filter_map(|(_, id)| self.by_id.get(id));
        let matching = oldest_first.filter(|run| filter.matches(run)).take(max);
        let ids: Vec<String> = matching.map(|run| run.id.clone()).collect();
        ids.iter().filter(|id| self.delete(id)).count()
    }

    /// The newest attempt of the run with this id.
    pub fn get(&self, id: &str) -> Option<WorkflowRunDetail> {
        let run = self.by_id.get(id)?.clone();
        Some(WorkflowRunDetail { attempts: self.attempts(id), ..run })
    }

    /// This attempt of the run with this id.
    pub fn get_attempt(&self, id: &str, attempt: i32) -> Option<WorkflowRunDetail> {
        let newest = self.by_id.get(id).filter(|run| run.attempt == attempt);
        let run = newest.or_else(|| self.earlier.get(id)?.get(&attempt))?.clone();
        Some(WorkflowRunDetail { attempts: self.attempts(id), ..run })
    }

    /// As [`get_attempt`](Self::get_attempt); the newest attempt if no number is given, or there is
    /// no such attempt.
    pub fn get_or_newest(&self, id: &str, attempt: Option<i32>) -> Option<WorkflowRunDetail> {
        attempt.and_then(|attempt| self.get_attempt(id, attempt)).or_else(|| self.get(id))
    }

    /// The runs whose last change has a number above `after`, at most `max`. No deletion is ever
    /// forgotten.
    pub fn changes(&self, after: u64, max: usize) -> Changes {
        let change = |(number, id): (u64, &str)| {
            let run = self.by_id.get(id).map(WorkflowRunDetail::metadata);
            RunChange { number, id: id.to_owned(), run }
        };
        let changes = self.change_log.above(after).take(max).map(change).collect();
        Changes { changes, last: self.last_change(), deletions_after: 0 }
    }

    /// The number of the last change; 0 if there was none.
    pub fn last_change(&self) -> u64 {
        self.change_log.last()
    }

    /// The size in bytes of the text in the steps of a run; 0 if there is no such run.
    pub fn text_size(&self, id: &str) -> usize {
        let steps = self.by_id.get(id).map_or(&[][..], |run| &run.steps);
        steps.iter().map(step_text_size).sum()
    }

    /// One page of the runs that match, newest first, with the totals.
    ///
    /// # Errors
    /// [`StoreError::TooBroad`].
    pub fn list(&self, query: &ListExecutionsQuery) -> Result<ListWorkflowRunsResponse> {
        let filter = RunFilter::from(query);
        self.expect_testable(&filter)?;
        let matching: Vec<_> = self.newest_first().filter(|run| filter.matches(run)).collect();
        let count = |status| matching.iter().filter(|run| run.status == status).count() as i64;
        let start = match ListStart::from(query) {
            ListStart::Offset(offset) => offset as usize,
            ListStart::Below(key) => {
                matching.partition_point(|run| RunKey::new(run.created_at.millis(), &run.id) >= key)
            }
        };
        let following = matching.get(start..).unwrap_or_default();
        let page = following.iter().take(query.limit as usize);
        let items: Vec<_> = page.map(|run| run.metadata()).collect();
        let next_cursor = next_cursor(query, items.last(), items.len() < following.len());
        Ok(ListWorkflowRunsResponse {
            items,
            total: matching.len() as i64,
            succeeded: count(WorkflowRunStatus::Succeeded),
            failed: count(WorkflowRunStatus::Failed),
            page: query.page,
            limit: query.limit,
            next_cursor,
        })
    }

    /// Checks that the filters can be combined, as engines with an index for each do.
    fn expect_testable(&self, filter: &RunFilter) -> Result<()> {
        let combined = filter.combined();
        let number = |filter: &RunFilter| {
            self.by_id.values().filter(|run| filter.matches(run)).count() as u64
        };
        match combined.iter().map(number).min() {
            Some(runs) if runs > MAX_TESTED_RUNS && combined.len() > 1 => {
                Err(StoreError::TooBroad { runs, max: MAX_TESTED_RUNS })
            }
            _ => Ok(()),
        }
    }

    /// All runs, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &WorkflowRunDetail> {
        self.order.iter().rev().filter_map(|(_, id)| self.by_id.get(id))
    }

    /// The number of matching runs in each bucket of time.
    ///
    /// # Errors
    /// [`StoreError::TooBroad`]; the inner error is a 400 if there are too many buckets.
    pub fn histogram(&self, query: &HistogramQuery) -> Result<Result<Histogram, ApiError>> {
        let filter = RunFilter::from(&ListExecutionsQuery::from(query.clone()));
        self.expect_testable(&filter)?;
        let oldest_first = self.order.iter().filter_map(|(_, id)| self.by_id.get(id));
        let matching: Vec<_> = oldest_first.filter(|run| filter.matches(run)).collect();
        let ends = matching.first().zip(matching.last());
        let starts = match query.starts(ends.map(|(old, new)| (old.created_at, new.created_at))) {
            Ok(starts) => starts,
            Err(error) => return Ok(Err(error)),
        };
        let mut buckets: Vec<_> = starts.into_iter().map(HistogramBucket::new).collect();
        for run in matching {
            let following = buckets.partition_point(|bucket| bucket.start <= run.created_at);
            if let Some(bucket) = buckets[..following].last_mut() {
                bucket.add(run.status, 1);
            }
        }
        Ok(Ok(Histogram { buckets }))
    }
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
        outcome,
        url,
        metadata,
        parent_id,
        iteration: _,
    } = step;
    let optional = [error, outcome, url, parent_id].into_iter().flatten().map(String::len);
    let pairs = metadata.iter().map(|(key, value)| key.len() + value.len());
    id.len() + step_name.len() + optional.chain(pairs).sum::<usize>()
}
