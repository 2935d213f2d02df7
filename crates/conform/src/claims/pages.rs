//! The arithmetic of pages: put together, they are the list.

use std::collections::HashMap;

use runledger_model::Timestamp;
use serde_json::Value;

use crate::{
    claim::{Claim, Operation::List, Verdict},
    listing::{Page, Walk, while_still},
    probe::Probe,
};

/// A page beyond every list.
const BEYOND: &str = "2147483647";

/// How many runs stand on a page.
pub const PAGES_FULL: Claim = Claim {
    name: "pages-full",
    says: "no page has more runs than its limit, and only the last one has fewer",
    operation: List,
    place: "response 200 $.items",
    why: "a program that stops at the first short page misses the rest",
    todo: "cut pages only after filtering, and by the limit of the request",
};

/// Tries [`PAGES_FULL`].
pub fn pages_full(walk: &Walk) -> Result<(), Verdict> {
    for (at, page) in walk.pages.iter().enumerate() {
        let next_has_runs = walk.pages.get(at + 1).is_some_and(|next| !next.items.is_empty());
        let count = page.items.len() as i64;
        if count > walk.limit || (next_has_runs && count < walk.limit) {
            return Err(Verdict::Failed(format!(
                "{} was answered with {count} runs, not {}",
                page.answer.request, walk.limit
            )));
        }
    }
    Ok(())
}

/// Whether a run is listed twice.
pub const NO_RUN_TWICE: Claim = Claim {
    name: "no-run-twice",
    says: "no run is listed twice, on one page or on two",
    operation: List,
    place: "response 200 $.items[*].id",
    why: "an export that goes through the pages counts such a run twice, and lacks another",
    todo: "order by created_at and then by id, and cut the pages from that order",
};

/// Tries [`NO_RUN_TWICE`].
pub fn no_run_twice(walk: &Walk) -> Result<(), Verdict> {
    let mut seen = HashMap::new();
    for page in &walk.pages {
        for id in page.items.iter().filter_map(|item| item["id"].as_str()) {
            if let Some(first) = seen.insert(id, &page.answer.request) {
                let second = &page.answer.request;
                return Err(Verdict::Failed(format!(
                    "{id:?} is listed by {first} and by {second}"
                )));
            }
        }
    }
    Ok(())
}

/// The list's order.
pub const NEWEST_FIRST: Claim = Claim {
    name: "newest-first",
    says: "runs are ordered by created_at and then by id, both from the highest, across pages",
    operation: List,
    place: "response 200 $.items",
    why: "whoever looks at the first page wants to see what happened last, and pages need an order that is total",
    todo: "order by created_at descending, then by the bytes of id descending",
};

/// Tries [`NEWEST_FIRST`].
pub fn newest_first(walk: &Walk) -> Result<(), Verdict> {
    let keys: Vec<_> = walk.items().filter_map(key).collect();
    match keys.windows(2).find(|pair| pair[0] < pair[1]) {
        Some(pair) => Err(Verdict::Failed(format!(
            "{}?limit={} and the pages behind it list {:?} before {:?}, which comes first in the documented order",
            walk.pages[0].answer.request.split('?').next().unwrap_or_default(),
            walk.limit,
            pair[0].1,
            pair[1].1,
        ))),
        None => Ok(()),
    }
}

/// Totals on all pages.
pub const TOTALS_AGREE: Claim = Claim {
    name: "totals-agree",
    says: "total, succeeded and failed are the same on every page",
    operation: List,
    place: "response 200 $.total, $.succeeded and $.failed",
    why: "a program that reads the total again on each page ends too early or never",
    todo: "count what matches the filters, whatever the page",
};

/// Tries [`TOTALS_AGREE`].
pub fn totals_agree(walk: &Walk) -> Result<(), Verdict> {
    let first = &walk.pages[0];
    for page in walk.pages.iter().chain(&walk.end) {
        if page.totals != first.totals {
            return Err(Verdict::Failed(format!(
                "{} says total, succeeded, failed {:?}, and {} says {:?}",
                first.answer.request, first.totals, page.answer.request, page.totals
            )));
        }
    }
    Ok(())
}

