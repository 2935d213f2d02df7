//! Figures over many runs: an addition to the documented operations.

use axum::{extract::State, response::Response};
use runledger_model::{Histogram, HistogramQuery, examples};

use super::documented_errors::FilterErrors;
use crate::{cacheable::CacheableRequest, error::HttpError, state::AppState};

/// Count runs per minute, hour, day or week
///
/// The buckets cover the range from `created_after` to `created_before`. Without one of these, the
/// range begins with the oldest or ends with the newest matching run; if no run matches, there are
/// no buckets. Buckets without runs are listed, so that the response can be drawn as it is. Every
/// bucket begins at a full minute, a full hour, midnight or midnight on Monday in UTC. Where the
/// range begins or ends within a bucket, the bucket counts only the runs in the range.
///
/// The counts are exact, and those of all buckets add up to the totals of `listExecutions` with the
/// same filters. More than 1,000 buckets are a 400, which says how many they would be and what to
/// choose. One run of a recorder whose clock is wrong may cause it: a range leaves that run out.
#[utoipa::path(
    get,
    path = "/v1/histogram",
    operation_id = "getHistogram",
    tag = "Analysis",
    params(HistogramQuery),
    responses(
        (status = 200, body = Histogram,
            description = "The number of matching runs in each bucket of time.",
            examples(("hours" = (
                summary = "Three hours, one of them without runs",
                value = json!(examples::histogram())
            )))),
        FilterErrors,
    ),
)]
pub async fn get_histogram(
    State(state): State<AppState>,
    request: CacheableRequest,
) -> Result<Response, HttpError> {
    let content = async {
        let query = HistogramQuery::parse(request.query())?;
        state.content(&state.store.histogram(request.tenant, query).await??)
    };
    state.respond(&request, content).await
}
