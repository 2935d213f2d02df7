//! Ranges of time: a filtered list agrees with the list without filters.

use runledger_model::Timestamp;
use serde_json::Value;

use super::encoded;
use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::{Page, PageSequence},
    probe::Probe,
};

/// The number of runs that the range should have; with equal times there may be more.
const RANGE_RUNS: usize = 60;
/// The greatest limit.
const LIMIT: usize = 100;

/// The range of time.
pub const TIME_RANGE: Claim = Claim {
    id: "time-range",
    statement: "a list with created_after and created_before has the runs created from the one \
                time on and before the other, and the totals of these",
    operation: List,
    location: "parameters created_after and created_before",
    reason: "reports by day count a run twice or not at all",
    advice: "compare instants, not texts: created_after is inclusive, created_before exclusive",
};

/// Tests [`TIME_RANGE`] on a range in the middle of the pages that have been read.
pub async fn time_range(probe: &Probe<'_>, pages: &PageSequence) -> Result<(), Outcome> {
    let items: Vec<_> = pages.items().collect();
    let (newer, older) = bounds(&items).ok_or_else(|| {
        Outcome::Skipped("the runs that were read have no two different times".into())
    })?;
    if !pages.is_complete && items.last().and_then(|item| time(item)) == time(older) {
        return Err(Outcome::Skipped("too many runs were created at the same time".into()));
    }
    let in_range = |item: &&&Value| time(item) >= time(older) && time(item) < time(newer);
    let expected: Vec<_> = items.iter().filter(in_range).copied().collect();
    let count = |status: &str| expected.iter().filter(|item| item["status"] == status).count();
    let totals = [expected.len(), count("SUCCEEDED"), count("FAILED")].map(|count| count as i64);
    let text = |item: &Value| item["created_at"].as_str().unwrap_or_default().to_owned();
    // The same instant with another offset.
    let before = text(newer).replace('Z', "+00:00");
    let (after, before) = (encoded(&text(older)), encoded(&before));
    let query = format!("?limit={LIMIT}&created_after={after}&created_before={before}");
    let page = Page::read(probe, &query).await?;
    let ids = |items: &[&Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    let listed = ids(&page.items.iter().collect::<Vec<_>>());
    if page.totals == totals && listed == ids(&expected[..expected.len().min(LIMIT)]) {
        return Ok(());
    }
    let now = Page::read(probe, &format!("?limit={}", pages.limit)).await?;
    if now.totals != pages.first[0].totals {
        return Err(Outcome::Skipped("the list changed while it was read".into()));
    }
    let (first, last) = (expected.first(), expected.last());
    Err(page.response.failure(&format!(
        "total, succeeded, failed {totals:?}, from {} to {}, as in the list without filters",
        first.map_or(&Value::Null, |item| &item["id"]),
        last.map_or(&Value::Null, |item| &item["id"]),
    )))
}

/// Two runs with different times, about [`RANGE_RUNS`] apart, the newer one first.
fn bounds<'a>(items: &[&'a Value]) -> Option<(&'a Value, &'a Value)> {
    let newer = *items.get(items.len() / 4)?;
    let older = *items.get((items.len() * 3 / 4).min(items.len() / 4 + RANGE_RUNS))?;
    (time(newer)? > time(older)?).then_some((newer, older))
}

fn time(item: &Value) -> Option<i64> {
    Some(item["created_at"].as_str()?.parse::<Timestamp>().ok()?.millis())
}