/// The total against what is there.
pub const TOTAL_EXACT: Claim = Claim {
    name: "total-exact",
    says: "the pages hold as many runs as total says",
    operation: List,
    place: "response 200 $.total",
    why: "the total is what dashboards show and what programs divide by",
    todo: "count exactly, in the same transaction that reads the page",
};

/// Tries [`TOTAL_EXACT`]: by counting where all pages were read, else by where the last page ends.
pub fn total_exact(walk: &Walk) -> Result<(), Verdict> {
    let total = walk.pages[0].total();
    if walk.whole {
        let count = walk.items().count() as i64;
        return if count == total {
            Ok(())
        } else {
            let what = format!("{} says {total}, and its pages hold {count} runs", first_of(walk));
            Err(Verdict::Failed(what))
        };
    }
    let [last, behind] = walk.end.as_slice() else {
        let what = format!("{} says {total}, but there are more pages than that", first_of(walk));
        return Err(Verdict::Failed(what));
    };
    let rest = total - (last.echo[0] - 1) * walk.limit;
    if last.items.len() as i64 != rest || !behind.items.is_empty() {
        return Err(Verdict::Failed(format!(
            "{} says {total}, so that {} should have {rest} runs and the next page none: they have {} and {}",
            first_of(walk),
            last.answer.request,
            last.items.len(),
            behind.items.len()
        )));
    }
    Ok(())
}

/// Succeeded and failed against what is there.
pub const OUTCOMES_EXACT: Claim = Claim {
    name: "outcomes-exact",
    says: "the pages hold as many runs that succeeded or failed as succeeded and failed say",
    operation: List,
    place: "response 200 $.succeeded and $.failed",
    why: "succeeded divided by total is the success rate that people are shown",
    todo: "count exactly, under the request's filters",
};

/// Tries [`OUTCOMES_EXACT`].
pub fn outcomes_exact(walk: &Walk) -> Result<(), Verdict> {
    if !walk.whole {
        return Err(Verdict::Skipped("there are more runs than were read".into()));
    }
    let count = |status| walk.items().filter(|item| item["status"] == status).count() as i64;
    let counted = [count("SUCCEEDED"), count("FAILED")];
    if walk.pages[0].totals[1..] == counted {
        return Ok(());
    }
    Err(Verdict::Failed(format!(
        "{} says {:?} succeeded and failed, and its pages hold {counted:?}",
        first_of(walk),
        &walk.pages[0].totals[1..]
    )))
}

/// What lies behind the last page.
pub const PAST_THE_LAST: Claim = Claim {
    name: "past-the-last",
    says: "a page past the last is 200 with no runs and the true totals",
    operation: List,
    place: "response 200 $.items",
    why: "a program that reads until a page is empty ends with an error otherwise",
    todo: "answer it like any other page, with an empty list",
};

/// Tries [`PAST_THE_LAST`].
pub async fn past_the_last(probe: &Probe<'_>) -> Result<(), Verdict> {
    let (first, past) = while_still(probe, "", async || {
        let first = Page::read(probe, "").await?;
        Ok((first, Page::read(probe, &format!("?page={BEYOND}&limit=100")).await?))
    })
    .await?;
    if past.items.is_empty() && past.totals == first.totals {
        return Ok(());
    }
    Err(past
        .answer
        .not(&format!("without runs and with the first page's totals {:?}", first.totals)))
}

fn first_of(walk: &Walk) -> &str {
    &walk.pages[0].answer.request
}

/// What a run is ordered by; nothing for one without a time or an id, which is another claim's fault.
fn key(item: &Value) -> Option<(i64, &str)> {
    let text = item["created_at"].as_str()?;
    // Times that lack their Z are the fault of another claim: they are still in order.
    let time = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse()).ok()?;
    Some((time.millis(), item["id"].as_str()?))
}
