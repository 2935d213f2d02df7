//! Following the changes of a ledger as they happen.

use anyhow::Result;

use super::{followed::Followed, local_changes::LocalChanges, remote_changes::RemoteChanges};

/// The changes of a ledger from now on.
pub enum Changes<'a> {
    /// Of a database file.
    Local(LocalChanges<'a>),
    /// Of a server.
    Remote(RemoteChanges<'a>),
}

impl Changes<'_> {
    /// Waits for what comes next.
    ///
    /// # Errors
    /// If the database fails, or the server refuses the request for good.
    pub async fn next(&mut self) -> Result<Followed> {
        match self {
            Self::Local(changes) => changes.next().await,
            Self::Remote(changes) => Ok(changes.next().await?),
        }
    }
}
