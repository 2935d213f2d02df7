//! A ledger behind a URL, asked through the generated client.

use std::{collections::VecDeque, time::Duration};

use anyhow::bail;
use clap::Args;
use futures_util::{Stream, TryStreamExt};
use runledger_client::{
    AccessError, Client, ClientInfo, Error, Retry, StatusCode,
    types::{self, RecordOutcome as Answered},
};
use runledger_model::{
    ErrorResponse, ListExecutionsQuery, RecordOutcome, WorkflowRunDetail, WorkflowRunMetadata,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::ledger::Outcome;

/// Which server, and the key to it.
#[derive(Args)]
pub struct Access {
    /// The server, such as https://runledger.example.com.
    #[arg(long, env = "RUNLEDGER_URL", value_name = "URL")]
    url: Option<String>,

    /// An API key. Better given by the environment: other users of this machine can see a command line.
    #[arg(long, env = "RUNLEDGER_KEY", value_name = "KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Access {
    /// Whether neither is given.
    pub fn is_empty(&self) -> bool {
        self.url.is_none() && self.key.is_none()
    }

    /// Whether both are given.
    pub fn is_whole(&self) -> bool {
        self.url.is_some() && self.key.is_some()
    }

    /// As if neither were given.
    pub fn forget(&mut self) {
        (self.url, self.key) = (None, None);
    }

    /// The server with its key, both of which must be given. Nothing is sent yet.
    pub fn remote(&self) -> anyhow::Result<Remote> {
        match (&self.url, &self.key) {
            (Some(url), Some(key)) => Remote::new(url, key, Retry::default()),
            _ => bail!("give --url and --key, or RUNLEDGER_URL and RUNLEDGER_KEY"),
        }
    }
}

/// A server with a key to it.
pub struct Remote {
    client: Client,
    url: String,
    key: String,
}

/// Why a request was not answered as it was meant.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Nothing came back, or nothing that this API sends.
    #[error("{0}")]
    Unreachable(String),
    /// The server refused it.
    #[error("the server answered {status}: {}", .body.error)]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// What the server says about it.
        body: ErrorResponse,
    },
}

type Result<T> = std::result::Result<T, RemoteError>;

impl Remote {
    fn new(url: &str, key: &str, retry: Retry) -> anyhow::Result<Self> {
        let client = Client::connect_with(url, key, retry).map_err(|error| match error {
            AccessError::Url => {
                let what = "--url (or RUNLEDGER_URL) is an address such as https://runledger.example.com, \
                            without a user, a query or a fragment";
                anyhow::anyhow!(what)
            }
            AccessError::Key => anyhow::anyhow!("--key has a character that no key has"),
            error => error.into(),
        })?;
        Ok(Self { client, url: url.to_owned(), key: key.to_owned() })
    }

    /// The same, but each request is sent once only and has so long.
    pub fn impatient(self, timeout: Duration) -> anyhow::Result<Hasty> {
        Ok(Hasty { remote: Self::new(&self.url, &self.key, Retry::NEVER)?, timeout })
    }

    /// What tells this server and key from others. It holds the key.
    pub fn name(&self) -> String {
        format!("{}/ {}", self.client.baseurl(), self.key)
    }

