//! The query parameters of the list of runs and of the histogram.

use std::collections::BTreeSet;

use crate::{
    ApiError, BucketWidth, ListCursor, Metadata, Timestamp, WorkflowRunStatus,
    WorkflowRunStatusFilter,
    excerpt::excerpt,
    limits::MAX_PAGE_LIMIT,
    metadata::metadata_pairs,
    metadata_filter::pairs,
    parameters::parameters,
    text,
    timestamp::{InvalidTime, RANGE},
};

/// The parameters that say which runs match. Hands them to another macro, as the lists of
/// `fields.rs` do.
macro_rules! run_filters {
    ($then:ident! $($args:tt)*) => { $then! { {
        /// Only runs of the workflow with this UID. No run matches where the workflow never ran.
        #[param(nullable = false, min_length = 1, max_length = 255)]
        workflow_id: Option<String> = None, read by uid;

        /// Only runs in this state. `all` is the same as omitting the parameter. Case-sensitive.
        #[param(required = false)]
        status: WorkflowRunStatusFilter = WorkflowRunStatusFilter::All, read by status;

        /// Only runs in one of these states, separated by commas: `FAILED,CANCELLED`. Not together
        /// with a `status` other than `all`.
        #[param(value_type = Option<Vec<WorkflowRunStatus>>, style = Form, explode = false,
            nullable = false, min_items = 1)]
        statuses: Option<Vec<WorkflowRunStatus>> = None, read by statuses;

        /// Only runs created at this time or later: an RFC 3339 time with any offset, or a date,
        /// which is midnight UTC. From year 0001 to year 9999 in UTC.
        #[param(value_type = Option<String>, format = DateTime, nullable = false)]
        created_after: Option<Timestamp> = None, read by time_or_date;

        /// Only runs created before this time: an RFC 3339 time with any offset, or a date, which
        /// is midnight UTC. Later than `created_after`. From year 0001 to year 9999 in UTC.
        #[param(value_type = Option<String>, format = DateTime, nullable = false)]
        created_before: Option<Timestamp> = None, read by time_or_date;

        /// Only runs whose `metadata` has this pair, written `key:value`: `env:prod`. The parameter
        /// may be repeated, up to 8 times, and the run must have all of the pairs. A run matches if
        /// one of its keys, a colon and the value of that key are this text, so that a colon in a
        /// key or a value needs no escaping. Case-sensitive; the metadata of steps does not count.
        ///
        /// A pair by itself, also with states and a range of time, is as fast as the other filters.
        /// Several pairs, or pairs together with `workflow_id`, are tested one by one on the runs
        /// that have the rarest of them, among the states and in the range that are asked for. If
        /// these are more than 100,000, the request is a 422, because the totals are never
        /// estimated: a shorter range makes them fewer. Each page tests them again, also those of a
        /// walk by `cursor`.
        #[param(value_type = Option<Vec<String>>, style = Form, explode = true, nullable = false,
            min_items = 1, max_items = 8)]
        metadata: Vec<String> = Vec::new(), read by pairs, repeated;
    } $($args)* } };
}

macro_rules! list_query {
    ({ $($filters:tt)* }) => { parameters! {
        /// Which page of which runs: the query of `GET /v1/executions`.
        pub struct ListExecutionsQuery, checked by check_list;

        /// Number of the page; the first is 1. A page past the last has no items, but the true
        /// totals.
        #[param(required = false, minimum = 1, maximum = 2147483647, default = 1)]
        page: i32 = 1, read by whole_number::<{ i32::MAX }>;

        /// Maximum number of runs on a page.
        #[param(required = false, minimum = 1, maximum = 100, default = 20)]
        limit: i32 = 20, read by whole_number::<MAX_PAGE_LIMIT>;

        $($filters)*

        /// Walks through all matching runs: `newest` or empty for the newest, then the
        /// `next_cursor` of each response, until that is null. The filters must stay the same. A
        /// run that matches during the whole walk is listed exactly once, whatever is recorded
        /// meanwhile, unless its `created_at` is changed. Not together with a `page` other than 1;
        /// `page=1`, which documentation pages always send, has no effect then.
        #[param(value_type = Option<String>, nullable = false, allow_reserved = false)]
        cursor: Option<ListCursor> = None, read by cursor;
    } };
}

