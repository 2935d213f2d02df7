//! Sends requests and checks every response for what the contract states about all responses.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use reqwest::{
    Method, RequestBuilder, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use tokio_rustls::rustls;

use crate::{
    ConformError, Contract, Target, announced::Announced, claim::Outcome, contract::ResponseFaults,
    event::Event, response::Response,
};

/// The timeout of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(65);
/// The number of attempts to send a request that the server refuses with 429 or 503.
const MAX_ATTEMPTS: u32 = 5;
/// The greatest number of seconds between two attempts.
const MAX_WAIT_SECONDS: u64 = 30;
/// The greatest size of a body in bytes. A run has at most 19 MiB.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// The time in which an event must be received that has happened already.
const EVENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to the server that is tested.
pub struct Probe<'a> {
    /// The server and the extent of the test.
    pub target: &'a Target,
    base: String,
    client: reqwest::Client,
    contract: &'a Contract,
    faults: Mutex<ResponseFaults>,
}

/// The header field `Authorization`.
#[derive(Clone, Copy)]
pub enum Authorization<'a> {
    /// The key of the target.
    Key,
    /// Another key.
    Other(&'a str),
    /// This value.
    Raw(&'a str),
    /// No such field.
    Missing,
}

impl<'a> Probe<'a> {
    /// Checks the target and creates a client. Nothing is sent yet.
    ///
    /// # Errors
    /// If the target is invalid.
    pub fn new(target: &'a Target, contract: &'a Contract) -> Result<Self, ConformError> {
        let base = Url::parse(&target.url).ok().filter(is_base).ok_or(ConformError::Url)?;
        for key in [Some(&target.key), target.other_key.as_ref()].into_iter().flatten() {
            HeaderValue::from_str(key).ok().filter(|_| !key.is_empty()).ok_or(ConformError::Key)?;
        }
        if target.other_key.as_ref() == Some(&target.key) {
            return Err(ConformError::SameKey);
        }
        // An error means that the provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("runledger-conform/", env!("CARGO_PKG_VERSION")))
            .timeout(REQUEST_TIMEOUT);
        if base.scheme() == "http" {
            client = client.tls_certs_only([]);
        }
        Ok(Self {
            target,
            base: base.as_str().trim_end_matches('/').to_owned(),
            client: client.build().map_err(ConformError::Client)?,
            contract,
            faults: Mutex::default(),
        })
    }

    /// Checks that the server responds.
    ///
    /// # Errors
    /// The reason why it does not.
    pub async fn reach(&self) -> Result<(), String> {
        self.send_once("GET", "/v1/executions?limit=1", Authorization::Key, None).await.map(drop)
    }

    /// Sends a `GET` with the key of the target.
    pub async fn get(&self, path: &str) -> Result<Response, Outcome> {
        self.send("GET", path, Authorization::Key, None).await
    }

    /// Sends a `GET` with another key.
    pub async fn get_as(&self, key: &str, path: &str) -> Result<Response, Outcome> {
        self.send("GET", path, Authorization::Other(key), None).await
    }

    /// Sends a JSON body with the key of the target.
    pub async fn send_json(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Response, Outcome> {
        let body = ("application/json", body.to_string());
        self.send(method, path, Authorization::Key, Some(body)).await
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Without a response the claim that is tested fails.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<(&str, String)>,
    ) -> Result<Response, Outcome> {
        let response = self
            .send_with_retries(method, path, authorization, body)
            .await
            .map_err(Outcome::Failed)?;
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        self.contract.check(&response, &mut faults);
        Ok(response)
    }

    /// Sends a `GET` with the key of the target and this `If-None-Match`. The response, which may
    /// be a 304, is not checked.
    pub async fn get_if_none_match(&self, path: &str, tag: &str) -> Result<Response, String> {
        let request = self.request("GET", path, Authorization::Key)?;
        self.receive("GET", path, request.header(IF_NONE_MATCH, tag)).await
    }

    /// Sends a JSON body with the key of the target and this header field. The response is not
    /// checked.
    pub async fn send_with_field(
        &self,
        method: &str,
        path: &str,
        (name, value): (&str, &str),
        body: &Value,
    ) -> Result<Response, Outcome> {
        let request = self.request(method, path, Authorization::Key).map_err(Outcome::Failed)?;
        let request = request.header(name, value).header(CONTENT_TYPE, "application/json");
        self.receive(method, path, request.body(body.to_string())).await.map_err(Outcome::Failed)
    }

    /// Sends the header of a request with the key of the target and a JSON body of this length, and
    /// nothing of the body.
    ///
    /// # Errors
    /// Without a response the claim that is tested fails.
    pub async fn announce(
        &self,
        method: &str,
        path: &str,
        length: u64,
    ) -> Result<Response, Outcome> {
        let request = self.request(method, path, Authorization::Key).map_err(Outcome::Failed)?;
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(reqwest::Body::wrap(Announced(length)));
        self.receive(method, path, request).await.map_err(Outcome::Failed)
    }

    /// Opens the stream of changes with this `Last-Event-ID`, reads it to the first event with
    /// data, and closes it.
    pub async fn first_event(&self, last_event_id: &str) -> Result<Event, String> {
        let request = self.request("GET", "/v1/events", Authorization::Key)?;
        let request = request.header("Last-Event-ID", last_event_id).timeout(EVENT_TIMEOUT);
        let line = format!("GET {}/v1/events after {last_event_id}", self.base);
        let failed = |error: reqwest::Error| format!("{line} has no event: {}", causes(&error));
        let mut response = request.send().await.map_err(failed)?;
        let mut text = String::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            text += &String::from_utf8_lossy(&chunk);
            let complete = text.rsplit_once("\n\n").map_or("", |(complete, _)| complete);
            if let Some(event) = complete.split("\n\n").find_map(Event::parse) {
                return Ok(event);
            }
            if text.len() > MAX_BODY_BYTES {
                break;
            }
        }
        Err(format!("{line} returned {} and no event", response.status()))
    }

    /// The faults of all responses so far.
    pub fn faults(&self) -> ResponseFaults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request, and sends it again if the server asks for that.
    async fn send_with_retries(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<(&str, String)>,
    ) -> Result<Response, String> {
        let mut attempt = 1;
        loop {
            let response = self.send_once(method, path, authorization, body.as_ref()).await?;
            let wait = response.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wait = wait.and_then(|seconds| seconds.parse::<u64>().ok());
            match wait {
                Some(seconds) if matches!(response.status, 429 | 503) && attempt < MAX_ATTEMPTS => {
                    tokio::time::sleep(Duration::from_secs(seconds.min(MAX_WAIT_SECONDS))).await;
                    attempt += 1;
                }
                _ => return Ok(response),
            }
        }
    }

    async fn send_once(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
        body: Option<&(&str, String)>,
    ) -> Result<Response, String> {
        let mut request = self.request(method, path, authorization)?;
        if let Some((media_type, text)) = body {
            request = request.header(CONTENT_TYPE, *media_type).body(text.clone());
        }
        self.receive(method, path, request).await
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        authorization: Authorization<'_>,
    ) -> Result<RequestBuilder, String> {
        let verb = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        let request = self.client.request(verb, format!("{}{path}", self.base));
        let value = match authorization {
            Authorization::Key => format!("Token {}", self.target.key),
            Authorization::Other(key) => format!("Token {key}"),
            Authorization::Raw(value) => value.to_owned(),
            Authorization::Missing => return Ok(request),
        };
        let mut value = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }

    /// Sends a request and reads the whole response.
    async fn receive(
        &self,
        method: &str,
        path: &str,
        request: RequestBuilder,
    ) -> Result<Response, String> {
        let line = format!("{method} {}{path}", self.base);
        let no_response =
            |error: reqwest::Error| format!("{line} got no response: {}", causes(&error));
        let mut response = request.send().await.map_err(no_response)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_response)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BODY_BYTES {
                return Err(format!("{line} returned more than {MAX_BODY_BYTES} bytes"));
            }
        }
        let json = serde_json::from_slice(&bytes).ok();
        let text = self.redacted(&String::from_utf8_lossy(&bytes));
        let (method, path) = (method.to_owned(), path.to_owned());
        Ok(Response { method, path, request: line, status, headers, text, json })
    }

    /// A text without the keys, which a server may have sent back.
    pub fn redacted(&self, text: &str) -> String {
        let keys = [Some(&self.target.key), self.target.other_key.as_ref()];
        keys.into_iter().flatten().fold(text.to_owned(), |text, key| text.replace(key, "[key]"))
    }
}

/// Whether paths can be appended to the URL, and it has no user.
fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// An error with its causes: the message of reqwest alone is "error sending request".
fn causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}
