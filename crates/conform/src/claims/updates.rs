//! Recording a run as it happens, and conditions. These are tested only on request, because the
//! runs stay on the server.

use reqwest::header::ETAG;
use serde_json::json;

use super::recording::{Recorder, path};
use crate::{
    claim::{
        Claim,
        Operation::{Patch, Put},
        Outcome,
    },
    probe::Probe,
};

/// Facts in any order.
pub const MERGED: Claim = Claim {
    id: "facts-merged",
    statement: "facts that are sent with PATCH in any order and repeatedly end in the same run, \
                and a late live status changes nothing",
    operation: Patch,
    location: "response 200",
    reason: "the requests of a recorder overtake each other, and some are repeated",
    advice: "merge steps by id and attempt, keep what is not mentioned, and let no live status \
             replace a final one",
};

/// Tests [`MERGED`].
pub async fn merged(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let time = |second: i32| json!(format!("2025-01-04T12:00:{second:02}Z"));
    let workflow = &recorder.workflow;
    let begin = json!({ "workflow_id": workflow, "status": "RUNNING", "created_at": time(0) });
    let first = json!({ "workflow_id": workflow, "metadata": { "a": "1" }, "steps": [
        { "id": "s1", "status": "SUCCEEDED", "created_at": time(1), "step_name": "one" },
        { "id": "s2", "status": "RUNNING", "created_at": time(2) },
    ] });
    let second = json!({ "workflow_id": workflow, "metadata": { "b": "2" }, "steps": [
        { "id": "s2", "status": "SKIPPED", "created_at": time(2) },
        { "id": "s2", "attempt": 2, "status": "FAILED", "error": "e", "created_at": time(3) },
    ] });
    let end = json!({ "workflow_id": workflow, "status": "TIMED_OUT", "finished_at": time(4) });
    let orders = [[&begin, &first, &second, &end, &end], [&end, &second, &begin, &first, &second]];
    let mut runs = Vec::new();
    for (order, facts) in orders.iter().enumerate() {
        let run = json!({ "id": format!("{workflow}-patched-{order}") });
        for (index, facts) in facts.iter().enumerate() {
            let response = probe.send_json("PATCH", &path(&run), facts).await?;
            response.expect(if index == 0 { 201 } else { 200 })?;
        }
        let response = probe.get(&path(&run)).await?;
        let mut shown = response.expect(200)?.json()?.clone();
        shown["id"] = json!(null);
        if shown["status"] != "FAILED" || shown["outcome"] != "TIMED_OUT" {
            return Err(response.failure("the status FAILED and the outcome TIMED_OUT"));
        }
        if shown["step_count"] != 3 {
            return Err(response.failure("3 steps"));
        }
        runs.push((shown, response));
    }
    match &runs[..] {
        [(one, _), (other, response)] if one != other => {
            Err(response.failure("the run that the same facts in another order end in"))
        }
        _ => Ok(()),
    }
}

/// Conditions.
pub const STALE: Claim = Claim {
    id: "stale-update-refused",
    statement: "PUT, PATCH and DELETE with another ETag in If-Match than that of the run are a 412 \
                and change nothing; with that of the run they succeed",
    operation: Put,
    location: "header If-Match and response 412",
    reason: "a recorder that has read an older state takes newer facts away",
    advice: "compare the tag in the transaction of the change",
};

/// Tests [`STALE`].
pub async fn stale(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let run = recorder.run("conditional");
    let path = path(&run);
    probe.send_json("PUT", &path, &run).await?.expect(201)?;
    let facts = json!({ "url": "https://engine.example/runs/1" });
    for method in ["PUT", "PATCH", "DELETE"] {
        let body = if method == "PUT" { &run } else { &facts };
        let response = probe.get(&path).await?;
        let tag = response.expect(200)?.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.ok_or_else(|| response.failure("the header field ETag"))?.to_owned();
        probe.send_if_match(method, &path, "\"other\"", body).await?.expect(412)?;
        let unchanged = probe.get(&path).await?;
        if unchanged.expect(200)?.text != response.text {
            return Err(unchanged.failure("the run as it was before"));
        }
        let status = if method == "DELETE" { 204 } else { 200 };
        probe.send_if_match(method, &path, &tag, body).await?.expect(status)?;
    }
    Ok(())
}