macro_rules! histogram_query {
    ({ $($filters:tt)* }) => { parameters! {
        /// Which runs to count, in buckets of which width: the query of `GET /v1/histogram`.
        pub struct HistogramQuery, checked by check_histogram;

        /// Width of the buckets; `day` if it is omitted.
        #[param(required = false)]
        bucket: BucketWidth = BucketWidth::Day, read by bucket;

        $($filters)*
    } };
}

/// The list with the filters of another query.
macro_rules! list_of {
    ({ $(
        $(#[$meta:meta])*
        $name:ident: $type:ty = $default:expr, read by $read:expr $(, $repeated:ident)?;
    )+ } $query:ident) => {
        Self { $($name: $query.$name,)+ ..Self::default() }
    };
}

run_filters! { list_query! }
run_filters! { histogram_query! }

impl From<HistogramQuery> for ListExecutionsQuery {
    /// The list of the runs that a histogram counts.
    fn from(query: HistogramQuery) -> Self {
        run_filters!(list_of! query)
    }
}

impl ListExecutionsQuery {
    /// The filters in a canonical form: equal for queries that match the same runs.
    pub fn filters(&self) -> String {
        let Self {
            page: _,
            limit: _,
            workflow_id,
            status: _,
            statuses: _,
            created_after,
            created_before,
            metadata,
            cursor: _,
        } = self;
        let mut statuses = self.matching_statuses();
        if let Some(statuses) = &mut statuses {
            statuses.sort_by_key(|status| status.as_str());
        }
        let times = [created_after, created_before].map(|time| time.map(Timestamp::millis));
        // `Debug` escapes text, so that different filters have different forms.
        let mut form = format!("{workflow_id:?} {statuses:?} {times:?}");
        let pairs: BTreeSet<_> = metadata.iter().collect();
        // Without pairs, the form is the one that cursors of earlier versions were made with.
        if !pairs.is_empty() {
            form += &format!(" {pairs:?}");
        }
        form
    }

    /// The states of the runs that match, none of them twice; `None` for any state.
    pub fn matching_statuses(&self) -> Option<Vec<WorkflowRunStatus>> {
        self.statuses.clone().or_else(|| self.status.status().map(|status| vec![status]))
    }

    /// Whether a run with this metadata has all pairs of the filter.
    pub fn matches_metadata(&self, metadata: &Metadata) -> bool {
        self.metadata.is_empty() || {
            let pairs = metadata_pairs(metadata);
            self.metadata.iter().all(|pair| pairs.contains(pair))
        }
    }

    /// Number of runs on the pages before this one.
    pub fn offset(&self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }
}

/// A whole number from 1 to `MAX`.
pub(crate) fn whole_number<const MAX: i32>(name: &str, value: String) -> Result<i32, ApiError> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    number.filter(|number| (1..=MAX).contains(number)).ok_or_else(|| {
        let value = excerpt(&value);
        ApiError::validation(name, format!("must be a whole number from 1 to {MAX}, not {value:?}"))
    })
}

/// A UID, or the beginning of one.
pub(crate) fn uid(name: &str, value: String) -> Result<Option<String>, ApiError> {
    text::check_text(name, &value, 1)?;
    Ok(Some(value))
}

fn status(name: &str, value: String) -> Result<WorkflowRunStatusFilter, ApiError> {
    WorkflowRunStatusFilter::parse(&value).map_err(|problem| ApiError::validation(name, problem))
}

fn statuses(name: &str, value: String) -> Result<Option<Vec<WorkflowRunStatus>>, ApiError> {
    let mut statuses = Vec::new();
    for word in value.split(',') {
        let status = WorkflowRunStatus::parse(word).map_err(|problem| {
            ApiError::validation(name, format!("must list states, each of which {problem}"))
        })?;
        if !statuses.contains(&status) {
            statuses.push(status);
        }
    }
    Ok(Some(statuses))
}

