//! Generates the runs of the demo's two tenants and records them.

use std::sync::Arc;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use runledger_model::{Timestamp, WorkflowRunDetail, examples};
use runledger_sample::{documented_runs, history};
use runledger_store::{NewApiKey, Store, TenantId, new_secret};
use tokio::{sync::mpsc, task::JoinSet};

/// Every demo has the same history, which ends at the current time.
const SEED: u64 = 20_250_104;
/// Number of runs that are recorded in one transaction.
const BATCH_RUNS: usize = 1000;
/// Number of batches that are generated ahead, so that the database's writer is never idle.
const CONCURRENT_BATCHES: usize = 4;
/// Least number of steps of the run that is shown as an example of a large one.
const LARGE_RUN_STEPS: i32 = 200;

/// What the message to the user needs to know.
pub struct Filled {
    /// The key of the tenant with the large history.
    pub key: String,
    /// Number of runs of that tenant.
    pub runs: usize,
    /// The newest finished run with hundreds of steps: its id and number of steps.
    pub large_run: Option<(String, i32)>,
}

/// Records the runs of both tenants and creates their keys. Shows a progress bar on a terminal.
pub async fn fill(store: &Arc<dyn Store>, runs: usize) -> anyhow::Result<Filled> {
    let documentation = store.find_or_create_tenant("documentation").await?;
    add_key(store, documentation, examples::API_KEY).await?;
    store.record(documentation, documented_runs()).await?;

    let demo = store.find_or_create_tenant("demo").await?;
    let key = new_secret();
    add_key(store, demo, &key).await?;
    let large_run = record_history(store, demo, runs).await?;
    Ok(Filled { key, runs, large_run })
}

async fn add_key(store: &Arc<dyn Store>, tenant: TenantId, secret: &str) -> anyhow::Result<()> {
    store.create_key(NewApiKey::of(secret, tenant)).await?;
    Ok(())
}

async fn record_history(
    store: &Arc<dyn Store>,
    tenant: TenantId,
    runs: usize,
) -> anyhow::Result<Option<(String, i32)>> {
    let bar = ProgressBar::new(runs as u64).with_message("Recording runs").with_style(
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
            .context("invalid progress bar template")?,
    );
    let mut batches = generate(runs);
    let mut recording = JoinSet::new();
    let mut large_run = None;
    while let Some(batch) = batches.recv().await {
        let newest = batch
            .iter()
            .rev()
            .find(|run| run.step_count >= LARGE_RUN_STEPS && run.status.is_final());
        large_run = newest.map(|run| (run.id.clone(), run.step_count)).or(large_run);
        if recording.len() == CONCURRENT_BATCHES {
            finish_one(&mut recording, &bar).await?;
        }
        let store = Arc::clone(store);
        recording.spawn(async move {
            let count = batch.len();
            store.record(tenant, batch).await.map(|_| count)
        });
    }
    while !recording.is_empty() {
        finish_one(&mut recording, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(large_run)
}

/// Generates the history in batches, on a thread of its own that ends when the receiver is dropped.
fn generate(runs: usize) -> mpsc::Receiver<Vec<WorkflowRunDetail>> {
    let (sender, receiver) = mpsc::channel(CONCURRENT_BATCHES);
    tokio::task::spawn_blocking(move || {
        let mut history = history(SEED, runs, Timestamp::now());
        loop {
            let batch: Vec<_> = history.by_ref().take(BATCH_RUNS).collect();
            if batch.is_empty() || sender.blocking_send(batch).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn finish_one(
    recording: &mut JoinSet<Result<usize, runledger_store::StoreError>>,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    if let Some(recorded) = recording.join_next().await {
        bar.inc(recorded?? as u64);
    }
    Ok(())
}
