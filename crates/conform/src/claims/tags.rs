//! Entity tags.

use reqwest::header::ETAG;
use serde_json::json;

use super::recording::{Recorder, path};
use crate::{
    claim::{
        Claim,
        Operation::{List, Put},
        Outcome,
    },
    listing::while_unchanged,
    probe::Probe,
    response::Response,
};

/// Conditional requests.
pub const NOT_MODIFIED: Claim = Claim {
    id: "not-modified",
    statement: "a request with the ETag of an unchanged list in If-None-Match is a 304 without a \
                body, and one with another tag a 200",
    operation: List,
    location: "header If-None-Match and response 200 header ETag",
    reason: "a client that polls the list transfers it each time, or keeps an old one",
    advice: "derive the tag from the bytes of the body, and compare it before sending them",
};

/// Tests [`NOT_MODIFIED`].
pub async fn not_modified(probe: &Probe<'_>) -> Result<(), Outcome> {
    for query in ["", "?status=FAILED&limit=5"] {
        while_unchanged(probe, "", async || {
            let first = get(probe, query, "\"unknown\"").await?;
            let tag = first.expect(200)?.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
            let tag = tag.ok_or_else(|| first.failure("the header field ETag"))?;
            let again = get(probe, query, tag).await?;
            if !again.expect(304)?.text.is_empty() {
                return Err(again.failure("no body"));
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Tags of recorded runs.
pub const RECORDED: Claim = Claim {
    id: "recorded-run-has-its-tag",
    statement: "the responses of PUT and PATCH have the ETag that a GET of the run has",
    operation: Put,
    location: "response 200 and 201 header ETag",
    reason: "a recorder must read each run again to be able to send If-Match",
    advice: "derive the tag from the whole run, also where the response has no steps",
};

/// Tests [`RECORDED`].
pub async fn recorded(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("tagged");
    let facts = json!({ "url": "https://engine.example/runs/1" });
    for (method, body) in [("PUT", &run), ("PUT", &run), ("PATCH", &facts), ("PATCH", &facts)] {
        let response = probe.send_json(method, &path(&run), body).await?;
        if !matches!(response.status, 200 | 201) {
            return Err(response.failure("200 or 201"));
        }
        let read = probe.get(&path(&run)).await?;
        let tag = read.expect(200)?.headers.get(ETAG);
        let tag = tag.ok_or_else(|| read.failure("the header field ETag"))?;
        if response.headers.get(ETAG) != Some(tag) {
            return Err(response.failure(&format!("the header field ETag {tag:?}")));
        }
    }
    Ok(())
}

async fn get(probe: &Probe<'_>, query: &str, tag: &str) -> Result<Response, Outcome> {
    let path = format!("/v1/executions{query}");
    probe.get_if_none_match(&path, tag).await.map_err(Outcome::Failed)
}
