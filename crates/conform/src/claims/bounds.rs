//! What `page`, `limit` and `status` may be.

use crate::{
    claim::{Claim, Operation::List, Verdict},
    listing::Page,
    probe::Probe,
};

/// What is within bounds.
pub const BOUNDS_TAKEN: Claim = Claim {
    name: "bounds-taken",
    says: "limit 1 and 100, page 1 and the greatest page are accepted",
    operation: List,
    place: "parameters page and limit",
    why: "a program that asks for the most it may ask for gets an error",
    todo: "accept limit from 1 to 100 and page from 1 to 2147483647",
};

/// Tries [`BOUNDS_TAKEN`].
pub async fn bounds_taken(probe: &Probe<'_>) -> Result<(), Verdict> {
    for query in ["?limit=1", "?limit=100", "?page=1", "?page=2147483647"] {
        probe.get(&format!("/v1/executions{query}")).await?.expect(200)?;
    }
    Ok(())
}

/// The limit at work.
pub const LIMIT_KEPT: Claim = Claim {
    name: "limit-kept",
    says: "no page has more runs than were asked for, and as many where there are as many",
    operation: List,
    place: "parameter limit",
    why: "who asks for one run wants no more, and pays for each",
    todo: "cut the page by the request's limit",
};

/// Tries [`LIMIT_KEPT`].
pub async fn limit_kept(probe: &Probe<'_>) -> Result<(), Verdict> {
    for limit in [1_usize, 2, 7, 100] {
        let page = Page::read(probe, &format!("?limit={limit}")).await?;
        // A few runs may lie between a total that is wrong and the truth: that is another claim.
        let enough = page.total() >= 2 * limit as i64;
        let count = page.items.len();
        if count > limit || (enough && count < limit) {
            let request = &page.answer.request;
            return Err(Verdict::Failed(format!(
                "{request} was answered with {count} runs, not {limit}"
            )));
        }
    }
    Ok(())
}

/// What is out of bounds.
pub const BOUNDS_REFUSED: Claim = Claim {
    name: "bounds-refused",
    says: "a page or limit that is out of bounds, not a number or repeated, and an unknown parameter, is a 400 that names it",
    operation: List,
    place: "response 400",
    why: "a mistake that is silently mended shows up as missing runs much later",
    todo: "answer 400 with the code VALIDATION_ERROR and the parameter's name in the message",
};

/// Tries [`BOUNDS_REFUSED`].
pub async fn bounds_refused(probe: &Probe<'_>) -> Result<(), Verdict> {
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
        ("workflowId", "workflowId=workflow_abc123"),
    ];
    for (name, query) in bad {
        refused(probe, name, query).await?;
    }
    Ok(())
}

/// Which states there are.
pub const STATUS_REFUSED: Claim = Claim {
    name: "unknown-status-refused",
    says: "a status that is none, in another case or repeated is a 400 that names it",
    operation: List,
    place: "response 400",
    why: "a misspelt filter that finds everything, or nothing, is taken for the truth",
    todo: "take PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED, PAUSED and all, and nothing else",
};

/// Tries [`STATUS_REFUSED`].
pub async fn status_refused(probe: &Probe<'_>) -> Result<(), Verdict> {
    for query in ["DONE", "failed", "ALL", "", "FAILED,PAUSED", "FAILED&status=PAUSED"] {
        refused(probe, "status", &format!("status={query}")).await?;
    }
    Ok(())
}

async fn refused(probe: &Probe<'_>, name: &str, query: &str) -> Result<(), Verdict> {
    let answer = probe.get(&format!("/v1/executions?{query}")).await?;
    answer.expect(400)?;
    let body = answer.json()?;
    let message = body["error"].as_str().unwrap_or_default();
    if body["code"] == "VALIDATION_ERROR" && message.contains(name) {
        return Ok(());
    }
    Err(answer.not(&format!("with the code VALIDATION_ERROR and a message that names {name}")))
}
