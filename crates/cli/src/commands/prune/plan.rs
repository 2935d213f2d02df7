//! How many runs of each tenant are to be deleted.

use std::fmt;

use comfy_table::{CellAlignment, Table, TableStyle};
use indicatif::HumanCount;
use runledger_model::ListExecutionsQuery;
use runledger_store::{Result, RetentionPolicy, RunFilter, Store, TenantId};

use crate::pruning::{Pruned, Pruning};

/// The runs that a policy selects.
pub struct Plan {
    policy: RetentionPolicy,
    /// The tenants with their names and numbers of runs.
    tenants: Vec<(TenantId, String, u64)>,
}

impl Plan {
    /// Counts the runs of these tenants that the policy selects.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn new(
        store: &dyn Store,
        tenants: Vec<(TenantId, String)>,
        policy: RetentionPolicy,
    ) -> Result<Self> {
        let mut counted = Vec::with_capacity(tenants.len());
        for (tenant, name) in tenants {
            let mut runs = 0;
            for filter in policy.filters() {
                runs += store.list(tenant, query(filter)).await?.total.cast_unsigned();
            }
            counted.push((tenant, name, runs));
        }
        Ok(Self { policy, tenants: counted })
    }

    /// The number of runs of all tenants.
    pub fn total(&self) -> u64 {
        self.tenants.iter().map(|(_, _, runs)| runs).sum()
    }

    /// Deletes the runs. Returns `false` if it was stopped before the end.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn carry_out(
        &self,
        pruning: &mut Pruning<'_>,
        mut report: impl FnMut(Pruned),
    ) -> Result<bool> {
        for (tenant, _, _) in &self.tenants {
            if !pruning.prune(*tenant, &self.policy, &mut report).await? {
                return Ok(false);
            }
        }
        pruning.finish().await
    }
}

/// The list of the runs that match, whose items are not needed.
fn query(filter: RunFilter) -> ListExecutionsQuery {
    let RunFilter { workflow_id, statuses, created_from, created_before, metadata } = filter;
    ListExecutionsQuery {
        workflow_id,
        statuses,
        created_after: created_from,
        created_before,
        metadata: metadata.into_iter().collect(),
        limit: 1,
        ..ListExecutionsQuery::default()
    }
}

/// A table of the tenants, and the total.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, tenants } = self;
        let mut table = Table::new();
        table.load_style(TableStyle::new());
        table.set_header(["TENANT", "RUNS"]);
        table.add_rows(tenants.iter().map(|(_, name, runs)| [name.clone(), runs.to_string()]));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some(runs) = table.column_mut(1) {
            runs.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{}", table.trim_fmt())?;
        let RetentionPolicy {
            created_before,
            failed_created_before,
            workflow_id: _,
            includes_unfinished,
        } = policy;
        let kind = if *includes_unfinished { "" } else { "finished " };
        let count = HumanCount(self.total());
        write!(f, "Would delete {count} {kind}runs created before {created_before}")?;
        if let Some(failed) = failed_created_before {
            write!(f, ", failed ones before {failed}")?;
        }
        writeln!(f)
    }
}
