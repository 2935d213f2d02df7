//! The runs that match a filter: those of scopes of the counted index, or tested one by one.

use runledger_store::{MAX_TESTED_RUNS, RunFilter};
use rusqlite::Connection;

use crate::{Result, selection::Selection, walk::Walk};

/// The runs of a tenant that match a filter.
pub enum Matching<'a> {
    /// None: the filter names a workflow that never ran, or a pair of metadata that no run has.
    None,
    /// Those of scopes.
    Counted(Selection<'a>),
    /// Those that were found among the runs of a scope.
    Walked(Walk<'a>),
}

impl<'a> Matching<'a> {
    /// The runs of this tenant that match.
    pub fn find(connection: &'a Connection, tenant: i64, filter: &RunFilter) -> Result<Self> {
        let combined = filter.combined();
        if combined.len() > 1 {
            let walk = Walk::new(connection, tenant, &combined, MAX_TESTED_RUNS)?;
            return Ok(walk.map_or(Self::None, Self::Walked));
        }
        let selection = Selection::new(connection, tenant, filter)?;
        Ok(selection.map_or(Self::None, Self::Counted))
    }
}
