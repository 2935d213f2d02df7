//! One run: what the list says of it, and its steps.

use std::collections::HashSet;

use serde_json::Value;

use super::{encoded, path_of};
use crate::{
    answer::Answer,
    claim::{Claim, Operation::Get, Verdict},
    listing::{Page, Walk},
    probe::Probe,
};

/// How many runs are fetched.
const SAMPLE: usize = 12;
/// How often a run is looked up again that changed meanwhile.
const ATTEMPTS: usize = 3;

/// The list against the runs.
pub const LISTED_RUNS: Claim = Claim {
    name: "listed-runs-found",
    says: "every run that is listed can be fetched, and is what the list says it is",
    operation: Get,
    place: "response 200",
    why: "a link from the list leads nowhere, or shows something else than the line that was clicked",
    todo: "answer every listed id, percent-encoded where a path does not bear it, with the list's own values",
};

/// Tries [`LISTED_RUNS`] on some runs from all over the list, odd ids first.
pub async fn listed_runs(probe: &Probe<'_>, walk: &Walk) -> Result<(), Verdict> {
    for item in sample(walk)? {
        let mut verdict = Ok(());
        for _ in 0..ATTEMPTS {
            verdict = as_listed(probe, item).await;
            if verdict.is_ok() {
                break;
            }
        }
        verdict?;
    }
    Ok(())
}

/// A run against its own line in the list.
async fn as_listed(probe: &Probe<'_>, item: &Value) -> Result<(), Verdict> {
    let id = item["id"].as_str().unwrap_or_default();
    let answer = probe.get(&path_of(id)).await?;
    let run = answer.expect(200)?.json()?;
    let differing = |listed: &Value| {
        let differs = |(name, value): &(&String, &Value)| run[name.as_str()] != **value;
        listed
            .as_object()
            .and_then(|fields| fields.iter().find(differs).map(|(name, _)| name.clone()))
    };
    if differing(item).is_none() {
        return Ok(());
    }
    // It may have changed since the list was read: what does the list say now?
    let workflow = encoded(item["workflow_id"].as_str().unwrap_or_default());
    let page = Page::read(probe, &format!("?limit=100&workflow_id={workflow}")).await?;
    let listed = page.items.iter().find(|item| item["id"] == id).unwrap_or(item);
    match differing(listed) {
        None => Ok(()),
        Some(name) => Err(Verdict::Failed(format!(
            "{} has {name} {}, and the list says {}",
            answer.request, run[&name], listed[&name]
        ))),
    }
}

/// Steps, and how many.
pub const STEP_COUNT: Claim = Claim {
    name: "step-count",
    says: "step_count is the number of steps, and no two steps of a run share an id",
    operation: Get,
    place: "response 200 $.step_count",
    why: "a progress bar runs over, or a table of steps shows one of them in place of another",
    todo: "count the entries of steps, and give each attempt an id of its own",
};

/// Tries [`STEP_COUNT`].
pub async fn step_count(probe: &Probe<'_>, walk: &Walk) -> Result<(), Verdict> {
    for item in sample(walk)? {
        let answer = probe.get(&path_of(item["id"].as_str().unwrap_or_default())).await?;
        if answer.status == 200 {
            counted(&answer)?;
        }
    }
    Ok(())
}

fn counted(answer: &Answer) -> Result<(), Verdict> {
    let run = answer.json()?;
    // A run without steps is the fault of another claim.
    let Some(steps) = run["steps"].as_array() else { return Ok(()) };
    if run["step_count"].as_f64().is_some_and(|count| count != steps.len() as f64) {
        return Err(Verdict::Failed(format!(
            "{} has the step_count {} and {} steps",
            answer.request,
            run["step_count"],
            steps.len()
        )));
    }
    let ids: HashSet<_> = steps.iter().map(|step| step["id"].to_string()).collect();
    if ids.len() != steps.len() {
        let request = &answer.request;
        return Err(Verdict::Failed(format!("{request} has two steps with the same id")));
    }
    Ok(())
}

/// Some runs from all over the pages that were read; those first whose ids need percent-encoding.
fn sample(walk: &Walk) -> Result<Vec<&Value>, Verdict> {
    let mut items: Vec<_> = walk.items().filter(|item| item["id"].is_string()).collect();
    if items.is_empty() {
        return Err(Verdict::Skipped("the ledger is empty".into()));
    }
    let stride = items.len().div_ceil(SAMPLE);
    let is_odd = |item: &&&Value| item["id"].as_str().is_some_and(|id| encoded(id) != id);
    let odd: Vec<_> = items.iter().filter(is_odd).take(SAMPLE / 2).copied().collect();
    items = items.into_iter().step_by(stride).collect();
    Ok(odd.into_iter().chain(items).take(SAMPLE).collect())
}
