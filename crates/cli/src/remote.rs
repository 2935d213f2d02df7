//! A ledger behind a URL: the requests that this command line sends, and when they are sent again.

use std::{collections::VecDeque, error::Error, io, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Method, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use runledger_model::{
    ErrorResponse, ListExecutionsQuery, ListWorkflowRunsResponse, RecordOutcome, WorkflowRunBatch,
    WorkflowRunBatchResult, WorkflowRunDetail,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio_rustls::rustls;

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
            (Some(url), Some(key)) => Remote::new(url, key),
            _ => bail!("give --url and --key, or RUNLEDGER_URL and RUNLEDGER_KEY"),
        }
    }
}

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may take in all; a little longer than the server gives it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);
/// How often a request is sent in all, where it may be repeated.
const ATTEMPTS: u32 = 6;
/// The longest pause before the next attempt, whatever the server asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What stands for itself in a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A server with a key to it.
pub struct Remote {
    client: Client,
    base: Url,
    key: String,
    attempts: u32,
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
    fn new(url: &str, key: &str) -> anyhow::Result<Self> {
        let base = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(mut base) = base else {
            bail!("--url (or RUNLEDGER_URL) is an address such as https://runledger.example.com");
        };
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let mut token = HeaderValue::from_str(&format!("Token {key}"))
            .map_err(|_| anyhow::anyhow!("--key has a character that no key has"))?;
        token.set_sensitive(true);
        // The first one stays; a second one is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .default_headers(HeaderMap::from_iter([(AUTHORIZATION, token.clone())]))
                .user_agent(concat!("runledger/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(REQUEST_TIMEOUT)
        };
        let client = match builder().build() {
            // A machine without certificates of authorities is enough where there is no TLS.
            Err(_) if base.scheme() == "http" => builder().tls_certs_only([]).build(),
            built => built,
        };
        let client = client.context("no HTTP client can be made")?;
        Ok(Self { client, base, key: key.to_owned(), attempts: ATTEMPTS })
    }

    /// The same, but each request is sent once only and has so long.
    pub fn impatient(self, timeout: Duration) -> Hasty {
        Hasty { remote: Self { attempts: 1, ..self }, timeout }
    }

    /// What tells this server and key from others. It holds the key.
    pub fn name(&self) -> String {
        format!("{} {}", self.base, self.key)
    }

    /// One page of runs.
    pub async fn list(&self, query: &ListExecutionsQuery) -> Result<ListWorkflowRunsResponse> {
        let mut url = self.url("v1/executions");
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("page", &query.page.to_string());
            pairs.append_pair("limit", &query.limit.to_string());
            pairs.append_pair("status", query.status.as_str());
            if let Some(workflow) = &query.workflow_id {
                pairs.append_pair("workflow_id", workflow);
            }
        }
        self.send(Method::GET, url, None::<&()>).await
    }

