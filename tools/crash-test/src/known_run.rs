//! What a recorder knows of a run.

use std::collections::BTreeMap;

use runledger_model::{RunPatch, WorkflowRunAttempt, WorkflowRunDetail};
use runledger_store::{earlier_attempt, merge, merge_earlier};

/// The attempts of a run by their numbers, as they were acknowledged; there is at least one.
#[derive(Clone)]
pub struct KnownRun {
    attempts: BTreeMap<i32, WorkflowRunDetail>,
}

impl KnownRun {
    /// What is known after this attempt was recorded; `before` is what was known.
    pub fn after(before: Option<&Self>, run: WorkflowRunDetail) -> Self {
        let mut attempts = before.map(|known| known.attempts.clone()).unwrap_or_default();
        attempts.insert(run.attempt, run);
        Self { attempts }
    }

    /// The newest attempt.
    pub fn newest(&self) -> &WorkflowRunDetail {
        self.attempts.values().next_back().expect("an attempt")
    }

    /// The attempt with this number.
    pub fn attempt(&self, number: i32) -> Option<&WorkflowRunDetail> {
        self.attempts.get(&number)
    }

    /// All attempts as the server returns them.
    pub fn returned(&self) -> Vec<WorkflowRunDetail> {
        let listed: Vec<_> = self.attempts.values().map(WorkflowRunDetail::as_attempt).collect();
        let attempts: Vec<WorkflowRunAttempt> = if listed.len() > 1 { listed } else { Vec::new() };
        let returned = |run: &WorkflowRunDetail| WorkflowRunDetail {
            attempts: attempts.clone(),
            ..run.clone()
        };
        self.attempts.values().map(returned).collect()
    }

    /// The attempt that these facts belong to, once they are merged; `None`: nothing is known of
    /// the run.
    pub fn merged(known: Option<&Self>, patch: &RunPatch) -> WorkflowRunDetail {
        let now = patch.run.created_at.flatten().or(known.map(|known| known.newest().created_at));
        let now = now.expect("the time of a new run");
        let newest = known.map(Self::newest);
        // The steps of every recorded run are in the order of a merge: none keeps another place.
        let merged =
            match newest.and_then(|newest| earlier_attempt(newest, patch).zip(Some(newest))) {
                Some((number, newest)) => {
                    let stored = known.and_then(|known| known.attempt(number)).cloned();
                    merge_earlier(newest, stored, patch, now)
                }
                None => merge(newest.cloned(), 0, patch, now),
            };
        merged.expect("the facts can be merged")
    }
}
