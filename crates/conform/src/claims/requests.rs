//! The requests of the documentation's page, as they stand there.

use crate::{
    claim::{
        Claim,
        Operation::{Any, List},
        Verdict,
    },
    listing::Page,
    probe::Probe,
};

/// The documentation's requests: path and query of each of its curl lines, in order. All are `GET`.
pub const REQUESTS: [&str; 5] = [
    "/v1/executions",
    "/v1/executions?workflow_id=workflow_abc123",
    "/v1/executions?status=SUCCEEDED",
    "/v1/executions?page=2&limit=50",
    "/v1/executions/run_def456",
];

/// Whether there is a way in at all; nothing else is tried otherwise.
pub const KEY_ACCEPTED: Claim = Claim {
    name: "key-accepted",
    says: "the key opens the list",
    operation: List,
    place: "response 200",
    why: "nothing else can be tried without a key that may read",
    todo: "check the address and the key, and that the key may read",
};

/// Tries [`KEY_ACCEPTED`].
pub async fn key_accepted(probe: &Probe<'_>) -> Result<(), Verdict> {
    probe.get("/v1/executions?limit=1").await?.expect(200)?;
    Ok(())
}

/// The curl lines.
pub const DOCUMENTED_REQUESTS: Claim = Claim {
    name: "documented-requests",
    says: "every request of the documentation is answered",
    operation: Any,
    place: "",
    why: "these lines are what a newcomer copies first",
    todo: "answer them with 200; the run may be a 404 where it was never recorded",
};

/// Tries [`DOCUMENTED_REQUESTS`].
pub async fn documented_requests(probe: &Probe<'_>) -> Result<(), Verdict> {
    for path in REQUESTS {
        let answer = probe.get(path).await?;
        let may_be_absent = path.contains("/run_def456");
        if answer.status != 200 && !(may_be_absent && answer.status == 404) {
            return Err(answer.not("200"));
        }
    }
    Ok(())
}

/// What a list says of the request.
pub const ECHO: Claim = Claim {
    name: "page-and-limit-echoed",
    says: "a list says which page and limit were asked for, by default 1 and 20",
    operation: List,
    place: "response 200 $.page and $.limit",
    why: "programs compute the next page from these two",
    todo: "answer with the page and limit of the request, or their defaults",
};

/// Tries [`ECHO`].
pub async fn echo(probe: &Probe<'_>) -> Result<(), Verdict> {
    for (query, echo) in
        [("", [1, 20]), ("?page=2&limit=50", [2, 50]), ("?limit=3", [1, 3]), ("?page=3", [3, 20])]
    {
        let page = Page::read(probe, query).await?;
        if page.echo != echo {
            return Err(page.answer.not(&format!("with page {} and limit {}", echo[0], echo[1])));
        }
    }
    Ok(())
}
