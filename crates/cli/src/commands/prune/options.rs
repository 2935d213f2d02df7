//! Which runs `runledger prune` deletes.

use std::path::Path;

use anyhow::bail;
use clap::Args;
use runledger_model::{ListExecutionsQuery, Timestamp};
use runledger_store::{RetentionPolicy, Store, StoreError, TenantId};

use crate::{moment::Moment, names, usage::bail_usage};

/// The options that select runs.
#[derive(Args)]
pub struct Options {
    /// Delete runs created before this time: an age such as 90d, a date such as 2025-01-04
    /// (midnight UTC), or an RFC 3339 time such as 2025-01-04T12:00:00+02:00. Units of an age: s
    /// (seconds), m (minutes), h (hours), d (days), w (weeks), M (months of 30.44 days), y (years
    /// of 365.25 days).
    #[arg(long, env = "RUNLEDGER_BEFORE", value_name = "TIME", value_parser = Moment::parse)]
    before: Moment,

    /// Delete failed runs only if they were created before this time, which is given in the same
    /// ways as for --before and must not be later.
    #[arg(long, env = "RUNLEDGER_KEEP_FAILED", value_name = "TIME", value_parser = Moment::parse)]
    keep_failed: Option<Moment>,

    /// Delete only the runs of this tenant. May be repeated. All tenants by default.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME")]
    tenant: Vec<String>,

    /// Delete only the runs of this workflow, of which some tenant must have runs.
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,

    /// Also delete runs that have not finished. Some may have been waiting since they were
    /// created.
    #[arg(long, env = "RUNLEDGER_INCLUDE_UNFINISHED")]
    include_unfinished: bool,
}

impl Options {
    /// The policy if it is now `now`.
    ///
    /// # Errors
    /// If a time is in the future, the times contradict each other, or the workflow's id is
    /// invalid.
    pub fn policy(&self, now: Timestamp) -> anyhow::Result<RetentionPolicy> {
        if let Some(workflow) = &self.workflow {
            names::check("--workflow", workflow, names::REQUIRED)?;
        }
        let created_before = self.before.before(now);
        if created_before > now {
            bail_usage!("--before ({created_before}) must not be in the future");
        }
        let failed_created_before = self.keep_failed.as_ref().map(|time| time.before(now));
        if let Some(failed) = failed_created_before
            && failed > created_before
        {
            bail_usage!(
                "--keep-failed ({failed}) must not be later than --before ({created_before})"
            );
        }
        Ok(RetentionPolicy {
            created_before,
            failed_created_before,
            workflow_id: self.workflow.clone(),
            includes_unfinished: self.include_unfinished,
        })
    }

    /// The tenants in the database, or those of them that the options name.
    ///
    /// # Errors
    /// If a name is invalid or names no tenant, no tenant has runs of the workflow, or the store
    /// fails.
    pub async fn tenants(
        &self,
        store: &dyn Store,
        path: &Path,
    ) -> anyhow::Result<Vec<(TenantId, String)>> {
        let mut tenants = store.list_tenants().await?;
        for name in &self.tenant {
            names::check("--tenant", name, names::REQUIRED)?;
            if !tenants.iter().any(|(_, tenant)| tenant == name) {
                bail!("there is no tenant {name:?} in {}", path.display());
            }
        }
        if let Some(workflow) = &self.workflow
            && !has_workflow(store, &tenants, workflow).await?
        {
            bail!("no tenant has runs of the workflow {workflow:?} in {}", path.display());
        }
        if !self.tenant.is_empty() {
            tenants.retain(|(_, tenant)| self.tenant.contains(tenant));
        }
        Ok(tenants)
    }
}

async fn has_workflow(
    store: &dyn Store,
    tenants: &[(TenantId, String)],
    workflow: &str,
) -> Result<bool, StoreError> {
    for (tenant, _) in tenants {
        let workflow_id = Some(workflow.to_owned());
        let query = ListExecutionsQuery { workflow_id, limit: 1, ..Default::default() };
        if store.list(*tenant, query).await?.total > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
