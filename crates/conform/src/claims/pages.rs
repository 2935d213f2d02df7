//! The arithmetic of pages: together they are the list.

use std::collections::HashMap;

use runledger_model::Timestamp;
use serde_json::Value;

use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::{Page, PageSequence, while_unchanged},
    probe::Probe,
};

/// The greatest page.
const LAST_PAGE: &str = "2147483647";

/// The number of runs on a page.
pub const PAGES_FULL: Claim = Claim {
    id: "pages-full",
    statement: "no page has more runs than its limit, and only the last one has fewer",
    operation: List,
    location: "response 200 $.items",
    reason: "a program that stops at the first short page misses the rest",
    advice: "cut pages after filtering, by the limit of the request",
};

/// Tests [`PAGES_FULL`].
pub fn pages_full(pages: &PageSequence) -> Result<(), Outcome> {
    for (position, page) in pages.first.iter().enumerate() {
        let next_has_runs =
            pages.first.get(position + 1).is_some_and(|next| !next.items.is_empty());
        let count = page.items.len() as i64;
        if count > pages.limit || (next_has_runs && count < pages.limit) {
            return Err(Outcome::Failed(format!(
                "{} returned {count} runs, expected {}",
                page.response.request, pages.limit
            )));
        }
    }
    Ok(())
}

/// Duplicates.
pub const NO_RUN_TWICE: Claim = Claim {
    id: "no-run-twice",
    statement: "no run is listed twice, on one page or on two",
    operation: List,
    location: "response 200 $.items[*].id",
    reason: "an export that reads all pages has this run twice and lacks another",
    advice: "order by created_at and then by id, and cut the pages from this order",
};

/// Tests [`NO_RUN_TWICE`].
pub fn no_run_twice(pages: &PageSequence) -> Result<(), Outcome> {
    let mut seen = HashMap::new();
    for page in &pages.first {
        for id in page.items.iter().filter_map(|item| item["id"].as_str()) {
            if let Some(first) = seen.insert(id, &page.response.request) {
                let second = &page.response.request;
                return Err(Outcome::Failed(format!(
                    "{id:?} is listed by {first} and by {second}"
                )));
            }
        }
    }
    Ok(())
}

/// The order of the list.
pub const NEWEST_FIRST: Claim = Claim {
    id: "newest-first",
    statement: "runs are ordered by created_at and then by id, both descending, across pages",
    operation: List,
    location: "response 200 $.items",
    reason: "the first page must show the latest runs, and pages need a total order",
    advice: "order by created_at descending, then by the bytes of id descending",
};

/// Tests [`NEWEST_FIRST`].
pub fn newest_first(pages: &PageSequence) -> Result<(), Outcome> {
    let keys: Vec<_> = pages.items().filter_map(key).collect();
    match keys.windows(2).find(|pair| pair[0] < pair[1]) {
        Some(pair) => Err(Outcome::Failed(format!(
            "{}?limit={} and the following pages list {:?} before {:?}, which is newer",
            pages.first[0].response.request.split('?').next().unwrap_or_default(),
            pages.limit,
            pair[0].1,
            pair[1].1,
        ))),
        None => Ok(()),
    }
}

/// The same totals on all pages.
pub const TOTALS_AGREE: Claim = Claim {
    id: "totals-agree",
    statement: "total, succeeded and failed are the same on every page",
    operation: List,
    location: "response 200 $.total, $.succeeded and $.failed",
    reason: "a program that reads the total on each page ends too early or never",
    advice: "count what matches the filters, regardless of the page",
};

/// Tests [`TOTALS_AGREE`].
pub fn totals_agree(pages: &PageSequence) -> Result<(), Outcome> {
    let first = &pages.first[0];
    for page in pages.first.iter().chain(&pages.last) {
        if page.totals != first.totals {
            return Err(Outcome::Failed(format!(
                "{} states total, succeeded, failed {:?}, and {} states {:?}",
                first.response.request, first.totals, page.response.request, page.totals
            )));
        }
    }
    Ok(())
}

