//! Recording a run as it happens, and conditions. These are tested only on request, because the
//! runs stay on the server.

use reqwest::header::ETAG;
use serde_json::json;

use super::{
    engines::is_recorded,
    recording::{Recorder, path, shows},
};
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

/// Null.
pub const NULL_REMOVES: Claim = Claim {
    id: "null-removes",
    statement: "with PATCH, null takes an optional value or one pair of metadata away, and what is \
                not mentioned stays",
    operation: Patch,
    location: "request body",
    reason: "a recorder cannot correct what it sent, or loses what it did not mention",
    advice: "tell a key with null from a key that is missing",
};

/// Tests [`NULL_REMOVES`].
pub async fn null_removes(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("null");
    run["url"] = json!("https://engine.example/runs/1");
    run["metadata"] = json!({ "environment": "production", "part": "x" });
    run["steps"][1]["iteration"] = json!(3);
    is_recorded(probe, &run, &run).await?;
    let step = json!({ "id": run["steps"][1]["id"], "attempt": run["steps"][1]["attempt"],
        "iteration": null });
    let facts = json!({ "url": null, "triggered_by": null, "steps": [step],
        "metadata": { "environment": null } });
    probe.send_json("PATCH", &path(&run), &facts).await?.expect(200)?;
    run.as_object_mut().map(|run| run.remove("url"));
    run["metadata"] = json!({ "part": "x" });
    run["steps"][1].as_object_mut().map(|step| step.remove("iteration"));
    let response = probe.get(&path(&run)).await?;
    shows(response.expect(200)?, &run)?;
    let body = response.json()?;
    if body.get("url").is_some() || body["steps"][1].get("iteration").is_some() {
        return Err(response.failure("no url, and no iteration of the second step"));
    }
    Ok(())
}

/// The beginning of a run.
pub const WORKFLOW_NEEDED: Claim = Claim {
    id: "workflow-needed-to-begin",
    statement: "PATCH of a run that is not recorded is a 422 without a workflow_id, and records \
                nothing",
    operation: Patch,
    location: "response 422",
    reason: "a run of no workflow is in no list of a workflow, and is not found",
    advice: "begin a run only with facts that say to which workflow it belongs",
};

/// Tests [`WORKFLOW_NEEDED`].
pub async fn workflow_needed(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let path = path(&recorder.run("unknown"));
    let response = probe.send_json("PATCH", &path, &json!({ "status": "RUNNING" })).await?;
    if !response.expect(422)?.text.contains("workflow_id") {
        return Err(response.failure("a message that names workflow_id"));
    }
    probe.get(&path).await?.expect(404).map(drop)
}

/// Conditions for new runs.
pub const ONLY_CREATE: Claim = Claim {
    id: "known-run-not-created",
    statement: "PUT and PATCH with If-None-Match: * begin a new run, and are a 412 that changes \
                nothing if the run is recorded",
    operation: Put,
    location: "header If-None-Match and response 412",
    reason: "two recorders that choose the same id overwrite each other's runs",
    advice: "look for the run in the transaction of the change",
};

/// Tests [`ONLY_CREATE`].
pub async fn only_create(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    for method in ["PUT", "PATCH"] {
        let mut run = recorder.run(&format!("only-{method}"));
        let path = path(&run);
        let only = ("If-None-Match", "*");
        probe.send_with_field(method, &path, only, &run).await?.expect(201)?;
        let before = probe.get(&path).await?;
        run["url"] = json!("https://engine.example/runs/1");
        probe.send_with_field(method, &path, only, &run).await?.expect(412)?;
        let after = probe.get(&path).await?;
        if after.expect(200)?.text != before.text {
            return Err(after.failure("the run as it was before"));
        }
    }
    Ok(())
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
        probe.send_with_field(method, &path, ("If-Match", "\"other\""), body).await?.expect(412)?;
        let unchanged = probe.get(&path).await?;
        if unchanged.expect(200)?.text != response.text {
            return Err(unchanged.failure("the run as it was before"));
        }
        let status = if method == "DELETE" { 204 } else { 200 };
        probe.send_with_field(method, &path, ("If-Match", &tag), body).await?.expect(status)?;
    }
    Ok(())
}
