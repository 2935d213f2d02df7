//! Which runs a list shows, and where it starts.

use std::collections::BTreeSet;

use runledger_model::{
    ListCursor, ListExecutionsQuery, Timestamp, WorkflowRunDetail, WorkflowRunMetadata,
    WorkflowRunStatus, metadata_pairs,
};

use crate::counted_index::RunKey;

/// The greatest number of runs on which several filters are tested one by one.
pub const MAX_TESTED_RUNS: u64 = 100_000;

/// Which runs of a tenant match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RunFilter {
    /// Those of the workflow with this UID; `None`: of all workflows.
    pub workflow_id: Option<String>,
    /// Those in one of these states, of which none is repeated; `None`: in any state.
    pub statuses: Option<Vec<WorkflowRunStatus>>,
    /// Those that were created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Those that were created before this time.
    pub created_before: Option<Timestamp>,
    /// Those that have all of these pairs of metadata, each written `key:value`.
    pub metadata: BTreeSet<String>,
}

impl From<&ListExecutionsQuery> for RunFilter {
    fn from(query: &ListExecutionsQuery) -> Self {
        let ListExecutionsQuery {
            page: _,
            limit: _,
            workflow_id,
            status: _,
            statuses: _,
            created_after,
            created_before,
            metadata,
            cursor: _,
        } = query;
        Self {
            workflow_id: workflow_id.clone(),
            statuses: query.matching_statuses(),
            created_from: *created_after,
            created_before: *created_before,
            metadata: metadata.iter().cloned().collect(),
        }
    }
}

impl RunFilter {
    /// Whether a run matches.
    pub fn matches(&self, run: &WorkflowRunDetail) -> bool {
        let Self { workflow_id, statuses, created_from, created_before, metadata } = self;
        workflow_id.as_ref().is_none_or(|id| *id == run.workflow_id)
            && statuses.as_ref().is_none_or(|statuses| statuses.contains(&run.status))
            && created_from.is_none_or(|from| from <= run.created_at)
            && created_before.is_none_or(|before| run.created_at < before)
            && (metadata.is_empty() || metadata.is_subset(&metadata_pairs(&run.metadata)))
    }

    /// The filters that have an index each, and that only a test of each run can combine: a filter
    /// that has the range and the states of this one, for the workflow and for each pair.
    pub fn combined(&self) -> Vec<Self> {
        let workflow =
            self.workflow_id.is_some().then(|| Self { metadata: BTreeSet::new(), ..self.clone() });
        let pairs = self.metadata.iter().map(|pair| Self {
            workflow_id: None,
            metadata: BTreeSet::from([pair.clone()]),
            ..self.clone()
        });
        workflow.into_iter().chain(pairs).collect()
    }

    /// The least key of the runs in the range of time.
    pub fn first_key(&self) -> RunKey {
        self.created_from.map_or(RunKey::LEAST, |time| RunKey::new(time.millis(), ""))
    }

    /// The key above the runs in the range of time, exclusive; `None`: no upper limit.
    pub fn end_key(&self) -> Option<RunKey> {
        self.created_before.map(|time| RunKey::new(time.millis(), ""))
    }
}

/// The first of the runs that a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListStart {
    /// The run that this many matching runs are newer than.
    Offset(u64),
    /// The newest matching run whose key is below this one.
    Below(RunKey),
}

impl From<&ListExecutionsQuery> for ListStart {
    fn from(query: &ListExecutionsQuery) -> Self {
        match &query.cursor {
            None => Self::Offset(query.offset().cast_unsigned()),
            Some(ListCursor::Newest) => Self::Offset(0),
            Some(ListCursor::Below { created_at, id, checksum: _ }) => {
                Self::Below(RunKey::new(created_at.millis(), id))
            }
        }
    }
}

/// The value of `next_cursor` in the response to a query, after these items of which more follow or
/// not.
pub fn next_cursor(
    query: &ListExecutionsQuery,
    last: Option<&WorkflowRunMetadata>,
    more_follow: bool,
) -> Option<Option<String>> {
    query.cursor.as_ref()?;
    let last = last.filter(|_| more_follow);
    Some(last.map(|run| ListCursor::below(&query.filters(), run.created_at, &run.id).to_string()))
}