/// The total compared with the runs.
pub const TOTAL_EXACT: Claim = Claim {
    id: "total-exact",
    statement: "the pages have as many runs as total states",
    operation: List,
    location: "response 200 $.total",
    reason: "dashboards show the total, and programs divide by it",
    advice: "count exactly, in the transaction that reads the page",
};

/// Tests [`TOTAL_EXACT`], by counting the runs if all pages were read, or else by the end of the
/// last page.
pub fn total_exact(pages: &PageSequence) -> Result<(), Outcome> {
    let total = pages.first[0].total();
    if pages.is_complete {
        let count = pages.items().count() as i64;
        return if count == total {
            Ok(())
        } else {
            let request = first_request(pages);
            let text = format!("{request} states {total}, but the pages have {count} runs");
            Err(Outcome::Failed(text))
        };
    }
    let [last, next] = pages.last.as_slice() else {
        let text = format!("{} states {total}, but there are more pages", first_request(pages));
        return Err(Outcome::Failed(text));
    };
    let rest = total - (last.echo[0] - 1) * pages.limit;
    if last.items.len() as i64 != rest || !next.items.is_empty() {
        return Err(Outcome::Failed(format!(
            "{} states {total}, so {} should have {rest} runs and the next page none: they have {} \
             and {}",
            first_request(pages),
            last.response.request,
            last.items.len(),
            next.items.len()
        )));
    }
    Ok(())
}

/// Succeeded and failed compared with the runs.
pub const OUTCOMES_EXACT: Claim = Claim {
    id: "outcomes-exact",
    statement: "the pages have as many succeeded and failed runs as succeeded and failed state",
    operation: List,
    location: "response 200 $.succeeded and $.failed",
    reason: "succeeded divided by total is the success rate that users see",
    advice: "count exactly, under the filters of the request",
};

/// Tests [`OUTCOMES_EXACT`].
pub fn outcomes_exact(pages: &PageSequence) -> Result<(), Outcome> {
    if !pages.is_complete {
        return Err(Outcome::Skipped("not all runs were read".into()));
    }
    let count = |status| pages.items().filter(|item| item["status"] == status).count() as i64;
    let counted = [count("SUCCEEDED"), count("FAILED")];
    if pages.first[0].totals[1..] == counted {
        return Ok(());
    }
    Err(Outcome::Failed(format!(
        "{} states {:?} succeeded and failed, but the pages have {counted:?}",
        first_request(pages),
        &pages.first[0].totals[1..]
    )))
}

/// Pages past the last.
pub const PAST_THE_LAST: Claim = Claim {
    id: "past-the-last",
    statement: "a page past the last is a 200 without runs and with the true totals",
    operation: List,
    location: "response 200 $.items",
    reason: "a program that reads until a page is empty ends with an error otherwise",
    advice: "respond as to any other page, with an empty list",
};

/// Tests [`PAST_THE_LAST`].
pub async fn past_the_last(probe: &Probe<'_>) -> Result<(), Outcome> {
    let (first, past) = while_unchanged(probe, "", async || {
        let first = Page::read(probe, "").await?;
        Ok((first, Page::read(probe, &format!("?page={LAST_PAGE}&limit=100")).await?))
    })
    .await?;
    if past.items.is_empty() && past.totals == first.totals {
        return Ok(());
    }
    Err(past
        .response
        .failure(&format!("no runs and the totals {:?} of the first page", first.totals)))
}

fn first_request(pages: &PageSequence) -> &str {
    &pages.first[0].response.request
}

/// The sort key of a run; `None` without a time or an id, which other claims are about.
fn key(item: &Value) -> Option<(i64, &str)> {
    let text = item["created_at"].as_str()?;
    // Another claim is about times without Z; they can be compared as well.
    let time = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse()).ok()?;
    Some((time.millis(), item["id"].as_str()?))
}