    /// All runs that match, newest first.
    pub fn runs(
        &self,
        query: &ListExecutionsQuery,
    ) -> Result<impl Stream<Item = Result<WorkflowRunMetadata>> + use<'_>> {
        let mut list = self.client.list_executions();
        list = list.status(same::<types::WorkflowRunStatusFilter>(query.status)?);
        if let Some(workflow) = &query.workflow_id {
            list = list.workflow_id(workflow.as_str());
        }
        Ok(list
            .stream()
            .or_else(async |error| Err(failed(error).await))
            .and_then(async |run| same(run)))
    }

    /// One run; `None` where there is none.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        check_has_url(id)?;
        match self.client.get_execution().id(id).send().await {
            Ok(run) => same(run.into_inner()).map(Some),
            Err(error) => match failed(error).await {
                RemoteError::Refused { status: StatusCode::NOT_FOUND, .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Records one run.
    pub async fn record(&self, run: &WorkflowRunDetail) -> Result<()> {
        check_has_url(&run.id)?;
        let body: types::WorkflowRunInput = same(run)?;
        let recorded = self.client.record_execution().id(run.id.as_str()).body(body).send().await;
        match recorded {
            Ok(_) => Ok(()),
            Err(error) => Err(failed(error).await),
        }
    }

    /// Records runs in this order, in as many batches as the server's limit on bodies wants; one outcome each.
    pub async fn record_all(&self, runs: Vec<WorkflowRunDetail>) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(runs.len());
        let runs = runs.iter().map(same).collect::<Result<Vec<types::WorkflowRunInput>>>()?;
        let mut waiting = VecDeque::from([runs]);
        while let Some(mut runs) = waiting.pop_front() {
            let batch = types::WorkflowRunBatch { items: runs.clone() };
            let error = match self.client.record_executions().body(batch).send().await {
                Ok(results) if results.items.len() == runs.len() => {
                    let results = results.into_inner().items.into_iter();
                    outcomes.extend(results.map(outcome).collect::<Result<Vec<_>>>()?);
                    continue;
                }
                Ok(_) => {
                    bail!("the server answered with another number of results than there were runs")
                }
                Err(error) => failed(error).await,
            };
            match error {
                RemoteError::Refused { status: StatusCode::PAYLOAD_TOO_LARGE, body } => {
                    if runs.len() == 1 {
                        outcomes.push(Outcome::Rejected(body));
                        continue;
                    }
                    let second = runs.split_off(runs.len() / 2);
                    waiting.push_front(second);
                    waiting.push_front(runs);
                }
                error => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }
}

/// A server that is asked once, and not for long.
pub struct Hasty {
    remote: Remote,
    timeout: Duration,
}

impl Hasty {
    /// Records one run.
    pub async fn record(&self, run: &WorkflowRunDetail) -> Result<()> {
        let recorded = tokio::time::timeout(self.timeout, self.remote.record(run)).await;
        recorded.map_err(|_| RemoteError::Unreachable("the server took too long".into()))?
    }
}

/// The client's types and the model's are two views of one JSON.
fn same<T: DeserializeOwned>(value: impl Serialize) -> Result<T> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| RemoteError::Unreachable(error.to_string()))
}

/// Every URL library takes these two for steps through the path, percent-encoded or not.
fn check_has_url(id: &str) -> Result<()> {
    if id == "." || id == ".." {
        let what = format!("a run called {id:?} has no URL that can be asked for");
        return Err(RemoteError::Unreachable(what));
    }
    Ok(())
}

fn outcome(result: types::RecordResult) -> Result<Outcome> {
    if result.outcome != Answered::Rejected {
        return same::<RecordOutcome>(result.outcome).map(Outcome::Done);
    }
    let error = result.error.map(same).transpose()?;
    Ok(Outcome::Rejected(error.unwrap_or_else(|| ErrorResponse {
        error: "rejected".into(),
        code: None,
        details: None,
    })))
}

/// What the client's error means for who typed the command.
async fn failed(error: Error<types::ErrorResponse>) -> RemoteError {
    let odd = |status: StatusCode| {
        RemoteError::Unreachable(format!(
            "the server answered {status} with what is no answer of this API; is the URL right?"
        ))
    };
    match error {
        Error::ErrorResponse(answer) => {
            let status = answer.status();
            match same(answer.into_inner()) {
                Ok(body) => RemoteError::Refused { status, body },
                Err(error) => error,
            }
        }
        Error::UnexpectedResponse(answer) => {
            let status = answer.status();
            let body = answer.bytes().await.unwrap_or_default();
            match serde_json::from_slice(&body) {
                Ok(body) => RemoteError::Refused { status, body },
                Err(_) => odd(status),
            }
        }
        Error::InvalidResponsePayload(..) => RemoteError::Unreachable(
            "the server answered with what is no answer of this API; is the URL right?".into(),
        ),
        Error::CommunicationError(error) | Error::ResponseBodyError(error) => {
            RemoteError::Unreachable(runledger_client::causes(&error))
        }
        Error::Custom(what) => RemoteError::Unreachable(what),
        error => RemoteError::Unreachable(error.to_string()),
    }
}
