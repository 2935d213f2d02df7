//! Recording runs. Tried only where that was asked for: the runs stay, in a workflow of their own.

use runledger_model::examples;
use serde_json::{Value, json};

use super::path_of;
use crate::{
    answer::Answer,
    claim::{
        Claim,
        Operation::{Batch, Get, List, Put},
        Verdict,
    },
    listing::Page,
    probe::Probe,
};

/// What is recorded by one passage of the suite.
pub struct Recorder {
    /// The workflow that all its runs are of; no other run is.
    pub workflow: String,
}

impl Recorder {
    /// One whose workflow nobody has used.
    pub fn new() -> Self {
        Self { workflow: format!("conform-{}", uuid::Uuid::now_v7()) }
    }

    /// The documented run under an id of this passage.
    pub fn run(&self, name: &str) -> Value {
        let mut run = json!(examples::execution());
        run["id"] = json!(format!("{}-{name}", self.workflow));
        run["workflow_id"] = json!(self.workflow);
        run
    }

    /// The totals of this passage's workflow.
    async fn totals(&self, probe: &Probe<'_>) -> Result<[i64; 3], Verdict> {
        Ok(Page::read(probe, &format!("?limit=1&workflow_id={}", self.workflow)).await?.totals)
    }
}

/// The path of a run that is to be recorded.
pub fn place(run: &Value) -> String {
    path_of(run["id"].as_str().unwrap_or_default())
}

/// A new run.
pub const RECORDED: Claim = Claim {
    name: "run-recorded",
    says: "a new run is a 201 that shows it, and can be fetched as it was sent",
    operation: Put,
    place: "response 201",
    why: "the ledger loses what it said it has",
    todo: "write the run before the answer, and answer 201 only for a new one",
};

/// Tries [`RECORDED`].
pub async fn recorded(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let run = recorder.run("new");
    let answer = probe.send_json("PUT", &place(&run), &run).await?;
    shows(answer.expect(201)?, &run)?;
    shows(probe.get(&place(&run)).await?.expect(200)?, &run)
}

/// The same again.
pub const PUT_BACK: Claim = Claim {
    name: "put-back-unchanged",
    says: "what GET answered can be put back, is a 200 and changes nothing",
    operation: Put,
    place: "response 200",
    why: "a recorder that repeats itself after a broken connection must not do harm",
    todo: "take every answer as a request, and answer 200 for a run that was there",
};

/// Tries [`PUT_BACK`].
pub async fn put_back(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let run = recorder.run("put-back");
    probe.send_json("PUT", &place(&run), &run).await?;
    let before = probe.get(&place(&run)).await?;
    let Ok(before) = before.expect(200).and_then(|answer| answer.json().cloned()) else {
        return Err(Verdict::Skipped("no run was recorded: see run-recorded".into()));
    };
    let answer = probe.send_json("PUT", &place(&run), &before).await?;
    shows(answer.expect(200)?, &before)?;
    shows(probe.get(&place(&run)).await?.expect(200)?, &before)
}

/// Counts.
pub const COUNTS_MOVE: Claim = Claim {
    name: "counts-move-by-one",
    says: "a new run adds one to the totals that it belongs to, a change of its status moves it, a repetition does nothing",
    operation: List,
    place: "response 200 $.total, $.succeeded and $.failed",
    why: "kept counts drift away from what they count, and nobody notices for months",
    todo: "change the counts in the transaction that changes the run",
};

/// Tries [`COUNTS_MOVE`], in the suite's own workflow, where nobody else records.
pub async fn counts_move(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let [total, succeeded, failed] = recorder.totals(probe).await?;
    let mut run = recorder.run("counted");
    for (status, due) in [
        ("RUNNING", [total + 1, succeeded, failed]),
        ("RUNNING", [total + 1, succeeded, failed]),
        ("SUCCEEDED", [total + 1, succeeded + 1, failed]),
        ("FAILED", [total + 1, succeeded, failed + 1]),
    ] {
        run["status"] = json!(status);
        let answer = probe.send_json("PUT", &place(&run), &run).await?;
        if !matches!(answer.status, 200 | 201) {
            return Err(Verdict::Skipped("a run was not recorded: see run-recorded".into()));
        }
        let totals = recorder.totals(probe).await?;
        if totals != due {
            return Err(Verdict::Failed(format!(
                "after {} with the status {status}, its workflow's total, succeeded, failed are {totals:?}, not {due:?}",
                answer.request
            )));
        }
    }
    Ok(())
}

/// Ids that a path does not bear.
pub const ODD_IDS: Claim = Claim {
    name: "odd-ids",
    says: "a run's id may have any printable character, percent-encoded in the path",
    operation: Get,
    place: "parameter id",
    why: "recorders name runs after files, branches and dates",
    todo: "decode the path's segment once, after it was split",
};

/// Tries [`ODD_IDS`].
pub async fn odd_ids(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    for name in ["a/b", "50%25 off?#&+=", "Grüße 🎉", "\"<'>\\"] {
        let run = recorder.run(name);
        let answer = probe.send_json("PUT", &place(&run), &run).await?;
        if !matches!(answer.status, 200 | 201) {
            return Err(answer.not("201"));
        }
        shows(probe.get(&place(&run)).await?.expect(200)?, &run)?;
    }
    Ok(())
}

