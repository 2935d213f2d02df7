//! Following the stream of changes of a server, across its restarts.

use std::{pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt};
use runledger_client::{Client, StatusCode};
use runledger_model::WorkflowRunChange;

use super::{
    event_reader::{Event, EventReader},
    followed::Followed,
    remote_error::{RemoteError, remote_error},
};

/// The pause before the second attempt to connect again. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Parts of the response. It ends after an error, whatever that is.
type Parts = Pin<Box<dyn Stream<Item = Option<Vec<u8>>> + Send>>;

/// The changes of a tenant on a server. The client must not retry by itself.
pub struct RemoteChanges<'a> {
    client: &'a Client,
    state: State,
    /// The number from which the stream is resumed; `None` before the first connection.
    last: Option<i64>,
    is_interrupted: bool,
}

enum State {
    /// The next attempt to connect is after this pause.
    Disconnected(Duration),
    Connected(Parts, EventReader),
}

impl<'a> RemoteChanges<'a> {
    /// Connects later.
    pub fn new(client: &'a Client) -> Self {
        let state = State::Disconnected(Duration::ZERO);
        Self { client, state, last: None, is_interrupted: false }
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// If the server refuses the request for good, or the first connection fails.
    pub async fn next(&mut self) -> Result<Followed, RemoteError> {
        loop {
            let followed = match &mut self.state {
                State::Disconnected(pause) => {
                    tokio::time::sleep(*pause).await;
                    self.connect().await?
                }
                State::Connected(parts, reader) => match reader.next() {
                    Some(event) => self.followed(event)?,
                    None => {
                        match parts.next().await.flatten() {
                            Some(part) => reader.extend(&part),
                            // The server ends the stream when it stops, or the connection broke.
                            None => {
                                self.state = State::Disconnected(Duration::ZERO);
                            }
                        }
                        None
                    }
                },
            };
            if let Some(followed) = followed {
                return Ok(followed);
            }
        }
    }

    async fn connect(&mut self) -> Result<Option<Followed>, RemoteError> {
        let mut request = self.client.stream_changes();
        if let Some(last) = self.last {
            request = request.after(last);
        }
        let error = match request.send().await {
            Ok(response) => {
                let parts = response.into_inner().into_inner();
                let parts = parts.map(|part| part.ok().map(|part| part.to_vec()));
                self.state = State::Connected(parts.boxed(), EventReader::default());
                return Ok(None);
            }
            Err(error) => remote_error(error).await,
        };
        if self.last.is_none() || is_permanent(&error) {
            return Err(error);
        }
        if let State::Disconnected(pause) = &mut self.state {
            *pause = (*pause * 2).clamp(FIRST_PAUSE, MAX_PAUSE);
        }
        let is_told = std::mem::replace(&mut self.is_interrupted, true);
        Ok((!is_told).then(|| Followed::Interrupted(error.to_string())))
    }

    fn followed(&mut self, event: Event) -> Result<Option<Followed>, RemoteError> {
        let is_first = self.last.is_none();
        self.last = event.id.as_deref().and_then(|id| id.parse().ok()).or(self.last);
        if event.data.is_empty() {
            // The first event of a connection.
            let was_interrupted = std::mem::take(&mut self.is_interrupted);
            return Ok(match (is_first, was_interrupted) {
                (true, _) => Some(Followed::Started),
                (false, true) => Some(Followed::Resumed),
                (false, false) => None,
            });
        }
        let change: WorkflowRunChange = serde_json::from_str(&event.data)
            .map_err(|error| RemoteError::NoResponse(format!("an event is not valid: {error}")))?;
        Ok(Some(Followed::Change(Box::new(change))))
    }
}

/// Whether the server would refuse the next request as well.
fn is_permanent(error: &RemoteError) -> bool {
    match error {
        RemoteError::Refused { status, body: _ } => {
            let is_temporary =
                [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(status);
            status.is_client_error() && !is_temporary
        }
        RemoteError::NoResponse(_) => false,
        RemoteError::Unaddressable(_) | RemoteError::Invalid(_) | RemoteError::FilterIgnored => {
            true
        }
    }
}
