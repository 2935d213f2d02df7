//! Looking for damage of a large file while it is served already.

use std::{path::Path, sync::Arc, thread};

use runledger_store::{Result, StoreError};
use rusqlite::InterruptHandle;

use crate::{check, connection, error::on_database};

/// The running check. Dropping it ends it.
pub struct BackgroundCheck {
    interrupt: Arc<InterruptHandle>,
    thread: Option<thread::JoinHandle<()>>,
}

impl BackgroundCheck {
    /// Starts to look through the pages of a file that is open. Damage is logged.
    ///
    /// # Errors
    /// An error of opening the file once more, or of starting a thread.
    pub fn start(path: &Path) -> Result<Self> {
        let connection =
            connection::open_observer(path).map_err(|error| on_database(path, error))?;
        let interrupt = Arc::new(connection.get_interrupt_handle());
        let path = path.to_owned();
        let check = move || {
            let found = check::expect_undamaged_by(&path, &connection);
            // Otherwise it was interrupted, or the disk failed, which other readings report.
            if let Err(error @ StoreError::Damaged { .. }) = found {
                tracing::error!(
                    error = error.report(),
                    "restore a backup, or stop the server and save what can be read: \
                     runledger check --repair --database {}",
                    path.display(),
                );
            }
        };
        let thread = thread::Builder::new().name("runledger-check".into()).spawn(check);
        let failed = |error| StoreError::engine_from("the check cannot be started", error);
        Ok(Self { interrupt, thread: Some(thread.map_err(failed)?) })
    }
}

impl Drop for BackgroundCheck {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A statement that begins just now is not interrupted by an earlier call.
            while !thread.is_finished() {
                self.interrupt.interrupt();
                thread::yield_now();
            }
            let _ = thread.join();
        }
    }
}
