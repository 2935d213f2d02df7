//! A connection for reading.

use std::path::Path;

use runledger_model::{
    ApiError, Histogram, HistogramQuery, ListExecutionsQuery, ListWorkflowRunsResponse,
    ListWorkflowsQuery, WorkflowList, WorkflowRunDetail,
};
use runledger_store::{ApiKey, Changes, Heartbeat, KeyHash, ListedKey, Result, TenantId};
use rusqlite::Connection;

use crate::{
    changes, connection, earlier_attempts, error::on_database, heartbeats, histogram, id_code,
    keys, page, step_rows, tenants, workflows,
};

/// Reads a ledger's file on the calling thread. A [`SqliteStore`](crate::SqliteStore) has a reader
/// on each of its reader threads.
///
/// # Errors
/// Every method fails with [`Busy`](runledger_store::StoreError::Busy) or
/// [`Engine`](runledger_store::StoreError::Engine).
pub struct Reader(Connection);

impl Reader {
    /// Opens a file that a [`SqliteStore`](crate::SqliteStore) has created.
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(connection::open_reader(path)?))
    }

    /// Opens a file that this process may not be permitted to write.
    pub(crate) fn observe(path: &Path) -> Result<Self> {
        let open = || -> crate::Result<Self> {
            let connection = connection::open_observer(path)?;
            tenants::expect_readable(&connection)?;
            Ok(Self(connection))
        };
        open().map_err(|error| on_database(path, error))
    }

    /// As [`RunStore::list`](runledger_store::RunStore::list).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn list(
        &self,
        tenant: TenantId,
        query: &ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse> {
        Ok(page::list(&self.0, tenant.0, query)?)
    }

    /// As [`RunStore::get`](runledger_store::RunStore::get).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.find(tenant, id, None)?)
    }

    /// As [`RunStore::get_attempt`](runledger_store::RunStore::get_attempt).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn get_attempt(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: i32,
    ) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.find(tenant, id, Some(attempt))?)
    }

    /// This attempt of a run, or its newest one.
    fn find(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: Option<i32>,
    ) -> crate::Result<Option<WorkflowRunDetail>> {
        // The run, its steps and its attempts are of the same moment.
        let transaction = self.0.unchecked_transaction()?;
        earlier_attempts::get(&transaction, tenant.0, &id_code::encode(id.as_bytes()), attempt)
    }

    /// As [`RunStore::text_size`](runledger_store::RunStore::text_size).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn text_size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        Ok(step_rows::text_size(&self.0, tenant.0, id)?)
    }

    /// As [`AnalysisStore::histogram`](runledger_store::AnalysisStore::histogram).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn histogram(
        &self,
        tenant: TenantId,
        query: &HistogramQuery,
    ) -> Result<Result<Histogram, ApiError>> {
        Ok(histogram::read(&self.0, tenant.0, query)?)
    }

    /// As [`AnalysisStore::workflows`](runledger_store::AnalysisStore::workflows).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn workflows(&self, tenant: TenantId, query: &ListWorkflowsQuery) -> Result<WorkflowList> {
        Ok(workflows::list(&self.0, tenant.0, query)?)
    }

    /// As [`ChangeStore::changes`](runledger_store::ChangeStore::changes).
    ///
    /// # Errors
    /// As stated for the [type](Reader).
    pub fn changes(&self, tenant: TenantId, after: u64, max: usize) -> Result<Changes> {
        Ok(changes::list(&self.0, tenant.0, after, max)?)
    }

    pub(crate) fn find_tenant(&self, name: &str) -> Result<Option<TenantId>> {
        Ok(tenants::find(&self.0, name)?)
    }

    pub(crate) fn heartbeats(&self) -> Result<Vec<Heartbeat>> {
        Ok(heartbeats::list(&self.0)?)
    }

    pub(crate) fn list_tenants(&self) -> Result<Vec<(TenantId, String)>> {
        Ok(tenants::list(&self.0)?)
    }

    pub(crate) fn list_keys(&self) -> Result<Vec<ListedKey>> {
        Ok(keys::list(&self.0)?)
    }

    pub(crate) fn find_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        Ok(keys::find(&self.0, hash)?)
    }

    /// Checks that the file can be read.
    pub(crate) fn expect_readable(&self) -> Result<()> {
        Ok(tenants::expect_readable(&self.0)?)
    }
}
