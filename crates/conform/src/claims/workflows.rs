//! The list of workflows: it agrees with the lists of their runs.

use runledger_model::{Timestamp, limits::SUMMARIZED_RUNS};
use serde_json::{Value, json};

use super::{
    encoded,
    recording::{Recorder, path},
};
use crate::{
    claim::{Claim, Operation::Workflows, Outcome},
    listing::{Page, while_unchanged},
    probe::Probe,
    response::Response,
};

const STATES: [&str; 6] = ["pending", "running", "succeeded", "failed", "cancelled", "paused"];
/// The number of workflows that are compared with the lists of their runs.
const MAX_WORKFLOWS: usize = 10;
/// The greatest limit.
const LIMIT: usize = 100;

/// The figures of workflows.
pub const FIGURES: Claim = Claim {
    id: "workflow-figures",
    statement: "the totals of a workflow and its newest run are those of the list of its runs, and \
                its states add up to its total",
    operation: Workflows,
    location: "response 200 $.items",
    reason: "an overview contradicts the lists behind it",
    advice: "count workflows from the same data as the lists, and read both of one moment",
};

/// Tests [`FIGURES`] on the first workflows.
pub async fn figures(probe: &Probe<'_>) -> Result<(), Outcome> {
    each_workflow(probe, async |response, workflow| {
        let uid = text(&workflow["workflow_id"]);
        let runs = Page::read(probe, &format!("?limit=1&workflow_id={}", encoded(uid))).await?;
        let totals = ["total", "succeeded", "failed"].map(|name| count(workflow, name));
        if totals != runs.totals || runs.items.first() != Some(&workflow["newest_run"]) {
            let newest = runs.items.first().map_or(&Value::Null, |run| &run["id"]);
            return Err(response.failure(&format!(
                "total, succeeded, failed of {:?} and the newest run {newest} for {uid:?}",
                runs.totals
            )));
        }
        let states = STATES.iter().map(|state| count(workflow, state)).sum::<i64>();
        if states == totals[0] {
            Ok(())
        } else {
            Err(response
                .failure(&format!("the total {states}, the sum of its states, for {uid:?}")))
        }
    })
    .await
}

/// The durations of workflows.
pub const DURATIONS: Claim = Claim {
    id: "workflow-durations",
    statement: "median_duration and p95_duration are those of the last 200 finished runs of a \
                workflow, by the nearest-rank method, and null without any",
    operation: Workflows,
    location: "response 200 $.items[*].median_duration and $.items[*].p95_duration",
    reason: "a workflow that has become slow goes unnoticed",
    advice: "take the newest 200 of the runs that are SUCCEEDED, FAILED or CANCELLED, sort their \
             durations, and return those at half and at 95 % of their number, rounded up",
};

/// Tests [`DURATIONS`] on the first workflows.
pub async fn durations(probe: &Probe<'_>) -> Result<(), Outcome> {
    each_workflow(probe, async |response, workflow| {
        let uid = text(&workflow["workflow_id"]);
        let durations = durations_of(probe, uid).await?;
        let expected = [50, 95].map(|percent| percentile(&durations, percent));
        let found = ["median_duration", "p95_duration"].map(|name| workflow[name].as_f64());
        if found == expected {
            return Ok(());
        }
        let [median, p95] = expected.map(|it| it.map_or("null".to_owned(), |it| it.to_string()));
        Err(response.failure(&format!("a median of {median} and a p95 of {p95} for {uid:?}")))
    })
    .await
}

/// The pages of workflows.
pub const PAGES: Claim = Claim {
    id: "workflows-in-order",
    statement: "each workflow is listed once, on the page of its position, the one with the newest \
                run first, and the total is the number of all",
    operation: Workflows,
    location: "response 200 $.items and $.total",
    reason: "pages show a workflow twice or not at all",
    advice: "order workflows by created_at and then id of their newest runs, both descending",
};

