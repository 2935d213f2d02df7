//! The options that select runs of a list. The environment cannot set them: a variable that is
//! meant for another command, such as `RUNLEDGER_WORKFLOW` for `exec`, would hide runs.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use runledger_model::{
    ListExecutionsQuery, Timestamp, WorkflowRunStatus, WorkflowRunStatusFilter,
    check_metadata_pair, limits::MAX_PAGE_LIMIT,
};

use crate::{moment::Moment, names, usage::bail_usage};

/// Runs of a workflow, or in some states.
#[derive(Args)]
pub struct RunFilters {
    /// Only the runs of this workflow.
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,

    /// Only the runs with this status. Several are separated by commas, or the option is repeated.
    #[arg(
        long,
        value_name = "STATUS",
        value_delimiter = ',',
        default_value = "all",
        value_parser = status_words()
    )]
    status: Vec<WorkflowRunStatusFilter>,

    /// Only the runs that failed: the same as --status FAILED.
    #[arg(long, conflicts_with = "status")]
    failed: bool,

    /// Only the runs whose metadata has this pair, such as env:prod. The option may be repeated;
    /// the runs then have all of the pairs.
    #[arg(
        long,
        value_name = "KEY:VALUE",
        value_parser = |text: &str| check_metadata_pair(text).map(|()| text.to_owned())
    )]
    metadata: Vec<String>,
}

/// Runs that also were created in a range of time.
#[derive(Args)]
pub struct Filters {
    #[command(flatten)]
    runs: RunFilters,

    /// Only the runs created at this time or later: an age such as 24h or 90d, a date such as
    /// 2025-01-04 (midnight UTC), or an RFC 3339 time such as 2025-01-04T12:00:00+02:00.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,

    /// Only the runs created before this time, which is given in the same ways as for --since and
    /// must be later.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
}

impl Filters {
    /// Whether all runs match.
    pub fn is_empty(&self) -> bool {
        let Self { runs, since, until } = self;
        runs.is_empty() && since.is_none() && until.is_none()
    }

    /// Whether only runs in some states match.
    pub fn has_status(&self) -> bool {
        self.runs.statuses() != (WorkflowRunStatusFilter::All, None)
    }

    /// Whether only failed runs match.
    pub fn is_failed_only(&self) -> bool {
        self.runs.statuses() == (WorkflowRunStatusFilter::Failed, None)
    }

    /// The filters of a list, if it is now `now`.
    ///
    /// # Errors
    /// If a value is invalid, or the times contradict each other.
    pub fn query(&self, now: Timestamp) -> anyhow::Result<ListExecutionsQuery> {
        let time = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.before(now));
        let (created_after, created_before) = (time(&self.since), time(&self.until));
        if let (Some(since), Some(until)) = (created_after, created_before)
            && until <= since
        {
            bail_usage!("--until ({until}) must be later than --since ({since})");
        }
        Ok(ListExecutionsQuery { created_after, created_before, ..self.runs.query()? })
    }
}

impl RunFilters {
    /// The filters of a list.
    ///
    /// # Errors
    /// If a value is invalid.
    pub fn query(&self) -> anyhow::Result<ListExecutionsQuery> {
        if let Some(workflow) = &self.workflow {
            names::check("--workflow", workflow, names::REQUIRED)?;
        }
        let (status, statuses) = self.statuses();
        Ok(ListExecutionsQuery {
            limit: MAX_PAGE_LIMIT,
            workflow_id: self.workflow.clone(),
            status,
            statuses,
            metadata: self.metadata.clone(),
            ..ListExecutionsQuery::default()
        })
    }

    fn is_empty(&self) -> bool {
        let Self { workflow, status: _, failed: _, metadata } = self;
        workflow.is_none()
            && metadata.is_empty()
            && self.statuses() == (WorkflowRunStatusFilter::All, None)
    }

    /// The options as `status` and `statuses` of the list. One state is passed as `status`, which
    /// servers of all versions know.
    fn statuses(&self) -> (WorkflowRunStatusFilter, Option<Vec<WorkflowRunStatus>>) {
        if self.failed {
            return (WorkflowRunStatusFilter::Failed, None);
        }
        // `all` together with states is still all.
        let states: Option<Vec<_>> = self.status.iter().map(|option| option.status()).collect();
        match (&*self.status, states) {
            ([first, others @ ..], _) if others.iter().all(|other| other == first) => {
                (*first, None)
            }
            (_, states) => (WorkflowRunStatusFilter::All, states),
        }
    }
}

fn status_words() -> impl TypedValueParser<Value = WorkflowRunStatusFilter> {
    PossibleValuesParser::new(WorkflowRunStatusFilter::ALL.iter().map(|status| status.as_str()))
        .try_map(|word| WorkflowRunStatusFilter::from_word(&word).ok_or("unknown status"))
}
