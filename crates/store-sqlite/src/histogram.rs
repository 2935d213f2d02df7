//! Runs counted in buckets of time.

use runledger_model::{
    ApiError, Histogram, HistogramBucket, HistogramQuery, ListExecutionsQuery, Timestamp,
};
use runledger_store::{RunFilter, counted_index::RunKey};
use rusqlite::Connection;

use crate::{Result, items, matching::Matching, selection::Selection};

/// Counts in one transaction, from the counted index. An inner error is that of a query that gives
/// too many buckets.
pub fn read(
    connection: &Connection,
    tenant: i64,
    query: &HistogramQuery,
) -> Result<Result<Histogram, ApiError>> {
    let transaction = connection.unchecked_transaction()?;
    let filter = RunFilter::from(&ListExecutionsQuery::from(query.clone()));
    let matching = Matching::find(&transaction, tenant, &filter)?;
    let is_bounded = query.created_after.is_some() && query.created_before.is_some();
    let ends = match &matching {
        _ if is_bounded => None,
        Matching::Counted(selection) => ends(selection)?,
        Matching::Walked(walk) => walk.ends(),
        Matching::None => None,
    };
    let starts = match query.starts(ends) {
        Ok(starts) => starts,
        Err(error) => return Ok(Err(error)),
    };
    let mut buckets: Vec<_> = starts.into_iter().map(HistogramBucket::new).collect();
    match &matching {
        Matching::Counted(selection) => count(selection, &mut buckets)?,
        Matching::Walked(walk) => walk.count(&mut buckets),
        Matching::None => {}
    }
    Ok(Ok(Histogram { buckets }))
}

/// When the oldest and the newest run of the selection were created; `None` if it is empty.
fn ends(selection: &Selection<'_>) -> Result<Option<(Timestamp, Timestamp)>> {
    let totals = selection.totals()?;
    let Some(older_than_newest) = totals.total.checked_sub(1) else { return Ok(None) };
    let created_at = |newer| -> Result<Option<Timestamp>> {
        let run = items::read(selection, &selection.locate(newer, &totals)?, 1)?;
        Ok(run.first().map(|run| run.created_at))
    };
    Ok(created_at(older_than_newest)?.zip(created_at(0)?))
}

/// Adds the runs of the selection to its buckets, which have all of them.
fn count(selection: &Selection<'_>, buckets: &mut [HistogramBucket]) -> Result<()> {
    let key = |bucket: &HistogramBucket| RunKey::new(bucket.start.millis(), "");
    let starts: Vec<_> = buckets.iter().map(key).collect();
    for status in selection.statuses() {
        let runs = selection.count_from_each(status, &starts)?;
        for (bucket, runs) in buckets.iter_mut().zip(runs) {
            bucket.add(status, runs.cast_signed());
        }
    }
    Ok(())
}
