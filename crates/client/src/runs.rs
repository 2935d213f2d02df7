//! The list as a stream.

use std::num::NonZeroU32;

use futures_util::{Stream, TryStreamExt, stream};

use crate::{
    Error,
    builder::ListExecutions,
    types::{ErrorResponse, WorkflowRunMetadata},
};

type Result<T> = std::result::Result<T, Error<ErrorResponse>>;

/// The greatest limit that the API accepts.
const LIMIT: NonZeroU32 = NonZeroU32::new(100).unwrap();

impl<'a> ListExecutions<'a> {
    /// All runs that match the filters, newest first; `page` and `limit` are ignored.
    ///
    /// Each page is requested when it is needed. Every run that exists when the stream begins comes
    /// exactly once; runs that are recorded later may be missing. The stream ends after an error.
    pub fn stream(self) -> impl Stream<Item = Result<WorkflowRunMetadata>> + 'a {
        let pages = stream::try_unfold((Some(NonZeroU32::MIN), None), move |(page, last)| {
            let list = self.clone();
            async move {
                let Some(page) = page else { return Result::Ok(None) };
                let mut runs = list.limit(LIMIT).page(page).send().await?.into_inner().items;
                let next = page.checked_add(1).filter(|_| runs.len() == LIMIT.get() as usize);
                // Runs recorded meanwhile push older ones to the next page, where they come again.
                runs.retain(|run| last.as_ref().is_none_or(|last| sort_key(run) < *last));
                let last = runs.last().map(sort_key).or(last);
                Ok(Some((stream::iter(runs.into_iter().map(Ok)), (next, last))))
            }
        });
        pages.try_flatten()
    }
}

/// The list is in descending order of this key.
fn sort_key(run: &WorkflowRunMetadata) -> (chrono::DateTime<chrono::Utc>, String) {
    (run.created_at, run.id.clone())
}
