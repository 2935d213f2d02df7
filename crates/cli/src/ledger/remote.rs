//! A tenant's ledger on a server, through the generated client.

use std::{collections::VecDeque, num::NonZeroU32};

use anyhow::bail;
use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt, future};
use runledger_client::{
    Client, ClientInfo, StatusCode, builder,
    types::{self, RecordOutcome as RemoteOutcome},
};
use runledger_model::{
    ErrorResponse, ListExecutionsQuery, ListWorkflowRunsResponse, RecordOutcome, Recording,
    WorkflowRunDetail, WorkflowRunMetadata,
};
use runledger_store::key_prefix;
use serde::{Deserialize, Serialize};

use super::{
    outcome::Outcome,
    remote_error::{RemoteError, convert, remote_error},
};

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
    /// The first characters of the key; empty if it could not be read.
    pub key_prefix: String,
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
        self.find(id, None).await
    }

    /// This attempt of a run; `None` if it is not recorded.
    ///
    /// # Errors
    /// As [`get`](RemoteLedger::get).
    pub async fn get_attempt(&self, id: &str, attempt: i32) -> Result<Option<WorkflowRunDetail>> {
        self.find(id, Some(convert(attempt)?)).await
    }

    async fn find(
        &self,
        id: &str,
        attempt: Option<NonZeroU32>,
    ) -> Result<Option<WorkflowRunDetail>> {
        check_addressable(id)?;
        let mut request = self.client.get_execution().id(id);
        if let Some(attempt) = attempt {
            request = request.attempt(attempt);
        }
        match request.send().await {
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

    /// Records that a run which the server has is still running.
    ///
    /// # Errors
    /// If there is no response, or the server refuses the request, as one that does not have the
    /// run does.
    pub async fn heartbeat(&self, id: &str) -> Result<()> {
        check_addressable(id)?;
        let status = Some(types::WorkflowRunStatus::Running);
        let patch = types::WorkflowRunPatch { status, ..types::WorkflowRunPatch::default() };
        match self.client.update_execution().id(id).body(patch).send().await {
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
    pub async fn record_all(&self, runs: Vec<Recording>) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(runs.len());
        let inputs = runs.into_iter().map(|run| convert(run.into_input()));
        let runs = inputs.collect::<Result<Vec<types::WorkflowRunInput>>>()?;
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
