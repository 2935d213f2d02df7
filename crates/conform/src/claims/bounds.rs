//! The allowed values of parameters, their combinations and their names.

use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::Page,
    probe::Probe,
};

/// Values within bounds.
pub const BOUNDS_ACCEPTED: Claim = Claim {
    id: "bounds-accepted",
    statement: "limit 1 and 100, page 1 and the greatest page are accepted",
    operation: List,
    location: "parameters page and limit",
    reason: "a program that requests as much as it may gets an error",
    advice: "accept limit from 1 to 100 and page from 1 to 2147483647",
};

/// Tests [`BOUNDS_ACCEPTED`].
pub async fn bounds_accepted(probe: &Probe<'_>) -> Result<(), Outcome> {
    for query in ["?limit=1", "?limit=100", "?page=1", "?page=2147483647"] {
        probe.get(&format!("/v1/executions{query}")).await?.expect(200)?;
    }
    Ok(())
}

/// The effect of the limit.
pub const LIMIT_RESPECTED: Claim = Claim {
    id: "limit-respected",
    statement: "a page has at most as many runs as its limit, and as many if there are enough",
    operation: List,
    location: "parameter limit",
    reason: "a client that requests one run must not receive more",
    advice: "cut the page by the limit of the request",
};

/// Tests [`LIMIT_RESPECTED`].
pub async fn limit_respected(probe: &Probe<'_>) -> Result<(), Outcome> {
    for limit in [1_usize, 2, 7, 100] {
        let page = Page::read(probe, &format!("?limit={limit}")).await?;
        // Twice the limit, because the total may be wrong, which another claim is about.
        let is_enough = page.total() >= 2 * limit as i64;
        let count = page.items.len();
        if count > limit || (is_enough && count < limit) {
            let request = &page.response.request;
            return Err(Outcome::Failed(format!(
                "{request} returned {count} runs, expected {limit}"
            )));
        }
    }
    Ok(())
}

/// Values out of bounds.
pub const BOUNDS_REFUSED: Claim = Claim {
    id: "bounds-refused",
    statement: "a page or limit that is out of bounds, not an integer or repeated is a 400 that \
                names it",
    operation: List,
    location: "response 400",
    reason: "an error that is corrected silently shows up much later, as missing runs",
    advice: "respond with 400, the code VALIDATION_ERROR and the name of the parameter in the \
             message",
};

/// Tests [`BOUNDS_REFUSED`].
pub async fn bounds_refused(probe: &Probe<'_>) -> Result<(), Outcome> {
    let bad = [
        ("limit", "limit=0"),
        ("limit", "limit=101"),
        ("limit", "limit=-1"),
        ("limit", "limit=many"),
        ("limit", "limit=1.5"),
        ("limit", "limit="),
        ("limit", "limit=5&limit=5"),
        ("page", "page=0"),
        ("page", "page=-1"),
        ("page", "page=first"),
        ("page", "page=2147483648"),
        ("page", "page=1&page=2"),
    ];
    for (name, query) in bad {
        refused(probe, name, query).await?;
    }
    Ok(())
}

/// Unknown statuses.
pub const STATUS_REFUSED: Claim = Claim {
    id: "unknown-status-refused",
    statement: "a status that is unknown, in another case or repeated is a 400 that names the \
                parameter",
    operation: List,
    location: "response 400",
    reason: "a misspelt filter that matches everything or nothing is taken for the truth",
    advice: "accept PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED, PAUSED and all, and nothing \
             else",
};

/// Tests [`STATUS_REFUSED`].
pub async fn status_refused(probe: &Probe<'_>) -> Result<(), Outcome> {
    for query in ["DONE", "failed", "ALL", "", "FAILED,PAUSED", "FAILED&status=PAUSED"] {
        refused(probe, "status", &format!("status={query}")).await?;
    }
    Ok(())
}

/// Values of the further filters and of the cursor.
pub const FILTERS_REFUSED: Claim = Claim {
    id: "bad-filters-refused",
    statement: "an unknown cursor, a time that is not one, and a list with an unknown status are a \
                400 that names the parameter",
    operation: List,
    location: "response 400",
    reason: "a walk that begins anew or a filter without effect returns the wrong runs",
    advice: "accept a cursor that is empty or a next_cursor, RFC 3339 times and dates, and known \
             statuses, and nothing else",
};

/// Tests [`FILTERS_REFUSED`].
pub async fn filters_refused(probe: &Probe<'_>) -> Result<(), Outcome> {
    let bad = [
        ("cursor", "cursor=conform"),
        ("created_after", "created_after=yesterday"),
        ("created_after", "created_after=2025-02-30"),
        ("created_before", "created_before="),
        ("statuses", "statuses="),
        ("statuses", "statuses=FAILED,failed"),
        ("statuses", "statuses=FAILED,all"),
    ];
    for (name, query) in bad {
        refused(probe, name, query).await?;
    }
    Ok(())
}

/// Parameters that exclude each other.
pub const COMBINATIONS_REFUSED: Claim = Claim {
    id: "combinations-refused",
    statement: "a second page with cursor, status with statuses, and an empty range of time are a \
                400 that names the parameter",
    operation: List,
    location: "response 400",
    reason: "one of two contradicting parameters would be ignored",
    advice: "refuse a page above 1 where cursor is given, status where statuses is given, and a \
             created_before that is not later than created_after",
};

/// Tests [`COMBINATIONS_REFUSED`].
pub async fn combinations_refused(probe: &Probe<'_>) -> Result<(), Outcome> {
    let bad = [
        ("page", "cursor=&page=2"),
        ("status", "status=FAILED&statuses=FAILED"),
        ("created_before", "created_after=2025-01-05&created_before=2025-01-04T00:00:00Z"),
        ("created_before", "created_after=2025-01-05&created_before=2025-01-05"),
    ];
    for (name, query) in bad {
        refused(probe, name, query).await?;
    }
    Ok(())
}

/// Parameters that do not exist.
pub const UNKNOWN_PARAMETER: Claim = Claim {
    id: "unknown-parameter-refused",
    statement: "an unknown query parameter is a 400 that names it",
    operation: List,
    location: "response 400",
    reason: "a misspelt filter that is ignored returns runs that were not asked for",
    advice: "respond with 400, the code VALIDATION_ERROR and the name of the parameter in the \
             message",
};

/// Tests [`UNKNOWN_PARAMETER`].
pub async fn unknown_parameter(probe: &Probe<'_>) -> Result<(), Outcome> {
    for name in ["workflowId", "Status", "offset", "conform"] {
        refused(probe, name, &format!("{name}=1")).await?;
    }
    Ok(())
}

async fn refused(probe: &Probe<'_>, name: &str, query: &str) -> Result<(), Outcome> {
    let response = probe.get(&format!("/v1/executions?{query}")).await?;
    response.expect(400)?;
    let body = response.json()?;
    let message = body["error"].as_str().unwrap_or_default();
    if body["code"] == "VALIDATION_ERROR" && message.contains(name) {
        return Ok(());
    }
    Err(response.failure(&format!("the code VALIDATION_ERROR and a message that names {name}")))
}
