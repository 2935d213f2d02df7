//! The histogram: its buckets agree with the list and cover the range.

use serde_json::Value;

use crate::{
    claim::{Claim, Operation::Histogram, Outcome},
    listing::{Page, while_unchanged},
    probe::Probe,
};

const STATES: [&str; 6] = ["pending", "running", "succeeded", "failed", "cancelled", "paused"];

/// The counts of the histogram.
pub const ADDS_UP: Claim = Claim {
    id: "histogram-adds-up",
    statement: "the buckets of a histogram add up to the totals of the list with the same filters, \
                and the states of each bucket to its total",
    operation: Histogram,
    location: "response 200 $.buckets",
    reason: "a chart contradicts the list beside it",
    advice: "count the buckets under all filters, and from the same data as the totals",
};

/// Tests [`ADDS_UP`].
pub async fn adds_up(probe: &Probe<'_>) -> Result<(), Outcome> {
    for filter in ["", "&status=FAILED", "&statuses=SUCCEEDED,CANCELLED"] {
        let (list, response, buckets) = while_unchanged(probe, filter, async || {
            let list = Page::read(probe, &format!("?limit=1{filter}")).await?;
            let response = probe.get(&format!("/v1/histogram?bucket=week{filter}")).await?;
            response.expect(200)?;
            let buckets = response.json()?["buckets"].as_array().cloned().unwrap_or_default();
            Ok((list, response, buckets))
        })
        .await?;
        let sum = |name: &str| buckets.iter().map(|bucket| count(bucket, name)).sum::<i64>();
        let sums = [sum("total"), sum("succeeded"), sum("failed")];
        if sums != list.totals {
            let due = list.totals;
            return Err(response.failure(&format!("total, succeeded, failed of {due:?} in all")));
        }
        for bucket in &buckets {
            let states = STATES.iter().map(|state| count(bucket, state)).sum::<i64>();
            if count(bucket, "total") != states {
                let start = &bucket["start"];
                return Err(response.failure(&format!("the total {states} in the bucket {start}")));
            }
        }
    }
    Ok(())
}

/// The buckets of the histogram.
pub const BUCKETS: Claim = Claim {
    id: "histogram-buckets",
    statement: "the buckets of a histogram cover its range without gaps, each from its own start; \
                too many are a 400",
    operation: Histogram,
    location: "response 200 $.buckets and parameter bucket",
    reason: "a chart that is drawn from the response is wrong where a bucket is missing",
    advice: "list buckets without runs, and begin each at a full minute, hour, day or week in UTC",
};

/// Tests [`BUCKETS`].
pub async fn buckets(probe: &Probe<'_>) -> Result<(), Outcome> {
    // A Wednesday and, two weeks later, a Monday.
    let range = "created_after=2025-01-01T12:00:00Z&created_before=2025-01-13T00:00:01Z";
    let response = probe.get(&format!("/v1/histogram?bucket=week&{range}")).await?;
    let buckets = response.expect(200)?.json()?["buckets"].as_array().cloned().unwrap_or_default();
    let starts: Vec<_> = buckets.iter().filter_map(|bucket| bucket["start"].as_str()).collect();
    let expected = ["2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z", "2025-01-13T00:00:00Z"];
    if starts != expected {
        return Err(response.failure(&format!("buckets from {}", expected.join(", "))));
    }
    let years = "created_after=2000-01-01&created_before=2020-01-01";
    probe.get(&format!("/v1/histogram?bucket=week&{years}")).await?.expect(400)?;
    Ok(())
}

fn count(bucket: &Value, name: &str) -> i64 {
    bucket[name].as_f64().map_or(0, |number| number as i64)
}
