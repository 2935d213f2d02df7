//! What a server answered, as it came.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::claim::Verdict;

/// How many characters of a body are shown.
const SHOWN: usize = 160;

/// An answer, and the request that it is to.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The method.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// The request in a line: method and address, never the key.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text, in which the keys are blackened.
    pub text: String,
    /// The body as JSON; nothing where it is none.
    pub json: Option<Value>,
}

impl Answer {
    /// Request, status and the beginning of the body, in a line.
    pub fn in_words(&self) -> String {
        let mut shown: String = self.text.chars().take(SHOWN).collect();
        if shown.len() < self.text.len() {
            shown.push('…');
        }
        if shown.is_empty() {
            shown.push_str("with no body");
        }
        format!("{} was answered {} {shown}", self.request, self.status)
    }

    /// The failure of a claim: what was answered, and what should have been.
    pub fn not(&self, expected: &str) -> Verdict {
        Verdict::Failed(format!("{}, not {expected}", self.in_words()))
    }

    /// Holds the status to this one.
    pub fn expect(&self, status: u16) -> Result<&Self, Verdict> {
        if self.status == status { Ok(self) } else { Err(self.not(&status.to_string())) }
    }

    /// The body as JSON, for a claim that is about something else.
    pub fn json(&self) -> Result<&Value, Verdict> {
        let skipped = || Verdict::Skipped("an answer is no JSON: see json-bodies".into());
        self.json.as_ref().ok_or_else(skipped)
    }

    /// The media type, without its parameters.
    pub fn media_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }
}
