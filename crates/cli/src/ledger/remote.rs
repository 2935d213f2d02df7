//! A tenant's ledger on a server, through the generated client.

use std::{collections::VecDeque, num::NonZeroU32};

use anyhow::bail;
use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt, future};
use runledger_client::{
    Client, ClientInfo, Error, StatusCode, builder,
    types::{self, RecordOutcome as RemoteOutcome},
};
use runledger_model::{
    ErrorResponse, ListExecutionsQuery, ListWorkflowRunsResponse, RecordOutcome, WorkflowRunDetail,
    WorkflowRunMetadata,
};
use runledger_store::key_prefix;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::outcome::Outcome;

/// The runs of the tenant that an API key belongs to.
pub struct RemoteLedger {
    client: Client,
    identity: String,
    destination: Destination,
}

/// A server and a key, as far as a file or a message may show them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Destination {
    /// URL of the server.
    pub url: String,
    /// The first characters of the key.
    pub key_prefix: String,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is no response, or it is not one of this API.
    #[error("{0}")]
    NoResponse(String),
    /// A run with this id cannot be requested: URL parsers remove the path segments `.` and `..`,
    /// also when they are percent-encoded. Earlier versions recorded such ids.
    #[error("the run id {0:?} cannot be part of a URL")]
    Unaddressable(String),
    /// The API does not accept such a run. It is not sent.
    #[error("the run is not valid: {0}")]
    Invalid(String),
    /// The server responded with an error.
    #[error("the server responded {status}: {}", .body.error)]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The error in the body of the response.
        body: ErrorResponse,
    },
    /// The server listed a run that does not match, as versions before 1.1 of the API do, which
    /// ignore filters that they do not know.
    #[error("the server ignores a filter that it does not know; a newer version is required")]
    FilterIgnored,
}

impl RemoteError {
    /// Whether the run contradicts what the server has recorded under its id.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::CONFLICT, body: _ })
    }

    /// Whether the same request will always be refused.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Unaddressable(_) => true,
            Self::Refused { status, body: _ } => matches!(
                *status,
                StatusCode::BAD_REQUEST
                    | StatusCode::CONFLICT
                    | StatusCode::PAYLOAD_TOO_LARGE
                    | StatusCode::UNPROCESSABLE_ENTITY
            ),
            Self::NoResponse(_) | Self::FilterIgnored => false,
        }
    }
}

type Result<T> = std::result::Result<T, RemoteError>;

impl RemoteLedger {
    /// The ledger that this client, which sends this key, has access to.
    pub fn new(client: Client, key: &str) -> Self {
        let identity = format!("{}/ {key}", client.baseurl());
        let destination =
            Destination { url: client.baseurl().to_owned(), key_prefix: key_prefix(key) };
        Self { client, identity, destination }
    }