fn time_or_date(name: &str, value: String) -> Result<Option<Timestamp>, ApiError> {
    let midnight = format!("{value}T00:00:00Z");
    let text = if value.len() == "2025-01-04".len() { &midnight } else { &value };
    Timestamp::not_before(text).map(Some).map_err(|invalid| {
        let expected = match invalid {
            InvalidTime::Format => {
                "an RFC 3339 time such as 2025-01-04T12:00:00Z, or a date such as 2025-01-04"
            }
            InvalidTime::Range => RANGE,
        };
        // A `+` of an offset that is not percent-encoded stands for a space.
        let has_lost_plus = Timestamp::not_before(&value.replace(' ', "+")).is_ok();
        let hint = if has_lost_plus { "; write + as %2B" } else { "" };
        ApiError::validation(name, format!("must be {expected}, not {:?}{hint}", excerpt(&value)))
    })
}

fn cursor(name: &str, value: String) -> Result<Option<ListCursor>, ApiError> {
    value.parse().map(Some).map_err(|problem: String| ApiError::validation(name, problem))
}

fn bucket(name: &str, value: String) -> Result<BucketWidth, ApiError> {
    BucketWidth::parse(&value).map_err(|problem| ApiError::validation(name, problem))
}

/// Checks parameters of the list that do not go together.
fn check_list(query: &ListExecutionsQuery, given: &[&str]) -> Result<(), ApiError> {
    // 1 is the same as no `page`. Swagger UI and some generated clients always send it.
    if query.page != 1 {
        check_alternatives("page", "cursor", given)?;
    }
    if query.cursor.as_ref().is_some_and(|cursor| !cursor.belongs_to(&query.filters())) {
        return Err(ApiError::validation(
            "cursor",
            "must be the next_cursor of a response to the same filters",
        ));
    }
    check_together(query.status, query.created_after, query.created_before, given)
}

/// Checks parameters of the histogram that do not go together.
fn check_histogram(query: &HistogramQuery, given: &[&str]) -> Result<(), ApiError> {
    check_together(query.status, query.created_after, query.created_before, given)
}

/// Checks filters that do not go together.
fn check_together(
    status: WorkflowRunStatusFilter,
    created_after: Option<Timestamp>,
    created_before: Option<Timestamp>,
    given: &[&str],
) -> Result<(), ApiError> {
    // `all` is the same as no `status`. Swagger UI always sends it.
    if status != WorkflowRunStatusFilter::All {
        check_alternatives("status", "statuses", given)?;
    }
    match (created_after, created_before) {
        (Some(after), Some(before)) if before <= after => Err(ApiError::validation(
            "created_before",
            format!("must be later than created_after ({after}), not {before}"),
        )),
        _ => Ok(()),
    }
}

