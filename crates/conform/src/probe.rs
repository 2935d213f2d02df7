//! Sends requests as they are written, and keeps what all answers say about themselves.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use tokio_rustls::rustls;

use crate::{ConformError, Contract, Target, answer::Answer, claim::Verdict, contract::Faults};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(65);
/// How often a request is sent again that the server had no time for.
const ATTEMPTS: u32 = 5;
/// How long to wait for a server that says when to come back, at most.
const LONGEST_WAIT: u64 = 30;
/// How many bytes of a body are read: a run has at most 16 MiB.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// A server under trial.
pub struct Probe<'a> {
    /// What is tried, and how far.
    pub target: &'a Target,
    base: String,
    client: reqwest::Client,
    contract: &'a Contract,
    faults: Mutex<Faults>,
}

/// What stands in the header `Authorization`.
#[derive(Clone, Copy)]
pub enum Authorization<'a> {
    /// The target's key.
    Key,
    /// Another key.
    Other(&'a str),
    /// Just these words.
    Words(&'a str),
    /// The header is missing.
    Missing,
}

impl<'a> Probe<'a> {
    /// Gets ready; nothing is sent yet.
    pub fn new(target: &'a Target, contract: &'a Contract) -> Result<Self, ConformError> {
        let base = Url::parse(&target.url).ok().filter(is_base).ok_or(ConformError::Url)?;
        for key in [Some(&target.key), target.other_key.as_ref()].into_iter().flatten() {
            HeaderValue::from_str(key).ok().filter(|_| !key.is_empty()).ok_or(ConformError::Key)?;
        }
        if target.other_key.as_ref() == Some(&target.key) {
            return Err(ConformError::SameKey);
        }
        // The first one stays; a second one is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("runledger-conform/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE);
        if base.scheme() == "http" {
            client = client.tls_certs_only([]);
        }
        Ok(Self {
            target,
            base: base.as_str().trim_end_matches('/').to_owned(),
            client: client.build().map_err(ConformError::Tls)?,
            contract,
            faults: Mutex::default(),
        })
    }

    /// Whether anything answers at all, and what is in the way otherwise.
    pub async fn reach(&self) -> Result<(), String> {
        self.ask_once("GET", "/v1/executions?limit=1", Authorization::Key, None).await.map(drop)
    }

    /// `GET` with the target's key.
    pub async fn get(&self, path: &str) -> Result<Answer, Verdict> {
        self.send("GET", path, Authorization::Key, None).await
    }

    /// `GET` with another key.
    pub async fn get_as(&self, key: &str, path: &str) -> Result<Answer, Verdict> {
        self.send("GET", path, Authorization::Other(key), None).await
    }

    /// Sends a JSON body with the target's key.
    pub async fn send_json(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Answer, Verdict> {
        let body = ("application/json", body.to_string());
        self.send(method, path, Authorization::Key, Some(body)).await
    }

    /// Sends anything. An answer that never comes is a failure of the claim that asked.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<(&str, String)>,
    ) -> Result<Answer, Verdict> {
        let answer = self.ask(method, path, authorization, body).await.map_err(Verdict::Failed)?;
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        self.contract.judge(&answer, &mut faults);
        Ok(answer)
    }

    /// What was wrong with answers as such, whatever they were to.
    pub fn faults(&self) -> Faults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request, again where the server asks for it.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<(&str, String)>,
    ) -> Result<Answer, String> {
        let mut attempt = 1;
        loop {
            let answer = self.ask_once(method, path, authorization, body.as_ref()).await?;
            let wait = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wait = wait.and_then(|seconds| seconds.parse::<u64>().ok());
            match wait {
                Some(seconds) if matches!(answer.status, 429 | 503) && attempt < ATTEMPTS => {
                    tokio::time::sleep(Duration::from_secs(seconds.min(LONGEST_WAIT))).await;
                    attempt += 1;
                }
                _ => return Ok(answer),
            }
        }
    }

    async fn ask_once(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<&(&str, String)>,
    ) -> Result<Answer, String> {
        let url = format!("{}{path}", self.base);
        let line = format!("{method} {url}");
        let verb = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        let mut request = self.client.request(verb, &url);
        let words = match authorization {
            Authorization::Key => Some(format!("Token {}", self.target.key)),
            Authorization::Other(key) => Some(format!("Token {key}")),
            Authorization::Words(words) => Some(words.to_owned()),
            Authorization::Missing => None,
        };
        if let Some(words) = words {
            let mut value = HeaderValue::from_str(&words).map_err(|error| error.to_string())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some((media_type, text)) = body {
            request = request.header(CONTENT_TYPE, *media_type).body(text.clone());
        }
        let silent = |error: reqwest::Error| format!("{line} got no answer: {}", causes(&error));
        let mut response = request.send().await.map_err(silent)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(silent)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err(format!("{line} was answered with more than {MOST_BYTES} bytes"));
            }
        }
        let json = serde_json::from_slice(&bytes).ok();
        let text = self.blackened(&String::from_utf8_lossy(&bytes));
        let (method, path) = (method.to_owned(), path.to_owned());
        Ok(Answer { method, path, request: line, status, headers, text, json })
    }

    /// Words without the keys, which a server may have sent back in any of its own.
    pub fn blackened(&self, text: &str) -> String {
        let keys = [Some(&self.target.key), self.target.other_key.as_ref()];
        keys.into_iter().flatten().fold(text.to_owned(), |text, key| text.replace(key, "[key]"))
    }
}

/// Whether paths can be put behind it, and it says nothing about who asks.
fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// An error with what caused it: reqwest's own words are "error sending request".
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
