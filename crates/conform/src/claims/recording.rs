//! Recording runs. These are tested only on request, because the runs stay on the server.

use runledger_model::examples;
use serde_json::{Value, json};

use super::path_of;
use crate::{
    claim::{
        Claim,
        Operation::{Batch, Get, List, Put},
        Outcome,
    },
    listing::Page,
    probe::Probe,
    response::Response,
};

/// The source of the runs that one test of a server records.
pub struct Recorder {
    /// The workflow of all its runs, which no other run has.
    pub workflow: String,
}

impl Recorder {
    /// A recorder with a workflow that has no runs.
    pub fn new() -> Self {
        Self { workflow: format!("conform-{}", uuid::Uuid::now_v7()) }
    }

    /// The documented run with an id of its own.
    pub fn run(&self, name: &str) -> Value {
        let mut run = json!(examples::execution());
        run["id"] = json!(format!("{}-{name}", self.workflow));
        run["workflow_id"] = json!(self.workflow);
        run
    }

    /// The totals of its workflow.
    async fn totals(&self, probe: &Probe<'_>) -> Result<[i64; 3], Outcome> {
        Ok(Page::read(probe, &format!("?limit=1&workflow_id={}", self.workflow)).await?.totals)
    }
}

/// The path of a run.
pub fn path(run: &Value) -> String {
    path_of(run["id"].as_str().unwrap_or_default())
}

/// New runs.
pub const RECORDED: Claim = Claim {
    id: "run-recorded",
    statement: "a new run is a 201 that shows it, and can be read as it was sent",
    operation: Put,
    location: "response 201",
    reason: "otherwise the ledger loses runs that it acknowledged",
    advice: "write the run before the response, and respond with 201 only for a new run",
};

/// Tests [`RECORDED`].
pub async fn recorded(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("new");
    let response = probe.send_json("PUT", &path(&run), &run).await?;
    shows(response.expect(201)?, &run)?;
    shows(probe.get(&path(&run)).await?.expect(200)?, &run)
}

/// Repetitions.
pub const PUT_BACK: Claim = Claim {
    id: "put-back-unchanged",
    statement: "the body of a GET can be sent back with PUT, which is a 200 and changes nothing",
    operation: Put,
    location: "response 200",
    reason: "a recorder that repeats a request after a broken connection must do no harm",
    advice: "accept every response body as a request body, and respond with 200 for a known run",
};

/// Tests [`PUT_BACK`].
pub async fn put_back(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("put-back");
    probe.send_json("PUT", &path(&run), &run).await?;
    let before = probe.get(&path(&run)).await?;
    let Ok(before) = before.expect(200).and_then(|response| response.json().cloned()) else {
        return Err(Outcome::Skipped("no run was recorded: see run-recorded".into()));
    };
    let response = probe.send_json("PUT", &path(&run), &before).await?;
    shows(response.expect(200)?, &before)?;
    shows(probe.get(&path(&run)).await?.expect(200)?, &before)
}

/// Counts after recording.
pub const COUNTS_MOVE: Claim = Claim {
    id: "counts-move-by-one",
    statement: "a new run adds one to its totals, a change of its status moves it, and a \
                repetition changes nothing",
    operation: List,
    location: "response 200 $.total, $.succeeded and $.failed",
    reason: "stored counts drift away from the runs, and this goes unnoticed for months",
    advice: "change the counts in the transaction that changes the run",
};

/// Tests [`COUNTS_MOVE`] in a workflow that no other client uses.
pub async fn counts_move(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let [total, succeeded, failed] = recorder.totals(probe).await?;
    let mut run = recorder.run("counted");
    for (status, due) in [
        ("RUNNING", [total + 1, succeeded, failed]),
        ("RUNNING", [total + 1, succeeded, failed]),
        ("SUCCEEDED", [total + 1, succeeded + 1, failed]),
        ("FAILED", [total + 1, succeeded, failed + 1]),
    ] {
        run["status"] = json!(status);
        let response = probe.send_json("PUT", &path(&run), &run).await?;
        if !matches!(response.status, 200 | 201) {
            return Err(Outcome::Skipped("a run was not recorded: see run-recorded".into()));
        }
        let totals = recorder.totals(probe).await?;
        if totals != due {
            return Err(Outcome::Failed(format!(
                "after {} with the status {status}, total, succeeded, failed of its workflow are \
                 {totals:?}, expected {due:?}",
                response.request
            )));
        }
    }
    Ok(())
}

/// Ids with reserved characters.
pub const ENCODED_IDS: Claim = Claim {
    id: "percent-encoded-ids",
    statement: "the id of a run may have any printable character, percent-encoded in the path",
    operation: Get,
    location: "parameter id",
    reason: "recorders name runs after files, branches and dates",
    advice: "split the path into segments first, then decode each segment once",
};

/// Tests [`ENCODED_IDS`].
pub async fn encoded_ids(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    for name in ["a/b", "50%25 off?#&+=", "Grüße 🎉", "\"<'>\\"] {
        let run = recorder.run(name);
        let response = probe.send_json("PUT", &path(&run), &run).await?;
        if !matches!(response.status, 200 | 201) {
            return Err(response.failure("201"));
        }
        shows(probe.get(&path(&run)).await?.expect(200)?, &run)?;
    }
    Ok(())
}

/// The order of steps.
pub const STEP_ORDER: Claim = Claim {
    id: "step-order",
    statement: "steps are returned in the order in which they were recorded, with one entry for \
                each attempt",
    operation: Get,
    location: "response 200 $.steps",
    reason: "users read a run from top to bottom",
    advice: "keep the order of the array in the request; it is not the order of times or ids",
};

