//! Server-sent events: the changes of a tenant's runs as they happen.

use std::{convert::Infallible, future, sync::Arc, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures_util::stream;
use runledger_model::{WorkflowRunChange, check_change_number};
use runledger_store::{Store, StoreError, TenantId};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    auth::ReaderKey,
    error::HttpError,
    event_slots::EventSlot,
    state::AppState,
    watched_stream::{Watch, Watching},
};

/// The path of the stream.
pub const PATH: &str = "/v1/events";
/// The header field with the id of the last event that the client has received.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The number of events that wait for a slow client.
const MAX_WAITING_EVENTS: usize = 16;
/// The maximum number of changes that are read at a time.
const MAX_CHANGES: usize = 100;
/// The time for which a client may receive nothing while events wait for it.
const SLOW_CLIENT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the key is checked.
const KEY_CHECK_PERIOD: Duration = Duration::from_secs(1);
/// The time after which a client connects again.
const RETRY: Duration = Duration::from_secs(2);
/// Tells the proxy nginx to pass on every event at once.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// The connection of a stream. Without a connection, in tests, the default.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Tells when the server stops.
    pub stopping: Stopping,
    /// Makes the connection fail when the client closes it.
    pub watch: Watch,
}

/// Where a stream begins: after a number that the client gives in the field of this name.
pub type Start = Option<(&'static str, u64)>;

/// Completes when the server stops.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Option<watch::Receiver<()>>);

impl Stopping {
    /// Tells when the sender of this receiver is dropped.
    pub fn new(sender_dropped: watch::Receiver<()>) -> Self {
        Self(Some(sender_dropped))
    }

    /// Completes when the sender is dropped.
    pub async fn stopped(self) {
        let Some(mut receiver) = self.0 else { return future::pending().await };
        while receiver.changed().await.is_ok() {}
    }
}

impl FromRequestParts<AppState> for Connection {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        Ok(parts.extensions.remove().unwrap_or_default())
    }
}

impl AppState {
    /// The stream of the changes after the start; `None`: of those from now on. It ends when the
    /// key is no longer valid, the client is gone or too slow, or the server stops.
    ///
    /// # Errors
    /// 400 if no change has the number of the start yet, 429 or 503 if there are too many streams,
    /// and those of the store.
    pub async fn change_events(
        &self,
        key: ReaderKey,
        start: Start,
        connection: Connection,
    ) -> Result<Response, HttpError> {
        let slot = self.event_slots.take(key.hash)?;
        // Watched before anything is read, so that no change is missed.
        let moves = self.store.watch_changes(key.tenant);
        let last = self.store.last_change(key.tenant).await?;
        if let Some((name, after)) = start {
            check_change_number(name, after, last)?;
        }
        let after = start.map_or(last, |(_, after)| after);
        let (events, mut sent) = mpsc::channel(MAX_WAITING_EVENTS);
        let sender = ChangeSender {
            store: Arc::clone(&self.store),
            tenant: key.tenant,
            heartbeat: self.settings.event_heartbeat,
            after,
            moves,
            events,
        };
        let Connection { stopping, watch } = connection;
        let held = (slot, watch.start());
        tokio::spawn(run(sender, key, self.clone(), stopping, held));
        let stream = stream::poll_fn(move |context| sent.poll_recv(context));
        Ok(([UNBUFFERED], Sse::new(stream)).into_response())
    }
}

/// Sends changes until one side ends the stream.
async fn run(
    sender: ChangeSender,
    key: ReaderKey,
    state: AppState,
    stopping: Stopping,
    _held: (EventSlot, Watching),
) {
    let events = sender.events.clone();
    tokio::select! {
        end = sender.run() => match end {
            End::Client => tracing::debug!("an event stream ended: its client is gone or slow"),
            End::Store(error) => {
                tracing::error!(error = error.report(), "an event stream cannot go on");
            }
        },
        () = events.closed() => {}
        () = key_ends(&key, &state) => tracing::debug!("an event stream ended with its key"),
        () = stopping.stopped() => {}
    }
}

/// Completes when the key is revoked or expires.
async fn key_ends(key: &ReaderKey, state: &AppState) {
    let mut checks = interval(KEY_CHECK_PERIOD);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while key.is_valid(state).await {
        checks.tick().await;
    }
}

/// Reads the changes of a tenant and sends them to one client.
struct ChangeSender {
    store: Arc<dyn Store>,
    tenant: TenantId,
    heartbeat: Duration,
    /// The number of the last change that was sent.
    after: u64,
    moves: watch::Receiver<u64>,
    events: mpsc::Sender<Result<Event, Infallible>>,
}

/// Why a stream ends by itself.
enum End {
    /// The client is gone, or receives nothing.
    Client,
    /// The store failed or was closed.
    Store(StoreError),
}

impl ChangeSender {
    async fn run(mut self) -> End {
        match self.send_changes().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn send_changes(&mut self) -> Result<Infallible, End> {
        // An event without data is not dispatched, but sets the id to resume from.
        self.send(Event::default().id(self.after.to_string()).retry(RETRY)).await?;
        loop {
            self.moves.mark_unchanged();
            while self.send_page().await? {}
            while !self.wait().await? {
                self.send(Event::default().comment("")).await?;
            }
        }
    }

    /// Sends the next changes. Returns whether there may be more.
    async fn send_page(&mut self) -> Result<bool, End> {
        let read = self.store.changes(self.tenant, self.after, MAX_CHANGES).await;
        let changes = read.map_err(End::Store)?.changes;
        let is_full = changes.len() == MAX_CHANGES;
        for change in changes {
            let number = change.number;
            let event = Event::default().id(number.to_string()).event("change");
            let event = event.json_data(WorkflowRunChange::from(change));
            let failed = |error| StoreError::engine_from("a change cannot be serialized", error);
            self.send(event.map_err(failed).map_err(End::Store)?).await?;
            self.after = number;
        }
        Ok(is_full)
    }

    /// Waits for the next change. Returns whether there is one; if not, a heartbeat is due.
    async fn wait(&mut self) -> Result<bool, End> {
        match timeout(self.heartbeat, self.moves.changed()).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(_)) => Err(End::Store(StoreError::Closed)),
            Err(_) => Ok(false),
        }
    }

    async fn send(&self, event: Event) -> Result<(), End> {
        self.events.send_timeout(Ok(event), SLOW_CLIENT_TIMEOUT).await.map_err(|_| End::Client)
    }
}
