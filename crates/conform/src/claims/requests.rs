//! The requests of the documentation.

use crate::{
    claim::{
        Claim,
        Operation::{Any, List},
        Outcome,
    },
    listing::Page,
    probe::Probe,
};

/// The path and query of each curl line in the documentation, in order. All are `GET`.
pub const REQUESTS: [&str; 5] = [
    "/v1/executions",
    "/v1/executions?workflow_id=workflow_abc123",
    "/v1/executions?status=SUCCEEDED",
    "/v1/executions?page=2&limit=50",
    "/v1/executions/run_def456",
];

/// Access. If this fails, nothing else is tested.
pub const KEY_ACCEPTED: Claim = Claim {
    id: "key-accepted",
    statement: "the key can read the list",
    operation: List,
    location: "response 200",
    reason: "nothing else can be tested without a key that may read",
    advice: "check the URL and the key, and that the key may read",
};

/// Tests [`KEY_ACCEPTED`].
pub async fn key_accepted(probe: &Probe<'_>) -> Result<(), Outcome> {
    probe.get("/v1/executions?limit=1").await?.expect(200)?;
    Ok(())
}

/// The curl lines.
pub const DOCUMENTED_REQUESTS: Claim = Claim {
    id: "documented-requests",
    statement: "every request of the documentation succeeds",
    operation: Any,
    location: "",
    reason: "new users copy these lines first",
    advice: "respond with 200; the run may be a 404 if it was never recorded",
};

/// Tests [`DOCUMENTED_REQUESTS`].
pub async fn documented_requests(probe: &Probe<'_>) -> Result<(), Outcome> {
    for path in REQUESTS {
        let response = probe.get(path).await?;
        let may_be_absent = path.contains("/run_def456");
        if response.status != 200 && !(may_be_absent && response.status == 404) {
            return Err(response.failure("200"));
        }
    }
    Ok(())
}

/// The request as the list repeats it.
pub const ECHO: Claim = Claim {
    id: "page-and-limit-echoed",
    statement: "a list states its page and limit, by default 1 and 20",
    operation: List,
    location: "response 200 $.page and $.limit",
    reason: "programs compute the next page from these two",
    advice: "return the page and limit of the request, or their defaults",
};

/// Tests [`ECHO`].
pub async fn echo(probe: &Probe<'_>) -> Result<(), Outcome> {
    for (query, echo) in
        [("", [1, 20]), ("?page=2&limit=50", [2, 50]), ("?limit=3", [1, 3]), ("?page=3", [3, 20])]
    {
        let page = Page::read(probe, query).await?;
        if page.echo != echo {
            return Err(page.response.failure(&format!("page {} and limit {}", echo[0], echo[1])));
        }
    }
    Ok(())
}
