//! Deleting old runs on a schedule while serving.

use std::{sync::Arc, time::Duration};

use clap::Args;
use runledger_model::Timestamp;
use runledger_store::{RetentionPolicy, Store, StoreError};
use tokio::{sync::watch, task::JoinHandle};

use super::schedule::{Schedule, TimeOfDay};
use crate::{
    moment::Moment,
    pruning::{Pruned, Pruning, Stop},
    usage::bail_usage,
    values,
};

/// The options that say which runs are deleted, and when.
#[derive(Args)]
pub struct PruningOptions {
    /// Delete finished runs of all tenants that were created longer ago than this, such as 90d, at
    /// least 1d. Units: d (days), w (weeks), M (months of 30.44 days), y (years of 365.25 days); m
    /// are minutes. Nothing is deleted by default.
    #[arg(long, env = "RUNLEDGER_PRUNE_BEFORE", value_name = "AGE", value_parser = age)]
    prune_before: Option<Duration>,

    /// Delete failed runs only if they were created longer ago than this, such as 180d.
    #[arg(
        long,
        env = "RUNLEDGER_PRUNE_KEEP_FAILED",
        value_name = "AGE",
        value_parser = age,
        requires = "prune_before"
    )]
    prune_keep_failed: Option<Duration>,

    /// Time between two deletions of old runs, at least 1s. The first begins at the start.
    #[arg(
        long,
        env = "RUNLEDGER_PRUNE_EVERY",
        value_name = "DURATION",
        default_value = "1h",
        value_parser = values::duration,
        requires = "prune_before"
    )]
    prune_every: Duration,

    /// Time of the day (UTC) at which old runs are deleted, such as 03:30, instead of
    /// --prune-every.
    #[arg(
        long,
        env = "RUNLEDGER_PRUNE_AT",
        value_name = "HH:MM",
        requires = "prune_before",
        conflicts_with = "prune_every"
    )]
    prune_at: Option<TimeOfDay>,
}

/// The shortest age in seconds, a day: one that was meant to be longer, such as 6m for six months,
/// would delete nearly all runs.
const MIN_AGE: u64 = 24 * 60 * 60;
/// The longest age in seconds, a thousand years.
const MAX_AGE: u64 = 1000 * 31_557_600;

/// Parses the age of runs that a schedule deletes.
fn age(text: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(text).map_err(|_| {
        "must be an age such as 90d (a schedule has no fixed date or time)".to_owned()
    })?;
    if !(MIN_AGE..=MAX_AGE).contains(&age.as_secs()) {
        let age = humantime::format_duration(age);
        return Err(format!(
            "must be 1d to 1000y, and is {age}; d are days, m minutes, M months, y years"
        ));
    }
    Ok(age)
}

impl PruningOptions {
    /// The schedule and the ages; `None` if nothing is to be deleted.
    ///
    /// # Errors
    /// If options contradict each other; the message names them.
    pub fn retention(&self) -> anyhow::Result<Option<Retention>> {
        let Self { prune_before, prune_keep_failed, prune_every, prune_at } = self;
        let Some(before) = *prune_before else { return Ok(None) };
        if prune_keep_failed.is_some_and(|failed| failed < before) {
            bail_usage!("--prune-keep-failed must not be shorter than --prune-before");
        }
        if *prune_every < Duration::from_secs(1) {
            bail_usage!("--prune-every must be at least 1s");
        }
        let schedule = prune_at.map_or(Schedule::Every(*prune_every), Schedule::Daily);
        Ok(Some(Retention { before, keep_failed: *prune_keep_failed, schedule }))
    }
}

/// Which runs are deleted while serving, and when.
#[derive(Clone, Copy)]
pub struct Retention {
    before: Duration,
    keep_failed: Option<Duration>,
    schedule: Schedule,
}

impl Retention {
    /// Starts to delete runs in the background. The log says which, and when.
    pub fn start(self, store: Arc<dyn Store>) -> Running {
        let now = Timestamp::now();
        let RetentionPolicy { created_before: before, failed_created_before: failed, .. } =
            self.policy(now);
        let failed_before = failed.unwrap_or(before);
        let (schedule, first) = (self.schedule, self.schedule.first_time(now));
        tracing::info!(
            %before,
            %failed_before,
            %schedule,
            %first,
            "finished runs of all tenants that were created before these times will be deleted"
        );
        let (stop, stopped) = watch::channel(false);
        Running { stop, task: tokio::spawn(self.run(store, stopped)) }
    }

    async fn run(self, store: Arc<dyn Store>, mut stop: Stop) {
        let mut wait = self.schedule.first_wait(Timestamp::now());
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(wait) => {}
            }
            self.prune(&*store, stop.clone()).await;
            wait = self.schedule.next_wait(Timestamp::now());
        }
    }

    async fn prune(&self, store: &dyn Store, stop: Stop) {
        let policy = self.policy(Timestamp::now());
        let before = policy.created_before;
        let mut pruning = Pruning::new(store, stop);
        let done = prune_all(store, &mut pruning, &policy).await;
        let Pruned { runs, bytes } = pruning.pruned;
        match done {
            Ok(true) => tracing::info!(%before, runs, bytes, "old runs deleted"),
            Ok(false) => tracing::info!(%before, runs, bytes, "deleting old runs was interrupted"),
            Err(error) => {
                let error = error.report();
                tracing::error!(%before, runs, bytes, error, "deleting old runs failed");
            }
        }
    }

    fn policy(&self, now: Timestamp) -> RetentionPolicy {
        let Self { before, keep_failed, schedule: _ } = self;
        RetentionPolicy {
            created_before: Moment::Ago(*before).before(now),
            failed_created_before: keep_failed.map(|age| Moment::Ago(age).before(now)),
            workflow_id: None,
            includes_unfinished: false,
        }
    }
}

async fn prune_all(
    store: &dyn Store,
    pruning: &mut Pruning<'_>,
    policy: &RetentionPolicy,
) -> Result<bool, StoreError> {
    for (tenant, _) in store.list_tenants().await? {
        if !pruning.prune(tenant, policy, |_| {}).await? {
            return Ok(false);
        }
    }
    pruning.finish().await
}

/// The task that deletes runs.
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends the task after its current transaction.
    pub async fn stop(self) {
        let Self { stop, task } = self;
        stop.send_replace(true);
        // A panic of the task was reported when it happened.
        let _ = task.await;
    }
}
