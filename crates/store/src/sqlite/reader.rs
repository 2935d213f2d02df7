//! One reader: a connection that stays on its thread, where what it has cached stays warm.

use std::path::Path;

use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail};
use rusqlite::{Connection, OptionalExtension};

use super::{Result, keys, page, row, schema};
use crate::{ApiKey, KeyHash, ListedKey, TenantId};

/// Reads a ledger's file on the thread that it is called on. [`SqliteStore`](super::SqliteStore) has one on each
/// of its readers' threads.
pub struct Reader(Connection);

impl Reader {
    /// Opens the file, which a [`SqliteStore`](super::SqliteStore) has made.
    pub fn open(path: &Path) -> Result<Self> {
        schema::open_reader(path).map(Self)
    }

    /// As [`Store::list`](crate::Store::list).
    pub fn list(
        &self,
        tenant: TenantId,
        query: &ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse> {
        page::list(&self.0, tenant.0, query)
    }

    /// As [`Store::keys`](crate::Store::keys).
    pub fn keys(&self) -> Result<Vec<ListedKey>> {
        keys::list(&self.0)
    }

    /// The key with this hash, where the file has it.
    pub(super) fn key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        keys::find(&self.0, hash)
    }

    /// As [`Store::find_tenant`](crate::Store::find_tenant).
    pub fn tenant(&self, name: &str) -> Result<Option<TenantId>> {
        let sql = "SELECT id FROM tenant WHERE name = ?1";
        let found = self.0.prepare_cached(sql)?.query_row([name], |row| row.get(0).map(TenantId));
        Ok(found.optional()?)
    }

    /// Whether the file can be read.
    pub(super) fn check(&self) -> Result<()> {
        self.0.query_row("SELECT count(*) FROM tenant", [], |_| Ok(()))?;
        Ok(())
    }

    /// As [`Store::get`](crate::Store::get).
    pub fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>> {
        // The run and its steps come from one moment.
        let transaction = self.0.unchecked_transaction()?;
        Ok(row::stored(&transaction, tenant.0, id)?.map(|stored| stored.run))
    }

    /// As [`Store::size`](crate::Store::size).
    pub fn size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        row::size(&self.0, tenant.0, id)
    }
}
