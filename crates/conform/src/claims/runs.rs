//! Single runs: their values in the list, and their steps.

use std::collections::HashSet;

use serde_json::Value;

use super::{encoded, path_of};
use crate::{
    claim::{Claim, Operation::Get, Outcome},
    listing::{Page, PageSequence},
    probe::Probe,
    response::Response,
};

/// The greatest number of runs that are read.
const MAX_RUNS: usize = 12;
/// The number of attempts to compare a run that changes meanwhile.
const MAX_ATTEMPTS: usize = 3;

/// The list compared with the runs.
pub const LISTED_RUNS: Claim = Claim {
    id: "listed-runs-found",
    statement: "every listed run can be read, and has the values of the list",
    operation: Get,
    location: "response 200",
    reason: "a link from the list leads nowhere, or to other data than its row",
    advice: "return every listed id, percent-encoded in the path where needed, with the values of \
             the list",
};

/// Tests [`LISTED_RUNS`] on a sample of the list, beginning with ids that need percent-encoding.
pub async fn listed_runs(probe: &Probe<'_>, pages: &PageSequence) -> Result<(), Outcome> {
    for item in sample(pages)? {
        let mut outcome = Ok(());
        for _ in 0..MAX_ATTEMPTS {
            outcome = as_listed(probe, item).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome?;
    }
    Ok(())
}

/// A run compared with its entry in the list.
async fn as_listed(probe: &Probe<'_>, item: &Value) -> Result<(), Outcome> {
    let id = item["id"].as_str().unwrap_or_default();
    let response = probe.get(&path_of(id)).await?;
    let run = response.expect(200)?.json()?;
    let differing = |listed: &Value| {
        let differs = |(name, value): &(&String, &Value)| run[name.as_str()] != **value;
        listed
            .as_object()
            .and_then(|fields| fields.iter().find(differs).map(|(name, _)| name.clone()))
    };
    if differing(item).is_none() {
        return Ok(());
    }
    // The run may have changed since the list was read.
    let workflow = encoded(item["workflow_id"].as_str().unwrap_or_default());
    let page = Page::read(probe, &format!("?limit=100&workflow_id={workflow}")).await?;
    let listed = page.items.iter().find(|item| item["id"] == id).unwrap_or(item);
    match differing(listed) {
        None => Ok(()),
        Some(name) => Err(Outcome::Failed(format!(
            "{} has {name} {}, but the list has {}",
            response.request, run[&name], listed[&name]
        ))),
    }
}

/// The number of steps.
pub const STEP_COUNT: Claim = Claim {
    id: "step-count",
    statement: "step_count is the number of steps, and all steps of a run have different ids",
    operation: Get,
    location: "response 200 $.step_count",
    reason: "a progress bar overruns, or one step is shown in place of another",
    advice: "count the entries of steps, and give each attempt its own id",
};

/// Tests [`STEP_COUNT`].
pub async fn step_count(probe: &Probe<'_>, pages: &PageSequence) -> Result<(), Outcome> {
    for item in sample(pages)? {
        let response = probe.get(&path_of(item["id"].as_str().unwrap_or_default())).await?;
        if response.status == 200 {
            counted(&response)?;
        }
    }
    Ok(())
}

fn counted(response: &Response) -> Result<(), Outcome> {
    let run = response.json()?;
    // Another claim is about a missing array.
    let Some(steps) = run["steps"].as_array() else { return Ok(()) };
    if run["step_count"].as_f64().is_some_and(|count| count != steps.len() as f64) {
        return Err(Outcome::Failed(format!(
            "{} has the step_count {} and {} steps",
            response.request,
            run["step_count"],
            steps.len()
        )));
    }
    let ids: HashSet<_> = steps.iter().map(|step| step["id"].to_string()).collect();
    if ids.len() != steps.len() {
        let request = &response.request;
        return Err(Outcome::Failed(format!("{request} has two steps with the same id")));
    }
    Ok(())
}

/// A sample of the runs on all pages, beginning with ids that need percent-encoding.
fn sample(pages: &PageSequence) -> Result<Vec<&Value>, Outcome> {
    let mut items: Vec<_> = pages.items().filter(|item| item["id"].is_string()).collect();
    if items.is_empty() {
        return Err(Outcome::Skipped("the ledger is empty".into()));
    }
    let stride = items.len().div_ceil(MAX_RUNS);
    let needs_encoding = |item: &&&Value| item["id"].as_str().is_some_and(|id| encoded(id) != id);
    let encoded_ids: Vec<_> =
        items.iter().filter(needs_encoding).take(MAX_RUNS / 2).copied().collect();
    items = items.into_iter().step_by(stride).collect();
    Ok(encoded_ids.into_iter().chain(items).take(MAX_RUNS).collect())
}