/// Tests [`PAGES`] on the first page, its workflows one by one, and a page past the last.
pub async fn pages(probe: &Probe<'_>) -> Result<(), Outcome> {
    unchanged(probe, async || {
        let (response, workflows) = read(probe, "?limit=100").await?;
        let total = count(response.json()?, "total");
        if let Some(pair) = workflows.windows(2).find(|pair| key(&pair[0]) <= key(&pair[1])) {
            let [first, second] = [&pair[0]["workflow_id"], &pair[1]["workflow_id"]];
            return Err(response.failure(&format!("{second} before {first}")));
        }
        if workflows.len() < LIMIT && total != workflows.len() as i64 {
            return Err(response.failure(&format!("the total {}", workflows.len())));
        }
        for (number, workflow) in (1..).zip(workflows.iter().take(MAX_WORKFLOWS)) {
            let (page, items) = read(probe, &format!("?page={number}&limit=1")).await?;
            if items != [workflow.clone()] || count(page.json()?, "total") != total {
                let uid = &workflow["workflow_id"];
                return Err(page.failure(&format!("the workflow {uid} and the total {total}")));
            }
        }
        let (page, items) = read(probe, "?page=2147483647&limit=100").await?;
        if items.is_empty() && count(page.json()?, "total") == total {
            Ok(())
        } else {
            Err(page.failure(&format!("no workflows and the total {total}")))
        }
    })
    .await
}

/// The filter of workflows.
pub const BEGINNING: Claim = Claim {
    id: "workflows-by-beginning",
    statement: "q lists exactly the workflows whose UID begins with it; it is case-sensitive and \
                has no wildcards",
    operation: Workflows,
    location: "parameter q",
    reason: "a search for a workflow misses it or finds others",
    advice: "compare the beginning of the UID as it is",
};

/// Tests [`BEGINNING`] with the UID of the first workflow, its first half, and others like it.
pub async fn beginning(probe: &Probe<'_>) -> Result<(), Outcome> {
    unchanged(probe, async || {
        let (_, workflows) = read(probe, "?limit=100").await?;
        let Some(first) = workflows.first().map(|workflow| text(&workflow["workflow_id"])) else {
            return Err(Outcome::Skipped("there are no workflows".into()));
        };
        let half: String = first.chars().take(first.chars().count().div_ceil(2)).collect();
        for q in [first, &half, &half.to_uppercase(), &half.to_lowercase(), "%", "_"] {
            let (response, found) = read(probe, &format!("?limit=100&q={}", encoded(q))).await?;
            let begins = |item: &&Value| text(&item["workflow_id"]).starts_with(q);
            let expected: Vec<_> = workflows.iter().filter(begins).cloned().collect();
            // Where the first page is not all, it does not have all that match.
            let is_complete = workflows.len() < LIMIT && found.len() < LIMIT;
            let agrees = found.iter().all(|item| begins(&item))
                && (!is_complete || found == expected)
                && (!is_complete || count(response.json()?, "total") == found.len() as i64);
            if !agrees {
                let uids: Vec<_> = expected.iter().map(|it| text(&it["workflow_id"])).collect();
                return Err(response.failure(&format!("the workflows {uids:?}")));
            }
        }
        Ok(())
    })
    .await
}

/// Isolation of workflows.
pub const APART: Claim = Claim {
    id: "isolation-by-workflow",
    statement: "no workflow has the runs of another tenant",
    operation: Workflows,
    location: "response 200 $.items",
    reason: "one customer sees what another runs, and how often",
    advice: "select by the tenant of the key first (if both tenants recorded the same run, test \
             with two other tenants)",
};

/// Tests [`APART`].
pub async fn apart(probe: &Probe<'_>, other: &str) -> Result<(), Outcome> {
    let (ours, workflows) = read(probe, "?limit=100").await?;
    let theirs = probe.get_as(other, "/v1/workflows?limit=100").await?;
    let newest: Vec<_> = workflows.iter().map(|workflow| &workflow["newest_run"]).collect();
    let is_ours = |workflow: &&Value| newest.contains(&&workflow["newest_run"]);
    match items(&theirs)?.iter().find(is_ours) {
        Some(workflow) => Err(Outcome::Failed(format!(
            "{} shows the run {} to both keys",
            ours.request, workflow["newest_run"]["id"]
        ))),
        None => Ok(()),
    }
}

