//! Faults of single runs and of the format of values.

use axum::http::Method;
use serde_json::{Value, json};

use super::fault::{Effect, Fault};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "a null is omitted",
        fails: &["schemas"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_run() && body["finished_at"].is_null() && body["status"] == "PAUSED" {
                body.as_object_mut().unwrap().remove("finished_at");
            } else if request.is_list() {
                for item in body["items"].as_array_mut().unwrap() {
                    if item["status"] == "PAUSED" {
                        item.as_object_mut().unwrap().remove("finished_at");
                    }
                }
            }
        }),
    },
    Fault {
        name: "an integer has a fraction",
        fails: &["whole-numbers"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() {
                body["total"] = json!(body["total"].as_f64());
            }
        }),
    },
    Fault {
        name: "times have no Z",
        fails: &["workflow-figures", "times"],
        effect: Effect::ChangeBody(|request, body| {
            let stripped = |time: &Value| json!(time.as_str().unwrap().trim_end_matches('Z'));
            if request.is_list() {
                for item in body["items"].as_array_mut().unwrap() {
                    item["created_at"] = stripped(&item["created_at"]);
                }
            } else if request.is_run()
                && request.method == Method::GET
                && request.path.contains("/run_def")
                && body["id"].is_string()
            {
                body["created_at"] = stripped(&body["created_at"]);
            }
        }),
    },
    Fault {
        name: "step_count is wrong",
        fails: &["step-count"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_run() && request.path.contains("/run_def") && body["step_count"] == 2 {
                body["step_count"] = json!(3);
            }
        }),
    },
    Fault {
        name: "a run differs from its entry in the list",
        fails: &["listed-runs-found"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_run() && request.path.contains("/run_def") && body["type"].is_string() {
                body["type"] = json!("TEST");
            }
        }),
    },
];
