//! Runs whose recorders are silent. These are tested only on request, because the runs stay on the
//! server.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::recording::{Recorder, path};
use crate::{
    claim::{Claim, Operation::Patch, Outcome},
    probe::Probe,
};

/// The time in which a run must be ended that is silent for more than a second.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// The time between two requests for its state.
const PERIOD: Duration = Duration::from_millis(200);

/// Silent recorders.
pub const LOST: Claim = Claim {
    id: "silent-run-is-lost",
    statement: "a live run that is silent for longer than its heartbeat_timeout is FAILED with the \
                outcome LOST and an error, and what its recorder sends later replaces this",
    operation: Patch,
    location: "request body $.heartbeat_timeout",
    reason: "a run whose recorder was killed is RUNNING forever, or one that was only late stays \
             FAILED",
    advice: "look for silent runs every second, and keep with a run what its end as LOST replaced",
};

/// Tests [`LOST`].
pub async fn lost(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("silent");
    (run["status"], run["heartbeat_timeout"]) = (json!("RUNNING"), json!(1));
    let path = path(&run);
    let recorded = probe.send_json("PUT", &path, &run).await?;
    if !matches!(recorded.status, 200 | 201) {
        return Err(recorded.failure("200 or 201"));
    }
    let start = Instant::now();
    let ended = loop {
        let response = probe.get(&path).await?;
        if response.expect(200)?.json()?["status"] != "RUNNING" || start.elapsed() > END_TIMEOUT {
            break response;
        }
        sleep(PERIOD).await;
    };
    let body = ended.json()?;
    if body["status"] != "FAILED" || body["outcome"] != "LOST" || !body["error"].is_string() {
        return Err(ended.failure("the status FAILED, the outcome LOST and an error"));
    }
    let alive = probe.send_json("PATCH", &path, &json!({ "status": "RUNNING" })).await?;
    let body = alive.expect(200)?.json()?;
    if body["status"] != "RUNNING" || body.get("outcome").is_some() || body.get("error").is_some() {
        return Err(alive.failure("the status RUNNING, no outcome and no error"));
    }
    probe.send_json("PATCH", &path, &json!({ "status": "SUCCEEDED" })).await?.expect(200)?;
    let finished = probe.get(&path).await?;
    let body = finished.expect(200)?.json()?;
    if body["status"] != "SUCCEEDED" || body.get("outcome").is_some() {
        return Err(finished.failure("the status SUCCEEDED and no outcome"));
    }
    Ok(())
}
