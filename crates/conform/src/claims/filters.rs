//! Filters: what is listed matches, and the counts under all filters add up.

use serde_json::Value;

use super::encoded;
use crate::{
    claim::{Claim, Operation::List, Verdict},
    listing::{Page, while_still},
    probe::Probe,
};

const STATUSES: [&str; 6] = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "PAUSED"];
/// How many workflows are looked at.
const WORKFLOWS: usize = 3;

/// The filter by status.
pub const STATUS_FILTER: Claim = Claim {
    name: "status-filter",
    says: "every run that a filter by status lists has that status",
    operation: List,
    place: "parameter status",
    why: "who asks for failures acts on each run that is listed",
    todo: "apply the filter before the page is cut",
};

/// Tries [`STATUS_FILTER`].
pub async fn status_filter(probe: &Probe<'_>) -> Result<(), Verdict> {
    for status in STATUSES {
        let page = Page::read(probe, &format!("?limit=100&status={status}")).await?;
        all_match(&page, &[("status", status)])?;
    }
    Ok(())
}

/// The filter by workflow.
pub const WORKFLOW_FILTER: Claim = Claim {
    name: "workflow-filter",
    says: "every run that a filter by workflow lists is of that workflow, and a workflow that never ran has none",
    operation: List,
    place: "parameter workflow_id",
    why: "one workflow's runs are shown as another's",
    todo: "compare workflow_id with all of its characters, and answer an empty list where nothing matches",
};

/// Tries [`WORKFLOW_FILTER`].
pub async fn workflow_filter(probe: &Probe<'_>) -> Result<(), Verdict> {
    for workflow in workflows(probe).await? {
        let query = format!("?limit=100&workflow_id={}", encoded(&workflow));
        let page = Page::read(probe, &query).await?;
        all_match(&page, &[("workflow_id", &workflow)])?;
        if page.items.is_empty() {
            return Err(page.answer.not("with its runs, one of which was listed a moment ago"));
        }
    }
    let nobody = format!("conform-never-ran-{}", uuid::Uuid::now_v7());
    let page = Page::read(probe, &format!("?workflow_id={nobody}")).await?;
    if page.items.is_empty() && page.totals == [0; 3] {
        return Ok(());
    }
    Err(page.answer.not("an empty list with totals of 0"))
}

/// Both at once.
pub const BOTH_FILTERS: Claim = Claim {
    name: "both-filters",
    says: "every run that both filters list matches both",
    operation: List,
    place: "parameters workflow_id and status",
    why: "the failures of one workflow are the most common question of all",
    todo: "apply both filters, not the last one",
};

/// Tries [`BOTH_FILTERS`].
pub async fn both_filters(probe: &Probe<'_>) -> Result<(), Verdict> {
    for workflow in workflows(probe).await? {
        for status in STATUSES {
            let query = format!("?limit=100&status={status}&workflow_id={}", encoded(&workflow));
            let page = Page::read(probe, &query).await?;
            all_match(&page, &[("status", status), ("workflow_id", &workflow)])?;
        }
    }
    Ok(())
}

/// The filter that filters nothing.
pub const STATUS_ALL: Claim = Claim {
    name: "status-all",
    says: "status=all is the same as no filter",
    operation: List,
    place: "parameter status",
    why: "clients send the default as often as they leave it out",
    todo: "treat all as the absence of the filter",
};

/// Tries [`STATUS_ALL`].
pub async fn status_all(probe: &Probe<'_>) -> Result<(), Verdict> {
    let (none, all) = while_still(probe, "", async || {
        Ok((Page::read(probe, "").await?, Page::read(probe, "?status=all").await?))
    })
    .await?;
    if none.answer.json == all.answer.json {
        return Ok(());
    }
    Err(Verdict::Failed(format!(
        "{} has {} runs with totals {:?}, and {} has {} with {:?}",
        none.answer.request,
        none.items.len(),
        none.totals,
        all.answer.request,
        all.items.len(),
        all.totals
    )))
}

/// Counts under filters.
pub const COUNTS_ADD_UP: Claim = Claim {
    name: "counts-add-up",
    says: "totals count what matches the filters: those of all states add up to the list's, with and without a workflow",
    operation: List,
    place: "response 200 $.total, $.succeeded and $.failed",
    why: "two numbers on one dashboard contradict each other",
    todo: "count total, succeeded and failed under all of the request's filters",
};

/// Tries [`COUNTS_ADD_UP`].
pub async fn counts_add_up(probe: &Probe<'_>) -> Result<(), Verdict> {
    let workflow = workflows(probe).await?.into_iter().next();
    let filters =
        [Some(String::new()), workflow.map(|id| format!("&workflow_id={}", encoded(&id)))];
    for filter in filters.into_iter().flatten() {
        let (whole, parts) = while_still(probe, &filter, async || {
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
                return Err(part.answer.not(&format!("with total, succeeded, failed {due:?}")));
            }
        }
        let sum: i64 = parts.iter().map(Page::total).sum();
        // The order of `STATUSES`.
        let due = [sum, parts[2].total(), parts[3].total()];
        if whole.totals != due {
            let due = format!("{due:?}, which is what the lists by status say");
            return Err(whole.answer.not(&format!("with total, succeeded, failed {due}")));
        }
    }
    Ok(())
}

/// The first workflows of the list.
async fn workflows(probe: &Probe<'_>) -> Result<Vec<String>, Verdict> {
    let mut found: Vec<String> = Vec::new();
    for item in Page::read(probe, "?limit=100").await?.items {
        let Some(workflow) = item["workflow_id"].as_str() else { continue };
        if found.len() < WORKFLOWS && !found.iter().any(|known| known == workflow) {
            found.push(workflow.to_owned());
        }
    }
    if found.is_empty() { Err(Verdict::Skipped("the ledger is empty".into())) } else { Ok(found) }
}

fn all_match(page: &Page, wanted: &[(&str, &str)]) -> Result<(), Verdict> {
    let fits = |item: &&Value| wanted.iter().all(|(name, value)| item[*name] == *value);
    match page.items.iter().find(|item| !fits(item)) {
        Some(item) => Err(Verdict::Failed(format!(
            "{} lists {}, of the workflow {} and with the status {}",
            page.answer.request, item["id"], item["workflow_id"], item["status"]
        ))),
        None => Ok(()),
    }
}
