//! Recordings that must be refused.

use runledger_model::ApiError;
use serde_json::{Value, json};

use super::{
    errors::is_documented,
    recording::{Recorder, path, shows},
};
use crate::{
    claim::{
        Claim,
        Operation::{Batch, Put},
        Outcome,
    },
    probe::{Authorization, Probe},
};

const JSON: &str = "application/json";

/// Final statuses.
pub const FINISHED_STAYS: Claim = Claim {
    id: "finished-stays-finished",
    statement: "a finished run cannot become live again: 409, and nothing changes",
    operation: Put,
    location: "response 409",
    reason: "a delayed request of a recorder reopens a finished run, which then never ends",
    advice: "refuse PENDING, RUNNING and PAUSED for a run that is SUCCEEDED, FAILED or CANCELLED",
};

/// Tests [`FINISHED_STAYS`].
pub async fn finished_stays(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    for last in ["SUCCEEDED", "FAILED", "CANCELLED"] {
        let mut run = recorder.run(&format!("finished-{last}"));
        run["status"] = json!(last);
        probe.send_json("PUT", &path(&run), &run).await?;
        if probe.get(&path(&run)).await?.status != 200 {
            return Err(Outcome::Skipped("no run was recorded: see run-recorded".into()));
        }
        for live in ["PENDING", "RUNNING", "PAUSED"] {
            let mut late = run.clone();
            late["status"] = json!(live);
            probe.send_json("PUT", &path(&run), &late).await?.expect(409)?;
            shows(probe.get(&path(&run)).await?.expect(200)?, &run)?;
        }
    }
    Ok(())
}

/// Contradictions.
pub const CONTRADICTIONS: Claim = Claim {
    id: "contradictions-refused",
    statement: "a body that contradicts itself or the path is a 422, and nothing is recorded",
    operation: Put,
    location: "response 422",
    reason: "a contradiction is found much later, by a reader of the run",
    advice: "compare step_count with steps, the id of the body with that of the path, the ids and \
             attempts of steps with each other, and the outcome with the status",
};

/// Tests [`CONTRADICTIONS`].
pub async fn contradictions(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("nonsense");
    run["outcome"] = json!(null);
    for (pointer, value) in [
        ("/id", json!("another")),
        ("/step_count", json!(3)),
        ("/steps/1/id", run["steps"][0]["id"].clone()),
        ("/outcome", json!("TIMED_OUT")),
    ] {
        refused(probe, &run, pointer, value, 422).await?;
    }
    Ok(())
}

/// Values out of bounds.
pub const BAD_BODIES: Claim = Claim {
    id: "bad-bodies-refused",
    statement: "a body with a value out of bounds or that is not JSON is a 400, one that is not \
                declared as JSON a 415, and nothing is recorded",
    operation: Put,
    location: "response 400",
    reason: "one bad value in the ledger breaks every strict client that lists it",
    advice: "check every value before anything is written",
};

/// Tests [`BAD_BODIES`].
pub async fn bad_bodies(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("bad");
    (run["outcome"], run["url"]) = (json!(null), json!(null));
    for (pointer, value) in [
        ("/outcome", json!("no word")),
        ("/url", json!("javascript:alert(1)")),
        ("/url", json!("https://")),
        ("/status", json!("DONE")),
        ("/status", json!("all")),
        ("/workflow_id", json!("")),
        ("/duration", json!(1e10)),
        ("/created_at", json!("yesterday")),
        ("/steps/0/step_type", json!("LOOP")),
        ("/steps/0/attempt", json!(-1)),
        ("/steps", json!({})),
    ] {
        refused(probe, &run, pointer, value, 400).await?;
    }
    let text = "no JSON".to_owned();
    let response = probe.send("PUT", &path(&run), Authorization::Key, Some((JSON, text))).await?;
    response.expect(400)?;
    let body = Some(("text/plain", run.to_string()));
    let response = probe.send("PUT", &path(&run), Authorization::Key, body).await?;
    response.expect(415)?;
    absent(probe, &run).await
}

