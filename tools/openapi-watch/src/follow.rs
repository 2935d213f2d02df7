//! The loop: a round after every change of the sources.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, bail};
use tokio::sync::{mpsc, watch};

use crate::{
    round::{self, Builder},
    sources::Sources,
    state::{Activity, State},
    terminal,
};

/// Runs a round now and after every change. A change during a round ends that round, whose result
/// would be out of date.
///
/// # Errors
/// Where changes are no longer reported, or a command cannot be started.
pub async fn follow(
    sources: &Sources,
    mut changes: mpsc::Receiver<()>,
    builder: &Builder,
    state: &watch::Sender<Arc<State>>,
) -> Result<()> {
    loop {
        let fingerprint = sources.fingerprint();
        let last = Arc::clone(&state.borrow());
        let start = Instant::now();
        let report_step = |step: &str| {
            let seconds = start.elapsed().as_secs_f64();
            let activity = Activity { step: step.to_owned(), seconds };
            terminal::print_activity(&activity);
            state.send_replace(Arc::new(last.during(activity)));
        };
        tokio::select! {
            changed = wait_for_change(sources, &mut changes, fingerprint) => {
                changed?;
                continue;
            }
            ended = round::run(builder, &last, &report_step) => {
                let ended = ended?;
                terminal::print(&ended);
                state.send_replace(Arc::new(ended));
            }
        }
        wait_for_change(sources, &mut changes, fingerprint).await?;
    }
}

/// Waits until the files no longer have this fingerprint.
async fn wait_for_change(
    sources: &Sources,
    changes: &mut mpsc::Receiver<()>,
    fingerprint: u64,
) -> Result<()> {
    while sources.fingerprint() == fingerprint {
        if changes.recv().await.is_none() {
            bail!("the folders are no longer watched");
        }
    }
    Ok(())
}
