//! Filters: listed runs match, and the counts under all filters add up.

use serde_json::Value;

use super::encoded;
use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::{Page, while_unchanged},
    probe::Probe,
};

const STATUSES: [&str; 6] = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "PAUSED"];
/// The greatest number of workflows that are tested.
const MAX_WORKFLOWS: usize = 3;

/// The filter by status.
pub const STATUS_FILTER: Claim = Claim {
    id: "status-filter",
    statement: "every run in a list filtered by status has that status",
    operation: List,
    location: "parameter status",
    reason: "a client that asks for failures acts on every run in the list",
    advice: "apply the filter before the page is cut",
};

/// Tests [`STATUS_FILTER`].
pub async fn status_filter(probe: &Probe<'_>) -> Result<(), Outcome> {
    for status in STATUSES {
        let page = Page::read(probe, &format!("?limit=100&status={status}")).await?;
        all_match(&page, &[("status", status)])?;
    }
    Ok(())
}

/// The filter by workflow.
pub const WORKFLOW_FILTER: Claim = Claim {
    id: "workflow-filter",
    statement: "every run in a list filtered by workflow belongs to it, and a workflow that never \
                ran has none",
    operation: List,
    location: "parameter workflow_id",
    reason: "the runs of one workflow are shown as those of another",
    advice: "compare all characters of workflow_id, and return an empty list where nothing matches",
};

/// Tests [`WORKFLOW_FILTER`].
pub async fn workflow_filter(probe: &Probe<'_>) -> Result<(), Outcome> {
    for workflow in workflows(probe).await? {
        let query = format!("?limit=100&workflow_id={}", encoded(&workflow));
        let page = Page::read(probe, &query).await?;
        all_match(&page, &[("workflow_id", &workflow)])?;
        if page.items.is_empty() {
            return Err(page.response.failure("its runs, one of which was listed just before"));
        }
    }
    let unused = format!("conform-never-ran-{}", uuid::Uuid::now_v7());
    let page = Page::read(probe, &format!("?workflow_id={unused}")).await?;
    if page.items.is_empty() && page.totals == [0; 3] {
        return Ok(());
    }
    Err(page.response.failure("an empty list with totals of 0"))
}

/// Both filters together.
pub const BOTH_FILTERS: Claim = Claim {
    id: "both-filters",
    statement: "every run in a list with both filters matches both",
    operation: List,
    location: "parameters workflow_id and status",
    reason: "the failures of one workflow are the most common query",
    advice: "apply both filters, not only the last one",
};

/// Tests [`BOTH_FILTERS`].
pub async fn both_filters(probe: &Probe<'_>) -> Result<(), Outcome> {
    for workflow in workflows(probe).await? {
        for status in STATUSES {
            let query = format!("?limit=100&status={status}&workflow_id={}", encoded(&workflow));
            let page = Page::read(probe, &query).await?;
            all_match(&page, &[("status", status), ("workflow_id", &workflow)])?;
        }
    }
    Ok(())
}

/// The filter without effect.
pub const STATUS_ALL: Claim = Claim {
    id: "status-all",
    statement: "status=all is the same as no filter",
    operation: List,
    location: "parameter status",
    reason: "clients send the default as often as they omit it",
    advice: "treat all as the absence of the filter",
};

/// Tests [`STATUS_ALL`].
pub async fn status_all(probe: &Probe<'_>) -> Result<(), Outcome> {
    let (none, all) = while_unchanged(probe, "", async || {
        Ok((Page::read(probe, "").await?, Page::read(probe, "?status=all").await?))
    })
    .await?;
    if none.response.json == all.response.json {
        return Ok(());
    }
    Err(Outcome::Failed(format!(
        "{} returned {} runs with totals {:?}, and {} returned {} with {:?}",
        none.response.request,
        none.items.len(),
        none.totals,
        all.response.request,
        all.items.len(),
        all.totals
    )))
}

/// Counts under filters.
pub const COUNTS_ADD_UP: Claim = Claim {
    id: "counts-add-up",
    statement: "totals count what matches the filters: those of all statuses add up to those of \
                the list, with and without a workflow",
    operation: List,
    location: "response 200 $.total, $.succeeded and $.failed",
    reason: "two numbers on one dashboard contradict each other",
    advice: "count total, succeeded and failed under all filters of the request",
};