/// Unknown fields.
pub const UNKNOWN_FIELDS: Claim = Claim {
    id: "unknown-fields-on-request",
    statement: "unknown fields of a run are ignored in PUT and PATCH, and with Prefer: \
                handling=strict a 400 that names them and records nothing",
    operation: Put,
    location: "header Prefer and response 400",
    reason: "a misspelt field is lost, and its recorder never learns it",
    advice: "collect the names while the body is read, and refuse them where that is asked for",
};

/// Tests [`UNKNOWN_FIELDS`].
pub async fn unknown_fields(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("unknown-fields");
    let mut odd = run.clone();
    odd["workflowName"] = json!("misspelt");
    odd["steps"][0]["color"] = json!("red");
    let strict = ("Prefer", "handling=strict");
    for method in ["PUT", "PATCH"] {
        let response = probe.send_with_field(method, &path(&run), strict, &odd).await?;
        let text = &response.expect(400)?.text;
        if !text.contains("workflowName") || !text.contains("color") {
            return Err(response.failure("a message that names workflowName and color"));
        }
        absent(probe, &run).await?;
    }
    probe.send_json("PUT", &path(&run), &odd).await?.expect(201)?;
    shows(probe.get(&path(&run)).await?.expect(200)?, &run)?;
    probe.send_with_field("PUT", &path(&run), strict, &run).await?.expect(200).map(drop)
}

/// Batches out of bounds.
pub const BAD_BATCHES: Claim = Claim {
    id: "bad-batches-refused",
    statement: "a batch that does not have 1 to 1000 runs is a 400",
    operation: Batch,
    location: "response 400",
    reason: "a recorder that sends too many runs must learn it, and not lose the rest",
    advice: "count the runs before any of them is recorded",
};

/// Tests [`BAD_BATCHES`].
pub async fn bad_batches(probe: &Probe<'_>) -> Result<(), Outcome> {
    // None of the items is a run, so that nothing can be recorded.
    for batch in
        [json!({ "items": [] }), json!({ "items": vec![json!(1); 1001] }), json!({}), json!([])]
    {
        probe.send_json("POST", "/v1/executions/batch", &batch).await?.expect(400)?;
    }
    Ok(())
}

/// Recording without a key.
pub const KEY_REQUIRED: Claim = Claim {
    id: "key-required-to-record",
    statement: "nothing is recorded or deleted without a key or with an unknown key",
    operation: Put,
    location: "response 401",
    reason: "without this, everybody can record runs",
    advice: "respond with 401 before the body is read",
};

/// Tests [`KEY_REQUIRED`].
pub async fn key_required(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("keyless");
    let batch = json!({ "items": [run] });
    for (method, path, body) in [
        ("PUT", path(&run), &run),
        ("PATCH", path(&run), &run),
        ("DELETE", path(&run), &run),
        ("POST", "/v1/executions/batch".to_owned(), &batch),
    ] {
        for authorization in [Authorization::Missing, Authorization::Raw("Token conform-no-key")] {
            let body = Some((JSON, body.to_string()));
            let response = probe.send(method, &path, authorization, body).await?;
            is_documented(&response, 401, &ApiError::unauthorized())?;
        }
    }
    absent(probe, &run).await
}

/// Records a run with one value that must be refused.
async fn refused(
    probe: &Probe<'_>,
    run: &Value,
    pointer: &str,
    value: Value,
    status: u16,
) -> Result<(), Outcome> {
    let mut bad = run.clone();
    let expected = format!("{status}, because {pointer} is {value}");
    if let Some(target) = bad.pointer_mut(pointer) {
        *target = value;
    }
    let response = probe.send_json("PUT", &path(run), &bad).await?;
    if response.status != status {
        return Err(response.failure(&expected));
    }
    absent(probe, run).await
}

async fn absent(probe: &Probe<'_>, run: &Value) -> Result<(), Outcome> {
    let response = probe.get(&path(run)).await?;
    if response.status == 200 {
        Err(response.failure("404, because the run was refused"))
    } else {
        Ok(())
    }
}
