//! Entity tags.

use reqwest::header::ETAG;

use crate::{
    claim::{Claim, Operation::List, Outcome},
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

async fn get(probe: &Probe<'_>, query: &str, tag: &str) -> Result<Response, Outcome> {
    let path = format!("/v1/executions{query}");
    probe.get_if_none_match(&path, tag).await.map_err(Outcome::Failed)
}
