//! The list as a stream.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt, stream};
use reqwest::StatusCode;

use crate::{
    Error,
    builder::ListExecutions,
    types::{ErrorResponse, ListWorkflowRunsResponse, WorkflowRunMetadata},
};

type Result<T> = std::result::Result<T, Error<ErrorResponse>>;

/// The greatest limit that the API accepts.
const LIMIT: NonZeroU32 = NonZeroU32::new(100).unwrap();
const SECOND_PAGE: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// What the stream requests next.
enum Next {
    /// The runs at this cursor. The empty one is at the newest run.
    Cursor(String),
    /// A page of a server that does not know cursors, without the runs down to this key.
    Page(NonZeroU32, Option<SortKey>),
    /// Nothing.
    End,
}

/// The list is in descending order of this key.
type SortKey = (DateTime<Utc>, String);

impl<'a> ListExecutions<'a> {
    /// All runs that match the filters, newest first. `limit` and `cursor` are ignored; `page` must
    /// not be set.
    ///
    /// The runs are requested as they are needed. A run that matches the filters from the beginning
    /// to the end of the stream comes exactly once, whatever is recorded meanwhile. Runs that
    /// begin or cease to match meanwhile may be missing. The stream ends after an error.
    ///
    /// A server before version 1.1 of the API knows pages only. With a filter by status, runs may
    /// then be missing if others cease to match meanwhile.
    pub fn stream(self) -> impl Stream<Item = Result<WorkflowRunMetadata>> + 'a {
        let pages = stream::try_unfold(Next::Cursor(String::new()), move |next| {
            let list = self.clone().limit(LIMIT);
            async move {
                let runs = read(list, next).await?;
                Result::Ok(runs.map(|(runs, next)| (stream::iter(runs.into_iter().map(Ok)), next)))
            }
        });
        pages.try_flatten()
    }
}

/// Requests the next runs; `None` at the end.
async fn read(
    list: ListExecutions<'_>,
    next: Next,
) -> Result<Option<(Vec<WorkflowRunMetadata>, Next)>> {
    match next {
        Next::Cursor(cursor) => {
            let is_first = cursor.is_empty();
            match list.clone().cursor(cursor).send().await {
                Ok(page) => {
                    let page = page.into_inner();
                    let next = match page.next_cursor.clone() {
                        Some(cursor) => Next::Cursor(cursor),
                        None if is_first && is_cut(&page) => {
                            Next::Page(SECOND_PAGE, page.items.last().map(sort_key))
                        }
                        None => Next::End,
                    };
                    Ok(Some((page.items, next)))
                }
                Err(error) if is_first && is_unknown_cursor(&error) => {
                    read_page(list, NonZeroU32::MIN, None).await.map(Some)
                }
                Err(error) => Err(error),
            }
        }
        Next::Page(page, last) => read_page(list, page, last).await.map(Some),
        Next::End => Ok(None),
    }
}

async fn read_page(
    list: ListExecutions<'_>,
    page: NonZeroU32,
    last: Option<SortKey>,
) -> Result<(Vec<WorkflowRunMetadata>, Next)> {
    let mut runs = list.page(page).send().await?.into_inner().items;
    let next_page = page.checked_add(1).filter(|_| runs.len() == LIMIT.get() as usize);
    // Runs recorded meanwhile push older ones to the next page, where they come again.
    runs.retain(|run| last.as_ref().is_none_or(|last| sort_key(run) < *last));
    let last = runs.last().map(sort_key).or(last);
    Ok((runs, next_page.map_or(Next::End, |page| Next::Page(page, last))))
}

/// Whether this first response without a `next_cursor` is not all of the list: the server ignores
/// parameters that it does not know, as the first versions did.
fn is_cut(first: &ListWorkflowRunsResponse) -> bool {
    first.items.len() == LIMIT.get() as usize && first.total > i64::from(LIMIT.get())
}

/// Whether the server refuses `cursor` because it does not know it.
fn is_unknown_cursor(error: &Error<ErrorResponse>) -> bool {
    matches!(error, Error::ErrorResponse(refusal)
        if refusal.status() == StatusCode::BAD_REQUEST
            && refusal.error.starts_with("cursor is not a parameter"))
}

fn sort_key(run: &WorkflowRunMetadata) -> SortKey {
    (run.created_at, run.id.clone())
}