/// Tests [`COUNTS_ADD_UP`].
pub async fn counts_add_up(probe: &Probe<'_>) -> Result<(), Outcome> {
    let workflow = workflows(probe).await?.into_iter().next();
    let filters =
        [Some(String::new()), workflow.map(|id| format!("&workflow_id={}", encoded(&id)))];
    for filter in filters.into_iter().flatten() {
        let (whole, parts) = while_unchanged(probe, &filter, async || {
            let whole = Page::read(probe, &format!("?limit=1{filter}")).await?;
            let mut parts = Vec::new();
            for status in STATUSES {
                let query = format!("?limit=1&status={status}{filter}");
                parts.push(Page::read(probe, &query).await?);
            }
            Ok((whole, parts))
        })
        .await?;
        for (status, part) in STATUSES.iter().zip(&parts) {
            let total = part.total();
            let only = |of: &str| if *status == of { total } else { 0 };
            let due = [total, only("SUCCEEDED"), only("FAILED")];
            if part.totals != due {
                return Err(part.response.failure(&format!("total, succeeded, failed {due:?}")));
            }
        }
        let sum: i64 = parts.iter().map(Page::total).sum();
        // The order of `STATUSES`.
        let due = [sum, parts[2].total(), parts[3].total()];
        if whole.totals != due {
            let due = format!("{due:?}, which the lists by status state");
            return Err(whole.response.failure(&format!("total, succeeded, failed {due}")));
        }
    }
    Ok(())
}

/// Several statuses.
pub const STATUSES_ADD_UP: Claim = Claim {
    id: "statuses-add-up",
    statement: "a list of several statuses has runs of these only, and its totals are the sums of \
                those by single status",
    operation: List,
    location: "parameter statuses",
    reason: "a client that asks for failed and cancelled runs misses some or acts on others",
    advice: "split the value at its commas, and match any of the states",
};

/// Tests [`STATUSES_ADD_UP`].
pub async fn statuses_add_up(probe: &Probe<'_>) -> Result<(), Outcome> {
    for statuses in [&["FAILED", "CANCELLED"][..], &["PENDING", "RUNNING", "PAUSED"], &STATUSES] {
        let (several, sums) = while_unchanged(probe, "", async || {
            let query = format!("?limit=100&statuses={}", statuses.join(","));
            let several = Page::read(probe, &query).await?;
            let mut sums = [0; 3];
            for status in statuses {
                let one = Page::read(probe, &format!("?limit=1&status={status}")).await?;
                sums.iter_mut().zip(one.totals).for_each(|(sum, total)| *sum += total);
            }
            Ok((several, sums))
        })
        .await?;
        let is_one = |item: &Value| statuses.iter().any(|status| item["status"] == *status);
        if several.totals != sums || !several.items.iter().all(is_one) {
            let expected = format!("total, succeeded, failed {sums:?} and runs of {statuses:?}");
            return Err(several.response.failure(&expected));
        }
    }
    Ok(())
}

/// The workflows of the first runs in the list.
async fn workflows(probe: &Probe<'_>) -> Result<Vec<String>, Outcome> {
    let mut found: Vec<String> = Vec::new();
    for item in Page::read(probe, "?limit=100").await?.items {
        let Some(workflow) = item["workflow_id"].as_str() else { continue };
        if found.len() < MAX_WORKFLOWS && !found.iter().any(|known| known == workflow) {
            found.push(workflow.to_owned());
        }
    }
    if found.is_empty() { Err(Outcome::Skipped("the ledger is empty".into())) } else { Ok(found) }
}

fn all_match(page: &Page, wanted: &[(&str, &str)]) -> Result<(), Outcome> {
    let matches = |item: &&Value| wanted.iter().all(|(name, value)| item[*name] == *value);
    match page.items.iter().find(|item| !matches(item)) {
        Some(item) => Err(Outcome::Failed(format!(
            "{} lists {}, which has the workflow {} and the status {}",
            page.response.request, item["id"], item["workflow_id"], item["status"]
        ))),
        None => Ok(()),
    }
}
