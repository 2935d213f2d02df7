//! What must not be recorded.

use runledger_model::ApiError;
use serde_json::{Value, json};

use super::{
    errors::is_documented,
    recording::{Recorder, place, shows},
};
use crate::{
    claim::{
        Claim,
        Operation::{Batch, Put},
        Verdict,
    },
    probe::{Authorization, Probe},
};

const JSON: &str = "application/json";

/// Final states.
pub const FINISHED_STAYS: Claim = Claim {
    name: "finished-stays-finished",
    says: "a run that finished cannot become live again: 409, and nothing changes",
    operation: Put,
    place: "response 409",
    why: "a recorder that is late takes a finished run back, and it hangs forever",
    todo: "refuse PENDING, RUNNING and PAUSED for a run that is SUCCEEDED, FAILED or CANCELLED",
};

/// Tries [`FINISHED_STAYS`].
pub async fn finished_stays(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    for last in ["SUCCEEDED", "FAILED", "CANCELLED"] {
        let mut run = recorder.run(&format!("finished-{last}"));
        run["status"] = json!(last);
        probe.send_json("PUT", &place(&run), &run).await?;
        if probe.get(&place(&run)).await?.status != 200 {
            return Err(Verdict::Skipped("no run was recorded: see run-recorded".into()));
        }
        for live in ["PENDING", "RUNNING", "PAUSED"] {
            let mut late = run.clone();
            late["status"] = json!(live);
            probe.send_json("PUT", &place(&run), &late).await?.expect(409)?;
            shows(probe.get(&place(&run)).await?.expect(200)?, &run)?;
        }
    }
    Ok(())
}

/// Contradictions.
pub const CONTRADICTIONS: Claim = Claim {
    name: "contradictions-refused",
    says: "a body that contradicts itself or the path is a 422, and nothing is recorded",
    operation: Put,
    place: "response 422",
    why: "what makes no sense is found by the one who reads it, much later",
    todo: "hold step_count to steps, the body's id to the path's, step ids to each other, and the end to the beginning",
};

/// Tries [`CONTRADICTIONS`].
pub async fn contradictions(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let run = recorder.run("nonsense");
    for (pointer, value) in [
        ("/id", json!("another")),
        ("/step_count", json!(3)),
        ("/steps/1/id", run["steps"][0]["id"].clone()),
        ("/finished_at", json!("2025-01-04T11:00:00Z")),
    ] {
        refused(probe, &run, pointer, value, 422).await?;
    }
    Ok(())
}

/// Values out of bounds.
pub const BAD_BODIES: Claim = Claim {
    name: "bad-bodies-refused",
    says: "a body with a value out of bounds, or that is no JSON, is a 400, one that is not declared as JSON a 415, and nothing is recorded",
    operation: Put,
    place: "response 400",
    why: "one bad value in the ledger breaks every strict client that lists it",
    todo: "check every value before anything is written",
};

/// Tries [`BAD_BODIES`].
pub async fn bad_bodies(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let run = recorder.run("bad");
    for (pointer, value) in [
        ("/status", json!("DONE")),
        ("/status", json!("all")),
        ("/workflow_id", json!("")),
        ("/duration", json!(-1)),
        ("/created_at", json!("yesterday")),
        ("/steps/0/step_type", json!("LOOP")),
        ("/steps/0/attempt", json!(0)),
        ("/steps", json!({})),
    ] {
        refused(probe, &run, pointer, value, 400).await?;
    }
    let text = "no JSON".to_owned();
    let answer = probe.send("PUT", &place(&run), Authorization::Key, Some((JSON, text))).await?;
    answer.expect(400)?;
    let body = Some(("text/plain", run.to_string()));
    let answer = probe.send("PUT", &place(&run), Authorization::Key, body).await?;
    answer.expect(415)?;
    absent(probe, &run).await
}

/// Batches that are none.
pub const BAD_BATCHES: Claim = Claim {
    name: "bad-batches-refused",
    says: "a batch has 1 to 1000 runs, or is a 400",
    operation: Batch,
    place: "response 400",
    why: "a recorder that sends too many must learn it, not lose the rest",
    todo: "count the runs before any of them is recorded",
};

/// Tries [`BAD_BATCHES`].
pub async fn bad_batches(probe: &Probe<'_>) -> Result<(), Verdict> {
    // None of these is a run: whatever is taken of it, nothing can be recorded.
    for batch in
        [json!({ "items": [] }), json!({ "items": vec![json!(1); 1001] }), json!({}), json!([])]
    {
        probe.send_json("POST", "/v1/executions/batch", &batch).await?.expect(400)?;
    }
    Ok(())
}

/// Recording without a key.
pub const KEY_WANTED_TO_RECORD: Claim = Claim {
    name: "key-wanted-to-record",
    says: "nothing is recorded without a key, or with a wrong one",
    operation: Put,
    place: "response 401",
    why: "anybody fills the ledger with runs",
    todo: "answer 401 before the body is read",
};

/// Tries [`KEY_WANTED_TO_RECORD`].
pub async fn key_wanted_to_record(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Verdict> {
    let run = recorder.run("keyless");
    let batch = json!({ "items": [run] });
    let put = ("PUT", place(&run), &run);
    for (method, path, body) in [put, ("POST", "/v1/executions/batch".to_owned(), &batch)] {
        for way in [Authorization::Missing, Authorization::Words("Token conform-no-key")] {
            let body = Some((JSON, body.to_string()));
            let answer = probe.send(method, &path, way, body).await?;
            is_documented(&answer, 401, &ApiError::unauthorized())?;
        }
    }
    absent(probe, &run).await
}

/// Puts a run with one value that must not be taken.
async fn refused(
    probe: &Probe<'_>,
    run: &Value,
    pointer: &str,
    value: Value,
    status: u16,
) -> Result<(), Verdict> {
    let mut bad = run.clone();
    let words = format!("{status}, for {pointer} is {value}");
    if let Some(place) = bad.pointer_mut(pointer) {
        *place = value;
    }
    let answer = probe.send_json("PUT", &place(run), &bad).await?;
    if answer.status != status {
        return Err(answer.not(&words));
    }
    absent(probe, run).await
}

async fn absent(probe: &Probe<'_>, run: &Value) -> Result<(), Verdict> {
    let answer = probe.get(&place(run)).await?;
    if answer.status == 200 { Err(answer.not("404: it was refused before")) } else { Ok(()) }
}
