//! Filling the demo's two tenants.

use std::sync::Arc;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use runledger_model::{Timestamp, WorkflowRunDetail, examples};
use runledger_sample::{documented_world, history};
use runledger_store::{NewApiKey, Store, TenantId, new_secret};
use tokio::{sync::mpsc, task::JoinSet};

/// The same history in every demo, but for its end, which is now.
const SEED: u64 = 20_250_104;
/// How many runs are recorded in one transaction.
const BATCH: usize = 1000;
/// How many batches wait for the database's one writer: enough that it never waits for the generator.
const IN_FLIGHT: usize = 4;
/// From so many steps on a run is worth showing for its width.
const WIDE: i32 = 200;

/// What was filled in, as far as the reader wants to know it.
pub struct Filled {
    /// The key of the tenant with the large history.
    pub key: String,
    /// How many runs that tenant has.
    pub runs: usize,
    /// The newest run with hundreds of steps, and how many it has.
    pub wide: Option<(String, i32)>,
}

/// Fills both tenants and makes their keys, with a progress bar where somebody looks on.
pub async fn fill(store: &Arc<dyn Store>, runs: usize) -> anyhow::Result<Filled> {
    let documentation = store.tenant("documentation").await?;
    add_key(store, documentation, examples::API_KEY).await?;
    store.record(documentation, documented_world()).await?;

    let demo = store.tenant("demo").await?;
    let key = new_secret();
    add_key(store, demo, &key).await?;
    let wide = record_history(store, demo, runs).await?;
    Ok(Filled { key, runs, wide })
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
            .context("the progress bar's template")?,
    );
    let mut batches = generate(runs);
    let mut recording = JoinSet::new();
    let mut wide = None;
    while let Some(batch) = batches.recv().await {
        let widest = batch.iter().rev().find(|run| run.step_count >= WIDE && run.status.is_final());
        wide = widest.map(|run| (run.id.clone(), run.step_count)).or(wide);
        if recording.len() == IN_FLIGHT {
            finish_one(&mut recording, &bar).await?;
        }
        let store = Arc::clone(store);
        recording.spawn(async move {
            let number = batch.len();
            store.record(tenant, batch).await.map(|_| number)
        });
    }
    while !recording.is_empty() {
        finish_one(&mut recording, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(wide)
}

/// Generates the history on a thread of its own, in batches; it ends early when nobody takes them any more.
fn generate(runs: usize) -> mpsc::Receiver<Vec<WorkflowRunDetail>> {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    tokio::task::spawn_blocking(move || {
        let mut history = history(SEED, runs, Timestamp::now());
        loop {
            let batch: Vec<_> = history.by_ref().take(BATCH).collect();
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
