//! The requests that are measured.

mod kinds;

use runledger_model::{HistogramQuery, ListExecutionsQuery, WorkflowRunStatus};

use crate::data::time;

pub use self::kinds::{KINDS, Kind, Maker, PAGE_1};

/// The number of runs on a page.
pub const LIMIT: i64 = 20;
/// The days of the histogram.
const HISTOGRAM_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// One request.
#[derive(Clone, Debug)]
pub enum Read {
    /// A page of runs with its totals.
    List(ListRead),
    /// The runs of 30 days by hour.
    Histogram {
        /// The end of the 30 days, exclusive, in milliseconds since 1970.
        end: i64,
    },
    /// One run with its steps.
    Run {
        /// Its number in the data.
        number: u64,
        /// Its id.
        id: String,
    },
}

/// Which runs a page has.
#[derive(Clone, Debug, Default)]
pub struct ListRead {
    /// The UID of the workflow.
    pub workflow: Option<String>,
    /// The states; empty for any.
    pub statuses: Vec<WorkflowRunStatus>,
    /// The range of time in milliseconds since 1970: from the first, until before the second.
    pub range: Option<(i64, i64)>,
    /// The number of runs on the pages before.
    pub offset: i64,
}

impl Read {
    /// The path and query of the request.
    pub fn path(&self) -> String {
        match self {
            Self::List(list) if list.parameters().is_empty() => "/v1/executions".into(),
            Self::List(list) => format!("/v1/executions?{}", list.parameters()),
            Self::Histogram { .. } => format!("/v1/histogram?{}", self.histogram_parameters()),
            Self::Run { number: _, id } => format!("/v1/executions/{id}"),
        }
    }

    /// The query of a histogram.
    ///
    /// # Panics
    /// Where it is another request.
    pub fn histogram(&self) -> HistogramQuery {
        HistogramQuery::parse(&self.histogram_parameters()).expect("a valid query")
    }

    /// From when on the histogram counts, in milliseconds since 1970.
    pub fn histogram_start(end: i64) -> i64 {
        end - HISTOGRAM_DAYS * DAY_MS
    }

    fn histogram_parameters(&self) -> String {
        let Self::Histogram { end } = self else { panic!("not a histogram: {self:?}") };
        let (from, before) = (time(Self::histogram_start(*end)), time(*end));
        format!("bucket=hour&created_after={from}&created_before={before}")
    }
}

impl ListRead {
    /// The query as the store takes it.
    ///
    /// # Panics
    /// Where the server would not take it.
    pub fn query(&self) -> ListExecutionsQuery {
        ListExecutionsQuery::parse(&self.parameters()).expect("a valid query")
    }

    fn parameters(&self) -> String {
        let Self { workflow, statuses, range, offset } = self;
        let mut parameters = Vec::new();
        if let Some(uid) = workflow {
            parameters.push(format!("workflow_id={uid}"));
        }
        match &statuses[..] {
            [] => {}
            [status] => parameters.push(format!("status={status}")),
            several => {
                let names: Vec<_> = several.iter().map(|status| status.as_str()).collect();
                parameters.push(format!("statuses={}", names.join(",")));
            }
        }
        if let Some((from, before)) = range {
            parameters.push(format!("created_after={}", time(*from)));
            parameters.push(format!("created_before={}", time(*before)));
        }
        if *offset > 0 {
            parameters.push(format!("page={}", offset / LIMIT + 1));
        }
        parameters.join("&")
    }
}
