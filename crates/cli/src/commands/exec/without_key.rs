//! Stores the states of a run for a server whose key cannot be read, such as while it is replaced.

use runledger_model::WorkflowRunDetail;

use crate::{
    ledger::Destination,
    message::message,
    spool::{Claim, Queue, Spool},
};

/// Stores a run until it is sent with another key.
pub struct WithoutKey {
    server: Destination,
    queue: Queue,
    /// Why the key cannot be read.
    error: anyhow::Error,
}

impl WithoutKey {
    /// Stores runs for this server in this spool directory.
    pub fn new(server: Destination, spool: &Spool, error: anyhow::Error) -> Self {
        let queue = spool.queue_without_key(&server);
        Self { server, queue, error }
    }

    /// Stores that the command starts or runs: this process may be killed.
    pub fn store(&self, running: WorkflowRunDetail) -> Option<Claim> {
        // The end of the run is stored in any case, and its errors are reported.
        self.queue.store_running(running, &self.server).ok()
    }

    /// Stores the run that has ended.
    pub fn finish(&self, run: WorkflowRunDetail) {
        let Self { server, queue, error } = self;
        match queue.store(run, server) {
            Ok(claim) => message!(
                "runledger: {error:#}; stored in {}\n\
                 runledger: with a key, send it: runledger spool send --all",
                claim.path().display()
            ),
            Err(spool_error) => {
                message!("runledger: not recorded: {error:#}; not stored either: {spool_error:#}")
            }
        }
    }
}