    /// One run; `None` where there is none.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        match self.send(Method::GET, self.run_url(id)?, None::<&()>).await {
            Err(RemoteError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            answered => answered.map(Some),
        }
    }

    /// Records one run.
    pub async fn record(&self, run: &WorkflowRunDetail) -> Result<WorkflowRunDetail> {
        self.send(Method::PUT, self.run_url(&run.id)?, Some(run)).await
    }

    /// Records runs in this order, in as many batches as the server's limit on bodies wants; one outcome each.
    pub async fn record_all(&self, runs: Vec<WorkflowRunDetail>) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(runs.len());
        let mut waiting = VecDeque::from([runs]);
        while let Some(mut runs) = waiting.pop_front() {
            let items = runs.iter().cloned().map(Into::into).collect();
            let url = self.url("v1/executions/batch");
            let batch = WorkflowRunBatch { items };
            match self.send::<WorkflowRunBatchResult>(Method::POST, url, Some(&batch)).await {
                Ok(results) if results.items.len() == runs.len() => {
                    outcomes.extend(results.items.into_iter().map(|result| match result.outcome {
                        RecordOutcome::Rejected => {
                            Outcome::Rejected(result.error.unwrap_or_else(|| ErrorResponse {
                                error: "rejected".into(),
                                code: None,
                                details: None,
                            }))
                        }
                        done => Outcome::Done(done),
                    }));
                }
                Ok(_) => {
                    bail!("the server answered with another number of results than there were runs")
                }
                Err(RemoteError::Refused { status: StatusCode::PAYLOAD_TOO_LARGE, body }) => {
                    if runs.len() == 1 {
                        outcomes.push(Outcome::Rejected(body));
                        continue;
                    }
                    let second = runs.split_off(runs.len() / 2);
                    waiting.push_front(second);
                    waiting.push_front(runs);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }

    fn url(&self, path: &str) -> Url {
        // Only a base that cannot be one would fail, and `new` has refused that.
        self.base.join(path).unwrap_or_else(|_| self.base.clone())
    }

    fn run_url(&self, id: &str) -> Result<Url> {
        // Every URL library takes them for steps through the path, percent-encoded or not.
        if id == "." || id == ".." {
            return Err(RemoteError::Unreachable(format!(
                "a run called {id:?} has no URL that can be asked for"
            )));
        }
        Ok(self.url(&format!("v1/executions/{}", utf8_percent_encode(id, IN_PATH))))
    }

    /// Sends a request, and sends it again where that may help: all that this API has can be repeated.
    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<T> {
        let unreadable = |error: serde_json::Error| RemoteError::Unreachable(error.to_string());
        let body = body.map(serde_json::to_vec).transpose().map_err(unreadable)?;
        let mut attempt = 1;
        loop {
            let mut request = self.client.request(method.clone(), url.clone());
            if let Some(body) = &body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
            }
            let (error, pause) = match answer(request).await {
                Ok(answered) => return Ok(answered),
                Err(failed) => failed,
            };
            let Some(pause) = pause.filter(|_| attempt < self.attempts) else { return Err(error) };
            let backoff = Duration::from_millis(250) * 2u32.pow(attempt - 1);
            let pause = pause.max(backoff).min(LONGEST_PAUSE);
            tracing::warn!("{error}; trying again in {} ms", pause.as_millis());
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
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
        recorded.map_err(|_| RemoteError::Unreachable("the server took too long".into()))??;
        Ok(())
    }
}

/// The answer as it is meant; or why there is none, and after which pause at the least it is worth another attempt.
async fn answer<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> std::result::Result<T, (RemoteError, Option<Duration>)> {
    let unreachable = |error: reqwest::Error| {
        let again = !error.is_builder() && !is_tls(&error);
        let again = again.then_some(Duration::ZERO);
        (RemoteError::Unreachable(chain(&error)), again)
    };
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let pause = Duration::from_secs(pause.and_then(|text| text.parse().ok()).unwrap_or(0));
    let body = response.bytes().await.map_err(unreachable)?;
    let odd = |_| {
        let what = format!(
            "the server answered {status} with what is no answer of this API; is the URL right?"
        );
        (RemoteError::Unreachable(what), None)
    };
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(odd);
    }
    let again = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::BAD_GATEWAY
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::REQUEST_TIMEOUT
    );
    let again = again.then_some(pause);
    match serde_json::from_slice(&body) {
        Ok(body) => Err((RemoteError::Refused { status, body }, again)),
        Err(error) => {
            let (error, _) = odd(error);
            Err((error, again))
        }
    }
}

/// Whether the two sides do not agree about TLS, which no other attempt will change.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    // What an I/O error wraps is not its source.
    let cause = wrapped.map(|error| error as &(dyn Error + 'static)).or(error.source());
    error.is::<rustls::Error>() || cause.is_some_and(is_tls)
}

/// An error with its causes; without the URL, which the user knows.
fn chain(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.fold("the server cannot be reached".to_owned(), |text, cause| format!("{text}: {cause}"))
}