fn check_alternatives(one: &str, other: &str, given: &[&str]) -> Result<(), ApiError> {
    if given.contains(&one) && given.contains(&other) {
        return Err(ApiError::validation(one, format!("cannot be combined with {other}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(query: &str) -> String {
        ListExecutionsQuery::parse(query).expect_err(query).body.error
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let query = ListExecutionsQuery::parse("").unwrap();
        assert_eq!((query.page, query.limit), (1, 20));
        assert_eq!(query.status, WorkflowRunStatusFilter::All);
        assert_eq!(ListExecutionsQuery::parse("status=all").unwrap(), query);
        assert_eq!(ListExecutionsQuery::parse("&&status=all&").unwrap(), query);
        let states = ListExecutionsQuery::parse("status=all&statuses=FAILED").unwrap();
        assert_eq!(states.matching_statuses(), Some(vec![WorkflowRunStatus::Failed]));
        let walk = ListExecutionsQuery::parse("page=1&cursor=newest").unwrap();
        assert_eq!(walk, ListExecutionsQuery::parse("cursor=").unwrap());
    }

    #[test]
    fn every_error_names_its_parameter() {
        for (query, start) in [
            ("page=0", "page must be a whole number from 1 to 2147483647, not \"0\""),
            ("page=", "page must"),
            ("page", "page must"),
            ("page=-1", "page must"),
            ("page=1.0", "page must"),
            ("page=2147483648", "page must"),
            ("limit=101", "limit must be a whole number from 1 to 100, not \"101\""),
            ("limit=%2B5", "limit must"),
            ("limit=5&limit=5", "limit must be given once"),
            ("status=failed", "status must be one of PENDING, RUNNING"),
            ("status=ALL", "status must"),
            ("workflow_id=", "workflow_id must"),
            ("workflow_id=%FF", "workflow_id must be percent-encoded UTF-8"),
            ("workflow_id=a%00", "workflow_id must"),
            ("statuses=", "statuses must list states, each of which must be one of PENDING"),
            ("statuses=FAILED,", "statuses must"),
            ("statuses=all", "statuses must"),
            ("statuses=FAILED&status=FAILED", "status cannot be combined with statuses"),
            ("created_after=yesterday", "created_after must be an RFC 3339 time such as"),
            ("created_after=2025-02-30", "created_after must"),
            (
                "created_after=2025-01-04T12:00:00+01:00",
                "created_after must be an RFC 3339 time such as 2025-01-04T12:00:00Z, or a date \
                 such as 2025-01-04, not \"2025-01-04T12:00:00 01:00\"; write + as %2B",
            ),
            (
                "created_after=2025-01-04%2012:00:00Z",
                "created_after must be an RFC 3339 time such as 2025-01-04T12:00:00Z, or a date \
                 such as 2025-01-04, not \"2025-01-04 12:00:00Z\"",
            ),
            (
                "created_after=0000-01-01",
                "created_after must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z, not \
                 \"0000-01-01\"",
            ),
            ("created_before=9999-12-31T23:59:59-23:59", "created_before must be from 0001-01-01"),
            (
                "created_after=2025-01-04&created_before=2025-01-04T01:00:00%2B01:00",
                "created_before must be later than created_after (2025-01-04T00:00:00Z)",
            ),
            (
                "cursor=x",
                "cursor must be empty, newest or the next_cursor of a response, not \"x\"",
            ),
            ("cursor=&page=2", "page cannot be combined with cursor"),
            (
                "metadata=env",
                "metadata must be a key, a colon and a value, such as env:prod, not \"env\"",
            ),
            ("metadata=env:prod&metadata=%3Aprod", "metadata must be a key, a colon and a value"),
            ("metadata=", "metadata must"),
            (&"metadata=a:b&".repeat(9), "metadata must be given at most 8 times"),
            ("metadata=a:b&page=1&page=1", "page must be given once"),
        ] {
            assert!(message(query).starts_with(start), "{query}: {}", message(query));
        }
    }

    #[test]
    fn an_unknown_parameter_is_an_error_with_the_nearest_known_name() {
        let all = "the parameters are page, limit, workflow_id, status, statuses, created_after, \
                   created_before, metadata, cursor";
        for (query, expected) in [
            ("workflowId=a", "workflowId is not a parameter; did you mean workflow_id?"),
            ("Status=FAILED", "Status is not a parameter; did you mean status?"),
            ("page=1&Limit=5", "Limit is not a parameter; did you mean limit?"),
            ("pages=1", "pages is not a parameter; did you mean page?"),
            ("started_after=x", "started_after is not a parameter; did you mean created_after?"),
            ("per_page=1", &format!("per_page is not a parameter; {all}")),
            ("=1", &format!("\"\" is not a parameter; {all}")),
            ("a%20b", &format!("\"a b\" is not a parameter; {all}")),
        ] {
            assert_eq!(message(query), expected, "{query}");
        }
        assert!(message("%FF=1").starts_with("a parameter's name must be percent-encoded UTF-8"));
        assert!(message(&"x".repeat(10_000)).len() < 200);
    }

    #[test]
    fn form_encoding_is_decoded() {
        let query =
            ListExecutionsQuery::parse("workflow%5Fid=a+b%2Fc%C3%A9&page=7&status=FAILED").unwrap();
        assert_eq!(query.workflow_id.as_deref(), Some("a b/cé"));
        assert_eq!(query.page, 7);
        assert_eq!(query.offset(), 120);
    }

    proptest! {
        #[test]
        fn every_query_is_in_bounds_or_an_error(
            query in "((page|limit|status|workflow_id)=[^&]{0,12}&?){0,4}",
        ) {
            if let Ok(read) = ListExecutionsQuery::parse(&query) {
                prop_assert!(read.page >= 1 && (1..=MAX_PAGE_LIMIT).contains(&read.limit));
            }
        }
    }
}
