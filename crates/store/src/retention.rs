//! Which runs are old enough to be deleted.

use runledger_model::{Timestamp, WorkflowRunStatus};

use crate::RunFilter;

/// Which runs of a tenant are deleted: the finished ones that are older than a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Runs created before this time are deleted.
    pub created_before: Timestamp,
    /// Failed runs are deleted only if they were created before this time; `None`: as the others.
    pub failed_created_before: Option<Timestamp>,
    /// Only runs of the workflow with this UID are deleted; `None`: of all workflows.
    pub workflow_id: Option<String>,
    /// Whether runs that have not finished are deleted as well. They may have been waiting since
    /// they were created.
    pub includes_unfinished: bool,
}

impl RetentionPolicy {
    /// The filters of the runs that are deleted. No run matches two of them.
    pub fn filters(&self) -> Vec<RunFilter> {
        let Self { created_before, failed_created_before, workflow_id, includes_unfinished } = self;
        let failed = WorkflowRunStatus::Failed;
        let has_own_time = failed_created_before.is_some();
        let others = WorkflowRunStatus::ALL.iter().copied().filter(|status| {
            (*includes_unfinished || status.is_final()) && !(has_own_time && *status == failed)
        });
        let filter = |statuses, created_before| RunFilter {
            workflow_id: workflow_id.clone(),
            statuses: Some(statuses),
            created_before: Some(created_before),
            ..RunFilter::default()
        };
        let others = filter(others.collect(), *created_before);
        let failed = failed_created_before.map(|before| filter(vec![failed], before));
        [others].into_iter().chain(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use WorkflowRunStatus::{Cancelled, Failed, Succeeded};

    use super::*;

    fn policy() -> RetentionPolicy {
        RetentionPolicy {
            created_before: Timestamp::from_millis(2000).unwrap(),
            failed_created_before: None,
            workflow_id: Some("w".to_owned()),
            includes_unfinished: false,
        }
    }

    /// The states of each filter, sorted, and its time.
    fn filters(policy: &RetentionPolicy) -> Vec<(Vec<WorkflowRunStatus>, i64)> {
        let filters = policy.filters().into_iter().map(|filter| {
            assert_eq!((filter.workflow_id.as_deref(), filter.created_from), (Some("w"), None));
            let mut statuses = filter.statuses.unwrap();
            statuses.sort_by_key(|status| status.as_str());
            (statuses, filter.created_before.unwrap().millis())
        });
        filters.collect()
    }

    #[test]
    fn only_finished_runs_are_deleted() {
        assert_eq!(filters(&policy()), [(vec![Cancelled, Failed, Succeeded], 2000)]);
    }

    #[test]
    fn failed_runs_have_a_time_of_their_own() {
        let failed_created_before = Timestamp::from_millis(1000);
        let policy = RetentionPolicy { failed_created_before, ..policy() };
        let expected = [(vec![Cancelled, Succeeded], 2000), (vec![Failed], 1000)];
        assert_eq!(filters(&policy), expected);
    }

    #[test]
    fn unfinished_runs_are_deleted_where_it_is_asked_for() {
        let all = RetentionPolicy { includes_unfinished: true, ..policy() };
        assert_eq!(filters(&all)[0].0.len(), WorkflowRunStatus::ALL.len());
        let failed_created_before = Timestamp::from_millis(1000);
        let split = filters(&RetentionPolicy { failed_created_before, ..all });
        assert_eq!(split[0].0.len(), WorkflowRunStatus::ALL.len() - 1);
        assert_eq!(split[1], (vec![Failed], 1000));
    }
}
