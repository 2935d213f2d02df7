//! Runs as engines report them: odd facts, and fields that a recorder need not give.

use runledger_model::examples;
use serde_json::{Value, json};

use super::recording::{Recorder, path, shows};
use crate::{
    claim::{
        Claim,
        Operation::{Get, Put},
        Outcome,
    },
    probe::Probe,
};

/// Odd facts.
pub const ODD_FACTS: Claim = Claim {
    id: "odd-facts-recorded",
    statement: "an end before the start, an attempt 0, a negative duration, a skipped step and an \
                error with NUL are recorded and do not cost the run",
    operation: Put,
    location: "request body",
    reason: "engines report such facts, and a run that is refused is missing in the ledger",
    advice: "keep the times and the attempt, record a negative duration as 0, a step that is \
             SKIPPED as SUCCEEDED with this outcome, and NUL as U+FFFD",
};

/// Tests [`ODD_FACTS`].
pub async fn odd_facts(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("odd");
    run["started_at"] = json!("2025-01-04T12:00:05Z");
    run["finished_at"] = json!("2025-01-04T12:00:04Z");
    let mut due = run.clone();
    let step = &mut run["steps"][1];
    (step["attempt"], step["duration"]) = (json!(0), json!(-0.003));
    (step["status"], step["error"]) = (json!("SKIPPED"), json!("a\0b"));
    let step = &mut due["steps"][1];
    (step["attempt"], step["duration"]) = (json!(0), json!(0));
    (step["status"], step["error"]) = (json!("SUCCEEDED"), json!("a\u{FFFD}b"));
    step["outcome"] = json!("SKIPPED");
    is_recorded(probe, &run, &due).await
}

/// Optional fields.
pub const OPTIONAL_FIELDS: Claim = Claim {
    id: "optional-fields-kept",
    statement: "the fields that a recorder need not give are returned as they were sent, and are \
                left out where they were not",
    operation: Get,
    location: "response 200",
    reason: "a recorder loses what it sent, or a client of the documentation sees unknown nulls",
    advice: "store them with the run and its steps, and leave out what is not set",
};

/// The fields of a run and of a step that a recorder need not give.
const RUN_FIELDS: [&str; 7] =
    ["outcome", "url", "metadata", "parent_id", "triggered_by", "heartbeat_timeout", "error"];
const STEP_FIELDS: [&str; 5] = ["outcome", "url", "metadata", "parent_id", "iteration"];

/// Tests [`OPTIONAL_FIELDS`].
pub async fn optional_fields(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let (mut full, example) = (recorder.run("full"), json!(examples::retried_execution()));
    full["status"] = json!("FAILED");
    for field in RUN_FIELDS {
        full[field] = example[field].clone();
    }
    for field in STEP_FIELDS {
        full["steps"][1][field] = example["steps"][1][field].clone();
    }
    is_recorded(probe, &full, &full).await?;
    let bare = recorder.run("bare");
    is_recorded(probe, &bare, &bare).await?;
    let response = probe.get(&path(&bare)).await?;
    let body = response.json()?;
    let has =
        |object: &Value, fields: &[&str]| fields.iter().any(|field| object.get(field).is_some());
    if has(body, &RUN_FIELDS) || has(body, &["attempt"]) || has(&body["steps"][0], &STEP_FIELDS) {
        return Err(response.failure("the documented fields only"));
    }
    Ok(())
}

/// The smallest run.
pub const SMALLEST: Claim = Claim {
    id: "smallest-run-recorded",
    statement: "a run needs a workflow and a status; its creation is then at its start, and stays",
    operation: Put,
    location: "request body",
    reason: "a recorder invents values for what its engine does not have",
    advice: "fill in what is omitted: no version, the type UNKNOWN, PIECE, and the times",
};

/// Tests [`SMALLEST`].
pub async fn smallest(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let id = recorder.run("smallest")["id"].clone();
    let mut run = json!({
        "id": id, "workflow_id": recorder.workflow, "status": "RUNNING",
        "started_at": "2025-01-04T12:00:05Z", "steps": [{
            "id": "s", "step_name": "n", "status": "PENDING",
        }],
    });
    let mut due = json!({
        "id": id, "workflow_id": recorder.workflow, "version_id": "", "version_display_name": "",
        "type": "UNKNOWN", "status": "RUNNING", "duration": null,
        "created_at": "2025-01-04T12:00:05Z", "started_at": "2025-01-04T12:00:05Z",
        "finished_at": null, "steps": [{
            "id": "s", "step_name": "n", "step_type": "PIECE", "status": "PENDING", "attempt": 1,
            "error": null, "duration": 0, "created_at": "2025-01-04T12:00:05Z",
            "started_at": null, "finished_at": null,
        }], "step_count": 1,
    });
    is_recorded(probe, &run, &due).await?;
    run["started_at"] = json!("2025-01-04T12:00:06Z");
    due["started_at"] = json!("2025-01-04T12:00:06Z");
    is_recorded(probe, &run, &due).await
}

/// Attempts of a run.
pub const ATTEMPTS: Claim = Claim {
    id: "attempts-kept",
    statement: "a higher attempt of a run begins another one whatever the state of the one before, \
                which is kept and can be read; the run counts once, with the newest",
    operation: Put,
    location: "request body $.attempt",
    reason: "an engine runs a failed run again, and its first result is lost or the second refused",
    advice: "keep the earlier attempt whole, list all in attempts, and let an update of an \
             earlier attempt change that attempt only",
};

/// Tests [`ATTEMPTS`].
pub async fn attempts(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut first = recorder.run("again");
    first["status"] = json!("FAILED");
    is_recorded(probe, &first, &first).await?;
    let mut second = recorder.run("again");
    (second["attempt"], second["status"]) = (json!(2), json!("RUNNING"));
    (second["steps"], second["step_count"]) = (json!([]), json!(0));
    is_recorded(probe, &second, &second).await?;
    let (newest, earlier) = (path(&second), format!("{}?attempt=1", path(&first)));
    shows(probe.get(&earlier).await?.expect(200)?, &first)?;
    (first["status"], first["attempt"]) = (json!("CANCELLED"), json!(1));
    probe.send_json("PUT", &path(&first), &first).await?.expect(200)?;
    shows(probe.get(&newest).await?.expect(200)?, &second)?;
    let response = probe.get(&newest).await?;
    let attempts = response.json()?["attempts"].as_array().cloned().unwrap_or_default();
    let listed: Vec<_> = attempts.iter().map(|one| (&one["attempt"], &one["status"])).collect();
    if listed != [(&json!(1), &json!("CANCELLED")), (&json!(2), &json!("RUNNING"))] {
        return Err(response.failure("attempt 1, CANCELLED, and attempt 2, RUNNING"));
    }
    probe.get(&format!("{newest}?attempt=3")).await?.expect(404)?;
    Ok(())
}

/// Records a run, which must be returned as `due`.
pub async fn is_recorded(probe: &Probe<'_>, run: &Value, due: &Value) -> Result<(), Outcome> {
    let response = probe.send_json("PUT", &path(run), run).await?;
    if !matches!(response.status, 200 | 201) {
        return Err(response.failure("200 or 201"));
    }
    shows(&response, due)?;
    shows(probe.get(&path(run)).await?.expect(200)?, due)
}
