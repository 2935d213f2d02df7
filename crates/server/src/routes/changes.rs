//! What has changed, as a list and as it happens: an addition to the documented operations.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use runledger_model::{
    ApiError, ListChangesQuery, StreamChangesQuery, WorkflowRunChanges, examples,
    read_change_number,
};

use super::{
    documented_errors::ListErrors,
    query::{ChangesQuery, StreamQuery},
};
use crate::{
    auth::{Reader, ReaderKey},
    error::HttpError,
    event_stream::{Connection, LAST_EVENT_ID},
    state::AppState,
};

/// List the runs that changed after a change number
///
/// Every change of a run has a number: 1 for the first change of the tenant, then 2, 3 and so on. A
/// change is the first recording of a run, an update, or its deletion. A recording that changes
/// nothing takes no number. The response has the runs whose last change has a number above `after`,
/// each once, in its newest state, ascending by number.
///
/// To keep a copy of all runs, begin with an empty copy and `after=0`. Store the `run` of each item
/// under its `id`, or remove it if it is `deleted`. Then request again with `after` set to
/// `next_after`. While `items` is empty, the copy is up to date; go on later with the same number.
/// No change is missed, whatever is recorded meanwhile. To be told of changes at once, read
/// `streamChanges` from `next_after` on.
///
/// In two cases, discard the copy, and begin again at 0. The first is a pause of more than 30 days:
/// older deletions are no longer listed, as `deletions_after` shows. The second is that the ledger
/// was restored from an older copy: a number above the tenant's last one is a 400.
#[utoipa::path(
    get,
    path = "/v1/changes",
    operation_id = "listChanges",
    tag = "Changes",
    params(ListChangesQuery),
    responses(
        (status = 200, body = WorkflowRunChanges,
            description = "The runs that changed, and the number to go on from.",
            examples(("changes" = (
                summary = "A run was recorded, and another one deleted",
                value = json!(examples::changes())
            )))),
        ListErrors,
    ),
)]
pub async fn list_changes(
    Reader(tenant): Reader,
    State(state): State<AppState>,
    ChangesQuery(query): ChangesQuery,
) -> Result<Response, HttpError> {
    let ListChangesQuery { after, limit } = query;
    let (after, max) = (after.cast_unsigned(), limit.cast_unsigned() as usize);
    let changes = state.store.changes(tenant, after, max).await?;
    state.json(StatusCode::OK, &changes.into_response(after)?)
}

/// Follow changes as they happen, as server-sent events
///
/// The response stays open, and each change is sent when it is committed. An event has the number
/// of the change as its `id`, the type `change`, and as its `data` the same JSON object as an item
/// of `listChanges`: the schema `WorkflowRunChange`. A run that changes several times in a moment
/// may be sent once, in its newest state.
///
/// The stream begins with what changes from now on, or after the number in `Last-Event-ID` or
/// `after`. Its first event has no data, only the `id` to resume from and the `retry` time in
/// milliseconds. The server ends the stream when it stops, when the API key is revoked or expires,
/// and when the client reads too slowly. Connect again then with the last `id` as `Last-Event-ID`:
/// no change is missed and none is repeated. While nothing changes, a comment (a line that begins
/// with a colon) is sent every 15 seconds.
///
/// After a pause of more than 30 days, or a 400 because the ledger was restored from an older copy,
/// discard what was received, and begin again with `listChanges` at 0. By default, a key may have
/// 100 streams at a time, and the server 1,000: one more is a 429 or a 503. Connect again when
/// another stream has ended; a lost connection no longer counts.
///
/// `curl -N -H 'Authorization: Token your-api-key-here' http://127.0.0.1:7400/v1/events` shows it.
/// A page in a browser reads it with `fetch`, since `EventSource` cannot send the key. Swagger UI
/// shows nothing before the stream ends.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "streamChanges",
    tag = "Changes",
    params(
        StreamChangesQuery,
        ("Last-Event-ID" = Option<String>, Header, nullable = false,
            description = "The `id` of the last event that was received."),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream",
            description = "The changes, as they happen.",
            examples(("events" = (
                summary = "A run is recorded, and another one deleted",
                value = json!(examples::change_events())
            )))),
        ListErrors,
    ),
)]
pub async fn stream_changes(
    key: ReaderKey,
    State(state): State<AppState>,
    StreamQuery(query): StreamQuery,
    LastEventId(last_event_id): LastEventId,
    connection: Connection,
) -> Result<Response, HttpError> {
    let StreamChangesQuery { after } = query;
    let given = |name, number: Option<i64>| Some((name, number?.cast_unsigned()));
    let start = given("Last-Event-ID", last_event_id).or(given("after", after));
    state.change_events(key, start, connection).await
}

/// The header field `Last-Event-ID`, if it was sent.
pub struct LastEventId(Option<i64>);

impl FromRequestParts<AppState> for LastEventId {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        let name = "Last-Event-ID";
        let mut values = parts.headers.get_all(LAST_EVENT_ID).iter();
        let (value, second) = (values.next(), values.next());
        if second.is_some() {
            return Err(ApiError::validation(name, "must be given once, not repeated").into());
        }
        let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self(text.map(|text| read_change_number(name, &text)).transpose()?))
    }
}