/// The order of steps.
pub const STEP_ORDER: Claim = Claim {
    name: "step-order",
    says: "steps are answered in the order in which they were recorded, a retried one once for each attempt",
    operation: Get,
    place: "response 200 $.steps",
    why: "a run is read from top to bottom",
    todo: "keep the order of the request's array; it is no order by time or id",
};

/// Tries [`STEP_ORDER`].
pub async fn step_order(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
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
    let answer = probe.send_json("PUT", &place(&run), &run).await?;
    if !matches!(answer.status, 200 | 201) {
        return Err(Verdict::Skipped("the run was not recorded: see run-recorded".into()));
    }
    let answer = probe.get(&place(&run)).await?;
    if answer.status != 200 {
        return Err(Verdict::Skipped("the run was not kept: see run-recorded".into()));
    }
    let ids: Vec<_> =
        answer.json()?["steps"].as_array().into_iter().flatten().map(|step| &step["id"]).collect();
    if ids == ["c", "a", "b", "d"] {
        return Ok(());
    }
    Err(answer.not("with the steps c, a, b, d in this order"))
}

/// What may be left out.
pub const LEFT_OUT: Claim = Claim {
    name: "left-out-is-null",
    says: "what may be null may be left out, is null then, and any offset of a time becomes Z",
    operation: Put,
    place: "request body",
    why: "several clients drop null keys, and recorders sit in all time zones",
    todo: "take a missing key for null, and write times in UTC",
};

/// Tries [`LEFT_OUT`].
pub async fn left_out(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let full = recorder.run("least");
    let least = json!({
        "workflow_id": recorder.workflow, "version_id": "v", "version_display_name": "V",
        "type": "TEST", "status": "PENDING", "created_at": "2025-01-04T14:00:00.1239+02:00",
    });
    let due = json!({
        "id": full["id"], "workflow_id": recorder.workflow, "version_id": "v", "version_display_name": "V",
        "type": "TEST", "status": "PENDING", "duration": null, "created_at": "2025-01-04T12:00:00.123Z",
        "started_at": null, "finished_at": null, "steps": [], "step_count": 0,
    });
    let answer = probe.send_json("PUT", &place(&full), &least).await?;
    if !matches!(answer.status, 200 | 201) {
        return Err(answer.not("201"));
    }
    shows(&answer, &due)
}

/// Batches.
pub const BATCHES: Claim = Claim {
    name: "batch-outcomes",
    says: "a batch says of each run in its order what became of it, and one bad run does not sink the others",
    operation: Batch,
    place: "response 200 $.items",
    why: "a recorder sends again what was rejected, and only that",
    todo: "answer RECORDED, UNCHANGED, UPDATED or REJECTED for each run, in the request's order",
};

/// Tries [`BATCHES`].
pub async fn batches(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let (good, mut changed, mut bad) =
        (recorder.run("batch-1"), recorder.run("batch-1"), recorder.run("batch-2"));
    changed["status"] = json!("FAILED");
    bad["step_count"] = json!(3);
    let last = recorder.run("batch-3");
    let batch = json!({ "items": [good, bad, good, changed, last] });
    let answer = probe.send_json("POST", "/v1/executions/batch", &batch).await?;
    let results = answer.expect(200)?.json()?["items"].as_array().cloned().unwrap_or_default();
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
        return Err(answer.not("RECORDED, REJECTED, UNCHANGED, UPDATED, RECORDED"));
    }
    Ok(())
}

/// Another tenant.
pub const RECORDED_APART: Claim = Claim {
    name: "isolation-of-recorded",
    says: "a run that was recorded with one key is not there for another tenant's",
    operation: Get,
    place: "response 404",
    why: "one customer reads another one's business",
    todo: "keep the tenant of the key with every run",
};

/// Tries [`RECORDED_APART`].
pub async fn recorded_apart(
    probe: &Probe<'_>,
    recorder: &Recorder,
    other: &str,
) -> Result<(), Verdict> {
    let run = recorder.run("apart");
    probe.send_json("PUT", &place(&run), &run).await?;
    probe.get_as(other, &place(&run)).await?.expect(404)?;
    let query = format!("?limit=100&workflow_id={}", recorder.workflow);
    let page = Page::read_as(probe, other, &query).await?;
    if page.items.iter().any(|item| item["workflow_id"] == recorder.workflow) {
        return Err(page.answer.not("without these runs: they are the other key's"));
    }
    Ok(())
}

/// Holds an answer to a run.
pub fn shows(answer: &Answer, run: &Value) -> Result<(), Verdict> {
    let body = answer.json()?;
    let differs = |(name, value): &(&String, &Value)| !same(&body[name.as_str()], value);
    match run.as_object().and_then(|fields| fields.iter().find(differs)) {
        Some((name, value)) if body.get(name).is_some() => {
            let (request, found) = (&answer.request, &body[name.as_str()]);
            Err(Verdict::Failed(format!("{request} was answered with {name} {found}, not {value}")))
        }
        // A key that is missing is the fault of another claim.
        _ => Ok(()),
    }
}

/// Whether two values mean the same; how numbers are written is another claim's matter.
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