/// Tests [`STEP_ORDER`].
pub async fn step_order(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("steps");
    let step = run["steps"][0].clone();
    let steps =
        [("c", "3", 1), ("a", "2", 2), ("b", "1", 1), ("d", "2", 1)].map(|(id, name, attempt)| {
            let mut step = step.clone();
            (step["id"], step["step_name"], step["attempt"]) =
                (json!(id), json!(name), json!(attempt));
            step
        });
    (run["steps"], run["step_count"]) = (json!(steps), json!(steps.len()));
    let response = probe.send_json("PUT", &path(&run), &run).await?;
    if !matches!(response.status, 200 | 201) {
        return Err(Outcome::Skipped("the run was not recorded: see run-recorded".into()));
    }
    let response = probe.get(&path(&run)).await?;
    if response.status != 200 {
        return Err(Outcome::Skipped("the run was not stored: see run-recorded".into()));
    }
    let ids: Vec<_> = response.json()?["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| &step["id"])
        .collect();
    if ids == ["c", "a", "b", "d"] {
        return Ok(());
    }
    Err(response.failure("the steps c, a, b, d in this order"))
}

/// Omitted keys.
pub const OMITTED: Claim = Claim {
    id: "omitted-is-null",
    statement: "what may be null may be omitted and is null then, and any offset of a time becomes \
                Z",
    operation: Put,
    location: "request body",
    reason: "several clients omit null keys, and recorders are in all time zones",
    advice: "treat a missing key as null, and write times in UTC",
};

/// Tests [`OMITTED`].
pub async fn omitted(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let full = recorder.run("least");
    let least = json!({
        "workflow_id": recorder.workflow, "version_id": "v", "version_display_name": "V",
        "type": "TEST", "status": "PENDING", "created_at": "2025-01-04T14:00:00.1239+02:00",
    });
    let due = json!({
        "id": full["id"], "workflow_id": recorder.workflow, "version_id": "v",
        "version_display_name": "V", "type": "TEST", "status": "PENDING", "duration": null,
        "created_at": "2025-01-04T12:00:00.123Z", "started_at": null, "finished_at": null,
        "steps": [], "step_count": 0,
    });
    let response = probe.send_json("PUT", &path(&full), &least).await?;
    if !matches!(response.status, 200 | 201) {
        return Err(response.failure("201"));
    }
    shows(&response, &due)
}

/// The outcomes of a batch.
pub const BATCHES: Claim = Claim {
    id: "batch-outcomes",
    statement: "a batch returns the outcome of each run in order, and one bad run does not affect \
                the others",
    operation: Batch,
    location: "response 200 $.items",
    reason: "a recorder sends again what was rejected, and only that",
    advice: "return RECORDED, UNCHANGED, UPDATED or REJECTED for each run, in the order of the \
             request",
};

/// Tests [`BATCHES`].
pub async fn batches(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let (good, mut changed, mut bad) =
        (recorder.run("batch-1"), recorder.run("batch-1"), recorder.run("batch-2"));
    changed["status"] = json!("FAILED");
    bad["step_count"] = json!(3);
    let last = recorder.run("batch-3");
    let batch = json!({ "items": [good, bad, good, changed, last] });
    let response = probe.send_json("POST", "/v1/executions/batch", &batch).await?;
    let results = response.expect(200)?.json()?["items"].as_array().cloned().unwrap_or_default();
    let found: Vec<_> = results.iter().map(|one| (&one["id"], &one["outcome"])).collect();
    let due = [
        (&good, "RECORDED"),
        (&bad, "REJECTED"),
        (&good, "UNCHANGED"),
        (&changed, "UPDATED"),
        (&last, "RECORDED"),
    ];
    let due: Vec<_> = due.map(|(run, outcome)| (&run["id"], json!(outcome))).into();
    if found.len() != due.len() || found.iter().zip(&due).any(|(a, b)| (a.0, a.1) != (b.0, &b.1)) {
        return Err(response.failure("RECORDED, REJECTED, UNCHANGED, UPDATED, RECORDED"));
    }
    Ok(())
}

/// Isolation of recorded runs.
pub const RECORDED_APART: Claim = Claim {
    id: "isolation-of-recorded",
    statement: "a run that was recorded with one key does not exist for another tenant",
    operation: Get,
    location: "response 404",
    reason: "one customer reads the runs of another",
    advice: "store the tenant of the key with every run",
};

/// Tests [`RECORDED_APART`].
pub async fn recorded_apart(
    probe: &Probe<'_>,
    recorder: &Recorder,
    other: &str,
) -> Result<(), Outcome> {
    let run = recorder.run("apart");
    probe.send_json("PUT", &path(&run), &run).await?;
    probe.get_as(other, &path(&run)).await?.expect(404)?;
    let query = format!("?limit=100&workflow_id={}", recorder.workflow);
    let page = Page::read_as(probe, other, &query).await?;
    if page.items.iter().any(|item| item["workflow_id"] == recorder.workflow) {
        return Err(page
            .response
            .failure("none of these runs, because they belong to the other tenant"));
    }
    Ok(())
}

/// Checks a response for the values of a run.
pub fn shows(response: &Response, run: &Value) -> Result<(), Outcome> {
    let body = response.json()?;
    let differs = |(name, value): &(&String, &Value)| !same(&body[name.as_str()], value);
    match run.as_object().and_then(|fields| fields.iter().find(differs)) {
        Some((name, value)) if body.get(name).is_some() => {
            let (request, found) = (&response.request, &body[name.as_str()]);
            Err(Outcome::Failed(format!("{request} returned {name} {found}, expected {value}")))
        }
        // Another claim is about missing keys.
        _ => Ok(()),
    }
}

/// Whether two values are equal; another claim is about the format of numbers.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}
