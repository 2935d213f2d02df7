//! A list as one stream of runs.

use std::num::NonZeroU32;

use futures_util::{Stream, TryStreamExt, stream};

use crate::{
    Error,
    builder::ListExecutions,
    types::{ErrorResponse, WorkflowRunMetadata},
};

type Result<T> = std::result::Result<T, Error<ErrorResponse>>;

/// As many as the API gives.
const LIMIT: NonZeroU32 = NonZeroU32::new(100).unwrap();

impl<'a> ListExecutions<'a> {
    /// All runs that match the filters, newest first, from the first page to the last; `page` and `limit` do not count.
    ///
    /// A page is asked for when the stream gets there. Runs that are recorded meanwhile may be missing; none that was there
    /// before is, and none comes twice. The stream ends after an error.
    pub fn stream(self) -> impl Stream<Item = Result<WorkflowRunMetadata>> + 'a {
        let pages = stream::try_unfold((Some(NonZeroU32::MIN), None), move |(page, last)| {
            let list = self.clone();
            async move {
                let Some(page) = page else { return Result::Ok(None) };
                let mut runs = list.limit(LIMIT).page(page).send().await?.into_inner().items;
                let next = page.checked_add(1).filter(|_| runs.len() == LIMIT.get() as usize);
                // What newer runs have pushed to this page has been seen on the one before.
                runs.retain(|run| last.as_ref().is_none_or(|last| place(run) < *last));
                let last = runs.last().map(place).or(last);
                Ok(Some((stream::iter(runs.into_iter().map(Ok)), (next, last))))
            }
        });
        pages.try_flatten()
    }
}

/// Where a run stands in a list: the greatest comes first.
fn place(run: &WorkflowRunMetadata) -> (chrono::DateTime<chrono::Utc>, String) {
    (run.created_at, run.id.clone())
}