    /// Differs between any two servers and any two keys. It contains the key, so it is a secret.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The client of this ledger.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The server and the key, as far as a file or a message may show them.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// All runs that match the filters, newest first. The stream ends after an error.
    ///
    /// # Errors
    /// If the query cannot be sent.
    pub fn runs(
        &self,
        query: &ListExecutionsQuery,
    ) -> Result<impl Stream<Item = Result<WorkflowRunMetadata>> + use<'_>> {
        let (list, query) = (self.list(query)?, query.clone());
        Ok(list.stream().or_else(async |error| Err(remote_error(error).await)).and_then(
            move |run| {
                let run = convert::<WorkflowRunMetadata>(run);
                let run = run.and_then(|run| match matches(&query, &run) {
                    true => Ok(run),
                    false => Err(RemoteError::FilterIgnored),
                });
                future::ready(run)
            },
        ))
    }

    /// One page of runs.
    ///
    /// # Errors
    /// If there is no response, or it is an error.
    pub async fn page(&self, query: &ListExecutionsQuery) -> Result<ListWorkflowRunsResponse> {
        let mut list = self.list(query)?.page(convert::<NonZeroU32>(query.page)?);
        list = list.limit(convert::<NonZeroU32>(query.limit)?);
        if let Some(cursor) = &query.cursor {
            list = list.cursor(cursor.to_string());
        }
        let page = match list.send().await {
            Ok(page) => convert::<ListWorkflowRunsResponse>(page.into_inner())?,
            Err(error) => return Err(remote_error(error).await),
        };
        match page.items.iter().all(|run| matches(query, run)) {
            true => Ok(page),
            false => Err(RemoteError::FilterIgnored),
        }
    }

    /// The run with this id; `None` if there is none.
    ///
    /// # Errors
    /// If there is no response or another error, or if the id cannot be part of a URL.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        check_addressable(id)?;
        match self.client.get_execution().id(id).send().await {
            Ok(run) => convert(run.into_inner()).map(Some),
            Err(error) => match remote_error(error).await {
                RemoteError::Refused { status: StatusCode::NOT_FOUND, .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// A request for runs with the filters of the query.
    fn list(&self, query: &ListExecutionsQuery) -> Result<builder::ListExecutions<'_>> {
        let mut list = self.client.list_executions();
        if let Some(workflow) = &query.workflow_id {
            list = list.workflow_id(workflow.as_str());
        }
        list = match &query.statuses {
            Some(statuses) => list.statuses(convert::<Vec<types::WorkflowRunStatus>>(statuses)?),
            None => list.status(convert::<types::WorkflowRunStatusFilter>(query.status)?),
        };
        if let Some(time) = query.created_after {
            list = list.created_after(convert::<DateTime<Utc>>(time)?);
        }
        if let Some(time) = query.created_before {
            list = list.created_before(convert::<DateTime<Utc>>(time)?);
        }
        if !query.metadata.is_empty() {
            list = list.metadata(query.metadata.clone());
        }
        Ok(list)
    }

    /// Records one run.
    ///
    /// # Errors
    /// If there is no response, or the server refuses the run.
    pub async fn record(&self, run: &WorkflowRunDetail) -> Result<()> {
        check_addressable(&run.id)?;
        let body = convert::<types::WorkflowRunInput>(run)
            .map_err(|error| RemoteError::Invalid(error.to_string()))?;
        let recorded = self.client.record_execution().id(run.id.as_str()).body(body).send().await;
        match recorded {
            Ok(_) => Ok(()),
            Err(error) => Err(remote_error(error).await),
        }
    }

    /// Records runs in this order, one outcome each. A batch that is too large for the server is
    /// halved until it fits.
    ///
    /// # Errors
    /// If there is no response, or the server refuses a whole batch for another reason. Earlier
    /// batches are recorded.
    pub async fn record_all(&self, runs: Vec<WorkflowRunDetail>) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(runs.len());
        let runs = runs.iter().map(convert).collect::<Result<Vec<types::WorkflowRunInput>>>()?;
        let mut pending = VecDeque::from([runs]);
        while let Some(mut runs) = pending.pop_front() {
            let batch = types::WorkflowRunBatch { items: runs.clone() };
            let error = match self.client.record_executions().body(batch).send().await {
                Ok(results) if results.items.len() == runs.len() => {
                    let results = results.into_inner().items.into_iter();
                    outcomes.extend(results.map(outcome).collect::<Result<Vec<_>>>()?);
                    continue;
                }
                Ok(results) => {
                    bail!(
                        "the server returned {} results for {} runs",
                        results.items.len(),
                        runs.len()
                    )
                }
                Err(error) => remote_error(error).await,
            };
            match error {
                RemoteError::Refused { status: StatusCode::PAYLOAD_TOO_LARGE, body } => {
                    if runs.len() == 1 {
                        outcomes.push(Outcome::Rejected(body));
                        continue;
                    }
                    let second_half = runs.split_off(runs.len() / 2);
                    pending.push_front(second_half);
                    pending.push_front(runs);
                }
                error => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }
}

/// Whether the run matches the filters that servers before version 1.1 of the API do not know.
fn matches(query: &ListExecutionsQuery, run: &WorkflowRunMetadata) -> bool {
    query.created_after.is_none_or(|time| run.created_at >= time)
        && query.created_before.is_none_or(|time| run.created_at < time)
        && query.matching_statuses().is_none_or(|statuses| statuses.contains(&run.status))
        && query.matches_metadata(&run.metadata)
}

/// Converts between the client's types and the model's, which are the same as JSON.
fn convert<T: DeserializeOwned>(value: impl Serialize) -> Result<T> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| RemoteError::NoResponse(error.to_string()))
}

fn check_addressable(id: &str) -> Result<()> {
    match id {
        "." | ".." => Err(RemoteError::Unaddressable(id.to_owned())),
        _ => Ok(()),
    }
}

fn outcome(result: types::RecordResult) -> Result<Outcome> {
    if result.outcome != RemoteOutcome::Rejected {
        return convert::<RecordOutcome>(result.outcome).map(Outcome::Accepted);
    }
    let error = result.error.map(convert).transpose()?;
    Ok(Outcome::Rejected(error.unwrap_or_else(|| ErrorResponse {
        error: "rejected".into(),
        code: None,
        details: None,
    })))
}

/// What an error of the generated client means.
pub async fn remote_error(error: Error<types::ErrorResponse>) -> RemoteError {
    match error {
        Error::ErrorResponse(response) => {
            let status = response.status();
            let fault = runledger_client::credentials_fault(response.headers()).map(str::to_owned);
            match convert::<ErrorResponse>(response.into_inner()) {
                Ok(mut body) => {
                    if let Some(fault) = fault.filter(|_| status == StatusCode::UNAUTHORIZED) {
                        body.error = format!("{}: {fault}", body.error);
                    }
                    RemoteError::Refused { status, body }
                }
                Err(error) => error,
            }
        }
        // A status that this operation does not document.
        Error::UnexpectedResponse(response) => {
            let status = response.status();
            let body = response.bytes().await.unwrap_or_default();
            match serde_json::from_slice(&body) {
                Ok(body) => RemoteError::Refused { status, body },
                Err(_) => RemoteError::NoResponse(runledger_client::foreign_response(status)),
            }
        }
        Error::InvalidResponsePayload(_, error) => {
            RemoteError::NoResponse(format!("the response is not valid: {error}"))
        }
        Error::CommunicationError(error) | Error::ResponseBodyError(error) => {
            RemoteError::NoResponse(runledger_client::causes(&error))
        }
        Error::Custom(message) => RemoteError::NoResponse(message),
        error => RemoteError::NoResponse(error.to_string()),
    }
}
