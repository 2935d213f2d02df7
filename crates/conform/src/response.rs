//! A response as it was received.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::claim::Outcome;

/// The number of characters of a body that a message quotes.
const MAX_QUOTED_CHARACTERS: usize = 160;

/// A response and the request that it belongs to.
#[derive(Clone, Debug)]
pub struct Response {
    /// The method of the request.
    pub method: String,
    /// The path and query of the request.
    pub path: String,
    /// The request in one line: method and URL, without the key.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body as text, with the keys redacted.
    pub text: String,
    /// The body as JSON; `None` if it is not JSON.
    pub json: Option<Value>,
}

impl Response {
    /// The request, the status and the beginning of the body in one line.
    pub fn summary(&self) -> String {
        let mut body: String = self.text.chars().take(MAX_QUOTED_CHARACTERS).collect();
        if body.len() < self.text.len() {
            body.push('…');
        }
        if body.is_empty() {
            body.push_str("with an empty body");
        }
        format!("{} returned {} {body}", self.request, self.status)
    }

    /// A failure: this response, and what was expected instead.
    pub fn failure(&self, expected: &str) -> Outcome {
        Outcome::Failed(format!("{}, expected {expected}", self.summary()))
    }

    /// This response if it has this status.
    ///
    /// # Errors
    /// The failure that it has another one.
    pub fn expect(&self, status: u16) -> Result<&Self, Outcome> {
        if self.status == status { Ok(self) } else { Err(self.failure(&status.to_string())) }
    }

    /// The body as JSON, for a claim that is not about the format of bodies.
    ///
    /// # Errors
    /// The claim is skipped if the body is not JSON.
    pub fn json(&self) -> Result<&Value, Outcome> {
        let skipped = || Outcome::Skipped("a body is not JSON: see json-bodies".into());
        self.json.as_ref().ok_or_else(skipped)
    }

    /// The media type without its parameters.
    pub fn media_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }
}