/// Workflows after recording.
pub const FOLLOW: Claim = Claim {
    id: "workflows-follow-recordings",
    statement: "a workflow is listed from its first run on, and comes first when it has the newest",
    operation: Workflows,
    location: "response 200 $.items",
    reason: "an overview does not show what has just run",
    advice: "change what is stored of a workflow in the transaction that changes its runs",
};

/// Tests [`FOLLOW`] with two workflows that no other client uses.
pub async fn follow(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let uid = |name: &str| format!("{}-{name}", recorder.workflow);
    let query = format!("?q={}-", recorder.workflow);
    for (second, name, expected) in [
        (1, "first", vec![uid("first")]),
        (2, "second", vec![uid("second"), uid("first")]),
        (3, "first", vec![uid("first"), uid("second")]),
    ] {
        let mut run = recorder.run(&format!("{name}-{second}"));
        run["workflow_id"] = json!(uid(name));
        run["created_at"] = json!(format!("2025-01-04T12:00:0{second}Z"));
        let recorded = probe.send_json("PUT", &path(&run), &run).await?;
        if recorded.status != 201 {
            return Err(Outcome::Skipped("a run was not recorded: see run-recorded".into()));
        }
        let (response, workflows) = read(probe, &query).await?;
        let found: Vec<_> = workflows.iter().map(|it| text(&it["workflow_id"])).collect();
        let total = count(response.json()?, "total");
        if found != expected || total != expected.len() as i64 {
            return Err(response.failure(&format!("{expected:?} after {}", recorded.request)));
        }
    }
    Ok(())
}

/// Calls `test` with each of the first workflows, until the list of runs did not change meanwhile.
async fn each_workflow(
    probe: &Probe<'_>,
    test: impl AsyncFn(&Response, &Value) -> Result<(), Outcome>,
) -> Result<(), Outcome> {
    unchanged(probe, async || {
        let (response, workflows) = read(probe, "?limit=100").await?;
        if workflows.is_empty() {
            return Err(Outcome::Skipped("there are no workflows".into()));
        }
        for workflow in workflows.iter().take(MAX_WORKFLOWS) {
            test(&response, workflow).await?;
        }
        Ok(())
    })
    .await
}

/// The result of `test` when the list of runs did not change meanwhile.
async fn unchanged(
    probe: &Probe<'_>,
    test: impl AsyncFn() -> Result<(), Outcome>,
) -> Result<(), Outcome> {
    while_unchanged(probe, "", async || Ok(test().await)).await?
}

/// The response to a list of workflows, and its items.
async fn read(probe: &Probe<'_>, query: &str) -> Result<(Response, Vec<Value>), Outcome> {
    let response = probe.get(&format!("/v1/workflows{query}")).await?;
    let items = items(&response)?;
    Ok((response, items))
}

fn items(response: &Response) -> Result<Vec<Value>, Outcome> {
    let items = response.expect(200)?.json()?["items"].as_array().cloned();
    let skipped = "a list of workflows does not have the documented shape: see schemas";
    items.ok_or_else(|| Outcome::Skipped(skipped.into()))
}

/// The known durations of the last finished runs of a workflow.
async fn durations_of(probe: &Probe<'_>, uid: &str) -> Result<Vec<f64>, Outcome> {
    let filter = format!("statuses=SUCCEEDED,FAILED,CANCELLED&workflow_id={}", encoded(uid));
    let mut durations = Vec::new();
    for page in 1..=SUMMARIZED_RUNS / LIMIT {
        let page = Page::read(probe, &format!("?page={page}&limit={LIMIT}&{filter}")).await?;
        durations.extend(page.items.iter().filter_map(|run| run["duration"].as_f64()));
    }
    Ok(durations)
}

fn percentile(durations: &[f64], percent: usize) -> Option<f64> {
    let mut ascending = durations.to_vec();
    ascending.sort_by(f64::total_cmp);
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending.get(rank.checked_sub(1)?).copied()
}

/// By which workflows are ordered.
fn key(workflow: &Value) -> (Option<i64>, &str) {
    let newest = &workflow["newest_run"];
    let time = text(&newest["created_at"]).parse::<Timestamp>().ok();
    (time.map(Timestamp::millis), text(&newest["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn count(value: &Value, name: &str) -> i64 {
    value[name].as_f64().map_or(0, |number| number as i64)
}
