//! The loop: a save goes in, what became of the contract comes out.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::sync::{mpsc, watch};

use super::{
    round::{self, Shown, Tools},
    sources::Sources,
    terminal,
};

/// Goes through a round now and after every change. A change during a round ends it: what it would tell is old.
///
/// # Errors
/// Where changes are told of no longer.
pub async fn follow(
    sources: &Sources,
    mut changes: mpsc::Receiver<()>,
    tools: &Tools,
    shown: &watch::Sender<Arc<Shown>>,
) -> Result<()> {
    loop {
        let print = sources.fingerprint();
        shown.send_modify(|shown| *shown = Arc::new(shown.working()));
        let last = Arc::clone(&shown.borrow());
        terminal::working();
        tokio::select! {
            changed = change(sources, &mut changes, print) => {
                changed?;
                continue;
            }
            ended = round::go(tools, &last) => {
                let ended = ended?;
                terminal::show(&ended);
                shown.send_replace(Arc::new(ended));
            }
        }
        change(sources, &mut changes, print).await?;
    }
}

/// Waits until the files are others than those of this fingerprint.
async fn change(sources: &Sources, changes: &mut mpsc::Receiver<()>, print: u64) -> Result<()> {
    while sources.fingerprint() == print {
        if changes.recv().await.is_none() {
            bail!("the folders are watched no longer");
        }
    }
    Ok(())
}
