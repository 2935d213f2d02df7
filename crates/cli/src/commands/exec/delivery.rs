//! Delivers the states of a run to the server, or to the spool directory.

use std::{path::PathBuf, time::Duration};

use runledger_client::Retry;
use runledger_model::WorkflowRunDetail;

use super::spool::Spool;
use crate::{
    ledger::{Access, RemoteError, RemoteLedger},
    message::message,
    names,
};

/// Time allowed for one request to the server.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The destination of the run; none if the options do not name one.
pub struct Delivery(Option<Destination>);

struct Destination {
    server: RemoteLedger,
    spool: Spool,
}

impl Delivery {
    /// Reports invalid options on standard error; the command runs anyway.
    pub fn new(workflow: &str, access: &Access, spool: Option<PathBuf>) -> Self {
        let destination = Destination::new(workflow, access, spool);
        if let Err(error) = &destination {
            message!("runledger: not recorded: {error:#}");
        }
        Self(destination.ok())
    }

    /// Records that the run has started. A failure is ignored, since the end of the run is
    /// delivered in any case.
    pub async fn announce(&self, run: WorkflowRunDetail) {
        if let Some(Destination { server, spool: _ }) = &self.0 {
            let _ = record(server, &run).await;
        }
    }

    /// Delivers the run that has ended and then the runs in the spool directory. If the server
    /// fails, stores the run in the spool directory.
    pub async fn finish(&self, run: WorkflowRunDetail) {
        let Some(Destination { server, spool }) = &self.0 else { return };
        let Err(error) = record(server, &run).await else {
            return spool.deliver(async |run| record(server, run).await).await;
        };
        match spool.store(&run) {
            Ok(file) => message!(
                "runledger: {error}; stored in {} until this server accepts it with this key",
                file.display()
            ),
            Err(spool_error) => {
                message!("runledger: not recorded: {error}; not stored either: {spool_error:#}");
            }
        }
    }
}

impl Destination {
    fn new(workflow: &str, access: &Access, spool: Option<PathBuf>) -> anyhow::Result<Self> {
        names::check("--workflow", workflow, names::REQUIRED)?;
        // Sent once: the command must not wait, and the spool directory holds what fails.
        let server = access.ledger(Retry::NEVER)?;
        let spool = Spool::new(spool, server.identity())?;
        Ok(Self { server, spool })
    }
}

async fn record(server: &RemoteLedger, run: &WorkflowRunDetail) -> Result<(), RemoteError> {
    let recorded = tokio::time::timeout(REQUEST_TIMEOUT, server.record(run)).await;
    recorded.unwrap_or_else(|_| {
        let seconds = REQUEST_TIMEOUT.as_secs();
        Err(RemoteError::NoResponse(format!("no response within {seconds} s")))
    })
}
