//! Faults of recording.

use axum::http::{Method, StatusCode};
use runledger_model::{ApiError, examples};
use serde_json::json;

use super::fault::{Effect, Fault, ignore_parameter, response_with, rewrite_query};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "a run is not stored",
        fails: &["run-recorded"],
        effect: Effect::Replace(|request| {
            let is_new = request.method == Method::PUT && request.path.ends_with("-new");
            is_new.then(|| {
                let mut run = json!(examples::execution());
                let id = request.path.rsplit('/').next().unwrap();
                run["id"] = json!(id);
                run["workflow_id"] = json!(id.trim_end_matches("-new"));
                response_with(201, &run.to_string())
            })
        }),
    },
    Fault {
        name: "reopening a finished run is a 200",
        fails: &["finished-stays-finished"],
        effect: Effect::ChangeResponse(|_, response| {
            if response.status() == 409 {
                let body = json!(examples::execution());
                *response = response_with(200, &body.to_string());
            }
        }),
    },
    Fault {
        name: "steps are sorted by id",
        fails: &["step-order"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_run() && request.path.ends_with("-steps") {
                let steps = body["steps"].as_array_mut().unwrap();
                steps.sort_by_key(|step| step["id"].to_string());
            }
        }),
    },
    Fault {
        name: "a late live status replaces a final one",
        fails: &["facts-merged"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_run() && request.path.ends_with("-patched-1") {
                body["status"] = json!("RUNNING");
            }
        }),
    },
    Fault {
        name: "null in a PATCH is the same as not mentioned",
        fails: &["null-removes"],
        effect: Effect::ChangeBody(|request, body| {
            if request.method == Method::GET && request.path.ends_with("-null") {
                body["url"] = json!("https://engine.example/runs/1");
            }
        }),
    },
    Fault {
        name: "a run begins without a workflow",
        fails: &["workflow-needed-to-begin"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.method == Method::PATCH && response.status() == 422 {
                let run = json!(examples::execution().metadata());
                *response = response_with(201, &run.to_string());
            }
        }),
    },
    Fault {
        name: "If-None-Match has no effect on a change",
        fails: &["known-run-not-created"],
        effect: Effect::ChangeRequest(|request| {
            if request.method() != Method::GET {
                request.headers_mut().remove("if-none-match");
            }
        }),
    },
    Fault {
        name: "Prefer has no effect",
        fails: &["unknown-fields-on-request"],
        effect: Effect::ChangeRequest(|request| {
            request.headers_mut().remove("prefer");
        }),
    },
    Fault {
        name: "Prefer has no effect on PATCH",
        fails: &["unknown-fields-on-request"],
        effect: Effect::ChangeRequest(|request| {
            if request.method() == Method::PATCH {
                request.headers_mut().remove("prefer");
            }
        }),
    },
    Fault {
        name: "the histogram ignores metadata",
        fails: &["metadata-filter"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path() == "/v1/histogram" {
                ignore_parameter(request, "metadata");
            }
        }),
    },
    Fault {
        name: "If-Match has no effect",
        fails: &["stale-update-refused"],
        effect: Effect::ChangeRequest(|request| {
            request.headers_mut().remove("if-match");
        }),
    },
    Fault {
        name: "the results of a batch are in reverse order",
        fails: &["batch-outcomes"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("/batch") && body["items"].is_array() {
                body["items"].as_array_mut().unwrap().reverse();
            }
        }),
    },
    Fault {
        name: "a second pair of metadata is ignored",
        fails: &["metadata-filter"],
        effect: Effect::ChangeRequest(|request| rewrite_query(request, "&metadata=part%3Ax", "")),
    },
    Fault {
        name: "the filter by metadata is ignored",
        fails: &["metadata-filter"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "metadata")),
    },
    Fault {
        name: "a contradiction is a 400",
        fails: &["workflow-needed-to-begin", "contradictions-refused"],
        effect: Effect::ChangeResponse(|_, response| {
            if response.status() == 422 {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
    Fault {
        name: "a new run is a 200",
        fails: &[
            "run-recorded",
            "facts-merged",
            "known-run-not-created",
            "stale-update-refused",
            "unknown-fields-on-request",
        ],
        effect: Effect::ChangeResponse(|_, response| {
            if response.status() == 201 {
                *response.status_mut() = StatusCode::OK;
            }
        }),
    },
    Fault {
        name: "a known run is a 201",
        fails: &[
            "put-back-unchanged",
            "attempts-kept",
            "stale-update-refused",
            "unknown-fields-on-request",
        ],
        effect: Effect::ChangeResponse(|request, response| {
            if request.method == Method::PUT && response.status() == 200 {
                *response.status_mut() = StatusCode::CREATED;
            }
        }),
    },
    Fault {
        name: "an encoded slash separates segments of the path",
        fails: &["percent-encoded-ids"],
        effect: Effect::Replace(|request| {
            let is_split = request.method == Method::GET && request.path.contains("%2F");
            let body = json!(ApiError::execution_not_found().body).to_string();
            is_split.then(|| response_with(404, &body))
        }),
    },
    Fault {
        name: "an omitted duration is 0",
        fails: &["omitted-is-null"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-least") && body["duration"].is_null() {
                body["duration"] = json!(0);
            }
        }),
    },
    Fault {
        name: "a skipped step has no outcome",
        fails: &["odd-facts-recorded"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-odd") && body["steps"].is_array() {
                body["steps"][1]["outcome"] = json!("NONE");
            }
        }),
    },
    Fault {
        name: "the attempts are not listed",
        fails: &["attempts-kept"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-again") && body["attempts"].is_array() {
                body.as_object_mut().unwrap().remove("attempts");
            }
        }),
    },
    Fault {
        name: "a field that is not set is null",
        fails: &["optional-fields-kept"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-bare") && body["steps"].is_array() {
                body["steps"][0]["metadata"] = json!({});
            }
        }),
    },
    Fault {
        name: "a run without a type is a TEST",
        fails: &["smallest-run-recorded"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-smallest") && body["steps"].is_array() {
                body["type"] = json!("TEST");
            }
        }),
    },
    Fault {
        name: "another media type is a 400",
        fails: &["bad-bodies-refused"],
        effect: Effect::ChangeResponse(|_, response| {
            if response.status() == 415 {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
    Fault {
        name: "an outcome that contradicts the status is ignored",
        fails: &["contradictions-refused"],
        effect: Effect::ChangeRequestBody(|request, body| {
            if request.path.ends_with("-nonsense") && body["outcome"] == "TIMED_OUT" {
                body["outcome"] = json!(null);
            }
        }),
    },
    Fault {
        name: "a link that is none is ignored",
        fails: &["bad-bodies-refused"],
        effect: Effect::ChangeRequestBody(|request, body| {
            if request.path.ends_with("-bad") {
                body["url"] = json!(null);
            }
        }),
    },
    Fault {
        name: "an empty batch is accepted",
        fails: &["bad-batches-refused"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.path.ends_with("/batch") && response.status() == 400 {
                *response = response_with(200, r#"{"items":[]}"#);
            }
        }),
    },
];
