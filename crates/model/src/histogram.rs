//! Runs counted in buckets of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiError, BucketWidth, HistogramQuery, Timestamp, limits::MAX_BUCKETS};

/// The number of runs in each bucket of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct Histogram {
    /// The buckets, the oldest first, without gaps: a bucket without runs has counts of 0. At most
    /// 1,000.
    pub buckets: Vec<HistogramBucket>,
}

/// The runs that were created in one bucket of time and match the filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct HistogramBucket {
    /// When the bucket begins (RFC 3339, UTC). It ends where the next one begins.
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
    pub start: Timestamp,
    /// Number of runs. Exact, never an estimate.
    #[schema(minimum = 0, example = 250)]
    #[schemars(range(min = 0))]
    pub total: i64,
    /// Number of runs in the state PENDING.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub pending: i64,
    /// Number of runs in the state RUNNING.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub running: i64,
    /// Number of runs in the state SUCCEEDED.
    #[schema(minimum = 0, example = 200)]
    #[schemars(range(min = 0))]
    pub succeeded: i64,
    /// Number of runs in the state FAILED.
    #[schema(minimum = 0, example = 30)]
    #[schemars(range(min = 0))]
    pub failed: i64,
    /// Number of runs in the state CANCELLED.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub cancelled: i64,
    /// Number of runs in the state PAUSED.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub paused: i64,
}

crate::state_counts::count_states!(HistogramBucket);

impl HistogramBucket {
    /// The bucket that begins at this time, without runs.
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            total: 0,
            pending: 0,
            running: 0,
            succeeded: 0,
            failed: 0,
            cancelled: 0,
            paused: 0,
        }
    }
}

impl HistogramQuery {
    /// The starts of the buckets, ascending, if the oldest of the matching runs was created at the
    /// first of these times and the newest at the second (`None`: there are no matching runs).
    /// Where the query has a bound, it stands for the time of that run.
    ///
    /// # Errors
    /// 400 if there are more than [`MAX_BUCKETS`] buckets.
    pub fn starts(&self, runs: Option<(Timestamp, Timestamp)>) -> Result<Vec<Timestamp>, ApiError> {
        let last_before = |time: Timestamp| Timestamp::from_millis(time.millis() - 1);
        let first = self.created_after.or(runs.map(|(oldest, _)| oldest));
        let last = match self.created_before {
            Some(before) => last_before(before),
            None => runs.map(|(_, newest)| newest),
        };
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        let count = |width: BucketWidth| {
            ((width.start(last) - width.start(first)) / width.millis() + 1).cast_unsigned()
        };
        let found = count(self.bucket);
        if found > MAX_BUCKETS {
            let fits = |width: &&BucketWidth| count(**width) <= MAX_BUCKETS;
            let wider = BucketWidth::ALL.iter().find(fits);
            let choose = wider.map(|width| format!("{width}, or ")).unwrap_or_default();
            let bucket = self.bucket;
            return Err(ApiError::validation(
                "bucket",
                format!(
                    "{bucket} would give {found} buckets from {first} to {last}, more than \
                     {MAX_BUCKETS}: choose {choose}a shorter range with created_after and \
                     created_before"
                ),
            ));
        }
        let starts = (0..found.cast_signed())
            .map(|n| self.bucket.start(first) + n * self.bucket.millis())
            .filter_map(Timestamp::from_millis);
        Ok(starts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(query: &str, runs: Option<(&str, &str)>) -> Result<Vec<String>, String> {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let runs = runs.map(|(oldest, newest)| (time(oldest), time(newest)));
        let starts = HistogramQuery::parse(query).unwrap().starts(runs);
        starts
            .map(|starts| starts.iter().map(Timestamp::to_string).collect())
            .map_err(|error| error.body.error)
    }

    #[test]
    fn buckets_begin_at_their_own_start_and_cover_the_range() {
        for (query, expected) in [
            (
                "bucket=minute&created_after=2025-01-04T12:00:59Z\
                 &created_before=2025-01-04T12:02:00Z",
                &["2025-01-04T12:00:00Z", "2025-01-04T12:01:00Z"][..],
            ),
            (
                "bucket=hour&created_after=2025-01-04T23:30:00Z\
                 &created_before=2025-01-05T00:00:01Z",
                &["2025-01-04T23:00:00Z", "2025-01-05T00:00:00Z"],
            ),
            ("created_after=1969-12-31&created_before=1970-01-01", &["1969-12-31T00:00:00Z"]),
            // A Sunday and a Monday.
            (
                "bucket=week&created_after=2025-01-05&created_before=2025-01-07",
                &["2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z"],
            ),
            (
                "bucket=week&created_after=0001-01-01&created_before=0001-01-02",
                &["0001-01-01T00:00:00Z"],
            ),
            ("created_before=0001-01-01", &[]),
        ] {
            assert_eq!(starts(query, None).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn without_a_bound_the_runs_give_it() {
        let runs = Some(("2025-01-04T12:00:00Z", "2025-01-06T00:00:00Z"));
        let days = ["2025-01-04T00:00:00Z", "2025-01-05T00:00:00Z", "2025-01-06T00:00:00Z"];
        assert_eq!(starts("", runs).unwrap(), days);
        assert_eq!(starts("created_before=2025-01-06", runs).unwrap(), days[..2]);
        assert_eq!(starts("created_after=2025-01-05T23:00:00Z", runs).unwrap(), days[1..]);
        assert_eq!(starts("", None).unwrap(), [""; 0]);
        assert_eq!(starts("created_after=2025-01-05", None).unwrap(), [""; 0]);
    }

    #[test]
    fn too_many_buckets_are_an_error_that_says_what_to_choose() {
        let range = "created_after=2025-01-01&created_before=2025-02-11T16:00:00Z";
        assert_eq!(starts(&format!("bucket=hour&{range}"), None).unwrap().len(), 1000);
        let error = starts(&format!("bucket=minute&{range}"), None).unwrap_err();
        let expected = "bucket minute would give 60000 buckets from 2025-01-01T00:00:00Z to \
            2025-02-11T15:59:59.999Z, more than 1000: choose hour, or a shorter range with \
            created_after and created_before";
        assert_eq!(error, expected);
        let error = starts("", Some(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z")));
        let error = error.unwrap_err();
        assert!(error.contains("would give 3652059 buckets"), "{error}");
        assert!(error.contains("choose a shorter range"), "{error}");
    }
}
